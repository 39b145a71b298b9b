/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_artefacts.c - the list of artefacts: a list that is read is, written again, the same bytes */
#include "lib/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "host/audit/artefacts.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_artefacts *list = NULL;
	struct hm_error error = {0};
	char *text;

	if (!hm_artefacts_parse(hm_bytes_of(p, len), &list, &error)) {
		FUZZ_CHECK(error.text[0] && !memchr(error.text, '\n', strlen(error.text)));
		return 0;
	}
	text = hm_artefacts_format(list);
	FUZZ_CHECK(text && strlen(text) == len && memcmp(text, p, len) == 0);
	hm_artefacts_free(list);
	free(text);
	return 0;
}
