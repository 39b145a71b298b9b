/* SPDX-License-Identifier: BSD-2-Clause */
/* expect.h - what a machine's registers must be, by the golden file and one of its profiles */
#ifndef HM_LIB_GOLDEN_EXPECT_H
#define HM_LIB_GOLDEN_EXPECT_H

#include "lib/golden/golden.h"

/* What a register must be on a machine of one profile: never HM_POLICY_ONE_OF. */
struct hm_expected {
	enum hm_pcr_policy policy; /* pinned, zero, shown or replayed */
	bool has_value;		   /* false: shown, and nothing is known about it */
	struct hm_digests value;   /* in golden->banks */
};

/*
 * The profile that a machine's registers are compared with: the first one whose pinned registers are all as `seen` in
 * all of `banks`; where there is none, the one with the most that are (false). Without profiles: false, and 0.
 */
HM_MUST_CHECK bool hm_golden_find_profile(const struct hm_golden *golden, const struct hm_pcrs *seen, uint32_t banks,
					  size_t *ret);
/* `profile` is an index; of no meaning in a file without profiles. */
void hm_golden_expect(const struct hm_golden *golden, size_t profile, uint32_t pcr, struct hm_expected *ret);

/*
 * The banks in which the register is not what it must be: of `banks`, or of all that were seen where it must be zero. A
 * register of which no value is known differs in all. The caller knows by the policy whether a difference counts.
 */
HM_MUST_CHECK uint32_t hm_expected_differs(const struct hm_expected *expected, const struct hm_pcrs *seen,
					   uint32_t banks, uint32_t pcr);

#endif
