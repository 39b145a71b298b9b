/* SPDX-License-Identifier: BSD-2-Clause */
/* test_cbor_write.c - the examples of RFC 8949, appendix A */
#include "lib/base/cbor_write.h"

#include "tests/support/support.h"

#include <string.h>

static void assert_encoded(const struct hm_writer *w, const char *hex)
{
	uint8_t want[128];
	size_t len = strlen(hex) / 2;

	assert_true(len <= sizeof(want));
	assert_true(hm_parse_hex(hm_bytes_of_text(hex), want, len));
	assert_false(w->failed);
	assert_int_equal(w->len, len);
	assert_memory_equal(w->p, want, len);
}

static void test_integers(void **state)
{
	static const struct {
		uint64_t v;
		const char *hex;
	} rows[] = {
		{0, "00"},
		{1, "01"},
		{10, "0a"},
		{23, "17"},
		{24, "1818"},
		{25, "1819"},
		{100, "1864"},
		{1000, "1903e8"},
		{1000000, "1a000f4240"},
		{1000000000000, "1b000000e8d4a51000"},
		{UINT64_MAX, "1bffffffffffffffff"},
		/* Heads at their limits, by RFC 8949, 3 and 4.2.1: the shortest. */
		{UINT8_MAX, "18ff"},
		{UINT8_MAX + 1, "190100"},
		{UINT16_MAX, "19ffff"},
		{UINT16_MAX + 1, "1a00010000"},
		{UINT32_MAX, "1affffffff"},
		{(uint64_t)UINT32_MAX + 1, "1b0000000100000000"},
	};
	static const struct {
		int64_t v;
		const char *hex;
	} negative[] = {{-1, "20"},	   {-10, "29"}, {-100, "3863"},
			{-1000, "3903e7"}, {10, "0a"},	{INT64_MIN, "3b7fffffffffffffff"}};
	uint8_t buf[16];

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].hex); i++) {
		struct hm_writer w = hm_writer_of(buf, sizeof(buf));

		hm_cbor_uint(&w, rows[i].v);
		assert_encoded(&w, rows[i].hex);
	}
	for (size_t i = 0; ROW_NAMED(i, negative, negative[i].hex); i++) {
		struct hm_writer w = hm_writer_of(buf, sizeof(buf));

		hm_cbor_int(&w, negative[i].v);
		assert_encoded(&w, negative[i].hex);
	}
}

static void test_strings(void **state)
{
	static const uint8_t four[] = {1, 2, 3, 4};
	static const struct {
		const char *text, *hex;
	} rows[] = {{"", "60"}, {"a", "6161"}, {"IETF", "6449455446"}, {"\"\\", "62225c"}, {"\xc3\xbc", "62c3bc"}};
	uint8_t buf[16];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));

	(void)state;
	hm_cbor_bytes(&w, hm_bytes_of(NULL, 0));
	assert_encoded(&w, "40");
	w = hm_writer_of(buf, sizeof(buf));
	hm_cbor_bytes(&w, hm_bytes_of(four, sizeof(four)));
	assert_encoded(&w, "4401020304");
	for (size_t i = 0; ROW_NAMED(i, rows, rows[i].text); i++) {
		w = hm_writer_of(buf, sizeof(buf));
		hm_cbor_text(&w, rows[i].text);
		assert_encoded(&w, rows[i].hex);
	}
}

static void test_nested(void **state)
{
	uint8_t buf[64];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));

	(void)state;
	/* [1, [2, 3], [4, 5]] */
	hm_cbor_array(&w, 3);
	hm_cbor_uint(&w, 1);
	for (uint64_t v = 2; v < 6; v += 2) {
		hm_cbor_array(&w, 2);
		hm_cbor_uint(&w, v);
		hm_cbor_uint(&w, v + 1);
	}
	assert_encoded(&w, "8301820203820405");
	/* [1, 2, ... 25] */
	w = hm_writer_of(buf, sizeof(buf));
	hm_cbor_array(&w, 25);
	for (uint64_t v = 1; v <= 25; v++)
		hm_cbor_uint(&w, v);
	assert_encoded(&w, "98190102030405060708090a0b0c0d0e0f101112131415161718181819");
	/* {1: 2, 3: 4}, {"a": 1, "b": [2, 3]} */
	w = hm_writer_of(buf, sizeof(buf));
	hm_cbor_map(&w, 2);
	for (uint64_t v = 1; v <= 4; v++)
		hm_cbor_uint(&w, v);
	assert_encoded(&w, "a201020304");
	w = hm_writer_of(buf, sizeof(buf));
	hm_cbor_map(&w, 2);
	hm_cbor_text(&w, "a");
	hm_cbor_uint(&w, 1);
	hm_cbor_text(&w, "b");
	hm_cbor_array(&w, 2);
	hm_cbor_uint(&w, 2);
	hm_cbor_uint(&w, 3);
	assert_encoded(&w, "a26161016162820203");
	/* 1(1363896240), 24(h'6449455446') */
	w = hm_writer_of(buf, sizeof(buf));
	hm_cbor_tag(&w, 1);
	hm_cbor_uint(&w, 1363896240);
	assert_encoded(&w, "c11a514b67b0");
	w = hm_writer_of(buf, sizeof(buf));
	hm_cbor_tag(&w, 24);
	hm_cbor_bytes(&w, hm_bytes_of_text("dIETF"));
	assert_encoded(&w, "d818456449455446");
}

static void test_full(void **state)
{
	uint8_t buf[3] = {9, 9, 9};
	struct hm_writer w = hm_writer_of(buf, 2);

	(void)state;
	hm_cbor_uint(&w, 1000);
	assert_true(w.failed);
	assert_int_equal(buf[2], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
