/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.c - what the decoders of the platforms' evidence share */
#include "lib/platform/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool hm_evidence_refuse(struct hm_evidence_result *result, enum hallmark_code code, const char *check,
			const char *format, ...)
{
	va_list args;

	memset(result, 0, sizeof(*result));
	result->code = code;
	snprintf(result->expected, sizeof(result->expected), "%s", check);
	va_start(args, format);
	vsnprintf(result->seen, sizeof(result->seen), format, args);
	va_end(args);
	return false;
}
