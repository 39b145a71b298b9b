/* SPDX-License-Identifier: BSD-2-Clause */
/* initrd_stream.h - where a compressed archive of an initrd ends, as the kernel finds it */
#ifndef HM_HOST_UKI_INITRD_STREAM_H
#define HM_HOST_UKI_INITRD_STREAM_H

#include <stdbool.h>

#include "core/bytes.h"
#include "lib/base/error.h"

/*
 * The kernel (init/initramfs.c, unpack_to_rootfs) knows a compression by two bytes, unpacks one stream of it, and goes
 * on behind it: with zeros, with another archive, or at the end. Programs that unpack a whole file read what follows as
 * part of the same stream, and so does libarchive for zstd, xz and lz4. This module finds the end of the first stream:
 *  - zstd: one frame (RFC 8878, 3.1.1), by its blocks;
 *  - xz: one stream, by unpacking it (liblzma);
 *  - lz4: the legacy format, the only one that the kernel reads, up to a block of length 0 or the end of the input
 *    (lib/decompress_unlz4.c). An archive that follows without four zeros is a block to the kernel, and an error here
 * too. For gzip, bzip2, lzma and lzop libarchive says how much it has read.
 */

/* Whether the kernel knows a compression by the first two bytes of `b`. */
HM_MUST_CHECK bool hm_initrd_is_compressed(struct hm_bytes b);
/* Bytes of the first stream of `b`; b.len where only libarchive can tell. False: malformed, one line in `error`. */
HM_MUST_CHECK bool hm_initrd_stream_len(struct hm_bytes b, size_t *ret, struct hm_error *error);

#endif
