/* SPDX-License-Identifier: BSD-2-Clause */
/* check_hardware.c - check 15: the platform's own report, where it has one */
#include "lib/platform/check.h"
#include "lib/verify/checks.h"

enum hm_outcome hm_check_hardware(struct hm_run *run)
{
	const struct hm_platform *platform = run->v->platform;
	struct hm_evidence_result result = {.code = HALLMARK_INTERNAL_ERROR};

	if (platform->report == HM_REPORT_NONE) {
		if (run->v->require_hardware || !platform->ak_certified)
			return hm_failed(run, HM_CHECK_HARDWARE, HALLMARK_NON_COMPLIANT_PLATFORM, "a hardware report",
					 "a platform that has none");
		if (run->proof->hardware_type)
			return hm_failed(run, HM_CHECK_HARDWARE, HALLMARK_NON_COMPLIANT_PLATFORM,
					 "no hardware report on this platform", "%s", run->proof->hardware_type);
		return hm_left_out(run, HM_CHECK_HARDWARE,
				   "the platform has no hardware report: who signs the key isolates the TPM");
	}
	hm_platform_check(run->proof, run->v->platforms, run->request->as_of, &result);
	if (result.code != HALLMARK_OK)
		return hm_failed(run, HM_CHECK_HARDWARE, result.code, result.expected, "%s", result.seen);
	return HM_PASSED;
}
