/* SPDX-License-Identifier: BSD-2-Clause */
/* difference.c - where the logs leave what the golden file predicts, for the message of a refusal */
#include "lib/verify/difference.h"

#include <stdio.h>
#include <string.h>

#include "core/eventlog.h"
#include "core/record.h"

/* The golden events of one register beside the events that the logs have for it, in one pass over each. */
struct pass {
	const struct hm_golden *golden;
	enum hm_bank bank;
	uint32_t pcr;
	bool records_only; /* there is no firmware log: only records are compared */
	size_t at;	   /* the golden events before this one have been compared */
	char *ret;
	size_t cap;
};

/* The next golden event of the register; NULL: there is none. */
static const struct hm_golden_event *next_golden(struct pass *pass)
{
	while (pass->at < pass->golden->event_count) {
		const struct hm_golden_event *event = &pass->golden->event[pass->at++];

		if (event->pcr == pass->pcr && (!pass->records_only || event->type == HM_EV_HALLMARK))
			return event;
	}
	return NULL;
}

/* Compares one event of the logs with the next golden one. True: it differs, and the text says where. */
static bool differs(struct pass *pass, const struct hm_digests *seen)
{
	const struct hm_golden_event *want = next_golden(pass);

	if (want && !memcmp(seen->value[pass->bank], want->digests.value[pass->bank], hm_algs[pass->bank].len))
		return false;
	snprintf(pass->ret, pass->cap, "%s", want ? want->what : "an event more");
	return true;
}

static bool firmware_log_differs(struct pass *pass, struct hm_bytes bytes)
{
	struct hm_eventlog log;
	struct hm_event event;
	bool end = false;

	if (hm_eventlog_open(bytes, &log))
		return false;
	while (!hm_eventlog_next(&log, &event, &end) && !end) {
		if (event.pcr == pass->pcr && event.type != HM_EV_NO_ACTION && differs(pass, &event.digests))
			return true;
	}
	return false;
}

static bool runtime_log_differs(struct pass *pass, struct hm_bytes bytes)
{
	struct hm_cel log;
	struct hm_cel_record record;
	bool end = false;

	if (hm_cel_open(bytes, &log))
		return false;
	while (!hm_cel_next(&log, NULL, &record, &end) && !end) {
		if (record.pcr == pass->pcr && differs(pass, &record.digests))
			return true;
	}
	return false;
}

void hm_verify_first_difference(const struct hm_run *run, uint32_t pcr, char *ret, size_t cap)
{
	struct pass pass = {.golden = run->v->golden,
			    .bank = run->v->bank,
			    .pcr = pcr,
			    .records_only = !run->firmware_log,
			    .ret = ret,
			    .cap = cap};
	const struct hm_golden_event *missing;

	ret[0] = '\0';
	/* Without the log that explains it, a register is one number. */
	if (!run->firmware_log && pcr < HM_PCR_OWNED_FIRST)
		return;
	if ((run->firmware_log && firmware_log_differs(&pass, hm_blob_bytes(&run->proof->firmware_log))) ||
	    runtime_log_differs(&pass, hm_blob_bytes(&run->proof->runtime_log)))
		return;
	missing = next_golden(&pass);
	if (missing)
		snprintf(ret, cap, "%s", missing->what);
}
