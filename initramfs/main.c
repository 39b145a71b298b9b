/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - hallmark-boot as the kernel starts it */
#include "boot.h"

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

int main(int argc, char *argv[])
{
	static struct hm_boot boot;

	hm_boot_init(&boot, &hm_boot_defaults);
	/* The kernel starts nothing else as process 1. */
	if (getpid() != 1)
		return hm_hook(&boot, argc, argv);
	boot.mode = HM_MODE_INIT;
	/* The last step is exec, which returns only where it fails. */
	if (hm_boot_run(&boot))
		hm_stop(&boot, HM_STAGE_SWITCH, "the last step has returned", "boot");
	hm_boot_end(&boot);
}
