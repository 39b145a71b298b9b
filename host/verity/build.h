/* SPDX-License-Identifier: BSD-2-Clause */
/* build.h - compute a dm-verity tree in one pass, by many threads, in bounded memory */
#ifndef HM_HOST_VERITY_BUILD_H
#define HM_HOST_VERITY_BUILD_H

#include "host/sha/sha256.h"
#include "host/verity/layout.h"

/*
 * The data is cut into items of about 4 MiB. A worker makes an item's digests and the lower levels above them,
 * and hands the rest up in the items' order, so that every level streams out and nothing is read back. Memory
 * is a few items for each thread, whatever the size.
 *
 * Making, verifying, part files and joining differ only in where digests come from and where hash blocks go.
 */
struct hm_tree_source {
	void *ctx;
	/* Digests of data blocks [first, first + count) into `ret`; from any thread. */
	bool (*digests)(void *ctx, unsigned int thread, uint64_t first, size_t count, uint8_t *ret,
			struct hm_error *error);
	/* True: all of these blocks are zeros. NULL: not known of any. */
	bool (*is_zero)(void *ctx, uint64_t first, size_t count);
};

struct hm_tree_sink {
	void *ctx;
	/*
	 * Hash blocks of one level, at byte `off` of the file that holds the tree; from any thread, or NULL. For
	 * parts (`leaves_only`): digests, at byte `off` of the part's content.
	 */
	bool (*put)(void *ctx, unsigned int thread, unsigned int level, uint64_t off, const uint8_t *p, size_t len,
		    struct hm_error *error);
	/* The data blocks' digests in order, one call at a time; or NULL. */
	bool (*in_order)(void *ctx, const uint8_t *p, size_t len, struct hm_error *error);
};

struct hm_tree_run {
	const struct hm_tree_params *params;
	const struct hm_tree_layout *layout;
	const struct hm_sha256_kernel *kernel;
	unsigned int threads;
	const char *what; /* for the progress line */
	struct hm_tree_source source;
	struct hm_tree_sink sink;
	bool leaves_only;     /* no levels: only the digests of these data blocks */
	uint64_t first_block; /* 0 unless leaves_only; at a leaf block's first digest */
	uint64_t block_count; /* at least 1, unless leaves_only: no data has no root hash */
};

/*
 * False with the error of the lowest item that has one, whatever thread met it first; or without one
 * (HM_ERROR_NONE) where hm_interrupted(). `ret_root` is untouched for leaves_only.
 */
HM_MUST_CHECK bool hm_tree_build(const struct hm_tree_run *run, uint8_t ret_root[HM_TREE_DIGEST_LEN],
				 struct hm_error *error);

/* The digest of data blocks that are in memory, salted. */
HM_MUST_CHECK bool hm_tree_hash(const struct hm_tree_params *params, const struct hm_sha256_kernel *kernel,
				const uint8_t *p, size_t block_len, size_t count, uint8_t *ret);

#endif
