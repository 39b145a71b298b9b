/* SPDX-License-Identifier: BSD-2-Clause */
/* verity_format.c - hallmark verity format and root: make a hash tree, all of it or a part, or its root hash */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "host/crypto/sha256_stream.h"
#include "host/base/outfile.h"
#include "host/verity/sums.h"
#include "host/verity/sums_run.h"
#include "host/verity/args.h"
#include "host/verity/data.h"
#include "host/verity/part.h"
#include "host/base/threads.h"

struct format {
	struct hm_tree_args args;
	const char *root_hash_file, *digests, *files, *shard;
	const char *data_path, *tree_path; /* tree_path NULL: append */

	struct hm_tree_params params;
	struct hm_tree_layout layout;
	const struct hm_sha256_kernel *kernel;
	unsigned int threads;
	struct hm_mapped data;
	struct hm_outfile out;
	struct hm_sums *sums;
};

static bool put_at(void *ctx, unsigned int thread, unsigned int level, uint64_t off, const uint8_t *p, size_t len,
		   struct hm_error *error)
{
	const struct hm_outfile *out = ctx;
	(void)thread;
	(void)level;
	return hm_outfile_write(out, off, p, len, error);
}

static bool build(struct format *f, const struct hm_tree_run *how, uint8_t root[HM_TREE_DIGEST_LEN],
		  struct hm_error *error)
{
	struct hm_tree_run run = *how;
	struct hm_tree_data data;
	bool good;

	if (!hm_tree_data_init(&data, &f->data, &f->params, f->kernel, f->threads, error))
		return false;
	run.params = &f->params;
	run.layout = &f->layout;
	run.kernel = f->kernel;
	run.threads = f->threads;
	run.source = hm_tree_data_source(&data);
	good = hm_tree_build(&run, root, error);
	hm_tree_data_free(&data);
	return good;
}

static void root_text(const uint8_t root[HM_TREE_DIGEST_LEN], char ret[2 * HM_TREE_DIGEST_LEN + 2])
{
	struct hm_writer w = hm_writer_of(ret, 2 * HM_TREE_DIGEST_LEN + 1);

	hm_put_hex(&w, hm_bytes_of(root, HM_TREE_DIGEST_LEN));
	hm_put_text(&w, "\n");
	ret[w.len] = '\0';
}

/* --- the arguments, as far as they do not depend on the data ---------------------------------------------- */

static bool check_combination(const struct format *f, struct hm_error *error)
{
	if (!f->digests != !f->files)
		return hm_error_of(error, HM_ERROR_USAGE, f->digests ? "--digests" : "--files",
				   "--digests and --files go together");
	if (!f->shard)
		return true;
	if (!f->tree_path)
		return hm_error_of(error, HM_ERROR_USAGE, "--shard", "name the part file after DATA");
	if (f->digests || f->root_hash_file || f->args.hash_offset)
		return hm_error_of(error, HM_ERROR_USAGE, "--shard",
				   "goes with none of --digests, --root-hash-file, --hash-offset");
	return true;
}

/* What a rename would destroy. */
static bool check_outputs(const struct format *f, struct hm_error *error)
{
	const char *const outputs[] = {f->tree_path, f->root_hash_file, f->digests};

	if (f->tree_path && hm_path_same(f->tree_path, f->data_path))
		return hm_error_of(error, HM_ERROR_USAGE, f->tree_path, "is DATA itself; leave TREE out to append");
	for (size_t i = 0; f->sums && i < HM_ARRAY_LEN(outputs); i++) {
		if (outputs[i] && hm_sums_has(f->sums, outputs[i]))
			return hm_error_of(error, HM_ERROR_USAGE, outputs[i], "is one of the files below --files");
	}
	return hm_outputs_check(outputs, HM_ARRAY_LEN(outputs), &f->data_path, 1, error);
}

static bool place(struct format *f, struct hm_error *error)
{
	uint64_t len = f->data.len;
	uint32_t block = f->params.hash_block_len;

	if (!f->tree_path && !f->args.hash_offset && len % block != 0)
		len += block - len % block;
	if (!f->tree_path && !f->args.hash_offset)
		f->params.hash_off = len;
	if (!f->tree_path && f->params.hash_off < f->data.len)
		return hm_error_of(error, HM_ERROR_USAGE, "--hash-offset",
				   "%" PRIu64 " is inside of DATA, of %" PRIu64 " bytes", f->params.hash_off,
				   f->data.len);
	return hm_tree_layout(&f->params, &f->layout, error) ||
	       hm_error_of(error, HM_ERROR_USAGE, f->data_path, "%s", error->text);
}

