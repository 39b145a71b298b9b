/* SPDX-License-Identifier: BSD-2-Clause */
/* mapped.c - stretches of a large file in memory, mapped or read, with errors instead of SIGBUS */
#include "host/base/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAP_WINDOW_LEN (4u * 1024 * 1024)
/* Hashed while it is still in the second-level cache; whole blocks for 3, 8 and 16 lanes. */
#define READ_WINDOW_LEN (384u * 1024)
/* What one call makes the kernel read ahead, on a device that says nothing else. */
#define READAHEAD_LEN (128u * 1024)
/* The smallest sector: the unit in which the place of a read error is looked for. */
#define ERROR_UNIT 512u

/* Where the calling thread goes on after a SIGBUS, and in which windows it expects one. */
static _Thread_local sigjmp_buf guard_jump;
static _Thread_local struct hm_window *guard_windows;
static _Thread_local size_t guard_count;
static _Thread_local const uint8_t *guard_address;

static struct hm_window *window_of(const uint8_t *address)
{
	for (size_t i = 0; i < guard_count; i++) {
		struct hm_window *w = &guard_windows[i];
		const uint8_t *start = w->map;

		if (w->map && address >= start && address < start + w->map_len)
			return w;
	}
	return NULL;
}

static void on_sigbus(int signal_number, siginfo_t *info, void *context)
{
	(void)context;
	if (window_of(info->si_addr)) {
		guard_address = info->si_addr;
		siglongjmp(guard_jump, 1);
	}
	/* Not ours: the instruction faults again and ends the process. */
	signal(signal_number, SIG_DFL);
}

static void install_handler(void)
{
	/* Left by a jump, so the signal must not stay blocked. */
	struct sigaction action = {.sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO | SA_NODEFER};

	sigaction(SIGBUS, &action, NULL);
}

/* "DOING at offset OFF: strerror" */
static bool error_io(struct hm_error *error, const char *path, const char *doing, uint64_t off, int negative_errno)
{
	return hm_error_of(error, HM_ERROR_RUN, path, "%s at offset %" PRIu64 ": %s", doing, off,
			   strerror(-negative_errno));
}

static bool error_shrank(struct hm_error *error, const char *path, uint64_t off)
{
	return hm_error_of(error, HM_ERROR_RUN, path, "shrank while it was read: nothing at offset %" PRIu64, off);
}

static bool error_at_address(const struct hm_window *w, const uint8_t *address, struct hm_error *error)
{
	const struct hm_mapped *in = w->in;
	uint64_t off = w->off;
	struct stat st;

	/* The page may begin before the first byte that was asked for. */
	if (address > w->p)
		off += (uint64_t)(address - w->p);
	if (fstat(in->fd, &st) == 0 && (uint64_t)st.st_size < in->len)
		return error_shrank(error, in->path, (uint64_t)st.st_size);
	return error_io(error, in->path, "read", off, -EIO);
}

bool hm_guard(void (*fn)(void *arg), void *arg, struct hm_window *windows, size_t count, struct hm_error *error)
{
	guard_windows = windows;
	guard_count = count;
	if (sigsetjmp(guard_jump, 0)) {
		const struct hm_window *w = window_of(guard_address);

		guard_count = 0;
		return error_at_address(w, guard_address, error);
	}
	fn(arg);
	guard_count = 0;
	return true;
}

/* `off` as it was asked for, but reading all of it failed: by small steps up to the first bad one. */
static uint64_t first_bad_offset(int fd, uint64_t off, size_t len)
{
	uint8_t unit[ERROR_UNIT];

	for (size_t at = 0; at < len; at += ERROR_UNIT) {
		if (pread(fd, unit, sizeof(unit), (off_t)(off + at)) < 0)
			return off + at;
	}
	return off;
}

bool hm_read_at(int fd, const char *path, uint64_t off, void *buf, size_t len, struct hm_error *error)
{
	uint8_t *p = buf;

	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)off);
		int failure = errno;

		if (n < 0 && failure == EINTR)
			continue;
		if (n < 0)
			return error_io(error, path, "read", first_bad_offset(fd, off, len), -failure);
		if (n == 0)
			return error_shrank(error, path, off);
		p += n;
		off += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

static int input_length(struct hm_mapped *in)
{
	if (fstat(in->fd, &in->at_open) < 0)
		return -errno;
	if (S_ISDIR(in->at_open.st_mode))
		return -EISDIR;
	in->regular = S_ISREG(in->at_open.st_mode);
	if (in->regular)
		in->len = (uint64_t)in->at_open.st_size;
	else if (!S_ISBLK(in->at_open.st_mode))
		return -ENOTBLK;
	else if (ioctl(in->fd, BLKGETSIZE64, &in->len) < 0)
		return -errno;
	return in->len > INT64_MAX ? -EFBIG : 0;
}

bool hm_mapped_open(const char *path, struct hm_mapped *ret, struct hm_error *error)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int err;

	pthread_once(&once, install_handler);
	*ret = (struct hm_mapped){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
	if (ret->fd < 0)
		return hm_error_errno(error, path, -errno);
	err = input_length(ret);
	if (err) {
		close(ret->fd);
		ret->fd = -1;
		if (err == -ENOTBLK)
			return hm_error_of(error, HM_ERROR_RUN, path, "neither a regular file nor a block device");
		return hm_error_errno(error, path, err);
	}
	pthread_mutex_init(&ret->lock, NULL);
	return true;
}

