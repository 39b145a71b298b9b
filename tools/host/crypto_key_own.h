/* SPDX-License-Identifier: BSD-2-Clause */
/* crypto_key_own.h - what the crypto files share of a key, below crypto_key.h */
#ifndef HM_HOST_CRYPTO_KEY_OWN_H
#define HM_HOST_CRYPTO_KEY_OWN_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tools/host/crypto_key.h"

struct hm_key {
	EVP_PKEY *pkey;
	bool rsa;
	uint16_t curve;
	size_t len;      /* bytes of the modulus, or of the group's order */
	bool spki_known;
	uint8_t spki_sha256[32];
};

/* Takes a reference of its own. NULL where the key is not of the kinds that crypto_key.h names. */
struct hm_key *hm_crypto_key_of_pkey(EVP_PKEY *pkey, char *why, size_t why_len);
/* Only DER, without a byte too many, none of which OpenSSL would write otherwise. NULL: it is not. */
X509 *hm_crypto_x509_of_der(struct hm_bytes der);

#endif
