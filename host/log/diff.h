/* SPDX-License-Identifier: BSD-2-Clause */
/* diff.h - golden values against what a machine showed */
#ifndef HM_HOST_LOG_DIFF_H
#define HM_HOST_LOG_DIFF_H

#include "host/log/seen.h"
#include "lib/golden/golden.h"
#include "lib/golden/expect.h"

/*
 * The verdict comes from registers alone: every pinned register equal and every zero register zero in every active
 * bank, SHA-256 or SHA-384 among them, and no active bank that was not predicted: a TPM may have fewer. One-of
 * registers are as one and the same profile has them. Events only explain: a log that is missing, or lies, changes the
 * words and never the verdict. The one exception is a replayed register: it is the golden value, or that value extended
 * with the one hallmark-tls record of the runtime log.
 */
#define HM_DIFF_LINES_MAX 64u

struct hm_diff_row {
	enum hm_pcr_policy policy;   /* as in the golden file */
	struct hm_expected expected; /* by the profile that the machine is compared with */
	bool predicted;		     /* false: shown, and nothing is known about it */
	bool tls;		     /* replayed, with a hallmark-tls record after the golden value */
	uint32_t differing;	     /* banks in which golden and machine have other values */
	bool rejects;
};

struct hm_diff {
	bool accepted;
	uint32_t banks;		/* in both */
	uint32_t banks_missing; /* predicted, but not active */
	uint32_t banks_extra;	/* active, but not predicted */
	bool profile_fits;	/* the machine is as golden->profile[profile] says */
	size_t profile;		/* or this one is the nearest; of no meaning without profiles */
	struct hm_diff_row row[HM_PCR_QUOTED];
	/* hm_reasons_make: why registers differ, then what the logs do not explain; printable ASCII. */
	char *line[HM_DIFF_LINES_MAX];
	size_t line_count;
};

/* NULL when out of memory. */
struct hm_diff *hm_diff_make(const struct hm_golden *golden, const struct hm_evidence *evidence);
void hm_diff_free(struct hm_diff *diff);

#endif
