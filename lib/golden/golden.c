/* SPDX-License-Identifier: BSD-2-Clause */
/* golden.c - reader of golden.json */
#include "lib/golden/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/crypto/hash.h"
#include "lib/base/json.h"
#include "lib/base/rfc3339.h"
#include "lib/golden/part.h"
#include "lib/golden/rtmr.h"

#define VERSION_TEXT_MAX 64u
#define INPUT_NAME_MAX 64u
#define HOLDS_MAX 128u

static bool parse_image(json_t *object, struct hm_golden *golden, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "name", .type = JSON_STRING},
		{.name = "version", .type = JSON_STRING},
	};

	if (!hm_json_fields(object, "image", fields, HM_ARRAY_LEN(fields), error))
		return false;
	if (!hm_is_name(hm_json_bytes(fields[0].value)))
		return hm_error_set(error, "image.name is not of [a-z0-9-]{1,32}");
	return hm_json_text(&fields[0], "image", HM_RECORD_NAME_MAX, &golden->image_name, error) &&
	       hm_json_text(&fields[1], "image", VERSION_TEXT_MAX, &golden->image_version, error);
}

static bool parse_time(const struct hm_json_field *field, bool *ret_has, int64_t *ret, struct hm_error *error)
{
	if (!field->value)
		return true;
	*ret_has = true;
	return hm_rfc3339_parse(hm_json_bytes(field->value), ret)
		       ? true
		       : hm_error_set(error, "valid.%s is not a time like 2026-11-26T12:00:00Z", field->name);
}

static bool parse_valid(json_t *object, struct hm_golden *golden, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "not_before", .type = JSON_STRING, .optional = true},
		{.name = "not_after", .type = JSON_STRING, .optional = true},
	};

	if (!object)
		return true;
	if (!hm_json_fields(object, "valid", fields, HM_ARRAY_LEN(fields), error) ||
	    !parse_time(&fields[0], &golden->has_not_before, &golden->not_before, error) ||
	    !parse_time(&fields[1], &golden->has_not_after, &golden->not_after, error))
		return false;
	if (!golden->has_not_before && !golden->has_not_after)
		return hm_error_set(error, "valid is empty");
	if (golden->has_not_before && golden->has_not_after && golden->not_before > golden->not_after)
		return hm_error_set(error, "valid.not_after is before not_before");
	return true;
}

static bool parse_banks(const json_t *array, struct hm_golden *golden, struct hm_error *error)
{
	const json_t *value;
	size_t i;

	json_array_foreach(array, i, value)
	{
		enum hm_bank bank;

		if (!json_is_string(value) || !hm_bank_of_name(hm_json_bytes(value), &bank))
			return hm_error_set(error, "banks[%zu] is not sha1, sha256, sha384 or sha512", i);
		/* Each bit above all bits so far: ascending, none twice. */
		if (HM_BANK_BIT(bank) <= golden->banks)
			return hm_error_set(error, "banks[%zu] is out of order", i);
		golden->banks |= HM_BANK_BIT(bank);
	}
	if (hm_banks_check(golden->banks))
		return hm_error_set(error, "banks: %s", hm_err_text(hm_banks_check(golden->banks)));
	return true;
}

static bool parse_input(json_t *object, const char *where, struct hm_golden_source *input, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "name", .type = JSON_STRING},
		{.name = "size", .type = JSON_INTEGER},
		{.name = "sha256", .type = JSON_STRING},
	};

	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error))
		return false;
	return hm_json_text(&fields[0], where, INPUT_NAME_MAX, &input->name, error) &&
	       hm_json_uint(&fields[1], where, INT64_MAX, &input->size, error) &&
	       hm_json_hex(&fields[2], where, input->sha256, sizeof(input->sha256), error);
}

static bool parse_inputs(json_t *array, struct hm_golden *golden, struct hm_error *error)
{
	json_t *value;
	size_t i;

	if (json_array_size(array) > HM_GOLDEN_INPUTS_MAX)
		return hm_error_set(error, "inputs has more than %u entries", HM_GOLDEN_INPUTS_MAX);
	json_array_foreach(array, i, value)
	{
		char where[HM_GOLDEN_WHERE_MAX];

		snprintf(where, sizeof(where), "inputs[%zu]", i);
		golden->input_count = i + 1;
		if (!parse_input(value, where, &golden->input[i], error))
			return false;
	}
	return true;
}

