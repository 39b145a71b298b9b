/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sha256_stream.h - SHA-256 of bytes that come a piece at a time, by OpenSSL
 *
 * For a caller that has the pieces for another purpose already, so that a file is read once. sha256_file.h is for a
 * file by its name, lib/crypto/hash.h for bytes that are in memory together. A stream belongs to one thread.
 */
#ifndef HM_HOST_CRYPTO_SHA256_STREAM_H
#define HM_HOST_CRYPTO_SHA256_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

struct hm_sha256_stream;

/* NULL when OpenSSL failed or memory is short. */
struct hm_sha256_stream *hm_sha256_stream_new(void);
HM_MUST_CHECK bool hm_sha256_stream_add(struct hm_sha256_stream *stream, const void *p, size_t len);
/* The digest of all that was added; the stream is at its start again. */
HM_MUST_CHECK bool hm_sha256_stream_end(struct hm_sha256_stream *stream, uint8_t ret[32]);
void hm_sha256_stream_free(struct hm_sha256_stream *stream);

#endif
