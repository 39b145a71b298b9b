/* SPDX-License-Identifier: BSD-2-Clause */
/* proof_input.h - the proof that a command is given */
#ifndef HM_HOST_PROOF_INPUT_H
#define HM_HOST_PROOF_INPUT_H

#include "tools/host/proof.h"

/*
 * HM_EXIT_OK, or the status to leave with (line printed). A proof is evidence: one that is empty is rejected like any other that is
 * malformed. Release with hm_proof_free.
 */
int hm_proof_input(const char *path, struct hm_proof **ret);

#endif