static bool parse_parts(json_t *array, struct hm_golden *golden, struct hm_error *error)
{
	json_t *value;
	size_t i;

	if (json_array_size(array) > HM_GOLDEN_PARTS_MAX)
		return hm_error_set(error, "parts has more than %u entries", HM_GOLDEN_PARTS_MAX);
	json_array_foreach(array, i, value)
	{
		struct hm_golden_part *part = &golden->parts[i];
		char where[HM_GOLDEN_WHERE_MAX];
		struct hm_json_field fields[] = {
			{.name = "name", .type = JSON_STRING},
			{.name = "sha256", .type = JSON_STRING},
		};

		snprintf(where, sizeof(where), "parts[%zu]", i);
		golden->part_count = i + 1;
		if (!hm_json_fields(value, where, fields, HM_ARRAY_LEN(fields), error) ||
		    !hm_json_text(&fields[0], where, HM_RECORD_NAME_MAX, &part->name, error) ||
		    !hm_json_hex(&fields[1], where, part->sha256, sizeof(part->sha256), error))
			return false;
		if (!hm_is_name(hm_bytes_of_text(part->name)))
			return hm_error_set(error, "%s.name is not of [a-z0-9-]{1,32}", where);
	}
	return true;
}

static bool is_layer(struct hm_bytes line)
{
	struct hm_record record;

	return !hm_record_parse(line, &record) && (record.kind == HM_RECORD_LAYER || record.kind == HM_RECORD_RAM);
}

static bool parse_layers(json_t *array, struct hm_golden *golden, struct hm_error *error)
{
	json_t *value;
	size_t i;

	if (json_array_size(array) > HM_LAYERS_MAX)
		return hm_error_set(error, "layers has more than %u entries", HM_LAYERS_MAX);
	json_array_foreach(array, i, value)
	{
		char name[HM_GOLDEN_WHERE_MAX];
		struct hm_json_field field = {.name = name, .value = value};

		snprintf(name, sizeof(name), "layers[%zu]", i);
		if (!json_is_string(value) || !is_layer(hm_json_bytes(value)))
			return hm_error_set(error, "%s is not a layer's record", name);
		golden->layer_count = i + 1;
		if (!hm_json_text(&field, "", HM_RECORD_MAX, &golden->layer[i], error))
			return false;
	}
	return true;
}

static bool parse_pcr(json_t *object, uint32_t pcr, struct hm_golden *golden, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "pcr", .type = JSON_INTEGER},
		{.name = "policy", .type = JSON_STRING},
		{.name = "holds", .type = JSON_STRING},
		{.name = "values", .type = JSON_OBJECT, .optional = true},
	};
	char where[HM_GOLDEN_WHERE_MAX];
	enum hm_pcr_policy policy;
	struct hm_digests values;
	char *holds;

	snprintf(where, sizeof(where), "pcrs[%u]", pcr);
	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error))
		return false;
	if (json_integer_value(fields[0].value) != (json_int_t)pcr)
		return hm_error_set(error, "%s.pcr is not %u", where, pcr);
	if (!hm_policy_of_name(hm_json_bytes(fields[1].value), &policy))
		return hm_error_set(error, "%s.policy is not one-of, pinned, zero, shown or replayed", where);
	if (policy == HM_POLICY_REPLAYED && pcr != HM_PCR_TLS)
		return hm_error_set(error, "%s.policy is replayed, which is for register %u only", where, HM_PCR_TLS);
	golden->policy[pcr] = policy;
	if (!hm_json_text(&fields[2], where, HOLDS_MAX, &holds, error))
		return false;
	free(holds); /* for people who read the file; ours is in hm_pcr_table */
	if (policy == HM_POLICY_ONE_OF && fields[3].value)
		return hm_error_set(error, "%s.values exists for a register that is one of the profiles'", where);
	if (policy != HM_POLICY_ONE_OF && policy != HM_POLICY_SHOWN && !fields[3].value)
		return hm_error_set(error, "%s.values is missing", where);
	golden->has_value[pcr] = fields[3].value != NULL;
	if (!fields[3].value)
		return true;
	if (!hm_json_digests(&fields[3], where, golden->banks, &values, error))
		return false;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
		memcpy(golden->pcrs.value[bank][pcr], values.value[bank], HM_DIGEST_MAX);
	return true;
}

static bool parse_pcrs(json_t *array, struct hm_golden *golden, struct hm_error *error)
{
	if (json_array_size(array) != HM_PCR_QUOTED)
		return hm_error_set(error, "pcrs does not have the registers 0 to %u", HM_PCR_QUOTED - 1);
	hm_pcrs_init(&golden->pcrs, golden->banks, 0);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (!parse_pcr(json_array_get(array, pcr), pcr, golden, error))
			return false;
	}
	return true;
}

static bool parse_events(json_t *array, struct hm_golden *golden, struct hm_error *error)
{
	json_t *value;
	size_t i;

	if (json_array_size(array) > HM_GOLDEN_EVENTS_MAX)
		return hm_error_set(error, "events has more than %u entries", HM_GOLDEN_EVENTS_MAX);
	json_array_foreach(array, i, value)
	{
		char where[HM_GOLDEN_WHERE_MAX];

		snprintf(where, sizeof(where), "events[%zu]", i);
		golden->event_count = i + 1;
		if (!hm_golden_event_parse(value, where, golden->banks, &golden->event[i], error))
			return false;
		if (!golden->has_value[golden->event[i].pcr])
			return hm_error_set(error, "%s.pcr is a register without values", where);
	}
	return true;
}

