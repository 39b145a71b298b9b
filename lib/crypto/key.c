/* SPDX-License-Identifier: BSD-2-Clause */
/* key.c - attestation keys: from a TPM's public area or a certificate, and the signatures that they make */
#include "lib/crypto/key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/rfc3339.h"
#include "lib/base/error.h"
#include "lib/crypto/key_internal.h"

#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 4096
#define RSA_EXPONENT 65537u
#define CERTIFICATE_MAX 65536u
#define GROUP_NAME_MAX 32u
#define ECDSA_DER_MAX 160u

static const struct curve {
	uint16_t id;
	const char *group;
	size_t len;
} curves[] = {
	{HM_TPM_ECC_P256, "prime256v1", 32},
	{HM_TPM_ECC_P384, "secp384r1", 48},
	{HM_TPM_ECC_P521, "secp521r1", 66},
};

static const struct curve *curve_of_id(uint16_t id)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(curves); i++) {
		if (curves[i].id == id)
			return &curves[i];
	}
	return NULL;
}

static const struct curve *curve_of_pkey(const EVP_PKEY *pkey)
{
	char group[GROUP_NAME_MAX];
	size_t len = 0;

	/* A curve given by its parameters has no name and is none of ours. */
	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) != 1)
		return NULL;
	for (size_t i = 0; i < HM_ARRAY_LEN(curves); i++) {
		if (!strcmp(curves[i].group, group))
			return &curves[i];
	}
	return NULL;
}

static bool has_exponent(const EVP_PKEY *pkey)
{
	BIGNUM *e = NULL;
	bool ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) == 1 && BN_is_word(e, RSA_EXPONENT);

	BN_free(e);
	return ok;
}

static bool describe(EVP_PKEY *pkey, struct hm_key *ret, struct hm_error *error)
{
	const struct curve *curve;
	int bits = EVP_PKEY_get_bits(pkey);

	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
		if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX || bits % 8)
			return hm_error_set(error, "an RSA key of %d bits", bits);
		if (!has_exponent(pkey))
			return hm_error_set(error, "an RSA key with an exponent other than %u", RSA_EXPONENT);
		*ret = (struct hm_key){.rsa = true, .len = (size_t)bits / 8};
		return true;
	case EVP_PKEY_EC:
		curve = curve_of_pkey(pkey);
		if (!curve)
			return hm_error_set(error, "an ECC key on another curve than P-256, P-384 and P-521");
		*ret = (struct hm_key){.curve = curve->id, .len = curve->len};
		return true;
	}
	return hm_error_set(error, "a key that is neither RSA nor ECC");
}

struct hm_key *hm_crypto_key_of_pkey(EVP_PKEY *pkey, struct hm_error *error)
{
	struct hm_key key, *ret;

	if (!describe(pkey, &key, error))
		return NULL;
	ret = malloc(sizeof(*ret));
	if (!ret || EVP_PKEY_up_ref(pkey) != 1) {
		free(ret);
		(void)hm_error_set(error, "out of memory");
		return NULL;
	}
	*ret = key;
	ret->pkey = pkey;
	return ret;
}

/* Takes `build`'s parameters; NULL where they are no key (a point that is not on the curve). */
static EVP_PKEY *pkey_of_params(const char *type, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *pkey = NULL;

	if (!ctx || !params || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return pkey;
}

static EVP_PKEY *pkey_of_rsa(const struct hm_tpm_public *public)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(public->modulus.p, (int)public->modulus.len, NULL);
	EVP_PKEY *pkey = NULL;

	if (build && n && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_ulong(build, OSSL_PKEY_PARAM_RSA_E, public->exponent) == 1)
		pkey = pkey_of_params("RSA", build);
	BN_free(n);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

/* Uncompressed, SEC 1, 2.3.3: coordinates with zeros in front up to the field's length. */
static bool put_coordinate(struct hm_writer *w, struct hm_bytes v, size_t len)
{
	while (v.len > len && v.p[0] == 0)
		v = hm_bytes_of(v.p + 1, v.len - 1);
	if (v.len > len)
		return false;
	for (size_t i = v.len; i < len; i++)
		hm_put_u8(w, 0);
	hm_put_bytes(w, v);
	return true;
}

static EVP_PKEY *pkey_of_point(const struct curve *curve, struct hm_bytes x, struct hm_bytes y)
{
	uint8_t point[1 + 2 * HM_PUBLIC_POINT_MAX];
	struct hm_writer w = hm_writer_of(point, sizeof(point));
	OSSL_PARAM_BLD *build;
	EVP_PKEY *pkey = NULL;

	hm_put_u8(&w, 4);
	if (!put_coordinate(&w, x, curve->len) || !put_coordinate(&w, y, curve->len) || w.failed)
		return NULL;
	build = OSSL_PARAM_BLD_new();
	if (build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curve->group, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, w.len) == 1)
		pkey = pkey_of_params("EC", build);
	OSSL_PARAM_BLD_free(build);
	return pkey;
}

