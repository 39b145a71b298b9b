/* SPDX-License-Identifier: BSD-2-Clause */
/* file_threads.c - a long file into memory, by several threads */
#include "host/base/file_threads.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/base/threads.h"

/* A huge page, so that each is cleared by the thread that fills it. */
#define PIECE ((size_t)2 * 1024 * 1024)
#define PIECES_MIN 3u

struct reading {
	int fd;
	uint8_t *p;
	size_t len;
	_Atomic size_t next;
	_Atomic bool failed;
};

static bool read_piece(const struct reading *reading, size_t off)
{
	size_t end = reading->len - off < PIECE ? reading->len : off + PIECE;

	while (off < end) {
		ssize_t n = pread(reading->fd, reading->p + off, end - off, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		off += (size_t)n;
	}
	return true;
}

static void work(void *ctx, unsigned int thread)
{
	struct reading *reading = ctx;
	size_t off;

	(void)thread;
	while (!reading->failed && (off = reading->next++ * PIECE) < reading->len) {
		if (!read_piece(reading, off))
			reading->failed = true;
	}
}

static void stop(void *ctx)
{
	struct reading *reading = ctx;

	reading->failed = true;
}

/* False where it is not as it seemed: shorter, longer, unreadable. */
static bool read_regular(int fd, size_t len, struct hm_file *ret)
{
	struct reading reading = {.fd = fd, .p = hm_file_alloc(len + 1), .len = len};
	struct hm_workers workers = {
		.what = "reading", .threads = hm_workers_cpus(), .run = work, .stop = stop, .ctx = &reading};

	if (!reading.p)
		return false;
	if (hm_workers_run(&workers) < 0 || reading.failed || pread(fd, reading.p + len, 1, (off_t)len) != 0) {
		free(reading.p);
		return false;
	}
	*ret = (struct hm_file){reading.p, len};
	return true;
}

bool hm_file_read_threads(const char *path, size_t max, struct hm_file *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	bool good = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		    st.st_size >= (off_t)(PIECES_MIN * PIECE) && (uint64_t)st.st_size <= max &&
		    read_regular(fd, (size_t)st.st_size, ret);

	if (fd >= 0)
		close(fd);
	return good;
}
