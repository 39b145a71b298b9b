/* SPDX-License-Identifier: BSD-2-Clause */
/* sigsum.h - proofs of sigsum, version 2 */
#ifndef HM_LIB_TLOG_SIGSUM_H
#define HM_LIB_TLOG_SIGSUM_H

#include "lib/tlog/proof.h"

/* For read.h. *ret is zero before, and not to be used where it fails. */
HM_MUST_CHECK bool hm_tlog_sigsum_parse(struct hm_bytes file, struct hm_tlog_proof *ret, struct hm_error *error);

#endif
