/* SPDX-License-Identifier: BSD-2-Clause */
/* join.c - the parts of a tree: complete, of one kind, and each as it was written */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "lib/base/error.h"
#include "host/verity/part.h"

/* All parts are open at the same time. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static bool read_part(struct hm_input *in, struct hm_tree_part *ret, struct hm_tree_layout *ret_layout,
		      uint8_t ret_digest[HM_TREE_DIGEST_LEN], struct hm_fault *fault)
{
	uint8_t header[HM_TREE_PART_HEADER_LEN];
	uint64_t len;
	struct hm_error error = {0};

	if (in->len < sizeof(header))
		return hm_fault_set(fault, HM_EXIT_INPUT, in->path, "%" PRIu64 " bytes are too few for a part file",
				    in->len);
	if (!hm_read_at(in->fd, in->path, 0, header, sizeof(header), fault))
		return false;
	if (!hm_tree_part_decode(hm_bytes_of(header, HM_TREE_PART_DIGEST_OFF), ret, ret_layout, &error))
		return hm_fault_set(fault, HM_EXIT_INPUT, in->path, "%s", error.text);
	/* At most 2^54 blocks: no overflow. */
	len = HM_TREE_PART_HEADER_LEN + ret->block_count * HM_TREE_DIGEST_LEN;
	if (in->len != len)
		return hm_fault_set(fault, HM_EXIT_INPUT, in->path, "%" PRIu64 " bytes, but the header says %" PRIu64,
				    in->len, len);
	memcpy(ret_digest, header + HM_TREE_PART_DIGEST_OFF, HM_TREE_DIGEST_LEN);
	return true;
}

/* What two parts of one tree have in common; NULL, or the name of what differs. */
static const char *difference(const struct hm_tree_part *a, const struct hm_tree_part *b)
{
	if (a->params.data_block_len != b->params.data_block_len)
		return "data block size";
	if (a->params.hash_block_len != b->params.hash_block_len)
		return "hash block size";
	if (a->params.data_blocks != b->params.data_blocks)
		return "number of data blocks";
	if (a->params.salt_len != b->params.salt_len || memcmp(a->params.salt, b->params.salt, a->params.salt_len) != 0)
		return "salt";
	if (a->params.superblock != b->params.superblock)
		return "choice of a superblock";
	if (memcmp(a->params.uuid, b->params.uuid, sizeof(a->params.uuid)) != 0)
		return "UUID";
	if (a->count != b->count)
		return "number of parts";
	return NULL;
}

static bool place_part(struct hm_tree_join *join, const char *path, const struct hm_tree_part *first,
		       const char *first_path, struct hm_fault *fault)
{
	struct hm_input in = {.fd = -1};
	struct hm_tree_part part;
	uint8_t digest[HM_TREE_DIGEST_LEN];
	const char *what;
	uint32_t at;
	bool good = hm_input_open(path, &in, fault) && read_part(&in, &part, &join->layout, digest, fault);

	hm_input_close(&in);
	if (!good)
		return false;
	what = difference(first, &part);
	if (what)
		return hm_fault_set(fault, HM_EXIT_REJECTED, path, "has another %s than %s", what, first_path);
	if (memcmp(first->fingerprint, part.fingerprint, sizeof(part.fingerprint)) != 0)
		return hm_fault_set(fault, HM_EXIT_REJECTED, path, "was made from other data than %s", first_path);
	at = part.index - 1;
	if (join->inputs[at].fd >= 0)
		return hm_fault_set(fault, HM_EXIT_REJECTED, path, "is part %u of %u, and so is %s", part.index,
				    part.count, join->inputs[at].path);
	if (!hm_input_open(path, &join->inputs[at], fault))
		return false;
	join->parts[at] = part;
	memcpy(join->digests[at], digest, sizeof(digest));
	return true;
}

static bool read_first(const char *path, struct hm_tree_part *ret, struct hm_fault *fault)
{
	struct hm_input in = {.fd = -1};
	struct hm_tree_layout layout;
	uint8_t digest[HM_TREE_DIGEST_LEN];
	bool good = hm_input_open(path, &in, fault) && read_part(&in, ret, &layout, digest, fault);

	hm_input_close(&in);
	return good;
}

static bool join_alloc(struct hm_tree_join *join, uint32_t count)
{
	join->inputs = calloc(count, sizeof(*join->inputs));
	join->parts = calloc(count, sizeof(*join->parts));
	join->digests = calloc(count, sizeof(*join->digests));
	join->stream = hm_sha256_stream_new();
	if (!join->inputs || !join->parts || !join->digests || !join->stream)
		return false;
	join->count = count;
	for (uint32_t i = 0; i < count; i++)
		join->inputs[i].fd = -1;
	return true;
}

