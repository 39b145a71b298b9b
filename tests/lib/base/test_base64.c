/* SPDX-License-Identifier: BSD-2-Clause */
/* test_base64.c - base64 and base64url: the examples of RFC 4648 and RFC 7515, and every second text for the same bytes
 */
#include "lib/base/base64.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

/* RFC 4648, 10; the last two: 9 ("Illustrations"), and RFC 7515, appendix C. */
static const struct {
	const char *bytes, *text, *url;
} known[] = {
	{"", "", ""},
	{"f", "Zg==", "Zg"},
	{"fo", "Zm8=", "Zm8"},
	{"foo", "Zm9v", "Zm9v"},
	{"foob", "Zm9vYg==", "Zm9vYg"},
	{"fooba", "Zm9vYmE=", "Zm9vYmE"},
	{"foobar", "Zm9vYmFy", "Zm9vYmFy"},
	{"\x14\xfb\x9c\x03\xd9\x7e", "FPucA9l+", "FPucA9l-"},
	{"\x03\xec\xff\xe0\xc1", "A+z/4ME=", "A-z_4ME"},
};

static void assert_decodes(bool url, const char *text, const char *want)
{
	uint8_t *bytes = NULL;
	size_t len = 0;

	if (!(url ? hm_base64url_decode : hm_base64_decode)(hm_bytes_of_text(text), &bytes, &len))
		fail_msg("'%s' is refused", text);
	assert_true(hm_bytes_equal_text(hm_bytes_of(bytes, len), want));
	free(bytes);
}

static void both_ways(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, known, known[i].bytes); i++) {
		char *text = hm_base64_encode(hm_bytes_of_text(known[i].bytes));
		char *url = hm_base64url_encode(hm_bytes_of_text(known[i].bytes));

		assert_string_equal(text, known[i].text);
		assert_string_equal(url, known[i].url);
		free(text);
		free(url);
		assert_decodes(false, known[i].text, known[i].bytes);
		assert_decodes(true, known[i].url, known[i].bytes);
	}
}

static void refused(void **state)
{
	/* Padding left out, alone, in the middle; bits that no byte takes; line breaks, the other alphabet, what is no
	 * digit. */
	static const char *const bad[] = {"Zg",
					  "Zg=",
					  "Zg===",
					  "=",
					  "====",
					  "Z===",
					  "Zg==Zg==",
					  "Zm8=Zm9v",
					  "Zh==",
					  "Zm9=",
					  "Zm9v\n",
					  "Zm9v\r\nYmFy",
					  " Zm9v",
					  "FPucA9l-",
					  "A-z_4ME=",
					  "Zm9\x80",
					  "Zm9v\xff\xff\xff\xff",
					  "Zm 9",
					  "Zm-_",
					  "=Zg=",
					  "Zm8"};
	static const char *const bad_url[] = {
		"Z",	    "Zg==",    "Zm8=",	 "Zh",	    "Zm9",     "Zm9vY",
		"FPucA9l+", "A+z/4ME", "Zm9v\n", "Zm9v Zg", "Zm9\x80", "====",
	};
	uint8_t *bytes = (uint8_t *)(uintptr_t)1;
	size_t len = 77;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++)
		assert_false(hm_base64_decode(hm_bytes_of_text(bad[i]), &bytes, &len));
	for (size_t i = 0; ROW_NAMED(i, bad_url, bad_url[i]); i++)
		assert_false(hm_base64url_decode(hm_bytes_of_text(bad_url[i]), &bytes, &len));
	assert_int_equal((uintptr_t)bytes, 1);
	assert_int_equal(len, 77);
}

/* Each byte at each of the three places: what is written is read again, and the lengths are those of RFC 4648, 4. */
static void every_byte(void **state)
{
	(void)state;
	for (unsigned int v = 0; v < 256; v++) {
		for (size_t count = 1; count <= 3; count++) {
			uint8_t bytes[3] = {(uint8_t)v, (uint8_t)(v * 7), (uint8_t)~v}, *back = NULL;
			char *text = hm_base64_encode(hm_bytes_of(bytes, count));
			size_t len = 0;

			assert_int_equal(strlen(text), 4);
			assert_int_equal(strcspn(text, "="), count + 1);
			assert_true(hm_base64_decode(hm_bytes_of_text(text), &back, &len));
			assert_true(hm_bytes_equal(hm_bytes_of(back, len), hm_bytes_of(bytes, count)));
			free(back);
			free(text);
		}
	}
}

/* RFC 7468, 2: lines of 64 characters, the last one shorter. */
static void certificate(void **state)
{
	static const struct {
		size_t len;
		const char *pem;
	} cases[] = {
		{1, "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"},
		{48, "-----BEGIN CERTIFICATE-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
		     "-----END CERTIFICATE-----\n"},
		{49,
		 "-----BEGIN CERTIFICATE-----\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAA==\n"
		 "-----END CERTIFICATE-----\n"},
	};
	static const uint8_t zeros[49];

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].pem); i++) {
		char *pem = NULL;
		size_t len;
		FILE *out = open_memstream(&pem, &len);

		assert_non_null(out);
		assert_true(hm_base64_put_certificate(out, hm_bytes_of(zeros, cases[i].len)));
		fclose(out);
		assert_string_equal(pem, cases[i].pem);
		free(pem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(refused),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(certificate),
	};

	return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
