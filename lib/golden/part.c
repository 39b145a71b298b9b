/* SPDX-License-Identifier: BSD-2-Clause */
/* part.c - what only a part of a golden file has: slots, and registers without policies */
#include "lib/golden/part.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto/hash.h"

bool hm_golden_slots_parse(json_t *array, struct hm_golden *golden, struct hm_error *error)
{
	json_t *value;
	size_t i;

	if (json_array_size(array) > HM_LAYERS_MAX)
		return hm_error_set(error, "slots has more than %u entries", HM_LAYERS_MAX);
	json_array_foreach(array, i, value)
	{
		struct hm_json_field fields[] = {
			{.name = "name", .type = JSON_STRING},
			{.name = "pcr", .type = JSON_INTEGER},
		};
		char where[HM_GOLDEN_WHERE_MAX];
		uint64_t pcr;

		snprintf(where, sizeof(where), "slots[%zu]", i);
		golden->slot_count = i + 1;
		if (!hm_json_fields(value, where, fields, HM_ARRAY_LEN(fields), error) ||
		    !hm_json_text(&fields[0], where, HM_RECORD_NAME_MAX, &golden->slot[i].name, error) ||
		    !hm_json_uint(&fields[1], where, HM_PCR_WEIGHTS, &pcr, error))
			return false;
		if (pcr < HM_PCR_OWNED_FIRST || !hm_is_name(hm_bytes_of_text(golden->slot[i].name)))
			return hm_error_set(error, "%s is not a name and a register from %u to %u", where,
					    HM_PCR_OWNED_FIRST, HM_PCR_WEIGHTS);
		golden->slot[i].pcr = (uint32_t)pcr;
		for (size_t other = 0; other < i; other++) {
			if (!strcmp(golden->slot[other].name, golden->slot[i].name))
				return hm_error_set(error, "%s.name is also that of another slot", where);
		}
	}
	return true;
}

/* A part says nothing about policies: they are the table's, and what neither events nor profiles know is shown. */
bool hm_golden_part_registers(struct hm_golden *golden, struct hm_error *error)
{
	uint32_t extended = 0;

	hm_pcrs_init(&golden->pcrs, golden->banks, 0);
	for (size_t i = 0; i < golden->event_count; i++) {
		const struct hm_golden_event *event = &golden->event[i];
		enum hm_err err = hm_pcrs_extend(&golden->pcrs, &hm_crypto_hasher, event->pcr, &event->digests);

		if (err || event->type == HM_EV_HALLMARK)
			return hm_error_set(error, "events[%zu]: %s", i, err ? hm_err_text(err) : "is a record");
		extended |= HM_PCR_BIT(event->pcr);
	}
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		enum hm_pcr_policy policy = hm_pcr_table[pcr].policy;
		bool decided = golden->profile_count && (golden->profile[0]->registers & HM_PCR_BIT(pcr));
		bool unknown =
			policy == HM_POLICY_ONE_OF || (policy == HM_POLICY_SHOWN && !(extended & HM_PCR_BIT(pcr)));

		if (decided && (extended & HM_PCR_BIT(pcr)))
			return hm_error_set(error, "register %u is in events and in profiles", pcr);
		golden->policy[pcr] = decided			   ? HM_POLICY_ONE_OF
				      : policy == HM_POLICY_ONE_OF ? HM_POLICY_SHOWN
								   : policy;
		golden->has_value[pcr] = !decided && !unknown;
	}
	return true;
}
