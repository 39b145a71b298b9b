/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sha256_file.h - SHA-256 of a file that is too large for memory
 *
 * The file is read once, in pieces of 1 MiB, by one thread and OpenSSL. It is for lists of inputs and for audits, where
 * a file's digest names it. No measured value comes from this module.
 */
#ifndef HM_HOST_CRYPTO_SHA256_FILE_H
#define HM_HOST_CRYPTO_SHA256_FILE_H

#include <stdint.h>

#include "core/bytes.h"

/* Called now and then with the bytes done; `total` is the file's size when it was opened. */
struct hm_progress {
	void (*step)(const char *path, uint64_t done, uint64_t total);
};

/* 0 or a negative errno. `progress` may be NULL. */
HM_MUST_CHECK int hm_crypto_file_sha256(const char *path, const struct hm_progress *progress, uint64_t *ret_size,
					uint8_t ret[32]);

#endif
