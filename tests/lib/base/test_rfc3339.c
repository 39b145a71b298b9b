/* SPDX-License-Identifier: BSD-2-Clause */
/* test_rfc3339.c - points of time: the values are those of `date -u -d TEXT +%s` */
#include "lib/base/rfc3339.h"

#include "tests/support/support.h"

#include <string.h>

static const struct {
	const char *text;
	int64_t seconds;
} known[] = {
	{"1970-01-01T00:00:00Z", 0},	      {"1972-02-29T12:34:56Z", 68214896},
	{"2000-03-01T00:00:00Z", 951868800},  {"2026-11-26T12:00:00Z", 1795694400},
	{"2038-01-19T03:14:08Z", 2147483648}, {"2100-02-28T23:59:59Z", 4107542399},
	{"2100-03-01T00:00:00Z", 4107542400}, {"9999-12-31T23:59:59Z", 253402300799},
};

static void test_known(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, known, known[i].text); i++) {
		char text[HM_RFC3339_LEN + 1];
		int64_t seconds = -1;

		assert_true(hm_rfc3339_parse(hm_bytes_of_text(known[i].text), &seconds));
		assert_int_equal(seconds, known[i].seconds);
		hm_rfc3339_format(seconds, text);
		assert_string_equal(text, known[i].text);
	}
}

static void test_refused(void **state)
{
	static const char *const refused[] = {
		"",
		"2026-11-26",
		"2026-11-26T12:00:00",
		"2026-11-26T12:00:00z",
		"2026-11-26 12:00:00Z",
		"2026-11-26T12:00:00+00:00",
		"2026-11-26T12:00:00.0Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-01-00T00:00:00Z",
		"2026-04-31T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2100-02-29T00:00:00Z",
		"2026-01-01T24:00:00Z",
		"9999-12-32T00:00:00Z",
		"2026-01-01T00:60:00Z",
		"2026-12-31T23:59:60Z",
		"1969-12-31T23:59:59Z",
		"2026-1--01T00:00:00Z",
		"2O26-01-01T00:00:00Z",
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, refused, refused[i]); i++) {
		int64_t seconds = 7;

		if (hm_rfc3339_parse(hm_bytes_of_text(refused[i]), &seconds))
			fail_msg("'%s' was accepted", refused[i]);
		assert_int_equal(seconds, 7);
	}
}

/* Also before 1970, which a certificate's GeneralizedTime can name: from year 0 on. */
static void test_dates(void **state)
{
	static const struct {
		const char *name;
		struct hm_date date;
		int64_t seconds;
	} dates[] = {
		{"first", {0, 1, 1, 0, 0, 0}, -62167219200},
		{"leap day of year 0", {0, 2, 29, 0, 0, 0}, -62162121600},
		{"March of year 0", {0, 3, 1, 0, 0, 0}, -62162035200},
		{"1900", {1900, 3, 1, 0, 0, 0}, -2203891200},
		{"one second", {1969, 12, 31, 23, 59, 59}, -1},
		{"UTCTime's first", {1950, 1, 1, 0, 0, 0}, -631152000},
		{"last", {9999, 12, 31, 23, 59, 59}, 253402300799},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, dates, dates[i].name); i++)
		assert_int_equal(hm_date_seconds(&dates[i].date), dates[i].seconds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_known), cmocka_unit_test(test_refused),
					   cmocka_unit_test(test_dates)};

	return cmocka_run_group_tests_name("rfc3339", tests, NULL, NULL);
}