static struct hm_key *own(EVP_PKEY *pkey, struct hm_error *error)
{
	struct hm_key *key = NULL;

	if (pkey)
		key = hm_crypto_key_of_pkey(pkey, error);
	else
		(void)hm_error_set(error, "the numbers are not a key's");
	EVP_PKEY_free(pkey);
	return key;
}

struct hm_key *hm_crypto_key_of_tpm(const struct hm_tpm_public *public, struct hm_error *error)
{
	const struct curve *curve = curve_of_id(public->curve);

	if (public->type != HM_TPM_ALG_ECC)
		return own(pkey_of_rsa(public), error);
	if (!curve) {
		(void)hm_error_set(error, "an ECC key on another curve than P-256, P-384 and P-521");
		return NULL;
	}
	return own(pkey_of_point(curve, public->x, public->y), error);
}

struct hm_key *hm_crypto_key_copy(const struct hm_key *key)
{
	struct hm_key *copy = malloc(sizeof(*copy));

	if (!copy || EVP_PKEY_up_ref(key->pkey) != 1) {
		free(copy);
		return NULL;
	}
	*copy = *key;
	return copy;
}

void hm_crypto_key_free(struct hm_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

static bool number_equals(const EVP_PKEY *pkey, const char *param, struct hm_bytes want)
{
	BIGNUM *seen = NULL;
	BIGNUM *expected = BN_bin2bn(want.p, (int)want.len, NULL);
	bool equal = expected && EVP_PKEY_get_bn_param(pkey, param, &seen) == 1 && BN_cmp(seen, expected) == 0;

	BN_free(seen);
	BN_free(expected);
	return equal;
}

bool hm_crypto_key_equals_tpm(const struct hm_key *key, const struct hm_tpm_public *public)
{
	if (key->rsa)
		/* key is one with RSA_EXPONENT. */
		return public->type == HM_TPM_ALG_RSA && public->exponent == RSA_EXPONENT &&
		       number_equals(key->pkey, OSSL_PKEY_PARAM_RSA_N, public->modulus);
	return public->type == HM_TPM_ALG_ECC && public->curve == key->curve &&
	       number_equals(key->pkey, OSSL_PKEY_PARAM_EC_PUB_X, public->x) &&
	       number_equals(key->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, public->y);
}

uint16_t hm_crypto_key_curve(const struct hm_key *key)
{
	return key->curve;
}

static bool note_spki(struct hm_key *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key->pkey, &der);

	if (len <= 0)
		return false;
	SHA256(der, (size_t)len, key->spki_sha256);
	OPENSSL_free(der);
	key->spki_known = true;
	return true;
}

bool hm_crypto_key_spki_sha256(struct hm_key *key, uint8_t ret[32])
{
	if (!key->spki_known && !note_spki(key))
		return false;
	memcpy(ret, key->spki_sha256, sizeof(key->spki_sha256));
	return true;
}

static const EVP_MD *md_of(enum hm_bank hash)
{
	/* SHA-1 is no hash for a signature. */
	return hash == HM_SHA256   ? EVP_sha256()
	       : hash == HM_SHA384 ? EVP_sha384()
	       : hash == HM_SHA512 ? EVP_sha512()
				   : NULL;
}

static bool is_zero_or_long(struct hm_bytes v, size_t len)
{
	return v.len == 0 || v.len > len || hm_bytes_is_zero(v);
}

/* ECDSA-Sig-Value of r and s; 0 where it cannot be made. */
static size_t ecdsa_der(const struct hm_tpm_signature *signature, uint8_t ret[ECDSA_DER_MAX])
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature->r.p, (int)signature->r.len, NULL);
	BIGNUM *s = BN_bin2bn(signature->s.p, (int)signature->s.len, NULL);
	unsigned char *at = ret;
	int len = 0;

	if (!sig || !r || !s || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
	} else if (i2d_ECDSA_SIG(sig, NULL) <= (int)ECDSA_DER_MAX) {
		len = i2d_ECDSA_SIG(sig, &at);
	}
	ECDSA_SIG_free(sig);
	return len > 0 ? (size_t)len : 0;
}