static bool parse_profiles(json_t *array, struct hm_golden *golden, struct hm_error *error)
{
	json_t *value;
	size_t i;

	if (json_array_size(array) > HM_GOLDEN_PROFILES_MAX)
		return hm_error_set(error, "profiles has more than %u entries", HM_GOLDEN_PROFILES_MAX);
	json_array_foreach(array, i, value)
	{
		char where[HM_GOLDEN_WHERE_MAX];

		snprintf(where, sizeof(where), "profiles[%zu]", i);
		golden->profile[i] = calloc(1, sizeof(*golden->profile[i]));
		if (!golden->profile[i])
			return hm_error_set(error, "out of memory");
		golden->profile_count = i + 1;
		if (!hm_golden_profile_parse(value, where, golden->banks, golden->profile[i], error))
			return false;
		for (size_t other = 0; other < i; other++) {
			if (!strcmp(golden->profile[other]->name, golden->profile[i]->name))
				return hm_error_set(error, "%s.name is also that of another profile", where);
		}
	}
	return true;
}

/* Every profile has exactly the registers that are one-of. */
static bool check_profiles(const struct hm_golden *golden, struct hm_error *error)
{
	uint32_t registers = 0;

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (golden->policy[pcr] != HM_POLICY_ONE_OF)
			continue;
		if (golden->profile_count == 0)
			return hm_error_set(error, "pcrs[%u] is one of the profiles', and there is none", pcr);
		registers |= HM_PCR_BIT(pcr);
	}
	for (size_t i = 0; i < golden->profile_count; i++) {
		if (!hm_golden_profile_check(golden->profile[i], i, golden->banks, registers, error))
			return false;
	}
	return true;
}

static bool check_record(const struct hm_golden *golden, size_t i, size_t *layers, struct hm_error *error)
{
	const struct hm_golden_event *event = &golden->event[i];
	struct hm_digests digests;
	struct hm_record record;
	struct hm_bytes line;

	if (!event->content)
		return hm_error_set(error, "events[%zu].content is missing", i);
	line = hm_bytes_of_text(event->content);
	if (hm_record_parse(line, &record))
		return hm_error_set(error, "events[%zu].content is not a record", i);
	if (hm_digests_of(&hm_crypto_hasher, golden->banks, &line, 1, 0, &digests) ||
	    !hm_digests_equal(&digests, &event->digests))
		return hm_error_set(error, "events[%zu].digests are not those of its content", i);
	if (!is_layer(line))
		return true;
	if (*layers >= golden->layer_count || strcmp(golden->layer[*layers], event->content) != 0)
		return hm_error_set(error, "events[%zu] is not the next one of layers", i);
	(*layers)++;
	return true;
}

static bool check_replay(const struct hm_golden *golden, struct hm_error *error)
{
	struct hm_pcrs pcrs;
	size_t layers = 0;

	hm_pcrs_init(&pcrs, golden->banks, 0);
	for (size_t i = 0; i < golden->event_count; i++) {
		const struct hm_golden_event *event = &golden->event[i];
		enum hm_err err = hm_pcrs_extend(&pcrs, &hm_crypto_hasher, event->pcr, &event->digests);

		if (err)
			return hm_error_set(error, "events[%zu]: %s", i, hm_err_text(err));
		if (event->type == HM_EV_HALLMARK && !check_record(golden, i, &layers, error))
			return false;
	}
	if (layers != golden->layer_count)
		return hm_error_set(error, "layers[%zu] is not among the events", layers);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
			if (golden->has_value[pcr] && (golden->banks & HM_BANK_BIT(bank)) &&
			    memcmp(pcrs.value[bank][pcr], golden->pcrs.value[bank][pcr], hm_algs[bank].len) != 0)
				return hm_error_set(error, "pcrs[%u].values.%s is not what the events give", pcr,
						    hm_algs[bank].name);
		}
		if (golden->policy[pcr] == HM_POLICY_ZERO && !hm_pcr_is_zero(&pcrs, pcr))
			return hm_error_set(error, "pcrs[%u] is extended by the events though its policy is zero", pcr);
	}
	return true;
}

/* The first five fields, which a golden file and a part have alike. */
static bool parse_head(struct hm_json_field *fields, const char *version, struct hm_golden *golden,
		       struct hm_error *error)
{
	if (!hm_bytes_equal_text(hm_json_bytes(fields[0].value), version))
		return hm_error_set(error, "version is not %s", version);
	return parse_image(fields[1].value, golden, error) && parse_valid(fields[2].value, golden, error) &&
	       parse_banks(fields[3].value, golden, error) && parse_inputs(fields[4].value, golden, error);
}

