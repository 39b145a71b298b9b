/* SPDX-License-Identifier: BSD-2-Clause */
/* build.c - compute a dm-verity tree in one pass, by many threads, in bounded memory */
#include "host/verity/build.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/threads.h"

/* Large enough that locks and system calls do not count, small enough that 256 threads need little memory. */
#define ITEM_LEN (4u * 1024 * 1024)
/* Finished items that may wait for a slower one before them. */
#define SLOTS_PER_THREAD 4u
#define NO_ITEM UINT64_MAX

/* An item's digests (level[0]) and those of the hash blocks above them, as far up as they are the item's alone. */
struct pyramid {
	uint8_t *memory;
	uint8_t *level[HM_TREE_LEVELS_MAX + 1];
	size_t digests[HM_TREE_LEVELS_MAX + 1];
};

struct slot {
	struct pyramid own;
	const struct pyramid *result; /* `own`, or the one of an item of zeros */
	bool done;
};

/* The block of a level above the items that is being filled. */
struct upper {
	uint8_t block[HM_TREE_BLOCK_MAX];
	size_t digests;
	uint64_t index;
};

struct build {
	const struct hm_tree_run *run;
	size_t item_blocks;
	unsigned int inner; /* levels that an item makes by itself */
	uint64_t items;
	struct slot *slots;
	size_t slot_count;
	bool zero_known;
	struct pyramid zero;
	_Atomic uint64_t done_len;

	pthread_mutex_t lock; /* of all below */
	pthread_cond_t room;
	uint64_t next;	    /* to be claimed */
	uint64_t committed; /* all items below this one went up */
	bool stop;
	uint64_t failed_item;
	struct hm_error error;
	struct upper upper[HM_TREE_LEVELS_MAX];
	uint8_t root[HM_TREE_DIGEST_LEN];
};

bool hm_tree_hash(const struct hm_tree_params *params, const struct hm_sha256_kernel *kernel, const uint8_t *p,
		  size_t block_len, size_t count, uint8_t *ret)
{
	return kernel->many(params->salt, params->salt_len, p, block_len, block_len, count, ret);
}

static bool hash_blocks(const struct build *b, const uint8_t *p, size_t count, uint8_t *ret, struct hm_error *error)
{
	const struct hm_tree_params *params = b->run->params;

	if (hm_tree_hash(params, b->run->kernel, p, params->hash_block_len, count, ret))
		return true;
	return hm_error_err(error, b->run->kernel->name, HM_E_HASH);
}

/* Items and the digests of a block are powers of two, so that no hash block of a lower level spans two items. */
static bool pyramid_alloc(const struct build *b, struct pyramid *ret)
{
	size_t block_len = b->run->params->hash_block_len;
	size_t len[HM_TREE_LEVELS_MAX + 1];
	size_t total = 0;
	uint8_t *p;

	for (unsigned int i = 0; i <= b->inner; i++) {
		len[i] = (b->item_blocks >> (i * b->run->layout->digest_bits)) * HM_TREE_DIGEST_LEN;
		if (len[i] < block_len)
			len[i] = block_len;
		total += len[i];
	}
	p = malloc(total);
	if (!p)
		return false;
	ret->memory = p;
	for (unsigned int i = 0; i <= b->inner; i++) {
		ret->level[i] = p;
		p += len[i];
	}
	return true;
}

/* From level[0] up. */
static bool pyramid_finish(const struct build *b, struct pyramid *p, size_t count, struct hm_error *error)
{
	size_t block_len = b->run->params->hash_block_len;
	unsigned int bits = b->run->layout->digest_bits;

	p->digests[0] = count;
	for (unsigned int i = 0; i < b->inner; i++) {
		size_t used = p->digests[i] * HM_TREE_DIGEST_LEN;
		size_t blocks = ((p->digests[i] - 1) >> bits) + 1;

		memset(p->level[i] + used, 0, blocks * block_len - used);
		if (!hash_blocks(b, p->level[i], blocks, p->level[i + 1], error))
			return false;
		p->digests[i + 1] = blocks;
	}
	return true;
}

static bool pyramid_put(const struct build *b, unsigned int thread, const struct pyramid *p, uint64_t first,
			struct hm_error *error)
{
	const struct hm_tree_run *run = b->run;
	size_t block_len = run->params->hash_block_len;

	if (!run->sink.put)
		return true;
	if (run->leaves_only)
		return run->sink.put(run->sink.ctx, thread, 0, (first - run->first_block) * HM_TREE_DIGEST_LEN,
				     p->level[0], p->digests[0] * HM_TREE_DIGEST_LEN, error);
	for (unsigned int i = 0; i < b->inner; i++) {
		uint64_t index = first >> ((i + 1) * run->layout->digest_bits);

		if (!run->sink.put(run->sink.ctx, thread, i, run->layout->level_off[i] + index * block_len, p->level[i],
				   p->digests[i + 1] * block_len, error))
			return false;
	}
	return true;
}

