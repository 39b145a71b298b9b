/* SPDX-License-Identifier: BSD-2-Clause */
/* layout.h - dm-verity hash trees: parameters, where everything lies, the superblock */
#ifndef HM_HOST_VERITY_LAYOUT_H
#define HM_HOST_VERITY_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "core/verity.h"
#include "host/base/error.h"

/*
 * Hash type 1 and sha256, byte for byte what veritysetup writes. core/verity accepts what may boot, blocks of
 * 4096 and nothing else; here is everything that the kernel can map and that veritysetup can make.
 * Source: kernel admin-guide/device-mapper/verity; cryptsetup docs, dm-verity on-disk format.
 *
 * Level 0 is the leaf level, whose digests are those of the data blocks; the last level is one block, whose
 * digest is the root hash. In the file the last level comes first. One data block has no level: its digest is
 * the root hash.
 */
#define HM_TREE_BLOCK_MIN 512u
#define HM_TREE_BLOCK_MAX 4096u
#define HM_TREE_DIGEST_LEN 32u
/* 2^63 bytes in blocks of 512 are 2^54, and a block of 512 holds 2^4 digests: 14 levels. */
#define HM_TREE_LEVELS_MAX 14u
#define HM_TREE_UUID_LEN 16u

struct hm_tree_params {
	uint32_t data_block_len;
	uint32_t hash_block_len;
	uint64_t data_blocks;
	uint16_t salt_len;
	uint8_t salt[HM_VERITY_SALT_MAX];
	uint8_t uuid[HM_TREE_UUID_LEN];
	bool superblock;
	/* Byte offset of the superblock, or where there is none of the tree, in the file that holds them. */
	uint64_t hash_off;
};

struct hm_tree_layout {
	unsigned int digest_bits; /* a hash block holds 1 << digest_bits digests */
	unsigned int levels;
	uint64_t data_len;
	uint64_t tree_off; /* of the last level's block */
	uint64_t end;	   /* of the leaf level */
	uint64_t level_off[HM_TREE_LEVELS_MAX];
	uint64_t level_blocks[HM_TREE_LEVELS_MAX];
};

/* 512, 1024, 2048 or 4096. */
HM_MUST_CHECK bool hm_tree_block_len_ok(uint64_t len);
/* False, with the reason: no blocks, a wrong block size, an offset that is not aligned, more than 2^63 bytes. */
HM_MUST_CHECK bool hm_tree_layout(const struct hm_tree_params *params, struct hm_tree_layout *ret,
				  struct hm_error *error);

/*
 * Where a file of `end` bytes has the superblock when the tree of all that is before it was appended, at the next whole
 * hash block. False where no number of data blocks ends there.
 */
HM_MUST_CHECK bool hm_tree_appended_at(uint32_t data_block_len, uint32_t hash_block_len, uint64_t end,
				       uint64_t *ret_hash_off);

void hm_tree_superblock_encode(const struct hm_tree_params *params, uint8_t ret[HM_VERITY_SUPERBLOCK_LEN]);
/* ret->hash_off is left as it is, and what the superblock says is checked by hm_tree_layout only. */
HM_MUST_CHECK bool hm_tree_superblock_decode(struct hm_bytes superblock, struct hm_tree_params *ret,
					     struct hm_error *error);

/*
 * The default salt and UUID of a layer: functions of its name and version, so that the same input gives the same
 * tree anywhere, and two layers of equal content have different trees. docs/FORMATS.md, section 13.
 */
HM_MUST_CHECK bool hm_tree_default_salt(const char *name, const char *version, uint8_t ret[HM_TREE_DIGEST_LEN]);
HM_MUST_CHECK bool hm_tree_default_uuid(const char *name, const char *version, uint8_t ret[HM_TREE_UUID_LEN]);
/* 1 to 64 of [a-zA-Z0-9.+~_-]. */
HM_MUST_CHECK bool hm_tree_version_ok(const char *version);
/* 8-4-4-4-12 hexadecimal digits of either case, as veritysetup takes them. */
HM_MUST_CHECK bool hm_tree_uuid_parse(const char *text, uint8_t ret[HM_TREE_UUID_LEN]);

#endif
