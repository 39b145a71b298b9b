/* SPDX-License-Identifier: BSD-2-Clause */
/* hash.c - the only user of OpenSSL */
#include "lib/crypto/hash.h"

#include <openssl/evp.h>

/* Large enough that EVP's cost per call is not seen, small enough for any stack of ours. */
#define ZERO_CHUNK_LEN 4096u

static const EVP_MD *evp_of_bank(enum hm_bank bank)
{
	switch (bank) {
	case HM_SHA1:
		return EVP_sha1();
	case HM_SHA256:
		return EVP_sha256();
	case HM_SHA384:
		return EVP_sha384();
	case HM_SHA512:
		return EVP_sha512();
	case HM_BANK_COUNT:
		break;
	}
	return NULL;
}

static bool update_zeros(EVP_MD_CTX *ctx, uint64_t len)
{
	static const uint8_t zeros[ZERO_CHUNK_LEN];

	while (len > 0) {
		size_t chunk = len < sizeof(zeros) ? (size_t)len : sizeof(zeros);

		if (EVP_DigestUpdate(ctx, zeros, chunk) != 1)
			return false;
		len -= chunk;
	}
	return true;
}

static bool digest(EVP_MD_CTX *ctx, enum hm_bank bank, const struct hm_bytes *parts, size_t count, uint64_t zero_tail,
		   uint8_t *ret)
{
	const EVP_MD *md = evp_of_bank(bank);
	uint8_t value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (!ctx || !md || EVP_DigestInit_ex(ctx, md, NULL) != 1)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len > 0 && EVP_DigestUpdate(ctx, parts[i].p, parts[i].len) != 1)
			return false;
	}
	if (!update_zeros(ctx, zero_tail))
		return false;
	if (EVP_DigestFinal_ex(ctx, value, &len) != 1 || len != hm_algs[bank].len)
		return false;
	memcpy(ret, value, len);
	return true;
}

static enum hm_err crypto_hash(void *unused, enum hm_bank bank, const struct hm_bytes *parts, size_t count,
			       uint64_t zero_tail, uint8_t *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = digest(ctx, bank, parts, count, zero_tail, ret);

	(void)unused;
	EVP_MD_CTX_free(ctx);
	return ok ? HM_OK : HM_E_HASH;
}

const struct hm_hasher hm_crypto_hasher = {.ctx = NULL, .hash = crypto_hash};

bool hm_sha256(const struct hm_bytes *parts, size_t count, uint8_t ret[HM_SHA256_LEN])
{
	return !hm_crypto_hasher.hash(NULL, HM_SHA256, parts, count, 0, ret);
}