static bool process(struct build *b, unsigned int thread, uint64_t item, struct slot *slot, struct hm_error *error)
{
	const struct hm_tree_source *source = &b->run->source;
	uint64_t first = b->run->first_block + item * b->item_blocks;
	uint64_t left = b->run->block_count - item * b->item_blocks;
	size_t count = left < b->item_blocks ? (size_t)left : b->item_blocks;

	if (b->zero_known && count == b->item_blocks && source->is_zero(source->ctx, first, count)) {
		slot->result = &b->zero;
	} else {
		slot->result = &slot->own;
		if (!source->digests(source->ctx, thread, first, count, slot->own.level[0], error) ||
		    !pyramid_finish(b, &slot->own, count, error))
			return false;
	}
	return pyramid_put(b, thread, slot->result, first, error);
}

/* A block of `level` is full, or the last one: its digest goes up, and may fill the next. */
static bool send_up(struct build *b, unsigned int thread, unsigned int level, struct hm_error *error)
{
	const struct hm_tree_run *run = b->run;
	size_t block_len = run->params->hash_block_len;

	for (;;) {
		struct upper *u = &b->upper[level];
		size_t used = u->digests * HM_TREE_DIGEST_LEN;
		uint8_t *digest = b->root;

		memset(u->block + used, 0, block_len - used);
		if (run->sink.put &&
		    !run->sink.put(run->sink.ctx, thread, level, run->layout->level_off[level] + u->index * block_len,
				   u->block, block_len, error))
			return false;
		if (level + 1 < run->layout->levels)
			digest = b->upper[level + 1].block + b->upper[level + 1].digests * HM_TREE_DIGEST_LEN;
		if (!hash_blocks(b, u->block, 1, digest, error))
			return false;
		u->index++;
		u->digests = 0;
		if (++level == run->layout->levels)
			return true;
		if (++b->upper[level].digests >> run->layout->digest_bits == 0)
			return true;
	}
}

/* The digests that an item leaves to the levels above it. */
static bool commit(struct build *b, unsigned int thread, const struct pyramid *p, struct hm_error *error)
{
	const struct hm_tree_run *run = b->run;
	const uint8_t *digest = p->level[b->inner];

	if (run->sink.in_order &&
	    !run->sink.in_order(run->sink.ctx, p->level[0], p->digests[0] * HM_TREE_DIGEST_LEN, error))
		return false;
	if (run->leaves_only)
		return true;
	if (b->inner == run->layout->levels) {
		memcpy(b->root, digest, HM_TREE_DIGEST_LEN);
		return true;
	}
	for (size_t i = 0; i < p->digests[b->inner]; i++) {
		struct upper *u = &b->upper[b->inner];

		memcpy(u->block + u->digests * HM_TREE_DIGEST_LEN, digest + i * HM_TREE_DIGEST_LEN, HM_TREE_DIGEST_LEN);
		if (++u->digests >> run->layout->digest_bits && !send_up(b, thread, b->inner, error))
			return false;
	}
	return true;
}

/* What is left in each level's last block. */
static bool finish_upper(struct build *b, struct hm_error *error)
{
	for (unsigned int level = b->inner; level < b->run->layout->levels; level++) {
		if (b->upper[level].digests > 0 && !send_up(b, 0, level, error))
			return false;
	}
	return true;
}

static bool claim(struct build *b, uint64_t *ret)
{
	bool have;

	pthread_mutex_lock(&b->lock);
	while (!b->stop && b->next < b->items && b->next - b->committed >= b->slot_count)
		pthread_cond_wait(&b->room, &b->lock);
	have = !b->stop && b->next < b->items;
	if (have)
		*ret = b->next++;
	pthread_mutex_unlock(&b->lock);
	return have;
}

/* Items below this one are all claimed: the lowest error is known when the workers have ended. */
static void note_error(struct build *b, uint64_t item, const struct hm_error *error)
{
	b->stop = true;
	if (item >= b->failed_item)
		return;
	b->failed_item = item;
	b->error = *error;
}

static void commit_ready(struct build *b, unsigned int thread)
{
	while (b->committed < b->next && b->committed < b->failed_item) {
		struct slot *slot = &b->slots[b->committed % b->slot_count];
		struct hm_error error = {0};

		if (!slot->done)
			return;
		if (!commit(b, thread, slot->result, &error)) {
			note_error(b, b->committed, &error);
			return;
		}
		slot->done = false;
		b->done_len += slot->result->digests[0] * (uint64_t)b->run->params->data_block_len;
		b->committed++;
	}
}

