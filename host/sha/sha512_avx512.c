/* SPDX-License-Identifier: BSD-2-Clause */
/* sha512_avx512.c - the compression function of SHA-384 and SHA-512 for two messages at once, by AVX-512 */
#include "host/sha/sha512_avx512.h"

#define BLOCK 128u

#if defined(__x86_64__)
#include <immintrin.h>

#define TARGET __attribute__((target("avx2,avx512f,avx512vl,avx512bw")))
#define INLINE TARGET __attribute__((always_inline)) static inline

/* Truth tables for vpternlogq. */
#define XOR3 0x96
#define CHOOSE 0xca
#define MAJORITY 0xe8

/* FIPS 180-4, 4.2.3. */
static const uint64_t k[80] = {
	0x428a2f98d728ae22ull, 0x7137449123ef65cdull, 0xb5c0fbcfec4d3b2full, 0xe9b5dba58189dbbcull,
	0x3956c25bf348b538ull, 0x59f111f1b605d019ull, 0x923f82a4af194f9bull, 0xab1c5ed5da6d8118ull,
	0xd807aa98a3030242ull, 0x12835b0145706fbeull, 0x243185be4ee4b28cull, 0x550c7dc3d5ffb4e2ull,
	0x72be5d74f27b896full, 0x80deb1fe3b1696b1ull, 0x9bdc06a725c71235ull, 0xc19bf174cf692694ull,
	0xe49b69c19ef14ad2ull, 0xefbe4786384f25e3ull, 0x0fc19dc68b8cd5b5ull, 0x240ca1cc77ac9c65ull,
	0x2de92c6f592b0275ull, 0x4a7484aa6ea6e483ull, 0x5cb0a9dcbd41fbd4ull, 0x76f988da831153b5ull,
	0x983e5152ee66dfabull, 0xa831c66d2db43210ull, 0xb00327c898fb213full, 0xbf597fc7beef0ee4ull,
	0xc6e00bf33da88fc2ull, 0xd5a79147930aa725ull, 0x06ca6351e003826full, 0x142929670a0e6e70ull,
	0x27b70a8546d22ffcull, 0x2e1b21385c26c926ull, 0x4d2c6dfc5ac42aedull, 0x53380d139d95b3dfull,
	0x650a73548baf63deull, 0x766a0abb3c77b2a8ull, 0x81c2c92e47edaee6ull, 0x92722c851482353bull,
	0xa2bfe8a14cf10364ull, 0xa81a664bbc423001ull, 0xc24b8b70d0f89791ull, 0xc76c51a30654be30ull,
	0xd192e819d6ef5218ull, 0xd69906245565a910ull, 0xf40e35855771202aull, 0x106aa07032bbd1b8ull,
	0x19a4c116b8d2d0c8ull, 0x1e376c085141ab53ull, 0x2748774cdf8eeb99ull, 0x34b0bcb5e19b48a8ull,
	0x391c0cb3c5c95a63ull, 0x4ed8aa4ae3418acbull, 0x5b9cca4f7763e373ull, 0x682e6ff3d6b2b8a3ull,
	0x748f82ee5defb2fcull, 0x78a5636f43172f60ull, 0x84c87814a1f0ab72ull, 0x8cc702081a6439ecull,
	0x90befffa23631e28ull, 0xa4506cebde82bde9ull, 0xbef9a3f7b2c67915ull, 0xc67178f2e372532bull,
	0xca273eceea26619cull, 0xd186b8c721c0c207ull, 0xeada7dd6cde0eb1eull, 0xf57d4f7fee6ed178ull,
	0x06f067aa72176fbaull, 0x0a637dc5a2c898a6ull, 0x113f9804bef90daeull, 0x1b710b35131c471bull,
	0x28db77f523047d84ull, 0x32caab7b40c72493ull, 0x3c9ebe0a15c9bebcull, 0x431d67c49c100d4cull,
	0x4cc5d4becb3e42b6ull, 0x597f299cfc657e2aull, 0x5fcb6fab3ad6faecull, 0x6c44198c4a475817ull,
};

