/* SPDX-License-Identifier: BSD-2-Clause */
/* layer.c - a layer's record from its files */
#include "host/verity/layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/threads.h"
#include "host/crypto/sha256_file.h"
#include "host/verity/args.h"
#include "host/verity/data.h"

/* What is known about the tree while it is computed. */
struct tree {
	struct hm_tree_params params;
	struct hm_tree_layout layout;
	uint64_t len; /* of TREE */
	uint8_t root[HM_TREE_DIGEST_LEN];
};

static bool parse_spec(const char *option, const char *spec, struct hm_layer_file *f, struct hm_error *error)
{
	const char *equal = strchr(spec, '=');

	if (!equal || !equal[1] || !hm_is_name(hm_bytes_of(spec, (size_t)(equal - spec))))
		return hm_error_of(error, HM_ERROR_USAGE, option,
				   "is not NAME=DATA or NAME=DATA:TREE with a name of [a-z0-9-]{1,32}");
	snprintf(f->name, sizeof(f->name), "%.*s", (int)(equal - spec), spec);
	f->data_path = strdup(equal + 1);
	if (!f->data_path)
		return hm_error_memory(error, option);
	f->tree_path = strchr(f->data_path, ':');
	if (f->tree_path)
		*f->tree_path++ = '\0';
	return true;
}

/* The parameters that the tree's superblock has, or those of `hallmark verity format`. */
static bool load_params(const char *option, const char *version, const struct hm_layer_file *f,
			const struct hm_mapped *data, struct tree *tree, struct hm_error *error)
{
	const struct hm_tree_args args = {.name = f->name, .version = version};
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_mapped in = {.fd = -1};
	bool good;

	if (!f->tree_path) {
		if (!hm_tree_version_ok(version))
			return hm_error_of(error, HM_ERROR_USAGE, option,
					   "the image's version '%s' does not make a salt: name a tree", version);
		return hm_tree_args_params(&args, true, &tree->params, error) &&
		       hm_tree_args_data_blocks(data, &tree->params, error);
	}
	if (!hm_mapped_open(f->tree_path, &in, error))
		return false;
	tree->len = in.len;
	good = hm_read_at(in.fd, f->tree_path, 0, superblock, sizeof(superblock), error);
	hm_mapped_close(&in);
	return good && (hm_tree_superblock_decode(hm_bytes_of(superblock, sizeof(superblock)), &tree->params, error) ||
			hm_error_about(error, f->tree_path));
}

static bool compute_root(const struct hm_layer_file *f, struct hm_mapped *in, struct tree *tree, struct hm_error *error)
{
	const struct hm_tree_args args = {.name = f->name};
	struct hm_tree_run run = {.params = &tree->params,
				  .layout = &tree->layout,
				  .what = f->name,
				  .block_count = tree->params.data_blocks};
	struct hm_tree_data data;
	bool good;

	if (!hm_tree_args_threads(&args, &run.threads, error) || !hm_tree_args_kernel(&args, &run.kernel, error) ||
	    !hm_tree_data_init(&data, in, &tree->params, run.kernel, run.threads, error))
		return false;
	run.source = hm_tree_data_source(&data);
	good = hm_tree_build(&run, tree->root, error) && hm_mapped_unchanged(in, error);
	hm_tree_data_free(&data);
	return good;
}

/* By the rules for what may boot: the same decoder that reads a disk's superblock. */
static bool make_record(struct hm_layer_file *f, const struct hm_mapped *data, const struct tree *tree,
			struct hm_error *error)
{
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_record record = {.kind = HM_RECORD_LAYER, .name_len = (uint8_t)strlen(f->name)};
	enum hm_err err;

	hm_tree_superblock_encode(&tree->params, superblock);
	err = hm_verity_decode(hm_bytes_of(superblock, sizeof(superblock)), data->len,
			       f->tree_path ? tree->len : tree->layout.end, tree->root, &record.verity);
	if (err)
		return hm_error_of(error, HM_ERROR_INPUT, f->tree_path ? f->tree_path : f->data_path, "layer %s: %s",
				   f->name, hm_err_text(err));
	memcpy(record.name, f->name, record.name_len);
	f->record = record;
	return true;
}

static bool sum(const char *path, struct hm_layer_file_sum *ret, struct hm_error *error)
{
	int r = hm_crypto_file_sha256(path, NULL, &ret->len, ret->sha256);

	return r >= 0 || hm_error_errno(error, path, r);
}

bool hm_layer_file_load(const char *option, const char *spec, const char *version, struct hm_layer_file *ret,
			struct hm_error *error)
{
	struct hm_mapped data = {.fd = -1};
	struct tree tree = {.len = 0};
	bool good;

	memset(ret, 0, sizeof(*ret));
	if (!parse_spec(option, spec, ret, error) || !hm_mapped_open(ret->data_path, &data, error))
		return false;
	good = load_params(option, version, ret, &data, &tree, error) &&
	       (hm_tree_layout(&tree.params, &tree.layout, error) ||
		hm_error_about(error, ret->tree_path ? ret->tree_path : ret->data_path)) &&
	       compute_root(ret, &data, &tree, error) && make_record(ret, &data, &tree, error);
	hm_mapped_close(&data);
	return good && sum(ret->data_path, &ret->data, error) &&
	       (!ret->tree_path || sum(ret->tree_path, &ret->tree, error));
}

void hm_layer_file_free(struct hm_layer_file *file)
{
	free(file->data_path);
	memset(file, 0, sizeof(*file));
}
