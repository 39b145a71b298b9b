/* SPDX-License-Identifier: BSD-2-Clause */
/* key_encoded.c - whether an encoded public key in a report is a TPM's key */
#include "lib/crypto/key_encoded.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/x509.h>

#define ENCODED_MAX 4096u

static bool curve_of(uint16_t tpm_curve, const char **ret_group, size_t *ret_len)
{
	static const struct {
		uint16_t tpm;
		const char *group;
		size_t len;
	} curves[] = {{HM_TPM_ECC_P256, "prime256v1", 32},
		      {HM_TPM_ECC_P384, "secp384r1", 48},
		      {HM_TPM_ECC_P521, "secp521r1", 66}};

	for (size_t i = 0; i < HM_ARRAY_LEN(curves); i++) {
		if (curves[i].tpm == tpm_curve) {
			*ret_group = curves[i].group;
			*ret_len = curves[i].len;
			return true;
		}
	}
	return false;
}

/* `fixed` has the field's length, `number` is as long as the TPM wrote it. */
static bool same_number(struct hm_bytes fixed, struct hm_bytes number)
{
	size_t pad;

	if (number.len > fixed.len)
		return false;
	pad = fixed.len - number.len;
	return hm_bytes_is_zero(hm_bytes_of(fixed.p, pad)) &&
	       hm_bytes_equal(hm_bytes_of(fixed.p + pad, number.len), number);
}

static bool same_point(const struct hm_tpm_public *key, struct hm_bytes point)
{
	const char *group;
	size_t len;

	if (!curve_of(key->curve, &group, &len) || point.len != 1 + 2 * len ||
	    point.p[0] != POINT_CONVERSION_UNCOMPRESSED)
		return false;
	return same_number(hm_bytes_of(point.p + 1, len), key->x) &&
	       same_number(hm_bytes_of(point.p + 1 + len, len), key->y);
}

static bool same_ecc(const struct hm_tpm_public *key, const EVP_PKEY *pkey)
{
	const char *group;
	char name[32];
	unsigned char point[1 + 2 * HM_PUBLIC_POINT_MAX];
	size_t len, point_len;

	if (!curve_of(key->curve, &group, &len))
		return false;
	if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), NULL) != 1 ||
	    strcmp(name, group) != 0)
		return false;
	return EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &point_len) == 1 &&
	       same_point(key, hm_bytes_of(point, point_len));
}

static bool same_rsa(const struct hm_tpm_public *key, const EVP_PKEY *pkey)
{
	BIGNUM *n = NULL, *e = NULL, *want = BN_bin2bn(key->modulus.p, (int)key->modulus.len, NULL);
	bool ok = want && EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) == 1 &&
		  EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_cmp(n, want) == 0 &&
		  BN_is_word(e, key->exponent);

	BN_free(n);
	BN_free(e);
	BN_free(want);
	return ok;
}

bool hm_crypto_encoded_equals(const struct hm_tpm_public *key, struct hm_bytes encoded)
{
	const unsigned char *p = encoded.p;
	EVP_PKEY *pkey;
	bool ok = false;

	if (encoded.len == 0 || encoded.len > ENCODED_MAX)
		return false;
	if (key->type == HM_TPM_ALG_ECC && same_point(key, encoded))
		return true;
	pkey = d2i_PUBKEY(NULL, &p, (long)encoded.len);
	if (pkey && p == encoded.p + encoded.len) {
		if (key->type == HM_TPM_ALG_ECC && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC)
			ok = same_ecc(key, pkey);
		else if (key->type == HM_TPM_ALG_RSA && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_RSA)
			ok = same_rsa(key, pkey);
	}
	EVP_PKEY_free(pkey);
	return ok;
}
