/* SPDX-License-Identifier: BSD-2-Clause */
/* lanes.h - what the SHA-256 kernels share; included by sha256*.c and their tests only */
#ifndef HM_HOST_SHA_LANES_H
#define HM_HOST_SHA_LANES_H

#include "core/bytes.h"
#include "host/sha/sha256.h"

#define HM_SHA256_BLOCK_LEN 64u

/* The kernels; those of x86 exist on x86 only. */
extern const struct hm_sha256_kernel hm_sha256_openssl;
#if defined(__x86_64__)
extern const struct hm_sha256_kernel hm_sha256_shani;
extern const struct hm_sha256_kernel hm_sha256_avx512;
#endif

/* FIPS 180-4, 4.2.2 and 5.3.3. Aligned for the widest load that a kernel makes of it. */
extern const uint32_t hm_sha256_k[64];
extern const struct hm_sha256_state hm_sha256_initial;

/*
 * The inner loop of a kernel: for i < its number of lanes, compress `blocks` blocks at p[i] into
 * state[i]. Two lanes may share an input; never a state. It may ask the cache for what comes after
 * the data, but reads nothing there.
 */
typedef void hm_sha256_compress(struct hm_sha256_state *const *state, const uint8_t *const *p, size_t blocks);

/* The two functions of a kernel, made from its inner loop of `lanes` lanes. */
void hm_sha256_lanes_many(hm_sha256_compress *compress, unsigned int lanes, const uint8_t *prefix, size_t prefix_len,
			  const uint8_t *p, size_t stride, size_t len, size_t count, uint8_t *ret);
void hm_sha256_lanes_streams(hm_sha256_compress *compress, unsigned int lanes, struct hm_sha256_state *const *state,
			     const uint8_t *const *p, const size_t *blocks, size_t count);

/* hm_sha256_kernel_best() and _find() among a NULL-ended list. Best is OpenSSL's where no other is
 * right. */
const struct hm_sha256_kernel *hm_sha256_kernel_choose(const struct hm_sha256_kernel *const *kernels);
const struct hm_sha256_kernel *hm_sha256_kernel_find_in(const struct hm_sha256_kernel *const *kernels,
							const char *name);

/* What this CPU has and the operating system saves at a context switch. False on other than x86. */
HM_MUST_CHECK bool hm_sha256_cpu_shani(void);
HM_MUST_CHECK bool hm_sha256_cpu_avx512(void);

#endif
