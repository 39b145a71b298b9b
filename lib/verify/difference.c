/* SPDX-License-Identifier: BSD-2-Clause */
/* difference.c - where the logs leave what the golden file predicts, for the message of a refusal */
#include "lib/verify/difference.h"

#include <stdio.h>
#include <string.h>

#include "core/eventlog.h"
#include "core/record.h"

static bool seen_digest(const struct hm_run *run, uint32_t pcr, size_t index, uint8_t ret[HM_DIGEST_MAX])
{
	struct hm_eventlog log;
	struct hm_event event;
	struct hm_cel cel;
	struct hm_cel_record record;
	bool end = false;

	if (run->firmware_log && !hm_eventlog_open(hm_blob_bytes(&run->proof->firmware_log), &log)) {
		while (!hm_eventlog_next(&log, &event, &end) && !end) {
			if (event.pcr == pcr && event.type != HM_EV_NO_ACTION && index-- == 0) {
				memcpy(ret, event.digests.value[run->v->bank], HM_DIGEST_MAX);
				return true;
			}
		}
	}
	end = false;
	if (hm_cel_open(hm_blob_bytes(&run->proof->runtime_log), &cel))
		return false;
	while (!hm_cel_next(&cel, NULL, &record, &end) && !end) {
		if (record.pcr == pcr && index-- == 0) {
			memcpy(ret, record.digests.value[run->v->bank], HM_DIGEST_MAX);
			return true;
		}
	}
	return false;
}

void hm_verify_first_difference(const struct hm_run *run, uint32_t pcr, char *ret, size_t cap)
{
	const struct hm_golden *golden = run->v->golden;
	size_t index = 0;
	uint8_t digest[HM_DIGEST_MAX];

	ret[0] = '\0';
	/* Without the log that explains it, a register is one number. */
	if (!run->firmware_log && pcr < HM_PCR_OWNED_FIRST)
		return;
	for (size_t i = 0; i < golden->event_count; i++) {
		const struct hm_golden_event *event = &golden->event[i];

		if (event->pcr != pcr || (!run->firmware_log && event->type != HM_EV_HALLMARK))
			continue;
		if (!seen_digest(run, pcr, index++, digest) ||
		    memcmp(digest, event->digests.value[run->v->bank], hm_algs[run->v->bank].size) != 0) {
			snprintf(ret, cap, "%s", event->what);
			return;
		}
	}
	if (seen_digest(run, pcr, index, digest))
		snprintf(ret, cap, "an event more");
}
