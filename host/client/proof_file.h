/* SPDX-License-Identifier: BSD-2-Clause */
/* proof_file.h - the proof that a command is given */
#ifndef HM_HOST_CLIENT_PROOF_FILE_H
#define HM_HOST_CLIENT_PROOF_FILE_H

#include "lib/proof/proof.h"

/*
 * HM_EXIT_OK, or the status to leave with (line printed). A proof is evidence: one that is empty is rejected like any
 * other that is malformed. Release with hm_proof_free.
 */
HM_MUST_CHECK int hm_proof_input(const char *path, struct hm_proof **ret);

#endif
