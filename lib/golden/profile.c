/* SPDX-License-Identifier: BSD-2-Clause */
/* profile.c - one platform profile of golden.json */
#include "lib/golden/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/crypto/hash.h"

bool hm_policy_of_name(struct hm_bytes name, enum hm_pcr_policy *ret)
{
	static const enum hm_pcr_policy policies[] = {HM_POLICY_ONE_OF, HM_POLICY_PINNED, HM_POLICY_ZERO,
						      HM_POLICY_SHOWN, HM_POLICY_REPLAYED};

	for (size_t i = 0; i < HM_ARRAY_LEN(policies); i++) {
		if (hm_bytes_equal_text(name, hm_policy_name(policies[i]))) {
			*ret = policies[i];
			return true;
		}
	}
	return false;
}

static bool parse_register(json_t *object, const char *where, uint32_t banks, struct hm_golden_profile *profile,
			   struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "pcr", .type = JSON_INTEGER},
		{.name = "policy", .type = JSON_STRING},
		{.name = "values", .type = JSON_OBJECT, .optional = true},
	};
	enum hm_pcr_policy policy;
	uint64_t pcr;

	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error) ||
	    !hm_json_uint(&fields[0], where, HM_PCR_QUOTED - 1, &pcr, error))
		return false;
	/* The new bit above all bits so far: ascending, none twice. */
	if (HM_PCR_BIT(pcr) <= profile->registers)
		return hm_error_set(error, "%s.pcr is out of order", where);
	if (!hm_policy_of_name(hm_json_bytes(fields[1].value), &policy) ||
	    (policy != HM_POLICY_PINNED && policy != HM_POLICY_SHOWN))
		return hm_error_set(error, "%s.policy is not pinned or shown", where);
	if (policy == HM_POLICY_PINNED && !fields[2].value)
		return hm_error_set(error, "%s.values is missing", where);
	profile->registers |= HM_PCR_BIT(pcr);
	profile->policy[pcr] = policy;
	profile->has_value[pcr] = fields[2].value != NULL;
	return !fields[2].value || hm_json_digests(&fields[2], where, banks, &profile->value[pcr], error);
}

static bool parse_registers(json_t *array, const char *profile_where, uint32_t banks, struct hm_golden_profile *profile,
			    struct hm_error *error)
{
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		char where[2 * HM_GOLDEN_WHERE_MAX];

		snprintf(where, sizeof(where), "%s.pcrs[%zu]", profile_where, i);
		if (!parse_register(value, where, banks, profile, error))
			return false;
	}
	return profile->registers ? true : hm_error_set(error, "%s.pcrs is empty", profile_where);
}

static bool parse_events(json_t *array, const char *profile_where, uint32_t banks, struct hm_golden_profile *profile,
			 struct hm_error *error)
{
	json_t *value;
	size_t i;

	if (json_array_size(array) > HM_PROFILE_EVENTS_MAX)
		return hm_error_set(error, "%s.events has more than %u entries", profile_where, HM_PROFILE_EVENTS_MAX);
	json_array_foreach(array, i, value)
	{
		char where[2 * HM_GOLDEN_WHERE_MAX];

		snprintf(where, sizeof(where), "%s.events[%zu]", profile_where, i);
		profile->event_count = i + 1;
		if (!hm_golden_event_parse(value, where, banks, &profile->event[i], error))
			return false;
	}
	return true;
}

bool hm_golden_profile_parse(json_t *object, const char *where, uint32_t banks, struct hm_golden_profile *profile,
			     struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "name", .type = JSON_STRING},
		{.name = "firmware_sha256", .type = JSON_STRING, .optional = true},
		{.name = "machine", .type = JSON_STRING},
		{.name = "pcrs", .type = JSON_ARRAY},
		{.name = "events", .type = JSON_ARRAY},
	};

	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error))
		return false;
	if (!hm_is_name(hm_json_bytes(fields[0].value)))
		return hm_error_set(error, "%s.name is not of [a-z0-9-]{1,32}", where);
	profile->firmware_known = fields[1].value != NULL;
	if (profile->firmware_known &&
	    !hm_json_hex(&fields[1], where, profile->firmware_sha256, sizeof(profile->firmware_sha256), error))
		return false;
	return hm_json_text(&fields[0], where, HM_PROFILE_NAME_MAX, &profile->name, error) &&
	       hm_json_text(&fields[2], where, HM_PROFILE_MACHINE_MAX, &profile->machine, error) &&
	       parse_registers(fields[3].value, where, banks, profile, error) &&
	       parse_events(fields[4].value, where, banks, profile, error);
}

/* A register without events is allowed: its value was published by the firmware's maker. */
bool hm_golden_profile_check(const struct hm_golden_profile *profile, size_t index, uint32_t banks, uint32_t registers,
			     struct hm_error *error)
{
	struct hm_pcrs pcrs;
	uint32_t replayed = 0;

	hm_pcrs_init(&pcrs, banks, 0);
	for (size_t i = 0; i < profile->event_count; i++) {
		const struct hm_golden_event *event = &profile->event[i];
		enum hm_err err = hm_pcrs_extend(&pcrs, &hm_crypto_hasher, event->pcr, &event->digests);

		if (!(profile->registers & HM_PCR_BIT(event->pcr)) || !profile->has_value[event->pcr])
			return hm_error_set(error, "profiles[%zu].events[%zu].pcr is not a register with values", index,
					    i);
		if (err)
			return hm_error_set(error, "profiles[%zu].events[%zu]: %s", index, i, hm_err_text(err));
		replayed |= HM_PCR_BIT(event->pcr);
	}
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		bool wanted = (registers & HM_PCR_BIT(pcr)) != 0;

		if (wanted != !!(profile->registers & HM_PCR_BIT(pcr)))
			return hm_error_set(error, "profiles[%zu].pcrs %s register %u", index, wanted ? "lacks" : "has",
					    pcr);
		for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
			if ((replayed & HM_PCR_BIT(pcr)) && (banks & HM_BANK_BIT(bank)) &&
			    memcmp(pcrs.value[bank][pcr], profile->value[pcr].value[bank], hm_algs[bank].len) != 0)
				return hm_error_set(
					error, "profiles[%zu]: the %s value of register %u is not what the events give",
					index, hm_algs[bank].name, pcr);
		}
	}
	return true;
}

void hm_golden_profile_free(struct hm_golden_profile *profile)
{
	if (!profile)
		return;
	free(profile->name);
	free(profile->machine);
	for (size_t i = 0; i < profile->event_count; i++)
		hm_golden_event_free(&profile->event[i]);
	free(profile);
}
