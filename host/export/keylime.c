/* SPDX-License-Identifier: BSD-2-Clause */
/* keylime.c - golden values for Keylime: allowed registers, and the reference state of a measured boot */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "core/eventlog.h"
#include "core/gpt.h"
#include "host/base/args.h"
#include "lib/base/json.h"
#include "host/export/json.h"

#define GUID_LEN 16u
/* EFI_SIGNATURE_LIST: type, list size, header size, signature size. UEFI 2.10, 32.4.1. */
#define SIGNATURE_LIST_LEN (GUID_LEN + 12u)
/* Keylime's tenant refuses a policy with this register: it judges it by IMA's list alone. */
#define KEYLIME_IMA_PCR 10u

/* Variables of register 7, and the name that Keylime has for each. This order is an interface: as create_mb_refstate.
 */
static const struct {
	const char *variable, *field;
} key_variables[] = {{"PK", "pk"}, {"KEK", "kek"}, {"db", "db"}, {"dbx", "dbx"}};

/* Keylime writes digests with 0x in front. */
static json_t *hex_0x(struct hm_bytes bytes)
{
	char *text = malloc(2 + 2 * bytes.len + 1);
	struct hm_writer w = hm_writer_of(text, text ? 2 + 2 * bytes.len + 1 : 0);
	json_t *string;

	hm_put_text(&w, "0x");
	hm_put_hex(&w, bytes);
	hm_put_u8(&w, 0);
	string = w.failed ? NULL : json_string(text);
	free(text);
	return string;
}

static json_t *sha256_0x(const struct hm_digests *digests)
{
	return hex_0x(hm_bytes_of(digests->value[HM_SHA256], hm_algs[HM_SHA256].len));
}

static json_t *sha256_object(const struct hm_digests *digests, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "sha256", sha256_0x(digests), failed);
	return object;
}

static bool has_value(const json_t *array, const json_t *string)
{
	for (size_t i = 0; i < json_array_size(array); i++) {
		if (json_equal(json_array_get(array, i), string))
			return true;
	}
	return false;
}

/* The values of one register by all profiles, each once. */
static json_t *allowed_values(const struct hm_golden *golden, uint32_t pcr, bool *failed)
{
	json_t *array = json_array();
	size_t count = golden->profile_count ? golden->profile_count : 1;

	for (size_t i = 0; i < count; i++) {
		struct hm_export x;
		json_t *string;

		hm_export_init(golden, i, &x);
		if (!(x.registers & HM_PCR_BIT(pcr)))
			continue;
		string = hm_json_hex_string(hm_bytes_of(x.value[pcr].value[HM_SHA256], hm_algs[HM_SHA256].len));
		if (has_value(array, string))
			json_decref(string);
		else
			hm_json_append(array, string, failed);
	}
	return array;
}

char *hm_json_keylime_policy(const struct hm_golden *golden)
{
	json_t *root = json_object();
	bool failed = !(golden->banks & HM_BANK_BIT(HM_SHA256));

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED && !failed; pcr++) {
		json_t *values;
		char text[16];

		if (pcr == KEYLIME_IMA_PCR)
			continue;
		values = allowed_values(golden, pcr, &failed);
		if (json_array_size(values) == 0) {
			json_decref(values);
			continue;
		}
		snprintf(text, sizeof(text), "%u", pcr);
		hm_json_add(root, text, values, &failed);
	}
	return hm_json_finish(root, failed);
}

/* The keys of a variable: each owner and certificate or hash in its signature lists. */
static bool add_keys(json_t *array, struct hm_bytes data, bool *failed)
{
	struct hm_reader r = hm_reader_of(data);

	while (hm_reader_left(&r) > 0 && !r.failed) {
		uint32_t list_size, header_size, size;
		struct hm_reader list;

		hm_skip(&r, GUID_LEN);
		list_size = hm_get_u32le(&r);
		header_size = hm_get_u32le(&r);
		size = hm_get_u32le(&r);
		if (list_size < SIGNATURE_LIST_LEN || size <= GUID_LEN)
			return false;
		list = hm_reader_of(hm_get_bytes(&r, list_size - SIGNATURE_LIST_LEN));
		hm_skip(&list, header_size);
		while (hm_reader_left(&list) > 0 && !list.failed) {
			struct hm_bytes owner = hm_get_bytes(&list, GUID_LEN);
			struct hm_bytes key = hm_get_bytes(&list, size - GUID_LEN);
			json_t *object;
			char guid[36];

			if (list.failed)
				return false;
			hm_guid_text(owner.p, guid);
			object = json_object();
			hm_json_add(object, "SignatureOwner", json_stringn(guid, sizeof(guid)), failed);
			hm_json_add(object, "SignatureData", hex_0x(key), failed);
			hm_json_append(array, object, failed);
		}
		if (list.failed)
			return false;
	}
	return !r.failed;
}

static bool is_name(struct hm_bytes utf16, const char *name)
{
	size_t len = strlen(name);

	if (utf16.len != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (utf16.p[2 * i] != (uint8_t)name[i] || utf16.p[2 * i + 1])
			return false;
	}
	return true;
}

