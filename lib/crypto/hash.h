/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.h - SHA-1, SHA-256, SHA-384 and SHA-512 for core/, by OpenSSL */
#ifndef HM_LIB_CRYPTO_HASH_H
#define HM_LIB_CRYPTO_HASH_H

#include "core/digest.h"

/*
 * core/ hashes nothing itself and is given this hasher (FIPS 180-4). It has no context, keeps no state between calls,
 * and may be used by any number of threads.
 */
extern const struct hm_hasher hm_crypto_hasher;

/* SHA-256 of `count` runs of bytes, one after the other. False when OpenSSL failed. */
HM_MUST_CHECK bool hm_sha256(const struct hm_bytes *parts, size_t count, uint8_t ret[HM_SHA256_LEN]);

#endif
