/* SPDX-License-Identifier: BSD-2-Clause */
/* shani.c - SHA-256 of three messages at once by the SHA extensions of x86 */
#include "host/sha/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "host/sha/cpu.h"
#include "host/sha/lanes.h"

#define TARGET __attribute__((target("sha,sse4.1,ssse3")))
#define INLINE TARGET __attribute__((always_inline)) static inline

#define LANES 3u

/*
 * The processor's own prefetcher loses track of three lanes that each end after a page; 24 KiB is
 * where the lanes will be two groups of 4096-byte blocks later.
 */
#define PREFETCH_LEN 24576u

/* sha256rnds2 wants the state as (A, B, E, F) and (C, D, G, H), highest word first. */
INLINE void load_state(const struct hm_sha256_state *s, __m128i *abef, __m128i *cdgh)
{
	__m128i abcd = _mm_loadu_si128((const __m128i *)&s->h[0]);
	__m128i efgh = _mm_loadu_si128((const __m128i *)&s->h[4]);
	__m128i badc = _mm_shuffle_epi32(abcd, 0xb1);
	__m128i hgfe = _mm_shuffle_epi32(efgh, 0x1b);

	*abef = _mm_alignr_epi8(badc, hgfe, 8);
	*cdgh = _mm_blend_epi16(hgfe, badc, 0xf0);
}

INLINE void store_state(struct hm_sha256_state *s, __m128i abef, __m128i cdgh)
{
	__m128i feba = _mm_shuffle_epi32(abef, 0x1b);
	__m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);

	_mm_storeu_si128((__m128i *)&s->h[0], _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128((__m128i *)&s->h[4], _mm_alignr_epi8(dchg, feba, 8));
}

/*
 * From here to the end of the block the instructions are written out, since what a compiler makes
 * of the same intrinsics depends on its version and is up to half slower: it changes the order and
 * then runs out of registers. There are sixteen. xmm0 is an operand of sha256rnds2 and the scratch
 * of everything else; the three states take six. That leaves nine for the words of the schedule, of
 * which each lane needs four: lane x has all of its own, lane y the newest three, lane z the newest
 * only (it is needed at once, the others are not), and one is for the word in the making. What is
 * not in a register is in y_words and z_words. The compiler assigns the registers.
 */
#define IN_MEMORY(p) "m"(*(const __m128i *)(p))

/* Four big-endian words of the message. */
INLINE __m128i load_words(const uint8_t *p)
{
	static const _Alignas(16) uint8_t swap[16] = {3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12};
	__m128i w;

	__asm__ volatile("movdqu %[p], %[w]\n\t"
			 "pshufb %[swap], %[w]"
			 : [w] "=x"(w)
			 : [p] IN_MEMORY(p), [swap] IN_MEMORY(swap));
	return w;
}

/* Rounds 4i to 4i + 3. */
INLINE void rounds(__m128i *abef, __m128i *cdgh, __m128i w, unsigned int i)
{
	__asm__ volatile("movdqa %[w], %%xmm0\n\t"
			 "paddd %[k], %%xmm0\n\t"
			 "sha256rnds2 %%xmm0, %[abef], %[cdgh]\n\t"
			 "pshufd $0x0e, %%xmm0, %%xmm0\n\t"
			 "sha256rnds2 %%xmm0, %[cdgh], %[abef]"
			 : [abef] "+x"(*abef), [cdgh] "+x"(*cdgh)
			 : [w] "x"(w), [k] IN_MEMORY(&hm_sha256_k[4 * i])
			 : "xmm0");
}

/* The four words after w0, w1, w2, w3 take the place of w0. */
INLINE void schedule_x(__m128i *w0, __m128i w1, __m128i w2, __m128i w3)
{
	__asm__ volatile("movdqa %[w3], %%xmm0\n\t"
			 "palignr $4, %[w2], %%xmm0\n\t"
			 "sha256msg1 %[w1], %[w0]\n\t"
			 "paddd %%xmm0, %[w0]\n\t"
			 "sha256msg2 %[w3], %[w0]"
			 : [w0] "+x"(*w0)
			 : [w1] "x"(w1), [w2] "x"(w2), [w3] "x"(w3)
			 : "xmm0");
}

