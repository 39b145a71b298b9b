/* SPDX-License-Identifier: BSD-2-Clause */
/* verify.c - compare data, hash tree and root hash */
#include "host/verity/verify.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#define COMPARE_LEN 16384u

/* What is compared, and the first place of a difference: threads meet differences in any order. */
struct comparison {
	const struct hm_tree_verify *v;
	pthread_mutex_t lock; /* of all below */
	bool differs;
	uint64_t last; /* the data block at which the hash block that differs was complete */
	uint64_t at;   /* in the file that holds the tree */
	unsigned int level;
};

static bool reject_hash_block(const struct hm_tree_verify *v, unsigned int level, uint64_t index,
			      struct hm_error *error)
{
	return hm_error_of(error, HM_ERROR_REJECTED, v->tree->path,
			   "hash block at offset %" PRIu64 " (level %u of %u) does not match the root hash",
			   v->layout->level_off[level] + index * v->params->hash_block_len, level, v->layout->levels);
}

static bool reject_data_block(const struct hm_tree_verify *v, uint64_t index, struct hm_error *error)
{
	return hm_error_of(error, HM_ERROR_REJECTED, v->data->path,
			   "data block %" PRIu64 " at offset %" PRIu64 " does not match the root hash", index,
			   index * v->params->data_block_len);
}

/*
 * The builder reports the error of the lowest item. Of all differences that one has the lowest last data block: an
 * item's own hash blocks end inside of the item, and those above are complete with the item that fills them.
 */
static void note_difference(struct comparison *c, unsigned int level, uint64_t at)
{
	const struct hm_tree_layout *l = c->v->layout;
	uint64_t index = (at - l->level_off[level]) / c->v->params->hash_block_len;
	uint64_t last = (index + 1) << ((level + 1) * l->digest_bits);

	if (last > c->v->params->data_blocks)
		last = c->v->params->data_blocks;
	pthread_mutex_lock(&c->lock);
	if (!c->differs || last < c->last) {
		c->differs = true;
		c->last = last;
		c->at = at;
		c->level = level;
	}
	pthread_mutex_unlock(&c->lock);
}

/* Called by the builder for hash blocks that it made: are they the stored ones? */
static bool compare(void *ctx, unsigned int thread, unsigned int level, uint64_t off, const uint8_t *p, size_t len,
		    struct hm_error *error)
{
	struct comparison *c = ctx;
	const struct hm_tree_verify *v = c->v;
	uint8_t stored[COMPARE_LEN];

	(void)thread;
	for (size_t at = 0; at < len; at += COMPARE_LEN) {
		size_t n = len - at < COMPARE_LEN ? len - at : COMPARE_LEN;
		size_t same = 0;

		if (!hm_read_at(v->tree->fd, v->tree->path, off + at, stored, n, error))
			return false;
		if (!memcmp(stored, p + at, n))
			continue;
		while (stored[same] == p[at + same])
			same++;
		note_difference(c, level, off + at + same);
		return hm_error_of(error, HM_ERROR_REJECTED, v->tree->path, "differs");
	}
	return true;
}

/* Block `index` of `level` as it is stored, and whether its digest is `want`. */
static bool read_hash_block(const struct hm_tree_verify *v, unsigned int level, uint64_t index, const uint8_t *want,
			    uint8_t *ret, struct hm_error *error)
{
	size_t len = v->params->hash_block_len;
	uint8_t digest[HM_TREE_DIGEST_LEN];

	if (!hm_read_at(v->tree->fd, v->tree->path, v->layout->level_off[level] + index * len, ret, len, error))
		return false;
	if (!hm_tree_hash(v->params, v->kernel, ret, len, 1, digest))
		return hm_error_err(error, v->kernel->name, HM_E_HASH);
	if (memcmp(digest, want, sizeof(digest)) != 0)
		return reject_hash_block(v, level, index, error);
	return true;
}

/*
 * The stored tree differs from the data at `at`, in `level`. Walk from the root down to that block: the first
 * that does not fit is to blame; where all fit, it is what the digest at `at` stands for.
 */
