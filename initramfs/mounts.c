/* SPDX-License-Identifier: BSD-2-Clause */
/* mounts.c - the kernel's file systems, and mounting below a directory without following links */
#include "boot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* In this order: /sys/kernel/security is inside /sys. */
static const struct {
	const char *fstype;
	const char *target;
	unsigned long flags;
	const char *data;
	long magic; /* of statfs; devtmpfs is a tmpfs */
} kernel_mounts[] = {
	{"proc", "/proc", MS_NODEV | MS_NOSUID | MS_NOEXEC, NULL, PROC_SUPER_MAGIC},
	{"sysfs", "/sys", MS_NODEV | MS_NOSUID | MS_NOEXEC, NULL, SYSFS_MAGIC},
	{"devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755", TMPFS_MAGIC},
	{"tmpfs", "/run", MS_NODEV | MS_NOSUID | MS_NOEXEC, "mode=0755,size=20%,nr_inodes=100k", TMPFS_MAGIC},
	{"securityfs", "/sys/kernel/security", MS_NODEV | MS_NOSUID | MS_NOEXEC, NULL, SECURITYFS_MAGIC},
};

/* In a general initramfs others have mounted them, or not. */
static bool is_mounted(const char *target, long magic)
{
	struct statfs fs;

	return statfs(target, &fs) == 0 && fs.f_type == magic;
}

bool hm_boot_mounts(struct hm_boot *boot)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(kernel_mounts); i++) {
		if (boot->mode != HM_MODE_INIT && is_mounted(kernel_mounts[i].target, kernel_mounts[i].magic)) {
			/* With our flags they go on to the OS; the file system itself stays as it is. */
			if (mount(NULL, kernel_mounts[i].target, NULL, MS_REMOUNT | MS_BIND | kernel_mounts[i].flags,
				  NULL) < 0)
				return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-errno), "%s",
					       kernel_mounts[i].target);
			continue;
		}
		if (mkdir(kernel_mounts[i].target, 0755) < 0 && errno != EEXIST)
			return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-errno), "%s", kernel_mounts[i].target);
		if (mount(kernel_mounts[i].fstype, kernel_mounts[i].target, kernel_mounts[i].fstype,
			  kernel_mounts[i].flags, kernel_mounts[i].data) < 0)
			return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-errno), "%s", kernel_mounts[i].target);
	}
	/* Kept open to the end: /dev moves away before the last step that can fail. */
	boot->kmsg_fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (boot->kmsg_fd < 0)
		return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-errno), "/dev/kmsg");
	boot->console_fd = open("/dev/console", O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (mkdir(boot->config->new_root, 0755) < 0 && errno != EEXIST)
		return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-errno), "%s", boot->config->new_root);
	return true;
}

/*
 * ramfs and not tmpfs: the kernel mounts a file only where the page cache is all there is of it, and
 * ramfs pages are never written anywhere.
 */
bool hm_boot_ram_mount(struct hm_boot *boot)
{
	const char *path = boot->config->ram;
	struct statfs fs;

	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-errno), "%s", path);
	if (statfs(path, &fs) < 0)
		return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-errno), "%s", path);
	if (fs.f_type == RAMFS_MAGIC)
		return true;
	if (mount("ramfs", path, "ramfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, "mode=0700") < 0)
		return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-errno), "%s", path);
	return true;
}

int hm_open_below(const char *root, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	long fd;

	if (root_fd < 0)
		return -errno;
	fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	if (fd < 0)
		fd = -errno;
	close(root_fd);
	return (int)fd;
}

int hm_mount_below(const char *root, const char *path, const char *source, const char *fstype, unsigned long flags,
		   const char *data)
{
	char target[32];
	int fd = hm_open_below(root, path);
	int err = 0;

	if (fd < 0)
		return fd;
	snprintf(target, sizeof(target), "/proc/self/fd/%d", fd);
	if (mount(source, target, fstype, flags, data) < 0)
		err = -errno;
	close(fd);
	return err;
}

void hm_sleep_ms(unsigned int ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

	while (nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}
