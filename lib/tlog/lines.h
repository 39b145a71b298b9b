/* SPDX-License-Identifier: BSD-2-Clause */
/* lines.h - text of lines, as proofs and policies of transparency logs are */
#ifndef HM_LIB_TLOG_LINES_H
#define HM_LIB_TLOG_LINES_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/bytes.h"

struct hm_tlog_lines {
	struct hm_bytes rest;
	size_t number; /* of the line that was read last, from 1 */
};

/* The next line without its newline. A last line without a newline is a defect: the text may have been cut off. */
HM_MUST_CHECK bool hm_tlog_next_line(struct hm_tlog_lines *lines, struct hm_bytes *ret, struct hm_error *error);
/* False; puts "line N: " before the text of `error`. */
bool hm_tlog_in_line(const struct hm_tlog_lines *lines, struct hm_error *error);
/* Exactly 2 * len hex digits of either case, which sigsum's tools take too. */
HM_MUST_CHECK bool hm_tlog_hex(struct hm_bytes text, uint8_t *ret, size_t len);

#endif
