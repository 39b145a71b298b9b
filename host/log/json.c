/* SPDX-License-Identifier: BSD-2-Clause */
/* json.c - the answers of `hallmark log` as JSON, for programs */
#include "host/log/json.h"

#include <stdlib.h>
#include <string.h>

#include "host/log/event_text.h"
#include "lib/base/json.h"

/* Of data as large as a whole log. */
static json_t *data_string(struct hm_bytes data)
{
	size_t cap = 2 * data.len;
	char *text = malloc(cap + 1);
	struct hm_writer w = hm_writer_of(text, text ? cap : 0);
	json_t *string;

	if (!text)
		return NULL;
	hm_put_hex(&w, data);
	string = w.failed ? NULL : json_stringn(text, w.len);
	free(text);
	return string;
}

char *hm_json_events(const struct hm_evidence *evidence)
{
	json_t *root = json_array();
	bool failed = false;

	for (size_t i = 0; i < evidence->event_count; i++) {
		const struct hm_seen_event *event = &evidence->event[i];
		char type[HM_EVENT_NAME_MAX];
		char what[HM_DESCRIBE_MAX];
		json_t *object = json_object();

		hm_golden_type_name(event->type, type);
		hm_describe_event(event, what);
		hm_json_add(object, "log", json_string(event->runtime ? "runtime" : "firmware"), &failed);
		hm_json_add(object, "index", json_integer((json_int_t)event->index), &failed);
		hm_json_add(object, "pcr", json_integer(event->pcr), &failed);
		hm_json_add(object, "type", json_string(type), &failed);
		hm_json_add(object, "what", json_string(what), &failed);
		hm_json_add(object, "digests", hm_json_digests_object(&event->digests, event->digests.banks), &failed);
		hm_json_add(object, "data", data_string(event->data), &failed);
		hm_json_append(root, object, &failed);
	}
	return hm_json_finish(root, failed);
}

static json_t *values_of(const struct hm_pcrs *pcrs, uint32_t pcr)
{
	struct hm_digests values;

	hm_pcr_digests(pcrs, pcr, &values);
	return hm_json_digests_object(&values, values.banks);
}

static json_t *row_object(const struct hm_diff_row *row, uint32_t pcr, const struct hm_golden *golden,
			  const struct hm_evidence *evidence, bool *failed)
{
	json_t *object = json_object();

	hm_json_add(object, "pcr", json_integer(pcr), failed);
	hm_json_add(object, "policy", json_string(hm_policy_name(row->policy)), failed);
	hm_json_add(object, "holds", json_string(hm_pcr_table[pcr].holds), failed);
	hm_json_add(object, "match", row->predicted ? json_boolean(!row->differing) : json_null(), failed);
	hm_json_add(object, "tls", json_boolean(row->tls), failed);
	hm_json_add(object, "rejects", json_boolean(row->rejects), failed);
	hm_json_add(object, "differing", hm_json_bank_names(row->differing), failed);
	hm_json_add(object, "predicted",
		    row->expected.has_value ? hm_json_digests_object(&row->expected.value, golden->banks) : json_null(),
		    failed);
	hm_json_add(object, "seen", values_of(&evidence->pcrs, pcr), failed);
	return object;
}

char *hm_json_diff(const struct hm_diff *diff, const struct hm_golden *golden, const struct hm_evidence *evidence)
{
	json_t *root = json_object();
	json_t *rows = json_array();
	json_t *lines = json_array();
	bool failed = false;

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		hm_json_append(rows, row_object(&diff->row[pcr], pcr, golden, evidence, &failed), &failed);
	for (size_t i = 0; i < diff->line_count; i++)
		hm_json_append(lines, json_string(diff->line[i]), &failed);
	hm_json_add(root, "verdict", json_string(diff->accepted ? "accepted" : "rejected"), &failed);
	hm_json_add(root, "profile",
		    diff->profile_fits ? json_string(golden->profile[diff->profile]->name) : json_null(), &failed);
	hm_json_add(root, "banks", hm_json_bank_names(diff->banks), &failed);
	hm_json_add(root, "banks_missing", hm_json_bank_names(diff->banks_missing), &failed);
	hm_json_add(root, "banks_extra", hm_json_bank_names(diff->banks_extra), &failed);
	hm_json_add(root, "pcrs", rows, &failed);
	hm_json_add(root, "reasons", lines, &failed);
	return hm_json_finish(root, failed);
}
