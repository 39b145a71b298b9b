/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_profile.c - platform profiles: a file that is read is written in one form, which is read again */
#include "lib/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "host/firmware/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_profile *first = NULL, *again = NULL;
	struct hm_error error = {0};
	char *text, *second;

	if (!hm_profile_parse(hm_bytes_of(p, len), &first, &error)) {
		/* One line, and it is said. */
		FUZZ_CHECK(error.text[0] && !memchr(error.text, '\n', strlen(error.text)));
		return 0;
	}
	text = hm_profile_format(first);
	FUZZ_CHECK(text);
	FUZZ_CHECK(hm_profile_parse(hm_bytes_of(text, strlen(text)), &again, &error));
	second = hm_profile_format(again);
	FUZZ_CHECK(second && strcmp(text, second) == 0);
	hm_profile_free(first);
	hm_profile_free(again);
	free(text);
	free(second);
	return 0;
}
