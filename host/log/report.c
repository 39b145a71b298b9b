/* SPDX-License-Identifier: BSD-2-Clause */
/* report.c - reader and writer of the machine's report */
#include "lib/base/error.h"
#include "lib/golden/golden.h"
#include "host/log/report.h"

#include <stdlib.h>

#include "core/eventlog.h"
#include "core/record.h"
#include "lib/base/base64.h"
#include "host/base/args.h"
#include "lib/base/json.h"

#define VERSION HM_REPORT_VERSION

/* The banks that the report has: fields in bank order, at least one of SHA-256 and SHA-384. */
static bool parse_pcrs(json_t *object, struct hm_pcrs *ret, struct hm_error *error)
{
	struct hm_json_field fields[HM_BANK_COUNT];
	uint32_t banks = 0;

	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
		fields[bank] = (struct hm_json_field){.name = hm_algs[bank].name, .type = JSON_ARRAY, .optional = true};
	if (!hm_json_fields(object, "pcrs", fields, HM_BANK_COUNT, error))
		return false;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (fields[bank].value)
			banks |= HM_BANK_BIT(bank);
	}
	if (hm_banks_check(banks))
		return hm_error_set(error, "pcrs: %s", hm_err_text(hm_banks_check(banks)));
	hm_pcrs_init(ret, banks, 0);
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		json_t *value;
		size_t i;

		if (!fields[bank].value)
			continue;
		if (json_array_size(fields[bank].value) != HM_PCR_QUOTED)
			return hm_error_set(error, "pcrs.%s does not have %u registers", fields[bank].name,
					    HM_PCR_QUOTED);
		json_array_foreach(fields[bank].value, i, value)
		{
			char name[32];
			struct hm_json_field field = {.name = name, .value = value};

			snprintf(name, sizeof(name), "%s[%zu]", fields[bank].name, i);
			if (!json_is_string(value))
				return hm_error_set(error, "pcrs.%s is not a string", name);
			if (!hm_json_hex(&field, "pcrs", ret->value[bank][i], hm_algs[bank].len, error))
				return false;
		}
	}
	return true;
}

static bool parse_log(const json_t *value, const char *where, size_t max, uint8_t **ret, size_t *ret_len,
		      struct hm_error *error)
{
	if (!hm_base64_decode(hm_json_bytes(value), ret, ret_len))
		return hm_error_set(error, "%s is not base64", where);
	if (*ret_len > max)
		return hm_error_set(error, "%s is larger than %zu bytes", where, max);
	return true;
}

static bool parse_root(json_t *root, struct hm_report *report, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "version", .type = JSON_STRING},
		{.name = "pcrs", .type = JSON_OBJECT},
		{.name = "firmware_log", .type = JSON_STRING},
		{.name = "runtime_log", .type = JSON_STRING},
	};

	if (!hm_json_fields(root, "", fields, HM_ARRAY_LEN(fields), error))
		return false;
	if (!hm_bytes_equal_text(hm_json_bytes(fields[0].value), VERSION))
		return hm_error_set(error, "version is not " VERSION);
	return parse_pcrs(fields[1].value, &report->pcrs, error) &&
	       parse_log(fields[2].value, "firmware_log", HM_EVENTLOG_MAX, &report->firmware_log,
			 &report->firmware_log_len, error) &&
	       parse_log(fields[3].value, "runtime_log", HM_RUNTIME_LOG_MAX, &report->runtime_log,
			 &report->runtime_log_len, error);
}

bool hm_report_parse(struct hm_bytes json, struct hm_report **ret, struct hm_error *error)
{
	struct hm_report *report;
	json_t *root;
	bool good;

	if (!hm_json_load(json, HM_GOLDEN_MAX, &root, error))
		return false;
	report = calloc(1, sizeof(*report));
	good = report ? parse_root(root, report, error) : hm_error_set(error, "out of memory");
	json_decref(root);
	if (!good) {
		hm_report_free(report);
		return false;
	}
	*ret = report;
	return true;
}

static json_t *registers_array(const struct hm_pcrs *pcrs, size_t bank, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < HM_PCR_QUOTED; i++)
		hm_json_append(array, hm_json_hex_string(hm_bytes_of(pcrs->value[bank][i], hm_algs[bank].len)), failed);
	return array;
}

static json_t *base64_string(const uint8_t *p, size_t len)
{
	char *text = hm_base64_encode(hm_bytes_of(p, len));
	json_t *value = text ? json_string(text) : NULL;

	free(text);
	return value;
}

char *hm_report_format(const struct hm_report *report)
{
	json_t *root = json_object();
	json_t *pcrs = json_object();
	bool failed = !root || !pcrs;

	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (report->pcrs.banks & HM_BANK_BIT(bank))
			hm_json_add(pcrs, hm_algs[bank].name, registers_array(&report->pcrs, bank, &failed), &failed);
	}
	hm_json_add(root, "version", json_string(VERSION), &failed);
	hm_json_add(root, "pcrs", pcrs, &failed);
	hm_json_add(root, "firmware_log", base64_string(report->firmware_log, report->firmware_log_len), &failed);
	hm_json_add(root, "runtime_log", base64_string(report->runtime_log, report->runtime_log_len), &failed);
	return hm_json_finish(root, failed);
}

void hm_report_free(struct hm_report *report)
{
	if (!report)
		return;
	free(report->firmware_log);
	free(report->runtime_log);
	free(report);
}