static void work(void *ctx, unsigned int thread)
{
	struct build *b = ctx;
	uint64_t item = 0;

	while (claim(b, &item)) {
		struct slot *slot = &b->slots[item % b->slot_count];
		struct hm_error error = {0};
		bool good = process(b, thread, item, slot, &error);

		pthread_mutex_lock(&b->lock);
		slot->done = good;
		if (!good)
			note_error(b, item, &error);
		commit_ready(b, thread);
		pthread_cond_broadcast(&b->room);
		pthread_mutex_unlock(&b->lock);
	}
}

static void stop(void *ctx)
{
	struct build *b = ctx;

	pthread_mutex_lock(&b->lock);
	b->stop = true;
	pthread_cond_broadcast(&b->room);
	pthread_mutex_unlock(&b->lock);
}

/* Weights have holes, and a file made by truncate(1) is one: each block of zeros has the same digest. */
static bool make_zero(struct build *b, struct hm_error *error)
{
	static const uint8_t zeros[HM_TREE_BLOCK_MAX];
	const struct hm_tree_params *params = b->run->params;
	uint8_t *digest;

	if (!pyramid_alloc(b, &b->zero))
		return hm_error_errno(error, "tree", -ENOMEM);
	digest = b->zero.level[0];
	if (!hm_tree_hash(params, b->run->kernel, zeros, params->data_block_len, 1, digest))
		return hm_error_err(error, b->run->kernel->name, HM_E_HASH);
	for (size_t i = 1; i < b->item_blocks; i++)
		memcpy(digest + i * HM_TREE_DIGEST_LEN, digest, HM_TREE_DIGEST_LEN);
	if (!pyramid_finish(b, &b->zero, b->item_blocks, error))
		return false;
	b->zero_known = true;
	return true;
}

static bool build_init(struct build *b, struct hm_error *error)
{
	const struct hm_tree_run *run = b->run;

	b->item_blocks = ITEM_LEN / run->params->data_block_len;
	while (!run->leaves_only && b->inner < run->layout->levels &&
	       b->item_blocks >> ((b->inner + 1) * run->layout->digest_bits))
		b->inner++;
	b->items = run->block_count ? (run->block_count - 1) / b->item_blocks + 1 : 0;
	b->slot_count = (size_t)run->threads * SLOTS_PER_THREAD;
	if (b->slot_count > b->items)
		b->slot_count = b->items ? (size_t)b->items : 1;
	b->slots = calloc(b->slot_count, sizeof(*b->slots));
	if (!b->slots)
		return hm_error_errno(error, "tree", -ENOMEM);
	for (size_t i = 0; i < b->slot_count; i++) {
		if (!pyramid_alloc(b, &b->slots[i].own))
			return hm_error_errno(error, "tree", -ENOMEM);
	}
	return !run->source.is_zero || make_zero(b, error);
}

static void build_free(struct build *b)
{
	for (size_t i = 0; b->slots && i < b->slot_count; i++)
		free(b->slots[i].own.memory);
	free(b->slots);
	free(b->zero.memory);
	pthread_cond_destroy(&b->room);
	pthread_mutex_destroy(&b->lock);
}

static bool build_run(struct build *b, struct hm_error *error)
{
	const struct hm_tree_run *run = b->run;
	const struct hm_workers workers = {.what = run->what,
					   .threads = b->items < run->threads ? (unsigned int)b->items : run->threads,
					   .total = run->block_count * run->params->data_block_len,
					   .done = &b->done_len,
					   .run = work,
					   .stop = stop,
					   .ctx = b};
	int err = b->items ? hm_workers_run(&workers) : 0;

	if (err)
		return hm_error_errno(error, "threads", err);
	if (b->failed_item != NO_ITEM) {
		*error = b->error;
		return false;
	}
	if (b->committed < b->items)
		return false;
	return run->leaves_only || finish_upper(b, error);
}

bool hm_tree_build(const struct hm_tree_run *run, uint8_t ret_root[HM_TREE_DIGEST_LEN], struct hm_error *error)
{
	struct build *b;
	bool good;

	if (run->block_count == 0 && !run->leaves_only)
		return hm_error_of(error, HM_ERROR_INPUT, run->what, "there is no data block");
	b = calloc(1, sizeof(*b));
	if (!b)
		return hm_error_errno(error, "tree", -ENOMEM);
	b->run = run;
	b->failed_item = NO_ITEM;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->room, NULL);
	good = build_init(b, error) && build_run(b, error);
	if (good && !run->leaves_only)
		memcpy(ret_root, b->root, HM_TREE_DIGEST_LEN);
	build_free(b);
	free(b);
	return good;
}
