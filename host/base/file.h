/* SPDX-License-Identifier: BSD-2-Clause */
/* file.h - files for host programs and the initramfs program */
#ifndef HM_HOST_BASE_FILE_H
#define HM_HOST_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

/* A file in memory; release with hm_file_free. */
struct hm_file {
	uint8_t *p;
	size_t len;
};

/*
 * Functions here return 0 or a negative errno. -EISDIR for a directory, -EFBIG above `max` bytes.
 * Regular files, and pseudo files whose stat size is 0 (/proc, securityfs), are read to their end, and so are pipes.
 * Opening waits for nobody: a FIFO that has no writer at that time is an empty file.
 */
HM_MUST_CHECK int hm_file_read(const char *path, size_t max, struct hm_file *ret);
/* Memory for one; long ones in huge pages, where the kernel has them. */
HM_MUST_CHECK uint8_t *hm_file_alloc(size_t cap);
struct hm_bytes hm_file_bytes(const struct hm_file *file);
void hm_file_free(struct hm_file *file);

/* Write all to a temporary file beside `path`, fsync, rename: all of it or nothing. Mode 0644. */
HM_MUST_CHECK int hm_file_write_atomic(const char *path, struct hm_bytes content);
/* write(2) until all is written; EINTR and short writes are handled. */
HM_MUST_CHECK int hm_write_all(int fd, struct hm_bytes content);

#endif
