/* SPDX-License-Identifier: BSD-2-Clause */
/* command.h - commands as tables: what runs them, and what is said about them */
#ifndef HM_TOOLS_COMMAND_H
#define HM_TOOLS_COMMAND_H

#include <stdio.h>

#include "host/base/args.h"

/*
 * Each command is one constant struct hm_command, in a file beside this one. hm_program_run finds it by its name, reads
 * its arguments and runs it. `--help` and the manual pages are made of the same structure.
 *
 * Texts are plain: "\n" begins a new line, an empty line a new paragraph. Lines are wrapped where they are shown.
 */
struct hm_command {
	/*
	 * "log diff". A word that begins with "--" may stand anywhere among the arguments, as the option it is; one of
	 * several where "|" is between them.
	 */
	const char *name;
	const char *summary;  /* for the list of commands: half a line */
	const char *words;    /* "GOLDEN REPORT": the positional words, as the usage shows them; NULL: none */
	const char *synopsis; /* lines of usage, each without "hallmark"; NULL: made of name, words and options */
	const char *description;
	const char *exit_status; /* NULL: HM_EXIT_STATUSES */
	const char *example;	 /* lines; a continuation is a line, too */
	const char *see_also;	 /* besides the pages of the program's other commands; may be NULL */
	struct hm_args args;
	size_t size; /* of the structure that args.tables fill */
	/* `options` is that structure. Returns the exit status, any line printed. NULL: a group, named before others.
	 */
	int (*run)(void *options, const struct hm_words *words);
};

#define HM_EXIT_STATUSES "0 accepted or done, 1 rejected, 2 malformed input file, 3 usage, 4 could not run."

struct hm_program {
	const char *name; /* "hallmark" */
	const char *version;
	const char *summary;
	const char *example;
	const struct hm_command *const *commands;
	size_t command_count;
	/* Every manual page into a directory: hm_man_pages_write (man.h). */
	bool (*man_pages)(const struct hm_program *program, const char *directory, struct hm_error *error);
};

/* main(): an exit status. Answers --help, --version and --man-pages DIR, too. */
int hm_program_run(const struct hm_program *program, int argc, char **argv);

/* "hallmark: COMMAND: text (hallmark COMMAND --help)"; HM_EXIT_USAGE. */
int hm_usage(const char *command, const char *text);

/* --- for man.c --- */

bool hm_command_is_in(const struct hm_command *command, const char *group);
void hm_command_synopsis(FILE *to, const struct hm_program *program, const struct hm_command *command, size_t width);

#endif
