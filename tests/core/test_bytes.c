/* SPDX-License-Identifier: BSD-2-Clause */
/* test_bytes.c - bounded reader and writer, strict text forms */
#include "core/bytes.h"

#include "tests/support/support.h"

#include <string.h>

static const uint8_t counting[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

static void test_equal(void **state)
{
	(void)state;
	assert_true(hm_bytes_equal(hm_bytes_of(NULL, 0), hm_bytes_of(NULL, 0)));
	assert_true(hm_bytes_equal(hm_bytes_of(counting, 0), hm_bytes_of(NULL, 0)));
	assert_true(hm_bytes_equal_text(hm_bytes_of("abc", 3), "abc"));
	assert_false(hm_bytes_equal_text(hm_bytes_of("abc", 2), "abc"));
	assert_false(hm_bytes_equal_text(hm_bytes_of("abc\0", 4), "abc"));
	assert_false(hm_bytes_equal_text(hm_bytes_of("abd", 3), "abc"));
	assert_int_equal(hm_bytes_of_text("").len, 0);
	assert_non_null(hm_bytes_of_text("").p);
}

static void test_slice(void **state)
{
	struct hm_bytes b = hm_bytes_of(counting, sizeof(counting));
	struct hm_bytes out = hm_bytes_of(NULL, 77);

	(void)state;
	assert_true(hm_bytes_slice(b, 4, 12, &out));
	assert_ptr_equal(out.p, counting + 4);
	assert_int_equal(out.len, 12);
	assert_true(hm_bytes_slice(b, 16, 0, &out));
	assert_int_equal(out.len, 0);
	assert_true(hm_bytes_slice(hm_bytes_of(NULL, 0), 0, 0, &out));
	assert_null(out.p);
}

static void test_slice_refuses(void **state)
{
	/* off, len; the last ones are those whose sum wraps around. */
	static const uint64_t bad[][2] = {
		{17, 0},
		{16, 1},
		{0, 17},
		{5, 12},
		{UINT64_MAX, 1},
		{1, UINT64_MAX},
		{8, UINT64_MAX - 7},
		{UINT64_MAX, UINT64_MAX},
		{(uint64_t)1 << 32, 1},
	};
	struct hm_bytes b = hm_bytes_of(counting, sizeof(counting));
	struct hm_bytes out = hm_bytes_of(counting + 1, 77);

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++) {
		assert_false(hm_bytes_slice(b, bad[i][0], bad[i][1], &out));
		assert_ptr_equal(out.p, counting + 1);
		assert_int_equal(out.len, 77);
	}
}

static void test_reader_integers(void **state)
{
	struct hm_reader r = hm_reader_of(hm_bytes_of(counting, 15));

	(void)state;
	assert_int_equal(hm_get_u8(&r), 0x01);
	assert_int_equal(hm_get_u16le(&r), 0x0302);
	assert_int_equal(hm_get_u32le(&r), 0x07060504);
	assert_true(hm_get_u64le(&r) == UINT64_C(0x0f0e0d0c0b0a0908));
	assert_true(hm_reader_done(&r));
	r = hm_reader_of(hm_bytes_of(counting, 14));
	assert_int_equal(hm_get_u16be(&r), 0x0102);
	assert_int_equal(hm_get_u32be(&r), 0x03040506);
	assert_true(hm_get_u64be(&r) == UINT64_C(0x0708090a0b0c0d0e));
	assert_true(hm_reader_done(&r));
}

static void test_reader_high_bits(void **state)
{
	static const uint8_t ones[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe};
	struct hm_reader r = hm_reader_of(hm_bytes_of(ones, sizeof(ones)));

	(void)state;
	assert_true(hm_get_u64be(&r) == UINT64_MAX - 1);
	r = hm_reader_of(hm_bytes_of(ones, sizeof(ones)));
	assert_true(hm_get_u64le(&r) == UINT64_C(0xfeffffffffffffff));
	r = hm_reader_of(hm_bytes_of(ones, sizeof(ones)));
	assert_true(hm_get_u32le(&r) == UINT32_MAX);
}

static void test_reader_sticks(void **state)
{
	struct hm_reader r = hm_reader_of(hm_bytes_of(counting, 5));
	struct hm_bytes b;

	(void)state;
	assert_int_equal(hm_get_u16le(&r), 0x0201);
	assert_int_equal(hm_get_u32le(&r), 0);
	assert_true(r.failed);
	assert_int_equal(hm_reader_left(&r), 3);
	/* These would fit, had nothing failed before. */
	assert_int_equal(hm_get_u8(&r), 0);
	b = hm_get_bytes(&r, 1);
	assert_int_equal(b.len, 0);
	b = hm_get_bytes(&r, 0);
	assert_null(b.p);
	hm_skip(&r, 1);
	assert_int_equal(hm_reader_left(&r), 3);
	assert_false(hm_reader_done(&r));
}

