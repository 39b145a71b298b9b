/* SPDX-License-Identifier: BSD-2-Clause */
/* predict_join.c - hallmark predict --join and --replace: golden files out of golden files */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/args.h"
#include "host/base/outdir.h"
#include "host/predict/inputs.h"
#include "host/predict/listing.h"
#include "host/predict/parts.h"
#include "lib/crypto/detached.h"
#include "tools/commands.h"

struct options {
	const char *name, *image_version, *output, *disk, *not_before, *not_after;
	struct hm_list replace, keys;
	bool join;
};

struct source {
	const char *path;
	struct hm_file file;
	struct hm_golden *golden;
};

/* The file of the key for this image's name; NULL: none was given. */
static bool find_key(const struct options *o, const char *name, const char **ret, struct hm_error *error)
{
	*ret = NULL;
	for (size_t i = 0; i < o->keys.count; i++) {
		const char *equal = strchr(o->keys.word[i], '=');

		if (!equal)
			return hm_error_of(error, HM_ERROR_USAGE, "--part-key", "is not NAME=PUB");
		if ((size_t)(equal - o->keys.word[i]) == strlen(name) && !strncmp(o->keys.word[i], name, strlen(name)))
			*ret = equal + 1;
	}
	return true;
}

/* The signature beside the file, if a key for this image's name was given. */
static bool check_signature(const struct options *o, const struct source *source, struct hm_error *error)
{
	const char *name = source->golden->image_name;
	struct hm_file key = {0}, signature = {0};
	const char *key_path;
	char path[4096];
	bool good;

	if (!find_key(o, name, &key_path, error))
		return false;
	if (!key_path) {
		/* A key that was meant for another name must not go unnoticed. */
		if (o->keys.count)
			return hm_error_of(error, HM_ERROR_USAGE, source->path, "there is no --part-key for %s", name);
		fprintf(stderr, "hallmark: %s: signature not checked (--part-key %s=PUB)\n", source->path, name);
		return true;
	}
	if (snprintf(path, sizeof(path), "%s.sig", source->path) >= (int)sizeof(path))
		return hm_error_errno(error, source->path, -ENAMETOOLONG);
	good = hm_file_load(key_path, HM_CRYPTO_KEY_MAX, &key, error) &&
	       hm_file_load(path, HM_CRYPTO_SIGNATURE_MAX, &signature, error) &&
	       (hm_crypto_verify_detached(hm_file_bytes(&source->file), hm_file_bytes(&signature), hm_file_bytes(&key),
					  error) ||
		hm_error_about(error, path));
	hm_file_free(&signature);
	hm_file_free(&key);
	return good;
}

static bool load(const struct options *o, const char *path, struct source *source, struct hm_error *error)
{
	source->path = path;
	if (!hm_file_load(path, HM_GOLDEN_MAX, &source->file, error))
		return false;
	if (!(o->join ? hm_golden_part_parse(hm_file_bytes(&source->file), &source->golden, error)
		      : hm_golden_parse(hm_file_bytes(&source->file), &source->golden, error)))
		return hm_error_about(error, path);
	return check_signature(o, source, error);
}

static bool rename_image(const struct options *o, struct hm_golden *golden, struct hm_error *error)
{
	const char *texts[] = {o->name, o->image_version};
	char **fields[] = {&golden->image_name, &golden->image_version};

	if (o->name && !hm_is_name(hm_bytes_of(o->name, strlen(o->name))))
		return hm_error_of(error, HM_ERROR_USAGE, "--name", "is not of [a-z0-9-]{1,32}");
	if (o->image_version && !hm_inputs_version_ok(o->image_version))
		return hm_error_of(error, HM_ERROR_USAGE, "--image-version",
				   "is not of 1 to 64 printable ASCII characters");
	for (size_t i = 0; i < HM_ARRAY_LEN(texts); i++) {
		char *copy = texts[i] ? strdup(texts[i]) : NULL;

		if (!texts[i])
			continue;
		if (!copy)
			return hm_error_memory(error, "predict");
		free(*fields[i]);
		*fields[i] = copy;
	}
	return true;
}

/*
 * A joined file has the validity that the parts leave, and may have a shorter one. With --replace the dates are those
 * of whoever signs the new file; what is not given stays.
 */
