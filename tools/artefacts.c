/* SPDX-License-Identifier: BSD-2-Clause */
/* artefacts.c - hallmark artefacts: list what was built, and from which sources, by SHA-256 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/audit/artefacts.h"
#include "host/base/args.h"

struct options {
	const char *output, *source, *files;
};

static int add_files(const struct options *o, struct hm_artefacts *list)
{
	struct hm_file file = {0};
	struct hm_bytes rest, line;
	struct hm_error error = {0};
	char path[HM_SOURCE_PATH_MAX + 1];
	int status = hm_input_read(o->files, HM_ARTEFACTS_MAX, &file);

	if (status)
		return status;
	rest = hm_file_bytes(&file);
	while (!status && hm_next_field(&rest, '\n', &line)) {
		if (!line.len && !rest.p)
			break;
		if (line.len > HM_SOURCE_PATH_MAX) {
			status = hm_fail_text(HM_EXIT_INPUT, o->files, "a path is too long");
			break;
		}
		memcpy(path, line.p, line.len);
		path[line.len] = 0;
		if (!hm_artefacts_add_source(list, o->source, path, &error))
			status = hm_fail_text(HM_EXIT_INPUT, o->files, error.text);
	}
	hm_file_free(&file);
	return status;
}

static int add_artefacts(const struct hm_words *words, struct hm_artefacts *list)
{
	struct hm_error error = {0};
	char name[HM_ARTEFACT_NAME_MAX + 1];

	for (size_t i = 0; i < words->count; i++) {
		const char *word = words->word[i], *equals = strchr(word, '=');
		size_t len = equals ? (size_t)(equals - word) : 0;

		if (!equals || len < 1 || len > HM_ARTEFACT_NAME_MAX)
			return hm_fail_text(HM_EXIT_USAGE, word, "is not NAME=FILE");
		memcpy(name, word, len);
		name[len] = 0;
		if (!hm_artefacts_add(list, name, equals + 1, &error))
			return hm_fail_text(HM_EXIT_INPUT, word, error.text);
	}
	return HM_EXIT_OK;
}

static int write_list(const char *path, struct hm_artefacts *list)
{
	struct hm_artefacts *again = NULL;
	struct hm_error error = {0};
	char *text = hm_artefacts_format(list);
	int err;

	if (!text)
		return hm_fail_text(HM_EXIT_RUN, "artefacts", "out of memory");
	/* A path that is given twice shows here. */
	if (!hm_artefacts_parse(hm_bytes_of_text(text), &again, &error)) {
		free(text);
		return hm_fail_text(HM_EXIT_INPUT, "--files", error.text);
	}
	hm_artefacts_free(again);
	err = hm_file_write_atomic(path, hm_bytes_of_text(text));
	free(text);
	return err ? hm_fail_errno(path, err) : HM_EXIT_OK;
}

static int command(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	struct hm_artefacts *list;
	int status;

	if (!o->source != !o->files)
		return hm_fail_text(HM_EXIT_USAGE, "artefacts", "--source and --files go together");
	list = hm_artefacts_new();
	if (!list)
		return hm_fail_text(HM_EXIT_RUN, "artefacts", "out of memory");
	status = add_artefacts(words, list);
	if (!status && o->files)
		status = add_files(o, list);
	if (!status)
		status = write_list(o->output, list);
	hm_artefacts_free(list);
	return status;
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(struct options, output, "--output", "LIST", "The list: docs/FORMATS.md, 18."),
	HM_OPTION(struct options, source, "--source", "DIR", "The source tree."),
	HM_OPTION(struct options, files, "--files", "FILE",
		  "The files of the source tree, one path a line, below DIR."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_artefacts = {
	.name = "artefacts",
	.summary = "list what was built, and from which sources, by SHA-256",
	.words = "NAME=FILE...",
	.synopsis = "artefacts --output LIST [--source DIR --files FILE] NAME=FILE...",
	.description = "Lists what a build made, in the order in which it was made, by SHA-256 of the whole and of "
		       "each MiB, and the sources it was made from. The list is published beside golden.json, which "
		       "has its SHA-256; hallmark audit reads it.",
	.example = "hallmark artefacts --output artefacts uki.efi=build/image/uki.efi "
		   "disk.raw=build/image/disk.raw",
	.see_also = "hallmark-audit(1)",
	.args = {.tables = {{options, 0}}, .words_min = 1, .words_max = HM_LIST_MAX},
	.size = sizeof(struct options),
	.run = command,
};
