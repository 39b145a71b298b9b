/* SPDX-License-Identifier: BSD-2-Clause */
/* initrd.h - reads one file out of an initrd image */
#ifndef HM_HOST_UKI_INITRD_H
#define HM_HOST_UKI_INITRD_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "host/base/file.h"

/*
 * An initrd is what the kernel unpacks: cpio archives one after the other, each as it is or compressed
 * (gzip, bzip2, xz, lzma, lz4, lzop, zstd), zero bytes between them. Works in memory, as any user.
 * Source: kernel Documentation/driver-api/early-userspace/buffer-format.rst. Uses libarchive.
 */
#define HM_INITRD_UNPACKED_MAX (2048ull * 1024u * 1024u)

/*
 * The regular file at `path` (without leading slash), of 1 to `max` bytes. It must exist exactly once in all archives:
 * the kernel would take the last, a careless reader the first. On failure one line in `error`.
 */
HM_MUST_CHECK bool hm_initrd_read(struct hm_bytes initrd, const char *path, size_t max, struct hm_file *ret,
				  struct hm_error *error);

#endif
