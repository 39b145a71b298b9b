/* SPDX-License-Identifier: BSD-2-Clause */
/* pcr_signature.h - RSA signatures as systemd-measure makes them, for policies that a TPM checks itself */
#ifndef HM_HOST_CRYPTO_PCR_SIGNATURE_H
#define HM_HOST_CRYPTO_PCR_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "core/digest.h"

/* A TPM verifies RSA of 2048 bits, many also 3072 and 4096. The key is PEM, without a pass phrase. */
#define HM_CRYPTO_PCRSIG_MAX 512u
#define HM_CRYPTO_PCRSIG_KEY_MAX 16384u

struct hm_crypto_rsa;

/* Else false, and a line in `error`. */
HM_MUST_CHECK bool hm_crypto_rsa_open(struct hm_bytes pem_private, struct hm_crypto_rsa **ret, struct hm_error *error);
void hm_crypto_rsa_close(struct hm_crypto_rsa *key);
/* SHA-256 of the public key as PKCS #1 RSAPublicKey: systemd's "pkfp". */
HM_MUST_CHECK bool hm_crypto_rsa_fingerprint(const struct hm_crypto_rsa *key, uint8_t ret[32]);
/*
 * RSASSA-PKCS1-v1_5 over SHA-256 of the data, whatever the bank: the users of a .pcrsig (systemd,
 * tpm2_util_verify_signature) hash a policy with SHA-256. systemd-measure signs so since version 262; before it took
 * the bank's hash, and the entries of all banks but SHA-256 unlocked nothing.
 */
HM_MUST_CHECK bool hm_crypto_rsa_sign(const struct hm_crypto_rsa *key, struct hm_bytes data,
				      uint8_t ret[HM_CRYPTO_PCRSIG_MAX], size_t *ret_len);

#endif
