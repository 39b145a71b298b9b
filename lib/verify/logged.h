/* SPDX-License-Identifier: BSD-2-Clause */
/* logged.h - whether the golden file is in a transparency log that the caller's policy believes */
#ifndef HM_LIB_VERIFY_LOGGED_H
#define HM_LIB_VERIFY_LOGGED_H

#include "lib/base/error.h"
#include "lib/hallmark.h"

/*
 * Made once, when the verifier is opened: the golden file does not change after that. docs/FORMATS.md, 14 has the
 * files. HALLMARK_OK: the policy asks for no log, and *ret_note is empty; or it does and the file is logged, and the
 * note says where in one line. Any other code: `error` has the reason.
 */
enum hallmark_code hm_verify_logged(const struct hallmark_policy *policy, char *ret_note, size_t note_cap,
				    struct hm_error *error) HM_MUST_CHECK;

#endif
