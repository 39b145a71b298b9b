/* SPDX-License-Identifier: BSD-2-Clause */
/* sha512_avx512.h - the compression function of SHA-384 and SHA-512 for two messages at once */
#ifndef HM_HOST_SHA_SHA512_AVX512_H
#define HM_HOST_SHA_SHA512_AVX512_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

/*
 * SHA-384 and SHA-512 have no instructions of their own, and differ only in where they begin: the words that their
 * rounds take from a message are the same. Both of two messages side by side in vector registers take little more time
 * than one digest does, and the words are made once. host/sha/messages.h is what programs use. Source: FIPS 180-4, 6.4.
 */
#define HM_SHA512_LANES 2u

/* Both running hashes of one message. */
struct hm_sha512_states {
	uint64_t sha384[8], sha512[8];
};

/* By this CPU and operating system: AVX-512 with vectors of 256 bits. */
HM_MUST_CHECK bool hm_sha512_supported(void);
/* Compress `blocks` blocks of 128 bytes of each lane; only where supported. */
void hm_sha512_compress(struct hm_sha512_states states[HM_SHA512_LANES], const uint8_t *const start[HM_SHA512_LANES],
			size_t blocks);

#endif
