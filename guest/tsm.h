/* SPDX-License-Identifier: BSD-2-Clause */
/* tsm.h - in the booted machine: a report of the machine's own security module, by the kernel's configfs-tsm */
#ifndef HM_GUEST_TSM_H
#define HM_GUEST_TSM_H

#include "host/base/error.h"
#include "host/base/file.h"

/*
 * Linux, Documentation/ABI/testing/configfs-tsm-report (6.7 and later): a directory made below
 * /sys/kernel/config/tsm/report has the files provider, generation, inblob and outblob. The kernel takes
 * what is written to inblob when the file is closed, and reports no error there; `generation` counts what it took. The
 * count must rise by exactly one over our write and must stay over our read: only then is the report over our data.
 */
#define HM_TSM_DIRECTORY "/sys/kernel/config/tsm/report/hallmark"
#define HM_TSM_REPORT_DATA_LEN 64u

/*
 * `directory` is made where it is not there, and stays; one process at a time. `provider` as the kernel names it:
 * "tdx_guest". *ret is released with hm_file_free; at most `max` bytes.
 */
HM_MUST_CHECK bool hm_tsm_report(const char *directory, const char *provider,
				 const uint8_t data[HM_TSM_REPORT_DATA_LEN], size_t max, struct hm_file *ret,
				 struct hm_error *error);

#endif
