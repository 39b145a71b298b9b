/* SPDX-License-Identifier: BSD-2-Clause */
/* part.c - part files: who makes which part, and the header */
#include "host/verity/part.h"
#include "lib/base/error.h"

#include <inttypes.h>
#include <string.h>

#define SIGNATURE "hallmark-part/1"
#define SIGNATURE_LEN 16u /* with its NUL */
#define RESERVED_LEN 112u

bool hm_tree_part_parse(const char *text, struct hm_tree_part *ret)
{
	struct hm_bytes rest = hm_bytes_of_text(text);
	struct hm_bytes field[2];
	uint64_t index, count;

	if (!hm_next_field(&rest, '/', &field[0]) || !hm_next_field(&rest, '/', &field[1]) || rest.p)
		return false;
	if (!hm_parse_dec(field[0], &index) || !hm_parse_dec(field[1], &count))
		return false;
	if (count < 1 || count > HM_TREE_PARTS_MAX || index < 1 || index > count)
		return false;
	ret->index = (uint32_t)index;
	ret->count = (uint32_t)count;
	return true;
}

/* leaf_blocks * index / count, without a product that could wrap. */
static uint64_t start_of(uint64_t leaf_blocks, uint64_t index, uint64_t count)
{
	return leaf_blocks / count * index + leaf_blocks % count * index / count;
}

void hm_tree_part_range(struct hm_tree_part *part, const struct hm_tree_layout *layout)
{
	uint64_t leaf_blocks = layout->levels ? layout->level_blocks[0] : 1;
	uint64_t first = start_of(leaf_blocks, part->index - 1, part->count) << layout->digest_bits;
	uint64_t end = start_of(leaf_blocks, part->index, part->count) << layout->digest_bits;

	/* Only the last leaf block is not full. */
	if (end > part->params.data_blocks)
		end = part->params.data_blocks;
	if (first > end)
		first = end;
	part->first_block = first;
	part->block_count = end - first;
}

void hm_tree_part_encode(const struct hm_tree_part *part, uint8_t ret[HM_TREE_PART_DIGEST_OFF])
{
	const struct hm_tree_params *p = &part->params;
	struct hm_writer w = hm_writer_of(ret, HM_TREE_PART_DIGEST_OFF);
	uint8_t salt[HM_VERITY_SALT_MAX] = {0};

	memset(ret, 0, HM_TREE_PART_DIGEST_OFF);
	memcpy(salt, p->salt, p->salt_len);
	hm_put_bytes(&w, hm_bytes_of(SIGNATURE, SIGNATURE_LEN));
	hm_put_u32le(&w, p->data_block_len);
	hm_put_u32le(&w, p->hash_block_len);
	hm_put_u64le(&w, p->data_blocks);
	hm_put_u32le(&w, part->index);
	hm_put_u32le(&w, part->count);
	hm_put_u64le(&w, part->first_block);
	hm_put_u64le(&w, part->block_count);
	hm_put_u16le(&w, p->salt_len);
	hm_put_u16le(&w, p->superblock);
	hm_put_u32le(&w, 0);
	hm_put_bytes(&w, hm_bytes_of(p->uuid, sizeof(p->uuid)));
	hm_put_bytes(&w, hm_bytes_of(part->fingerprint, sizeof(part->fingerprint)));
	hm_put_bytes(&w, hm_bytes_of(salt, sizeof(salt)));
}

static bool check_range(const struct hm_tree_part *part, const struct hm_tree_layout *layout)
{
	struct hm_tree_part want = *part;

	if (part->count < 1 || part->count > HM_TREE_PARTS_MAX || part->index < 1 || part->index > part->count)
		return false;
	hm_tree_part_range(&want, layout);
	return part->first_block == want.first_block && part->block_count == want.block_count;
}

bool hm_tree_part_decode(struct hm_bytes header, struct hm_tree_part *ret, struct hm_tree_layout *ret_layout,
			 struct hm_error *error)
{
	struct hm_tree_part part = {.index = 0};
	struct hm_tree_params *p = &part.params;
	struct hm_reader r = hm_reader_of(header);
	struct hm_bytes signature = hm_get_bytes(&r, SIGNATURE_LEN);
	struct hm_bytes uuid, fingerprint, salt, reserved;
	uint16_t superblock;
	uint32_t zero;

	p->data_block_len = hm_get_u32le(&r);
	p->hash_block_len = hm_get_u32le(&r);
	p->data_blocks = hm_get_u64le(&r);
	part.index = hm_get_u32le(&r);
	part.count = hm_get_u32le(&r);
	part.first_block = hm_get_u64le(&r);
	part.block_count = hm_get_u64le(&r);
	p->salt_len = hm_get_u16le(&r);
	superblock = hm_get_u16le(&r);
	zero = hm_get_u32le(&r);
	uuid = hm_get_bytes(&r, HM_TREE_UUID_LEN);
	fingerprint = hm_get_bytes(&r, HM_TREE_DIGEST_LEN);
	salt = hm_get_bytes(&r, HM_VERITY_SALT_MAX);
	reserved = hm_get_bytes(&r, RESERVED_LEN);
	if (!hm_reader_done(&r) || !hm_bytes_equal(signature, hm_bytes_of(SIGNATURE, SIGNATURE_LEN)))
		return hm_error_set(error, "is no part file of this version");
	if (superblock > 1 || zero != 0 || p->salt_len > HM_VERITY_SALT_MAX || !hm_bytes_is_zero(reserved) ||
	    !hm_bytes_is_zero(hm_bytes_of(salt.p + p->salt_len, salt.len - p->salt_len)))
		return hm_error_set(error, "the part file's header is malformed");
	p->superblock = superblock;
	memcpy(p->uuid, uuid.p, sizeof(p->uuid));
	memcpy(p->salt, salt.p, p->salt_len);
	memcpy(part.fingerprint, fingerprint.p, sizeof(part.fingerprint));
	if (!hm_tree_layout(p, ret_layout, error))
		return false;
	if (!check_range(&part, ret_layout))
		return hm_error_set(error, "the part file's header names blocks that are not its part's");
	*ret = part;
	return true;
}
