/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_report.c - the machine's report: a file that is read is written in one form, which is read again */
#include "lib/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "lib/golden/golden.h"
#include "host/log/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_report *first = NULL, *again = NULL;
	struct hm_error error = {0};
	char *text, *second;

	if (!hm_report_parse(hm_bytes_of(p, len), &first, &error)) {
		/* One line, and it is said. */
		FUZZ_CHECK(error.text[0] && !memchr(error.text, '\n', strlen(error.text)));
		return 0;
	}
	text = hm_report_format(first);
	FUZZ_CHECK(text);
	FUZZ_CHECK(hm_report_parse(hm_bytes_of(text, strlen(text)), &again, &error));
	second = hm_report_format(again);
	FUZZ_CHECK(second && strcmp(text, second) == 0);
	hm_report_free(first);
	hm_report_free(again);
	free(text);
	free(second);
	return 0;
}