INLINE __m128i schedule_y(__m128i *w0, __m128i w1, __m128i w2, __m128i w3)
{
	__m128i w;

	__asm__ volatile("movdqa %[w3], %%xmm0\n\t"
			 "movdqa %[w0], %[w]\n\t"
			 "palignr $4, %[w2], %%xmm0\n\t"
			 "sha256msg1 %[w1], %[w]\n\t"
			 "paddd %%xmm0, %[w]\n\t"
			 "sha256msg2 %[w3], %[w]\n\t"
			 "movdqa %[w], %[w0]"
			 : [w] "=&x"(w), [w0] "+m"(*w0)
			 : [w1] "x"(w1), [w2] "x"(w2), [w3] "x"(w3)
			 : "xmm0");
	return w;
}

INLINE __m128i schedule_z(__m128i *w0, const __m128i *w1, const __m128i *w2, __m128i w3)
{
	__m128i w;

	__asm__ volatile("movdqa %[w3], %%xmm0\n\t"
			 "movdqa %[w0], %[w]\n\t"
			 "palignr $4, %[w2], %%xmm0\n\t"
			 "sha256msg1 %[w1], %[w]\n\t"
			 "paddd %%xmm0, %[w]\n\t"
			 "sha256msg2 %[w3], %[w]\n\t"
			 "movdqa %[w], %[w0]"
			 : [w] "=&x"(w), [w0] "+m"(*w0)
			 : [w1] "m"(*w1), [w2] "m"(*w2), [w3] "x"(w3)
			 : "xmm0");
	return w;
}

