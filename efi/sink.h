/* SPDX-License-Identifier: BSD-2-Clause */
/* sink.h - one sink for all that the firmware can extend */
#ifndef HM_SINK_H
#define HM_SINK_H

#include "cc.h"
#include "tcg2.h"

/* Where the stub measures to. One exists. */
struct hm_registers {
	struct hm_tcg2 tcg2; /* required */
	struct hm_cc cc;     /* may be absent */
};

/*
 * Each measurement goes into the TPM and then, where there are any, into the runtime measurement
 * registers; the first failure ends it. Borrows `registers`.
 */
struct hm_sink hm_registers_sink(struct hm_registers *registers);

/*
 * The record of a failed boot into each register that this system owns, in both, as far as they
 * answer: a failure of one does not keep the others from being capped.
 */
void hm_registers_cap(struct hm_registers *registers);

#endif
