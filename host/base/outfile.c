/* SPDX-License-Identifier: BSD-2-Clause */
/* outfile.c - a file that is written in place, by many threads, and appears complete or not at all */
#include "host/base/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory that a name is in; *ret_name is what follows. `room` is at least as long as the path. */
static bool stat_directory(const char *path, char *room, struct stat *ret, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) + 1 : 0;

	memcpy(room, path, len);
	strcpy(room + len, ".");
	*ret_name = path + len;
	return stat(room, ret) == 0;
}

bool hm_path_same(const char *a, const char *b)
{
	char *room = malloc(strlen(a) + strlen(b) + 2);
	bool there_a, there_b, same = true;
	const char *name_a, *name_b;
	struct stat x, y;

	/* Out of memory: what cannot be told apart is the same. */
	if (!room)
		return true;
	there_a = stat(a, &x) == 0;
	there_b = stat(b, &y) == 0;
	if (there_a != there_b)
		same = false;
	else if (there_a || !stat_directory(a, room, &x, &name_a) || !stat_directory(b, room, &y, &name_b))
		same = there_a && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
	else
		same = x.st_dev == y.st_dev && x.st_ino == y.st_ino && !strcmp(name_a, name_b);
	free(room);
	return same;
}

bool hm_outputs_check(const char *const *outputs, size_t output_count, const char *const *inputs, size_t input_count,
		      struct hm_error *error)
{
	for (size_t i = 0; i < output_count; i++) {
		for (size_t k = 0; outputs[i] && k < input_count; k++) {
			if (inputs[k] && hm_path_same(outputs[i], inputs[k]))
				return hm_error_of(error, HM_ERROR_USAGE, outputs[i],
						   "is an input, and would be overwritten");
		}
		for (size_t k = 0; outputs[i] && k < i; k++) {
			if (outputs[k] && hm_path_same(outputs[i], outputs[k]))
				return hm_error_of(error, HM_ERROR_USAGE, outputs[i], "is named for two outputs");
		}
	}
	return true;
}

/* A device or a pipe under that name is not what a rename should replace. */
static int check_target(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return S_ISREG(st.st_mode) ? 0 : -ENOTSUP;
}

int hm_outfile_create(const char *path, struct hm_outfile *ret)
{
	int err = check_target(path);
	char *temp;
	int fd;

	if (err)
		return err;
	if (asprintf(&temp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		free(temp);
		return err;
	}
	*ret = (struct hm_outfile){.fd = fd, .path = path, .temp = temp};
	return 0;
}

int hm_outfile_append(const char *path, struct hm_outfile *ret)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return -ENOTSUP;
	}
	*ret = (struct hm_outfile){.fd = fd, .path = path, .old_len = (uint64_t)st.st_size};
	return 0;
}

int hm_outfile_reserve(const struct hm_outfile *out, uint64_t off, uint64_t end)
{
	/* Not every file system can; writing will tell. */
	if (end > off && fallocate(out->fd, 0, (off_t)off, (off_t)(end - off)) < 0 && errno != EOPNOTSUPP &&
	    errno != ENOSYS)
		return -errno;
	return ftruncate(out->fd, (off_t)end) < 0 ? -errno : 0;
}

bool hm_outfile_write(const struct hm_outfile *out, uint64_t off, const void *buf, size_t len, struct hm_error *error)
{
	const uint8_t *p = buf;
	const uint64_t first = off;

	while (len > 0) {
		ssize_t n = pwrite(out->fd, p, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return hm_error_of(error, HM_ERROR_RUN, out->path, "write at offset %" PRIu64 ": %s", first,
					   strerror(n < 0 ? errno : EIO));
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

int hm_outfile_commit(struct hm_outfile *out)
{
	int err = 0;

	if ((out->temp && fchmod(out->fd, 0644) < 0) || fsync(out->fd) < 0)
		err = -errno;
	if (!err && out->temp && rename(out->temp, out->path) < 0)
		err = -errno;
	if (err) {
		hm_outfile_discard(out);
		return err;
	}
	close(out->fd);
	out->fd = -1;
	free(out->temp);
	out->temp = NULL;
	return 0;
}

void hm_outfile_discard(struct hm_outfile *out)
{
	if (out->fd < 0)
		return;
	if (out->temp)
		unlink(out->temp);
	else if (ftruncate(out->fd, (off_t)out->old_len) < 0)
		fprintf(stderr, "hallmark: %s: cannot be cut back to its old length\n", out->path);
	close(out->fd);
	out->fd = -1;
	free(out->temp);
	out->temp = NULL;
}
