/* SPDX-License-Identifier: BSD-2-Clause */
/* event.c - one event of golden.json, and the names of event types */
#include "lib/golden/event.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/cmdline.h"
#include "core/eventlog.h"
#include "core/measure.h"
#include "core/record.h"

#define WHAT_MAX 64u
#define HALLMARK_TYPE "hallmark"
/* The longest texts that an event can carry: a command line, a record. */
#define CONTENT_MAX (HM_CMDLINE_MAX > HM_RECORD_MAX ? HM_CMDLINE_MAX : HM_RECORD_MAX)

void hm_golden_type_name(uint32_t type, char ret[HM_EVENT_NAME_MAX])
{
	const char *name = type == HM_EV_HALLMARK ? HALLMARK_TYPE : hm_event_type_name(type);

	if (name)
		snprintf(ret, HM_EVENT_NAME_MAX, "%s", name);
	else
		snprintf(ret, HM_EVENT_NAME_MAX, "EV_0x%08x", type);
}

/* The TCG's two ranges of event types are short: try them all. */
bool hm_golden_type_of_name(struct hm_bytes name, uint32_t *ret)
{
	static const uint32_t ranges[][2] = {{0, 0xff}, {0x80000000u, 0x800000ffu}};

	if (hm_bytes_equal_text(name, HALLMARK_TYPE)) {
		*ret = HM_EV_HALLMARK;
		return true;
	}
	for (size_t i = 0; i < HM_ARRAY_LEN(ranges); i++) {
		for (uint32_t type = ranges[i][0]; type <= ranges[i][1]; type++) {
			const char *text = hm_event_type_name(type);

			if (text && hm_bytes_equal_text(name, text)) {
				*ret = type;
				return true;
			}
		}
	}
	return false;
}

bool hm_golden_event_parse(json_t *object, const char *where, uint32_t banks, struct hm_golden_event *event,
			   struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "pcr", .type = JSON_INTEGER},	  {.name = "type", .type = JSON_STRING},
		{.name = "what", .type = JSON_STRING},	  {.name = "content", .type = JSON_STRING, .optional = true},
		{.name = "digests", .type = JSON_OBJECT},
	};
	uint64_t pcr;

	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error) ||
	    !hm_json_uint(&fields[0], where, HM_PCR_QUOTED - 1, &pcr, error))
		return false;
	if (!hm_golden_type_of_name(hm_json_bytes(fields[1].value), &event->type))
		return hm_error_set(error, "%s.type is not a known event type", where);
	event->pcr = (uint32_t)pcr;
	if (fields[3].value && !hm_json_text(&fields[3], where, CONTENT_MAX, &event->content, error))
		return false;
	return hm_json_text(&fields[2], where, WHAT_MAX, &event->what, error) &&
	       hm_json_digests(&fields[4], where, banks, &event->digests, error);
}

void hm_golden_event_free(struct hm_golden_event *event)
{
	free(event->what);
	free(event->content);
}
