/* SPDX-License-Identifier: BSD-2-Clause */
/* predict_join.c - hallmark predict --join and --replace: golden files out of golden files */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "lib/crypto/detached.h"
#include "host/predict/inputs.h"
#include "host/predict/parts.h"
#include "host/verity/layer.h"
#include "host/base/outdir.h"

static const char help[] =
	"usage: hallmark predict --join PART.json PART.json... --output DIR [option...]\n"
	"       hallmark predict --replace NAME=DATA[:TREE] GOLDEN.json --output DIR [option...]\n"
	"\n"
	"--join makes a golden file of the parts that the vendors of OS, application and weights have made with\n"
	"hallmark predict --part. --replace makes one with another image for one layer: of the pinned registers the\n"
	"layer's own changes and no other. Both name the files that they were made of, by SHA-256.\n"
	"\n"
	"  --part-key NAME=PUB   the file of the image NAME must have a signature beside it, by this key\n"
	"  --image-version TEXT  of the new golden file (default: that of the OS's part, or of GOLDEN)\n"
	"  --name NAME           likewise\n"
	"  --disk FILE           with --replace: the new disk, for its partition table (PCR 5, which is shown);\n"
	"                        without it nothing is said about PCR 5\n"
	"  --output DIR          golden.json and golden.cel; made if it does not exist\n"
	"\n"
	"example: hallmark predict --join os/part.json app/part.json weights/part.json --output golden\n";

struct options {
	const char *name, *image_version, *output, *disk;
	struct hm_list replace, keys;
	bool join;
};

struct source {
	const char *path;
	struct hm_file file;
	struct hm_golden *golden;
};

static int out_of_memory(void)
{
	return hm_fail_text(HM_EXIT_RUN, "predict", "out of memory");
}

/* The signature beside the file, if a key for this image's name was given. */
static int check_signature(const struct options *o, const struct source *source)
{
	const char *name = source->golden->image_name;
	struct hm_file key = {0}, signature = {0};
	const char *key_path = NULL;
	struct hm_error error = {0};
	char path[4096];
	int status;

	for (size_t i = 0; i < o->keys.count; i++) {
		const char *equal = strchr(o->keys.word[i], '=');

		if (!equal)
			return hm_fail_text(HM_EXIT_USAGE, "--part-key", "is not NAME=PUB");
		if ((size_t)(equal - o->keys.word[i]) == strlen(name) && !strncmp(o->keys.word[i], name, strlen(name)))
			key_path = equal + 1;
	}
	if (!key_path) {
		/* One that was meant for another name must not go unnoticed. */
		if (o->keys.count)
			return hm_fail_format(HM_EXIT_USAGE, source->path, "there is no --part-key for %s", name);
		fprintf(stderr, "hallmark: %s: signature not checked (--part-key %s=PUB)\n", source->path, name);
		return HM_EXIT_OK;
	}
	if (snprintf(path, sizeof(path), "%s.sig", source->path) >= (int)sizeof(path))
		return hm_fail_errno(source->path, -ENAMETOOLONG);
	status = hm_input_read(key_path, HM_CRYPTO_KEY_MAX, &key);
	if (!status)
		status = hm_input_read(path, HM_CRYPTO_SIGNATURE_MAX, &signature);
	if (!status && !hm_crypto_verify_detached(hm_file_bytes(&source->file), hm_file_bytes(&signature),
						  hm_file_bytes(&key), &error))
		status = hm_fail_text(HM_EXIT_INPUT, path, error.text);
	hm_file_free(&signature);
	hm_file_free(&key);
	return status;
}

static int load(const struct options *o, const char *path, struct source *source)
{
	struct hm_error error = {0};
	int status = hm_input_read(path, HM_GOLDEN_MAX, &source->file);
	bool good;

	source->path = path;
	if (status)
		return status;
	good = o->join ? hm_golden_part_parse(hm_file_bytes(&source->file), &source->golden, &error)
		       : hm_golden_parse(hm_file_bytes(&source->file), &source->golden, &error);
	return good ? check_signature(o, source) : hm_fail_text(HM_EXIT_INPUT, path, error.text);
}

static int rename_image(const struct options *o, struct hm_golden *golden)
{
	const char *texts[] = {o->name, o->image_version};
	char **fields[] = {&golden->image_name, &golden->image_version};

	if (o->name && !hm_is_name(hm_bytes_of(o->name, strlen(o->name))))
		return hm_fail_text(HM_EXIT_USAGE, "--name", "is not of [a-z0-9-]{1,32}");
	if (o->image_version && !hm_inputs_version_ok(o->image_version))
		return hm_fail_text(HM_EXIT_USAGE, "--image-version", "is not of 1 to 64 printable ASCII characters");
	for (size_t i = 0; i < HM_ARRAY_LEN(texts); i++) {
		char *copy = texts[i] ? strdup(texts[i]) : NULL;

		if (!texts[i])
			continue;
		if (!copy)
			return out_of_memory();
		free(*fields[i]);
		*fields[i] = copy;
	}
	return HM_EXIT_OK;
}

