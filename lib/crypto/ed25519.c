/* SPDX-License-Identifier: BSD-2-Clause */
/* ed25519.c - Ed25519 signatures by raw keys (RFC 8032) */
#include "lib/crypto/ed25519.h"

#include <openssl/err.h>
#include <openssl/evp.h>

bool hm_ed25519_verify(const uint8_t key[HM_ED25519_KEY_LEN], const uint8_t signature[HM_ED25519_SIGNATURE_LEN],
		       struct hm_bytes message)
{
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, HM_ED25519_KEY_LEN);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = pkey && ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		    EVP_DigestVerify(ctx, signature, HM_ED25519_SIGNATURE_LEN, message.p, message.len) == 1;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return good;
}
