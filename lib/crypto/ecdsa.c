/* SPDX-License-Identifier: BSD-2-Clause */
/* ecdsa.c - ECDSA signatures as hardware reports have them */
#include "lib/crypto/ecdsa.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "lib/crypto/pinned_path.h"

#define POINT_MAX (1u + 2u * 48u)

static const struct {
	const char *group;
	size_t len;
} curves[] = {
	[HM_P256] = {"prime256v1", 32},
	[HM_P384] = {"secp384r1", 48},
};

static bool is_on(const EVP_PKEY *key, enum hm_curve curve)
{
	char group[32];
	size_t len;

	return key && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), &len) == 1 &&
	       !strcmp(group, curves[curve].group);
}

/* The DER form of (r, s), which OpenSSL verifies; to be freed. */
static int signature_der(const struct hm_ecdsa *signature, unsigned char **ret)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature->r.p, (int)signature->r.len, NULL);
	BIGNUM *s = BN_bin2bn(signature->s.p, (int)signature->s.len, NULL);
	int len = -1;

	if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
		len = i2d_ECDSA_SIG(sig, ret);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return len;
}

static bool verify(EVP_PKEY *key, const struct hm_ecdsa *signature, struct hm_bytes content)
{
	const EVP_MD *md = signature->hash == HM_SHA384 ? EVP_sha384() : EVP_sha256();
	unsigned char *der = NULL;
	EVP_MD_CTX *ctx;
	int len;
	bool ok;

	if (!is_on(key, signature->curve) || signature->r.len != curves[signature->curve].len ||
	    signature->s.len != curves[signature->curve].len)
		return false;
	ctx = EVP_MD_CTX_new();
	len = signature_der(signature, &der);
	ok = ctx && len > 0 && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, der, (size_t)len, content.p, content.len) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	return ok;
}

bool hm_crypto_ecdsa_certificate(struct hm_bytes der, const struct hm_ecdsa *signature, struct hm_bytes content)
{
	const unsigned char *p = der.p;
	X509 *cert = der.len > 0 && der.len <= HM_CERT_MAX ? d2i_X509(NULL, &p, (long)der.len) : NULL;
	bool ok = cert && p == der.p + der.len && verify(X509_get0_pubkey(cert), signature, content);

	X509_free(cert);
	return ok;
}

static EVP_PKEY *point_key(enum hm_curve curve, const uint8_t *point, size_t len)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (build && ctx &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, curves[curve].group, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, len) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	/* A point that is not on the curve is refused here. */
	if (params &&
	    (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1))
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

bool hm_crypto_ecdsa_point(struct hm_bytes x, struct hm_bytes y, const struct hm_ecdsa *signature,
			   struct hm_bytes content)
{
	uint8_t point[POINT_MAX];
	struct hm_writer w = hm_writer_of(point, sizeof(point));
	EVP_PKEY *key;
	bool ok;

	if (x.len != curves[signature->curve].len || y.len != x.len)
		return false;
	hm_put_u8(&w, POINT_CONVERSION_UNCOMPRESSED);
	hm_put_bytes(&w, x);
	hm_put_bytes(&w, y);
	key = point_key(signature->curve, point, w.len);
	ok = verify(key, signature, content);
	EVP_PKEY_free(key);
	return ok;
}
