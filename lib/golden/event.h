/* SPDX-License-Identifier: BSD-2-Clause */
/* event.h - one event of golden.json, and the names of event types */
#ifndef HM_LIB_GOLDEN_EVENT_H
#define HM_LIB_GOLDEN_EVENT_H

#include "core/pcr.h"
#include "lib/base/error.h"
#include "lib/base/json.h"

/*
 * The bottom of lib/golden: event < profile < golden < expect. docs/FORMATS.md, "Golden file". Parsing is strict: the
 * known fields in their order, exact types, texts of printable ASCII. Whether the events of a register replay to its
 * value is for the callers to check.
 */
/* Room for the name of an object in a message: "events[12]"; one inside another takes twice as much. */
#define HM_GOLDEN_WHERE_MAX 48u

struct hm_golden_event {
	uint32_t pcr;
	uint32_t type;
	char *what;    /* ".cmdline", "layer app" */
	char *content; /* text shown in a difference: the command line, a record's line; NULL: none */
	struct hm_digests digests;
};

/* `event` belongs to the caller, who frees it on failure as well. `where` names the event in the message. */
HM_MUST_CHECK bool hm_golden_event_parse(json_t *object, const char *where, uint32_t banks,
					 struct hm_golden_event *event, struct hm_error *error);
void hm_golden_event_free(struct hm_golden_event *event);

/* The event of that type's name: "EV_SEPARATOR", "hallmark", "EV_0x00000042" where it has none. */
#define HM_EVENT_NAME_MAX 48u
void hm_golden_type_name(uint32_t type, char ret[HM_EVENT_NAME_MAX]);
HM_MUST_CHECK bool hm_golden_type_of_name(struct hm_bytes name, uint32_t *ret);

#endif
