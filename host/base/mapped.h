/* SPDX-License-Identifier: BSD-2-Clause */
/* mapped.h - stretches of a large file in memory, mapped or read, with errors instead of SIGBUS */
#ifndef HM_HOST_BASE_MAPPED_H
#define HM_HOST_BASE_MAPPED_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "host/base/error.h"

/*
 * Regular files are mapped: copying them by read(2) costs a tenth of the time of hashing them. A mapped file
 * that another process truncates, or whose disk fails, sends SIGBUS; hm_guard turns that into an error with
 * the offset. Everything else is read into a buffer.
 */
struct hm_mapped {
	const char *path; /* borrowed */
	int fd;
	uint64_t len;
	bool regular;
	struct stat at_open;
	pthread_mutex_t lock; /* of what is known about holes: */
	uint64_t known_from, known_to;
	bool known_hole;
};

/* A regular file or a block device. Do not move it after opening. */
HM_MUST_CHECK bool hm_mapped_open(const char *path, struct hm_mapped *ret, struct hm_error *error);
void hm_mapped_close(struct hm_mapped *in);
/* False where the file's length or modification time are not what they were when it was opened. */
HM_MUST_CHECK bool hm_mapped_unchanged(const struct hm_mapped *in, struct hm_error *error);
/* True only where the file system says that all of [off, off + len) is a hole, so that it reads as zeros. */
HM_MUST_CHECK bool hm_mapped_is_hole(struct hm_mapped *in, uint64_t off, uint64_t len);

/* One for each thread; all zero to begin with. */
struct hm_window {
	const uint8_t *p;
	size_t len;
	/* private */
	const struct hm_mapped *in;
	uint64_t off;
	void *map;
	size_t map_len;
	uint8_t *buf;
};

/* The most that a window of this file shows at once is a multiple of 64 KiB and of every block size. */
size_t hm_window_max(const struct hm_mapped *in);
/* Show [off, off + len), len <= hm_window_max. The bytes may be used only inside of hm_guard. */
HM_MUST_CHECK bool hm_window_load(struct hm_window *w, const struct hm_mapped *in, uint64_t off, size_t len,
				  struct hm_error *error);
void hm_window_unload(struct hm_window *w);
void hm_window_free(struct hm_window *w);

/*
 * Call fn(arg), which reads from any of the `count` windows and owns nothing that must be released. False where
 * the file was not there any more under one of them.
 */
HM_MUST_CHECK bool hm_guard(void (*fn)(void *arg), void *arg, struct hm_window *windows, size_t count,
			    struct hm_error *error);

/* pread(2) until all of it is there; the offset of a failure is the first byte that cannot be read. */
HM_MUST_CHECK bool hm_read_at(int fd, const char *path, uint64_t off, void *buf, size_t len, struct hm_error *error);

#endif
