/* SPDX-License-Identifier: BSD-2-Clause */
/* layer.c - a layer's record from its files */
#include "host/verity/layer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"
#include "host/sha/sha256.h"
#include "host/verity/args.h"
#include "host/verity/data.h"
#include "host/base/threads.h"

struct layer_file {
	char name[HM_RECORD_NAME_MAX + 1];
	char *data_path;
	const char *tree_path; /* into data_path's memory; NULL: none */
	const char *version;
	struct hm_input data;
	struct hm_tree_params params;
	struct hm_tree_layout layout;
	uint64_t hash_len;
};

static int parse_spec(const char *option, const char *spec, struct layer_file *f)
{
	const char *equal = strchr(spec, '=');
	char *colon;

	if (!equal || !equal[1] || !hm_is_name(hm_bytes_of(spec, (size_t)(equal - spec))))
		return hm_fail_text(HM_EXIT_USAGE, option,
				    "is not NAME=DATA or NAME=DATA:TREE with a name of [a-z0-9-]{1,32}");
	snprintf(f->name, sizeof(f->name), "%.*s", (int)(equal - spec), spec);
	f->data_path = strdup(equal + 1);
	if (!f->data_path)
		return hm_fail_text(HM_EXIT_RUN, option, "out of memory");
	colon = strchr(f->data_path, ':');
	if (colon) {
		*colon = '\0';
		f->tree_path = colon + 1;
	}
	return HM_EXIT_OK;
}

/* The parameters that the tree's superblock has, or those of `hallmark verity format`. */
static int load_params(const char *option, struct layer_file *f)
{
	const struct hm_tree_args args = {.name = f->name, .version = f->version};
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_error error = {0};
	struct hm_fault fault;
	struct hm_input tree = {.fd = -1};
	int status;

	if (!f->tree_path) {
		if (!hm_tree_version_ok(f->version))
			return hm_fail_format(HM_EXIT_USAGE, option,
					      "the image's version '%s' does not make a salt: name a tree", f->version);
		status = hm_tree_args_params(&args, true, &f->params);
		return status ? status : hm_tree_args_data_blocks(&f->data, &f->params);
	}
	if (!hm_input_open(f->tree_path, &tree, &fault))
		return hm_fault_print(&fault);
	f->hash_len = tree.len;
	if (!hm_read_at(tree.fd, f->tree_path, 0, superblock, sizeof(superblock), &fault))
		status = hm_fault_print(&fault);
	else if (!hm_tree_superblock_decode(hm_bytes_of(superblock, sizeof(superblock)), &f->params, &error))
		status = hm_fail_text(HM_EXIT_INPUT, f->tree_path, error.text);
	else
		status = HM_EXIT_OK;
	hm_input_close(&tree);
	return status;
}

static int compute_root(struct layer_file *f, uint8_t root[HM_TREE_DIGEST_LEN])
{
	const struct hm_sha256_kernel *kernel = NULL;
	const struct hm_tree_args args = {.name = f->name};
	struct hm_fault fault = {.status = HM_EXIT_OK};
	struct hm_tree_run run = {
		.params = &f->params, .layout = &f->layout, .what = f->name, .block_count = f->params.data_blocks};
	struct hm_tree_data data;
	int status = hm_tree_args_threads(&args, &run.threads);
	bool good;

	if (!status)
		status = hm_tree_args_kernel(&args, &kernel);
	if (status)
		return status;
	run.kernel = kernel;
	if (!hm_tree_data_init(&data, &f->data, &f->params, kernel, run.threads, &fault))
		return hm_fault_print(&fault);
	run.source = hm_tree_data_source(&data);
	good = hm_tree_build(&run, root, &fault) && hm_input_unchanged(&f->data, &fault);
	hm_tree_data_free(&data);
	if (good)
		return HM_EXIT_OK;
	return fault.status ? hm_fault_print(&fault) : HM_EXIT_RUN;
}

/* By the rules for what may boot: the same decoder that reads a disk's superblock. */
static int make_record(const struct layer_file *f, const uint8_t root[HM_TREE_DIGEST_LEN], struct hm_record *ret)
{
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_record record = {.kind = HM_RECORD_LAYER, .name_len = (uint8_t)strlen(f->name)};
	enum hm_err err;

	hm_tree_superblock_encode(&f->params, superblock);
	err = hm_verity_decode(hm_bytes_of(superblock, sizeof(superblock)), f->data.len,
			       f->tree_path ? f->hash_len : f->layout.end, root, &record.verity);
	if (err)
		return hm_fail_format(HM_EXIT_INPUT, f->tree_path ? f->tree_path : f->data_path, "layer %s: %s",
				      f->name, hm_err_text(err));
	memcpy(record.name, f->name, record.name_len);
	*ret = record;
	return HM_EXIT_OK;
}

int hm_layer_file_record(const char *option, const char *spec, const char *version, struct hm_record *ret)
{
	struct layer_file f = {.version = version, .data = {.fd = -1}};
	uint8_t root[HM_TREE_DIGEST_LEN];
	struct hm_error error = {0};
	struct hm_fault fault;
	int status = parse_spec(option, spec, &f);

	if (!status && !hm_input_open(f.data_path, &f.data, &fault))
		status = hm_fault_print(&fault);
	if (!status)
		status = load_params(option, &f);
	if (!status && !hm_tree_layout(&f.params, &f.layout, &error))
		status = hm_fail_text(HM_EXIT_INPUT, f.tree_path ? f.tree_path : f.data_path, error.text);
	if (!status)
		status = compute_root(&f, root);
	if (!status)
		status = make_record(&f, root, ret);
	hm_input_close(&f.data);
	free(f.data_path);
	return status;
}
