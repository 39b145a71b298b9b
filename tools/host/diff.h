/* SPDX-License-Identifier: BSD-2-Clause */
/* diff.h - golden values against what a machine showed, and the reasons in words */
#ifndef HM_HOST_DIFF_H
#define HM_HOST_DIFF_H

#include "tools/host/evidence.h"
#include "tools/host/golden.h"

/*
 * The verdict comes from registers alone: every pinned register equal and every zero register zero in every active
 * bank, and the active banks exactly the predicted ones. Events only explain: a log that is missing, or lies, changes
 * the words and never the verdict.
 */
#define HM_DIFF_LINES_MAX 64u

struct hm_diff_row {
	enum hm_pcr_policy policy;
	bool predicted;           /* false: the platform decides */
	uint32_t differing;       /* banks in which golden and machine have other values */
	bool rejects;
};

struct hm_diff {
	bool accepted;
	uint32_t banks;           /* in both */
	uint32_t banks_missing;   /* predicted, but not active */
	uint32_t banks_extra;     /* active, but not predicted */
	struct hm_diff_row row[HM_PCR_QUOTED];
	/* Why registers differ, then what the logs do not explain; printable ASCII. */
	char *line[HM_DIFF_LINES_MAX];
	size_t line_count;
};

/* NULL when out of memory. */
struct hm_diff *hm_diff_make(const struct hm_golden *golden, const struct hm_evidence *evidence);
void hm_diff_free(struct hm_diff *diff);
/* The bank to show to a person: SHA-256 where it is in `banks`, else the largest. */
enum hm_bank hm_diff_shown_bank(uint32_t banks);

#endif