static void test_reader_runs(void **state)
{
	struct hm_reader r = hm_reader_of(hm_bytes_of(counting, 8));
	struct hm_bytes b;

	(void)state;
	hm_skip(&r, 3);
	b = hm_get_bytes(&r, 4);
	assert_ptr_equal(b.p, counting + 3);
	assert_int_equal(b.len, 4);
	assert_false(hm_reader_done(&r));
	hm_skip(&r, UINT64_MAX);
	assert_true(r.failed);
	r = hm_reader_of(hm_bytes_of(NULL, 0));
	assert_true(hm_reader_done(&r));
	assert_int_equal(hm_get_u8(&r), 0);
	assert_false(hm_reader_done(&r));
}

static void test_writer(void **state)
{
	uint8_t buf[64];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));

	(void)state;
	hm_put_u8(&w, 0x01);
	hm_put_u16le(&w, 0x0302);
	hm_put_u32le(&w, 0x07060504);
	hm_put_u64le(&w, UINT64_C(0x0f0e0d0c0b0a0908));
	assert_int_equal(w.len, 15);
	assert_memory_equal(buf, counting, 15);
	hm_put_bytes(&w, hm_bytes_of(NULL, 0));
	hm_put_text(&w, " x=");
	hm_put_dec(&w, 0);
	hm_put_dec(&w, UINT64_MAX);
	hm_put_hex(&w, hm_bytes_of("\x0f\xa0", 2));
	assert_false(w.failed);
	assert_true(hm_bytes_equal_text(hm_bytes_of(buf + 15, w.len - 15), " x=0184467440737095516150fa0"));
	assert_ptr_equal(hm_writer_bytes(&w).p, buf);
	assert_int_equal(hm_writer_bytes(&w).len, w.len);
	w = hm_writer_of(buf, 6);
	hm_put_utf16(&w, hm_bytes_of_text("A~"));
	assert_int_equal(w.len, 4);
	assert_memory_equal(buf, "A\0~\0", 4);
	hm_put_utf16(&w, hm_bytes_of_text("ab"));
	assert_true(w.failed);
}

static void test_writer_sticks(void **state)
{
	uint8_t buf[4] = {9, 9, 9, 9};
	static const uint8_t expected[4] = {1, 2, 9, 9};
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));

	(void)state;
	hm_put_u16le(&w, 0x0201);
	hm_put_u32le(&w, 0);
	assert_true(w.failed);
	hm_put_u8(&w, 7);
	hm_put_hex(&w, hm_bytes_of(counting, 1));
	hm_put_dec(&w, 1);
	hm_put_text(&w, "a");
	assert_int_equal(w.len, 2);
	assert_memory_equal(buf, expected, 4);
}

static void test_writer_exact(void **state)
{
	uint8_t buf[4];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));

	(void)state;
	hm_put_hex(&w, hm_bytes_of(counting, 2));
	assert_false(w.failed);
	hm_put_bytes(&w, hm_bytes_of(NULL, 0));
	assert_false(w.failed);
	/* Hex needs two bytes for one. */
	w = hm_writer_of(buf, 3);
	hm_put_hex(&w, hm_bytes_of(counting, 2));
	assert_true(w.failed);
	assert_int_equal(w.len, 0);
	w = hm_writer_of(NULL, 0);
	hm_put_u8(&w, 1);
	assert_true(w.failed);
}

static void test_parse_dec(void **state)
{
	static const char *const bad[] = {
		"",
		"00",
		"01",
		"-1",
		"+1",
		" 1",
		"1 ",
		"1a",
		"a",
		"18446744073709551616",
		"99999999999999999999",
		"100000000000000000000",
		"0x1",
	};
	uint64_t v = 42;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++) {
		assert_false(hm_parse_dec(hm_bytes_of_text(bad[i]), &v));
		assert_int_equal(v, 42);
	}
	assert_false(hm_parse_dec(hm_bytes_of("1\0", 2), &v));
	assert_true(hm_parse_dec(hm_bytes_of_text("0"), &v));
	assert_int_equal(v, 0);
	assert_true(hm_parse_dec(hm_bytes_of_text("1234567890"), &v));
	assert_int_equal(v, 1234567890);
	assert_true(hm_parse_dec(hm_bytes_of_text("18446744073709551615"), &v));
	assert_true(v == UINT64_MAX);
}

