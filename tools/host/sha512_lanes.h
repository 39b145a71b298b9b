/* SPDX-License-Identifier: BSD-2-Clause */
/* sha512_lanes.h - the compression function of SHA-384 and SHA-512 for four messages at once */
#ifndef HM_HOST_SHA512_LANES_H
#define HM_HOST_SHA512_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * SHA-384 and SHA-512 have no instructions of their own: four messages side by side in vector registers take little more
 * time than one. tools/host/sha_messages.h is what programs use. Source: FIPS 180-4, 6.4.
 */
#define HM_SHA512_LANES 4u

/* By this CPU and operating system: AVX-512 with vectors of 256 bits. */
bool hm_sha512_supported(void);
/* Compress `blocks` blocks of 128 bytes of each lane; only where supported. */
void hm_sha512_compress(uint64_t state[HM_SHA512_LANES][8], const uint8_t *const start[HM_SHA512_LANES], size_t blocks);

#endif
