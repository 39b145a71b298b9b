/* SPDX-License-Identifier: BSD-2-Clause */
/* jwt.h - signed tokens: JSON Web Tokens in compact form, RS256 only, and key sets */
#ifndef HM_LIB_PLATFORM_JWT_H
#define HM_LIB_PLATFORM_JWT_H

#include "lib/base/error.h"
#include "lib/base/json.h"

/*
 * RFC 7515, 7.1 and RFC 7517. The algorithm is fixed: a header that names another one, or that has a `crit` field,
 * is refused before any key is looked at. Duplicate members are refused everywhere, since two readers could pick
 * different ones.
 */
#define HM_JWT_MAX (256u * 1024u)
#define HM_JWKS_MAX (1024u * 1024u)

struct hm_jwt {
	json_t *header, *payload;    /* objects; owned */
	const char *kid, *jku;	     /* of the header; borrowed */
	struct hm_bytes signed_part; /* borrowed from the text */
	uint8_t *signature;	     /* owned */
	size_t signature_len;
};
HM_MUST_CHECK bool hm_jwt_parse(struct hm_bytes text, struct hm_jwt *ret, struct hm_error *error);
void hm_jwt_free(struct hm_jwt *jwt);

/* A key set: every key RSA, with `n` and `e` or with a certificate in `x5c`, no `kid` twice. *ret: json_decref. */
HM_MUST_CHECK bool hm_jwks_parse(struct hm_bytes text, json_t **ret, struct hm_error *error);
/* The token's signature, by the key of the set that has its kid. */
HM_MUST_CHECK bool hm_jwt_verify(const struct hm_jwt *jwt, const json_t *jwks, struct hm_error *error);

/* The key named `kid` of an array of JSON Web Keys must be RSA with exactly this modulus and exponent (big-endian). */
HM_MUST_CHECK bool hm_jwk_equals(const json_t *keys, const char *kid, struct hm_bytes modulus, uint32_t exponent,
				 struct hm_error *error);

#endif
