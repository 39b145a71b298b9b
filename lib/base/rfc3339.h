/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * rfc3339.h - points of time: one form in files, and dates as seconds
 *
 * All times are UTC in whole seconds since 1970 (POSIX), without leap seconds. Every function is a computation alone.
 * It asks for no clock and no time zone, as timegm() does, which makes glibc read /etc/localtime. (OpenSSL still calls
 * gmtime_r() where it compares a certificate's dates, and so reads that file once.)
 */
#ifndef HM_LIB_BASE_RFC3339_H
#define HM_LIB_BASE_RFC3339_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bytes.h"

#define HM_RFC3339_LEN 20u /* "2026-11-26T12:00:00Z", without NUL */

struct hm_date {
	int year, month, day, hour, minute, second;
};

/* Exactly that form (RFC 3339, 5.6), of a day that exists, from 1970 to 9999. */
HM_MUST_CHECK bool hm_rfc3339_parse(struct hm_bytes text, int64_t *ret);
/* The inverse, with NUL; `seconds` is of that range. */
void hm_rfc3339_format(int64_t seconds, char ret[HM_RFC3339_LEN + 1]);
/* Seconds of a date, negative before 1970. The caller has checked it: year 0 to 9999, month and day from 1. */
int64_t hm_date_seconds(const struct hm_date *date);

#endif
