/* SPDX-License-Identifier: BSD-2-Clause */
/* disk.h - block devices and disk images, opened read-only; 0 or a negative errno */
#ifndef HM_HOST_BASE_DISK_H
#define HM_HOST_BASE_DISK_H

#include <stdint.h>

#include "core/gpt.h"

/* A block device or disk image opened read-only, for core/gpt and the superblock reader. */
struct hm_disk_file {
	int fd;
	struct hm_disk disk; /* disk.ctx is this struct: do not move it after opening */
};
/*
 * A block device is asked for its sectors (BLKSSZGET). An image file has those of `sector_len`, 512 or 4096. With 0
 * they are found: 4096 bytes where a GPT header stands at byte 4096 and none at byte 512, else 512.
 */
HM_MUST_CHECK int hm_disk_open(const char *path, uint32_t sector_len, struct hm_disk_file *ret);
void hm_disk_close(struct hm_disk_file *disk);

#endif
