/* SPDX-License-Identifier: BSD-2-Clause */
/* rsa.c - RSA keys as JSON Web Keys give them, and signatures by them */
#include "lib/crypto/rsa.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "lib/crypto/pinned_path.h"

#define RSA_BITS_MIN 2048
#define RSA_BYTES_MAX 1024u

static EVP_PKEY *rsa_key(const struct hm_rsa_public *key)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(key->n.p, (int)key->n.len, NULL), *e = BN_bin2bn(key->e.p, (int)key->e.len, NULL);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (build && n && e && ctx && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params &&
	    (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1))
		pkey = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(e);
	return pkey;
}

static bool verify(EVP_PKEY *key, struct hm_bytes content, struct hm_bytes signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	bool ok;

	ok = key && ctx && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) >= RSA_BITS_MIN &&
	     EVP_DigestVerifyInit(ctx, &pctx, EVP_sha256(), NULL, key) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PADDING) == 1 &&
	     EVP_DigestVerify(ctx, signature.p, signature.len, content.p, content.len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

bool hm_crypto_rs256(const struct hm_rsa_public *key, struct hm_bytes content, struct hm_bytes signature)
{
	EVP_PKEY *pkey;
	bool ok;

	if (key->n.len == 0 || key->n.len > RSA_BYTES_MAX || key->e.len == 0 || key->e.len > 8)
		return false;
	pkey = rsa_key(key);
	ok = verify(pkey, content, signature);
	EVP_PKEY_free(pkey);
	return ok;
}

bool hm_crypto_rs256_certificate(struct hm_bytes der, struct hm_bytes content, struct hm_bytes signature)
{
	const unsigned char *p = der.p;
	X509 *cert = der.len > 0 && der.len <= HM_CERT_MAX ? d2i_X509(NULL, &p, (long)der.len) : NULL;
	bool ok = cert && p == der.p + der.len && verify(X509_get0_pubkey(cert), content, signature);

	X509_free(cert);
	return ok;
}
