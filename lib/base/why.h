/* SPDX-License-Identifier: BSD-2-Clause */
/* why.h - the reason of a refusal, as one line of printable text */
#ifndef HM_LIB_BASE_WHY_H
#define HM_LIB_BASE_WHY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"

/* Room for one line of explanation. */
#define HM_WHY_MAX 512u

/* Write `text` as one line: printable ASCII as it is, all else as \xNN. NUL-terminated, cut to `cap` bytes. */
void hm_escape(struct hm_bytes text, char *ret, size_t cap);
/* snprintf into `why` for one line of explanation; returns false, for `return hm_why(...)`. */
bool hm_why(char *why, size_t why_len, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
