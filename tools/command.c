/* SPDX-License-Identifier: BSD-2-Clause */
/* command.c - commands as tables: finds one, reads its arguments, runs it, and prints help */
#include "tools/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/base/error.h"

#define HELP_WIDTH 100u
/* Longer names of options stand on a line of their own. */
#define NAME_WIDTH_MAX 28u
/* A usage line names so many options that may be left out; of more it says only that there are some. */
#define OPTIONAL_SHOWN_MAX 6u

static const char *program_name = "hallmark";

/* --- which command --- */

static bool argument_is(const char *argument, const char *word, size_t len)
{
	return !strncmp(argument, word, len) && (argument[len] == '\0' || argument[len] == '=');
}

static bool has_argument(int argc, char **argv, const char *word, size_t len)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (argument_is(argv[i], word, len))
			return true;
	}
	return false;
}

/* "--join|--replace" */
static bool has_one_of(int argc, char **argv, const char *words)
{
	for (;;) {
		size_t len = strcspn(words, "|");

		if (has_argument(argc, argv, words, len))
			return true;
		if (words[len] == '\0')
			return false;
		words += len + 1;
	}
}

/* How many words of the name are there, 0 unless all are; *ret_used: the words that stand in front. */
static size_t match(const struct hm_command *command, int argc, char **argv, int *ret_used)
{
	const char *word = command->name;
	size_t count = 0;
	int used = 0;

	for (;;) {
		size_t len = strcspn(word, " ");

		if (word[0] == '-' ? !has_one_of(argc, argv, word)
				   : used >= argc || strlen(argv[used]) != len || strncmp(argv[used], word, len) != 0)
			return 0;
		used += word[0] != '-';
		count++;
		if (word[len] == '\0')
			break;
		word += len + 1;
	}
	*ret_used = used;
	return count;
}

static const struct hm_command *find(const struct hm_program *program, int argc, char **argv, int *ret_used)
{
	const struct hm_command *found = NULL;
	size_t most = 0;

	for (size_t i = 0; i < program->command_count; i++) {
		int used;
		size_t count = match(program->commands[i], argc, argv, &used);

		if (count > most) {
			most = count;
			found = program->commands[i];
			*ret_used = used;
		}
	}
	return found;
}

bool hm_command_is_in(const struct hm_command *command, const char *group)
{
	const char *space = strchr(command->name, ' ');

	if (!group)
		return !space;
	return space && space[1] != '-' && (size_t)(space - command->name) == strlen(group) &&
	       !strncmp(command->name, group, strlen(group));
}

/* --- text --- */

/* The length of what may not be broken: a word, or in a synopsis an option with its argument, or brackets. */
static size_t unit_len(struct hm_bytes text, bool synopsis)
{
	size_t depth = 0, len = 0;

	for (; len < text.len && text.p[len] != '\n'; len++) {
		if (synopsis && strchr("[(", text.p[len]))
			depth++;
		if (synopsis && strchr("])", text.p[len]) && depth)
			depth--;
		if (text.p[len] != ' ' || depth)
			continue;
		if (!synopsis || text.p[0] != '-' || strchr("-[(|", text.p[len + 1]))
			break;
		/* The space between an option and its argument: the next one ends it. */
		synopsis = false;
	}
	return len;
}

/* Print from column `at`, further lines from `indent`; ends without LF. */
static void wrap(FILE *to, struct hm_bytes text, size_t at, size_t indent, size_t width, bool synopsis)
{
	bool first = true;

	while (text.len) {
		size_t len = unit_len(text, synopsis), gap = !first;

		if (!first && at + 1 + len > width) {
			fprintf(to, "\n%*s", (int)indent, "");
			at = indent;
			gap = 0;
		}
		fprintf(to, "%s%.*s", gap ? " " : "", (int)len, (const char *)text.p);
		at += len + gap;
		first = len < text.len && text.p[len] == '\n';
		if (first) {
			bool empty = len + 1 == text.len || text.p[len + 1] == '\n';

			fprintf(to, "\n%*s", empty ? 0 : (int)indent, "");
			at = indent;
		}
		len += len < text.len;
		text = hm_bytes_of(text.p + len, text.len - len);
	}
}