static bool prepare(struct format *f, bool need_uuid, struct hm_error *error)
{
	return hm_tree_args_params(&f->args, need_uuid, &f->params, error) &&
	       hm_tree_args_threads(&f->args, &f->threads, error) && hm_tree_args_kernel(&f->args, &f->kernel, error) &&
	       hm_mapped_open(f->data_path, &f->data, error) && hm_tree_args_no_tree(&f->args, &f->data, error) &&
	       hm_tree_args_data_blocks(&f->data, &f->params, error);
}

/* --- the whole tree --------------------------------------------------------------------------------------- */

static bool open_output(struct format *f, struct hm_error *error)
{
	const char *path = f->tree_path ? f->tree_path : f->data_path;
	int err = f->tree_path ? hm_outfile_create(path, &f->out) : hm_outfile_append(path, &f->out);
	uint64_t from = f->params.hash_off > f->data.len ? f->params.hash_off : f->data.len;

	if (err)
		return hm_error_errno(error, path, err);
	/* In a file of its own what is before the tree stays a hole. */
	if (f->tree_path)
		from = f->params.hash_off;
	err = hm_outfile_reserve(&f->out, from, f->layout.end);
	if (err)
		return hm_error_of(error, HM_ERROR_RUN, path, "%" PRIu64 " bytes for the tree: %s",
				   f->layout.end - from, strerror(-err));
	return true;
}

/* Last of all: what was cut off in the middle has none. */
static bool write_superblock(struct format *f, struct hm_error *error)
{
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];

	if (!f->params.superblock)
		return true;
	hm_tree_superblock_encode(&f->params, superblock);
	return put_at(&f->out, 0, 0, f->params.hash_off, superblock, sizeof(superblock), error);
}

static bool write_beside(const struct format *f, const char *root, struct hm_error *error)
{
	int err;

	if (f->sums) {
		size_t len = 0;
		char *text = hm_sums_text(f->sums, &len);

		err = text ? hm_file_write_atomic(f->digests, hm_bytes_of(text, len)) : -ENOMEM;
		free(text);
		if (err)
			return hm_error_errno(error, f->digests, err);
	}
	if (!f->root_hash_file)
		return true;
	err = hm_file_write_atomic(f->root_hash_file, hm_bytes_of_text(root));
	return !err || hm_error_errno(error, f->root_hash_file, err);
}

static bool format_all(struct format *f, char root_line[2 * HM_TREE_DIGEST_LEN + 2], struct hm_error *error)
{
	const struct hm_tree_run run = {
		.what = "format", .sink = {.ctx = &f->out, .put = put_at}, .block_count = f->params.data_blocks};
	uint8_t root[HM_TREE_DIGEST_LEN];
	int err;

	if (!open_output(f, error) || !build(f, &run, root, error))
		return false;
	/* Appending changes the file: there the length that was read at the start has to do. */
	if (f->tree_path && !hm_mapped_unchanged(&f->data, error))
		return false;
	if (f->sums && !hm_sums_run(f->sums, f->args.kernel ? f->kernel : NULL, f->threads, error))
		return false;
	root_text(root, root_line);
	if (!write_superblock(f, error) || hm_interrupted() || !write_beside(f, root_line, error))
		return false;
	err = hm_outfile_commit(&f->out);
	return !err || hm_error_errno(error, f->out.path, err);
}

/* --- a part ----------------------------------------------------------------------------------------------- */

struct part_out {
	struct hm_outfile *out;
	struct hm_sha256_stream *stream;
};

static bool part_put(void *ctx, unsigned int thread, unsigned int level, uint64_t off, const uint8_t *p, size_t len,
		     struct hm_error *error)
{
	const struct part_out *part = ctx;

	return put_at(part->out, thread, level, HM_TREE_PART_HEADER_LEN + off, p, len, error);
}

