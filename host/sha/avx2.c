/* SPDX-License-Identifier: BSD-2-Clause */
/* avx2.c - SHA-256 of eight messages at once by AVX2 */
#include "host/sha/lanes.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define INLINE TARGET __attribute__((always_inline)) static inline

#define LANES 8u

INLINE __m256i add(__m256i x, __m256i y)
{
	return _mm256_add_epi32(x, y);
}

INLINE __m256i xor3(__m256i x, __m256i y, __m256i z)
{
	return _mm256_xor_si256(_mm256_xor_si256(x, y), z);
}

/* AVX2 has no rotation. */
INLINE __m256i ror(__m256i x, int n)
{
	return _mm256_or_si256(_mm256_srli_epi32(x, n), _mm256_slli_epi32(x, 32 - n));
}

INLINE __m256i big_sigma0(__m256i x)
{
	return xor3(ror(x, 2), ror(x, 13), ror(x, 22));
}

INLINE __m256i big_sigma1(__m256i x)
{
	return xor3(ror(x, 6), ror(x, 11), ror(x, 25));
}

INLINE __m256i small_sigma0(__m256i x)
{
	return xor3(ror(x, 7), ror(x, 18), _mm256_srli_epi32(x, 3));
}

INLINE __m256i small_sigma1(__m256i x)
{
	return xor3(ror(x, 17), ror(x, 19), _mm256_srli_epi32(x, 10));
}

INLINE __m256i choose(__m256i x, __m256i y, __m256i z)
{
	return _mm256_xor_si256(_mm256_and_si256(x, _mm256_xor_si256(y, z)), z);
}

INLINE __m256i majority(__m256i x, __m256i y, __m256i z)
{
	return _mm256_or_si256(_mm256_and_si256(x, y), _mm256_and_si256(_mm256_or_si256(x, y), z));
}

/* The sixteen words of the schedule that are needed at a time; they do not fit in registers beside
 * the state. */
struct words {
	__m256i w[16];
};

INLINE __m256i scheduled(struct words *m, unsigned int i)
{
	__m256i w = add(add(m->w[i], small_sigma0(m->w[(i + 1) % 16])),
			add(m->w[(i + 9) % 16], small_sigma1(m->w[(i + 14) % 16])));

	m->w[i] = w;
	return w;
}

#define ROUND(a, b, c, d, e, f, g, h, i, word) \
	do { \
		h = add(h, add(word, _mm256_set1_epi32((int)k[i]))); \
		h = add(h, add(big_sigma1(e), choose(e, f, g))); \
		d = add(d, h); \
		h = add(h, add(big_sigma0(a), majority(a, b, c))); \
	} while (0)

#define SIXTEEN_ROUNDS(word) \
	do { \
		ROUND(a, b, c, d, e, f, g, h, 0, word(m, 0)); \
		ROUND(h, a, b, c, d, e, f, g, 1, word(m, 1)); \
		ROUND(g, h, a, b, c, d, e, f, 2, word(m, 2)); \
		ROUND(f, g, h, a, b, c, d, e, 3, word(m, 3)); \
		ROUND(e, f, g, h, a, b, c, d, 4, word(m, 4)); \
		ROUND(d, e, f, g, h, a, b, c, 5, word(m, 5)); \
		ROUND(c, d, e, f, g, h, a, b, 6, word(m, 6)); \
		ROUND(b, c, d, e, f, g, h, a, 7, word(m, 7)); \
		ROUND(a, b, c, d, e, f, g, h, 8, word(m, 8)); \
		ROUND(h, a, b, c, d, e, f, g, 9, word(m, 9)); \
		ROUND(g, h, a, b, c, d, e, f, 10, word(m, 10)); \
		ROUND(f, g, h, a, b, c, d, e, 11, word(m, 11)); \
		ROUND(e, f, g, h, a, b, c, d, 12, word(m, 12)); \
		ROUND(d, e, f, g, h, a, b, c, 13, word(m, 13)); \
		ROUND(c, d, e, f, g, h, a, b, 14, word(m, 14)); \
		ROUND(b, c, d, e, f, g, h, a, 15, word(m, 15)); \
	} while (0)

INLINE __m256i loaded(const struct words *m, unsigned int i)
{
	return m->w[i];
}

INLINE __m256i load_words(const uint8_t *p)
{
	const __m256i swap =
		_mm256_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203, 0x0c0d0e0f08090a0b, 0x0405060700010203);

	return _mm256_shuffle_epi8(_mm256_loadu_si256((const __m256i *)p), swap);
}

