/* SPDX-License-Identifier: BSD-2-Clause */
/* order.c - the order of the boot, and nothing else */
#include "boot.h"

#include <string.h>
#include <unistd.h>

#define IN_INIT HM_MODE_BIT(HM_MODE_INIT)
#define IN_CMDLINE HM_MODE_BIT(HM_MODE_HOOK_CMDLINE)
#define IN_MOUNT HM_MODE_BIT(HM_MODE_HOOK_MOUNT)

/* This order is an interface: measure before use, lock last (docs/FORMATS.md 1). */
static const struct {
	enum hm_stage stage;
	bool (*run)(struct hm_boot *boot);
	unsigned int modes; /* in which of them the step runs */
} steps[] = {
	/* clang-format off */
	{ HM_STAGE_MOUNT, hm_boot_deadline, IN_INIT | IN_MOUNT },
	{ HM_STAGE_MOUNT, hm_boot_mounts, IN_INIT | IN_CMDLINE | IN_MOUNT },
	{ HM_STAGE_MODULES, hm_boot_modules, IN_INIT | IN_MOUNT },
	{ HM_STAGE_CMDLINE, hm_boot_cmdline, IN_INIT | IN_CMDLINE | IN_MOUNT },
	{ HM_STAGE_TPM, hm_boot_registers, IN_INIT | IN_MOUNT },
	{ HM_STAGE_LAYERS, hm_boot_layers, IN_INIT | IN_MOUNT },
	{ HM_STAGE_DISK, hm_boot_disks, IN_INIT | IN_MOUNT },
	{ HM_STAGE_VERITY, hm_boot_activate, IN_INIT | IN_MOUNT },
	{ HM_STAGE_WRITABLE, hm_boot_writable, IN_INIT | IN_MOUNT },
	{ HM_STAGE_LOCK, hm_boot_lock, IN_INIT | IN_MOUNT },
	{ HM_STAGE_SWITCH, hm_boot_switch, IN_INIT },
	/* clang-format on */
};

void hm_boot_init(struct hm_boot *boot, const struct hm_boot_config *config)
{
	memset(boot, 0, sizeof(*boot));
	boot->config = config;
	/* The kernel has opened /dev/console as stderr, if it has one; mounts.c opens it again. */
	boot->console_fd = STDERR_FILENO;
	boot->kmsg_fd = -1;
	boot->log_fd = -1;
	pthread_mutex_init(&boot->tpm_lock, NULL);
}

bool hm_boot_run(struct hm_boot *boot)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(steps); i++) {
		if (!(steps[i].modes & HM_MODE_BIT(boot->mode)))
			continue;
		hm_boot_halt_if_ended(boot);
		boot->stage = (int)steps[i].stage;
		if (!steps[i].run(boot))
			return false;
	}
	hm_boot_halt_if_ended(boot);
	return true;
}