/* TCG PC Client PFP, UEFI_VARIABLE_DATA: the variable's data into the field that it belongs to. */
static bool add_variable(json_t *root, struct hm_bytes event, bool *failed)
{
	struct hm_reader r = hm_reader_of(event);
	uint64_t name_len, data_len;
	struct hm_bytes name, data;

	hm_skip(&r, GUID_LEN);
	name_len = hm_get_u64le(&r);
	data_len = hm_get_u64le(&r);
	name = hm_get_bytes(&r, name_len > event.len ? UINT64_MAX : 2 * name_len);
	data = hm_get_bytes(&r, data_len);
	if (!hm_reader_done(&r))
		return false;
	if (is_name(name, "SecureBoot"))
		hm_json_add(root, "has_secureboot", json_boolean(data.len == 1 && data.p[0] == 1), failed);
	for (size_t i = 0; i < HM_ARRAY_LEN(key_variables); i++) {
		if (is_name(name, key_variables[i].variable))
			return add_keys(json_object_get(root, key_variables[i].field), data, failed);
	}
	return true;
}

/* Each event of the log must be the next of the golden file's, by its digests; of one-of registers it says nothing. */
static bool read_log(const struct hm_golden *golden, struct hm_bytes log, json_t *root, struct hm_error *error)
{
	struct hm_eventlog reader;
	size_t next = 0;
	bool end = false, failed = false;

	if (hm_eventlog_open(log, &reader))
		return hm_error_set(error, "is not a firmware log");
	for (;;) {
		struct hm_event event;
		enum hm_err err = hm_eventlog_next(&reader, &event, &end);

		if (err)
			return hm_error_set(error, "%s", hm_err_text(err));
		if (end)
			break;
		if (event.pcr >= HM_PCR_QUOTED || golden->policy[event.pcr] == HM_POLICY_ONE_OF)
			continue;
		if (next == golden->event_count || golden->event[next].pcr != event.pcr ||
		    !hm_digests_equal(&golden->event[next].digests, &event.digests))
			return hm_error_set(error, "event %zu is not the golden file's", event.index);
		next++;
		if (event.pcr == HM_PCR_SECURE_BOOT && event.type == HM_EV_EFI_VARIABLE_DRIVER_CONFIG &&
		    !add_variable(root, event.data, &failed))
			return hm_error_set(error, "event %zu: its variable is malformed", event.index);
	}
	if (next < golden->event_count && golden->event[next].type != HM_EV_HALLMARK)
		return hm_error_set(error, "ends before the golden file's events do");
	return !failed || hm_error_set(error, "out of memory");
}

/* One of the machines that are accepted: its firmware, as the profile knows it. */
static void add_firmware(json_t *array, const struct hm_golden_profile *profile, bool *failed)
{
	json_t *object = json_object();
	json_t *blobs = json_array();
	bool scrtm = false;

	for (size_t i = 0; i < profile->event_count; i++) {
		const struct hm_golden_event *event = &profile->event[i];

		if (event->pcr != HM_PCR_FIRMWARE_CODE)
			continue;
		if (event->type == HM_EV_S_CRTM_VERSION && !scrtm) {
			hm_json_add(object, "scrtm", sha256_object(&event->digests, failed), failed);
			scrtm = true;
		}
		if (event->type == HM_EV_EFI_PLATFORM_FIRMWARE_BLOB || event->type == HM_EV_EFI_PLATFORM_FIRMWARE_BLOB2)
			hm_json_append(blobs, sha256_object(&event->digests, failed), failed);
	}
	hm_json_add(object, "platform_firmware", blobs, failed);
	if (scrtm)
		hm_json_append(array, object, failed);
	else
		json_decref(object);
}

/*
 * Keylime's own policies know shim and GRUB, and no unified kernel image: `kernels` stays empty, which they refuse, and
 * `ukis` is for a policy of one's own.
 */
static json_t *uki_object(const struct hm_golden *golden, bool *failed)
{
	json_t *object = json_object();

	for (size_t i = 0; i < golden->event_count; i++) {
		const struct hm_golden_event *event = &golden->event[i];

		if (event->pcr == HM_PCR_BOOT_APPLICATION && event->type == HM_EV_EFI_BOOT_SERVICES_APPLICATION &&
		    !json_object_get(object, "uki_authcode_sha256"))
			hm_json_add(object, "uki_authcode_sha256", sha256_0x(&event->digests), failed);
		if (event->pcr == HM_PCR_OS && event->content && !strcmp(event->what, ".cmdline"))
			hm_json_add(object, "kernel_cmdline", json_string(event->content), failed);
	}
	return object;
}

char *hm_json_keylime_refstate(const struct hm_golden *golden, struct hm_bytes log, struct hm_error *error)
{
	json_t *root = json_object();
	json_t *firmware = json_array(), *ukis = json_array();
	bool failed = false;
	char *text;

	hm_json_add(root, "has_secureboot", json_false(), &failed);
	for (size_t i = 0; i < golden->profile_count; i++)
		add_firmware(firmware, golden->profile[i], &failed);
	hm_json_add(root, "scrtm_and_bios", firmware, &failed);
	for (size_t i = 0; i < HM_ARRAY_LEN(key_variables); i++)
		hm_json_add(root, key_variables[i].field, json_array(), &failed);
	hm_json_add(root, "mokdig", json_array(), &failed);
	hm_json_add(root, "mokxdig", json_array(), &failed);
	hm_json_add(root, "kernels", json_array(), &failed);
	hm_json_append(ukis, uki_object(golden, &failed), &failed);
	hm_json_add(root, "ukis", ukis, &failed);
	if (!(golden->banks & HM_BANK_BIT(HM_SHA256))) {
		json_decref(root);
		hm_error_set(error, "has no bank sha256, which Keylime wants");
		return NULL;
	}
	if (failed || !read_log(golden, log, root, error)) {
		if (failed)
			hm_error_set(error, "out of memory");
		json_decref(root);
		return NULL;
	}
	text = hm_json_finish(root, false);
	if (!text)
		hm_error_set(error, "out of memory");
	return text;
}
