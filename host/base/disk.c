/* SPDX-License-Identifier: BSD-2-Clause */
/* disk.c - block devices and disk images, opened read-only */
#include "host/base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR_SMALL 512
#define SECTOR_LARGE 4096

static enum hm_err disk_read(void *ctx, uint64_t off, void *buf, size_t len)
{
	const struct hm_disk_file *disk = ctx;
	uint8_t *p = buf;

	if (off > disk->disk.len || len > disk->disk.len - off)
		return HM_E_SHORT_READ;
	while (len > 0) {
		ssize_t n = pread(disk->fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return HM_E_IO;
		if (n == 0)
			return HM_E_SHORT_READ;
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return HM_OK;
}

static bool has_gpt_header(int fd, off_t off)
{
	static const char signature[] = "EFI PART";
	char buf[sizeof(signature) - 1];

	return pread(fd, buf, sizeof(buf), off) == (ssize_t)sizeof(buf) && !memcmp(buf, signature, sizeof(buf));
}

static int disk_geometry(int fd, uint32_t wanted, uint64_t *ret_len, uint32_t *ret_sector_len)
{
	struct stat st;
	uint64_t len;
	int sector_len;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISREG(st.st_mode)) {
		*ret_len = (uint64_t)st.st_size;
		*ret_sector_len = wanted ? wanted
				  : has_gpt_header(fd, SECTOR_LARGE) && !has_gpt_header(fd, SECTOR_SMALL)
					  ? SECTOR_LARGE
					  : SECTOR_SMALL;
		return 0;
	}
	if (!S_ISBLK(st.st_mode))
		return -ENOTBLK;
	if (ioctl(fd, BLKGETSIZE64, &len) < 0 || ioctl(fd, BLKSSZGET, &sector_len) < 0)
		return -errno;
	if (sector_len <= 0 || len > INT64_MAX)
		return -EIO;
	*ret_len = len;
	*ret_sector_len = (uint32_t)sector_len;
	return 0;
}

int hm_disk_open(const char *path, uint32_t wanted, struct hm_disk_file *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint32_t sector_len = 0;
	uint64_t len = 0;
	int err;

	if (fd < 0)
		return -errno;
	err = disk_geometry(fd, wanted, &len, &sector_len);
	if (err) {
		close(fd);
		return err;
	}
	ret->fd = fd;
	ret->disk.ctx = ret;
	ret->disk.read = disk_read;
	ret->disk.len = len;
	ret->disk.sector_len = sector_len;
	return 0;
}

void hm_disk_close(struct hm_disk_file *disk)
{
	if (disk->fd >= 0)
		close(disk->fd);
	disk->fd = -1;
}