static bool set_validity(const struct options *o, struct hm_golden *golden, struct hm_error *error)
{
	struct hm_golden given = {0};

	if (!hm_input_time("--not-before", o->not_before, &given.has_not_before, &given.not_before, error) ||
	    !hm_input_time("--not-after", o->not_after, &given.has_not_after, &given.not_after, error))
		return false;
	if (o->join && given.has_not_before && golden->has_not_before && given.not_before < golden->not_before)
		return hm_error_of(error, HM_ERROR_USAGE, "--not-before", "a part is not valid as early as that");
	if (o->join && given.has_not_after && golden->has_not_after && given.not_after > golden->not_after)
		return hm_error_of(error, HM_ERROR_USAGE, "--not-after", "a part is not valid as long as that");
	if (given.has_not_before) {
		golden->has_not_before = true;
		golden->not_before = given.not_before;
	}
	if (given.has_not_after) {
		golden->has_not_after = true;
		golden->not_after = given.not_after;
	}
	if (golden->has_not_before && golden->has_not_after && golden->not_before > golden->not_after)
		return hm_error_of(error, HM_ERROR_USAGE, "--not-after", "the file would never be valid");
	return true;
}

static bool write_outputs(const char *dir, const struct hm_golden *golden, const struct hm_recorder *recorder,
			  struct hm_error *error)
{
	char *json = hm_golden_format(golden);
	struct hm_outdir_file files[2];
	bool good;

	if (!json)
		return hm_error_memory(error, "predict");
	files[0] = (struct hm_outdir_file){"golden.cel", hm_writer_bytes(&recorder->cel)};
	files[1] = (struct hm_outdir_file){"golden.json", hm_bytes_of(json, strlen(json))};
	good = hm_outdir_write(dir, files, HM_ARRAY_LEN(files), error);
	free(json);
	return good;
}

static bool join(const struct options *o, struct source *source, size_t count, struct hm_error *error)
{
	struct hm_golden *parts[HM_LIST_MAX];
	const char *paths[HM_LIST_MAX];
	struct hm_recorder recorder;
	size_t os = count;
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		parts[i] = source[i].golden;
		paths[i] = source[i].path;
		if (!parts[i]->slot_count)
			continue;
		if (os < count)
			return hm_error_of(error, HM_ERROR_INPUT, paths[i],
					   "there is more than one part with the image's slots");
		os = i;
	}
	if (os == count)
		return hm_error_of(error, HM_ERROR_INPUT, paths[0],
				   "no part has the image's slots: the OS's is missing");
	if (!hm_recorder_resume(&recorder, parts[os]))
		return hm_error_memory(error, "predict");
	for (size_t i = 0; i < count && good; i++)
		good = hm_join_note(parts[os], parts[i]->image_name, hm_file_bytes(&source[i].file), error);
	good = good && hm_join(parts, paths, count, os, &recorder, error) && rename_image(o, parts[os], error) &&
	       set_validity(o, parts[os], error) && write_outputs(o->output, parts[os], &recorder, error);
	hm_recorder_free(&recorder);
	return good;
}

static bool read_gpt(const char *path, struct hm_gpt *ret, struct hm_error *error)
{
	struct hm_disk_file disk = {.fd = -1};
	enum hm_err err;
	int r = hm_disk_open(path, 0, &disk);

	if (r < 0)
		return hm_error_errno(error, path, r);
	err = hm_gpt_read(&disk.disk, ret);
	hm_disk_close(&disk);
	return !err || hm_error_err(error, path, err);
}

static bool replace_layer(const char *spec, struct source *source, const struct hm_gpt *gpt,
			  struct hm_recorder *recorder, struct hm_error *error)
{
	struct hm_layer_file layer;
	bool good;

	recorder->cel.len = 0;
	recorder->next_recnum = 0;
	good = hm_layer_file_load("--replace", spec, source->golden->image_version, &layer, error) &&
	       hm_replace(source->golden, source->path, &layer.record, gpt, recorder, error) &&
	       hm_listing_add_layer(source->golden, &layer, error);
	hm_layer_file_free(&layer);
	return good;
}

