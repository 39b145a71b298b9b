/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto.h - the only user of OpenSSL */
#ifndef HM_HOST_CRYPTO_H
#define HM_HOST_CRYPTO_H

#include "core/digest.h"

/* A hasher for core/, by OpenSSL's EVP. No context; safe in any thread. */
extern const struct hm_hasher hm_crypto_hasher;

#endif
