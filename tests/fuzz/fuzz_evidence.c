/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_evidence.c - what `hallmark log`, `predict` and foreign readers take: logs, variables, other systems' proofs;
 * the first byte chooses */
#include "lib/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "host/log/seen.h"
#include "host/firmware/variables.h"
#include "lib/verify/checks.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_bytes in = hm_bytes_of(p + (len > 0), len - (len > 0));
	struct hm_evidence *evidence = NULL;
	struct hm_proof *proof = NULL;
	struct hm_proof_terms terms;
	struct hm_vars vars;
	struct hm_error error = {0};

	if (!len)
		return 0;
	switch (p[0] & 3) {
	case 0:
		if (hm_evidence_parse(in, &evidence, &error))
			hm_evidence_free(evidence);
		break;
	case 1:
		/* A caller's own file, but one that a virtual machine may have written. */
		if (hm_vars_parse(in, &vars, &error))
			break;
		break;
	default:
		if (hm_proof_convert((enum hallmark_format)(HALLMARK_FORMAT_BLINDLLAMA_V2 + (p[0] >> 2) % 5u), in,
				     &proof, &terms, &error))
			hm_proof_free(proof);
		break;
	}
	return 0;
}
