/* SPDX-License-Identifier: BSD-2-Clause */
/* ecdsa.h - ECDSA signatures as hardware reports have them: two big-endian numbers of the field's length */
#ifndef HM_LIB_CRYPTO_ECDSA_H
#define HM_LIB_CRYPTO_ECDSA_H

#include <stdbool.h>

#include "core/digest.h"

/*
 * Verifies signatures of AMD's, AWS's and Intel's reports (FIPS 186-5, chapter 6) by OpenSSL. A result of true means:
 * r and s are from 1 to n - 1, the key is a point on the named curve, and the signature is one of `content` by it.
 */

/* The curve and its hash are fixed by the caller; a key on another curve verifies nothing. */
enum hm_curve { HM_P256, HM_P384 };

struct hm_ecdsa {
	enum hm_curve curve;
	enum hm_bank hash;    /* HM_SHA256 or HM_SHA384 */
	struct hm_bytes r, s; /* 32 or 48 bytes each */
};

/* By the key of a DER certificate. The certificate itself is not checked here. */
HM_MUST_CHECK bool hm_crypto_ecdsa_certificate(struct hm_bytes der, const struct hm_ecdsa *signature,
					       struct hm_bytes content);
/* By a point on the curve: x, y of the field's length. */
HM_MUST_CHECK bool hm_crypto_ecdsa_point(struct hm_bytes x, struct hm_bytes y, const struct hm_ecdsa *signature,
					 struct hm_bytes content);

#endif
