/* SPDX-License-Identifier: BSD-2-Clause */
/* ed25519.h - Ed25519 by raw keys, as transparency logs and their witnesses have them */
#ifndef HM_LIB_CRYPTO_ED25519_H
#define HM_LIB_CRYPTO_ED25519_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/bytes.h"

/* RFC 8032, 5.1, by OpenSSL: the pure scheme, without a context. */
#define HM_ED25519_KEY_LEN 32u
#define HM_ED25519_SIGNATURE_LEN 64u

/* True only if `signature` is one of `message` by the key; false also for bytes that are no point of the curve. */
HM_MUST_CHECK bool hm_ed25519_verify(const uint8_t key[HM_ED25519_KEY_LEN],
				     const uint8_t signature[HM_ED25519_SIGNATURE_LEN], struct hm_bytes message);

/* The raw public key of a PEM key, public or private (detached.h has the forms). False where it is of another kind. */
HM_MUST_CHECK bool hm_ed25519_of_pem(struct hm_bytes pem, bool private, uint8_t ret[HM_ED25519_KEY_LEN],
				     struct hm_error *error);

#endif
