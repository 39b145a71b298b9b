/* SPDX-License-Identifier: BSD-2-Clause */
/* expect.c - what a machine's registers must be, by the golden file and one of its profiles */
#include "lib/golden/expect.h"

#include <string.h>

static bool same_register(const struct hm_golden_profile *profile, const struct hm_pcrs *seen, uint32_t banks,
			  uint32_t pcr)
{
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if ((banks & HM_BANK_BIT(bank)) &&
		    memcmp(profile->value[pcr].value[bank], seen->value[bank][pcr], hm_algs[bank].len) != 0)
			return false;
	}
	return true;
}

bool hm_golden_find_profile(const struct hm_golden *golden, const struct hm_pcrs *seen, uint32_t banks, size_t *ret)
{
	unsigned int most = 0;

	*ret = 0;
	for (size_t i = 0; i < golden->profile_count; i++) {
		const struct hm_golden_profile *profile = golden->profile[i];
		unsigned int same = 0, pinned = 0;

		for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
			if (!(profile->registers & HM_PCR_BIT(pcr)) || profile->policy[pcr] != HM_POLICY_PINNED)
				continue;
			pinned++;
			same += same_register(profile, seen, banks, pcr);
		}
		if (same == pinned && banks) {
			*ret = i;
			return true;
		}
		if (same > most) {
			most = same;
			*ret = i;
		}
	}
	return false;
}

void hm_golden_expect(const struct hm_golden *golden, size_t profile, uint32_t pcr, struct hm_expected *ret)
{
	const struct hm_golden_profile *p = profile < golden->profile_count ? golden->profile[profile] : NULL;
	struct hm_expected expected = {.policy = golden->policy[pcr], .has_value = golden->has_value[pcr]};

	if (expected.policy == HM_POLICY_ONE_OF && !p) {
		/* No reader lets this pass; equal to nothing. */
		expected.policy = HM_POLICY_PINNED;
	} else if (expected.policy == HM_POLICY_ONE_OF) {
		expected.policy = p->policy[pcr];
		expected.has_value = p->has_value[pcr];
		expected.value = p->value[pcr];
	} else {
		hm_pcr_digests(&golden->pcrs, pcr, &expected.value);
	}
	*ret = expected;
}

uint32_t hm_expected_differs(const struct hm_expected *expected, const struct hm_pcrs *seen, uint32_t banks,
			     uint32_t pcr)
{
	bool zero = expected->policy == HM_POLICY_ZERO;
	uint32_t considered = zero ? seen->banks : banks;
	uint32_t differing = 0;

	if (!zero && !expected->has_value)
		return banks;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		const uint8_t *value = seen->value[bank][pcr];
		size_t size = hm_algs[bank].len;

		if (!(considered & HM_BANK_BIT(bank)))
			continue;
		if (zero ? !hm_bytes_is_zero(hm_bytes_of(value, size))
			 : memcmp(value, expected->value.value[bank], size) != 0)
			differing |= HM_BANK_BIT(bank);
	}
	return differing;
}
