/* SPDX-License-Identifier: BSD-2-Clause */
/* tsm.c - preloaded: a directory that behaves as one of configfs-tsm does, with quotes of tests/support/vendors */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * Linux, drivers/virt/coco/tsm.c. TSM_DIRECTORY: the one directory below which this happens. TSM_SOCKET: who answers.
 * TSM_FAULT: "no" (mkdir is refused), "provider", "ignored" (what is written is not taken), "shared" (somebody else
 * writes too), "read" (EIO).
 */
static unsigned int generation;

static const char *word(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

static int is_fault(const char *name)
{
	return !strcmp(word("TSM_FAULT"), name);
}

static void fill(const char *directory, const char *name, const void *data, size_t len)
{
	char path[4096];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	out = fopen(path, "w");
	if (!out || fwrite(data, 1, len, out) != len || fclose(out))
		abort();
}

static void fill_generation(void)
{
	char text[32];

	fill(word("TSM_DIRECTORY"), "generation", text, (size_t)snprintf(text, sizeof(text), "%u\n", generation));
}

/* The report data that was written, then all of the answer. */
static void answer(void)
{
	static char data[65536];
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const char *directory = word("TSM_DIRECTORY");
	char path[4096];
	ssize_t n, len = 0;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	FILE *file;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", word("TSM_SOCKET"));
	snprintf(path, sizeof(path), "%s/inblob", directory);
	file = fopen(path, "r");
	if (!file || fread(data, 1, 64, file) != 64 || fclose(file))
		abort();
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || write(fd, data, 64) != 64)
		abort();
	while ((n = read(fd, data + len, sizeof(data) - (size_t)len)) > 0)
		len += n;
	close(fd);
	fill(directory, "outblob", data, (size_t)len);
}

int mkdir(const char *path, mode_t mode)
{
	int (*next)(const char *, mode_t) = (int (*)(const char *, mode_t))dlsym(RTLD_NEXT, "mkdir");
	int r;

	if (strcmp(path, word("TSM_DIRECTORY")) != 0)
		return next(path, mode);
	if (is_fault("no")) {
		errno = ENOENT;
		return -1;
	}
	r = next(path, mode);
	if (r == 0)
		fill(path, "provider", is_fault("provider") ? "sev_guest\n" : "tdx_guest\n", 10);
	if (r == 0)
		fill(path, "inblob", "", 0);
	return r;
}

/* Before the kernel's own open: what the file shows is made when it is opened. */
static int before(const char *path, int flags)
{
	const char *directory = word("TSM_DIRECTORY"), *name;
	size_t len = strlen(directory);

	if (!len || strncmp(path, directory, len) != 0 || path[len] != '/')
		return 0;
	name = path + len + 1;
	if (!strcmp(name, "inblob") && (flags & O_WRONLY))
		generation += is_fault("ignored") ? 0 : 1;
	if (!strcmp(name, "outblob") && is_fault("read"))
		return EIO;
	if (!strcmp(name, "outblob")) {
		answer();
		generation += is_fault("shared");
	}
	if (!strcmp(name, "generation"))
		fill_generation();
	return 0;
}

static int opened(const char *symbol, const char *path, int flags, mode_t mode)
{
	static __thread int inside;
	int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, symbol);
	int error = 0;

	if (!inside) {
		inside = 1;
		error = before(path, flags);
		inside = 0;
	}
	if (error) {
		errno = error;
		return -1;
	}
	return next(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return opened("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode;

	va_start(args, flags);
	mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
	va_end(args);
	return opened("open64", path, flags, mode);
}
