/* SPDX-License-Identifier: BSD-2-Clause */
/* test_nsm.c - what the Nitro security module is asked and answers; the bytes are by RFC 8949, written by hand */
#include "lib/base/error.h"
#include "guest/nsm.h"

#include "tests/support/support.h"

#include <string.h>

static struct hm_bytes of_hex(const char *hex, uint8_t *buf, size_t cap)
{
	size_t len = strlen(hex) / 2;

	assert_true(len <= cap);
	assert_true(hm_parse_hex(hm_bytes_of_text(hex), buf, len));
	return hm_bytes_of(buf, len);
}

static void test_request(void **state)
{
	/* {"Attestation": {"nonce": h'0102', "user_data": null, "public_key": h'04aa'}} */
	static const char want[] = "a1"
				   "6b4174746573746174696f6e"
				   "a3"
				   "656e6f6e6365"
				   "420102"
				   "69757365725f64617461"
				   "f6"
				   "6a7075626c69635f6b6579"
				   "4204aa";
	static const uint8_t nonce[] = {1, 2}, key[] = {4, 0xaa};
	uint8_t buf[128], expected[128];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_bytes bytes = of_hex(want, expected, sizeof(expected));

	(void)state;
	hm_nsm_attestation_put(&w, hm_bytes_of(nonce, sizeof(nonce)), hm_bytes_of(key, sizeof(key)));
	assert_false(w.failed);
	assert_true(hm_bytes_equal(hm_writer_bytes(&w), bytes));
	w = hm_writer_of(buf, bytes.len - 1);
	hm_nsm_attestation_put(&w, hm_bytes_of(nonce, sizeof(nonce)), hm_bytes_of(key, sizeof(key)));
	assert_true(w.failed);
}

#define ATTESTATION "6b4174746573746174696f6e"
#define DOCUMENT "68646f63756d656e74"

static void test_answers(void **state)
{
	static const struct {
		const char *hex;
		const char *document; /* NULL: refused */
		const char *why;
	} rows[] = {
		{"a1" ATTESTATION "a1" DOCUMENT "43010203", "010203", NULL},
		/* What fills the index; maps without a length. */
		{"a1" ATTESTATION "a1" DOCUMENT "43010203"
		 "ffffffff",
		 "010203", NULL},
		{"a1" ATTESTATION "a1" DOCUMENT "43010203"
		 "00000000",
		 "010203", NULL},
		{"bf" ATTESTATION "bf" DOCUMENT "43010203"
		 "ffff",
		 "010203", NULL},
		{"a1"
		 "654572726f72"
		 "6f496e76616c6964417267756d656e74",
		 NULL, "the security module refuses: InvalidArgument"},
		{"a1"
		 "654572726f72"
		 "00",
		 NULL, "the security module refuses: "},
		{"", NULL, "not a CBOR map"},
		{"ffffffff", NULL, "not a CBOR map"},
		{"00000000", NULL, "not a CBOR map"},
		{"a0", NULL, "not a CBOR map"},
		{"80", NULL, "not a CBOR map"},
		{"a1"
		 "61"
		 "41"
		 "a1" DOCUMENT "43010203",
		 NULL, "not an attestation document"},
		{"a1" ATTESTATION "a0", NULL, "not an attestation document"},
		{"a1" ATTESTATION "43010203", NULL, "not an attestation document"},
		/* empty, cut, text, null, another name, more than one member */
		{"a1" ATTESTATION "a1" DOCUMENT "40", NULL, "not an attestation document"},
		{"a1" ATTESTATION "a1" DOCUMENT "430102", NULL, "not an attestation document"},
		{"a1" ATTESTATION "a1" DOCUMENT "63616263", NULL, "not an attestation document"},
		{"a1" ATTESTATION "a1" DOCUMENT "f6", NULL, "not an attestation document"},
		{"a1" ATTESTATION "a1"
		 "68444f43554d454e54"
		 "43010203",
		 NULL, "not an attestation document"},
		{"a1" ATTESTATION "a2" DOCUMENT "43010203"
		 "6161"
		 "00",
		 NULL, "not an attestation document"},
		{"a2" ATTESTATION "a1" DOCUMENT "43010203"
		 "6161"
		 "00",
		 NULL, "not an attestation document"},
		{"a1" ATTESTATION "a1" DOCUMENT "5bffffffffffffffff01", NULL, "not an attestation document"},
	};
	uint8_t buf[128], expected[16];

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].why); i++) {
		struct hm_bytes answer = of_hex(rows[i].hex, buf, sizeof(buf)), document = hm_bytes_of(NULL, 0);
		struct hm_error error = {0};
		bool good = hm_nsm_attestation_decode(answer, &document, &error);

		assert_int_equal(good, rows[i].document != NULL);
		if (good)
			assert_true(hm_bytes_equal(document, of_hex(rows[i].document, expected, sizeof(expected))));
		else
			assert_non_null(strstr(error.text, rows[i].why));
		assert_true(good || document.p == NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
