/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.h - the only user of OpenSSL */
#ifndef HM_LIB_CRYPTO_HASH_H
#define HM_LIB_CRYPTO_HASH_H

#include "core/digest.h"

/* A hasher for core/, by OpenSSL's EVP. No context; safe in any thread. */
extern const struct hm_hasher hm_crypto_hasher;

#endif
