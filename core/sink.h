/* SPDX-License-Identifier: BSD-2-Clause */
/* sink.h - one measurement, and the sink that takes it */
#ifndef HM_SINK_TYPES_H
#define HM_SINK_TYPES_H

#include "digest.h"
#include "err.h"

/*
 * One rule, many sinks: each measuring rule is one walk (core/measure, core/measure_record) that every program calls
 * with a sink of its own. The stub's sink extends by the firmware, the initramfs program's by the TPM and the runtime
 * log, the predictor's computes. A walk calls sink->extend once for each extend, in order. What a measurement points to
 * is valid until sink->extend returns; a sink that keeps it copies it.
 */
struct hm_measurement {
	uint32_t pcr;
	uint32_t type;		      /* event type; HM_EV_HALLMARK for our records */
	const struct hm_bytes *parts; /* what is hashed: `part_count` runs of bytes, then `zero_tail` zeros */
	size_t part_count;
	uint64_t zero_tail;
	const struct hm_digests
		*digests;     /* where the bytes are not known, as in a platform's event: these; else NULL */
	struct hm_bytes data; /* event data as it stands in the log; where it depends on the VM: empty */
	const char *what;     /* a name for a person: ".linux", "separator", "layer app" */
};
/* Not a firmware event: goes to the runtime log. The value is outside of the TCG's ranges. */
#define HM_EV_HALLMARK 0xf0484d31u

struct hm_sink {
	void *ctx;
	enum hm_err (*extend)(void *ctx, const struct hm_measurement *m);
};

#endif
