/* SPDX-License-Identifier: BSD-2-Clause */
/* why.c - the reason of a refusal, as one line of printable text */
#include "lib/base/why.h"

#include <stdarg.h>
#include <stdio.h>

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

bool hm_why(char *why, size_t why_len, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, why_len, format, ap);
	va_end(ap);
	return false;
}
