/* SPDX-License-Identifier: BSD-2-Clause */
/* fail.c - the end of a boot: one line, a cap in the registers, power off */
#include "boot.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

/* Long enough for a serial line to carry the message away. */
#define DRAIN_MS 200u

const char *hm_errno_text(int negative_errno)
{
	const char *text = strerrordesc_np(-negative_errno);

	return text ? text : "unknown error";
}

static void make_printable(char *text)
{
	for (; *text; text++) {
		if (*text < ' ' || *text > '~')
			*text = '?';
	}
}

static void failure_set(struct hm_failure *failure, enum hm_stage stage, const char *thing, const char *reason)
{
	failure->set = true;
	failure->stage = stage;
	snprintf(failure->line, sizeof(failure->line), "hallmark: stopped: %s: %s: %s", hm_stage_word(stage), thing,
		 reason);
	make_printable(failure->line);
}

bool hm_stop(struct hm_boot *boot, enum hm_stage stage, const char *reason, const char *thing, ...)
{
	char text[HM_BOOT_LINE_MAX / 2];
	va_list args;

	if (boot->failure.set)
		return false;
	va_start(args, thing);
	vsnprintf(text, sizeof(text), thing, args);
	va_end(args);
	failure_set(&boot->failure, stage, text, reason);
	return false;
}

/* One write: the kernel makes one record of it, and lines of two threads do not mix. */
static void write_line(int fd, const char *prefix, const char *line, const char *end)
{
	char text[HM_BOOT_LINE_MAX + 16];
	int len = snprintf(text, sizeof(text), "%s%s%s", prefix, line, end);

	/* There is nobody left to tell. */
	if (fd < 0 || len < 0 || hm_write_all(fd, hm_bytes_of(text, (size_t)len)))
		return;
}

void hm_say(struct hm_boot *boot, const char *format, ...)
{
	char line[HM_BOOT_LINE_MAX] = "hallmark: ";
	size_t used = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + used, sizeof(line) - used, format, args);
	va_end(args);
	make_printable(line);
	write_line(boot->kmsg_fd, "<6>", line, "\n");
}

/*
 * The console gets the line itself; the kernel's log keeps it too, at a level that does not print
 * it twice.
 */
static void report(struct hm_boot *boot, const struct hm_failure *failure)
{
	/* What the other thread would add is a consequence: a cap that hangs, a disk that comes back. */
	if (atomic_exchange(&boot->told, true))
		return;
	write_line(boot->kmsg_fd, boot->console_fd < 0 ? "<2>" : "<7>", failure->line, "\n");
	write_line(boot->console_fd, "\r\n", failure->line, "\r\n");
}

static void power_off(void) __attribute__((noreturn));
static void power_off(void)
{
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}

void hm_boot_halt_if_ended(const struct hm_boot *boot)
{
	while (boot->ended)
		pause();
}

static void *deadline_thread(void *arg)
{
	struct hm_boot *boot = arg;
	struct hm_failure failure;
	char reason[64];

	hm_sleep_ms(boot->config->deadline_s * 1000);
	snprintf(reason, sizeof(reason), "not finished after %u seconds", boot->config->deadline_s);
	failure_set(&failure, (enum hm_stage)boot->stage, "boot", reason);
	boot->ended = true;
	report(boot, &failure);
	/*
	 * Whoever holds the TPM may hold it for ever: then power off without the cap. Nothing runs
	 * after us.
	 */
	if (pthread_mutex_trylock(&boot->tpm_lock) == 0)
		hm_boot_cap(boot, failure.stage);
	hm_sleep_ms(DRAIN_MS);
	power_off();
}

/*
 * A thread and not a timer signal: a host that stalls a disk keeps the main thread in a sleep no
 * signal ends.
 */
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
	/* The steps end in exec or in a failure; this line is for a defect of ours. */
	hm_stop(boot, (enum hm_stage)boot->stage, "ended without a reason", "boot");
	report(boot, &boot->failure);
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
