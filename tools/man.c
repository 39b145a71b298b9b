/* SPDX-License-Identifier: BSD-2-Clause */
/* man.c - the manual pages, made of the tables of commands: man(7) of groff and mandoc */
#include "tools/man.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/base/outdir.h"

#define NAME_MAX_LEN 64u
/* A terminal of 80 columns, less the margins of a page. */
#define SYNOPSIS_WIDTH 72u

/* One line's text; what troff would read as its own is escaped. */
static void put_text(FILE *to, struct hm_bytes text)
{
	if (text.len && (text.p[0] == '.' || text.p[0] == '\''))
		fputs("\\&", to);
	for (size_t i = 0; i < text.len; i++) {
		switch (text.p[i]) {
		case '\\':
			fputs("\\e", to);
			break;
		case '-':
			fputs("\\-", to);
			break;
		case '\'':
			fputs("\\(aq", to);
			break;
		case '`':
			fputs("\\(ga", to);
			break;
		case '~':
			fputs("\\(ti", to);
			break;
		default:
			fputc(text.p[i], to);
		}
	}
}

/* Lines; `line_break` stands between two of them, and ".PP" where a line is empty. */
static void put_lines(FILE *to, const char *text, const char *line_break)
{
	struct hm_bytes rest = hm_bytes_of_text(text), line;
	bool after = false;

	while (hm_next_field(&rest, '\n', &line)) {
		if (after && line.len)
			fputs(line_break, to);
		if (line.len) {
			put_text(to, line);
			fputc('\n', to);
		} else if (rest.p) {
			fputs(".PP\n", to);
		}
		after = line.len > 0;
	}
}

static void put_literal(FILE *to, const char *text)
{
	fputs(".nf\n", to);
	put_lines(to, text, "");
	fputs(".fi\n", to);
}

/* "hallmark-log-diff", of "log diff"; of "predict --join|--replace" "hallmark-predict-join" */
static void page_name(const struct hm_program *program, const struct hm_command *command, char ret[NAME_MAX_LEN])
{
	char *out = ret;

	out += snprintf(ret, NAME_MAX_LEN / 2, "%s%s", program->name, command ? "-" : "");
	for (const char *c = command ? command->name : ""; *c && *c != '|' && out < ret + NAME_MAX_LEN - 1; c++) {
		if (*c != '-' || (c[-1] != ' ' && c[-1] != '-'))
			*out++ = *c == ' ' ? '-' : *c;
	}
	*out = '\0';
}

static void put_head(FILE *to, const struct hm_program *program, const struct hm_command *command)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	time_t now = epoch ? (time_t)strtoll(epoch, NULL, 10) : time(NULL);
	char name[NAME_MAX_LEN], date[16] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%d", &tm);
	page_name(program, command, name);
	fprintf(to,
		".\\\" SPDX-License-Identifier: BSD-2-Clause\n.\\\" made of the tables of commands, as --help is\n");
	fprintf(to, ".TH \"%s\" 1 \"%s\" \"%s %s\" \"%s\"\n.SH NAME\n", name, date, program->name, program->version,
		program->name);
	put_text(to, hm_bytes_of_text(name));
	fputs(" \\- ", to);
	put_text(to, hm_bytes_of_text(command ? command->summary : program->summary));
	fputs("\n.SH SYNOPSIS\n", to);
}

static void put_synopsis(FILE *to, const struct hm_program *program, const struct hm_command *command)
{
	static const char usage[] = "usage: ";
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return;
	hm_command_synopsis(out, program, command, SYNOPSIS_WIDTH + sizeof(usage) - 1);
	if (fclose(out) == 0) {
		struct hm_bytes rest = hm_bytes_of(text, len), line;

		fputs(".nf\n", to);
		while (hm_next_field(&rest, '\n', &line) && line.len >= sizeof(usage)) {
			put_text(to, hm_bytes_of(line.p + sizeof(usage) - 1, line.len - (sizeof(usage) - 1)));
			fputc('\n', to);
		}
		fputs(".fi\n", to);
	}
	free(text);
}

static void put_options(FILE *to, const struct hm_command *command)
{
	if (command->args.tables[0].options)
		fputs(".SH OPTIONS\n", to);
	for (size_t i = 0; i < HM_OPTION_TABLES_MAX && command->args.tables[i].options; i++) {
		for (const struct hm_option *o = command->args.tables[i].options; o->name; o++) {
			fputs(".TP\n\\fB", to);
			put_text(to, hm_bytes_of_text(o->name));
			fputs("\\fR", to);
			if (o->argument) {
				fputs(" \\fI", to);
				put_text(to, hm_bytes_of_text(o->argument));
				fputs("\\fR", to);
			}
			fputc('\n', to);
			put_lines(to, o->help, ".br\n");
		}
	}
}

/* What a group holds, or the whole program. */
static void put_list(FILE *to, const struct hm_program *program, const struct hm_command *group)
{
	char name[NAME_MAX_LEN];

	for (size_t i = 0; i < program->command_count; i++) {
		const struct hm_command *c = program->commands[i];

		if (!hm_command_is_in(c, group ? group->name : NULL))
			continue;
		page_name(program, c, name);
		fputs(".TP\n\\fB", to);
		put_text(to, hm_bytes_of_text(name));
		fputs("\\fR(1)\n", to);
		put_text(to, hm_bytes_of_text(c->summary));
		fputc('\n', to);
	}
}

static void put_see_also(FILE *to, const struct hm_program *program, const struct hm_command *command)
{
	fprintf(to, ".SH SEE ALSO\n\\fB%s\\fR(1)", program->name);
	if (command->see_also) {
		fputs(",\n", to);
		put_text(to, hm_bytes_of_text(command->see_also));
	}
	fputc('\n', to);
}

static void put_page(FILE *to, const struct hm_program *program, const struct hm_command *command)
{
	put_head(to, program, command);
	if (command && command->run) {
		put_synopsis(to, program, command);
		fputs(".SH DESCRIPTION\n", to);
		put_lines(to, command->description, ".br\n");
		put_options(to, command);
	} else {
		fprintf(to, "%s %s%scommand\n[argument...]\n.SH DESCRIPTION\n", program->name,
			command ? command->name : "", command ? " " : "");
		if (command)
			put_lines(to, command->description, ".br\n");
		put_list(to, program, command);
	}
	fputs(".SH EXIT STATUS\n", to);
	put_lines(to, command && command->exit_status ? command->exit_status : HM_EXIT_STATUSES, ".br\n");
	fputs(".SH EXAMPLES\n", to);
	put_literal(to, command ? command->example : program->example);
	if (command)
		put_see_also(to, program, command);
}

static bool write_page(const struct hm_program *program, const struct hm_command *command, const char *directory,
		       struct hm_error *error)
{
	char name[NAME_MAX_LEN + 2], *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool good = out != NULL;

	if (out)
		put_page(out, program, command);
	if (!out || fclose(out) != 0)
		good = hm_error_memory(error, directory);
	if (good) {
		struct hm_outdir_file file = {name, hm_bytes_of(text, len)};

		page_name(program, command, name);
		strcat(name, ".1");
		good = hm_outdir_write(directory, &file, 1, error);
	}
	free(text);
	return good;
}

bool hm_man_pages_write(const struct hm_program *program, const char *directory, struct hm_error *error)
{
	bool good = write_page(program, NULL, directory, error);

	for (size_t i = 0; i < program->command_count && good; i++)
		good = write_page(program, program->commands[i], directory, error);
	return good;
}
