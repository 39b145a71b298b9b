/* SPDX-License-Identifier: BSD-2-Clause */
/* check_hardware.c - check 15: the platform's own report, where it has one */
#include <string.h>

#include "lib/verify/verifier.h"

/* The same names on both sides; one that is not found is still a refusal. */
static enum hallmark_code code_of(enum hm_hardware_code code)
{
	for (size_t i = 0; i < HALLMARK_CODE_COUNT; i++) {
		if (!strcmp(hallmark_code_name((enum hallmark_code)i), hm_hardware_code_name(code)))
			return (enum hallmark_code)i;
	}
	return HALLMARK_NON_COMPLIANT_PLATFORM;
}

enum hm_outcome hm_check_hardware(struct hm_run *run)
{
	const struct hm_platform *platform = run->v->platform;
	struct hm_hardware_result result = {.code = HM_HW_PLATFORM};

	if (!platform->hardware_check) {
		if (run->v->require_hardware || !platform->ak_certified)
			return hm_failed(run, HM_CHECK_HARDWARE, HALLMARK_NON_COMPLIANT_PLATFORM, "a hardware report",
					 "a platform that has none");
		if (run->proof->hardware_type)
			return hm_failed(run, HM_CHECK_HARDWARE, HALLMARK_NON_COMPLIANT_PLATFORM,
					 "no hardware report on this platform", "%s", run->proof->hardware_type);
		return hm_left_out(run, HM_CHECK_HARDWARE,
				   "the platform has no hardware report: who signs the key isolates the TPM");
	}
	hm_platform_hardware_check(run->proof, run->v->platforms, run->request->as_of, &result);
	if (result.code != HM_HW_OK)
		return hm_failed(run, HM_CHECK_HARDWARE, code_of(result.code), result.expected, "%s", result.seen);
	return HM_PASSED;
}
