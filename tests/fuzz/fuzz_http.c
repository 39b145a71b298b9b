/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_http.c - heads and bodies of HTTP; the first byte chooses */
#include "lib/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "host/client/http.h"

static void body(struct hm_bytes in, enum hm_http_framing framing, uint64_t length)
{
	struct hm_http_head head = {.framing = framing, .length = length};
	struct hm_http_body whole = hm_http_body_of(&head), pieces = whole;
	size_t used = 0, used_whole = 0, n;
	bool good = true, good_whole = hm_http_body_feed(&whole, in, &used_whole, NULL);

	for (size_t i = 0; i < in.len && good && !pieces.done; i++) {
		good = hm_http_body_feed(&pieces, hm_bytes_of(in.p + i, 1), &n, NULL);
		used += n;
	}
	/* Where the pieces are cut makes no difference. */
	FUZZ_CHECK(good == good_whole);
	if (good)
		FUZZ_CHECK(whole.done == pieces.done && used == used_whole && used <= in.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_bytes in = hm_bytes_of(p + (len > 0), len - (len > 0));
	struct hm_http_head head;
	struct hm_error error = {0};

	if (!len)
		return 0;
	switch (p[0] & 3) {
	case 0:
		if (hm_http_request_parse(in, &head, &error)) {
			FUZZ_CHECK(hm_http_head_len(in) == in.len && fuzz_inside(head.target, p, len));
			FUZZ_CHECK(!memchr(head.target.p, ' ', head.target.len) && head.framing != HM_HTTP_TO_END);
			for (size_t i = 0; i < head.field_count; i++)
				FUZZ_CHECK(!memchr(head.field[i].value.p, '\n', head.field[i].value.len) &&
					   !memchr(head.field[i].name.p, ':', head.field[i].name.len));
		}
		break;
	case 1:
		if (hm_http_response_parse(in, &head, &error))
			FUZZ_CHECK(head.status >= 100 && head.status <= 599);
		break;
	case 2:
		body(in, HM_HTTP_CHUNKED, 0);
		break;
	default:
		body(in, HM_HTTP_LENGTH, p[0]);
		break;
	}
	return 0;
}
