/* SPDX-License-Identifier: BSD-2-Clause */
/* read.h - proofs of transparency logs, of either form, as they are in files */
#ifndef HM_LIB_TLOG_READ_H
#define HM_LIB_TLOG_READ_H

#include "lib/tlog/proof.h"

/* The first line says which form it is. *ret borrows from `file`. False: `error` names line and defect. */
HM_MUST_CHECK bool hm_tlog_proof_parse(struct hm_bytes file, struct hm_tlog_proof *ret, struct hm_error *error);

#endif
