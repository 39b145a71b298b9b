/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_bound_request.c - the first request on a connection: read whole or in pieces the answer is the same */
#include "guest/bound_request.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	uint8_t nonce[HM_BOUND_REQUEST_NONCE_LEN], again[HM_BOUND_REQUEST_NONCE_LEN];
	enum hm_bound_request whole = hm_bound_request_parse(hm_bytes_of(p, len), nonce);

	/* What is a request is one of the one form: written from its nonce and host it is the same bytes. */
	if (whole == HM_BOUND_REQUEST_WHOLE) {
		char text[HM_BOUND_REQUEST_MAX];
		struct hm_writer w = hm_writer_of(text, sizeof(text));
		const uint8_t *host = memmem(p, len, "Host: ", 6);

		FUZZ_CHECK(host && len <= HM_BOUND_REQUEST_MAX);
		hm_put_text(&w, "GET /.well-known/hallmark/proof?nonce=");
		hm_put_hex(&w, hm_bytes_of(nonce, sizeof(nonce)));
		hm_put_text(&w, " HTTP/1.1\r\nHost: ");
		hm_put_bytes(&w, hm_bytes_of(host + 6, len - (size_t)(host + 6 - p)));
		FUZZ_CHECK(!w.failed && w.len == len && memcmp(text, p, len) == 0);
	}
	/* No beginning of it is decided otherwise than it. */
	for (size_t i = 0; i < len && i <= HM_BOUND_REQUEST_MAX; i++) {
		enum hm_bound_request part = hm_bound_request_parse(hm_bytes_of(p, i), again);

		FUZZ_CHECK(part != HM_BOUND_REQUEST_WHOLE || whole == HM_BOUND_REQUEST_BAD);
		FUZZ_CHECK(part != HM_BOUND_REQUEST_BAD || whole == HM_BOUND_REQUEST_BAD);
	}
	return 0;
}
