/* SPDX-License-Identifier: BSD-2-Clause */
/* hook.c - hallmark-boot as a hook of dracut starts it */
#include "boot.h"

#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define EXIT_USAGE 3

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

/*
 * systemd and dracut tell an initramfs by the same two: a file that only an initramfs has, and a root file system in
 * memory. In a running system a hook would power off the machine of a curious user.
 */
static bool in_initramfs(void)
{
	struct statfs fs;

	return access("/usr/lib/initrd-release", F_OK) == 0 && statfs("/", &fs) == 0 &&
	       (fs.f_type == RAMFS_MAGIC || fs.f_type == TMPFS_MAGIC);
}

int hm_hook(struct hm_boot *boot, int argc, char *const argv[])
{
	if (!mode_of(argc, argv, &boot->mode)) {
		fputs("hallmark: hallmark-boot: is the /init of an initramfs, or its hook: --hook cmdline|mount|fail\n",
		      stderr);
		return EXIT_USAGE;
	}
	if (!in_initramfs()) {
		fputs("hallmark: hallmark-boot: --hook works only in an initramfs\n", stderr);
		return EXIT_USAGE;
	}
	if (boot->mode == HM_MODE_HOOK_FAIL)
		hm_boot_give_up(boot);
	if (!hm_boot_run(boot))
		hm_boot_end(boot);
	return 0;
}
