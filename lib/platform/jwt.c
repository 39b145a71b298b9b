/* SPDX-License-Identifier: BSD-2-Clause */
/* jwt.c - signed tokens: JSON Web Tokens in compact form, RS256 only, and key sets */
#include "lib/platform/jwt.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/base/error.h"
#include "lib/crypto/rsa.h"

#define KEYS_MAX 64u

static bool decode_object(struct hm_bytes part, const char *what, json_t **ret, struct hm_error *error)
{
	uint8_t *text;
	json_error_t at;
	json_t *root;
	size_t len;

	if (!hm_base64url_decode(part, &text, &len))
		return hm_error_set(error, "the token's %s is not base64url", what);
	root = json_loadb((const char *)text, len, JSON_REJECT_DUPLICATES, &at);
	free(text);
	if (!root) {
		hm_json_one_line(&at);
		return hm_error_set(error, "the token's %s: %s", what, at.text);
	}
	if (!json_is_object(root)) {
		json_decref(root);
		return hm_error_set(error, "the token's %s is not an object", what);
	}
	*ret = root;
	return true;
}

static bool check_header(struct hm_jwt *jwt, struct hm_error *error)
{
	const json_t *alg = json_object_get(jwt->header, "alg");
	const json_t *typ = json_object_get(jwt->header, "typ");

	if (!json_is_string(alg) || strcmp(json_string_value(alg), "RS256") != 0)
		return hm_error_set(error, "the token's algorithm is not RS256");
	if (typ && (!json_is_string(typ) || strcmp(json_string_value(typ), "JWT") != 0))
		return hm_error_set(error, "the token's type is not JWT");
	if (json_object_get(jwt->header, "crit") || json_object_get(jwt->header, "b64"))
		return hm_error_set(error, "the token's header has an extension");
	jwt->kid = json_string_value(json_object_get(jwt->header, "kid"));
	jwt->jku = json_string_value(json_object_get(jwt->header, "jku"));
	if (!jwt->kid || !jwt->jku)
		return hm_error_set(error, "the token's header does not name its key (kid, jku)");
	return true;
}

static bool parse(struct hm_bytes text, struct hm_jwt *jwt, struct hm_error *error)
{
	struct hm_bytes rest = text, header, payload, signature;

	if (text.len == 0 || text.len > HM_JWT_MAX)
		return hm_error_set(error, "the token is empty or larger than %u bytes", HM_JWT_MAX);
	if (!hm_next_field(&rest, '.', &header) || !hm_next_field(&rest, '.', &payload) ||
	    !hm_next_field(&rest, '.', &signature) || rest.p)
		return hm_error_set(error, "the token has not three parts");
	jwt->signed_part = hm_bytes_of(text.p, header.len + 1 + payload.len);
	if (!decode_object(header, "header", &jwt->header, error) || !check_header(jwt, error))
		return false;
	if (!decode_object(payload, "payload", &jwt->payload, error))
		return false;
	if (signature.len == 0 || !hm_base64url_decode(signature, &jwt->signature, &jwt->signature_len))
		return hm_error_set(error, "the token's signature is not base64url");
	return true;
}

bool hm_jwt_parse(struct hm_bytes text, struct hm_jwt *ret, struct hm_error *error)
{
	struct hm_jwt jwt = {.header = NULL};

	if (!parse(text, &jwt, error)) {
		hm_jwt_free(&jwt);
		return false;
	}
	*ret = jwt;
	return true;
}

void hm_jwt_free(struct hm_jwt *jwt)
{
	json_decref(jwt->header);
	json_decref(jwt->payload);
	free(jwt->signature);
	*jwt = (struct hm_jwt){.header = NULL};
}

static bool is_text(const json_t *object, const char *name, const char *value)
{
	const json_t *member = json_object_get(object, name);

	return json_is_string(member) && !strcmp(json_string_value(member), value);
}

static bool check_key(const json_t *key, struct hm_error *error)
{
	const json_t *x5c = json_object_get(key, "x5c");

	if (!json_is_object(key) || !json_is_string(json_object_get(key, "kid")) || !is_text(key, "kty", "RSA"))
		return hm_error_set(error, "a key of the key set is not an RSA key with a kid");
	if (json_object_get(key, "alg") && !is_text(key, "alg", "RS256"))
		return hm_error_set(error, "a key of the key set is for another algorithm");
	if (json_object_get(key, "use") && !is_text(key, "use", "sig"))
		return hm_error_set(error, "a key of the key set is not for signatures");
	if (json_is_string(json_object_get(key, "n")) && json_is_string(json_object_get(key, "e")))
		return true;
	if (json_is_array(x5c) && json_is_string(json_array_get(x5c, 0)))
		return true;
	return hm_error_set(error, "a key of the key set has neither n and e nor x5c");
}

