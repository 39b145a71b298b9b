/* SPDX-License-Identifier: BSD-2-Clause */
/* artefacts.c - hallmark artefacts: list what was built, and from which sources, by SHA-256 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/audit/artefacts.h"
#include "host/base/args.h"

static const char help[] =
	"usage: hallmark artefacts --output LIST [--source DIR --files FILE] NAME=FILE...\n"
	"\n"
	"Lists what a build made, in the order in which it was made, by SHA-256 of the whole and of each MiB, and\n"
	"the sources it was made from. The list is published beside golden.json, which has its SHA-256; hallmark audit\n"
	"reads it.\n"
	"\n"
	"  --output LIST  the list: docs/FORMATS.md, 18\n"
	"  --source DIR   the source tree\n"
	"  --files FILE   its files, one path a line, below DIR\n"
	"\n"
	"example: hallmark artefacts --output artefacts uki.efi=build/image/uki.efi disk.raw=build/image/disk.raw\n";

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

static int add_artefacts(const struct hm_list *words, struct hm_artefacts *list)
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

int hm_cmd_artefacts(int argc, char **argv)
{
	struct options o = {0};
	const struct hm_option options[] = {
		{.name = "--output", .value = &o.output, .required = true},
		{.name = "--source", .value = &o.source},
		{.name = "--files", .value = &o.files},
	};
	const struct hm_args args = {"artefacts", help, options, HM_ARRAY_LEN(options), 1, HM_LIST_MAX, NULL};
	struct hm_artefacts *list;
	struct hm_list words;
	int status = hm_args_parse(&args, argc, argv, &words);

	if (status != HM_ARGS_GO)
		return status;
	if (!o.source != !o.files)
		return hm_fail_text(HM_EXIT_USAGE, "artefacts", "--source and --files go together");
	list = hm_artefacts_new();
	if (!list)
		return hm_fail_text(HM_EXIT_RUN, "artefacts", "out of memory");
	status = add_artefacts(&words, list);
	if (!status && o.files)
		status = add_files(&o, list);
	if (!status)
		status = write_list(o.output, list);
	hm_artefacts_free(list);
	return status;
}
