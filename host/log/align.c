/* SPDX-License-Identifier: BSD-2-Clause */
/* align.c - the events of a log beside those that a golden file predicts */
#include "host/log/align.h"

#include <stdlib.h>
#include <string.h>

#include "core/eventlog.h"
#include "core/record.h"

/* How many events in a row are looked for as left out or put in; a section is two. */
#define SHIFT_MAX 8u
#define NONE SIZE_MAX

/* One register's predicted events, and how far they are used up. */
struct wanted {
	const struct hm_golden_event *event[HM_GOLDEN_EVENTS_MAX];
	size_t count;
	size_t next;
};

struct walk {
	const struct hm_evidence *evidence;
	const struct hm_golden *golden;
	uint32_t banks;
	struct wanted wanted[HM_PCR_QUOTED];
	size_t *next; /* for each event the number of the one that extends the same register next; or NONE */
	struct hm_record_order order; /* of what follows the predicted records */
	struct hm_align *align;
};

/* Once for all events: what follows is looked up often, and the log is as long as its writer likes. */
static void find_next(struct walk *walk)
{
	size_t last[HM_PCR_QUOTED];

	for (size_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		last[pcr] = NONE;
	for (size_t i = walk->evidence->event_count; i-- > 0;) {
		const struct hm_seen_event *event = &walk->evidence->event[i];

		if (event->pcr >= HM_PCR_QUOTED || event->type == HM_EV_NO_ACTION)
			continue;
		walk->next[i] = last[event->pcr];
		last[event->pcr] = i;
	}
}

/* The event of the same register `skip` places behind number `at`; NULL where there is none. */
static const struct hm_seen_event *later(const struct walk *walk, size_t at, size_t skip)
{
	while (at != NONE && skip-- > 0)
		at = walk->next[at];
	return at == NONE ? NULL : &walk->evidence->event[at];
}

static bool same(const struct walk *walk, const struct hm_golden_event *wanted, const struct hm_seen_event *seen)
{
	if (!wanted || !seen || !walk->banks)
		return false;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if ((walk->banks & HM_BANK_BIT(bank)) &&
		    memcmp(wanted->digests.value[bank], seen->digests.value[bank], hm_algs[bank].len) != 0)
			return false;
	}
	return true;
}

static const struct hm_golden_event *ahead(const struct wanted *wanted, size_t shift)
{
	return shift < wanted->count - wanted->next ? wanted->event[wanted->next + shift] : NULL;
}

static void add(struct walk *walk, enum hm_align_state state, uint32_t pcr, const struct hm_seen_event *seen,
		const struct hm_golden_event *wanted)
{
	walk->align->row[walk->align->count++] = (struct hm_align_row){state, pcr, seen, wanted};
}

static void add_missing(struct walk *walk, uint32_t pcr, size_t count)
{
	struct wanted *wanted = &walk->wanted[pcr];

	for (; count > 0; count--)
		add(walk, HM_ALIGN_MISSING, pcr, NULL, wanted->event[wanted->next++]);
}

/* Event `at` is not the next that is predicted: the nearest place where both sides fit again decides. */
static void add_different(struct walk *walk, size_t at)
{
	const struct hm_seen_event *seen = &walk->evidence->event[at];
	struct wanted *wanted = &walk->wanted[seen->pcr];

	if (wanted->next == wanted->count) {
		add(walk, HM_ALIGN_EXTRA, seen->pcr, seen, NULL);
		return;
	}
	for (size_t shift = 1; shift <= SHIFT_MAX; shift++) {
		if (same(walk, ahead(wanted, shift), later(walk, at, shift)))
			break;
		if (same(walk, ahead(wanted, shift), seen)) {
			add_missing(walk, seen->pcr, shift);
			add(walk, HM_ALIGN_MATCH, seen->pcr, seen, wanted->event[wanted->next++]);
			return;
		}
		if (same(walk, ahead(wanted, 0), later(walk, at, shift))) {
			add(walk, HM_ALIGN_EXTRA, seen->pcr, seen, NULL);
			return;
		}
	}
	add(walk, HM_ALIGN_CHANGED, seen->pcr, seen, wanted->event[wanted->next++]);
}

static bool is_judged(const struct walk *walk, uint32_t pcr)
{
	if (!walk->golden || pcr >= HM_PCR_QUOTED)
		return false;
	return walk->wanted[pcr].count > 0 || walk->golden->policy[pcr] == HM_POLICY_ZERO;
}

/* The one record that no build knows: it follows what is predicted for a register that is replayed. */
static bool is_first_tls(struct walk *walk, const struct hm_seen_event *seen)
{
	struct hm_record record;

	return seen->type == HM_EV_HALLMARK && !ahead(&walk->wanted[seen->pcr], 0) &&
	       walk->golden->policy[seen->pcr] == HM_POLICY_REPLAYED && !hm_record_parse(seen->data, &record) &&
	       !hm_record_order_next(&walk->order, seen->pcr, record.kind);
}

static void walk_events(struct walk *walk)
{
	for (size_t i = 0; i < walk->evidence->event_count; i++) {
		const struct hm_seen_event *seen = &walk->evidence->event[i];
		struct wanted *wanted;

		if (seen->type == HM_EV_NO_ACTION || !is_judged(walk, seen->pcr) || is_first_tls(walk, seen)) {
			add(walk, HM_ALIGN_UNJUDGED, seen->pcr, seen, NULL);
			continue;
		}
		wanted = &walk->wanted[seen->pcr];
		if (same(walk, ahead(wanted, 0), seen))
			add(walk, HM_ALIGN_MATCH, seen->pcr, seen, wanted->event[wanted->next++]);
		else
			add_different(walk, i);
	}
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		add_missing(walk, pcr, walk->wanted[pcr].count - walk->wanted[pcr].next);
}

static void want(struct walk *walk, const struct hm_golden_event *event)
{
	struct wanted *wanted = &walk->wanted[event->pcr];

	wanted->event[wanted->count++] = event;
}

bool hm_align_make(const struct hm_evidence *evidence, const struct hm_golden *golden,
		   const struct hm_golden_profile *profile, struct hm_align *ret)
{
	struct walk *walk = calloc(1, sizeof(*walk));
	size_t golden_count = (golden ? golden->event_count : 0) + (profile ? profile->event_count : 0);
	struct hm_align align = {.row = calloc(evidence->event_count + golden_count + 1, sizeof(*align.row))};
	size_t *next = calloc(evidence->event_count + 1, sizeof(*next));

	if (!walk || !align.row || !next) {
		free(walk);
		free(align.row);
		free(next);
		return false;
	}
	*walk = (struct walk){
		.evidence = evidence, .golden = golden, .next = next, .align = &align, .order = hm_record_order_locked};
	find_next(walk);
	walk->banks = golden ? golden->banks & evidence->replayed.banks : 0;
	for (size_t i = 0; golden && i < golden->event_count; i++)
		want(walk, &golden->event[i]);
	for (size_t i = 0; profile && i < profile->event_count; i++) {
		if (golden->policy[profile->event[i].pcr] == HM_POLICY_ONE_OF)
			want(walk, &profile->event[i]);
	}
	walk_events(walk);
	free(next);
	free(walk);
	*ret = align;
	return true;
}

void hm_align_free(struct hm_align *align)
{
	free(align->row);
	*align = (struct hm_align){0};
}
