/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.c - what the decoders of the platforms' evidence share */
#include "lib/platform/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
#define HM_HARDWARE_NAME(name, text) [HM_HW_##name] = text,
	HM_HARDWARE_CODES(HM_HARDWARE_NAME)
#undef HM_HARDWARE_NAME
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(names) == HM_HW_COUNT, "every code has a name");

const char *hm_hardware_code_name(enum hm_hardware_code code)
{
	return (size_t)code < HM_HW_COUNT ? names[code] : "Malformed";
}

bool hm_hardware_refuse(struct hm_hardware_result *result, enum hm_hardware_code code, const char *check,
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
