/* SPDX-License-Identifier: BSD-2-Clause */
/* profile.c - platform profiles: reader */
#include "host/firmware/profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "lib/golden/event.h"

#define TEXT_MAX 256u
#define WHAT_MAX 64u
#define SLOT_MAX 31u /* of a PCI bus */

static const char *const status_names[] = {
	[HM_PROFILE_DRAFT] = "draft",
	[HM_PROFILE_REVIEWED] = "reviewed",
	[HM_PROFILE_LEARNED] = "learned",
	[HM_PROFILE_CALCULATED] = "calculated",
};

const char *hm_profile_status_name(enum hm_profile_status status)
{
	return status_names[status];
}

static bool parse_status(const json_t *value, enum hm_profile_status *ret, struct hm_error *error)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(status_names); i++) {
		if (hm_bytes_equal_text(hm_json_bytes(value), status_names[i])) {
			*ret = (enum hm_profile_status)i;
			return true;
		}
	}
	return hm_error_set(error, "status is not draft, reviewed, learned or calculated");
}

/* A number of the list; false with the line printed. */
static bool parse_placement(const struct hm_json_field *field, uint32_t plain, uint32_t *ret, struct hm_error *error)
{
	json_int_t number = field->value ? json_integer_value(field->value) : (json_int_t)plain;

	/* Google's TDX firmware is the one known exception. */
	if (number != (json_int_t)plain && number != 2)
		return hm_error_set(error, "%s is not %u or 2", field->name, plain);
	*ret = (uint32_t)number;
	return true;
}

static bool parse_boot(json_t *object, struct hm_profile *profile, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "first_slot", .type = JSON_INTEGER},
		{.name = "dxe_name", .type = JSON_STRING},
		{.name = "last", .type = JSON_STRING},
		{.name = "image_tops", .type = JSON_ARRAY},
	};
	uint64_t slot;
	json_t *value;
	size_t i;

	if (!object)
		return true;
	if (!hm_json_fields(object, "boot", fields, HM_ARRAY_LEN(fields), error) ||
	    !hm_json_uint(&fields[0], "boot", SLOT_MAX, &slot, error) ||
	    !hm_json_hex(&fields[1], "boot", profile->dxe_name, sizeof(profile->dxe_name), error))
		return false;
	if (slot == 0)
		return hm_error_set(error, "boot.first_slot is 0");
	profile->first_slot = (uint32_t)slot;
	profile->shell = hm_bytes_equal_text(hm_json_bytes(fields[2].value), "shell");
	if (!profile->shell && !hm_bytes_equal_text(hm_json_bytes(fields[2].value), "menu"))
		return hm_error_set(error, "boot.last is not menu or shell");
	if (json_array_size(fields[3].value) > HM_PROFILE_DISKS_MAX)
		return hm_error_set(error, "boot.image_tops has more than %u entries", HM_PROFILE_DISKS_MAX);
	json_array_foreach(fields[3].value, i, value)
	{
		const struct hm_json_field top = {.name = "image_tops", .value = value};

		if (!json_is_integer(value))
			return hm_error_set(error, "boot.image_tops[%zu] is not an integer", i);
		if (!hm_json_uint(&top, "boot", INT64_MAX, &profile->image_top[i], error))
			return false;
	}
	return true;
}

/* {"sha256": HEX, ...}: at least one of SHA-256 and SHA-384, in order. */
static bool parse_any_digests(const struct hm_json_field *field, const char *where, struct hm_digests *ret,
			      struct hm_error *error)
{
	uint32_t banks = 0;

	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (json_object_get(field->value, hm_algs[bank].name))
			banks |= HM_BANK_BIT(bank);
	}
	if (hm_banks_check(banks))
		return hm_error_set(error, "%s.%s: %s", where, field->name, hm_err_text(hm_banks_check(banks)));
	return hm_json_digests(field, where, banks, ret, error);
}

/*
 * Into these the firmware itself measures, before the boot. The others hold what the build determines: a profile that
 * showed register 4 would let another image pass.
 */
static bool is_platform_register(uint64_t pcr)
{
	return pcr < HM_PCR_COUNT && (HM_PCRS_PLATFORM & HM_PCR_BIT(pcr));
}

