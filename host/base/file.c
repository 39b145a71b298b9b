/* SPDX-License-Identifier: BSD-2-Clause */
/* file.c - files and block devices for host programs and the initramfs program */
#include "host/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pseudo files say size 0, so memory grows as bytes come; a stat size is only a first guess. */
#define FIRST_CAP 4096u
/* Where a page of this size pays: the faults of small ones cost as much as the copying. */
#define HUGE_PAGE ((size_t)2 * 1024 * 1024)

/*
 * Room for at least one byte more, never above max + 1: the byte that proves the file is too large.
 */
static int file_grow(struct hm_file *file, size_t *cap, size_t max)
{
	size_t limit = max < SIZE_MAX ? max + 1 : SIZE_MAX;
	size_t want = *cap > limit / 2 ? limit : *cap * 2;
	uint8_t *p;

	if (file->len < *cap)
		return 0;
	p = realloc(file->p, want);
	if (!p)
		return -ENOMEM;
	file->p = p;
	*cap = want;
	return 0;
}

static int file_read_all(int fd, size_t max, size_t cap, struct hm_file *file)
{
	int err;

	for (;;) {
		ssize_t n;

		err = file_grow(file, &cap, max);
		if (err)
			return err;
		n = read(fd, file->p + file->len, cap - file->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		file->len += (size_t)n;
		if (file->len > max)
			return -EFBIG;
	}
}

uint8_t *hm_file_alloc(size_t cap)
{
	size_t rounded = (cap + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
	uint8_t *p;

	if (cap < HUGE_PAGE || rounded < cap)
		return malloc(cap);
	p = aligned_alloc(HUGE_PAGE, rounded);
	/* Advice, which makes it faster and changes nothing else. */
	if (p)
		(void)madvise(p, rounded, MADV_HUGEPAGE);
	return p;
}

static int file_read_fd(int fd, size_t max, struct hm_file *ret)
{
	struct hm_file file = {0};
	size_t cap = FIRST_CAP;
	struct stat st;
	int err;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	/* Not believed, in either direction: an attribute in sysfs says 4096, whatever it holds. */
	if (st.st_size > 0)
		cap = ((uint64_t)st.st_size < max ? (size_t)st.st_size : max) + 1;
	file.p = hm_file_alloc(cap);
	if (!file.p)
		return -ENOMEM;
	err = file_read_all(fd, max, cap, &file);
	if (err) {
		free(file.p);
		return err;
	}
	*ret = file;
	return 0;
}

int hm_file_read(const char *path, size_t max, struct hm_file *ret)
{
	/* A FIFO that nobody writes to is empty; without O_NONBLOCK it would be waited for. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int err;

	if (fd < 0)
		return -errno;
	err = fcntl(fd, F_SETFL, 0) < 0 ? -errno : file_read_fd(fd, max, ret);
	close(fd);
	return err;
}

struct hm_bytes hm_file_bytes(const struct hm_file *file)
{
	return hm_bytes_of(file->p, file->len);
}

void hm_file_free(struct hm_file *file)
{
	free(file->p);
	file->p = NULL;
	file->len = 0;
}

int hm_write_all(int fd, struct hm_bytes content)
{
	while (content.len > 0) {
		ssize_t n = write(fd, content.p, content.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		content.p += n;
		content.len -= (size_t)n;
	}
	return 0;
}

static int write_and_sync(int fd, struct hm_bytes content)
{
	int err = hm_write_all(fd, content);

	if (err)
		return err;
	if (fchmod(fd, 0644) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

static int write_temp_and_rename(char *temp, const char *path, struct hm_bytes content)
{
	int fd = mkostemp(temp, O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = write_and_sync(fd, content);
	if (close(fd) < 0 && !err)
		err = -errno;
	if (!err && rename(temp, path) < 0)
		err = -errno;
	if (err)
		unlink(temp);
	return err;
}

int hm_file_write_atomic(const char *path, struct hm_bytes content)
{
	char *temp;
	int err;

	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	err = write_temp_and_rename(temp, path, content);
	free(temp);
	return err;
}
