/* SPDX-License-Identifier: BSD-2-Clause */
/* say.c - what a boot says: its lines, and its first failure */
#include "boot.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

void hm_failure_set(struct hm_failure *failure, enum hm_stage stage, const char *thing, const char *reason)
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
	hm_failure_set(&boot->failure, stage, text, reason);
	return false;
}

/* One write: the kernel makes one record of it, and lines of two threads do not mix. */
static void write_line(int fd, const char *prefix, const char *line, const char *end)
{
	char text[HM_BOOT_LINE_MAX + 16];
	int len = snprintf(text, sizeof(text), "%s%s%s", prefix, line, end);

	/* A line that cannot be written is lost: there is no other place for it. */
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

void hm_report(struct hm_boot *boot, const struct hm_failure *failure)
{
	/* Only the first failure is printed. The other thread's is a consequence: a hanging cap, a disk that reappears.
	 */
	if (atomic_exchange(&boot->told, true))
		return;
	/* The kernel's log has the line at a level that does not print it on the console a second time. */
	write_line(boot->kmsg_fd, boot->console_fd < 0 ? "<2>" : "<7>", failure->line, "\n");
	write_line(boot->console_fd, "\r\n", failure->line, "\r\n");
}

void hm_boot_halt_if_ended(const struct hm_boot *boot)
{
	while (boot->ended)
		pause();
}