static bool part_in_order(void *ctx, const uint8_t *p, size_t len, struct hm_error *error)
{
	const struct part_out *part = ctx;

	return hm_sha256_stream_add(part->stream, p, len) || hm_error_err(error, part->out->path, HM_E_HASH);
}

static bool part_write(struct format *f, const struct hm_tree_part *part, struct part_out *to, struct hm_error *error)
{
	const struct hm_tree_run run = {.what = "part",
					.sink = {.ctx = to, .put = part_put, .in_order = part_in_order},
					.leaves_only = true,
					.first_block = part->first_block,
					.block_count = part->block_count};
	uint8_t header[HM_TREE_PART_HEADER_LEN];
	uint8_t unused[HM_TREE_DIGEST_LEN];

	hm_tree_part_encode(part, header);
	if (!part_in_order(to, header, HM_TREE_PART_DIGEST_OFF, error) || !build(f, &run, unused, error))
		return false;
	if (!hm_sha256_stream_end(to->stream, header + HM_TREE_PART_DIGEST_OFF))
		return hm_error_err(error, to->out->path, HM_E_HASH);
	return put_at(to->out, 0, 0, 0, header, sizeof(header), error);
}

static bool part_fingerprint(struct format *f, uint8_t ret[HM_TREE_DIGEST_LEN], struct hm_error *error)
{
	struct hm_tree_data data;
	bool good;

	if (!hm_tree_data_init(&data, &f->data, &f->params, f->kernel, 1, error))
		return false;
	good = hm_tree_data_fingerprint(&data, ret, error);
	hm_tree_data_free(&data);
	return good;
}

static bool format_part(struct format *f, struct hm_tree_part *part, struct hm_error *error)
{
	struct part_out to = {.out = &f->out};
	int err;
	bool good;

	part->params = f->params;
	hm_tree_part_range(part, &f->layout);
	if (!part_fingerprint(f, part->fingerprint, error))
		return false;
	err = hm_outfile_create(f->tree_path, &f->out);
	if (!err)
		err = hm_outfile_reserve(&f->out, 0, HM_TREE_PART_HEADER_LEN + part->block_count * HM_TREE_DIGEST_LEN);
	if (err)
		return hm_error_errno(error, f->tree_path, err);
	to.stream = hm_sha256_stream_new();
	if (!to.stream)
		return hm_error_err(error, f->tree_path, HM_E_HASH);
	good = part_write(f, part, &to, error);
	hm_sha256_stream_free(to.stream);
	if (!good || !hm_mapped_unchanged(&f->data, error) || hm_interrupted())
		return false;
	err = hm_outfile_commit(&f->out);
	return !err || hm_error_errno(error, f->tree_path, err);
}

/* --- the commands ----------------------------------------------------------------------------------------- */

static bool format_go(struct format *f, struct hm_error *error)
{
	char root_line[2 * HM_TREE_DIGEST_LEN + 2] = "";
	struct hm_tree_part part = {.index = 0};
	bool good;

	if (f->shard && !hm_tree_part_parse(f->shard, &part))
		return hm_error_of(error, HM_ERROR_USAGE, "--shard",
				   "'%s' is no part, as 1/7 to 7/7 are, of at most %u", f->shard, HM_TREE_PARTS_MAX);
	if (f->files) {
		f->sums = hm_sums_scan(f->files, error);
		if (!f->sums)
			return false;
	}
	if (!check_outputs(f, error))
		return false;
	good = f->shard ? format_part(f, &part, error) : format_all(f, root_line, error);
	hm_outfile_discard(&f->out);
	if (good)
		fputs(root_line, stdout);
	return good;
}

static bool root_go(struct format *f, struct hm_error *error)
{
	const struct hm_tree_run run = {.what = "root", .block_count = f->params.data_blocks};
	char root_line[2 * HM_TREE_DIGEST_LEN + 2];
	uint8_t root[HM_TREE_DIGEST_LEN];

	if (!hm_tree_layout(&f->params, &f->layout, error))
		return hm_error_of(error, HM_ERROR_USAGE, f->data_path, "%s", error->text);
	if (!build(f, &run, root, error) || !hm_mapped_unchanged(&f->data, error))
		return false;
	root_text(root, root_line);
	fputs(root_line, stdout);
	return true;
}

