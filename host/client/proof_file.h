/* SPDX-License-Identifier: BSD-2-Clause */
/* proof_file.h - the proof that a command is given */
#ifndef HM_HOST_CLIENT_PROOF_FILE_H
#define HM_HOST_CLIENT_PROOF_FILE_H

#include "lib/proof/proof.h"

/*
 * Read and parse the proof in a file. A proof is evidence: one that is empty or malformed is HM_ERROR_REJECTED. Release
 * with hm_proof_free.
 */
HM_MUST_CHECK bool hm_proof_load(const char *path, struct hm_proof **ret, struct hm_error *error);

#endif
