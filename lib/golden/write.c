/* SPDX-License-Identifier: BSD-2-Clause */
/* write.c - writer of golden.json */
#include "lib/golden/golden.h"

#include <string.h>

#include "lib/base/json.h"
#include "lib/base/rfc3339.h"
#include "lib/golden/rtmr.h"

static json_t *image_object(const struct hm_golden *golden, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "name", json_string(golden->image_name), failed);
	hm_json_add(object, "version", json_string(golden->image_version), failed);
	return object;
}

static json_t *time_string(int64_t seconds)
{
	char text[HM_RFC3339_LEN + 1];

	hm_rfc3339_format(seconds, text);
	return json_string(text);
}

static json_t *valid_object(const struct hm_golden *golden, bool *failed)
{
	json_t *object = json_object();

	if (golden->has_not_before)
		hm_json_add(object, "not_before", time_string(golden->not_before), failed);
	if (golden->has_not_after)
		hm_json_add(object, "not_after", time_string(golden->not_after), failed);
	return object;
}

static json_t *parts_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < golden->part_count; i++) {
		const struct hm_golden_part *part = &golden->parts[i];
		json_t *object = json_object();

		hm_json_add(object, "name", json_string(part->name), failed);
		hm_json_add(object, "sha256", hm_json_hex_string(hm_bytes_of(part->sha256, sizeof(part->sha256))),
			    failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

static json_t *inputs_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < golden->input_count; i++) {
		const struct hm_golden_source *input = &golden->input[i];
		json_t *object = json_object();

		hm_json_add(object, "name", json_string(input->name), failed);
		hm_json_add(object, "size", json_integer((json_int_t)input->size), failed);
		hm_json_add(object, "sha256", hm_json_hex_string(hm_bytes_of(input->sha256, sizeof(input->sha256))),
			    failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

static json_t *layers_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < golden->layer_count; i++)
		hm_json_append(array, json_string(golden->layer[i]), failed);
	return array;
}

static json_t *values_object(const struct hm_golden *golden, uint32_t pcr)
{
	struct hm_digests values;

	hm_pcr_digests(&golden->pcrs, pcr, &values);
	return hm_json_digests_object(&values, golden->banks);
}

static json_t *pcrs_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		json_t *object = json_object();

		hm_json_add(object, "pcr", json_integer(pcr), failed);
		hm_json_add(object, "policy", json_string(hm_policy_name(golden->policy[pcr])), failed);
		hm_json_add(object, "holds", json_string(hm_pcr_table[pcr].holds), failed);
		if (golden->has_value[pcr])
			hm_json_add(object, "values", values_object(golden, pcr), failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

static json_t *events_array(const struct hm_golden_event *event, size_t count, uint32_t banks, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++) {
		char type[HM_EVENT_NAME_MAX];
		json_t *object = json_object();

		hm_golden_type_name(event[i].type, type);
		hm_json_add(object, "pcr", json_integer(event[i].pcr), failed);
		hm_json_add(object, "type", json_string(type), failed);
		hm_json_add(object, "what", json_string(event[i].what), failed);
		if (event[i].content)
			hm_json_add(object, "content", json_string(event[i].content), failed);
		hm_json_add(object, "digests", hm_json_digests_object(&event[i].digests, banks), failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

static json_t *profile_registers(const struct hm_golden_profile *profile, uint32_t banks, bool *failed)
{
	json_t *array = json_array();

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		json_t *object;

		if (!(profile->registers & HM_PCR_BIT(pcr)))
			continue;
		object = json_object();
		hm_json_add(object, "pcr", json_integer(pcr), failed);
		hm_json_add(object, "policy", json_string(hm_policy_name(profile->policy[pcr])), failed);
		if (profile->has_value[pcr])
			hm_json_add(object, "values", hm_json_digests_object(&profile->value[pcr], banks), failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

static json_t *profiles_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < golden->profile_count; i++) {
		const struct hm_golden_profile *profile = golden->profile[i];
		json_t *object = json_object();

		hm_json_add(object, "name", json_string(profile->name), failed);
		if (profile->firmware_known)
			hm_json_add(object, "firmware_sha256",
				    hm_json_hex_string(
					    hm_bytes_of(profile->firmware_sha256, sizeof(profile->firmware_sha256))),
				    failed);
		hm_json_add(object, "machine", json_string(profile->machine), failed);
		hm_json_add(object, "pcrs", profile_registers(profile, golden->banks, failed), failed);
		hm_json_add(object, "events", events_array(profile->event, profile->event_count, golden->banks, failed),
			    failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

static json_t *slots_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < golden->slot_count; i++) {
		json_t *object = json_object();

		hm_json_add(object, "name", json_string(golden->slot[i].name), failed);
		hm_json_add(object, "pcr", json_integer(golden->slot[i].pcr), failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

char *hm_golden_format(const struct hm_golden *golden)
{
	json_t *root = json_object();
	bool failed = false;

	hm_json_add(root, "version", json_string(golden->part ? HM_GOLDEN_PART_VERSION : HM_GOLDEN_VERSION), &failed);
	hm_json_add(root, "image", image_object(golden, &failed), &failed);
	if (golden->has_not_before || golden->has_not_after)
		hm_json_add(root, "valid", valid_object(golden, &failed), &failed);
	hm_json_add(root, "banks", hm_json_bank_names(golden->banks), &failed);
	hm_json_add(root, "inputs", inputs_array(golden, &failed), &failed);
	if (golden->part)
		hm_json_add(root, "slots", slots_array(golden, &failed), &failed);
	else
		hm_json_add(root, "parts", parts_array(golden, &failed), &failed);
	hm_json_add(root, "layers", layers_array(golden, &failed), &failed);
	hm_json_add(root, "profiles", profiles_array(golden, &failed), &failed);
	if (!golden->part)
		hm_json_add(root, "pcrs", pcrs_array(golden, &failed), &failed);
	hm_json_add(root, "events", events_array(golden->event, golden->event_count, golden->banks, &failed), &failed);
	if (!golden->part)
		hm_json_add(root, "rtmrs", hm_golden_rtmrs_array(golden, &failed), &failed);
	return hm_json_finish(root, failed);
}
