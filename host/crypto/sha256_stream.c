/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256_stream.c - SHA-256 of bytes that come a piece at a time, by OpenSSL */
#include "host/crypto/sha256_stream.h"

#include <openssl/evp.h>

#include <stdlib.h>

struct hm_sha256_stream {
	EVP_MD_CTX *ctx;
};

struct hm_sha256_stream *hm_sha256_stream_new(void)
{
	struct hm_sha256_stream *stream = malloc(sizeof(*stream));

	if (!stream)
		return NULL;
	stream->ctx = EVP_MD_CTX_new();
	if (!stream->ctx || EVP_DigestInit_ex(stream->ctx, EVP_sha256(), NULL) != 1) {
		hm_sha256_stream_free(stream);
		return NULL;
	}
	return stream;
}

bool hm_sha256_stream_add(struct hm_sha256_stream *stream, const void *p, size_t len)
{
	return len == 0 || EVP_DigestUpdate(stream->ctx, p, len) == 1;
}

bool hm_sha256_stream_end(struct hm_sha256_stream *stream, uint8_t ret[32])
{
	unsigned int len = 0;

	return EVP_DigestFinal_ex(stream->ctx, ret, &len) == 1 && len == 32 &&
	       EVP_DigestInit_ex(stream->ctx, NULL, NULL) == 1;
}

void hm_sha256_stream_free(struct hm_sha256_stream *stream)
{
	if (!stream)
		return;
	EVP_MD_CTX_free(stream->ctx);
	free(stream);
}
