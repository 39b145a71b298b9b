/* SPDX-License-Identifier: BSD-2-Clause */
/* c2sp.h - proofs of C2SP, version 1 */
#ifndef HM_LIB_TLOG_C2SP_H
#define HM_LIB_TLOG_C2SP_H

#include "lib/tlog/proof.h"

/* For read.h. *ret is zero before, and not to be used where it fails. */
HM_MUST_CHECK bool hm_tlog_c2sp_parse(struct hm_bytes file, struct hm_tlog_proof *ret, struct hm_error *error);

#endif
