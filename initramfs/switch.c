/* SPDX-License-Identifier: BSD-2-Clause */
/* switch.c - move the kernel's file systems, forget the initramfs, start the OS */
#include "boot.h"

#include <errno.h>
#include <ftw.h>
#include <linux/close_range.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define INIT "/sbin/init"
#define FTW_FDS 16

/* /proc last: mounts go through /proc/self/fd. */
static const char *const moved[] = {"/dev", "/sys", "/run", "/proc"};

static bool move_mounts(struct hm_boot *boot)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(moved); i++) {
		int err = hm_mount_below(boot->config->new_root, moved[i], moved[i], NULL, MS_MOVE, NULL);

		if (err)
			return hm_stop(boot, HM_STAGE_SWITCH, hm_errno_text(err), "%s", moved[i]);
	}
	return true;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	/* The root directory itself, and the mount point of the new root, cannot go. */
	if (walk->level == 0 || remove(path) == 0 || errno == EBUSY)
		return 0;
	return -1;
}

/* Deletes every file below "/", so "/" must be the initramfs in memory and no other file system. */
static bool delete_initramfs(struct hm_boot *boot)
{
	struct statfs fs;

	if (statfs("/", &fs) < 0)
		return hm_stop(boot, HM_STAGE_SWITCH, hm_errno_text(-errno), "initramfs");
	if (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC)
		return hm_stop(boot, HM_STAGE_SWITCH, "it is not in memory", "initramfs");
	if (nftw("/", remove_one, FTW_FDS, FTW_DEPTH | FTW_MOUNT | FTW_PHYS) != 0)
		return hm_stop(boot, HM_STAGE_SWITCH, hm_errno_text(-errno), "initramfs");
	return true;
}

static bool enter_new_root(struct hm_boot *boot)
{
	const char *root = boot->config->new_root;

	if (chdir(root) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0)
		return hm_stop(boot, HM_STAGE_SWITCH, hm_errno_text(-errno), "%s", root);
	return true;
}

bool hm_boot_switch(struct hm_boot *boot)
{
	char *const argv[] = {(char[]){"init"}, NULL};
	char *const env[] = {NULL};

	if (!move_mounts(boot) || !delete_initramfs(boot) || !enter_new_root(boot))
		return false;
	/* The OS gets the kernel's console (0 to 2) only. Where exec fails, the other files are still open here. */
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) < 0)
		return hm_stop(boot, HM_STAGE_SWITCH, hm_errno_text(-errno), "open files");
	hm_boot_halt_if_ended(boot);
	execve(INIT, argv, env);
	return hm_stop(boot, HM_STAGE_SWITCH, hm_errno_text(-errno), "%s", INIT);
}