/* Exactly one, else NULL. */
static const json_t *find_key(const json_t *keys, const char *kid)
{
	const json_t *key, *found = NULL;
	size_t i;

	json_array_foreach(keys, i, key)
	{
		if (!is_text(key, "kid", kid))
			continue;
		if (found)
			return NULL;
		found = key;
	}
	return found;
}

static bool check_keys(const json_t *keys, struct hm_error *error)
{
	const json_t *key;
	size_t i;

	if (!json_is_array(keys) || json_array_size(keys) == 0 || json_array_size(keys) > KEYS_MAX)
		return hm_error_set(error, "the key set has not 1 to %u keys", KEYS_MAX);
	json_array_foreach(keys, i, key)
	{
		if (!check_key(key, error))
			return false;
		if (!find_key(keys, json_string_value(json_object_get(key, "kid"))))
			return hm_error_set(error, "the key set has a kid twice");
	}
	return true;
}

bool hm_jwks_parse(struct hm_bytes text, json_t **ret, struct hm_error *error)
{
	json_t *root;

	if (!hm_json_load(text, HM_JWKS_MAX, &root, error))
		return false;
	if (!check_keys(json_object_get(root, "keys"), error)) {
		json_decref(root);
		return false;
	}
	*ret = root;
	return true;
}

static bool verify_with(const struct hm_jwt *jwt, const json_t *key)
{
	struct hm_bytes signature = hm_bytes_of(jwt->signature, jwt->signature_len);
	const json_t *n = json_object_get(key, "n"), *e = json_object_get(key, "e");
	const json_t *x5c = json_array_get(json_object_get(key, "x5c"), 0);
	uint8_t *a = NULL, *b = NULL;
	size_t a_len, b_len;
	bool ok = false;

	if (n && e) {
		ok = hm_base64url_decode(hm_json_bytes(n), &a, &a_len) &&
		     hm_base64url_decode(hm_json_bytes(e), &b, &b_len) &&
		     hm_crypto_rs256(&(struct hm_rsa_public){.n = hm_bytes_of(a, a_len), .e = hm_bytes_of(b, b_len)},
				     jwt->signed_part, signature);
	} else {
		ok = hm_base64_decode(hm_json_bytes(x5c), &a, &a_len) &&
		     hm_crypto_rs256_certificate(hm_bytes_of(a, a_len), jwt->signed_part, signature);
	}
	free(a);
	free(b);
	return ok;
}

bool hm_jwt_verify(const struct hm_jwt *jwt, const json_t *jwks, struct hm_error *error)
{
	const json_t *key = find_key(json_object_get(jwks, "keys"), jwt->kid);

	if (!key)
		return hm_error_set(error, "the key set has no key %.64s", jwt->kid);
	if (!verify_with(jwt, key))
		return hm_error_set(error, "the token's signature is not by the key %.64s", jwt->kid);
	return true;
}

static bool number_equals(const json_t *key, const char *name, struct hm_bytes number)
{
	const json_t *member = json_object_get(key, name);
	uint8_t *value;
	size_t len;
	bool equal;

	if (!json_is_string(member) || !hm_base64url_decode(hm_json_bytes(member), &value, &len))
		return false;
	equal = hm_bytes_equal(hm_bytes_of(value, len), number);
	free(value);
	return equal;
}

bool hm_jwk_equals(const json_t *keys, const char *kid, struct hm_bytes modulus, uint32_t exponent,
		   struct hm_error *error)
{
	uint8_t e[4] = {(uint8_t)(exponent >> 24), (uint8_t)(exponent >> 16), (uint8_t)(exponent >> 8),
			(uint8_t)exponent};
	struct hm_bytes shortest = hm_bytes_of(e, sizeof(e));
	const json_t *key;

	while (shortest.len > 1 && shortest.p[0] == 0)
		shortest = hm_bytes_of(shortest.p + 1, shortest.len - 1);
	if (!json_is_array(keys))
		return hm_error_set(error, "there is no list of keys");
	key = find_key(keys, kid);
	if (!key)
		return hm_error_set(error, "there is not exactly one key %s", kid);
	if (!is_text(key, "kty", "RSA") || !number_equals(key, "e", shortest) || !number_equals(key, "n", modulus))
		return hm_error_set(error, "the key %s is not the one that signed the quote", kid);
	return true;
}