static bool blame(const struct hm_tree_verify *v, unsigned int level, uint64_t at, struct hm_error *error)
{
	const struct hm_tree_layout *l = v->layout;
	uint64_t digest_index = (at - l->level_off[level]) / HM_TREE_DIGEST_LEN;
	uint64_t block_index = digest_index >> l->digest_bits;
	uint64_t mask = (UINT64_C(1) << l->digest_bits) - 1;
	uint64_t children = level ? l->level_blocks[level - 1] : v->params->data_blocks;
	uint8_t block[HM_TREE_BLOCK_MAX];
	uint8_t want[HM_TREE_DIGEST_LEN];

	memcpy(want, v->root, sizeof(want));
	for (unsigned int i = l->levels; i-- > level;) {
		uint64_t index = block_index >> ((i - level) * l->digest_bits);

		if (!read_hash_block(v, i, index, want, block, error))
			return false;
		if (i > level)
			memcpy(want,
			       block + ((block_index >> ((i - level - 1) * l->digest_bits)) & mask) *
					       HM_TREE_DIGEST_LEN,
			       sizeof(want));
	}
	if (digest_index >= children)
		return hm_error_of(error, HM_ERROR_REJECTED, v->tree->path,
				   "spare byte at offset %" PRIu64 " is not zero", at);
	return level ? reject_hash_block(v, level - 1, digest_index, error) : reject_data_block(v, digest_index, error);
}

/* One block to read tells a wrong root hash from wrong data, before all of the data is read. */
static bool check_top(const struct hm_tree_verify *v, struct hm_error *error)
{
	uint8_t block[HM_TREE_BLOCK_MAX];

	if (v->layout->levels == 0)
		return true;
	return read_hash_block(v, v->layout->levels - 1, 0, v->root, block, error);
}

static bool check_lengths(const struct hm_tree_verify *v, struct hm_error *error)
{
	if (v->data->len < v->layout->data_len)
		return hm_error_of(error, HM_ERROR_REJECTED, v->data->path,
				   "%" PRIu64 " bytes, but the tree covers %" PRIu64, v->data->len,
				   v->layout->data_len);
	if (v->layout->levels > 0 && v->tree->len < v->layout->end)
		return hm_error_of(error, HM_ERROR_REJECTED, v->tree->path,
				   "%" PRIu64 " bytes, but the tree ends at offset %" PRIu64, v->tree->len,
				   v->layout->end);
	return true;
}

static bool compare_all(const struct hm_tree_verify *v, struct hm_tree_data *data, struct hm_error *error)
{
	struct comparison comparison = {.v = v, .lock = PTHREAD_MUTEX_INITIALIZER};
	const struct hm_tree_run run = {.params = v->params,
					.layout = v->layout,
					.kernel = v->kernel,
					.threads = v->threads,
					.what = "verify",
					.source = hm_tree_data_source(data),
					.sink = {.ctx = &comparison, .put = compare},
					.block_count = v->params->data_blocks};
	uint8_t root[HM_TREE_DIGEST_LEN];

	if (!hm_tree_build(&run, root, error))
		return error->kind == HM_ERROR_REJECTED && blame(v, comparison.level, comparison.at, error);
	if (!hm_mapped_unchanged(v->data, error) || !hm_mapped_unchanged(v->tree, error))
		return false;
	/* Of more than one block the top block was compared, and had this digest. */
	if (memcmp(root, v->root, sizeof(root)) != 0)
		return reject_data_block(v, 0, error);
	return true;
}

bool hm_tree_verify(const struct hm_tree_verify *v, struct hm_error *error)
{
	struct hm_tree_data data;
	bool good;

	if (!check_lengths(v, error) || !check_top(v, error) ||
	    !hm_tree_data_init(&data, v->data, v->params, v->kernel, v->threads, error))
		return false;
	good = compare_all(v, &data, error);
	hm_tree_data_free(&data);
	return good;
}
