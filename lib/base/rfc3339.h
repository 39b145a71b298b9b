/* SPDX-License-Identifier: BSD-2-Clause */
/* rfc3339.h - points of time in files: one form, UTC, whole seconds */
#ifndef HM_LIB_BASE_RFC3339_H
#define HM_LIB_BASE_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bytes.h"

#define HM_RFC3339_LEN 20u /* "2026-11-26T12:00:00Z", without NUL */

/* Exactly that form, of a day that exists, from 1970 to 9999; no leap second. Seconds since 1970 (POSIX). RFC
 * 3339, 5.6. */
HM_MUST_CHECK bool hm_rfc3339_parse(struct hm_bytes text, int64_t *ret);
/* The inverse, with NUL; `seconds` is of that range. */
void hm_rfc3339_format(int64_t seconds, char ret[HM_RFC3339_LEN + 1]);

#endif
