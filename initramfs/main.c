/* SPDX-License-Identifier: BSD-2-Clause */
/* main.c - hallmark-boot as the kernel starts it */
#include "boot.h"

#include <stdio.h>
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
};

int main(void)
{
	static struct hm_boot boot;

	/* It would power off the machine of a curious user. */
	if (getpid() != 1) {
		fputs("hallmark: hallmark-boot: is the /init of an initramfs\n", stderr);
		return 3;
	}
	hm_boot_init(&boot, &hm_boot_defaults);
	hm_boot_run(&boot);
	hm_boot_end(&boot);
}
