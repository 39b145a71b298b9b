/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256_file.c - SHA-256 of a file that is too large for memory */
#include "host/crypto/sha256_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#define CHUNK_LEN (1024u * 1024u)

static int hash_all(int fd, EVP_MD_CTX *ctx, uint8_t *chunk, const char *path, const struct hm_progress *progress,
		    uint64_t total, uint64_t *ret_size)
{
	uint64_t done = 0;

	for (;;) {
		ssize_t n = read(fd, chunk, CHUNK_LEN);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0) {
			*ret_size = done;
			return 0;
		}
		if (EVP_DigestUpdate(ctx, chunk, (size_t)n) != 1)
			return -EIO;
		done += (uint64_t)n;
		if (progress)
			progress->step(path, done, total);
	}
}

static int hash_fd(int fd, const char *path, const struct hm_progress *progress, uint64_t *ret_size, uint8_t ret[32])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *chunk = malloc(CHUNK_LEN);
	uint8_t value[EVP_MAX_MD_SIZE];
	unsigned int len = 0;
	uint64_t size = 0;
	struct stat st;
	int r = -ENOMEM;

	if (ctx && chunk)
		r = fstat(fd, &st) < 0 ? -errno : 0;
	if (!r && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1)
		r = -EIO;
	if (!r)
		r = hash_all(fd, ctx, chunk, path, progress, (uint64_t)st.st_size, &size);
	if (!r && (EVP_DigestFinal_ex(ctx, value, &len) != 1 || len != 32))
		r = -EIO;
	if (!r) {
		memcpy(ret, value, len);
		*ret_size = size;
	}
	free(chunk);
	EVP_MD_CTX_free(ctx);
	return r;
}

int hm_crypto_file_sha256(const char *path, const struct hm_progress *progress, uint64_t *ret_size, uint8_t ret[32])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int r;

	if (fd < 0)
		return -errno;
	r = hash_fd(fd, path, progress, ret_size, ret);
	close(fd);
	return r;
}
