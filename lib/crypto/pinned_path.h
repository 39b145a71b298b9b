/* SPDX-License-Identifier: BSD-2-Clause */
/* pinned_path.h - a certificate path that evidence carries whole, to a root that is pinned by fingerprint */
#ifndef HM_LIB_CRYPTO_PINNED_PATH_H
#define HM_LIB_CRYPTO_PINNED_PATH_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/digest.h"

/*
 * For the paths of hardware reports (AMD, AWS, Intel): the evidence brings every certificate, the root
 * included, and the verifier knows the root's SHA-256. Each certificate must be issued by the next, all of them
 * in the given order and no others; validity, basic constraints, path lengths, key usage and critical extensions
 * by OpenSSL (RFC 5280, 6.1) at `as_of`. Revocation: by a CRL where the caller has one (hm_crypto_crl_check).
 */
#define HM_PATH_MAX 8u
#define HM_CERT_MAX 65536u

struct hm_path {
	struct hm_bytes cert[HM_PATH_MAX]; /* DER; leaf first, self-signed root last */
	size_t count;
};

/* SHA-256 over the DER of a certificate that is trusted as a root. */
struct hm_pin {
	uint8_t sha256[HM_SHA256_LEN];
};

/* `as_of`: seconds since 1970. *ret_root is the index in `pins` of the path's root; may be NULL. */
HM_MUST_CHECK bool hm_crypto_path_check(const struct hm_path *path, const struct hm_pin *pins, size_t pin_count,
					int64_t as_of, size_t *ret_root, struct hm_error *error);

/*
 * The DER certificate lists of PEM text with nothing but certificates and white space in it, in its order. Each
 * is allocated, all are released with hm_crypto_path_free.
 */
HM_MUST_CHECK bool hm_crypto_path_of_pem(struct hm_bytes pem, struct hm_path *ret, struct hm_error *error);
void hm_crypto_path_free(struct hm_path *path);

/*
 * `crl` (DER) must be signed by the certificate `issuer`, be current at `as_of`, and not list `cert`.
 * A CRL that cannot be used is a failure, never a pass.
 */
HM_MUST_CHECK bool hm_crypto_crl_check(struct hm_bytes crl, struct hm_bytes issuer, struct hm_bytes cert, int64_t as_of,
				       struct hm_error *error);

#endif
