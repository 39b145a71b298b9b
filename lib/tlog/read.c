/* SPDX-License-Identifier: BSD-2-Clause */
/* read.c - proofs of transparency logs: which form it is */
#include "lib/tlog/read.h"

#include <stdlib.h>
#include <string.h>

#include "lib/tlog/c2sp.h"
#include "lib/tlog/sigsum.h"

static bool begins_with(struct hm_bytes file, const char *text)
{
	struct hm_bytes start;

	return hm_bytes_slice(file, 0, strlen(text), &start) && hm_bytes_equal_text(start, text);
}

bool hm_tlog_proof_parse(struct hm_bytes file, struct hm_tlog_proof *ret, struct hm_error *error)
{
	struct hm_tlog_proof *proof;
	bool good;

	if (file.len > HM_TLOG_PROOF_MAX)
		return hm_error_set(error, "a log's proof has at most %u bytes", HM_TLOG_PROOF_MAX);
	proof = calloc(1, sizeof(*proof));
	if (!proof)
		return hm_error_memory(error, "");
	if (begins_with(file, "version="))
		good = hm_tlog_sigsum_parse(file, proof, error);
	else if (begins_with(file, "c2sp.org/tlog-proof@"))
		good = hm_tlog_c2sp_parse(file, proof, error);
	else
		good = hm_error_set(error, "neither a proof of sigsum (version=2) nor one of C2SP "
					   "(c2sp.org/tlog-proof@v1)");
	if (good)
		*ret = *proof;
	free(proof);
	return good;
}
