/* SPDX-License-Identifier: BSD-2-Clause */
/* end.c - the end of a boot: the deadline, a cap in the registers, power off */
#include "boot.h"

#include <stdio.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

/* Long enough for a serial line to carry the message away. */
#define DRAIN_MS 200u

static void power_off(void) __attribute__((noreturn));
static void power_off(void)
{
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

static void *deadline_thread(void *arg)
{
	struct hm_boot *boot = arg;
	struct hm_failure failure;
	char reason[64];

	hm_sleep_ms(boot->config->deadline_s * 1000);
	snprintf(reason, sizeof(reason), "not finished after %u seconds", boot->config->deadline_s);
	hm_failure_set(&failure, (enum hm_stage)boot->stage, "boot", reason);
	boot->ended = true;
	hm_report(boot, &failure);
	/* The thread that uses the TPM may never return: then the machine goes off without the cap. Nothing runs after.
	 */
	if (pthread_mutex_trylock(&boot->tpm_lock) == 0)
		hm_boot_cap(boot, failure.stage);
	hm_sleep_ms(DRAIN_MS);
	power_off();
}

/* A thread and not a timer signal: while a host stalls a disk, the main thread sleeps and no signal wakes it. */
bool hm_boot_deadline(struct hm_boot *boot)
{
	pthread_t thread;
	int err = pthread_create(&thread, NULL, deadline_thread, boot);

	if (err)
		return hm_stop(boot, HM_STAGE_MOUNT, hm_errno_text(-err), "deadline");
	pthread_detach(thread);
	return true;
}

void hm_boot_end(struct hm_boot *boot)
{
	/* The steps end in exec or in a failure, so that this line can only come of a defect of ours. */
	hm_stop(boot, (enum hm_stage)boot->stage, "ended without a reason", "boot");
	hm_report(boot, &boot->failure);
	pthread_mutex_lock(&boot->tpm_lock);
	hm_boot_cap(boot, boot->failure.stage);
	sync();
	if (boot->console_fd >= 0)
		tcdrain(boot->console_fd);
	hm_sleep_ms(DRAIN_MS);
	power_off();
}

void hm_boot_give_up(struct hm_boot *boot)
{
	boot->stage = HM_STAGE_MOUNT;
	/* Without console or log it powers off all the same. */
	if (hm_boot_mounts(boot))
		hm_stop(boot, HM_STAGE_SWITCH, "gave up", "initramfs");
	hm_boot_end(boot);
}
