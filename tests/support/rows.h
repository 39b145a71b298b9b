/* SPDX-License-Identifier: BSD-2-Clause */
/* rows.h - a failure in a loop over a table says in which row it was */
#ifndef HM_TEST_ROWS_H
#define HM_TEST_ROWS_H

#include "core/base.h"

/* cmocka.h wants these four before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * The condition of the loop: `for (size_t i = 0; ROW(i, cases); i++)`. Whatever fails in the body, also in a function
 * that is called there, is reported as "cases[3]: FILE:LINE"; with ROW_NAMED(i, cases, cases[i].name) as "cases[3]
 * (name): FILE:LINE"; in a loop in a loop with both rows. A loop that is left early stays in its row until the loop
 * around it goes on, or the test fails; support_rows_end() ends it.
 */
#define ROW(i, table) support_row(#table, #i, (i), HM_ARRAY_LEN(table))
#define ROW_NAMED(i, table, name) (ROW(i, table) && support_row_name(name))

/* True where the table has such a row. Loops in loops are told apart by table and counter. */
bool support_row(const char *table, const char *counter, size_t index, size_t count);
/* The name is borrowed, for as long as the row lasts; any bytes but NUL may be in it. True. */
bool support_row_name(const char *name);
void support_rows_end(void);

/* cmocka's prints the text apart from the failure: where TAP is read, it is lost. This one puts it beside the row. */
#undef fail_msg
#define fail_msg(...) support_fail(__FILE__, __LINE__, __VA_ARGS__)
void support_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