static bool parse_register(json_t *object, const char *where, struct hm_profile *profile, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "pcr", .type = JSON_INTEGER},
		{.name = "policy", .type = JSON_STRING},
		{.name = "values", .type = JSON_OBJECT, .optional = true},
	};
	bool shown;
	uint64_t pcr;

	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error) ||
	    !hm_json_uint(&fields[0], where, HM_PCR_HOST, &pcr, error))
		return false;
	if (!is_platform_register(pcr))
		return hm_error_set(error, "%s.pcr is not 0, 1 or 6", where);
	if (HM_PCR_BIT(pcr) <= profile->registers)
		return hm_error_set(error, "%s.pcr is out of order", where);
	shown = hm_bytes_equal_text(hm_json_bytes(fields[1].value), "shown");
	if (!shown && !hm_bytes_equal_text(hm_json_bytes(fields[1].value), "pinned"))
		return hm_error_set(error, "%s.policy is not pinned or shown", where);
	if (shown == (fields[2].value != NULL))
		return hm_error_set(error, "%s.values %s", where,
				    shown ? "exists for a register that is shown" : "is missing");
	profile->registers |= HM_PCR_BIT(pcr);
	profile->policy[pcr] = shown ? HM_POLICY_SHOWN : HM_POLICY_PINNED;
	profile->has_value[pcr] = !shown;
	return shown || parse_any_digests(&fields[2], where, &profile->value[pcr], error);
}

static bool parse_data(const struct hm_json_field *field, const char *where, struct hm_file *ret,
		       struct hm_error *error)
{
	struct hm_bytes hex = hm_json_bytes(field->value);

	if (hex.len % 2 || hex.len / 2 > HM_PROFILE_DATA_MAX)
		return hm_error_set(error, "%s.data is not of 0 to %u bytes in hex", where, HM_PROFILE_DATA_MAX);
	ret->len = hex.len / 2;
	ret->p = malloc(ret->len + 1);
	if (!ret->p)
		return hm_error_set(error, "out of memory");
	return hm_json_hex(field, where, ret->p, ret->len, error);
}

static bool digest_data(struct hm_profile_event *event, struct hm_error *error)
{
	struct hm_bytes data = hm_file_bytes(&event->data);

	if (hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &data, 1, 0, &event->digests))
		return hm_error_set(error, "hashing failed");
	return true;
}

static bool parse_event(json_t *object, const char *where, struct hm_profile_event *event, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "place", .type = JSON_STRING},
		{.name = "pcr", .type = JSON_INTEGER},
		{.name = "type", .type = JSON_STRING},
		{.name = "what", .type = JSON_STRING},
		{.name = "data", .type = JSON_STRING},
		{.name = "digests", .type = JSON_OBJECT, .optional = true},
		{.name = "why", .type = JSON_STRING, .optional = true},
	};
	uint64_t pcr;

	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error) ||
	    !hm_json_uint(&fields[1], where, 6, &pcr, error))
		return false;
	event->pcr = (uint32_t)pcr;
	if (hm_bytes_equal_text(hm_json_bytes(fields[0].value), "variables"))
		event->place = HM_PLACE_VARIABLES;
	else if (!hm_bytes_equal_text(hm_json_bytes(fields[0].value), "first"))
		return hm_error_set(error, "%s.place is not first or variables", where);
	if (!is_platform_register(pcr))
		return hm_error_set(error, "%s.pcr is not 0, 1 or 6", where);
	if (!hm_golden_type_of_name(hm_json_bytes(fields[2].value), &event->type) || event->type == HM_EV_HALLMARK ||
	    event->type == HM_EV_NO_ACTION)
		return hm_error_set(error, "%s.type is not an event type that extends", where);
	if (!hm_json_text(&fields[3], where, WHAT_MAX, &event->what, error) ||
	    !parse_data(&fields[4], where, &event->data, error) ||
	    (fields[6].value && !hm_json_text(&fields[6], where, TEXT_MAX, &event->why, error)))
		return false;
	event->digests_given = fields[5].value != NULL;
	return event->digests_given ? hm_json_digests(&fields[5], where, HM_BANKS_ALL, &event->digests, error)
				    : digest_data(event, error);
}

