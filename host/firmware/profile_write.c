/* SPDX-License-Identifier: BSD-2-Clause */
/* profile_write.c - platform profiles: writer */
#include "host/firmware/profile.h"

#include <stdlib.h>

#include "lib/base/json.h"

static json_t *hex_string(struct hm_bytes bytes)
{
	char *text = malloc(2 * bytes.len + 1);
	struct hm_writer w = hm_writer_of(text, 2 * bytes.len);
	json_t *value = NULL;

	if (text) {
		hm_put_hex(&w, bytes);
		value = w.failed ? NULL : json_stringn(text, w.len);
	}
	free(text);
	return value;
}

static json_t *boot_object(const struct hm_profile *profile, bool *failed)
{
	json_t *object = json_object();
	json_t *tops = json_array();
	size_t count = HM_PROFILE_DISKS_MAX;

	while (count > 0 && !profile->image_top[count - 1])
		count--;
	for (size_t i = 0; i < count; i++)
		hm_json_append(tops, json_integer((json_int_t)profile->image_top[i]), failed);
	hm_json_add(object, "first_slot", json_integer(profile->first_slot), failed);
	hm_json_add(object, "dxe_name", hex_string(hm_bytes_of(profile->dxe_name, sizeof(profile->dxe_name))), failed);
	hm_json_add(object, "last", json_string(profile->shell ? "shell" : "menu"), failed);
	hm_json_add(object, "image_tops", tops, failed);
	return object;
}

static json_t *registers_array(const struct hm_profile *profile, bool *failed)
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
			hm_json_add(object, "values",
				    hm_json_digests_object(&profile->value[pcr], profile->value[pcr].banks), failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

static json_t *events_array(const struct hm_profile *profile, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < profile->event_count; i++) {
		const struct hm_profile_event *event = &profile->event[i];
		char type[HM_EVENT_NAME_MAX];
		json_t *object = json_object();

		hm_golden_type_name(event->type, type);
		hm_json_add(object, "place", json_string(event->place == HM_PLACE_FIRST ? "first" : "variables"),
			    failed);
		hm_json_add(object, "pcr", json_integer(event->pcr), failed);
		hm_json_add(object, "type", json_string(type), failed);
		hm_json_add(object, "what", json_string(event->what), failed);
		hm_json_add(object, "data", hex_string(hm_file_bytes(&event->data)), failed);
		if (event->digests_given)
			hm_json_add(object, "digests", hm_json_digests_object(&event->digests, HM_BANKS_ALL), failed);
		if (event->why)
			hm_json_add(object, "why", json_string(event->why), failed);
		hm_json_append(array, object, failed);
	}
	return array;
}

char *hm_profile_format(const struct hm_profile *profile)
{
	json_t *root = json_object();
	bool failed = false;

	hm_json_add(root, "version", json_string(HM_PROFILE_VERSION), &failed);
	hm_json_add(root, "name", json_string(profile->name), &failed);
	hm_json_add(root, "status", json_string(hm_profile_status_name(profile->status)), &failed);
	if (profile->firmware_known)
		hm_json_add(root, "firmware_sha256",
			    hex_string(hm_bytes_of(profile->firmware_sha256, sizeof(profile->firmware_sha256))),
			    &failed);
	hm_json_add(root, "machine", json_string(profile->machine), &failed);
	if (profile->gpt_pcr != hm_platform_plain.gpt_pcr)
		hm_json_add(root, "gpt_pcr", json_integer(profile->gpt_pcr), &failed);
	if (profile->image_pcr != hm_platform_plain.image_pcr)
		hm_json_add(root, "image_pcr", json_integer(profile->image_pcr), &failed);
	if (profile->first_slot)
		hm_json_add(root, "boot", boot_object(profile, &failed), &failed);
	hm_json_add(root, "registers", registers_array(profile, &failed), &failed);
	hm_json_add(root, "events", events_array(profile, &failed), &failed);
	return hm_json_finish(root, failed);
}