bool hm_crypto_ecdsa_split(struct hm_bytes der, size_t len, uint8_t *ret_r, uint8_t *ret_s)
{
	const unsigned char *at = der.p;
	ECDSA_SIG *sig = der.len && der.len <= ECDSA_DER_MAX ? d2i_ECDSA_SIG(NULL, &at, (long)der.len) : NULL;
	unsigned char *again = NULL;
	int again_len = sig ? i2d_ECDSA_SIG(sig, &again) : 0;
	bool good = again_len > 0 && hm_bytes_equal(hm_bytes_of(again, (size_t)again_len), der) &&
		    BN_bn2binpad(ECDSA_SIG_get0_r(sig), ret_r, (int)len) >= 0 &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(sig), ret_s, (int)len) >= 0;

	OPENSSL_free(again);
	ECDSA_SIG_free(sig);
	ERR_clear_error();
	return good;
}

static bool digest_verify(const struct hm_key *key, const EVP_MD *md, struct hm_bytes sig, struct hm_bytes message)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pkey_ctx = NULL;
	bool good = ctx && EVP_DigestVerifyInit(ctx, &pkey_ctx, md, NULL, key->pkey) == 1;

	if (good && key->rsa)
		good = EVP_PKEY_CTX_set_rsa_padding(pkey_ctx, RSA_PKCS1_PADDING) == 1;
	good = good && EVP_DigestVerify(ctx, sig.p, sig.len, message.p, message.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return good;
}

bool hm_crypto_key_verify(const struct hm_key *key, const struct hm_tpm_signature *signature, enum hm_bank hash,
			  struct hm_bytes message, struct hm_error *error)
{
	uint8_t der[ECDSA_DER_MAX];
	struct hm_bytes sig = signature->rsa;

	if (signature->scheme != (key->rsa ? HM_TPM_ALG_RSASSA : HM_TPM_ALG_ECDSA))
		return hm_error_set(error, "a signature of the scheme %s by %s key", hm_tpm_alg_name(signature->scheme),
				    key->rsa ? "an RSA" : "an ECC");
	if (signature->hash != hm_algs[hash].tpm_id || !md_of(hash))
		return hm_error_set(error, "a signature with the hash algorithm 0x%04x", signature->hash);
	if (key->rsa && sig.len != key->len)
		return hm_error_set(error, "an RSA signature of %zu bytes for a key of %zu", sig.len, key->len);
	if (!key->rsa) {
		if (is_zero_or_long(signature->r, key->len) || is_zero_or_long(signature->s, key->len))
			return hm_error_set(error, "an ECDSA signature whose r or s is zero or too long");
		/* OpenSSL refuses r and s of n and above. */
		sig = hm_bytes_of(der, ecdsa_der(signature, der));
		if (sig.len == 0)
			return hm_error_set(error, "out of memory");
	}
	if (!digest_verify(key, md_of(hash), sig, message))
		return hm_error_set(error, "a signature that is not one by this key");
	return true;
}

/* Parsed and written anew it must be the same bytes: BER, and DER with something in it that nobody reads, is not. */
static bool is_der(X509 *x509, struct hm_bytes der)
{
	unsigned char *again = NULL;
	int len;
	bool same;

	/* The signed part is kept as it was read; this makes OpenSSL forget that. */
	if (i2d_re_X509_tbs(x509, NULL) <= 0)
		return false;
	len = i2d_X509(x509, &again);
	same = len > 0 && hm_bytes_equal(hm_bytes_of(again, (size_t)len), der);
	OPENSSL_free(again);
	return same;
}

X509 *hm_crypto_x509_of_der(struct hm_bytes der)
{
	const unsigned char *at = der.p;
	X509 *x509 = der.len && der.len <= CERTIFICATE_MAX ? d2i_X509(NULL, &at, (long)der.len) : NULL;

	if (x509 && (at != der.p + der.len || !is_der(x509, der))) {
		X509_free(x509);
		x509 = NULL;
	}
	ERR_clear_error();
	return x509;
}

static X509 *x509_of_pem(struct hm_bytes pem)
{
	BIO *bio = pem.len && pem.len <= CERTIFICATE_MAX ? BIO_new_mem_buf(pem.p, (int)pem.len) : NULL;
	X509 *x509 = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	return x509;
}

bool hm_crypto_spki_sha256(struct hm_bytes certificate, uint8_t ret[32])
{
	bool der = certificate.len && certificate.p[0] == 0x30;
	X509 *x509 = der ? hm_crypto_x509_of_der(certificate) : x509_of_pem(certificate);
	unsigned char *spki = NULL;
	int len = x509 ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &spki) : 0;

	X509_free(x509);
	if (len <= 0)
		return false;
	SHA256(spki, (size_t)len, ret);
	OPENSSL_free(spki);
	return true;
}

bool hm_crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

bool hm_crypto_time_seconds(const ASN1_TIME *time, int64_t *ret)
{
	struct tm tm;
	struct hm_date date;

	if (ASN1_TIME_to_tm(time, &tm) != 1)
		return false;
	date = (struct hm_date){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec};
	*ret = hm_date_seconds(&date);
	return true;
}
