/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict_json.c - the verdict as JSON, for programs */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/json.h"
#include "host/client/verdict.h"

static const char *state_name(enum hallmark_state state)
{
	static const char *const names[] = {[HALLMARK_NOT_RUN] = "not-made",
					    [HALLMARK_PASSED] = "passed",
					    [HALLMARK_FAILED] = "failed",
					    [HALLMARK_LEFT_OUT] = "left-out"};

	return names[state];
}

static const char *register_name(enum hallmark_register_state state)
{
	static const char *const names[] = {[HALLMARK_REGISTER_NOT_JUDGED] = "not-judged",
					    [HALLMARK_REGISTER_EQUAL] = "equal",
					    [HALLMARK_REGISTER_DIFFERS] = "differs",
					    [HALLMARK_REGISTER_SHOWN] = "shown"};

	return names[state];
}

static json_t *text_or_null(const char *text)
{
	return text[0] ? json_string(text) : json_null();
}

static json_t *check_object(int number, const struct hallmark_check *check, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "check", json_integer(number), failed);
	hm_json_add(object, "name", json_string(check->name), failed);
	hm_json_add(object, "state", json_string(state_name(check->state)), failed);
	hm_json_add(object, "code",
		    check->state == HALLMARK_FAILED ? json_string(hallmark_code_name(check->code)) : json_null(),
		    failed);
	hm_json_add(object, "expected", text_or_null(check->expected), failed);
	hm_json_add(object, "seen", text_or_null(check->seen), failed);
	hm_json_add(object, "note", text_or_null(check->note), failed);
	return object;
}

static json_t *register_object(int pcr, const struct hallmark_register *row, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "pcr", json_integer(pcr), failed);
	hm_json_add(object, "policy", text_or_null(row->policy), failed);
	hm_json_add(object, "holds", json_string(row->holds), failed);
	hm_json_add(object, "state", json_string(register_name(row->state)), failed);
	hm_json_add(object, "expected", text_or_null(row->expected), failed);
	hm_json_add(object, "seen", text_or_null(row->seen), failed);
	return object;
}

static json_t *hex_or_null(const uint8_t value[32])
{
	struct hm_bytes bytes = hm_bytes_of(value, 32);

	return hm_bytes_is_zero(bytes) ? json_null() : hm_json_hex_string(bytes);
}

static json_t *image_object(const struct hallmark_result *result, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "name", json_string(result->image_name), failed);
	hm_json_add(object, "version", json_string(result->image_version), failed);
	hm_json_add(object, "profile", text_or_null(result->image_profile), failed);
	return object;
}

/* jansson's numbers are signed; what is above them is text. */
static json_t *unsigned_value(uint64_t value)
{
	char text[24];

	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	snprintf(text, sizeof(text), "%" PRIu64, value);
	return json_string(text);
}

static json_t *tpm_object(const struct hallmark_result *result, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "ak_sha256", hex_or_null(result->epoch.ak_sha256), failed);
	hm_json_add(object, "reset_count", json_integer(result->epoch.reset_count), failed);
	hm_json_add(object, "restart_count", json_integer(result->epoch.restart_count), failed);
	hm_json_add(object, "clock_ms", unsigned_value(result->clock_ms), failed);
	hm_json_add(object, "clock_safe", json_boolean(result->clock_safe), failed);
	hm_json_add(object, "firmware_version", unsigned_value(result->tpm_firmware_version), failed);
	return object;
}

char *hm_verdict_json(const struct hallmark_result *result)
{
	json_t *root = json_object(), *checks = json_array(), *registers = json_array();
	bool failed = false;

	for (int i = 0; i < HALLMARK_CHECK_COUNT; i++)
		hm_json_append(checks, check_object(i, &result->check[i], &failed), &failed);
	for (int pcr = 0; pcr < 16; pcr++)
		hm_json_append(registers, register_object(pcr, &result->registers[pcr], &failed), &failed);
	hm_json_add(root, "verdict", json_string(result->accepted ? "accepted" : "rejected"), &failed);
	hm_json_add(root, "code", json_string(hallmark_code_name(result->code)), &failed);
	hm_json_add(root, "failed_check", result->failed_check < 0 ? json_null() : json_integer(result->failed_check),
		    &failed);
	hm_json_add(root, "pcr", result->pcr < 0 ? json_null() : json_integer(result->pcr), &failed);
	hm_json_add(root, "layer", text_or_null(result->layer), &failed);
	hm_json_add(root, "image", result->image_name[0] ? image_object(result, &failed) : json_null(), &failed);
	hm_json_add(root, "platform", text_or_null(result->platform), &failed);
	hm_json_add(root, "profile", text_or_null(result->profile), &failed);
	hm_json_add(root, "bank", text_or_null(result->bank), &failed);
	hm_json_add(root, "acpi_unmeasured", json_boolean(result->acpi_unmeasured), &failed);
	hm_json_add(root, "stale", json_boolean(result->stale), &failed);
	hm_json_add(root, "bound", json_boolean(result->bound), &failed);
	hm_json_add(root, "clock_skew", json_integer(result->clock_skew_s), &failed);
	hm_json_add(root, "tls_spki_sha256", hex_or_null(result->tls_spki_sha256), &failed);
	hm_json_add(root, "tpm", tpm_object(result, &failed), &failed);
	hm_json_add(root, "checks", checks, &failed);
	hm_json_add(root, "registers", registers, &failed);
	return hm_json_finish(root, failed);
}