INLINE __m256i add(__m256i x, __m256i y)
{
	return _mm256_add_epi64(x, y);
}

INLINE __m256i big_sigma0(__m256i x)
{
	return _mm256_ternarylogic_epi64(_mm256_ror_epi64(x, 28), _mm256_ror_epi64(x, 34), _mm256_ror_epi64(x, 39),
					 XOR3);
}

INLINE __m256i big_sigma1(__m256i x)
{
	return _mm256_ternarylogic_epi64(_mm256_ror_epi64(x, 14), _mm256_ror_epi64(x, 18), _mm256_ror_epi64(x, 41),
					 XOR3);
}

INLINE __m256i small_sigma0(__m256i x)
{
	return _mm256_ternarylogic_epi64(_mm256_ror_epi64(x, 1), _mm256_ror_epi64(x, 8), _mm256_srli_epi64(x, 7), XOR3);
}

INLINE __m256i small_sigma1(__m256i x)
{
	return _mm256_ternarylogic_epi64(_mm256_ror_epi64(x, 19), _mm256_ror_epi64(x, 61), _mm256_srli_epi64(x, 6),
					 XOR3);
}

/* As scalars, not arrays: what has a name stays in one of the 32 registers. kw: a word of the schedule and the round's
 * constant. */
#define ROUND(a, b, c, d, e, f, g, h, kw) \
	do { \
		h = add(h, kw); \
		h = add(h, add(big_sigma1(e), _mm256_ternarylogic_epi64(e, f, g, CHOOSE))); \
		d = add(d, h); \
		h = add(h, add(big_sigma0(a), _mm256_ternarylogic_epi64(a, b, c, MAJORITY))); \
	} while (0)

/* Rounds i and i + 1, with the words in w: each word goes to both states of its message. */
#define ROUNDS_2(a, b, c, d, e, f, g, h, w, i) \
	do { \
		const __m256i kw = add(w, constants(i)); \
\
		ROUND(a, b, c, d, e, f, g, h, _mm256_unpacklo_epi64(kw, kw)); \
		ROUND(h, a, b, c, d, e, f, g, _mm256_unpackhi_epi64(kw, kw)); \
	} while (0)

/* The next two words take the place of w0: those after w7. w1, w4, w5: where the words 15 and 7 before lie. */
#define SCHEDULE(w0, w1, w4, w5, w7) \
	(w0 = add(add(w0, small_sigma0(_mm256_alignr_epi8(w1, w0, 8))), \
		  add(_mm256_alignr_epi8(w5, w4, 8), small_sigma1(w7))))

#define LOAD_ROUNDS(a, b, c, d, e, f, g, h, w, i) \
	do { \
		w = load_words(x + 8 * (i), y + 8 * (i)); \
		ROUNDS_2(a, b, c, d, e, f, g, h, w, i); \
	} while (0)

#define NEXT_ROUNDS(a, b, c, d, e, f, g, h, w0, w1, w4, w5, w7, i) \
	do { \
		SCHEDULE(w0, w1, w4, w5, w7); \
		ROUNDS_2(a, b, c, d, e, f, g, h, w0, i); \
	} while (0)

/* Two words of each message, the first message's in the low half. */
INLINE __m256i load_words(const uint8_t *x, const uint8_t *y)
{
	const __m256i swap = _mm256_set_epi64x(0x08090a0b0c0d0e0fll, 0x0001020304050607ll, 0x08090a0b0c0d0e0fll,
					       0x0001020304050607ll);
	const __m128i low = _mm_loadu_si128((const __m128i *)(const void *)x);
	const __m128i high = _mm_loadu_si128((const __m128i *)(const void *)y);

	return _mm256_shuffle_epi8(_mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1), swap);
}

INLINE __m256i constants(size_t i)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)&k[i]));
}

/* Word i of the four states. */
INLINE __m256i column(const struct hm_sha512_states *s, size_t i)
{
	return _mm256_set_epi64x((long long)s[1].sha512[i], (long long)s[1].sha384[i], (long long)s[0].sha512[i],
				 (long long)s[0].sha384[i]);
}

