/* SPDX-License-Identifier: BSD-2-Clause */
/* merkle.h - the tree of a transparency log: the hash of an entry, and whether a path leads from it to the root */
#ifndef HM_LIB_TLOG_MERKLE_H
#define HM_LIB_TLOG_MERKLE_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/digest.h"

/*
 * RFC 6962, 2.1 (RFC 9162, 2.1 is the same), with SHA-256: a leaf is SHA-256(00 || entry), a node is
 * SHA-256(01 || left || right). A tree has fewer than 2^63 leaves, so a path has at most 63 hashes.
 */
#define HM_TLOG_SIZE_MAX ((uint64_t)INT64_MAX)
#define HM_TLOG_PATH_MAX 63u

struct hm_tlog_path {
	uint64_t index; /* of the leaf, from 0 */
	uint64_t size;	/* leaves in the tree */
	uint8_t root[HM_SHA256_LEN];
	uint8_t hash[HM_TLOG_PATH_MAX][HM_SHA256_LEN]; /* from the leaf's sibling up to the root's child */
	size_t count;
};

/* The entry is the parts, one after the other; at most 3. */
HM_MUST_CHECK bool hm_tlog_leaf_hash(const struct hm_bytes *parts, size_t count, uint8_t ret[HM_SHA256_LEN]);
/* RFC 9162, 2.1.3.2. The path must have exactly the length that index and size ask for. */
HM_MUST_CHECK bool hm_tlog_included(const uint8_t leaf[HM_SHA256_LEN], const struct hm_tlog_path *path,
				    struct hm_error *error);

#endif
