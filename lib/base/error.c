/* SPDX-License-Identifier: BSD-2-Clause */
/* error.c - what went wrong, carried up to the program that reports it */
#include "lib/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A text may be made of the text that the error had before. */
static void set(struct hm_error *error, enum hm_error_kind kind, const char *format, va_list ap)
{
	char text[HM_ERROR_TEXT_MAX];

	vsnprintf(text, sizeof(text), format, ap);
	memcpy(error->text, text, sizeof(text));
	error->kind = kind;
}

bool hm_error_set(struct hm_error *error, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(error, HM_ERROR_INPUT, format, ap);
	va_end(ap);
	return false;
}

bool hm_error_of(struct hm_error *error, enum hm_error_kind kind, const char *thing, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	set(error, kind, format, ap);
	va_end(ap);
	if (thing != error->thing)
		snprintf(error->thing, sizeof(error->thing), "%s", thing);
	return false;
}

bool hm_error_err(struct hm_error *error, const char *thing, enum hm_err err)
{
	bool run = err == HM_E_IO || err == HM_E_HASH || err == HM_E_EXTEND || err == HM_E_BUFFER;

	return hm_error_of(error, run ? HM_ERROR_RUN : HM_ERROR_INPUT, thing, "%s", hm_err_text(err));
}

bool hm_error_errno(struct hm_error *error, const char *thing, int negative_errno)
{
	return hm_error_of(error, HM_ERROR_RUN, thing, "%s", strerror(-negative_errno));
}

bool hm_error_memory(struct hm_error *error, const char *thing)
{
	return hm_error_of(error, HM_ERROR_RUN, thing, "out of memory");
}

bool hm_error_about(struct hm_error *error, const char *thing)
{
	if (!error->thing[0])
		snprintf(error->thing, sizeof(error->thing), "%s", thing);
	return false;
}

void hm_escape(struct hm_bytes text, char *ret, size_t cap)
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];
		bool plain = c >= 0x20 && c < 0x7f;

		if (cap - at <= (plain ? 1u : 4u))
			break;
		if (plain) {
			ret[at++] = (char)c;
			continue;
		}
		ret[at++] = '\\';
		ret[at++] = 'x';
		ret[at++] = digits[c >> 4];
		ret[at++] = digits[c & 0x0f];
	}
	ret[at] = '\0';
}
