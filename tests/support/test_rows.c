/* SPDX-License-Identifier: BSD-2-Clause */
/* test_rows.c - failures in loops over tables say where they were: tests that fail, in a process of their own */
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name;
	int value;
} cases[] = {{"first", 1}, {"sec\nond", 2}, {"third", 3}};
static const int inner[] = {1, 2, 3};

static void fails_below(int value)
{
	assert_int_not_equal(value, 2);
}

static void fails_in_named_row(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].name); i++)
		fails_below(cases[i].value);
}

static void fails_in_inner_row(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].name); i++) {
		for (size_t j = 0; ROW(j, inner); j++)
			assert_true(cases[i].value < 3 || inner[j] < 3);
	}
}

static void fails_between_loops(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].name); i++) {
		for (size_t j = 0; ROW(j, inner); j++)
			;
		assert_err(cases[i].value == 3 ? HM_E_IO : HM_OK, HM_OK);
	}
}

static void fails_after_loops(void **state)
{
	(void)state;
	for (size_t i = 0; ROW(i, inner); i++) {
		if (i == 1)
			break;
	}
	support_rows_end();
	fail_msg("no row");
}

/* All that a program with this one test prints, to be freed. */
static char *output_of(CMUnitTestFunction test)
{
	const struct CMUnitTest failing[] = {{"failing", test, NULL, NULL, NULL}};
	char *text = calloc(1, 4096);
	size_t len = 0;
	ssize_t got;
	int fds[2], status;
	pid_t pid;

	assert_non_null(text);
	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDOUT_FILENO);
		dup2(fds[1], STDERR_FILENO);
		status = cmocka_run_group_tests_name("failing", failing, NULL, NULL);
		fflush(stdout);
		_exit(status);
	}
	assert_true(pid > 0);
	close(fds[1]);
	while (len < 4095 && (got = read(fds[0], text + len, 4095 - len)) > 0)
		len += (size_t)got;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	return text;
}

static void failures_name_their_row(void **state)
{
	static const struct {
		CMUnitTestFunction test;
		const char *says, *says_not;
	} tests[] = {
		{fails_in_named_row, "cases[1] (sec\\x0aond): tests/support/test_rows.c:", "inner"},
		{fails_in_inner_row, "cases[2] (third), inner[2]: tests/support/test_rows.c:", "first"},
		{fails_between_loops,
		 "cases[2] (third): cases[i].value == 3 ? HM_E_IO : HM_OK: is IO, should be OK: tests/", "inner"},
		{fails_after_loops, " no row: tests/support/test_rows.c:", "inner"},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(tests); i++) {
		char *text = output_of(tests[i].test);

		if (!strstr(text, tests[i].says) || strstr(text, tests[i].says_not))
			fail_msg("row %zu: no '%s' in: %s", i, tests[i].says, text);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_name_their_row),
	};

	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
