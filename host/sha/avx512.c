/* SPDX-License-Identifier: BSD-2-Clause */
/* avx512.c - SHA-256 of sixteen messages at once by AVX-512 */
#include "host/sha/kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "host/sha/cpu.h"
#include "host/sha/lanes.h"

#define TARGET __attribute__((target("avx512f,avx512bw")))
#define INLINE TARGET __attribute__((always_inline)) static inline

#define LANES 16u
/*
 * The processor's own prefetcher starts anew in each page, and the lanes of a tree go through sixteen pages
 * side by side: this is the same place in the sixteen that come next.
 */
#define PREFETCH_LEN (LANES * 4096u)

/* Truth tables for vpternlogd. */
#define XOR3 0x96
#define CHOOSE 0xca
#define MAJORITY 0xe8

INLINE __m512i big_sigma0(__m512i x)
{
	return _mm512_ternarylogic_epi32(_mm512_ror_epi32(x, 2), _mm512_ror_epi32(x, 13), _mm512_ror_epi32(x, 22),
					 XOR3);
}

INLINE __m512i big_sigma1(__m512i x)
{
	return _mm512_ternarylogic_epi32(_mm512_ror_epi32(x, 6), _mm512_ror_epi32(x, 11), _mm512_ror_epi32(x, 25),
					 XOR3);
}

INLINE __m512i small_sigma0(__m512i x)
{
	return _mm512_ternarylogic_epi32(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3),
					 XOR3);
}

INLINE __m512i small_sigma1(__m512i x)
{
	return _mm512_ternarylogic_epi32(_mm512_ror_epi32(x, 17), _mm512_ror_epi32(x, 19), _mm512_srli_epi32(x, 10),
					 XOR3);
}

INLINE __m512i add(__m512i x, __m512i y)
{
	return _mm512_add_epi32(x, y);
}

/* As scalars, not arrays: what has a name stays in one of the 32 registers. */
#define ROUND(a, b, c, d, e, f, g, h, i, w) \
	do { \
		h = add(h, add(w, _mm512_set1_epi32((int)k[i]))); \
		h = add(h, add(big_sigma1(e), _mm512_ternarylogic_epi32(e, f, g, CHOOSE))); \
		d = add(d, h); \
		h = add(h, add(big_sigma0(a), _mm512_ternarylogic_epi32(a, b, c, MAJORITY))); \
	} while (0)

/* The same with the next sixteen words: the schedule's work fills the gaps that the rounds leave.
 */
#define NEXT_ROUND(a, b, c, d, e, f, g, h, i, w0, w1, w9, w14) \
	do { \
		w0 = add(add(w0, small_sigma0(w1)), add(w9, small_sigma1(w14))); \
		ROUND(a, b, c, d, e, f, g, h, i, w0); \
	} while (0)

#define FIRST_SIXTEEN \
	do { \
		ROUND(a, b, c, d, e, f, g, h, 0, w0); \
		ROUND(h, a, b, c, d, e, f, g, 1, w1); \
		ROUND(g, h, a, b, c, d, e, f, 2, w2); \
		ROUND(f, g, h, a, b, c, d, e, 3, w3); \
		ROUND(e, f, g, h, a, b, c, d, 4, w4); \
		ROUND(d, e, f, g, h, a, b, c, 5, w5); \
		ROUND(c, d, e, f, g, h, a, b, 6, w6); \
		ROUND(b, c, d, e, f, g, h, a, 7, w7); \
		ROUND(a, b, c, d, e, f, g, h, 8, w8); \
		ROUND(h, a, b, c, d, e, f, g, 9, w9); \
		ROUND(g, h, a, b, c, d, e, f, 10, w10); \
		ROUND(f, g, h, a, b, c, d, e, 11, w11); \
		ROUND(e, f, g, h, a, b, c, d, 12, w12); \
		ROUND(d, e, f, g, h, a, b, c, 13, w13); \
		ROUND(c, d, e, f, g, h, a, b, 14, w14); \
		ROUND(b, c, d, e, f, g, h, a, 15, w15); \
	} while (0)

