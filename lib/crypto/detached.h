/* SPDX-License-Identifier: BSD-2-Clause */
/* detached.h - detached signatures of files: Ed25519, and ECDSA on P-384 with SHA-384 */
#ifndef HM_LIB_CRYPTO_DETACHED_H
#define HM_LIB_CRYPTO_DETACHED_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "core/bytes.h"

/*
 * docs/FORMATS.md, "Signatures". The key alone decides the scheme; a signature carries no name of one. Keys are PEM:
 * one SubjectPublicKeyInfo, or one unencrypted PKCS #8 (or RFC 5915) private key. Any other kind of key is refused.
 */
#define HM_CRYPTO_SIGNATURE_MAX 128u /* Ed25519: 64; ECDSA P-384 in DER: at most 104 */
#define HM_CRYPTO_KEY_MAX 16384u     /* of a PEM file */

/* True only if `sig` is a signature of exactly `file` by the key. Else `error` says why. */
HM_MUST_CHECK bool hm_crypto_verify_detached(struct hm_bytes file, struct hm_bytes sig, struct hm_bytes pem_pub,
					     struct hm_error *error);
/* ret is at least HM_CRYPTO_SIGNATURE_MAX bytes. On failure `error` says why and nothing is written. */
HM_MUST_CHECK bool hm_crypto_sign_detached(struct hm_bytes file, struct hm_bytes pem_private, uint8_t *ret,
					   size_t *ret_len, struct hm_error *error);
/* That `pem_pub` is a public key that signatures can be verified with. */
HM_MUST_CHECK bool hm_crypto_check_public(struct hm_bytes pem_pub, struct hm_error *error);

#endif
