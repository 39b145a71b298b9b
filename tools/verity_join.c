/* SPDX-License-Identifier: BSD-2-Clause */
/* verity_join.c - hallmark verity join: one hash tree of the parts that many machines made */
#include <stdio.h>
#include <string.h>

#include "tools/commands.h"
#include "host/base/args.h"
#include "host/base/outfile.h"
#include "host/verity/args.h"
#include "host/verity/part.h"
#include "host/base/threads.h"

struct join {
	struct hm_tree_args args;
	const char *output, *root, *root_hash_file;
	const char *paths[HM_TREE_PARTS_MAX];
	size_t path_count;

	uint8_t want[HM_TREE_DIGEST_LEN];
	const struct hm_sha256_kernel *kernel;
	unsigned int threads;
	struct hm_tree_join parts;
	struct hm_outfile out;
};

static bool put(void *ctx, unsigned int thread, unsigned int level, uint64_t off, const uint8_t *p, size_t len,
		struct hm_error *error)
{
	const struct join *j = ctx;

	(void)thread;
	(void)level;
	return hm_outfile_write(&j->out, off, p, len, error);
}

static bool in_order(void *ctx, const uint8_t *p, size_t len, struct hm_error *error)
{
	struct join *j = ctx;

	return hm_tree_join_in_order(&j->parts, p, len, error);
}

static bool build(struct join *j, uint8_t root[HM_TREE_DIGEST_LEN], struct hm_error *error)
{
	const struct hm_tree_params *params = &j->parts.parts[0].params;
	const struct hm_tree_run run = {.params = params,
					.layout = &j->parts.layout,
					.kernel = j->kernel,
					.threads = j->threads,
					.what = "join",
					.source = hm_tree_join_source(&j->parts),
					.sink = {.ctx = j, .put = put, .in_order = in_order},
					.block_count = params->data_blocks};
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	int err = hm_outfile_create(j->output, &j->out);

	if (!err)
		err = hm_outfile_reserve(&j->out, 0, j->parts.layout.end);
	if (err)
		return hm_error_errno(error, j->output, err);
	if (!hm_tree_build(&run, root, error) || !hm_tree_join_end(&j->parts, error))
		return false;
	hm_tree_superblock_encode(params, superblock);
	return !params->superblock || put(j, 0, 0, 0, superblock, sizeof(superblock), error);
}

static bool finish(struct join *j, const uint8_t root[HM_TREE_DIGEST_LEN], const char *line, struct hm_error *error)
{
	int err;

	if (j->root && memcmp(root, j->want, HM_TREE_DIGEST_LEN) != 0)
		return hm_error_of(error, HM_ERROR_REJECTED, j->output, "the root hash of these parts is %.64s, not %s",
				   line, j->root);
	if (hm_interrupted())
		return false;
	err = j->root_hash_file ? hm_file_write_atomic(j->root_hash_file, hm_bytes_of_text(line)) : 0;
	if (err)
		return hm_error_errno(error, j->root_hash_file, err);
	err = hm_outfile_commit(&j->out);
	return !err || hm_error_errno(error, j->output, err);
}

static bool join_run(struct join *j, struct hm_error *error)
{
	char line[2 * HM_TREE_DIGEST_LEN + 2] = "";
	uint8_t root[HM_TREE_DIGEST_LEN];
	struct hm_writer w = hm_writer_of(line, sizeof(line));
	bool good;

	if (!hm_outputs_check((const char *const[]){j->output, j->root_hash_file}, 2, j->paths, j->path_count, error) ||
	    !hm_tree_args_threads(&j->args, &j->threads, error) || !hm_tree_args_kernel(&j->args, &j->kernel, error))
		return false;
	good = hm_tree_join_open(j->paths, j->path_count, &j->parts, error) && build(j, root, error);
	if (good) {
		hm_put_hex(&w, hm_bytes_of(root, sizeof(root)));
		hm_put_text(&w, "\n");
		hm_put_u8(&w, 0);
		good = finish(j, root, line, error);
	}
	hm_outfile_discard(&j->out);
	hm_tree_join_free(&j->parts);
	if (good)
		fputs(line, stdout);
	return good;
}

static int command(void *options, const struct hm_words *words)
{
	struct join *j = options;
	struct hm_error error = {0};
	bool good;

	j->out.fd = -1;
	j->path_count = words->count;
	memcpy(j->paths, words->word, words->count * sizeof(j->paths[0]));
	hm_interrupt_catch();
	good = (!j->root || hm_tree_args_root(j->root, j->want, &error)) && join_run(j, &error);
	hm_interrupt_end();
	return good ? HM_EXIT_OK : hm_report(&error);
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(struct join, output, "--output", "TREE", "The tree, complete or not at all."),
	HM_OPTION(struct join, root, "--root", "HEX",
		  "The root hash that it must have; parts that give another one are refused."),
	HM_OPTION(struct join, root_hash_file, "--root-hash-file", "FILE", "Write the root hash there, too."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_verity_join = {
	.name = "verity join",
	.summary = "make a hash tree of parts that format --shard made",
	.words = "PART...",
	.description = "Makes the hash tree of the parts that hallmark verity format --shard made, in any order, "
		       "and prints the root hash: the same tree as without parts. Missing, doubled, damaged and "
		       "foreign parts are refused by name. Whether every part is of the same data can be told only "
		       "in part without reading the data again: with --root it is certain.",
	.example = "hallmark verity join parts/weights.* --output weights.verity",
	.see_also = "hallmark-verity-format(1), docs/SHARDING.md",
	.args = {.tables = {{options, 0}, {hm_tree_options_run, offsetof(struct join, args)}},
		 .words_min = 1,
		 .words_max = HM_TREE_PARTS_MAX},
	.size = sizeof(struct join),
	.run = command,
};
