/* SPDX-License-Identifier: BSD-2-Clause */
/* openssl.c - the portable SHA-256 kernel, and the one that the others are compared with */
#include "host/sha/kernel.h"

#include <openssl/evp.h>

static bool supported(void)
{
	return true;
}

/* With NULL the context keeps the algorithm that it has: looking it up takes as long as a short
 * message. */
static bool one(EVP_MD_CTX *ctx, const EVP_MD *md, const uint8_t *prefix, size_t prefix_len, const uint8_t *p,
		size_t len, uint8_t *ret)
{
	unsigned int ret_len = 0;

	return EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
	       (prefix_len == 0 || EVP_DigestUpdate(ctx, prefix, prefix_len) == 1) &&
	       (len == 0 || EVP_DigestUpdate(ctx, p, len) == 1) && EVP_DigestFinal_ex(ctx, ret, &ret_len) == 1 &&
	       ret_len == HM_SHA256_LEN;
}

static bool many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len, size_t count,
		 uint8_t *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx != NULL;

	for (size_t i = 0; good && i < count; i++)
		good = one(ctx, i == 0 ? EVP_sha256() : NULL, prefix, prefix_len, len > 0 ? p + i * stride : NULL, len,
			   ret + i * HM_SHA256_LEN);
	EVP_MD_CTX_free(ctx);
	return good;
}

const struct hm_sha256_kernel hm_sha256_openssl = {
	.name = "openssl",
	.lanes = 1,
	.supported = supported,
	.many = many,
	.streams = NULL,
};