static bool replace(const struct options *o, struct source *source, struct hm_error *error)
{
	struct hm_golden *golden = source->golden;
	struct hm_gpt *gpt = o->disk ? calloc(1, sizeof(*gpt)) : NULL;
	struct hm_recorder recorder = {.golden = NULL};
	bool good = (!o->disk || gpt || hm_error_memory(error, "predict")) &&
		    hm_join_note(golden, golden->image_name, hm_file_bytes(&source->file), error) &&
		    rename_image(o, golden, error) && set_validity(o, golden, error) &&
		    (!gpt || read_gpt(o->disk, gpt, error)) &&
		    (hm_recorder_resume(&recorder, golden) || hm_error_memory(error, "predict"));

	for (size_t i = 0; i < o->replace.count && good; i++)
		good = replace_layer(o->replace.word[i], source, gpt, &recorder, error);
	good = good && write_outputs(o->output, golden, &recorder, error);
	hm_recorder_free(&recorder);
	free(gpt);
	return good;
}

static bool run(const struct options *o, const struct hm_words *words, struct hm_error *error)
{
	struct source *source = calloc(HM_LIST_MAX, sizeof(*source));
	bool good = source || hm_error_memory(error, "predict");

	for (size_t i = 0; i < words->count && good; i++)
		good = load(o, words->word[i], &source[i], error);
	good = good && (o->join ? join(o, source, words->count, error) : replace(o, &source[0], error));
	for (size_t i = 0; source && i < words->count; i++) {
		hm_golden_free(source[i].golden);
		hm_file_free(&source[i].file);
	}
	free(source);
	return good;
}

static int command(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	struct hm_error error = {0};
	bool good;

	if (o->join && (o->replace.count || o->disk))
		good = hm_error_of(&error, HM_ERROR_USAGE, "--join", "goes with neither --replace nor --disk");
	else if (!o->join && words->count != 1)
		good = hm_error_of(&error, HM_ERROR_USAGE, "--replace", "takes one golden file");
	else
		good = run(o, words, &error);
	return good ? HM_EXIT_OK : hm_report(&error);
}

static const struct hm_option options[] = {
	HM_OPTION(struct options, join, "--join", NULL,
		  "Make a golden file of the parts that the vendors of OS, application and weights have made "
		  "with hallmark predict --part."),
	HM_OPTION(struct options, replace, "--replace", "NAME=DATA[:TREE]",
		  "Make a golden file with another image for one layer: of the pinned registers the layer's "
		  "own changes and no other."),
	HM_OPTION(struct options, keys, "--part-key", "NAME=PUB",
		  "The file of the image NAME must have a signature beside it, by this key."),
	HM_OPTION(struct options, image_version, "--image-version", "TEXT",
		  "Version of the new golden file (default: that of the OS's part, or of GOLDEN)."),
	HM_OPTION(struct options, name, "--name", "NAME",
		  "Name of the new golden file (default: that of the OS's part, or of GOLDEN)."),
	HM_OPTION(struct options, not_before, "--not-before", "TIME",
		  "Verifiers may use the new file from this time on: 2026-11-26T12:00:00Z (default: what the parts "
		  "leave, or that of GOLDEN). With --join not before a part's."),
	HM_OPTION(
		struct options, not_after, "--not-after", "TIME",
		"Verifiers may use the new file until this time (default: likewise). With --join not after a part's."),
	HM_OPTION(struct options, disk, "--disk", "FILE",
		  "With --replace: the new disk, for its partition table (PCR 5, which is shown). Without it "
		  "nothing is said about PCR 5."),
	HM_OPTION_REQUIRED(struct options, output, "--output", "DIR",
			   "Gets golden.json and golden.cel. Made if it does not exist."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_predict_join = {
	.name = "predict --join|--replace",
	.summary = "make golden files out of golden files",
	.synopsis = "predict --join PART.json PART.json... --output DIR [option...]\n"
		    "predict --replace NAME=DATA[:TREE] GOLDEN.json --output DIR [option...]",
	.description = "Makes a golden file of parts, or of a golden file and another layer. The new file names the "
		       "files that it was made of, by SHA-256.",
	.example = "hallmark predict --join os/part.json app/part.json weights/part.json --output golden",
	.see_also = "hallmark-predict(1)",
	.args = {.tables = {{options, 0}}, .words_min = 1, .words_max = HM_LIST_MAX},
	.size = sizeof(struct options),
	.run = command,
};
