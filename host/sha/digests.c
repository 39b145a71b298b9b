/* SPDX-License-Identifier: BSD-2-Clause */
/* digests.c - digests of several long contents in all banks, by several threads */
#include "host/sha/digests.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto/hash.h"
#include "host/sha/messages.h"
#include "host/base/threads.h"

struct piece {
	struct hm_known_digests *entry; /* NULL: all of a family, in lanes */
	enum hm_sha_family family;	/* with no entry */
	enum hm_bank bank;
	uint64_t cost;
};

struct pool {
	struct piece piece[HM_KNOWN_DIGESTS_MAX * HM_BANK_COUNT + 2];
	size_t count;
	struct {
		bool usable;
		struct hm_sha_kernel kernel;
		struct hm_sha_message message[HM_KNOWN_DIGESTS_MAX];
		size_t count;
		uint64_t cost;
	} family[2];
	_Atomic size_t next;
	_Atomic bool failed;
};

static uint64_t content_len(const struct hm_known_digests *entry)
{
	uint64_t len = entry->zero_tail;

	for (size_t i = 0; i < entry->parts.count; i++)
		len += entry->parts.parts[i].len;
	return len;
}

static int by_cost(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->cost < y->cost ? 1 : x->cost > y->cost ? -1 : 0;
}

static bool hash_piece(struct pool *pool, const struct piece *piece)
{
	struct hm_known_digests *entry = piece->entry;

	if (!entry) {
		hm_sha_messages(&pool->family[piece->family].kernel, pool->family[piece->family].message,
				pool->family[piece->family].count);
		return true;
	}
	return !hm_crypto_hasher.hash(hm_crypto_hasher.ctx, piece->bank, entry->parts.parts, entry->parts.count,
				      entry->zero_tail, entry->digests.value[piece->bank]);
}

static void work(void *ctx, unsigned int thread)
{
	struct pool *pool = ctx;
	size_t i;

	(void)thread;
	while (!pool->failed && (i = pool->next++) < pool->count) {
		if (!hash_piece(pool, &pool->piece[i]))
			pool->failed = true;
	}
}

/*
 * Cycles for each byte, in tenths, as measured on Sapphire Rapids. They only decide which piece of work begins first,
 * so that the longest one does not begin last: a wrong number costs time and never a digest. In lanes, SHA-384 and
 * SHA-512 are made together.
 */
static const uint32_t cost_alone[HM_BANK_COUNT] = {
	[HM_SHA1] = 20, [HM_SHA256] = 21, [HM_SHA384] = 48, [HM_SHA512] = 48};
static const uint32_t cost_in_lanes[] = {[HM_SHA_FAMILY_256] = 18, [HM_SHA_FAMILY_512] = 30};

static void add_message(struct pool *pool, struct hm_known_digests *entry, enum hm_sha_family family)
{
	pool->family[family].cost += content_len(entry) * cost_in_lanes[family];
	pool->family[family].message[pool->family[family].count++] = (struct hm_sha_message){
		.parts = entry->parts.parts,
		.count = entry->parts.count,
		.zero_tail = entry->zero_tail,
		.ret = &entry->digests,
	};
}

static void add_entry(struct pool *pool, struct hm_known_digests *entry)
{
	static const uint32_t family_banks[] = {
		[HM_SHA_FAMILY_256] = HM_BANK_BIT(HM_SHA256),
		[HM_SHA_FAMILY_512] = HM_BANK_BIT(HM_SHA384) | HM_BANK_BIT(HM_SHA512),
	};
	uint32_t alone = entry->digests.banks;

	for (enum hm_sha_family family = 0; family < HM_ARRAY_LEN(family_banks); family++) {
		if (!pool->family[family].usable || !(alone & family_banks[family]))
			continue;
		add_message(pool, entry, family);
		alone &= ~family_banks[family];
	}
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (alone & HM_BANK_BIT(bank))
			pool->piece[pool->count++] = (struct piece){.entry = entry,
								    .bank = (enum hm_bank)bank,
								    .cost = content_len(entry) * cost_alone[bank]};
	}
}

static int by_length(const void *a, const void *b)
{
	uint64_t x = 0, y = 0;

	for (size_t i = 0; i < ((const struct hm_sha_message *)a)->count; i++)
		x += ((const struct hm_sha_message *)a)->parts[i].len;
	for (size_t i = 0; i < ((const struct hm_sha_message *)b)->count; i++)
		y += ((const struct hm_sha_message *)b)->parts[i].len;
	return x < y ? 1 : x > y ? -1 : 0;
}

static void add_families(struct pool *pool)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(pool->family); i++) {
		if (!pool->family[i].count)
			continue;
		qsort(pool->family[i].message, pool->family[i].count, sizeof(pool->family[i].message[0]), by_length);
		pool->piece[pool->count++] =
			(struct piece){.family = (enum hm_sha_family)i, .cost = pool->family[i].cost};
	}
}

static void stop(void *ctx)
{
	struct pool *pool = ctx;

	pool->failed = true;
}

bool hm_digest_pool(struct hm_known_list *list)
{
	struct pool *pool = calloc(1, sizeof(*pool));
	struct hm_workers workers = {
		.what = "hashing", .threads = hm_workers_cpus(), .run = work, .stop = stop, .ctx = pool};
	bool good;

	if (!pool)
		return false;
	for (size_t i = 0; i < HM_ARRAY_LEN(pool->family); i++)
		pool->family[i].usable = hm_sha_kernel((enum hm_sha_family)i, &pool->family[i].kernel);
	for (size_t i = 0; i < list->count; i++)
		add_entry(pool, &list->entry[i]);
	add_families(pool);
	qsort(pool->piece, pool->count, sizeof(pool->piece[0]), by_cost);
	good = hm_workers_run(&workers) == 0 && !pool->failed;
	free(pool);
	return good;
}

bool hm_known_add(struct hm_known_list *list, struct hm_bytes content, uint64_t zero_tail, uint32_t banks)
{
	struct hm_known_digests *entry = &list->entry[list->count];

	if (list->count >= HM_KNOWN_DIGESTS_MAX)
		return false;
	memset(entry, 0, sizeof(*entry));
	entry->parts.parts[0] = content;
	entry->parts.count = 1;
	entry->zero_tail = zero_tail;
	entry->digests.banks = banks;
	list->count++;
	return true;
}