#define NEXT_SIXTEEN \
	do { \
		NEXT_ROUND(a, b, c, d, e, f, g, h, 0, w0, w1, w9, w14); \
		NEXT_ROUND(h, a, b, c, d, e, f, g, 1, w1, w2, w10, w15); \
		NEXT_ROUND(g, h, a, b, c, d, e, f, 2, w2, w3, w11, w0); \
		NEXT_ROUND(f, g, h, a, b, c, d, e, 3, w3, w4, w12, w1); \
		NEXT_ROUND(e, f, g, h, a, b, c, d, 4, w4, w5, w13, w2); \
		NEXT_ROUND(d, e, f, g, h, a, b, c, 5, w5, w6, w14, w3); \
		NEXT_ROUND(c, d, e, f, g, h, a, b, 6, w6, w7, w15, w4); \
		NEXT_ROUND(b, c, d, e, f, g, h, a, 7, w7, w8, w0, w5); \
		NEXT_ROUND(a, b, c, d, e, f, g, h, 8, w8, w9, w1, w6); \
		NEXT_ROUND(h, a, b, c, d, e, f, g, 9, w9, w10, w2, w7); \
		NEXT_ROUND(g, h, a, b, c, d, e, f, 10, w10, w11, w3, w8); \
		NEXT_ROUND(f, g, h, a, b, c, d, e, 11, w11, w12, w4, w9); \
		NEXT_ROUND(e, f, g, h, a, b, c, d, 12, w12, w13, w5, w10); \
		NEXT_ROUND(d, e, f, g, h, a, b, c, 13, w13, w14, w6, w11); \
		NEXT_ROUND(c, d, e, f, g, h, a, b, 14, w14, w15, w7, w12); \
		NEXT_ROUND(b, c, d, e, f, g, h, a, 15, w15, w0, w8, w13); \
	} while (0)

/* One block of one lane, as sixteen words of this machine. */
INLINE __m512i load_words(const uint8_t *p, size_t off)
{
	const __m512i swap = _mm512_set4_epi32(0x0c0d0e0f, 0x08090a0b, 0x04050607, 0x00010203);

	return _mm512_shuffle_epi8(_mm512_loadu_si512(p + off), swap);
}

/* By integers: what is not the caller's may be asked for, but not pointed to. Not into the first level of the
 * cache, where sixteen lines a page apart find no room. */
INLINE void prefetch(const uint8_t *const *p, size_t off)
{
	for (size_t lane = 0; lane < LANES; lane++)
		_mm_prefetch((const char *)((uintptr_t)p[lane] + off + PREFETCH_LEN), _MM_HINT_T1);
}

/* Four lanes, each in the four columns of a register: words 4n, 4n+1, 4n+2, 4n+3 of all four in x0,
 * x1, x2, x3. */
#define TRANSPOSE4(x0, x1, x2, x3) \
	do { \
		__m512i t0 = _mm512_unpacklo_epi32(x0, x1); \
		__m512i t1 = _mm512_unpackhi_epi32(x0, x1); \
		__m512i t2 = _mm512_unpacklo_epi32(x2, x3); \
		__m512i t3 = _mm512_unpackhi_epi32(x2, x3); \
\
		x0 = _mm512_unpacklo_epi64(t0, t2); \
		x1 = _mm512_unpackhi_epi64(t0, t2); \
		x2 = _mm512_unpacklo_epi64(t1, t3); \
		x3 = _mm512_unpackhi_epi64(t1, t3); \
	} while (0)

/* Likewise for the columns themselves. */
#define TRANSPOSE_COLUMNS(x0, x1, x2, x3) \
	do { \
		__m512i t0 = _mm512_shuffle_i32x4(x0, x1, 0x44); \
		__m512i t1 = _mm512_shuffle_i32x4(x0, x1, 0xee); \
		__m512i t2 = _mm512_shuffle_i32x4(x2, x3, 0x44); \
		__m512i t3 = _mm512_shuffle_i32x4(x2, x3, 0xee); \
\
		x0 = _mm512_shuffle_i32x4(t0, t2, 0x88); \
		x1 = _mm512_shuffle_i32x4(t0, t2, 0xdd); \
		x2 = _mm512_shuffle_i32x4(t1, t3, 0x88); \
		x3 = _mm512_shuffle_i32x4(t1, t3, 0xdd); \
	} while (0)

/* After the first transposition w0, w4, w8, w12 hold word 0 of lanes 0-3, 4-7 ... in the first
 * column, word 4 in the next. */
