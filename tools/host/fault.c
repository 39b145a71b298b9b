/* SPDX-License-Identifier: BSD-2-Clause */
/* fault.c - what went wrong, for one line at the end: the thing, the reason, the exit status */
#include "tools/host/fault.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool hm_fault_set(struct hm_fault *fault, int status, const char *thing, const char *format, ...)
{
	va_list ap;

	fault->status = status;
	fault->thing = thing;
	va_start(ap, format);
	vsnprintf(fault->why, sizeof(fault->why), format, ap);
	va_end(ap);
	return false;
}

bool hm_fault_errno(struct hm_fault *fault, const char *thing, int negative_errno)
{
	return hm_fault_set(fault, HM_EXIT_RUN, thing, "%s", strerror(-negative_errno));
}

bool hm_fault_io(struct hm_fault *fault, const char *thing, const char *doing, uint64_t off,
		 int negative_errno)
{
	return hm_fault_set(fault, HM_EXIT_RUN, thing, "%s at offset %" PRIu64 ": %s", doing, off,
			    strerror(-negative_errno));
}

int hm_fault_print(const struct hm_fault *fault)
{
	return hm_fail_text(fault->status, fault->thing, fault->why);
}
