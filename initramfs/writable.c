/* SPDX-License-Identifier: BSD-2-Clause */
/* writable.c - the writable places that the image names: a tmpfs each (docs/FORMATS.md 4) */
#include "boot.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#define WRITABLE_FILE_MAX 16384u
#define OPTIONS_MAX 64u

struct writable {
	char path[PATH_MAX];
	char options[OPTIONS_MAX];
};

/* Absolute, plain characters, no empty, "." or ".." component, not the root itself. */
static bool is_path(struct hm_bytes path)
{
	struct hm_bytes component;

	if (path.len < 2 || path.len >= PATH_MAX || path.p[0] != '/' || path.p[path.len - 1] == '/')
		return false;
	path.p++;
	path.len--;
	while (hm_next_field(&path, '/', &component)) {
		if (!hm_is_path_component(component))
			return false;
	}
	return true;
}

/* The text behind `key`; false if it does not begin with it. */
static bool value_of(struct hm_bytes option, const char *key, struct hm_bytes *ret)
{
	size_t len = strlen(key);

	if (option.len <= len || memcmp(option.p, key, len) != 0)
		return false;
	*ret = hm_bytes_of(option.p + len, option.len - len);
	return true;
}

static bool is_mode(struct hm_bytes option)
{
	struct hm_bytes mode;

	if (!value_of(option, "mode=", &mode) || mode.len < 3 || mode.len > 4)
		return false;
	for (size_t i = 0; i < mode.len; i++) {
		if (mode.p[i] < '0' || mode.p[i] > '7')
			return false;
	}
	return true;
}

static bool is_size(struct hm_bytes option)
{
	struct hm_bytes size;
	uint64_t number;

	if (!value_of(option, "size=", &size))
		return false;
	if (memchr("kmg", size.p[size.len - 1], 3))
		size.len--;
	/* 0 means "no limit" to tmpfs. */
	return hm_parse_dec(size, &number) && number > 0;
}

static bool line_parse(struct hm_bytes line, struct writable *ret)
{
	struct hm_bytes path, fstype, options, rest, mode, size;

	if (!hm_next_field(&line, ' ', &path) || !hm_next_field(&line, ' ', &fstype) ||
	    !hm_next_field(&line, ' ', &options) || line.p)
		return false;
	rest = options;
	if (!hm_next_field(&rest, ',', &mode) || !hm_next_field(&rest, ',', &size) || rest.p)
		return false;
	if (!is_path(path) || !hm_bytes_equal_text(fstype, "tmpfs") || !is_mode(mode) || !is_size(size) ||
	    options.len >= OPTIONS_MAX)
		return false;
	snprintf(ret->path, sizeof(ret->path), "%.*s", (int)path.len, (const char *)path.p);
	snprintf(ret->options, sizeof(ret->options), "%.*s", (int)options.len, (const char *)options.p);
	return true;
}

static bool writable_mount_all(struct hm_boot *boot, struct hm_bytes rest)
{
	const char *file = boot->config->writable;
	unsigned int line_number = 0;

	if (rest.len && rest.p[rest.len - 1] != '\n')
		return hm_stop(boot, HM_STAGE_WRITABLE, "the last line does not end with a newline", "%s", file);
	while (rest.len) {
		struct writable place;
		struct hm_bytes line;
		int err;

		line_number++;
		if (!hm_next_field(&rest, '\n', &line) || !line_parse(line, &place))
			return hm_stop(boot, HM_STAGE_WRITABLE, "not 'MOUNT-POINT tmpfs mode=OCTAL,size=NUMBER'",
				       "%s:%u", file, line_number);
		err = hm_mount_below(boot->config->new_root, place.path, "tmpfs", "tmpfs",
				     MS_NODEV | MS_NOSUID | MS_NOEXEC, place.options);
		if (err)
			return hm_stop(boot, HM_STAGE_WRITABLE, hm_errno_text(err), "%s", place.path);
	}
	return true;
}

bool hm_boot_writable(struct hm_boot *boot)
{
	struct hm_file file;
	int err = hm_file_read(boot->config->writable, WRITABLE_FILE_MAX, &file);
	bool ok;

	if (err == -ENOENT)
		return true;
	if (err)
		return hm_stop(boot, HM_STAGE_WRITABLE, hm_errno_text(err), "%s", boot->config->writable);
	ok = writable_mount_all(boot, hm_file_bytes(&file));
	hm_file_free(&file);
	return ok;
}
