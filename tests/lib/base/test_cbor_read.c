/* SPDX-License-Identifier: BSD-2-Clause */
/* test_cbor_read.c - items of RFC 8949, appendix A, and each way in which an item is not the one that was asked for */
#include "lib/base/cbor_read.h"

#include "tests/support/support.h"

#include <string.h>

static struct hm_reader reader_of(const char *hex, uint8_t *buf, size_t cap)
{
	size_t len = strlen(hex) / 2;

	assert_true(len <= cap);
	assert_true(hm_parse_hex(hm_bytes_of_text(hex), buf, len));
	return hm_reader_of(hm_bytes_of(buf, len));
}

static void test_integers(void **state)
{
	static const struct {
		const char *hex;
		uint64_t v;
	} rows[] = {
		{"00", 0},
		{"17", 23},
		{"1818", 24},
		{"1903e8", 1000},
		{"1a000f4240", 1000000},
		{"1bffffffffffffffff", UINT64_MAX},
		/* Not the shortest heads: accepted. */
		{"1800", 0},
		{"1b0000000000000001", 1},
	};
	uint8_t buf[16];

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(rows); i++) {
		struct hm_reader r = reader_of(rows[i].hex, buf, sizeof(buf));

		assert_int_equal(hm_cbor_get_uint(&r), rows[i].v);
		assert_true(hm_reader_done(&r));
		/* The same head as a negative integer: -1 - v. */
		r = reader_of(rows[i].hex, buf, sizeof(buf));
		buf[0] |= 0x20;
		assert_int_equal(hm_cbor_get_negative(&r), rows[i].v);
		assert_true(hm_reader_done(&r));
	}
}

static void test_nested(void **state)
{
	/* {_ "a": [1, h'0203'], "b": {1: null}} */
	uint8_t buf[32];
	struct hm_reader r = reader_of("bf6161820142020361"
				       "62a101f6ff",
				       buf, sizeof(buf));
	struct hm_cbor_map outer = hm_cbor_get_map(&r), inner;
	bool null;

	(void)state;
	assert_true(hm_cbor_next_pair(&r, &outer));
	assert_true(hm_bytes_equal_text(hm_cbor_get_text(&r), "a"));
	assert_int_equal(hm_cbor_get_array(&r), 2);
	assert_int_equal(hm_cbor_get_uint(&r), 1);
	assert_true(hm_bytes_equal_text(hm_cbor_get_bytes(&r), "\x02\x03"));
	assert_true(hm_cbor_next_pair(&r, &outer));
	assert_true(hm_bytes_equal_text(hm_cbor_get_text(&r), "b"));
	inner = hm_cbor_get_map(&r);
	assert_true(hm_cbor_next_pair(&r, &inner));
	assert_int_equal(hm_cbor_get_uint(&r), 1);
	assert_int_equal(hm_cbor_get_bytes_or_null(&r, &null).len, 0);
	assert_true(null);
	assert_false(hm_cbor_next_pair(&r, &inner));
	assert_false(hm_cbor_next_pair(&r, &outer));
	assert_true(hm_reader_done(&r));
}

/* Every first byte, before eight bytes of zeros: exactly the heads of that type and of definite length are taken. */
static void test_every_first_byte(void **state)
{
	(void)state;
	for (unsigned int first = 0; first <= 0xff; first++) {
		const uint8_t in[9] = {(uint8_t)first};

		for (unsigned int major = 0; major < 5; major++) {
			struct hm_reader r = hm_reader_of(hm_bytes_of(in, sizeof(in)));
			bool want = first >> 5 == major && (first & 0x1f) <= 27;

			if (major == 0)
				hm_cbor_get_uint(&r);
			else if (major == 1)
				hm_cbor_get_negative(&r);
			else if (major == 2)
				hm_cbor_get_bytes(&r);
			else if (major == 3)
				hm_cbor_get_text(&r);
			else
				hm_cbor_get_array(&r);
			/* A string of more bytes than there are. */
			if ((major == 2 || major == 3) && (first & 0x1f) > 8 && (first & 0x1f) < 24)
				want = false;
			if (!r.failed != want)
				fail_msg("first byte %02x, major type %u: %s", first, major,
					 r.failed ? "refused" : "taken");
		}
	}
}

static void test_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"18",
		"19ff",
		"1a000000",
		"1b00000000000000", /* heads cut short */
		"1c",
		"1d",
		"1e",
		"1f", /* reserved, indefinite */
		"5f4100ff",
		"7f6161ff",
		"9fff", /* in chunks, indefinite array */
		"41",
		"5bffffffffffffffff00",
		"5affffffff", /* longer than the input */
		"c000",
		"f4",
		"f7",
		"f90000",
		"f818",
		"ff", /* tag, simple values, float, break */
	};
	uint8_t buf[16];

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(rows); i++) {
		bool null = true;
		struct hm_reader r = reader_of(rows[i], buf, sizeof(buf));

		assert_int_equal(hm_cbor_get_uint(&r), 0);
		if (!(r.failed))
			fail_msg("%s is taken", rows[i]);
		r = reader_of(rows[i], buf, sizeof(buf));
		assert_int_equal(hm_cbor_get_bytes_or_null(&r, &null).len, 0);
		if (!(r.failed && !null))
			fail_msg("%s is taken", rows[i]);
		r = reader_of(rows[i], buf, sizeof(buf));
		assert_int_equal(hm_cbor_get_array(&r), 0);
		if (!(r.failed))
			fail_msg("%s is taken", rows[i]);
	}
}

static void test_sticky(void **state)
{
	uint8_t buf[8];
	struct hm_reader r = reader_of("610000a0ff", buf, sizeof(buf));
	struct hm_cbor_map map;

	(void)state;
	assert_int_equal(hm_cbor_get_uint(&r), 0);
	assert_true(r.failed);
	assert_int_equal(hm_cbor_get_text(&r).len, 0);
	map = hm_cbor_get_map(&r);
	assert_false(hm_cbor_next_pair(&r, &map));
	assert_false(hm_reader_done(&r));
	/* Bytes that are left over. */
	r = reader_of("0000", buf, sizeof(buf));
	assert_int_equal(hm_cbor_get_uint(&r), 0);
	assert_false(hm_reader_done(&r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers), cmocka_unit_test(test_nested), cmocka_unit_test(test_every_first_byte),
		cmocka_unit_test(test_refused),	 cmocka_unit_test(test_sticky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