static void put_option(struct hm_writer *w, const struct hm_option *option)
{
	hm_put_text(w, option->required ? " " : " [");
	hm_put_text(w, option->name);
	if (option->argument) {
		hm_put_text(w, " ");
		hm_put_text(w, option->argument);
	}
	hm_put_text(w, option->kind == HM_OPTION_LIST ? "..." : "");
	hm_put_text(w, option->required ? "" : "]");
}

static size_t count_optional(const struct hm_command *command)
{
	size_t count = 0;

	for (size_t i = 0; i < HM_OPTION_TABLES_MAX && command->args.tables[i].options; i++) {
		for (const struct hm_option *o = command->args.tables[i].options; o->name; o++)
			count += !o->required;
	}
	return count;
}

/* "sign FILE --key FILE [--output FILE]", or "[option...]" where there are many */
static void make_synopsis(const struct hm_command *command, char *ret, size_t cap)
{
	struct hm_writer w = hm_writer_of(ret, cap);
	bool many = count_optional(command) > OPTIONAL_SHOWN_MAX;

	hm_put_text(&w, command->name);
	hm_put_text(&w, command->words ? " " : "");
	hm_put_text(&w, command->words ? command->words : "");
	for (size_t i = 0; i < HM_OPTION_TABLES_MAX && command->args.tables[i].options; i++) {
		for (const struct hm_option *o = command->args.tables[i].options; o->name; o++) {
			if (o->required || !many)
				put_option(&w, o);
		}
	}
	hm_put_text(&w, many ? " [option...]" : "");
	hm_put_u8(&w, 0);
}

void hm_command_synopsis(FILE *to, const struct hm_program *program, const struct hm_command *command, size_t width)
{
	static const char usage[] = "usage: ";
	size_t at = sizeof(usage) - 1 + strlen(program->name) + 1;
	char made[1024];
	struct hm_bytes rest, line;

	make_synopsis(command, made, sizeof(made));
	rest = hm_bytes_of_text(command->synopsis ? command->synopsis : made);
	for (const char *prefix = usage; hm_next_field(&rest, '\n', &line); prefix = "       ") {
		fprintf(to, "%s%s ", prefix, program->name);
		wrap(to, line, at, at + 4, width, true);
		fputc('\n', to);
	}
}

static size_t name_width(const struct hm_option *option)
{
	return strlen(option->name) + (option->argument ? 1 + strlen(option->argument) : 0);
}

static size_t widest_name(const struct hm_command *command)
{
	size_t widest = 0;

	for (size_t i = 0; i < HM_OPTION_TABLES_MAX && command->args.tables[i].options; i++) {
		for (const struct hm_option *o = command->args.tables[i].options; o->name; o++) {
			if (name_width(o) <= NAME_WIDTH_MAX && name_width(o) > widest)
				widest = name_width(o);
		}
	}
	return widest;
}

static void print_option(const struct hm_option *option, size_t widest)
{
	size_t column = 2 + widest + 2;

	printf("  %s%s%s", option->name, option->argument ? " " : "", option->argument ? option->argument : "");
	if (name_width(option) > widest)
		printf("\n%*s", (int)column, "");
	else
		printf("%*s", (int)(widest - name_width(option) + 2), "");
	wrap(stdout, hm_bytes_of_text(option->help), column, column, HELP_WIDTH, false);
	putchar('\n');
}

static void print_lines(const char *title, const char *text)
{
	fputs(title, stdout);
	for (const char *c = text; *c; c++) {
		putchar(*c);
		if (*c == '\n')
			printf("%*s", (int)strlen(title), "");
	}
	putchar('\n');
}

static void print_help(const struct hm_program *program, const struct hm_command *command)
{
	size_t widest = widest_name(command);

	hm_command_synopsis(stdout, program, command, HELP_WIDTH);
	putchar('\n');
	wrap(stdout, hm_bytes_of_text(command->description), 0, 0, HELP_WIDTH, false);
	fputs("\n\n", stdout);
	for (size_t i = 0; i < HM_OPTION_TABLES_MAX && command->args.tables[i].options; i++) {
		for (const struct hm_option *o = command->args.tables[i].options; o->name; o++)
			print_option(o, widest);
	}
	putchar('\n');
	printf("Exit status: ");
	wrap(stdout, hm_bytes_of_text(command->exit_status ? command->exit_status : HM_EXIT_STATUSES), 13, 0,
	     HELP_WIDTH, false);
	fputs("\n\n", stdout);
	print_lines("example: ", command->example);
}

