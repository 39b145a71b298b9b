/* SPDX-License-Identifier: BSD-2-Clause */
/* args.c - the arguments that `hallmark verity`'s sub-commands share */
#include "host/verity/args.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/error.h"
#include "host/base/threads.h"

const struct hm_option hm_tree_options_salt[] = {
	HM_OPTION(struct hm_tree_args, name, "--name", "NAME",
		  "The layer's name, 1 to 32 of [a-z0-9-]. Salt and UUID are derived from name and version, so "
		  "that anybody gets the same tree."),
	HM_OPTION(struct hm_tree_args, version, "--version", "VERSION",
		  "The layer's version, 1 to 64 of [a-zA-Z0-9.+~_-]."),
	HM_OPTION(struct hm_tree_args, salt, "--salt", "HEX|-", "The salt instead, up to 256 bytes; - for none."),
	HM_OPTION_END,
};

const struct hm_option hm_tree_options_sizes[] = {
	HM_OPTION(struct hm_tree_args, data_block_size, "--data-block-size", "N",
		  "512, 1024, 2048 or 4096 (default: 4096, and only that boots)."),
	HM_OPTION(struct hm_tree_args, hash_block_size, "--hash-block-size", "N", "Likewise."),
	HM_OPTION(struct hm_tree_args, data_blocks, "--data-blocks", "N", "Cover only the first N blocks."),
	HM_OPTION_END,
};

const struct hm_option hm_tree_options_run[] = {
	HM_OPTION(struct hm_tree_args, threads, "--threads", "N", "Default: one for each CPU."),
	HM_OPTION(struct hm_tree_args, kernel, "--kernel", "NAME",
		  "The SHA-256 kernel, as hallmark verity speed names it (default: the fastest for the work)."),
	HM_OPTION_END,
};

static bool parse_number(const char *option, const char *text, uint64_t *ret, struct hm_error *error)
{
	if (!text || hm_parse_dec(hm_bytes_of_text(text), ret))
		return true;
	return hm_error_of(error, HM_ERROR_USAGE, option, "'%s' is not a decimal number", text);
}

static bool parse_block_size(const char *option, const char *text, uint32_t *ret, struct hm_error *error)
{
	uint64_t len = HM_TREE_BLOCK_MAX;

	if (!parse_number(option, text, &len, error))
		return false;
	if (!hm_tree_block_len_ok(len))
		return hm_error_of(error, HM_ERROR_USAGE, option, "'%s' is none of 512, 1024, 2048, 4096", text);
	*ret = (uint32_t)len;
	return true;
}

static bool parse_salt(const char *text, struct hm_tree_params *ret, struct hm_error *error)
{
	size_t digits = strlen(text);

	ret->salt_len = 0;
	if (!strcmp(text, "-"))
		return true;
	if (digits == 0 || digits % 2 != 0 || digits / 2 > HM_VERITY_SALT_MAX ||
	    !hm_parse_hex(hm_bytes_of_text(text), ret->salt, digits / 2))
		return hm_error_of(error, HM_ERROR_USAGE, "--salt",
				   "give '-' or 1 to 256 bytes as lower-case hexadecimal digits");
	ret->salt_len = (uint16_t)(digits / 2);
	return true;
}

/* The layer's name and version, which salt and UUID are made of; both or none. */
static bool check_layer(const struct hm_tree_args *a, struct hm_error *error)
{
	if (!a->name && !a->version)
		return true;
	if (!a->name || !a->version)
		return hm_error_of(error, HM_ERROR_USAGE, a->name ? "--name" : "--version",
				   "--name and --version go together");
	if (!hm_is_name(hm_bytes_of_text(a->name)))
		return hm_error_of(error, HM_ERROR_USAGE, "--name", "'%s': 1 to 32 of [a-z0-9-]", a->name);
	if (!hm_tree_version_ok(a->version))
		return hm_error_of(error, HM_ERROR_USAGE, "--version", "'%s': 1 to 64 of [a-zA-Z0-9.+~_-]", a->version);
	return true;
}

