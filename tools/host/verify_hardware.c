/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_hardware.c - check 15: the platform's own report, where it has one */
#include <string.h>

#include "tools/host/verify.h"

static enum hallmark_code code_of(enum hm_hardware_verdict verdict)
{
	switch (verdict) {
	case HM_HARDWARE_MALFORMED:
		return HALLMARK_MALFORMED;
	case HM_HARDWARE_DEBUG:
		return HALLMARK_DEBUG_MODE;
	case HM_HARDWARE_NONE:
	case HM_HARDWARE_GOOD:
	case HM_HARDWARE_NONCOMPLIANT:
		break;
	}
	return HALLMARK_NON_COMPLIANT_PLATFORM;
}

enum hm_outcome hm_check_hardware(struct hm_run *run)
{
	const struct hm_platform *platform = run->v->platform;
	const struct hm_hardware_policy policy = { .required = true };
	struct hm_hardware_result result = { .verdict = HM_HARDWARE_NONE };

	if (!platform->hardware_check) {
		if (run->v->require_hardware || !platform->ak_certified)
			return hm_failed(run, HM_CHECK_HARDWARE, HALLMARK_NON_COMPLIANT_PLATFORM, "a hardware report",
					 "a platform that has none");
		if (run->proof->hardware_type)
			return hm_failed(run, HM_CHECK_HARDWARE, HALLMARK_NON_COMPLIANT_PLATFORM,
					 "no hardware report on this platform", "%s", run->proof->hardware_type);
		return hm_left_out(run, HM_CHECK_HARDWARE, "the platform has no hardware report: who signs the key isolates the TPM");
	}
	hm_platform_hardware_check(run->proof, &policy, run->request->as_of, &result);
	if (result.verdict != HM_HARDWARE_GOOD)
		return hm_failed(run, HM_CHECK_HARDWARE, code_of(result.verdict), result.expected, "%s", result.seen);
	return HM_PASSED;
}
