/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_text.c - the command line and the layers file; the first byte chooses */
#include "core/cmdline.h"
#include "core/layers.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_bytes text = hm_bytes_of(p + (len > 0), len - (len > 0)), word = {0};
	const char *missing = NULL;
	struct hm_layers layers;
	uint32_t line = 0;

	if (len && p[0] == '!') {
		enum hm_err err = hm_cmdline_check(text, &word, &missing);

		FUZZ_CHECK(fuzz_inside(word, p, len));
		/* What passes holds none of the words that hand the machine over. */
		if (!err) {
			FUZZ_CHECK(!memmem(text.p, text.len, "init=/", 6) && !memmem(text.p, text.len, "rd.", 3) &&
				   !memmem(text.p, text.len, "debug_shell", 11) && !memchr(text.p, '\n', text.len));
		}
		return 0;
	}
	if (hm_layers_parse(text, &layers, &line))
		return 0;
	FUZZ_CHECK(layers.count >= 1 && layers.count <= HM_LAYERS_MAX);
	for (uint32_t i = 0; i < layers.count; i++) {
		FUZZ_CHECK(fuzz_inside(layers.layer[i].name, p, len) && hm_is_name(layers.layer[i].name));
		FUZZ_CHECK(layers.layer[i].pcr >= 11 && layers.layer[i].pcr <= 14);
		FUZZ_CHECK(!memmem(layers.layer[i].mount_point.p, layers.layer[i].mount_point.len, "/../", 4));
	}
	return 0;
}