static bool parse_lists(json_t *registers, json_t *events, struct hm_profile *profile, struct hm_error *error)
{
	char where[HM_GOLDEN_WHERE_MAX];
	json_t *value;
	size_t i;

	json_array_foreach(registers, i, value)
	{
		snprintf(where, sizeof(where), "registers[%zu]", i);
		if (!parse_register(value, where, profile, error))
			return false;
	}
	if (json_array_size(events) > HM_PROFILE_EVENTS_MAX)
		return hm_error_set(error, "events has more than %u entries", HM_PROFILE_EVENTS_MAX);
	json_array_foreach(events, i, value)
	{
		struct hm_profile_event *event = &profile->event[i];

		snprintf(where, sizeof(where), "events[%zu]", i);
		profile->event_count = i + 1;
		if (!parse_event(value, where, event, error))
			return false;
		if (profile->registers & HM_PCR_BIT(event->pcr))
			return hm_error_set(error, "%s.pcr is among registers too", where);
	}
	if (!profile->registers && !profile->event_count)
		return hm_error_set(error, "neither registers nor events say anything");
	return true;
}

static bool parse_root(json_t *root, struct hm_profile *profile, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "version", .type = JSON_STRING},
		{.name = "name", .type = JSON_STRING},
		{.name = "status", .type = JSON_STRING},
		{.name = "firmware_sha256", .type = JSON_STRING, .optional = true},
		{.name = "machine", .type = JSON_STRING},
		{.name = "gpt_pcr", .type = JSON_INTEGER, .optional = true},
		{.name = "image_pcr", .type = JSON_INTEGER, .optional = true},
		{.name = "boot", .type = JSON_OBJECT, .optional = true},
		{.name = "registers", .type = JSON_ARRAY},
		{.name = "events", .type = JSON_ARRAY},
	};

	if (!hm_json_fields(root, "", fields, HM_ARRAY_LEN(fields), error))
		return false;
	if (!hm_bytes_equal_text(hm_json_bytes(fields[0].value), HM_PROFILE_VERSION))
		return hm_error_set(error, "version is not " HM_PROFILE_VERSION);
	if (!hm_is_name(hm_json_bytes(fields[1].value)))
		return hm_error_set(error, "name is not of [a-z0-9-]{1,32}");
	profile->firmware_known = fields[3].value != NULL;
	if (profile->firmware_known &&
	    !hm_json_hex(&fields[3], "", profile->firmware_sha256, sizeof(profile->firmware_sha256), error))
		return false;
	return hm_json_text(&fields[1], "", HM_PROFILE_NAME_MAX, &profile->name, error) &&
	       parse_status(fields[2].value, &profile->status, error) &&
	       hm_json_text(&fields[4], "", HM_PROFILE_MACHINE_MAX, &profile->machine, error) &&
	       parse_placement(&fields[5], hm_platform_plain.gpt_pcr, &profile->gpt_pcr, error) &&
	       parse_placement(&fields[6], hm_platform_plain.image_pcr, &profile->image_pcr, error) &&
	       parse_boot(fields[7].value, profile, error) &&
	       parse_lists(fields[8].value, fields[9].value, profile, error);
}

bool hm_profile_parse(struct hm_bytes json, struct hm_profile **ret, struct hm_error *error)
{
	struct hm_profile *profile;
	json_t *root;
	bool good;

	if (!hm_json_load(json, HM_PROFILE_FILE_MAX, &root, error))
		return false;
	profile = calloc(1, sizeof(*profile));
	good = profile ? parse_root(root, profile, error) : hm_error_set(error, "out of memory");
	json_decref(root);
	if (!good) {
		hm_profile_free(profile);
		return false;
	}
	*ret = profile;
	return true;
}

void hm_profile_free(struct hm_profile *profile)
{
	if (!profile)
		return;
	free(profile->name);
	free(profile->machine);
	for (size_t i = 0; i < profile->event_count; i++) {
		free(profile->event[i].what);
		free(profile->event[i].why);
		hm_file_free(&profile->event[i].data);
	}
	hm_file_free(&profile->text);
	free(profile);
}
