/* SPDX-License-Identifier: BSD-2-Clause */
/* diff.c - golden values against what a machine showed */
#include "host/log/diff.h"

#include <stdlib.h>
#include <string.h>

#include "core/record.h"
#include "lib/crypto/hash.h"
#include "lib/golden/expect.h"

/* The value after the one hallmark-tls record that the runtime log has for the register. False: none, several, or no
 * bank. */
static bool replay_tls(const struct hm_evidence *evidence, uint32_t banks, uint32_t pcr, struct hm_expected *expected)
{
	struct hm_record_order order = hm_record_order_locked;
	const struct hm_seen_event *tls = NULL;
	struct hm_pcrs pcrs;

	for (size_t i = 0; i < evidence->event_count; i++) {
		const struct hm_seen_event *event = &evidence->event[i];
		struct hm_record record;

		if (!event->runtime || event->pcr != pcr || hm_record_parse(event->data, &record) ||
		    record.kind != HM_RECORD_TLS)
			continue;
		if (hm_record_order_next(&order, pcr, record.kind))
			return false;
		tls = event;
	}
	if (!tls || !banks)
		return false;
	hm_pcrs_init(&pcrs, banks, 0);
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
		memcpy(pcrs.value[bank][pcr], expected->value.value[bank], HM_DIGEST_MAX);
	if (hm_pcrs_extend(&pcrs, &hm_crypto_hasher, pcr, &tls->digests))
		return false;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
		memcpy(expected->value.value[bank], pcrs.value[bank][pcr], HM_DIGEST_MAX);
	return true;
}

static struct hm_diff_row judge_register(const struct hm_golden *golden, const struct hm_evidence *evidence,
					 const struct hm_diff *diff, uint32_t pcr)
{
	struct hm_diff_row row = {.policy = golden->policy[pcr]};

	hm_golden_expect(golden, diff->profile, pcr, &row.expected);
	row.predicted = row.expected.has_value || row.expected.policy != HM_POLICY_SHOWN;
	if (!row.predicted)
		return row;
	row.differing = hm_expected_differs(&row.expected, &evidence->pcrs, diff->banks, pcr);
	if (row.differing && row.expected.policy == HM_POLICY_REPLAYED) {
		struct hm_expected with_tls = row.expected;

		row.tls = replay_tls(evidence, diff->banks, pcr, &with_tls) &&
			  !hm_expected_differs(&with_tls, &evidence->pcrs, diff->banks, pcr);
		if (row.tls) {
			row.expected = with_tls;
			row.differing = 0;
		}
	}
	row.rejects = row.differing && row.expected.policy != HM_POLICY_SHOWN;
	return row;
}

struct hm_diff *hm_diff_make(const struct hm_golden *golden, const struct hm_evidence *evidence)
{
	struct hm_diff *diff = calloc(1, sizeof(*diff));

	if (!diff)
		return NULL;
	diff->banks = golden->banks & evidence->pcrs.banks;
	/* A proof shows the one bank that is quoted, whatever else is active. */
	if (evidence->kind != HM_EVIDENCE_PROOF)
		diff->banks_missing = golden->banks & ~evidence->pcrs.banks;
	diff->banks_extra = evidence->pcrs.banks & ~golden->banks;
	/* hm_banks_check: SHA-256 or SHA-384 is among what both have. hallmark verify asks for no more than the quoted
	 * bank. */
	diff->accepted = !hm_banks_check(diff->banks) && !diff->banks_extra;
	diff->profile_fits = hm_golden_find_profile(golden, &evidence->pcrs, diff->banks, &diff->profile);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		diff->row[pcr] = judge_register(golden, evidence, diff, pcr);
		if (diff->row[pcr].rejects)
			diff->accepted = false;
	}
	return diff;
}

void hm_diff_free(struct hm_diff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < diff->line_count; i++)
		free(diff->line[i]);
	free(diff);
}
