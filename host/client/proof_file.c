/* SPDX-License-Identifier: BSD-2-Clause */
/* proof_file.c - the proof that a command is given */
#include "host/client/proof_file.h"

#include "host/base/error.h"

bool hm_proof_load(const char *path, struct hm_proof **ret, struct hm_error *error)
{
	struct hm_file file;
	bool good;

	if (!hm_file_load(path, HM_PROOF_MAX, &file, error)) {
		if (error->kind == HM_ERROR_INPUT)
			error->kind = HM_ERROR_REJECTED;
		return false;
	}
	good = hm_proof_parse(hm_file_bytes(&file), ret, error) ||
	       hm_error_of(error, HM_ERROR_REJECTED, path, "Malformed: proof: %s", error->text);
	hm_file_free(&file);
	return good;
}
