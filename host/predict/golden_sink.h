/* SPDX-License-Identifier: BSD-2-Clause */
/* golden_sink.h - the sink that turns measurements into a golden file and two predicted logs */
#ifndef HM_HOST_PREDICT_GOLDEN_SINK_H
#define HM_HOST_PREDICT_GOLDEN_SINK_H

#include "host/sha/digests.h"
#include "lib/golden/golden.h"

/*
 * Walks of core/measure are given hm_recorder_sink(). Each measurement is hashed in every bank of golden->banks,
 * extends golden->pcrs, becomes an event of *golden, and is written to the firmware log or the runtime log.
 *
 * Of registers in `left_out` golden gets neither events nor values: somebody else says what they hold, or nothing is
 * known about them. Their measurements are in the logs all the same.
 */
struct hm_recorder {
	struct hm_golden *golden;
	const struct hm_known_list *known; /* digests made in advance; may be NULL */
	uint32_t left_out;
	struct hm_writer tcglog;
	struct hm_writer cel;
	uint64_t next_recnum;
	uint8_t *tcglog_memory;
	uint8_t *cel_memory;
};

/*
 * Starts golden->pcrs at power-on values and policy at the table's, as it is without a profile. False when out of
 * memory.
 */
HM_MUST_CHECK bool hm_recorder_init(struct hm_recorder *recorder, struct hm_golden *golden);
/* Goes on where golden->events end, with its registers and policies as they are. The firmware log stays empty. */
HM_MUST_CHECK bool hm_recorder_resume(struct hm_recorder *recorder, struct hm_golden *golden);
void hm_recorder_free(struct hm_recorder *recorder);
struct hm_sink hm_recorder_sink(struct hm_recorder *recorder);

/* For other sinks that make events of a golden file. */

/* The measurement's digests in `banks`: its own, those of `known` (may be NULL), or hashed now. */
HM_MUST_CHECK enum hm_err hm_recorder_digests(const struct hm_known_list *known, uint32_t banks,
					      const struct hm_measurement *m, struct hm_digests *ret);
/* *ret is to be freed in any case. */
HM_MUST_CHECK enum hm_err hm_recorder_event(const struct hm_measurement *m, const struct hm_digests *digests,
					    struct hm_golden_event *ret);

#endif
