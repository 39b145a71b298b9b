/* SPDX-License-Identifier: BSD-2-Clause */
/* json.h - the answers of `hallmark log` as JSON, for programs */
#ifndef HM_HOST_LOG_JSON_H
#define HM_HOST_LOG_JSON_H

#include "host/log/diff.h"
#include "host/log/seen.h"

/* JSON text with LF at the end; release with free(). NULL when out of memory. */
char *hm_json_events(const struct hm_evidence *evidence);
char *hm_json_diff(const struct hm_diff *diff, const struct hm_golden *golden, const struct hm_evidence *evidence);

#endif
