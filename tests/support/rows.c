/* SPDX-License-Identifier: BSD-2-Clause */
/* rows.c - a failure in a loop over a table says in which row it was */
#include "tests/support/rows.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 4u /* loops in loops */
#define NAME_MAX_SHOWN 80u

static struct row {
	const char *table, *counter;
	size_t index;
	const char *name;
} rows[DEPTH_MAX];
static size_t depth;
static char message[4096]; /* of the failure; "": cmocka has said it */

bool support_row(const char *table, const char *counter, size_t index, size_t count)
{
	size_t at = 0;

	while (at < depth && (strcmp(rows[at].table, table) != 0 || strcmp(rows[at].counter, counter) != 0))
		at++;
	/* Loops that were in this one have ended. */
	depth = at;
	if (index >= count)
		return false;
	if (at == DEPTH_MAX)
		fail_msg("%s: loops are too deep for their rows to be told", table);
	rows[depth++] = (struct row){.table = table, .counter = counter, .index = index};
	return true;
}

bool support_row_name(const char *name)
{
	rows[depth - 1].name = name;
	return true;
}

void support_rows_end(void)
{
	depth = 0;
}

static void put_name(FILE *out, const char *name)
{
	fputs(" (", out);
	for (size_t i = 0; name[i] && i < NAME_MAX_SHOWN; i++)
		fprintf(out, name[i] >= ' ' && name[i] <= '~' ? "%c" : "\\x%02x", (unsigned char)name[i]);
	fputc(')', out);
}

/*
 * cmocka's assertions all end here, and take this function for their own, since a program's comes before a library's.
 * What cmocka prints as the place of the failure is the row and the place; tests/support/test_rows.c sees to it that
 * this works.
 */
void _fail(const char *const file, const int line)
{
	void (*next)(const char *, int);
	char *where = NULL;
	size_t len;
	FILE *out = open_memstream(&where, &len);

	*(void **)&next = dlsym(RTLD_NEXT, "_fail");
	for (size_t i = 0; i < depth; i++) {
		fprintf(out, "%s[%zu]", rows[i].table, rows[i].index);
		if (rows[i].name)
			put_name(out, rows[i].name);
		fputs(i + 1 < depth ? ", " : ": ", out);
	}
	if (message[0])
		fprintf(out, "%s: ", message);
	fputs(file, out);
	fclose(out);
	/* It does not come back here; the next test begins without rows. */
	depth = 0;
	message[0] = '\0';
	next(where, line);
}

void support_fail(const char *file, int line, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	_fail(file, line);
}
