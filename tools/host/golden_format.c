/* SPDX-License-Identifier: BSD-2-Clause */
/* golden_format.c - writer of golden.json */
#include "tools/host/golden.h"

#include <string.h>

#include "tools/host/json.h"

static json_t *image_object(const struct hm_golden *golden, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "name", json_string(golden->image_name), failed);
	hm_json_add(object, "version", json_string(golden->image_version), failed);
	return object;
}

static json_t *inputs_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < golden->input_count; i++) {
		const struct hm_golden_input *input = &golden->input[i];
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
	struct hm_digests values = { .banks = golden->banks };

	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
		memcpy(values.value[bank], golden->pcrs.value[bank][pcr], HM_DIGEST_MAX);
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
		if (golden->policy[pcr] != HM_POLICY_PLATFORM)
			hm_json_add(object, "values", values_object(golden, pcr), failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

static json_t *events_array(const struct hm_golden *golden, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < golden->event_count; i++) {
		const struct hm_golden_event *event = &golden->event[i];
		char type[HM_EVENT_NAME_MAX];
		json_t *object = json_object();

		hm_golden_type_name(event->type, type);
		hm_json_add(object, "pcr", json_integer(event->pcr), failed);
		hm_json_add(object, "type", json_string(type), failed);
		hm_json_add(object, "what", json_string(event->what), failed);
		if (event->content)
			hm_json_add(object, "content", json_string(event->content), failed);
		hm_json_add(object, "digests", hm_json_digests_object(&event->digests, golden->banks), failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

char *hm_golden_format(const struct hm_golden *golden)
{
	json_t *root = json_object();
	bool failed = false;

	hm_json_add(root, "version", json_string(HM_GOLDEN_VERSION), &failed);
	hm_json_add(root, "image", image_object(golden, &failed), &failed);
	hm_json_add(root, "banks", hm_json_bank_names(golden->banks), &failed);
	hm_json_add(root, "inputs", inputs_array(golden, &failed), &failed);
	hm_json_add(root, "layers", layers_array(golden, &failed), &failed);
	hm_json_add(root, "pcrs", pcrs_array(golden, &failed), &failed);
	hm_json_add(root, "events", events_array(golden, &failed), &failed);
	return hm_json_finish(root, failed);
}
