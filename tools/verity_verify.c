/* SPDX-License-Identifier: BSD-2-Clause */
/* verity_verify.c - hallmark verity verify: compare data, hash tree and root hash */
#include <inttypes.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "host/verity/args.h"
#include "host/verity/verify.h"
#include "host/base/threads.h"

struct verify {
	struct hm_tree_args args;
	const char *data_path, *tree_path, *root_text;
	struct hm_tree_params params;
	struct hm_tree_layout layout;
	uint8_t root[HM_TREE_DIGEST_LEN];
	struct hm_mapped data, tree;
};

static bool read_superblock(struct verify *v, struct hm_error *error)
{
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_tree_args offset = {.salt = "-", .hash_offset = v->args.hash_offset};
	uint64_t off;

	if (!hm_tree_args_params(&offset, false, &v->params, error))
		return false;
	off = v->params.hash_off;
	if (off > v->tree.len || v->tree.len - off < sizeof(superblock))
		return hm_error_of(error, HM_ERROR_REJECTED, v->tree_path,
				   "%" PRIu64 " bytes hold no superblock at offset %" PRIu64, v->tree.len, off);
	if (!hm_read_at(v->tree.fd, v->tree_path, off, superblock, sizeof(superblock), error))
		return false;
	if (!hm_tree_superblock_decode(hm_bytes_of(superblock, sizeof(superblock)), &v->params, error))
		return hm_error_of(error, HM_ERROR_REJECTED, v->tree_path, "%s", error->text);
	return hm_tree_args_pin(&v->args, v->tree_path, &v->params, error);
}

static bool load_params(struct verify *v, struct hm_error *error)
{
	if (!v->args.no_superblock)
		return read_superblock(v, error);
	return hm_tree_args_params(&v->args, false, &v->params, error) &&
	       hm_tree_args_data_blocks(&v->data, &v->params, error);
}

/* What the tree does not cover, the root hash says nothing about. A partition may be longer. */
static bool check_coverage(const struct verify *v, struct hm_error *error)
{
	uint64_t end = v->tree_path == v->data_path ? v->params.hash_off : v->data.len;
	uint64_t covered = v->layout.data_len;

	if (v->tree_path == v->data_path && covered > end)
		return hm_error_of(error, HM_ERROR_REJECTED, v->data_path,
				   "the tree at offset %" PRIu64 " claims to cover %" PRIu64 " bytes before it", end,
				   covered);
	/* Up to the next hash block there is nothing between data and tree. */
	if (v->tree_path == v->data_path && end - covered < v->params.hash_block_len)
		return true;
	if (covered >= end || v->args.data_blocks || !v->data.regular)
		return true;
	return hm_error_of(error, HM_ERROR_REJECTED, v->data_path,
			   "the tree covers %" PRIu64 " of %" PRIu64 " bytes (--data-blocks, if that is meant)",
			   covered, end);
}

static bool verify_run(struct verify *v, struct hm_error *error)
{
	struct hm_tree_verify run = {
		.params = &v->params, .layout = &v->layout, .data = &v->data, .tree = &v->tree, .root = v->root};

	if (!hm_tree_args_root(v->root_text, v->root, error) || !hm_tree_args_threads(&v->args, &run.threads, error) ||
	    !hm_tree_args_kernel(&v->args, &run.kernel, error) || !hm_mapped_open(v->data_path, &v->data, error) ||
	    !hm_mapped_open(v->tree_path, &v->tree, error) || !load_params(v, error))
		return false;
	if (!hm_tree_layout(&v->params, &v->layout, error))
		return hm_error_of(error, v->params.superblock ? HM_ERROR_REJECTED : HM_ERROR_USAGE, v->tree_path, "%s",
				   error->text);
	return check_coverage(v, error) && hm_tree_verify(&run, error);
}

static int command(void *options, const struct hm_words *words)
{
	struct verify *v = options;
	struct hm_error error = {0};
	bool good;

	v->data.fd = -1;
	v->tree.fd = -1;
	v->data_path = words->word[0];
	v->tree_path = words->count > 2 ? words->word[1] : v->data_path;
	v->root_text = words->word[words->count - 1];
	hm_interrupt_catch();
	if (words->count < 3 && !v->args.hash_offset)
		good = hm_error_of(&error, HM_ERROR_USAGE, "verity verify",
				   "give TREE, or --hash-offset where it is in DATA");
	else
		good = verify_run(v, &error);
	hm_mapped_close(&v->data);
	hm_mapped_close(&v->tree);
	hm_interrupt_end();
	return good ? HM_EXIT_OK : hm_report(&error);
}

static const struct hm_option options[] = {
	HM_OPTION(struct verify, args.hash_offset, "--hash-offset", "N", "The superblock is at byte N of the file."),
	HM_OPTION(struct verify, args.no_superblock, "--no-superblock", NULL,
		  "There is none: the tree is at --hash-offset, and salt, sizes and number of blocks come from "
		  "the options."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_verity_verify = {
	.name = "verity verify",
	.summary = "compare data, hash tree and root hash",
	.words = "DATA [TREE] ROOT",
	.synopsis = "verity verify DATA TREE ROOT [option...]\n"
		    "verity verify DATA ROOT --hash-offset N [option...]",
	.description = "Reads all of DATA and its hash tree and compares them with the root hash. The first block "
		       "that does not fit is named. Without TREE the tree is in DATA, at --hash-offset.\n"
		       "\n"
		       "Salt, sizes and number of blocks are the superblock's. The root hash does not cover the "
		       "superblock: what you give here as well must be equal, so give what you know. The tree must "
		       "cover all of DATA, unless --data-blocks says how much of it.",
	.exit_status = "0 all of it matches, 1 it does not, 2 malformed input file, 3 usage, 4 it could not be read.",
	.example = "hallmark verity verify weights.erofs weights.verity $(cat weights.roothash) --name weights "
		   "--version 1.0",
	.see_also = "veritysetup(8), hallmark-verity-format(1)",
	.args = {.tables = {{hm_tree_options_salt, offsetof(struct verify, args)},
			    {hm_tree_options_sizes, offsetof(struct verify, args)},
			    {options, 0},
			    {hm_tree_options_run, offsetof(struct verify, args)}},
		 .words_min = 2,
		 .words_max = 3},
	.size = sizeof(struct verify),
	.run = command,
};