static bool parse_root(json_t *root, struct hm_golden *golden, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "version", .type = JSON_STRING},
		{.name = "image", .type = JSON_OBJECT},
		{.name = "valid", .type = JSON_OBJECT, .optional = true},
		{.name = "banks", .type = JSON_ARRAY},
		{.name = "inputs", .type = JSON_ARRAY},
		{.name = "parts", .type = JSON_ARRAY},
		{.name = "layers", .type = JSON_ARRAY},
		{.name = "profiles", .type = JSON_ARRAY},
		{.name = "pcrs", .type = JSON_ARRAY},
		{.name = "events", .type = JSON_ARRAY},
		{.name = "rtmrs", .type = JSON_ARRAY, .optional = true},
	};

	return hm_json_fields(root, "", fields, HM_ARRAY_LEN(fields), error) &&
	       parse_head(fields, HM_GOLDEN_VERSION, golden, error) && parse_parts(fields[5].value, golden, error) &&
	       parse_layers(fields[6].value, golden, error) && parse_profiles(fields[7].value, golden, error) &&
	       parse_pcrs(fields[8].value, golden, error) && parse_events(fields[9].value, golden, error) &&
	       check_profiles(golden, error) && check_replay(golden, error) &&
	       hm_golden_rtmrs_check(fields[10].value, golden, error);
}

static bool parse_part_root(json_t *root, struct hm_golden *golden, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "version", .type = JSON_STRING},
		{.name = "image", .type = JSON_OBJECT},
		{.name = "valid", .type = JSON_OBJECT, .optional = true},
		{.name = "banks", .type = JSON_ARRAY},
		{.name = "inputs", .type = JSON_ARRAY},
		{.name = "slots", .type = JSON_ARRAY},
		{.name = "layers", .type = JSON_ARRAY},
		{.name = "profiles", .type = JSON_ARRAY},
		{.name = "events", .type = JSON_ARRAY},
	};

	golden->part = true;
	/* Any register until it is known which ones profiles decide. */
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		golden->has_value[pcr] = true;
	if (!hm_json_fields(root, "", fields, HM_ARRAY_LEN(fields), error) ||
	    !parse_head(fields, HM_GOLDEN_PART_VERSION, golden, error) ||
	    !hm_golden_slots_parse(fields[5].value, golden, error) || !parse_layers(fields[6].value, golden, error) ||
	    !parse_profiles(fields[7].value, golden, error) || !parse_events(fields[8].value, golden, error) ||
	    !hm_golden_part_registers(golden, error))
		return false;
	if (!golden->slot_count && (golden->event_count || golden->profile_count))
		return hm_error_set(error, "a part without slots has layers only");
	if (!golden->slot_count && !golden->layer_count)
		return hm_error_set(error, "neither slots nor layers say anything");
	return check_profiles(golden, error);
}

static bool parse_with(bool (*parse)(json_t *root, struct hm_golden *golden, struct hm_error *error),
		       struct hm_bytes json, struct hm_golden **ret, struct hm_error *error)
{
	struct hm_golden *golden;
	json_t *root;
	bool good;

	if (!hm_json_load(json, HM_GOLDEN_MAX, &root, error))
		return false;
	golden = calloc(1, sizeof(*golden));
	good = golden ? parse(root, golden, error) : hm_error_set(error, "out of memory");
	json_decref(root);
	if (!good) {
		hm_golden_free(golden);
		return false;
	}
	*ret = golden;
	return true;
}

bool hm_golden_parse(struct hm_bytes json, struct hm_golden **ret, struct hm_error *error)
{
	return parse_with(parse_root, json, ret, error);
}

bool hm_golden_part_parse(struct hm_bytes json, struct hm_golden **ret, struct hm_error *error)
{
	return parse_with(parse_part_root, json, ret, error);
}

void hm_golden_free(struct hm_golden *golden)
{
	if (!golden)
		return;
	free(golden->image_name);
	free(golden->image_version);
	for (size_t i = 0; i < golden->input_count; i++)
		free(golden->input[i].name);
	for (size_t i = 0; i < golden->layer_count; i++)
		free(golden->layer[i]);
	for (size_t i = 0; i < golden->slot_count; i++)
		free(golden->slot[i].name);
	for (size_t i = 0; i < golden->part_count; i++)
		free(golden->parts[i].name);
	for (size_t i = 0; i < golden->profile_count; i++)
		hm_golden_profile_free(golden->profile[i]);
	for (size_t i = 0; i < golden->event_count; i++)
		hm_golden_event_free(&golden->event[i]);
	free(golden);
}
