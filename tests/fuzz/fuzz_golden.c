/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_golden.c - golden.json: a file that is read is written in one form, which is read again */
#include "lib/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "lib/golden/golden.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_golden *first = NULL, *again = NULL;
	struct hm_error error = {0};
	char *text, *second;

	/* A vendor's part has fields of its own; nothing of it is written again. */
	if (hm_golden_part_parse(hm_bytes_of(p, len), &first, &error))
		hm_golden_free(first);
	first = NULL;
	if (!hm_golden_parse(hm_bytes_of(p, len), &first, &error)) {
		/* One line, and it is said. */
		FUZZ_CHECK(error.text[0] && !memchr(error.text, '\n', strlen(error.text)));
		return 0;
	}
	text = hm_golden_format(first);
	FUZZ_CHECK(text);
	FUZZ_CHECK(hm_golden_parse(hm_bytes_of(text, strlen(text)), &again, &error));
	second = hm_golden_format(again);
	FUZZ_CHECK(second && strcmp(text, second) == 0);
	hm_golden_free(first);
	hm_golden_free(again);
	free(text);
	free(second);
	return 0;
}