static bool salt_of(const struct hm_tree_args *a, struct hm_tree_params *p, struct hm_error *error)
{
	if (a->salt)
		return parse_salt(a->salt, p, error);
	if (!a->name)
		return hm_error_of(error, HM_ERROR_USAGE, "--salt",
				   "give a salt, or --name and --version to derive it from");
	if (!hm_tree_default_salt(a->name, a->version, p->salt))
		return hm_error_err(error, "--name", HM_E_HASH);
	p->salt_len = HM_TREE_DIGEST_LEN;
	return true;
}

static bool uuid_of(const struct hm_tree_args *a, struct hm_tree_params *p, struct hm_error *error)
{
	if (a->uuid)
		return hm_tree_uuid_parse(a->uuid, p->uuid) ||
		       hm_error_of(error, HM_ERROR_USAGE, "--uuid", "'%s' is not a UUID", a->uuid);
	if (!a->name)
		return hm_error_of(error, HM_ERROR_USAGE, "--uuid",
				   "give a UUID, or --name and --version to derive it from");
	if (!hm_tree_default_uuid(a->name, a->version, p->uuid))
		return hm_error_err(error, "--name", HM_E_HASH);
	return true;
}

static bool sizes_of(const struct hm_tree_args *a, struct hm_tree_params *p, struct hm_error *error)
{
	if (!parse_block_size("--data-block-size", a->data_block_size, &p->data_block_len, error) ||
	    !parse_block_size("--hash-block-size", a->hash_block_size, &p->hash_block_len, error) ||
	    !parse_number("--data-blocks", a->data_blocks, &p->data_blocks, error))
		return false;
	if (a->data_blocks && p->data_blocks == 0)
		return hm_error_of(error, HM_ERROR_USAGE, "--data-blocks", "0 is none");
	return parse_number("--hash-offset", a->hash_offset, &p->hash_off, error);
}

bool hm_tree_args_params(const struct hm_tree_args *args, bool need_uuid, struct hm_tree_params *ret,
			 struct hm_error *error)
{
	struct hm_tree_params p = {.superblock = !args->no_superblock};

	if (!check_layer(args, error) || !sizes_of(args, &p, error) || !salt_of(args, &p, error) ||
	    (p.superblock && need_uuid && !uuid_of(args, &p, error)))
		return false;
	*ret = p;
	return true;
}

static bool fail_pin(const char *tree_path, const char *what, struct hm_error *error)
{
	return hm_error_of(error, HM_ERROR_REJECTED, tree_path, "the superblock's %s is not the one that was given",
			   what);
}

bool hm_tree_args_pin(const struct hm_tree_args *args, const char *tree_path, const struct hm_tree_params *params,
		      struct hm_error *error)
{
	struct hm_tree_params p = {.data_blocks = 0};

	if (!check_layer(args, error) || !sizes_of(args, &p, error) ||
	    ((args->salt || args->name) && !salt_of(args, &p, error)))
		return false;
	if (args->data_block_size && p.data_block_len != params->data_block_len)
		return fail_pin(tree_path, "data block size", error);
	if (args->hash_block_size && p.hash_block_len != params->hash_block_len)
		return fail_pin(tree_path, "hash block size", error);
	if (args->data_blocks && p.data_blocks != params->data_blocks)
		return fail_pin(tree_path, "number of data blocks", error);
	if ((args->salt || args->name) &&
	    (p.salt_len != params->salt_len || memcmp(p.salt, params->salt, p.salt_len) != 0))
		return fail_pin(tree_path, "salt", error);
	return true;
}