#define TRANSPOSE16 \
	do { \
		TRANSPOSE4(w0, w1, w2, w3); \
		TRANSPOSE4(w4, w5, w6, w7); \
		TRANSPOSE4(w8, w9, w10, w11); \
		TRANSPOSE4(w12, w13, w14, w15); \
		TRANSPOSE_COLUMNS(w0, w4, w8, w12); \
		TRANSPOSE_COLUMNS(w1, w5, w9, w13); \
		TRANSPOSE_COLUMNS(w2, w6, w10, w14); \
		TRANSPOSE_COLUMNS(w3, w7, w11, w15); \
	} while (0)

/* The state with the lanes side by side: row i is word i of all of them. */
struct rows {
	_Alignas(64) uint32_t word[8][LANES];
};

INLINE void compress_block(struct rows *s, const uint8_t *const *p, size_t off)
{
	__m512i w0 = load_words(p[0], off), w1 = load_words(p[1], off);
	__m512i w2 = load_words(p[2], off), w3 = load_words(p[3], off);
	__m512i w4 = load_words(p[4], off), w5 = load_words(p[5], off);
	__m512i w6 = load_words(p[6], off), w7 = load_words(p[7], off);
	__m512i w8 = load_words(p[8], off), w9 = load_words(p[9], off);
	__m512i w10 = load_words(p[10], off), w11 = load_words(p[11], off);
	__m512i w12 = load_words(p[12], off), w13 = load_words(p[13], off);
	__m512i w14 = load_words(p[14], off), w15 = load_words(p[15], off);
	prefetch(p, off);
	TRANSPOSE16;
	__m512i a = _mm512_load_si512(s->word[0]), b = _mm512_load_si512(s->word[1]);
	__m512i c = _mm512_load_si512(s->word[2]), d = _mm512_load_si512(s->word[3]);
	__m512i e = _mm512_load_si512(s->word[4]), f = _mm512_load_si512(s->word[5]);
	__m512i g = _mm512_load_si512(s->word[6]), h = _mm512_load_si512(s->word[7]);
	const uint32_t *k = hm_sha256_k;

	/* Else gcc keeps sixteen copies of each of the first constants on the stack. */
	__asm__("" : "+r"(k));

	FIRST_SIXTEEN;
	for (unsigned int i = 1; i < 4; i++) {
		k += 16;
		NEXT_SIXTEEN;
	}
	_mm512_store_si512(s->word[0], add(a, _mm512_load_si512(s->word[0])));
	_mm512_store_si512(s->word[1], add(b, _mm512_load_si512(s->word[1])));
	_mm512_store_si512(s->word[2], add(c, _mm512_load_si512(s->word[2])));
	_mm512_store_si512(s->word[3], add(d, _mm512_load_si512(s->word[3])));
	_mm512_store_si512(s->word[4], add(e, _mm512_load_si512(s->word[4])));
	_mm512_store_si512(s->word[5], add(f, _mm512_load_si512(s->word[5])));
	_mm512_store_si512(s->word[6], add(g, _mm512_load_si512(s->word[6])));
	_mm512_store_si512(s->word[7], add(h, _mm512_load_si512(s->word[7])));
}

TARGET static void compress(struct hm_sha256_state *const *state, const uint8_t *const *p, size_t blocks)
{
	struct rows s;

	for (size_t lane = 0; lane < LANES; lane++)
		for (size_t i = 0; i < 8; i++)
			s.word[i][lane] = state[lane]->h[i];
	for (size_t block = 0; block < blocks; block++)
		compress_block(&s, p, block * HM_SHA256_BLOCK_LEN);
	for (size_t lane = 0; lane < LANES; lane++)
		for (size_t i = 0; i < 8; i++)
			state[lane]->h[i] = s.word[i][lane];
}

static bool many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len, size_t count,
		 uint8_t *ret)
{
	hm_sha256_lanes_many(compress, LANES, prefix, prefix_len, p, stride, len, count, ret);
	return true;
}

static void streams(struct hm_sha256_state *const *state, const uint8_t *const *p, const size_t *blocks, size_t lanes)
{
	hm_sha256_lanes_streams(compress, LANES, state, p, blocks, lanes);
}

const struct hm_sha256_kernel hm_sha256_avx512 = {
	.name = "avx512",
	.lanes = LANES,
	.supported = hm_sha256_cpu_avx512,
	.many = many,
	.streams = streams,
	/* Sapphire Rapids: 0.98. */
	.cycles_max = {.intel = 1.3, .other = 1.3},
};
#endif
