/* SPDX-License-Identifier: BSD-2-Clause */
/* cli.h - what every sub-command shares: exit statuses, one-line errors, arguments */
#ifndef HM_HOST_CLI_H
#define HM_HOST_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"
#include "core/err.h"
#include "tools/host/io.h"
#include "tools/host/why.h"

/* docs/FORMATS.md, "Exit status". */
#define HM_EXIT_OK 0
#define HM_EXIT_REJECTED 1
#define HM_EXIT_INPUT 2     /* the caller's own input file is malformed */
#define HM_EXIT_USAGE 3
#define HM_EXIT_RUN 4       /* I/O, network, TPM */

/*
 * "hallmark: THING: reason" on stderr, one line; everything that is not printable ASCII is escaped.
 * Each returns the exit status to use.
 */
int hm_fail_input(const char *thing, enum hm_err err);
int hm_fail_errno(const char *thing, int negative_errno);
int hm_fail_text(int status, const char *thing, const char *text);
int hm_fail_format(int status, const char *thing, const char *format, ...) __attribute__((format(printf, 3, 4)));


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
	const char *name;       /* "--stub"; exactly one of the three below is set */
	const char **value;     /* NULL where the option was not given */
	bool *flag;
	struct hm_list *list;
	bool required;
};

struct hm_args {
	const char *command;    /* "uki", "log diff" */
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
int hm_args_parse(const struct hm_args *args, int argc, char **argv, struct hm_list *ret_words);

/* Read an input file of 1 to `max` bytes: HM_EXIT_OK, or the status to leave with (line printed). */
int hm_input_read(const char *path, size_t max, struct hm_file *ret);
/* "sha1,sha256": a set of banks, each once. False for anything else. */
bool hm_banks_parse(const char *text, uint32_t *ret) __attribute__((warn_unused_result));

/* Sub-commands: argv[0] is the sub-command's name. */
struct hm_command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};
/* Run the one named argv[0], or print what there is for --help. `program` is "hallmark" or "hallmark log". */
int hm_command_run(const char *program, const struct hm_command *commands, size_t count, const char *example, int argc,
		   char **argv);

/* One file each in tools/. */
int hm_cmd_uki(int argc, char **argv);
int hm_cmd_predict(int argc, char **argv);
int hm_cmd_predict_join(int argc, char **argv);
int hm_cmd_platform(int argc, char **argv);
int hm_cmd_sign(int argc, char **argv);
int hm_cmd_verify_signature(int argc, char **argv);
int hm_cmd_log(int argc, char **argv);
int hm_cmd_log_diff(int argc, char **argv);
int hm_cmd_report(int argc, char **argv);
int hm_cmd_proxy(int argc, char **argv);
int hm_cmd_export(int argc, char **argv);
int hm_cmd_attest(int argc, char **argv);
int hm_cmd_artefacts(int argc, char **argv);
int hm_cmd_audit(int argc, char **argv);
int hm_cmd_verify(int argc, char **argv);
int hm_cmd_platform_list(int argc, char **argv);
int hm_cmd_platform_check(int argc, char **argv);
int hm_cmd_platform_vcek(int argc, char **argv);
int hm_cmd_platform_crls(int argc, char **argv);
int hm_cmd_platform_token(int argc, char **argv);
int hm_cmd_verity(int argc, char **argv);
int hm_cmd_verity_format(int argc, char **argv);
int hm_cmd_verity_root(int argc, char **argv);
int hm_cmd_verity_verify(int argc, char **argv);
int hm_cmd_verity_join(int argc, char **argv);

#endif
