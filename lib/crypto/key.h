/* SPDX-License-Identifier: BSD-2-Clause */
/* key.h - attestation keys: from a TPM's public area or a certificate, and the signatures that they make */
#ifndef HM_LIB_CRYPTO_KEY_H
#define HM_LIB_CRYPTO_KEY_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/attest.h"

/* A public key: RSA of at least 2048 bits with exponent 65537, or ECC on P-256, P-384 or P-521. */
struct hm_key;

/* NULL, and a line in `error`, where the numbers are no such key. */
HM_MUST_CHECK struct hm_key *hm_crypto_key_of_tpm(const struct hm_tpm_public *public, struct hm_error *error);
void hm_crypto_key_free(struct hm_key *key);
/* Another owner's, of the same key; NULL when out of memory. */
HM_MUST_CHECK struct hm_key *hm_crypto_key_copy(const struct hm_key *key);

HM_MUST_CHECK bool hm_crypto_key_equals_tpm(const struct hm_key *key, const struct hm_tpm_public *public);
/* The curve (HM_TPM_ECC_*), 0 for RSA. */
uint16_t hm_crypto_key_curve(const struct hm_key *key);
/* Of its DER SubjectPublicKeyInfo as OpenSSL writes it; made once. */
HM_MUST_CHECK bool hm_crypto_key_spki_sha256(struct hm_key *key, uint8_t ret[32]);

/*
 * True only if `signature` is one of `message` by the key. Its scheme must be that of the key's kind (RSASSA or ECDSA),
 * its hash `hash`; an RSA signature is as long as the modulus, r and s are from 1 to n - 1 and no longer than n.
 */
HM_MUST_CHECK bool hm_crypto_key_verify(const struct hm_key *key, const struct hm_tpm_signature *signature,
					enum hm_bank hash, struct hm_bytes message, struct hm_error *error);

/* r and s of a DER ECDSA-Sig-Value (exact), each `len` bytes big-endian. */
HM_MUST_CHECK bool hm_crypto_ecdsa_split(struct hm_bytes der, size_t len, uint8_t *ret_r, uint8_t *ret_s);

/* SHA-256 of the DER SubjectPublicKeyInfo of a certificate: DER without a byte too many, or one PEM block. */
HM_MUST_CHECK bool hm_crypto_spki_sha256(struct hm_bytes certificate, uint8_t ret[32]);
/* In constant time. */
HM_MUST_CHECK bool hm_crypto_equal(const void *a, const void *b, size_t len);

#endif