/* The header comes first in a part's SHA-256. */
static bool begin_part(struct hm_tree_join *join, struct hm_fault *fault)
{
	uint8_t header[HM_TREE_PART_DIGEST_OFF];
	const struct hm_tree_part *part = &join->parts[join->current];

	hm_tree_part_encode(part, header);
	join->current_left = part->block_count * HM_TREE_DIGEST_LEN;
	if (!hm_sha256_stream_add(join->stream, header, sizeof(header)))
		return hm_fault_set(fault, HM_EXIT_RUN, "join", "%s", hm_err_text(HM_E_HASH));
	return true;
}

bool hm_tree_join_open(const char *const *paths, size_t count, struct hm_tree_join *ret, struct hm_fault *fault)
{
	struct hm_tree_part first;

	memset(ret, 0, sizeof(*ret));
	fault->status = HM_EXIT_OK;
	raise_file_limit();
	if (!read_first(paths[0], &first, fault))
		return false;
	if (!join_alloc(ret, first.count))
		return hm_fault_errno(fault, "join", -ENOMEM);
	for (size_t i = 0; i < count; i++) {
		if (!place_part(ret, paths[i], &first, paths[0], fault))
			return false;
	}
	for (uint32_t i = 0; i < ret->count; i++) {
		if (ret->inputs[i].fd < 0)
			return hm_fault_set(fault, HM_EXIT_REJECTED, "join", "part %u of %u is missing", i + 1,
					    ret->count);
	}
	return begin_part(ret, fault);
}

/* The part that holds data block `block`: the last one that begins at or before it and is not empty. */
static uint32_t part_of(const struct hm_tree_join *join, uint64_t block)
{
	uint32_t low = 0;
	uint32_t high = join->count - 1;

	while (low < high) {
		uint32_t middle = low + (high - low + 1) / 2;

		if (join->parts[middle].first_block <= block)
			low = middle;
		else
			high = middle - 1;
	}
	/* Empty parts stand before the one that begins at the same block. */
	return low;
}

static bool part_digests(void *ctx, unsigned int thread, uint64_t first, size_t count, uint8_t *ret,
			 struct hm_fault *fault)
{
	const struct hm_tree_join *join = ctx;

	(void)thread;
	while (count > 0) {
		uint32_t at = part_of(join, first);
		const struct hm_tree_part *part = &join->parts[at];
		uint64_t skip = first - part->first_block;
		uint64_t left = part->block_count - skip;
		size_t n = left < count ? (size_t)left : count;

		if (!hm_read_at(join->inputs[at].fd, join->inputs[at].path,
				HM_TREE_PART_HEADER_LEN + skip * HM_TREE_DIGEST_LEN, ret, n * HM_TREE_DIGEST_LEN,
				fault))
			return false;
		ret += n * HM_TREE_DIGEST_LEN;
		first += n;
		count -= n;
	}
	return true;
}

struct hm_tree_source hm_tree_join_source(struct hm_tree_join *join)
{
	return (struct hm_tree_source){.ctx = join, .digests = part_digests};
}

/* All of the current part went through the stream, and of the empty ones after it. */
static bool end_parts(struct hm_tree_join *join, struct hm_fault *fault)
{
	while (join->current < join->count && join->current_left == 0) {
		uint8_t digest[HM_TREE_DIGEST_LEN];

		if (!hm_sha256_stream_end(join->stream, digest))
			return hm_fault_set(fault, HM_EXIT_RUN, "join", "%s", hm_err_text(HM_E_HASH));
		if (memcmp(digest, join->digests[join->current], sizeof(digest)) != 0)
			return hm_fault_set(fault, HM_EXIT_INPUT, join->inputs[join->current].path,
					    "is damaged: its SHA-256 is not the one in its header");
		join->current++;
		if (join->current < join->count && !begin_part(join, fault))
			return false;
	}
	return true;
}

bool hm_tree_join_in_order(void *ctx, const uint8_t *p, size_t len, struct hm_fault *fault)
{
	struct hm_tree_join *join = ctx;

	while (len > 0) {
		size_t n;

		if (!end_parts(join, fault))
			return false;
		n = join->current_left < len ? (size_t)join->current_left : len;
		if (!hm_sha256_stream_add(join->stream, p, n))
			return hm_fault_set(fault, HM_EXIT_RUN, "join", "%s", hm_err_text(HM_E_HASH));
		join->current_left -= n;
		p += n;
		len -= n;
	}
	return true;
}

bool hm_tree_join_end(struct hm_tree_join *join, struct hm_fault *fault)
{
	return end_parts(join, fault);
}

void hm_tree_join_free(struct hm_tree_join *join)
{
	for (uint32_t i = 0; i < join->count; i++)
		hm_input_close(&join->inputs[i]);
	free(join->inputs);
	free(join->parts);
	free(join->digests);
	hm_sha256_stream_free(join->stream);
	memset(join, 0, sizeof(*join));
}
