/* SPDX-License-Identifier: BSD-2-Clause */
/* pcr_signature.c - RSA signatures as systemd-measure makes them, for policies that a TPM checks itself */
#include "host/crypto/pcr_signature.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

#include "lib/base/error.h"
#include "host/base/args.h"

#define BITS_MIN 2048
#define BITS_MAX 4096

struct hm_crypto_rsa {
	EVP_PKEY *key;
};

static int no_passphrase(char *buf, int size, int rwflag, void *userdata)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)userdata;
	return -1;
}

bool hm_crypto_rsa_open(struct hm_bytes pem_private, struct hm_crypto_rsa **ret, struct hm_error *error)
{
	struct hm_crypto_rsa *rsa = calloc(1, sizeof(*rsa));
	BIO *bio = pem_private.len <= HM_CRYPTO_PCRSIG_KEY_MAX ? BIO_new_mem_buf(pem_private.p, (int)pem_private.len)
							       : NULL;
	bool good = true;

	if (rsa && bio)
		rsa->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (!rsa || !rsa->key)
		good = hm_error_set(error, "is not a private key in PEM without a pass phrase");
	else if (EVP_PKEY_get_base_id(rsa->key) != EVP_PKEY_RSA)
		good = hm_error_set(error, "is not an RSA key, which .pcrsig wants");
	else if (EVP_PKEY_get_bits(rsa->key) < BITS_MIN || EVP_PKEY_get_bits(rsa->key) > BITS_MAX)
		good = hm_error_set(error, "has %d bits: 2048 to 4096", EVP_PKEY_get_bits(rsa->key));
	if (!good) {
		hm_crypto_rsa_close(rsa);
		return false;
	}
	*ret = rsa;
	return true;
}

void hm_crypto_rsa_close(struct hm_crypto_rsa *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->key);
	free(key);
}

bool hm_crypto_rsa_fingerprint(const struct hm_crypto_rsa *key, uint8_t ret[32])
{
	unsigned char *der = NULL;
	int len = i2d_PublicKey(key->key, &der);
	bool good = len > 0 && EVP_Digest(der, (size_t)len, ret, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	ERR_clear_error();
	return good;
}

bool hm_crypto_rsa_sign(const struct hm_crypto_rsa *key, struct hm_bytes data, uint8_t ret[HM_CRYPTO_PCRSIG_MAX],
			size_t *ret_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = HM_CRYPTO_PCRSIG_MAX;
	bool good = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key->key) == 1 &&
		    EVP_DigestSign(ctx, ret, &len, data.p, data.len) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (good)
		*ret_len = len;
	return good;
}
