/* SPDX-License-Identifier: BSD-2-Clause */
/* args.h - the arguments that `hallmark verity`'s sub-commands share */
#ifndef HM_HOST_VERITY_ARGS_H
#define HM_HOST_VERITY_ARGS_H

#include "host/base/args.h"
#include "host/sha/sha256.h"
#include "host/verity/layout.h"
#include "host/base/mapped.h"

/* As they were given; NULL where they were not. */
struct hm_tree_args {
	const char *salt, *uuid, *name, *version;
	const char *data_block_size, *hash_block_size, *data_blocks, *hash_offset;
	const char *threads, *kernel;
	bool no_superblock;
};

/* The options of struct hm_tree_args that most commands have. */
extern const struct hm_option hm_tree_options_salt[];  /* --salt, --name, --version */
extern const struct hm_option hm_tree_options_sizes[]; /* --data-block-size, --hash-block-size, --data-blocks */
extern const struct hm_option hm_tree_options_run[];   /* --threads, --kernel */

/* Salt, UUID and block sizes; hash_off and data_blocks as given, or 0. Without --salt and --name: an error. */
HM_MUST_CHECK bool hm_tree_args_params(const struct hm_tree_args *args, bool need_uuid, struct hm_tree_params *ret,
				       struct hm_error *error);
/* What was given, compared with what a superblock says; lets `params` be read from the disk and still be pinned. */
HM_MUST_CHECK bool hm_tree_args_pin(const struct hm_tree_args *args, const char *tree_path,
				    const struct hm_tree_params *params, struct hm_error *error);
/* Number of data blocks from the file's length, where it was not given. */
HM_MUST_CHECK bool hm_tree_args_data_blocks(const struct hm_mapped *data, struct hm_tree_params *params,
					    struct hm_error *error);
/*
 * False where the file ends in a tree of its own, which would be taken for data, and --data-blocks does not say
 * that it is or is not. Recognized by its superblock: not a tree without one, or behind a gap.
 */
HM_MUST_CHECK bool hm_tree_args_no_tree(const struct hm_tree_args *args, const struct hm_mapped *data,
					struct hm_error *error);
HM_MUST_CHECK bool hm_tree_args_threads(const struct hm_tree_args *args, unsigned int *ret, struct hm_error *error);
/* The fastest, or the one of that name. */
HM_MUST_CHECK bool hm_tree_args_kernel(const struct hm_tree_args *args, const struct hm_sha256_kernel **ret,
				       struct hm_error *error);
/* 64 lower-case hexadecimal digits. */
HM_MUST_CHECK bool hm_tree_args_root(const char *text, uint8_t ret[HM_TREE_DIGEST_LEN], struct hm_error *error);

#endif