INLINE void put_column(struct hm_sha512_states *s, size_t i, __m256i column)
{
	uint64_t word[4];

	_mm256_storeu_si256((__m256i *)(void *)word, column);
	s[0].sha384[i] = word[0];
	s[0].sha512[i] = word[1];
	s[1].sha384[i] = word[2];
	s[1].sha512[i] = word[3];
}

TARGET void hm_sha512_compress(struct hm_sha512_states states[HM_SHA512_LANES],
			       const uint8_t *const start[HM_SHA512_LANES], size_t blocks)
{
	const uint8_t *x = start[0], *y = start[1];
	__m256i h0 = column(states, 0), h1 = column(states, 1), h2 = column(states, 2), h3 = column(states, 3);
	__m256i h4 = column(states, 4), h5 = column(states, 5), h6 = column(states, 6), h7 = column(states, 7);

	for (; blocks > 0; blocks--) {
		__m256i a = h0, b = h1, c = h2, d = h3, e = h4, f = h5, g = h6, h = h7;
		__m256i w0, w1, w2, w3, w4, w5, w6, w7;

		LOAD_ROUNDS(a, b, c, d, e, f, g, h, w0, 0);
		LOAD_ROUNDS(g, h, a, b, c, d, e, f, w1, 2);
		LOAD_ROUNDS(e, f, g, h, a, b, c, d, w2, 4);
		LOAD_ROUNDS(c, d, e, f, g, h, a, b, w3, 6);
		LOAD_ROUNDS(a, b, c, d, e, f, g, h, w4, 8);
		LOAD_ROUNDS(g, h, a, b, c, d, e, f, w5, 10);
		LOAD_ROUNDS(e, f, g, h, a, b, c, d, w6, 12);
		LOAD_ROUNDS(c, d, e, f, g, h, a, b, w7, 14);
		for (size_t i = 16; i < 80; i += 16) {
			NEXT_ROUNDS(a, b, c, d, e, f, g, h, w0, w1, w4, w5, w7, i);
			NEXT_ROUNDS(g, h, a, b, c, d, e, f, w1, w2, w5, w6, w0, i + 2);
			NEXT_ROUNDS(e, f, g, h, a, b, c, d, w2, w3, w6, w7, w1, i + 4);
			NEXT_ROUNDS(c, d, e, f, g, h, a, b, w3, w4, w7, w0, w2, i + 6);
			NEXT_ROUNDS(a, b, c, d, e, f, g, h, w4, w5, w0, w1, w3, i + 8);
			NEXT_ROUNDS(g, h, a, b, c, d, e, f, w5, w6, w1, w2, w4, i + 10);
			NEXT_ROUNDS(e, f, g, h, a, b, c, d, w6, w7, w2, w3, w5, i + 12);
			NEXT_ROUNDS(c, d, e, f, g, h, a, b, w7, w0, w3, w4, w6, i + 14);
		}
		h0 = add(h0, a);
		h1 = add(h1, b);
		h2 = add(h2, c);
		h3 = add(h3, d);
		h4 = add(h4, e);
		h5 = add(h5, f);
		h6 = add(h6, g);
		h7 = add(h7, h);
		x += BLOCK;
		y += BLOCK;
	}
	put_column(states, 0, h0);
	put_column(states, 1, h1);
	put_column(states, 2, h2);
	put_column(states, 3, h3);
	put_column(states, 4, h4);
	put_column(states, 5, h5);
	put_column(states, 6, h6);
	put_column(states, 7, h7);
}

bool hm_sha512_supported(void)
{
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
	       __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx2");
}
#else
void hm_sha512_compress(struct hm_sha512_states states[HM_SHA512_LANES], const uint8_t *const start[HM_SHA512_LANES],
			size_t blocks)
{
	(void)states;
	(void)start;
	(void)blocks;
}

bool hm_sha512_supported(void)
{
	return false;
}
#endif