/* `group`: NULL for the program itself. */
static void print_commands(FILE *to, const struct hm_program *program, const struct hm_command *group)
{
	const char *name = group ? group->name : NULL;
	const char *space = group ? " " : "";
	size_t skip = group ? strlen(name) + 1 : 0;

	fprintf(to, "usage: %s%s%s COMMAND [ARGUMENT...]\n\n", program->name, space, group ? name : "");
	for (size_t i = 0; i < program->command_count; i++) {
		const struct hm_command *c = program->commands[i];

		if (hm_command_is_in(c, name))
			fprintf(to, "  %s%s%s %-16s  %s\n", program->name, space, group ? name : "", c->name + skip,
				c->summary);
	}
	fprintf(to, "\n%s%s%s COMMAND --help says more, with an example.\nExit status: %s\n", program->name, space,
		group ? name : "", HM_EXIT_STATUSES);
	fprintf(to, "\nexample: %s\n", group ? group->example : program->example);
}

/* --- running --- */

/* The command that a line on standard error names: a mode's is its command's. */
static void line_name(const struct hm_command *command, char ret[64])
{
	const char *mode = strstr(command->name, " -");

	snprintf(ret, 64, "%.*s", (int)(mode ? mode - command->name : (ptrdiff_t)strlen(command->name)), command->name);
}

int hm_usage(const char *command, const char *text)
{
	struct hm_error error = {0};

	hm_error_of(&error, HM_ERROR_USAGE, command, "%s (%s %s --help)", text, program_name, command);
	return hm_report(&error);
}

static bool wants_help(int argc, char **argv)
{
	return has_argument(argc, argv, "--help", sizeof("--help") - 1);
}

static int run(const struct hm_command *command, int argc, char **argv)
{
	struct hm_error error = {0};
	struct hm_words words = {.word = calloc((size_t)argc + 1, sizeof(*words.word))};
	void *options = calloc(1, command->size ? command->size : 1);
	char name[64];
	int status;

	line_name(command, name);
	if (!words.word || !options) {
		hm_error_memory(&error, name);
		status = hm_report(&error);
	} else if (!hm_args_parse(&command->args, argc, argv, options, &words, &error)) {
		status = hm_usage(name, error.text);
	} else {
		status = command->run(options, &words);
	}
	free(options);
	free(words.word);
	return status;
}

static int run_group(const struct hm_program *program, const struct hm_command *group, int argc, char **argv)
{
	struct hm_error error = {0};

	if (argc > 0 && strcmp(argv[0], "--help") != 0) {
		hm_error_of(&error, HM_ERROR_USAGE, argv[0], "is not a command (%s%s%s --help)", program->name,
			    group ? " " : "", group ? group->name : "");
		return hm_report(&error);
	}
	print_commands(argc > 0 ? stdout : stderr, program, group);
	return argc > 0 ? HM_EXIT_OK : HM_EXIT_USAGE;
}

static int dispatch(const struct hm_program *program, int argc, char **argv)
{
	const struct hm_command *command;
	struct hm_error error = {0};
	int used = 0;

	if (argc == 1 && !strcmp(argv[0], "--version")) {
		printf("%s %s\n", program->name, program->version);
		return HM_EXIT_OK;
	}
	if (argc == 2 && !strcmp(argv[0], "--man-pages"))
		return program->man_pages(program, argv[1], &error) ? HM_EXIT_OK : hm_report(&error);
	command = find(program, argc, argv, &used);
	if (!command || !command->run)
		return run_group(program, command, argc - used, argv + used);
	if (wants_help(argc - used, argv + used)) {
		print_help(program, command);
		return HM_EXIT_OK;
	}
	return run(command, argc - used, argv + used);
}

/*
 * A standard stream that is closed at the start would become the first file or socket that is opened, and a line for
 * standard error would go into it. Reads and writes of the standard input and output fail as before.
 */
static bool occupy_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

int hm_program_run(const struct hm_program *program, int argc, char **argv)
{
	struct hm_error error = {0};
	int status;

	program_name = program->name;
	if (!occupy_streams())
		return HM_EXIT_RUN;
	status = dispatch(program, argc - 1, argv + 1);
	/* An answer that did not arrive is not an answer. */
	errno = 0;
	if (fflush(stdout) != 0 || ferror(stdout)) {
		hm_error_errno(&error, "standard output", errno ? -errno : -EIO);
		return hm_report(&error);
	}
	return status;
}
