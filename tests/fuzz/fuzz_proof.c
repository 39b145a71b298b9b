/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_proof.c - proof.json: a file that is read is written in one form, which is read again */
#include "tests/fuzz/fuzz.h"
#include "lib/proof/proof.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_proof *first = NULL, *again = NULL;
	char why[512], *text, *second;

	if (!hm_proof_parse(hm_bytes_of(p, len), &first, why, sizeof(why))) {
		/* One line, and it is said. */
		FUZZ_CHECK(why[0] && !memchr(why, '\n', strlen(why)));
		return 0;
	}
	text = hm_proof_format(first);
	FUZZ_CHECK(text);
	FUZZ_CHECK(hm_proof_parse(hm_bytes_of(text, strlen(text)), &again, why, sizeof(why)));
	second = hm_proof_format(again);
	FUZZ_CHECK(second && strcmp(text, second) == 0);
	hm_proof_free(first);
	hm_proof_free(again);
	free(text);
	free(second);
	return 0;
}
