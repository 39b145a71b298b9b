/* SPDX-License-Identifier: BSD-2-Clause */
/* merkle.c - leaves and inclusion paths of a transparency log's tree (RFC 6962, 2.1) */
#include "lib/tlog/merkle.h"

#include <string.h>

#include "lib/crypto/hash.h"

#define PARTS_MAX 3u

static const uint8_t leaf_prefix = 0, node_prefix = 1;

bool hm_tlog_leaf_hash(const struct hm_bytes *parts, size_t count, uint8_t ret[HM_SHA256_LEN])
{
	struct hm_bytes all[PARTS_MAX + 1] = {hm_bytes_of(&leaf_prefix, 1)};

	if (count > PARTS_MAX)
		return false;
	for (size_t i = 0; i < count; i++)
		all[i + 1] = parts[i];
	return hm_sha256(all, count + 1, ret);
}

static bool node_hash(const uint8_t *left, const uint8_t *right, uint8_t ret[HM_SHA256_LEN])
{
	const struct hm_bytes parts[] = {hm_bytes_of(&node_prefix, 1), hm_bytes_of(left, HM_SHA256_LEN),
					 hm_bytes_of(right, HM_SHA256_LEN)};

	return hm_sha256(parts, HM_ARRAY_LEN(parts), ret);
}

/* A level of the tree adds a hash where the node has a sibling: always but on the tree's ragged right edge. */
static bool has_sibling(uint64_t node, uint64_t last)
{
	return (node & 1) || node < last;
}

static size_t due_len(uint64_t index, uint64_t size)
{
	size_t len = 0;

	for (uint64_t node = index, last = size - 1; last > 0; node >>= 1, last >>= 1)
		len += has_sibling(node, last);
	return len;
}

bool hm_tlog_included(const uint8_t leaf[HM_SHA256_LEN], const struct hm_tlog_path *path, struct hm_error *error)
{
	uint8_t hash[HM_SHA256_LEN];
	size_t used = 0, due;
	bool good = true;

	if (path->size > HM_TLOG_SIZE_MAX || path->index >= path->size)
		return hm_error_set(error, "the entry's index is not below the size of the tree");
	due = due_len(path->index, path->size);
	if (path->count != due)
		return hm_error_set(error, "the path has %zu hashes where %zu are due", path->count, due);
	memcpy(hash, leaf, sizeof(hash));
	for (uint64_t node = path->index, last = path->size - 1; good && last > 0; node >>= 1, last >>= 1) {
		if (!has_sibling(node, last))
			continue;
		good = node & 1 ? node_hash(path->hash[used], hash, hash) : node_hash(hash, path->hash[used], hash);
		used++;
	}
	if (!good)
		return hm_error_memory(error, "");
	if (memcmp(hash, path->root, sizeof(hash)) != 0)
		return hm_error_set(error, "the path does not lead from this entry to the root");
	return true;
}
