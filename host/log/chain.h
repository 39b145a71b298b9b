/* SPDX-License-Identifier: BSD-2-Clause */
/* chain.h - the chain from the firmware to the TLS key as a picture, an <svg> element of the page */
#ifndef HM_HOST_LOG_CHAIN_H
#define HM_HOST_LOG_CHAIN_H

#include <stdio.h>

#include "host/log/align.h"
#include "host/log/diff.h"

/* What a page is about; everything is borrowed. */
struct hm_page {
	const char *title; /* the log's file name */
	const struct hm_evidence *evidence;
	const struct hm_golden *golden; /* NULL: nothing to compare with */
	const struct hm_diff *diff;	/* NULL without a golden file */
	const struct hm_align *align;
	enum hm_bank bank; /* whose digests are shown */
};

/* A box for each stage of the boot and for each record, in the order in which one leads to the next. */
void hm_chain_write(FILE *out, const struct hm_page *page);

#endif
