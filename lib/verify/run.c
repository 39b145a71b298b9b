/* SPDX-License-Identifier: BSD-2-Clause */
/* run.c - what one run of the checks says: outcomes and texts */
#include "lib/verify/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/error.h"

void hm_set_text(char *ret, size_t cap, const char *text)
{
	hm_escape(hm_bytes_of(text, strlen(text)), ret, cap);
}

enum hm_outcome hm_failed(struct hm_run *run, enum hm_check check, enum hallmark_code code, const char *expected,
			  const char *format, ...)
{
	struct hallmark_check *row = &run->ret->check[check];
	char text[2 * HALLMARK_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	row->code = code;
	hm_set_text(row->expected, sizeof(row->expected), expected);
	hm_set_text(row->seen, sizeof(row->seen), text);
	return HM_FAILED;
}

enum hm_outcome hm_left_out(struct hm_run *run, enum hm_check check, const char *note)
{
	hm_set_text(run->ret->check[check].note, HALLMARK_TEXT_MAX, note);
	return HM_LEFT_OUT;
}

void hm_note(struct hm_run *run, enum hm_check check, const char *format, ...)
{
	char text[2 * HALLMARK_TEXT_MAX];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	hm_set_text(run->ret->check[check].note, HALLMARK_TEXT_MAX, text);
}

void hm_hex_text(struct hm_bytes bytes, char *ret, size_t cap)
{
	struct hm_writer w = hm_writer_of(ret, cap - 1);

	while (bytes.len > (cap - 1) / 2)
		bytes.len--;
	hm_put_hex(&w, bytes);
	ret[w.len] = '\0';
}
