/* SPDX-License-Identifier: BSD-2-Clause */
/* verity.h - the dm-verity superblock, its parameters, and the kernel's table line */
#ifndef HM_VERITY_H
#define HM_VERITY_H

#include "bytes.h"
#include "err.h"

/*
 * The superblock is read once, into memory, and becomes struct hm_verity. That
 * struct is what is measured (core/record) and what dm-verity is activated with;
 * the disk is never asked again. Only what veritysetup and systemd-repart write
 * by default is accepted: version 1, hash type 1, sha256, blocks of 4096.
 * Source: cryptsetup docs, dm-verity on-disk format; kernel admin-guide/device-mapper/verity.
 */
#define HM_VERITY_SUPERBLOCK_LEN 512u
#define HM_VERITY_BLOCK_LEN 4096u
#define HM_VERITY_SALT_MAX 256u
#define HM_VERITY_ROOT_LEN 32u
/* 2^63 / 4096 less one: the kernel's offsets are signed 64-bit. */
#define HM_VERITY_DATA_BLOCKS_MAX ((UINT64_C(1) << 51) - 1)
#define HM_VERITY_DEVICE_NAME_MAX 256u
/* Room for the table line's fixed words, two 256-character device names, all numbers, and 512 hex digits of salt. */
#define HM_VERITY_TABLE_MAX 1536u

struct hm_verity {
	uint32_t data_block_len; /* 4096 */
	uint32_t hash_block_len; /* 4096 */
	uint64_t data_blocks;
	uint64_t hash_off; /* byte offset of the tree in the hash partition: after the superblock's block */
	uint16_t salt_len;
	uint8_t salt[HM_VERITY_SALT_MAX];
	uint8_t root[HM_VERITY_ROOT_LEN];
};

/*
 * Decode `superblock` (HM_VERITY_SUPERBLOCK_LEN bytes at the start of the hash partition).
 * `data_len` and `hash_len` are the partitions' lengths in bytes: the data blocks and the whole
 * tree must fit. `root` is the root hash, from the partitions' GUIDs (hm_verity_root_of_guids).
 */
HM_MUST_CHECK enum hm_err hm_verity_decode(struct hm_bytes superblock, uint64_t data_len, uint64_t hash_len,
					   const uint8_t root[HM_VERITY_ROOT_LEN], struct hm_verity *ret);
/* The first half of the root hash is the data partition's GUID, the second the hash partition's, in text order. */
void hm_verity_root_of_guids(const uint8_t data_guid[16], const uint8_t hash_guid[16], uint8_t ret[HM_VERITY_ROOT_LEN]);
/* Refuse a struct that hm_verity_decode cannot have made; salt bytes beyond salt_len do not count. */
HM_MUST_CHECK enum hm_err hm_verity_check(const struct hm_verity *verity);
/* Blocks of the hash tree, all levels, for sha256 (128 digests a block); 0 for one data block. */
uint64_t hm_verity_tree_blocks(uint64_t data_blocks);
/*
 * The device-mapper table parameters of target "verity": everything from the measured struct, then
 * "panic_on_corruption" and, where `on_error` is set, "panic_on_error" (Linux 6.12). NUL-terminated.
 * Device names are paths of printable ASCII without space and backslash (VERITY_DEVICE).
 */
HM_MUST_CHECK enum hm_err hm_verity_table(const struct hm_verity *verity, struct hm_bytes data_device,
					  struct hm_bytes hash_device, bool on_error, char *ret, size_t cap);

#endif
