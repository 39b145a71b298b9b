/* SPDX-License-Identifier: BSD-2-Clause */
/* args.c - what every sub-command shares: exit statuses, one-line errors, arguments */
#include "host/base/args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/digest.h"

static int fail_usage(const struct hm_args *args, const char *word, const char *text)
{
	return hm_fail_format(HM_EXIT_USAGE, args->command, "%s%s%s (%s %s --help)", word, *word ? " " : "", text,
			      program_invocation_short_name, args->command);
}

static const struct hm_option *find_option(const struct hm_args *args, const char *word)
{
	size_t len = strcspn(word, "=");

	for (size_t i = 0; i < args->option_count; i++) {
		const char *name = args->options[i].name;

		if (strlen(name) == len && !strncmp(name, word, len))
			return &args->options[i];
	}
	return NULL;
}

static bool list_add(struct hm_list *list, size_t max, const char *word)
{
	if (list->count >= max || list->count >= HM_LIST_MAX)
		return false;
	list->word[list->count++] = word;
	return true;
}

static bool word_add(const struct hm_args *args, struct hm_list *words, const char *word)
{
	if (!args->words)
		return list_add(words, args->words_max, word);
	if (words->count >= args->words_max)
		return false;
	args->words[words->count++] = word;
	return true;
}

/* Take the option at argv[*at], and its value; *at ends on the last word used. */
static int take_option(const struct hm_args *args, int argc, char **argv, int *at)
{
	const struct hm_option *option = find_option(args, argv[*at]);
	const char *value = strchr(argv[*at], '=');

	if (!option)
		return fail_usage(args, argv[*at], "is not an option");
	if (option->flag) {
		if (value)
			return fail_usage(args, option->name, "takes no value");
		if (*option->flag)
			return fail_usage(args, option->name, "is given twice");
		*option->flag = true;
		return HM_ARGS_GO;
	}
	if (value) {
		value++;
	} else {
		if (*at + 1 >= argc)
			return fail_usage(args, option->name, "needs a value");
		value = argv[++*at];
	}
	if (option->list)
		return list_add(option->list, HM_LIST_MAX, value)
			       ? HM_ARGS_GO
			       : fail_usage(args, option->name, "is given too often");
	if (*option->value)
		return fail_usage(args, option->name, "is given twice");
	*option->value = value;
	return HM_ARGS_GO;
}

static bool option_given(const struct hm_option *option)
{
	if (option->flag)
		return *option->flag;
	return option->list ? option->list->count > 0 : *option->value != NULL;
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], "--help"))
			return true;
	}
	return false;
}

int hm_args_parse(const struct hm_args *args, int argc, char **argv, struct hm_list *ret_words)
{
	bool only_words = false;

	ret_words->count = 0;
	if (wants_help(argc, argv)) {
		fputs(args->help, stdout);
		return HM_EXIT_OK;
	}
	for (int i = 1; i < argc; i++) {
		if (!only_words && !strcmp(argv[i], "--")) {
			only_words = true;
		} else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
			int status = take_option(args, argc, argv, &i);

			if (status != HM_ARGS_GO)
				return status;
		} else if (!word_add(args, ret_words, argv[i])) {
			return fail_usage(args, argv[i], "is one argument too many");
		}
	}
	for (size_t i = 0; i < args->option_count; i++) {
		if (args->options[i].required && !option_given(&args->options[i]))
			return fail_usage(args, args->options[i].name, "is missing");
	}
	if (ret_words->count < args->words_min)
		return fail_usage(args, "", "an argument is missing");
	return HM_ARGS_GO;
}

bool hm_banks_parse(const char *text, uint32_t *ret)
{
	struct hm_bytes rest = hm_bytes_of(text, strlen(text));
	struct hm_bytes name;
	uint32_t banks = 0;

	while (hm_next_field(&rest, ',', &name)) {
		enum hm_bank bank;

		if (!hm_bank_of_name(name, &bank) || (banks & HM_BANK_BIT(bank)))
			return false;
		banks |= HM_BANK_BIT(bank);
	}
	if (!banks)
		return false;
	*ret = banks;
	return true;
}

static void print_commands(const char *program, const struct hm_command *commands, size_t count, const char *example,
			   FILE *to)
{
	fprintf(to, "usage: %s COMMAND [ARGUMENT...]\n\n", program);
	for (size_t i = 0; i < count; i++)
		fprintf(to, "  %s %-8s %s\n", program, commands[i].name, commands[i].summary);
	fprintf(to, "\n%s COMMAND --help says more, with an example.\n", program);
	fprintf(to, "Exit status: 0 accepted or done, 1 rejected, 2 malformed input file, 3 usage, 4 could not run.\n");
	fprintf(to, "\nexample: %s\n", example);
}

int hm_command_run(const char *program, const struct hm_command *commands, size_t count, const char *example, int argc,
		   char **argv)
{
	if (argc < 1) {
		print_commands(program, commands, count, example, stderr);
		return HM_EXIT_USAGE;
	}
	if (!strcmp(argv[0], "--help")) {
		print_commands(program, commands, count, example, stdout);
		return HM_EXIT_OK;
	}
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(argv[0], commands[i].name))
			return commands[i].run(argc, argv);
	}
	return hm_fail_format(HM_EXIT_USAGE, argv[0], "is not a command (%s --help)", program);
}
