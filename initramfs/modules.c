/* SPDX-License-Identifier: BSD-2-Clause */
/* modules.c - load the listed kernel modules, in their order */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* 256 lines: several times what a distribution's initramfs loads. */
#define MODULES_MAX 256u
#define MODULES_FILE_MAX 262144u

/* Modules that are not loaded because something is not in this machine; borrowed from the file. */
struct absent {
	size_t count;
	struct hm_bytes path[MODULES_MAX];
};

/*
 * No flags and no parameters: the kernel checks the signature of the file as it is, under lockdown
 * always.
 */
static int module_load(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (syscall(SYS_finit_module, fd, "", 0) < 0)
		err = -errno;
	close(fd);
	return err;
}

static bool is_path(struct hm_bytes path)
{
	return path.len >= 2 && path.len < PATH_MAX && path.p[0] == '/' && hm_bytes_is_printable(path) &&
	       !hm_bytes_has(path, ' ');
}

/*
 * Whether one of the modules that this one needs is absent; false in *ret_good for a malformed
 * line.
 */
static bool needs_absent(struct hm_bytes needs, const struct absent *absent, bool *ret_good)
{
	struct hm_bytes need;
	bool found = false;

	*ret_good = true;
	while (hm_next_field(&needs, ' ', &need)) {
		if (!is_path(need))
			*ret_good = false;
		for (size_t i = 0; i < absent->count; i++)
			found = found || hm_bytes_equal(need, absent->path[i]);
	}
	return found;
}

static bool line_load(struct hm_boot *boot, struct hm_bytes line, struct absent *absent, bool *ret_good)
{
	struct hm_bytes path = {0};
	char text[PATH_MAX];
	bool skip;
	int err;

	*ret_good = hm_next_field(&line, ' ', &path) && is_path(path);
	if (!*ret_good)
		return false;
	skip = needs_absent(line, absent, ret_good);
	if (!*ret_good)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)path.len, (const char *)path.p);
	err = skip ? -ENODEV : module_load(text);
	if (err == -ENODEV)
		absent->path[absent->count++] = path;
	/* Its hardware or CPU feature is not in this machine; or the kernel has it already. */
	if (!err || err == -ENODEV || err == -EEXIST)
		return true;
	return hm_stop(boot, HM_STAGE_MODULES, hm_errno_text(err), "%s", text);
}

static bool modules_load(struct hm_boot *boot, struct hm_bytes rest)
{
	const char *file = boot->config->modules;
	struct absent absent = {.count = 0};
	unsigned int line_number = 0;

	if (rest.len && rest.p[rest.len - 1] != '\n')
		return hm_stop(boot, HM_STAGE_MODULES, "the last line does not end with a newline", "%s", file);
	while (rest.len) {
		struct hm_bytes line;
		bool good;

		line_number++;
		good = hm_next_field(&rest, '\n', &line) && line_number <= MODULES_MAX;
		if (good && line_load(boot, line, &absent, &good))
			continue;
		if (good)
			return false;
		return hm_stop(boot, HM_STAGE_MODULES, "not a module's path and the paths of those it needs", "%s:%u",
			       file, line_number);
	}
	return true;
}

bool hm_boot_modules(struct hm_boot *boot)
{
	struct hm_file file;
	int err = hm_file_read(boot->config->modules, MODULES_FILE_MAX, &file);
	bool ok;

	if (err)
		return hm_stop(boot, HM_STAGE_MODULES, hm_errno_text(err), "%s", boot->config->modules);
	ok = modules_load(boot, hm_file_bytes(&file));
	hm_file_free(&file);
	return ok;
}