static int write_outputs(const char *dir, const struct hm_golden *golden, const struct hm_recorder *recorder)
{
	char *json = hm_golden_format(golden);
	struct hm_outdir_file files[2];
	int status;

	if (!json)
		return out_of_memory();
	files[0] = (struct hm_outdir_file){"golden.cel", hm_writer_bytes(&recorder->cel)};
	files[1] = (struct hm_outdir_file){"golden.json", hm_bytes_of(json, strlen(json))};
	status = hm_outdir_write(dir, files, HM_ARRAY_LEN(files));
	free(json);
	return status;
}

static int join(const struct options *o, struct source *source, size_t count)
{
	struct hm_golden *parts[HM_LIST_MAX];
	const char *paths[HM_LIST_MAX];
	struct hm_recorder recorder;
	size_t os = count;
	int status = HM_EXIT_OK;

	for (size_t i = 0; i < count; i++) {
		parts[i] = source[i].golden;
		paths[i] = source[i].path;
		if (!parts[i]->slot_count)
			continue;
		if (os < count)
			return hm_fail_text(HM_EXIT_INPUT, paths[i],
					    "there is more than one part with the image's slots");
		os = i;
	}
	if (os == count)
		return hm_fail_text(HM_EXIT_INPUT, paths[0], "no part has the image's slots: the OS's is missing");
	if (!hm_recorder_resume(&recorder, parts[os]))
		return out_of_memory();
	for (size_t i = 0; i < count && !status; i++)
		status = hm_join_note(parts[os], parts[i]->image_name, hm_file_bytes(&source[i].file));
	if (!status)
		status = hm_join(parts, paths, count, os, &recorder);
	if (!status)
		status = rename_image(o, parts[os]);
	if (!status)
		status = write_outputs(o->output, parts[os], &recorder);
	hm_recorder_free(&recorder);
	return status;
}

static int read_gpt(const char *path, struct hm_gpt *ret)
{
	struct hm_disk_file disk = {.fd = -1};
	enum hm_err err;
	int r = hm_disk_open(path, &disk);

	if (r < 0)
		return hm_fail_errno(path, r);
	err = hm_gpt_read(&disk.disk, ret);
	hm_disk_close(&disk);
	return err ? hm_fail_input(path, err) : HM_EXIT_OK;
}

static int replace(const struct options *o, struct source *source)
{
	struct hm_golden *golden = source->golden;
	struct hm_gpt *gpt = NULL;
	struct hm_recorder recorder;
	struct hm_record record;
	int status = hm_join_note(golden, golden->image_name, hm_file_bytes(&source->file));

	if (!status)
		status = rename_image(o, golden);
	if (!status && o->disk) {
		gpt = calloc(1, sizeof(*gpt));
		status = gpt ? read_gpt(o->disk, gpt) : out_of_memory();
	}
	if (!status && !hm_recorder_resume(&recorder, golden))
		status = out_of_memory();
	if (status) {
		free(gpt);
		return status;
	}
	for (size_t i = 0; i < o->replace.count && !status; i++) {
		status = hm_layer_file_record("--replace", o->replace.word[i], golden->image_version, &record);
		recorder.cel.len = 0;
		recorder.next_recnum = 0;
		if (!status)
			status = hm_replace(golden, source->path, &record, gpt, &recorder);
		if (!status)
			status = hm_inputs_note_layer(o->replace.word[i], golden);
	}
	if (!status)
		status = write_outputs(o->output, golden, &recorder);
	hm_recorder_free(&recorder);
	free(gpt);
	return status;
}

static int run(const struct options *o, const struct hm_list *words)
{
	struct source *source = calloc(HM_LIST_MAX, sizeof(*source));
	int status = source ? HM_EXIT_OK : out_of_memory();

	for (size_t i = 0; i < words->count && !status; i++)
		status = load(o, words->word[i], &source[i]);
	if (!status)
		status = o->join ? join(o, source, words->count) : replace(o, &source[0]);
	for (size_t i = 0; source && i < words->count; i++) {
		hm_golden_free(source[i].golden);
		hm_file_free(&source[i].file);
	}
	free(source);
	return status;
}

int hm_cmd_predict_join(int argc, char **argv)
{
	struct options o = {.name = NULL};
	const struct hm_option options[] = {
		{.name = "--join", .flag = &o.join},
		{.name = "--replace", .list = &o.replace},
		{.name = "--part-key", .list = &o.keys},
		{.name = "--name", .value = &o.name},
		{.name = "--image-version", .value = &o.image_version},
		{.name = "--disk", .value = &o.disk},
		{.name = "--output", .value = &o.output, .required = true},
	};
	const struct hm_args args = {.command = "predict",
				     .help = help,
				     .options = options,
				     .option_count = HM_ARRAY_LEN(options),
				     .words_min = 1,
				     .words_max = HM_LIST_MAX};
	struct hm_list words;
	int status = hm_args_parse(&args, argc, argv, &words);

	if (status != HM_ARGS_GO)
		return status;
	if (o.join && (o.replace.count || o.disk))
		return hm_fail_text(HM_EXIT_USAGE, "--join", "goes with neither --replace nor --disk");
	if (!o.join && words.count != 1)
		return hm_fail_text(HM_EXIT_USAGE, "--replace", "takes one golden file");
	return run(&o, &words);
}
