/* SPDX-License-Identifier: BSD-2-Clause */
/* args.h - what every sub-command shares: arguments */
#ifndef HM_HOST_BASE_ARGS_H
#define HM_HOST_BASE_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"
#include "host/base/error.h"

/*
 * Arguments. Options are `--name VALUE` or `--name=VALUE`, never abbreviated; one that is not a list
 * may be given once. `--help` anywhere prints `help`. Words that are no options are positional.
 */
#define HM_LIST_MAX 32u

struct hm_list {
	const char *word[HM_LIST_MAX];
	size_t count;
};

struct hm_option {
	const char *name;   /* "--stub"; exactly one of the three below is set */
	const char **value; /* NULL where the option was not given */
	bool *flag;
	struct hm_list *list;
	bool required;
};

struct hm_args {
	const char *command; /* "uki", "log diff" */
	const char *help;
	const struct hm_option *options;
	size_t option_count;
	size_t words_min;
	size_t words_max;
	/* For commands that take more words than a list holds: room for words_max of them, and only they go there. */
	const char **words;
};

#define HM_ARGS_GO (-1)
/* HM_ARGS_GO, or the exit status to leave with (after --help, or with the line already printed). */
HM_MUST_CHECK int hm_args_parse(const struct hm_args *args, int argc, char **argv, struct hm_list *ret_words);

/* "sha1,sha256": a set of banks, each once. False for anything else. */
HM_MUST_CHECK bool hm_banks_parse(const char *text, uint32_t *ret);

/* Sub-commands: argv[0] is the sub-command's name. */
struct hm_command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};
/* Run the one named argv[0], or print what there is for --help. `program` is "hallmark" or "hallmark log". */
HM_MUST_CHECK int hm_command_run(const char *program, const struct hm_command *commands, size_t count,
				 const char *example, int argc, char **argv);

#endif
