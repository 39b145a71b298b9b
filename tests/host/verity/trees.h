/* SPDX-License-Identifier: BSD-2-Clause */
/* trees.h - what the tests of hash trees share */
#ifndef HM_TEST_TREES_H
#define HM_TEST_TREES_H

#include "lib/base/error.h"
#include "host/verity/layout.h"

#include "tests/support/support.h"

static inline struct hm_tree_params params_of(uint32_t data_block_len, uint32_t hash_block_len, uint64_t data_blocks)
{
	return (struct hm_tree_params){.data_block_len = data_block_len,
				       .hash_block_len = hash_block_len,
				       .data_blocks = data_blocks,
				       .superblock = true};
}

static inline struct hm_tree_layout layout_of(const struct hm_tree_params *params)
{
	struct hm_tree_layout layout;
	struct hm_error error = {0};

	if (!hm_tree_layout(params, &layout, &error))
		fail_msg("%s", error.text);
	return layout;
}

#endif
