/* SPDX-License-Identifier: BSD-2-Clause */
/* reasons.h - why registers differ: the first event that is not as predicted */
#ifndef HM_HOST_LOG_REASONS_H
#define HM_HOST_LOG_REASONS_H

#include "host/log/diff.h"

/*
 * Adds lines to *diff, which hm_diff_make made of the same two. Which event is the first that differs says align.h, as
 * it does for the page. False when out of memory.
 */
HM_MUST_CHECK bool hm_reasons_make(struct hm_diff *diff, const struct hm_golden *golden,
				   const struct hm_evidence *evidence);

#endif
