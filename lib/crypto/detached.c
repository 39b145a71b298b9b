/* SPDX-License-Identifier: BSD-2-Clause */
/* detached.c - detached signatures of files: Ed25519, and ECDSA on P-384 with SHA-384 */
#include "lib/crypto/detached.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/crypto/ed25519.h"

/* No terminal is asked for a pass phrase: an encrypted key is one that cannot be read. */
static int no_passphrase(char *buf, int size, int rwflag, void *userdata)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)userdata;
	return -1;
}

/* One PEM block and nothing after it but white space. */
static EVP_PKEY *read_key(struct hm_bytes pem, bool private)
{
	BIO *bio = pem.len && pem.len <= HM_CRYPTO_KEY_MAX ? BIO_new_mem_buf(pem.p, (int)pem.len) : NULL;
	EVP_PKEY *key = NULL;
	char rest[HM_CRYPTO_KEY_MAX];
	int len;

	if (!bio)
		return NULL;
	key = private ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL)
		      : PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	while (key && (len = BIO_read(bio, rest, sizeof(rest))) > 0) {
		for (int i = 0; i < len && key; i++) {
			if (!strchr(" \t\r\n", rest[i]) || !rest[i]) {
				EVP_PKEY_free(key);
				key = NULL;
			}
		}
	}
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

/* The digest that goes with the key: NULL for Ed25519, which hashes by itself. */
static bool scheme_of(const EVP_PKEY *key, const EVP_MD **ret)
{
	char group[32];
	size_t len = 0;

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
		*ret = NULL;
		return true;
	}
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC || EVP_PKEY_get_group_name(key, group, sizeof(group), &len) != 1 ||
	    strcmp(group, "secp384r1") != 0)
		return false;
	*ret = EVP_sha384();
	return true;
}

static EVP_PKEY *load(struct hm_bytes pem, bool private, const EVP_MD **ret_md, struct hm_error *error)
{
	EVP_PKEY *key = read_key(pem, private);

	if (!key) {
		(void)hm_error_set(error, "the key is not one PEM %s key", private ? "unencrypted private" : "public");
		return NULL;
	}
	if (!scheme_of(key, ret_md)) {
		(void)hm_error_set(error, "the key is neither Ed25519 nor ECDSA on P-384");
		EVP_PKEY_free(key);
		return NULL;
	}
	return key;
}

bool hm_crypto_check_public(struct hm_bytes pem_pub, struct hm_error *error)
{
	const EVP_MD *md;
	EVP_PKEY *key = load(pem_pub, false, &md, error);

	EVP_PKEY_free(key);
	return key != NULL;
}

bool hm_ed25519_of_pem(struct hm_bytes pem, bool private, uint8_t ret[HM_ED25519_KEY_LEN], struct hm_error *error)
{
	const EVP_MD *md;
	EVP_PKEY *key = load(pem, private, &md, error);
	uint8_t raw[HM_ED25519_KEY_LEN];
	size_t len = sizeof(raw);
	bool good = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 &&
		    EVP_PKEY_get_raw_public_key(key, raw, &len) == 1 && len == sizeof(raw);

	if (key && !good)
		(void)hm_error_set(error, "the key is not Ed25519");
	if (good)
		memcpy(ret, raw, sizeof(raw));
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

bool hm_crypto_verify_detached(struct hm_bytes file, struct hm_bytes sig, struct hm_bytes pem_pub,
			       struct hm_error *error)
{
	const EVP_MD *md = NULL;
	EVP_PKEY *key = load(pem_pub, false, &md, error);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = false;

	if (key && ctx && sig.len > 0 && sig.len <= HM_CRYPTO_SIGNATURE_MAX &&
	    (md || sig.len == HM_ED25519_SIGNATURE_LEN))
		good = EVP_DigestVerifyInit(ctx, NULL, md, NULL, key) == 1 &&
		       EVP_DigestVerify(ctx, sig.p, sig.len, file.p, file.len) == 1;
	if (key && !good)
		(void)hm_error_set(error, "the signature is not one of this file by this key");
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}

bool hm_crypto_sign_detached(struct hm_bytes file, struct hm_bytes pem_private, uint8_t *ret, size_t *ret_len,
			     struct hm_error *error)
{
	const EVP_MD *md = NULL;
	EVP_PKEY *key = load(pem_private, true, &md, error);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t sig[HM_CRYPTO_SIGNATURE_MAX];
	size_t len = sizeof(sig);
	bool good = false;

	if (key && ctx)
		good = EVP_DigestSignInit(ctx, NULL, md, NULL, key) == 1 &&
		       EVP_DigestSign(ctx, sig, &len, file.p, file.len) == 1;
	if (key && !good)
		(void)hm_error_set(error, "the signature cannot be made");
	if (good) {
		memcpy(ret, sig, len);
		*ret_len = len;
	}
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good;
}
