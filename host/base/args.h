/* SPDX-License-Identifier: BSD-2-Clause */
/* args.h - tables of options, and the arguments of one command read by them */
#ifndef HM_HOST_BASE_ARGS_H
#define HM_HOST_BASE_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"
#include "host/base/error.h"

/*
 * A command has a structure that holds what its options say, and constant tables of struct hm_option that name the
 * fields of this structure. The same tables are read by hm_args_parse, by --help and by the manual pages
 * (tools/command.h), so that none of them can have an option that the others lack.
 *
 * Options are `--name VALUE` or `--name=VALUE`, never abbreviated. An option that is not a list may be given once.
 * Words that are no options are positional; behind `--` every word is.
 */
#define HM_LIST_MAX 32u

struct hm_list {
	const char *word[HM_LIST_MAX];
	size_t count;
};

enum hm_option_kind {
	HM_OPTION_VALUE, /* const char *: NULL where the option was not given */
	HM_OPTION_FLAG,	 /* bool */
	HM_OPTION_LIST,	 /* struct hm_list: the option may be repeated */
};

struct hm_option {
	const char *name;     /* "--stub"; NULL ends a table */
	const char *argument; /* "FILE": what stands behind the name; NULL for a flag */
	const char *help;     /* what it does; "\n" begins a new line */
	enum hm_option_kind kind;
	size_t at; /* of the field, from the start of the structure */
	bool required;
};

/* A row for the field `f` of `type`; the field's type is the option's kind. */
#define HM_OPTION(type, f, n, a, h) \
	{ \
		.name = (n), .argument = (a), .help = (h), HM_OPTION_FIELD(type, f) \
	}
#define HM_OPTION_REQUIRED(type, f, n, a, h) \
	{ \
		.name = (n), .argument = (a), .help = (h), HM_OPTION_FIELD(type, f), .required = true \
	}
#define HM_OPTION_END \
	{ \
		.name = NULL \
	}
#define HM_OPTION_FIELD(type, f) \
	.kind = _Generic(((type *)0)->f, const char * \
			 : HM_OPTION_VALUE, bool \
			 : HM_OPTION_FLAG, struct hm_list \
			 : HM_OPTION_LIST), \
	.at = offsetof(type, f)

/* A table, and where the structure that it is about begins in the command's. */
#define HM_OPTION_TABLES_MAX 4u
struct hm_option_table {
	const struct hm_option *options;
	size_t at;
};

/* What a command takes. */
struct hm_args {
	struct hm_option_table tables[HM_OPTION_TABLES_MAX]; /* the first without options ends them */
	size_t words_min;
	size_t words_max;
};

/* Positional words, borrowed from argv. */
struct hm_words {
	const char **word;
	size_t count;
};

/*
 * Read argv[0..argc) into `structure`, which is all zero before. `ret_words->word` has room for argc words.
 * HM_ERROR_USAGE for whatever `args` does not say; the error's thing is left to the caller.
 */
bool hm_args_parse(const struct hm_args *args, int argc, char **argv, void *structure, struct hm_words *ret_words,
		   struct hm_error *error) HM_MUST_CHECK;

/* "sha1,sha256": a set of banks, each once. False for anything else. */
bool hm_banks_parse(const char *text, uint32_t *ret) HM_MUST_CHECK;

#endif