/* veritysetup leaves a short last block out without a word: its content would be in no tree. */
bool hm_tree_args_data_blocks(const struct hm_mapped *data, struct hm_tree_params *params, struct hm_error *error)
{
	uint32_t len = params->data_block_len;

	if (data->len == 0)
		return hm_error_of(error, HM_ERROR_INPUT, data->path, "the file is empty");
	if (params->data_blocks) {
		if (params->data_blocks > data->len / len)
			return hm_error_of(error, HM_ERROR_INPUT, data->path,
					   "%" PRIu64 " bytes hold fewer than %" PRIu64 " blocks of %u", data->len,
					   params->data_blocks, len);
		return true;
	}
	if (data->len % len != 0)
		return hm_error_of(error, HM_ERROR_INPUT, data->path,
				   "%" PRIu64 " bytes are not a multiple of the data block size, %u "
				   "(--data-blocks leaves the rest out)",
				   data->len, len);
	params->data_blocks = data->len / len;
	return true;
}

/* What cannot be read is no superblock here: hashing it will say where it is. */
static bool superblock_fits(const struct hm_mapped *data, uint64_t off, struct hm_tree_params *ret)
{
	struct hm_tree_params p = {.hash_off = off};
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_tree_layout layout;
	struct hm_error error = {0};

	if (!hm_read_at(data->fd, data->path, off, superblock, sizeof(superblock), &error) ||
	    !hm_tree_superblock_decode(hm_bytes_of(superblock, sizeof(superblock)), &p, &error) ||
	    !hm_tree_layout(&p, &layout, &error) || layout.data_len > off || layout.end != data->len)
		return false;
	*ret = p;
	return true;
}

static bool fail_appended(const struct hm_mapped *data, const struct hm_tree_params *tree, struct hm_error *error)
{
	return hm_error_of(error, HM_ERROR_INPUT, data->path,
			   "ends in a hash tree of its first %" PRIu64 " bytes, at offset %" PRIu64
			   "; --data-blocks says how much of it is data",
			   tree->data_blocks * tree->data_block_len, tree->hash_off);
}

bool hm_tree_args_no_tree(const struct hm_tree_args *args, const struct hm_mapped *data, struct hm_error *error)
{
	if (args->data_blocks)
		return true;
	for (uint32_t data_len = HM_TREE_BLOCK_MIN; data_len <= HM_TREE_BLOCK_MAX; data_len *= 2) {
		for (uint32_t hash_len = HM_TREE_BLOCK_MIN; hash_len <= HM_TREE_BLOCK_MAX; hash_len *= 2) {
			struct hm_tree_params tree;
			uint64_t off;

			if (hm_tree_appended_at(data_len, hash_len, data->len, &off) &&
			    superblock_fits(data, off, &tree))
				return fail_appended(data, &tree, error);
		}
	}
	return true;
}

bool hm_tree_args_threads(const struct hm_tree_args *args, unsigned int *ret, struct hm_error *error)
{
	uint64_t threads = hm_workers_cpus();

	if (!parse_number("--threads", args->threads, &threads, error))
		return false;
	if (threads < 1 || threads > HM_THREADS_MAX)
		return hm_error_of(error, HM_ERROR_USAGE, "--threads", "1 to %u", HM_THREADS_MAX);
	*ret = (unsigned int)threads;
	return true;
}

bool hm_tree_args_kernel(const struct hm_tree_args *args, const struct hm_sha256_kernel **ret, struct hm_error *error)
{
	*ret = args->kernel ? hm_sha256_kernel_find(args->kernel) : hm_sha256_kernel_best();
	if (*ret)
		return true;
	if (!args->kernel)
		return hm_error_of(error, HM_ERROR_RUN, "kernel", "no SHA-256 kernel works here");
	return hm_error_of(error, HM_ERROR_USAGE, "--kernel",
			   "'%s' is not there on this machine (hallmark verity speed)", args->kernel);
}

bool hm_tree_args_root(const char *text, uint8_t ret[HM_TREE_DIGEST_LEN], struct hm_error *error)
{
	if (hm_parse_hex(hm_bytes_of_text(text), ret, HM_TREE_DIGEST_LEN))
		return true;
	return hm_error_of(error, HM_ERROR_USAGE, text, "is not a root hash: 64 lower-case hexadecimal digits");
}
