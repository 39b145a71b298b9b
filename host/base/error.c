/* SPDX-License-Identifier: BSD-2-Clause */
/* error.c - what went wrong, for one line at the end: the thing, the reason, the exit status */
#include "host/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 2048u

int hm_fail_text(int status, const char *thing, const char *text)
{
	char safe_thing[LINE_MAX_LEN];
	char safe_text[LINE_MAX_LEN];

	hm_escape(hm_bytes_of(thing, strlen(thing)), safe_thing, sizeof(safe_thing));
	hm_escape(hm_bytes_of(text, strlen(text)), safe_text, sizeof(safe_text));
	fprintf(stderr, "hallmark: %s: %s\n", safe_thing, safe_text);
	return status;
}

int hm_exit_status(enum hm_error_kind kind)
{
	static const int statuses[] = {
		/* A failure that nobody described is a defect of this program: never the status of success. */
		[HM_ERROR_NONE] = HM_EXIT_RUN,		[HM_ERROR_INPUT] = HM_EXIT_INPUT,
		[HM_ERROR_REJECTED] = HM_EXIT_REJECTED, [HM_ERROR_USAGE] = HM_EXIT_USAGE,
		[HM_ERROR_RUN] = HM_EXIT_RUN,
	};

	return statuses[kind];
}

int hm_report(const struct hm_error *error)
{
	return hm_fail_text(hm_exit_status(error->kind), error->thing, error->text);
}

int hm_fail_format(int status, const char *thing, const char *format, ...)
{
	char text[LINE_MAX_LEN];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return hm_fail_text(status, thing, text);
}

int hm_fail_input(const char *thing, enum hm_err err)
{
	/* Reading and hashing can fail for reasons that are not the file's content. */
	bool run = err == HM_E_IO || err == HM_E_HASH || err == HM_E_EXTEND || err == HM_E_BUFFER;

	return hm_fail_text(run ? HM_EXIT_RUN : HM_EXIT_INPUT, thing, hm_err_text(err));
}

int hm_fail_errno(const char *thing, int negative_errno)
{
	return hm_fail_text(HM_EXIT_RUN, thing, strerror(-negative_errno));
}

bool hm_file_load(const char *path, size_t max, struct hm_file *ret, struct hm_error *error)
{
	struct hm_file file;
	int r = hm_file_read(path, max, &file);

	if (r < 0)
		return hm_error_errno(error, path, r);
	if (file.len == 0) {
		hm_file_free(&file);
		return hm_error_of(error, HM_ERROR_INPUT, path, "the file is empty");
	}
	*ret = file;
	return true;
}

int hm_input_read(const char *path, size_t max, struct hm_file *ret)
{
	struct hm_error error = {0};

	return hm_file_load(path, max, ret, &error) ? HM_EXIT_OK : hm_report(&error);
}
