/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h - checks a proof's hardware report by its platform's decoder, under a policy */
#ifndef HM_LIB_PLATFORM_CHECK_H
#define HM_LIB_PLATFORM_CHECK_H

#include "lib/platform/policy.h"
#include "lib/proof/proof.h"

/*
 * Always leaves a verdict in *ret. It is HALLMARK_OK only where the proof's platform has a report, the proof has
 * exactly the row's parts, and everything in them holds at `as_of` (seconds since 1970, UTC) and vouches for
 * proof->ak_public. The caller checks the quote. `policy` NULL: the defaults, which trust the vendors' roots and
 * nothing else.
 */
void hm_platform_check(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		       struct hm_evidence_result *ret);

#endif
