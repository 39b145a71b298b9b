/* SPDX-License-Identifier: BSD-2-Clause */
/* key_internal.h - what the crypto files share in OpenSSL's types: the key itself, certificates, their times */
#ifndef HM_LIB_CRYPTO_KEY_INTERNAL_H
#define HM_LIB_CRYPTO_KEY_INTERNAL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "core/digest.h"
#include "lib/base/error.h"

struct hm_key {
	EVP_PKEY *pkey;
	bool rsa;
	uint16_t curve;
	size_t len; /* bytes of the modulus, or of the group's order */
	bool spki_known;
	uint8_t spki_sha256[HM_SHA256_LEN];
};

/* Takes a reference of its own. NULL where the key is not of the kinds that key.h names. */
HM_MUST_CHECK struct hm_key *hm_crypto_key_of_pkey(EVP_PKEY *pkey, struct hm_error *error);
/* Only DER, without a byte too many, none of which OpenSSL would write otherwise. NULL: it is not. */
X509 *hm_crypto_x509_of_der(struct hm_bytes der);
/* Seconds since 1970 of a certificate's or a list's time. False where the text is no date. */
HM_MUST_CHECK bool hm_crypto_time_seconds(const ASN1_TIME *time, int64_t *ret);

#endif
