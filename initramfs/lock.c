/* SPDX-License-Identifier: BSD-2-Clause */
/* lock.c - nothing may be added any more: disks, kernel, then the lock record, last of all */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Below /proc/sys/kernel. Where a kernel has no such file it has no such way in. */
static const struct {
	const char *name;
	const char *value;
} settings[] = {
	{"kexec_load_disabled", "1"},
	{"modules_disabled", "1"},
	{"sysrq", "0"},
	{"core_pattern", "|/nonexistent"},
	/* What the kernel itself starts is not our child and has no filter (seal.c): it gets no capability. Only ever
	   shrinks. */
	{"usermodehelper/bset", "0\t0"},
	{"usermodehelper/inheritable", "0\t0"},
};

static bool disks_read_only(struct hm_boot *boot)
{
	for (size_t i = 0; i < boot->disk_count; i++) {
		const struct hm_boot_disk *disk = boot->disk[i];
		int on = 1;

		/* On the whole disk, which makes every partition of it read-only too. */
		if (ioctl(disk->file.fd, BLKROSET, &on) < 0)
			return hm_stop(boot, HM_STAGE_LOCK, hm_errno_text(-errno), "%s", disk->name);
		on = 0;
		if (ioctl(disk->file.fd, BLKROGET, &on) < 0 || !on)
			return hm_stop(boot, HM_STAGE_LOCK, "it does not stay read-only", "%s", disk->name);
	}
	return true;
}

/* 0 or a negative errno. */
static int setting_write(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = hm_write_all(fd, hm_bytes_of_text(value));
	close(fd);
	return err;
}

static bool setting_holds(const char *path, const char *value)
{
	struct hm_file file;
	size_t len = strlen(value);
	bool holds;

	if (hm_file_read(path, PATH_MAX, &file))
		return false;
	holds = file.len == len + 1 && memcmp(file.p, value, len) == 0 && file.p[len] == '\n';
	hm_file_free(&file);
	return holds;
}

static bool settings_apply(struct hm_boot *boot)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(settings); i++) {
		char path[PATH_MAX];
		int err;

		snprintf(path, sizeof(path), "%s/%s", boot->config->sysctl, settings[i].name);
		err = setting_write(path, settings[i].value);
		if (err == -ENOENT)
			continue;
		if (err)
			return hm_stop(boot, HM_STAGE_LOCK, hm_errno_text(err), "%s", path);
		if (!setting_holds(path, settings[i].value))
			return hm_stop(boot, HM_STAGE_LOCK, "it does not keep its value", "%s", path);
	}
	return true;
}

/* The command line asks for it; a kernel without the lockdown module would ignore the word. */
static bool lockdown_holds(struct hm_boot *boot)
{
	static const char wanted[] = "[confidentiality]";
	const char *path = boot->config->lockdown;
	struct hm_file file;
	bool holds;
	int err = hm_file_read(path, PATH_MAX, &file);

	if (err)
		return hm_stop(boot, HM_STAGE_LOCK, hm_errno_text(err), "%s", path);
	holds = memmem(file.p, file.len, wanted, sizeof(wanted) - 1) != NULL;
	hm_file_free(&file);
	if (!holds)
		return hm_stop(boot, HM_STAGE_LOCK, "the kernel is not locked down for confidentiality", "%s", path);
	return true;
}

bool hm_boot_lock(struct hm_boot *boot)
{
	struct hm_sink sink = hm_boot_sink(boot);
	enum hm_err err;

	if (!hm_boot_only_tpm(boot) || !disks_read_only(boot) || !settings_apply(boot) || !lockdown_holds(boot) ||
	    !hm_boot_seal(boot))
		return false;
	err = hm_measure_lock(boot->layers.count, &sink);
	if (err)
		return hm_stop(boot, HM_STAGE_LOCK, hm_err_text(err), "lock record");
	hm_say(boot, "locked: %u layers", (unsigned int)boot->layers.count);
	return true;
}
