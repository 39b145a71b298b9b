/* SPDX-License-Identifier: BSD-2-Clause */
/* align.h - the events of a log beside those that a golden file predicts */
#ifndef HM_HOST_LOG_ALIGN_H
#define HM_HOST_LOG_ALIGN_H

#include "host/log/seen.h"
#include "lib/golden/golden.h"

/*
 * Register by register, since only the order inside a register counts. It explains and never judges: a log may lie,
 * and only registers decide.
 */
enum hm_align_state {
	/* Nothing to compare with: no golden file, a register that it does not predict, the first hallmark-tls record.
	 */
	HM_ALIGN_UNJUDGED,
	HM_ALIGN_MATCH,	  /* equal in every bank that both have */
	HM_ALIGN_CHANGED, /* stands where another is predicted */
	HM_ALIGN_EXTRA,	  /* not predicted */
	HM_ALIGN_MISSING, /* predicted, but not seen */
};

struct hm_align_row {
	enum hm_align_state state;
	uint32_t pcr;
	const struct hm_seen_event *seen;     /* NULL where it is missing */
	const struct hm_golden_event *wanted; /* NULL where nothing is predicted in its place */
};

struct hm_align {
	struct hm_align_row *row; /* in the order of the logs; what is missing stands where it would have been */
	size_t count;
};

/*
 * `golden` may be NULL. `profile` gives the events of the registers that are one-of; it may be NULL. The rows borrow
 * from all of them. False when out of memory.
 */
HM_MUST_CHECK bool hm_align_make(const struct hm_evidence *evidence, const struct hm_golden *golden,
				 const struct hm_golden_profile *profile, struct hm_align *ret);
void hm_align_free(struct hm_align *align);

#endif
