/* SPDX-License-Identifier: BSD-2-Clause */
/* key_encoded.h - whether an encoded public key in a report is a TPM's key */
#ifndef HM_LIB_CRYPTO_KEY_ENCODED_H
#define HM_LIB_CRYPTO_KEY_ENCODED_H

#include <stdbool.h>

#include "core/attest.h"

/*
 * `encoded` is a DER SubjectPublicKeyInfo, or for an ECC key the uncompressed point 04 || x || y on its curve: a
 * NitroTPM document carries whatever the guest asked for, and both are in use.
 */
HM_MUST_CHECK bool hm_crypto_encoded_equals(const struct hm_tpm_public *key, struct hm_bytes encoded);

#endif
