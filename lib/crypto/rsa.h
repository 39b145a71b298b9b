/* SPDX-License-Identifier: BSD-2-Clause */
/* rsa.h - RSA keys as JSON Web Keys give them, and signatures by them */
#ifndef HM_LIB_CRYPTO_RSA_H
#define HM_LIB_CRYPTO_RSA_H

#include <stdbool.h>

#include "core/bytes.h"

/*
 * Verifies the signatures of tokens of attestation services by OpenSSL. The caller has parsed the token (jwt.h) and
 * decides which key may sign. A key below 2048 bits verifies nothing, whatever its signature.
 */

struct hm_rsa_public {
	struct hm_bytes n, e; /* big-endian */
};

/* RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, 3.3: RS256). */
HM_MUST_CHECK bool hm_crypto_rs256(const struct hm_rsa_public *key, struct hm_bytes content, struct hm_bytes signature);
/* The same by the key of a DER certificate, which must be RSA. The certificate itself is not checked. */
HM_MUST_CHECK bool hm_crypto_rs256_certificate(struct hm_bytes der, struct hm_bytes content, struct hm_bytes signature);

#endif