/* Eight words of each lane, from lanes in rows to words in rows. */
INLINE void load_half(__m256i *w, const uint8_t *const *p, size_t off)
{
	__m256i r0 = load_words(p[0] + off), r1 = load_words(p[1] + off);
	__m256i r2 = load_words(p[2] + off), r3 = load_words(p[3] + off);
	__m256i r4 = load_words(p[4] + off), r5 = load_words(p[5] + off);
	__m256i r6 = load_words(p[6] + off), r7 = load_words(p[7] + off);
	__m256i t0 = _mm256_unpacklo_epi32(r0, r1), t1 = _mm256_unpackhi_epi32(r0, r1);
	__m256i t2 = _mm256_unpacklo_epi32(r2, r3), t3 = _mm256_unpackhi_epi32(r2, r3);
	__m256i t4 = _mm256_unpacklo_epi32(r4, r5), t5 = _mm256_unpackhi_epi32(r4, r5);
	__m256i t6 = _mm256_unpacklo_epi32(r6, r7), t7 = _mm256_unpackhi_epi32(r6, r7);

	r0 = _mm256_unpacklo_epi64(t0, t2);
	r1 = _mm256_unpackhi_epi64(t0, t2);
	r2 = _mm256_unpacklo_epi64(t1, t3);
	r3 = _mm256_unpackhi_epi64(t1, t3);
	r4 = _mm256_unpacklo_epi64(t4, t6);
	r5 = _mm256_unpackhi_epi64(t4, t6);
	r6 = _mm256_unpacklo_epi64(t5, t7);
	r7 = _mm256_unpackhi_epi64(t5, t7);
	w[0] = _mm256_permute2x128_si256(r0, r4, 0x20);
	w[1] = _mm256_permute2x128_si256(r1, r5, 0x20);
	w[2] = _mm256_permute2x128_si256(r2, r6, 0x20);
	w[3] = _mm256_permute2x128_si256(r3, r7, 0x20);
	w[4] = _mm256_permute2x128_si256(r0, r4, 0x31);
	w[5] = _mm256_permute2x128_si256(r1, r5, 0x31);
	w[6] = _mm256_permute2x128_si256(r2, r6, 0x31);
	w[7] = _mm256_permute2x128_si256(r3, r7, 0x31);
}

INLINE void load_block(struct words *m, const uint8_t *const *p, size_t off)
{
	load_half(m->w, p, off);
	load_half(m->w + 8, p, off + HM_SHA256_BLOCK_LEN / 2);
}

/* The state with the lanes side by side: row i is word i of all of them. */
struct rows {
	_Alignas(32) uint32_t word[8][LANES];
};

INLINE __m256i row(const struct rows *s, unsigned int i)
{
	return _mm256_load_si256((const __m256i *)s->word[i]);
}

INLINE void add_to_row(struct rows *s, unsigned int i, __m256i x)
{
	_mm256_store_si256((__m256i *)s->word[i], add(row(s, i), x));
}

INLINE void compress_block(struct rows *s, struct words *m)
{
	__m256i a = row(s, 0), b = row(s, 1), c = row(s, 2), d = row(s, 3);
	__m256i e = row(s, 4), f = row(s, 5), g = row(s, 6), h = row(s, 7);
	const uint32_t *k = hm_sha256_k;

	/* Else gcc keeps eight copies of each of the first constants on the stack. */
	__asm__("" : "+r"(k));
	SIXTEEN_ROUNDS(loaded);
	for (unsigned int i = 1; i < 4; i++) {
		k += 16;
		SIXTEEN_ROUNDS(scheduled);
	}
	add_to_row(s, 0, a);
	add_to_row(s, 1, b);
	add_to_row(s, 2, c);
	add_to_row(s, 3, d);
	add_to_row(s, 4, e);
	add_to_row(s, 5, f);
	add_to_row(s, 6, g);
	add_to_row(s, 7, h);
}

TARGET static void compress(struct hm_sha256_state *const *state, const uint8_t *const *p, size_t blocks)
{
	struct words m;
	struct rows s;

	for (size_t lane = 0; lane < LANES; lane++)
		for (size_t i = 0; i < 8; i++)
			s.word[i][lane] = state[lane]->h[i];
	for (size_t block = 0; block < blocks; block++) {
		load_block(&m, p, block * HM_SHA256_BLOCK_LEN);
		compress_block(&s, &m);
	}
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

const struct hm_sha256_kernel hm_sha256_avx2 = {
	.name = "avx2",
	.lanes = LANES,
	.supported = hm_sha256_cpu_avx2,
	.many = many,
	.streams = streams,
};
#endif
