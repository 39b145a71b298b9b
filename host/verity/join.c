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

static bool read_part(struct hm_mapped *in, struct hm_tree_part *ret, struct hm_tree_layout *ret_layout,
		      uint8_t ret_digest[HM_TREE_DIGEST_LEN], struct hm_error *error)
{
	uint8_t header[HM_TREE_PART_HEADER_LEN];
	uint64_t len;

	if (in->len < sizeof(header))
		return hm_error_of(error, HM_ERROR_INPUT, in->path, "%" PRIu64 " bytes are too few for a part file",
				   in->len);
	if (!hm_read_at(in->fd, in->path, 0, header, sizeof(header), error))
		return false;
	if (!hm_tree_part_decode(hm_bytes_of(header, HM_TREE_PART_DIGEST_OFF), ret, ret_layout, error))
		return hm_error_about(error, in->path);
	/* At most 2^54 blocks: no overflow. */
	len = HM_TREE_PART_HEADER_LEN + ret->block_count * HM_TREE_DIGEST_LEN;
	if (in->len != len)
		return hm_error_of(error, HM_ERROR_INPUT, in->path, "%" PRIu64 " bytes, but the header says %" PRIu64,
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
		       const char *first_path, struct hm_error *error)
{
	struct hm_mapped in = {.fd = -1};
	struct hm_tree_part part;
	uint8_t digest[HM_TREE_DIGEST_LEN];
	const char *what;
	uint32_t at;
	bool good = hm_mapped_open(path, &in, error) && read_part(&in, &part, &join->layout, digest, error);

	hm_mapped_close(&in);
	if (!good)
		return false;
	what = difference(first, &part);
	if (what)
		return hm_error_of(error, HM_ERROR_REJECTED, path, "has another %s than %s", what, first_path);
	if (memcmp(first->fingerprint, part.fingerprint, sizeof(part.fingerprint)) != 0)
		return hm_error_of(error, HM_ERROR_REJECTED, path, "was made from other data than %s", first_path);
	at = part.index - 1;
	if (join->inputs[at].fd >= 0)
		return hm_error_of(error, HM_ERROR_REJECTED, path, "is part %u of %u, and so is %s", part.index,
				   part.count, join->inputs[at].path);
	if (!hm_mapped_open(path, &join->inputs[at], error))
		return false;
	join->parts[at] = part;
	memcpy(join->digests[at], digest, sizeof(digest));
	return true;
}

static bool read_first(const char *path, struct hm_tree_part *ret, struct hm_error *error)
{
	struct hm_mapped in = {.fd = -1};
	struct hm_tree_layout layout;
	uint8_t digest[HM_TREE_DIGEST_LEN];
	bool good = hm_mapped_open(path, &in, error) && read_part(&in, ret, &layout, digest, error);

	hm_mapped_close(&in);
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
static bool begin_part(struct hm_tree_join *join, struct hm_error *error)
{
	uint8_t header[HM_TREE_PART_DIGEST_OFF];
	const struct hm_tree_part *part = &join->parts[join->current];

	hm_tree_part_encode(part, header);
	join->current_left = part->block_count * HM_TREE_DIGEST_LEN;
	if (!hm_sha256_stream_add(join->stream, header, sizeof(header)))
		return hm_error_of(error, HM_ERROR_RUN, "join", "%s", hm_err_text(HM_E_HASH));
	return true;
}

bool hm_tree_join_open(const char *const *paths, size_t count, struct hm_tree_join *ret, struct hm_error *error)
{
	struct hm_tree_part first;

	memset(ret, 0, sizeof(*ret));
	raise_file_limit();
	if (!read_first(paths[0], &first, error))
		return false;
	if (!join_alloc(ret, first.count))
		return hm_error_errno(error, "join", -ENOMEM);
	for (size_t i = 0; i < count; i++) {
		if (!place_part(ret, paths[i], &first, paths[0], error))
			return false;
	}
	for (uint32_t i = 0; i < ret->count; i++) {
		if (ret->inputs[i].fd < 0)
			return hm_error_of(error, HM_ERROR_REJECTED, "join", "part %u of %u is missing", i + 1,
					   ret->count);
	}
	return begin_part(ret, error);
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
			 struct hm_error *error)
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
				error))
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
static bool end_parts(struct hm_tree_join *join, struct hm_error *error)
{
	while (join->current < join->count && join->current_left == 0) {
		uint8_t digest[HM_TREE_DIGEST_LEN];

		if (!hm_sha256_stream_end(join->stream, digest))
			return hm_error_of(error, HM_ERROR_RUN, "join", "%s", hm_err_text(HM_E_HASH));
		if (memcmp(digest, join->digests[join->current], sizeof(digest)) != 0)
			return hm_error_of(error, HM_ERROR_INPUT, join->inputs[join->current].path,
					   "is damaged: its SHA-256 is not the one in its header");
		join->current++;
		if (join->current < join->count && !begin_part(join, error))
			return false;
	}
	return true;
}

bool hm_tree_join_in_order(void *ctx, const uint8_t *p, size_t len, struct hm_error *error)
{
	struct hm_tree_join *join = ctx;

	while (len > 0) {
		size_t n;

		if (!end_parts(join, error))
			return false;
		n = join->current_left < len ? (size_t)join->current_left : len;
		if (!hm_sha256_stream_add(join->stream, p, n))
			return hm_error_of(error, HM_ERROR_RUN, "join", "%s", hm_err_text(HM_E_HASH));
		join->current_left -= n;
		p += n;
		len -= n;
	}
	return true;
}

bool hm_tree_join_end(struct hm_tree_join *join, struct hm_error *error)
{
	return end_parts(join, error);
}

void hm_tree_join_free(struct hm_tree_join *join)
{
	for (uint32_t i = 0; i < join->count; i++)
		hm_mapped_close(&join->inputs[i]);
	free(join->inputs);
	free(join->parts);
	free(join->digests);
	hm_sha256_stream_free(join->stream);
	memset(join, 0, sizeof(*join));
}
