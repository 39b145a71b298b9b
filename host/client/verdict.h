/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict.h - a verdict of libhallmark as text, tables and JSON, for the commands that verify proofs */
#ifndef HM_HOST_CLIENT_VERDICT_H
#define HM_HOST_CLIENT_VERDICT_H

#include "lib/base/error.h"
#include "lib/hallmark.h"

/* HM_ERROR_NONE: accepted. Which kind the others are says docs/FORMATS.md, "Exit status". */
HM_MUST_CHECK enum hm_error_kind hm_verdict_kind(const struct hallmark_result *result);
/* The verdict in one line, without LF: "accepted: ..." or "rejected: CODE: ...". */
#define HM_VERDICT_MAX 1024u
void hm_verdict_line(const struct hallmark_result *result, char ret[HM_VERDICT_MAX]);
/* That line, and the checks and registers as tables, to standard output. */
void hm_verdict_print(const struct hallmark_result *result);
/* verdict_json.c: all of it as JSON; release with free(). NULL when out of memory. */
HM_MUST_CHECK char *hm_verdict_json(const struct hallmark_result *result);

#endif
