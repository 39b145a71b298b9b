/* SPDX-License-Identifier: BSD-2-Clause */
/* report.h - reader and writer of a machine's report: its registers and its two logs */
#ifndef HM_HOST_LOG_REPORT_H
#define HM_HOST_LOG_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "core/pcr.h"

/* docs/FORMATS.md, "Report". Strict: known fields only, no duplicate keys, exact types. */
#define HM_REPORT_VERSION "hallmark-report/1"

/* What a machine showed: its registers and its two logs. */
struct hm_report {
	struct hm_pcrs pcrs;
	uint8_t *firmware_log; /* may be of 0 bytes */
	size_t firmware_log_len;
	uint8_t *runtime_log;
	size_t runtime_log_len;
};

/* False with a line in `error` for anything else than a whole report. Release with hm_report_free. */
HM_MUST_CHECK bool hm_report_parse(struct hm_bytes json, struct hm_report **ret, struct hm_error *error);
/* JSON text; release with free(). NULL when out of memory. */
char *hm_report_format(const struct hm_report *report);
void hm_report_free(struct hm_report *report);

#endif
