/* SPDX-License-Identifier: BSD-2-Clause */
/* test_error.c - errors on their way up: kind, thing and text; and what makes any bytes one line */
#include "lib/base/error.h"

#include "tests/support/support.h"

#include <errno.h>
#include <string.h>

static void assert_error(const struct hm_error *error, enum hm_error_kind kind, const char *thing, const char *text)
{
	assert_int_equal(error->kind, kind);
	assert_string_equal(error->thing, thing);
	assert_string_equal(error->text, text);
}

static void kinds(void **state)
{
	struct hm_error error = {0};

	(void)state;
	assert_int_equal(error.kind, HM_ERROR_NONE);
	assert_false(hm_error_set(&error, "line %d", 7));
	assert_error(&error, HM_ERROR_INPUT, "", "line 7");
	assert_false(hm_error_of(&error, HM_ERROR_USAGE, "--pcr", "%s", "not a number"));
	assert_error(&error, HM_ERROR_USAGE, "--pcr", "not a number");
	/* What it is about stays; a text may be made of the one before, and the thing may be its own. */
	assert_false(hm_error_set(&error, "twice: %s", error.text));
	assert_error(&error, HM_ERROR_INPUT, "--pcr", "twice: not a number");
	assert_false(hm_error_of(&error, HM_ERROR_REJECTED, error.thing, "no"));
	assert_error(&error, HM_ERROR_REJECTED, "--pcr", "no");
	assert_false(hm_error_errno(&error, "file", -ENOENT));
	assert_error(&error, HM_ERROR_RUN, "file", strerror(ENOENT));
	assert_false(hm_error_memory(&error, ""));
	assert_error(&error, HM_ERROR_RUN, "", "out of memory");
}

/* What failed on the way to the file's content is not the content's fault. */
static void core_errors(void **state)
{
	struct hm_error error;

	(void)state;
	for (int err = HM_OK + 1; err < HM_E_COUNT; err++) {
		bool run = err == HM_E_IO || err == HM_E_HASH || err == HM_E_EXTEND || err == HM_E_BUFFER;

		error = (struct hm_error){0};
		assert_false(hm_error_err(&error, "log", (enum hm_err)err));
		assert_error(&error, run ? HM_ERROR_RUN : HM_ERROR_INPUT, "log", hm_err_text((enum hm_err)err));
	}
}

static void long_texts(void **state)
{
	struct hm_error error = {0};
	char text[2 * HM_ERROR_TEXT_MAX];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(hm_error_of(&error, HM_ERROR_RUN, text, "%s", text));
	assert_int_equal(strlen(error.text), HM_ERROR_TEXT_MAX - 1);
	assert_int_equal(strlen(error.thing), HM_ERROR_THING_MAX - 1);
}

static void escape(void **state)
{
	static const struct {
		const char *text;
		size_t cap;
		const char *want;
	} cases[] = {
		{"", 8, ""},
		{"plain ~", 8, "plain ~"},
		{"a\nb", 8, "a\\x0ab"},
		{"\x1b[2J", 16, "\\x1b[2J"},
		{"\x7f", 8, "\\x7f"},
		{"\xc3\xa9", 16, "\\xc3\\xa9"},
		{"\\x41", 8, "\\x41"},
		/* No half of an escape, and room for the end. */
		{"abcdefgh", 8, "abcdefg"},
		{"abc\n", 8, "abc\\x0a"},
		{"abcd\n", 8, "abcd"},
		{"a", 1, ""},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].text); i++) {
		char got[20];

		memset(got, 0x5a, sizeof(got));
		hm_escape(hm_bytes_of_text(cases[i].text), got, cases[i].cap);
		assert_string_equal(got, cases[i].want);
		assert_int_equal(got[cases[i].cap], 0x5a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds),
		cmocka_unit_test(core_errors),
		cmocka_unit_test(long_texts),
		cmocka_unit_test(escape),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
