/* SPDX-License-Identifier: BSD-2-Clause */
/* proof_file.c - the proof that a command is given */
#include "host/client/proof_file.h"

#include "lib/base/error.h"
#include "host/base/args.h"
#include "host/base/file.h"

int hm_proof_input(const char *path, struct hm_proof **ret)
{
	struct hm_file file;
	struct hm_error error = {0};
	int status = hm_input_read(path, HM_PROOF_MAX, &file);
	bool good;

	if (status)
		return status == HM_EXIT_INPUT ? HM_EXIT_REJECTED : status;
	good = hm_proof_parse(hm_file_bytes(&file), ret, &error);
	hm_file_free(&file);
	return good ? HM_EXIT_OK : hm_fail_format(HM_EXIT_REJECTED, path, "Malformed: proof: %s", error.text);
}
