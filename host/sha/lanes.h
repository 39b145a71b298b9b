/* SPDX-License-Identifier: BSD-2-Clause */
/* lanes.h - messages dealt out to the lanes of a SHA-256 kernel; for kernels only */
#ifndef HM_HOST_SHA_LANES_H
#define HM_HOST_SHA_LANES_H

#include "core/bytes.h"
#include "host/sha/kernel.h"

#define HM_SHA256_BLOCK_LEN 64u

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

#endif
