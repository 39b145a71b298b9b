/* SPDX-License-Identifier: BSD-2-Clause */
/* verify.h - compare data, hash tree and root hash */
#ifndef HM_HOST_VERITY_VERIFY_H
#define HM_HOST_VERITY_VERIFY_H

#include "host/verity/data.h"

/*
 * Each byte of data and tree is read once: the tree is computed again from the data, compared with the stored
 * one as it grows, and ends in the root hash. Where they differ, the stored blocks on the way from the root to
 * the place are checked, so that the block that is named is the one that does not fit the root hash.
 */
struct hm_tree_verify {
	const struct hm_tree_params *params;
	const struct hm_tree_layout *layout;
	const struct hm_sha256_kernel *kernel;
	unsigned int threads;
	struct hm_mapped *data;
	struct hm_mapped *tree; /* may be the same file */
	const uint8_t *root;	/* HM_TREE_DIGEST_LEN */
};

/* False with HM_ERROR_REJECTED, which names the first bad block; with HM_ERROR_NONE where hm_interrupted(). */
HM_MUST_CHECK bool hm_tree_verify(const struct hm_tree_verify *v, struct hm_error *error);

#endif