static void test_parse_hex(void **state)
{
	static const char *const bad[] = {"", "00f", "00fff", "0", "00FF", "00fg", "g0ff", "00f/", "00f:", "00f`"};
	static const uint8_t expected[] = {0x00, 0xff};
	uint8_t out[2] = {5, 5};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++) {
		assert_false(hm_parse_hex(hm_bytes_of_text(bad[i]), out, sizeof(out)));
		assert_int_equal(out[0], 5);
		assert_int_equal(out[1], 5);
	}
	assert_true(hm_parse_hex(hm_bytes_of_text("00ff"), out, sizeof(out)));
	assert_memory_equal(out, expected, sizeof(out));
	assert_true(hm_parse_hex(hm_bytes_of_text(""), out, 0));
	/* 2 * len would wrap around. */
	assert_false(hm_parse_hex(hm_bytes_of_text("00"), out, SIZE_MAX / 2 + 2));
}

static void test_is_name(void **state)
{
	static const char *const bad[] = {
		"", "A", "a_b", "a.b", "a b", "a/b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "`", "{", "\xc3\xa4",
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++)
		assert_false(hm_is_name(hm_bytes_of_text(bad[i])));
	assert_true(hm_is_name(hm_bytes_of_text("a")));
	assert_true(hm_is_name(hm_bytes_of_text("az-09")));
	assert_true(hm_is_name(hm_bytes_of_text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
	assert_false(hm_is_name(hm_bytes_of("a\0", 2)));
}

static void test_text_classes(void **state)
{
	static const struct {
		const char *text;
		bool printable, word, component;
	} cases[] = {
		{"", true, false, false},	 {" ~", true, false, false},   {"\x1f", false, false, false},
		{"\x7f", false, false, false},	 {"a\n", false, false, false}, {"\xc3\xa4", false, false, false},
		{"azAZ09._-", true, true, true}, {"a b", true, false, false},  {"a/b", true, false, false},
		{".", true, true, false},	 {"..", true, true, false},    {"...", true, true, true},
		{"..a", true, true, true},	 {"a@", true, false, false},   {"[", true, false, false},
		{"`", true, false, false},	 {"{", true, false, false},    {":", true, false, false},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].text); i++) {
		struct hm_bytes text = hm_bytes_of_text(cases[i].text);

		assert_int_equal(hm_bytes_is_printable(text), cases[i].printable);
		assert_int_equal(hm_is_word(text), cases[i].word);
		assert_int_equal(hm_is_path_component(text), cases[i].component);
	}
	/* A NUL is no end. */
	assert_false(hm_bytes_is_printable(hm_bytes_of("a\0b", 3)));
	assert_false(hm_is_word(hm_bytes_of("a\0b", 3)));
	assert_true(hm_bytes_has(hm_bytes_of_text("abc"), 'c'));
	assert_false(hm_bytes_has(hm_bytes_of_text("abc"), 'd'));
	assert_false(hm_bytes_has(hm_bytes_of(NULL, 0), 0));
}

static void test_next_field(void **state)
{
	struct hm_bytes rest = hm_bytes_of_text("a  bc ");
	static const char *const expected[] = {"a", "", "bc", ""};
	struct hm_bytes field = hm_bytes_of(NULL, 0);

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, expected, expected[i]); i++) {
		assert_true(hm_next_field(&rest, ' ', &field));
		assert_true(hm_bytes_equal_text(field, expected[i]));
	}
	assert_null(rest.p);
	field = hm_bytes_of(counting, 3);
	assert_false(hm_next_field(&rest, ' ', &field));
	assert_ptr_equal(field.p, counting);
	rest = hm_bytes_of_text("");
	assert_true(hm_next_field(&rest, ' ', &field));
	assert_int_equal(field.len, 0);
	assert_false(hm_next_field(&rest, ' ', &field));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_slice),
		cmocka_unit_test(test_slice_refuses),
		cmocka_unit_test(test_reader_integers),
		cmocka_unit_test(test_reader_high_bits),
		cmocka_unit_test(test_reader_sticks),
		cmocka_unit_test(test_reader_runs),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_writer_sticks),
		cmocka_unit_test(test_writer_exact),
		cmocka_unit_test(test_parse_dec),
		cmocka_unit_test(test_parse_hex),
		cmocka_unit_test(test_is_name),
		cmocka_unit_test(test_next_field),
		cmocka_unit_test(test_text_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
