/* SPDX-License-Identifier: BSD-2-Clause */
/* tsm.h - in the enclave: a report of the machine's own security module, by the kernel's configfs-tsm */
#ifndef HM_GUEST_TSM_H
#define HM_GUEST_TSM_H

#include "host/base/error.h"
#include "host/base/file.h"

/*
 * Linux, Documentation/ABI/testing/configfs-tsm-report (6.7 and later): a directory made below
 * /sys/kernel/config/tsm/report has the files provider, generation, inblob and outblob. What is written to inblob is
 * taken when the file is closed, and an error there is told to nobody; `generation` counts what was taken. So it must
 * have moved by exactly one over the write, and not at all over the read: the report is then of what was written here,
 * and nobody else's.
 */
#define HM_TSM_DIRECTORY "/sys/kernel/config/tsm/report/hallmark"
#define HM_TSM_REPORT_DATA_LEN 64u

/*
 * `directory` is made where it is not there, and stays; one process at a time. `provider` as the kernel names it:
 * "tdx_guest". *ret is released with hm_file_free; at most `max` bytes.
 */
HM_MUST_CHECK bool hm_tsm_report(const char *directory, const char *provider,
				 const uint8_t data[HM_TSM_REPORT_DATA_LEN], size_t max, struct hm_file *ret,
				 struct hm_fault *fault);

#endif