static int finish(struct format *f, bool good, const struct hm_error *error)
{
	hm_sums_free(f->sums);
	hm_mapped_close(&f->data);
	hm_interrupt_end();
	return good ? HM_EXIT_OK : hm_report(error);
}

static int command_format(void *options, const struct hm_words *words)
{
	struct format *f = options;
	struct hm_error error = {0};
	bool good;

	f->data.fd = -1;
	f->out.fd = -1;
	f->data_path = words->word[0];
	f->tree_path = words->count > 1 ? words->word[1] : NULL;
	hm_interrupt_catch();
	good = check_combination(f, &error) && prepare(f, true, &error) && place(f, &error) && format_go(f, &error);
	return finish(f, good, &error);
}

static int command_root(void *options, const struct hm_words *words)
{
	struct format *f = options;
	struct hm_error error = {0};
	bool good;

	f->data.fd = -1;
	f->data_path = words->word[0];
	hm_interrupt_catch();
	good = prepare(f, false, &error) && root_go(f, &error);
	return finish(f, good, &error);
}

static const struct hm_option format_options[] = {
	HM_OPTION(struct format, args.uuid, "--uuid", "UUID", "The superblock's UUID instead of the derived one."),
	HM_OPTION(struct format, args.hash_offset, "--hash-offset", "N", "Put the superblock at byte N of the file."),
	HM_OPTION(struct format, args.no_superblock, "--no-superblock", NULL, "The tree alone."),
	HM_OPTION(struct format, root_hash_file, "--root-hash-file", "FILE", "Write the root hash there, too."),
	HM_OPTION(struct format, digests, "--digests", "FILE",
		  "With --files: in the same run, write the flat SHA-256 of each file there, as sha256sum does."),
	HM_OPTION(struct format, files, "--files", "DIRECTORY", "The directory whose files --digests is about."),
	HM_OPTION(struct format, shard, "--shard", "I/N",
		  "Write only the digests of part I of N, for hallmark verity join."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_verity_format = {
	.name = "verity format",
	.summary = "make a hash tree, as veritysetup does",
	.words = "DATA [TREE]",
	.synopsis = "verity format DATA [TREE] --name NAME --version VERSION [option...]\n"
		    "verity format DATA [TREE] --salt HEX|- --uuid UUID [option...]\n"
		    "verity format DATA PART --shard I/N ... [option...]",
	.description = "Makes the dm-verity hash tree of DATA, byte for byte what veritysetup makes, and prints the "
		       "root hash. Without TREE the tree is appended to DATA, at the next whole hash block. DATA "
		       "that already ends in its tree is refused, unless --data-blocks says how much of it is data.\n"
		       "\n"
		       "A tree appears under its name complete or not at all; a failed or interrupted append is "
		       "taken back.",
	.example = "hallmark verity format weights.erofs weights.verity --name weights --version 1.0 \\\n"
		   "    --root-hash-file weights.roothash",
	.see_also = "veritysetup(8), docs/SHARDING.md, docs/FORMATS.md (section 13)",
	.args = {.tables = {{hm_tree_options_salt, offsetof(struct format, args)},
			    {hm_tree_options_sizes, offsetof(struct format, args)},
			    {format_options, 0},
			    {hm_tree_options_run, offsetof(struct format, args)}},
		 .words_min = 1,
		 .words_max = 2},
	.size = sizeof(struct format),
	.run = command_format,
};

const struct hm_command hm_cmd_verity_root = {
	.name = "verity root",
	.summary = "compute the root hash and write nothing",
	.words = "DATA",
	.synopsis = "verity root DATA --name NAME --version VERSION [option...]\n"
		    "verity root DATA --salt HEX|- [option...]",
	.description = "Computes the root hash of DATA as hallmark verity format does, prints it, and writes "
		       "nothing.",
	.example = "hallmark verity root weights.erofs --name weights --version 1.0",
	.see_also = "hallmark-verity-format(1)",
	.args = {.tables = {{hm_tree_options_salt, offsetof(struct format, args)},
			    {hm_tree_options_sizes, offsetof(struct format, args)},
			    {hm_tree_options_run, offsetof(struct format, args)}},
		 .words_min = 1,
		 .words_max = 1},
	.size = sizeof(struct format),
	.run = command_root,
};
