/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - hallmark-boot as the kernel, or a hook of dracut, starts it */
#include "boot.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

const struct hm_boot_config hm_boot_defaults = {
	.tcti = "device:/dev/tpmrm0",
	.tpm_device = "/dev/tpmrm0",
	.sys_tpm = "/sys/class/tpm",
	.firmware_log = "/sys/kernel/security/tpm0/binary_bios_measurements",
	.cmdline = "/proc/cmdline",
	.modules = "/etc/hallmark/modules",
	.layers = "/etc/hallmark/layers",
	.writable = "/etc/hallmark/writable",
	.log = "/run/hallmark/log",
	.sys_block = "/sys/block",
	.dev = "/dev",
	.sysctl = "/proc/sys/kernel",
	.lockdown = "/sys/kernel/security/lockdown",
	.ram = "/ram",
	.new_root = "/sysroot",
	.wait_ms = 10000,
	.deadline_s = 120,
	.cap_ms = 30000,
};

/* What dracut calls us in its hooks; in a running system these would power off the machine of a curious user. */
static const struct {
	const char *name;
	enum hm_mode mode;
} hooks[] = {
	{"cmdline", HM_MODE_HOOK_CMDLINE},
	{"mount", HM_MODE_HOOK_MOUNT},
	{"fail", HM_MODE_HOOK_FAIL},
};

static bool mode_of(int argc, char *const argv[], enum hm_mode *ret)
{
	if (getpid() == 1) {
		*ret = HM_MODE_INIT;
		return true;
	}
	if (argc != 3 || strcmp(argv[1], "--hook") != 0)
		return false;
	for (size_t i = 0; i < HM_ARRAY_LEN(hooks); i++) {
		if (strcmp(argv[2], hooks[i].name) == 0) {
			*ret = hooks[i].mode;
			return true;
		}
	}
	return false;
}

/* As systemd and dracut tell: a file that only an initramfs has, and a root file system in memory. */
static bool in_initramfs(void)
{
	struct statfs fs;

	return access("/usr/lib/initrd-release", F_OK) == 0 && statfs("/", &fs) == 0 &&
	       (fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC);
}

int main(int argc, char *argv[])
{
	static struct hm_boot boot;
	enum hm_mode mode;

	if (!mode_of(argc, argv, &mode)) {
		fputs("hallmark: hallmark-boot: is the /init of an initramfs, or its hook: --hook cmdline|mount|fail\n",
		      stderr);
		return 3;
	}
	if (mode != HM_MODE_INIT && !in_initramfs()) {
		fputs("hallmark: hallmark-boot: --hook works only in an initramfs\n", stderr);
		return 3;
	}
	hm_boot_init(&boot, &hm_boot_defaults);
	boot.mode = mode;
	if (mode == HM_MODE_HOOK_FAIL)
		hm_boot_give_up(&boot);
	if (hm_boot_run(&boot) && mode != HM_MODE_INIT)
		return 0;
	hm_boot_end(&boot);
}
