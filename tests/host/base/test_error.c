/* SPDX-License-Identifier: BSD-2-Clause */
/* test_error.c - the exit status and the line of each kind of error */
#include "host/base/error.h"

#include "tests/support/support.h"
#include "core/base.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Report into a file in place of stderr; the line that was printed. */
static int report(const struct hm_error *error, char *ret, size_t cap)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	int status;

	assert_non_null(file);
	assert_true(saved >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
	status = hm_report(error);
	fflush(stderr);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	rewind(file);
	ret[fread(ret, 1, cap - 1, file)] = '\0';
	fclose(file);
	return status;
}

static void test_status_of_kind(void **state)
{
	static const struct {
		enum hm_error_kind kind;
		int status;
	} rows[] = {
		{HM_ERROR_REJECTED, 1},
		{HM_ERROR_INPUT, 2},
		{HM_ERROR_USAGE, 3},
		{HM_ERROR_RUN, 4},
		/* not an error at all: still no success */
		{HM_ERROR_NONE, 4},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(rows); i++) {
		struct hm_error error = {.kind = rows[i].kind, .thing = "file", .text = "reason"};
		char line[64];

		assert_int_equal(report(&error, line, sizeof(line)), rows[i].status);
		assert_string_equal(line, "hallmark: file: reason\n");
	}
}

static void test_one_line(void **state)
{
	struct hm_error error = {.kind = HM_ERROR_INPUT, .thing = "a\nb", .text = "\033[2J\xff"};
	char line[64];

	(void)state;
	assert_int_equal(report(&error, line, sizeof(line)), 2);
	assert_string_equal(line, "hallmark: a\\x0ab: \\x1b[2J\\xff\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_status_of_kind), cmocka_unit_test(test_one_line)};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