#define LOAD_ROUNDS(i) \
	do { \
		x##i = load_words(px + 16 * (i)); \
		rounds(&x_abef, &x_cdgh, x##i, i); \
		y##i = y_words[i] = load_words(py + 16 * (i)); \
		rounds(&y_abef, &y_cdgh, y##i, i); \
		z##i = z_words[i] = load_words(pz + 16 * (i)); \
		rounds(&z_abef, &z_cdgh, z##i, i); \
	} while (0)

#define SCHEDULE_ROUNDS(i, w0, w1, w2, w3) \
	do { \
		schedule_x(&x##w0, x##w1, x##w2, x##w3); \
		rounds(&x_abef, &x_cdgh, x##w0, i); \
		y##w0 = schedule_y(&y_words[w0], y##w1, y##w2, y##w3); \
		rounds(&y_abef, &y_cdgh, y##w0, i); \
		z##w0 = schedule_z(&z_words[w0], &z_words[w1], &z_words[w2], z##w3); \
		rounds(&z_abef, &z_cdgh, z##w0, i); \
	} while (0)

#define SIXTEEN_ROUNDS(i) \
	do { \
		SCHEDULE_ROUNDS(i, 0, 1, 2, 3); \
		SCHEDULE_ROUNDS((i) + 1, 1, 2, 3, 0); \
		SCHEDULE_ROUNDS((i) + 2, 2, 3, 0, 1); \
		SCHEDULE_ROUNDS((i) + 3, 3, 0, 1, 2); \
	} while (0)

INLINE void prefetch(const uint8_t *p)
{
	/* As a number: the address may be beyond the end of the data, where nothing is read. */
	_mm_prefetch((const char *)((uintptr_t)p + PREFETCH_LEN), _MM_HINT_T0);
}

TARGET static void compress(struct hm_sha256_state *const *state, const uint8_t *const *p, size_t blocks)
{
	__m128i x_abef, x_cdgh, y_abef, y_cdgh, z_abef, z_cdgh;
	const uint8_t *px = p[0], *py = p[1], *pz = p[2];

	load_state(state[0], &x_abef, &x_cdgh);
	load_state(state[1], &y_abef, &y_cdgh);
	load_state(state[2], &z_abef, &z_cdgh);
	for (; blocks > 0; blocks--) {
		__m128i x0, x1, x2, x3, y0, y1, y2, y3, z0, z1, z2, z3;
		__m128i y_words[4], z_words[4];
		const __m128i x_abef_old = x_abef, x_cdgh_old = x_cdgh;
		const __m128i y_abef_old = y_abef, y_cdgh_old = y_cdgh;
		const __m128i z_abef_old = z_abef, z_cdgh_old = z_cdgh;

		prefetch(px);
		prefetch(py);
		prefetch(pz);
		LOAD_ROUNDS(0);
		LOAD_ROUNDS(1);
		LOAD_ROUNDS(2);
		LOAD_ROUNDS(3);
		SIXTEEN_ROUNDS(4);
		SIXTEEN_ROUNDS(8);
		SIXTEEN_ROUNDS(12);
		x_abef = _mm_add_epi32(x_abef, x_abef_old);
		x_cdgh = _mm_add_epi32(x_cdgh, x_cdgh_old);
		y_abef = _mm_add_epi32(y_abef, y_abef_old);
		y_cdgh = _mm_add_epi32(y_cdgh, y_cdgh_old);
		z_abef = _mm_add_epi32(z_abef, z_abef_old);
		z_cdgh = _mm_add_epi32(z_cdgh, z_cdgh_old);
		px += HM_SHA256_BLOCK_LEN;
		py += HM_SHA256_BLOCK_LEN;
		pz += HM_SHA256_BLOCK_LEN;
	}
	store_state(state[0], x_abef, x_cdgh);
	store_state(state[1], y_abef, y_cdgh);
	store_state(state[2], z_abef, z_cdgh);
}

/* As rounds, of two messages that have the same words here. */
INLINE void rounds_shared(__m128i *x_abef, __m128i *x_cdgh, __m128i *y_abef, __m128i *y_cdgh, __m128i w, unsigned int i)
{
	__asm__ volatile(
		"movdqa %[w], %%xmm0\n\t"
		"paddd %[k], %%xmm0\n\t"
		"sha256rnds2 %%xmm0, %[x_abef], %[x_cdgh]\n\t"
		"sha256rnds2 %%xmm0, %[y_abef], %[y_cdgh]\n\t"
		"pshufd $0x0e, %%xmm0, %%xmm0\n\t"
		"sha256rnds2 %%xmm0, %[x_cdgh], %[x_abef]\n\t"
		"sha256rnds2 %%xmm0, %[y_cdgh], %[y_abef]"
		: [x_abef] "+x"(*x_abef), [x_cdgh] "+x"(*x_cdgh), [y_abef] "+x"(*y_abef), [y_cdgh] "+x"(*y_cdgh)
		: [w] "x"(w), [k] IN_MEMORY(&hm_sha256_k[4 * i])
		: "xmm0");
}

#define LOAD_ROUNDS_SHARED(i) \
	do { \
		x##i = load_words(px + 16 * (i)); \
		rounds_shared(&x_abef, &x_cdgh, &y_abef, &y_cdgh, x##i, i); \
		z##i = load_words(pz + 16 * (i)); \
		rounds(&z_abef, &z_cdgh, z##i, i); \
	} while (0)

#define SCHEDULE_ROUNDS_SHARED(i, w0, w1, w2, w3) \
	do { \
		schedule_x(&x##w0, x##w1, x##w2, x##w3); \
		rounds_shared(&x_abef, &x_cdgh, &y_abef, &y_cdgh, x##w0, i); \
		schedule_x(&z##w0, z##w1, z##w2, z##w3); \
		rounds(&z_abef, &z_cdgh, z##w0, i); \
	} while (0)

#define SIXTEEN_ROUNDS_SHARED(i) \
	do { \
		SCHEDULE_ROUNDS_SHARED(i, 0, 1, 2, 3); \
		SCHEDULE_ROUNDS_SHARED((i) + 1, 1, 2, 3, 0); \
		SCHEDULE_ROUNDS_SHARED((i) + 2, 2, 3, 0, 1); \
		SCHEDULE_ROUNDS_SHARED((i) + 3, 3, 0, 1, 2); \
	} while (0)

/* A section of a file beside the file: state[0] and state[1] take the same blocks, whose words are made once; state[2]
 * others. */
TARGET static void compress_shared(struct hm_sha256_state *const *state, const uint8_t *px, const uint8_t *pz,
				   size_t blocks)
{
	__m128i x_abef, x_cdgh, y_abef, y_cdgh, z_abef, z_cdgh;

	load_state(state[0], &x_abef, &x_cdgh);
	load_state(state[1], &y_abef, &y_cdgh);
	load_state(state[2], &z_abef, &z_cdgh);
	for (; blocks > 0; blocks--) {
		__m128i x0, x1, x2, x3, z0, z1, z2, z3;
		const __m128i x_abef_old = x_abef, x_cdgh_old = x_cdgh;
		const __m128i y_abef_old = y_abef, y_cdgh_old = y_cdgh;
		const __m128i z_abef_old = z_abef, z_cdgh_old = z_cdgh;

		LOAD_ROUNDS_SHARED(0);
		LOAD_ROUNDS_SHARED(1);
		LOAD_ROUNDS_SHARED(2);
		LOAD_ROUNDS_SHARED(3);
		SIXTEEN_ROUNDS_SHARED(4);
		SIXTEEN_ROUNDS_SHARED(8);
		SIXTEEN_ROUNDS_SHARED(12);
		x_abef = _mm_add_epi32(x_abef, x_abef_old);
		x_cdgh = _mm_add_epi32(x_cdgh, x_cdgh_old);
		y_abef = _mm_add_epi32(y_abef, y_abef_old);
		y_cdgh = _mm_add_epi32(y_cdgh, y_cdgh_old);
		z_abef = _mm_add_epi32(z_abef, z_abef_old);
		z_cdgh = _mm_add_epi32(z_cdgh, z_cdgh_old);
		px += HM_SHA256_BLOCK_LEN;
		pz += HM_SHA256_BLOCK_LEN;
	}
	store_state(state[0], x_abef, x_cdgh);
	store_state(state[1], y_abef, y_cdgh);
	store_state(state[2], z_abef, z_cdgh);
}

static bool many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len, size_t count,
		 uint8_t *ret)
{
	hm_sha256_lanes_many(compress, LANES, prefix, prefix_len, p, stride, len, count, ret);
	return true;
}

static void streams(struct hm_sha256_state *const *state, const uint8_t *const *p, const size_t *blocks, size_t lanes)
{
	for (size_t i = 0; lanes == LANES && blocks[0] == blocks[1] && blocks[0] == blocks[2] && i < LANES; i++) {
		const size_t x = i, y = (i + 1) % LANES, z = (i + 2) % LANES;
		struct hm_sha256_state *const order[LANES] = {state[x], state[y], state[z]};

		if (p[x] != p[y])
			continue;
		compress_shared(order, p[x], p[z], blocks[0]);
		return;
	}
	hm_sha256_lanes_streams(compress, LANES, state, p, blocks, lanes);
}

const struct hm_sha256_kernel hm_sha256_shani = {
	.name = "shani",
	.lanes = LANES,
	.supported = hm_sha256_cpu_shani,
	.many = many,
	.streams = streams,
	/* Zen 4: 0.96 with the state of three lanes in registers, 1.5 to 3.5 without. Sapphire Rapids: 1.76 to 1.83. */
	.cycles_max = {.intel = 2.1, .other = 1.2},
};
#endif