void hm_mapped_close(struct hm_mapped *in)
{
	if (in->fd < 0)
		return;
	close(in->fd);
	in->fd = -1;
	pthread_mutex_destroy(&in->lock);
}

bool hm_mapped_unchanged(const struct hm_mapped *in, struct hm_error *error)
{
	struct stat st;

	if (!in->regular)
		return true;
	if (fstat(in->fd, &st) < 0)
		return hm_error_errno(error, in->path, -errno);
	if (st.st_size == in->at_open.st_size && st.st_mtim.tv_sec == in->at_open.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == in->at_open.st_mtim.tv_nsec)
		return true;
	return hm_error_of(error, HM_ERROR_RUN, in->path, "changed while it was read");
}

/* What is at `off`, a hole or data, and up to where. */
static void look_up(struct hm_mapped *in, uint64_t off)
{
	off_t data = lseek(in->fd, (off_t)off, SEEK_DATA);
	off_t hole;
	struct stat st;

	in->known_from = off;
	in->known_hole = true;
	/* No data up to the end; but beyond the end of a file that shrank there is no hole. */
	if (data < 0 && errno == ENXIO && fstat(in->fd, &st) == 0 && (uint64_t)st.st_size >= in->len) {
		in->known_to = in->len;
		return;
	}
	if (data > (off_t)off) {
		in->known_to = (uint64_t)data;
		return;
	}
	in->known_hole = false;
	hole = data < 0 ? -1 : lseek(in->fd, (off_t)off, SEEK_HOLE);
	in->known_to = hole > (off_t)off ? (uint64_t)hole : in->len;
}

bool hm_mapped_is_hole(struct hm_mapped *in, uint64_t off, uint64_t len)
{
	bool hole;

	if (!in->regular)
		return false;
	pthread_mutex_lock(&in->lock);
	if (off < in->known_from || off >= in->known_to)
		look_up(in, off);
	hole = in->known_hole && in->known_to - off >= len;
	pthread_mutex_unlock(&in->lock);
	return hole;
}

size_t hm_window_max(const struct hm_mapped *in)
{
	return in->regular ? MAP_WINDOW_LEN : READ_WINDOW_LEN;
}

void hm_window_unload(struct hm_window *w)
{
	if (w->map)
		munmap(w->map, w->map_len);
	w->map = NULL;
	w->p = NULL;
	w->len = 0;
}

void hm_window_free(struct hm_window *w)
{
	hm_window_unload(w);
	free(w->buf);
	w->buf = NULL;
}

/* By its first and its last byte. */
static bool in_memory(int fd, uint64_t off, size_t len)
{
	uint8_t byte;
	struct iovec one = {.iov_base = &byte, .iov_len = 1};

	return preadv2(fd, &one, 1, (off_t)off, RWF_NOWAIT) == 1 &&
	       preadv2(fd, &one, 1, (off_t)(off + len - 1), RWF_NOWAIT) == 1;
}

/* A fault reads little ahead. What is not in memory yet is asked for before, all of it. */
static void read_ahead(int fd, uint64_t off, size_t len)
{
	for (size_t at = 0; at < len; at += READAHEAD_LEN)
		(void)posix_fadvise(fd, (off_t)(off + at), READAHEAD_LEN, POSIX_FADV_WILLNEED);
}

static bool load_mapped(struct hm_window *w, const struct hm_mapped *in, uint64_t off, size_t len,
			struct hm_error *error)
{
	size_t before = (size_t)(off % (uint64_t)sysconf(_SC_PAGESIZE));
	/*
	 * What is in memory is mapped at once: that costs less than its faults. The rest is hashed while it comes in. A
	 * page that cannot be mapped is left out, and faults when it is used.
	 */
	bool ready = in_memory(in->fd, off, len);
	uint8_t *map;

	if (!ready)
		read_ahead(in->fd, off, len);
	map = mmap(NULL, before + len, PROT_READ, MAP_SHARED | (ready ? MAP_POPULATE : 0), in->fd,
		   (off_t)(off - before));
	if (map == MAP_FAILED)
		return error_io(error, in->path, "map", off, -errno);
	w->map = map;
	w->map_len = before + len;
	w->p = map + before;
	return true;
}

static bool load_read(struct hm_window *w, const struct hm_mapped *in, uint64_t off, size_t len, struct hm_error *error)
{
	if (!w->buf)
		w->buf = malloc(READ_WINDOW_LEN);
	if (!w->buf)
		return hm_error_errno(error, in->path, -ENOMEM);
	w->p = w->buf;
	return hm_read_at(in->fd, in->path, off, w->buf, len, error);
}

bool hm_window_load(struct hm_window *w, const struct hm_mapped *in, uint64_t off, size_t len, struct hm_error *error)
{
	bool good;

	hm_window_unload(w);
	if (in->regular)
		good = load_mapped(w, in, off, len, error);
	else
		good = load_read(w, in, off, len, error);
	if (!good)
		return false;
	w->in = in;
	w->off = off;
	w->len = len;
	return true;
}
