/* SPDX-License-Identifier: BSD-2-Clause */
/* verity.c - the dm-verity superblock, its parameters, and the kernel's table line */
#include "verity.h"

#include "gpt.h"

#define SIGNATURE "verity\0\0"
#define SIGNATURE_LEN 8u
#define SUPERBLOCK_VERSION 1u
#define HASH_TYPE 1u
#define UUID_LEN 16u
#define ALGORITHM_LEN 32u
#define SALT_PAD_LEN 6u
#define TAIL_PAD_LEN 168u
/* A block of 4096 holds 128 SHA-256 digests. */
#define DIGESTS_PER_BLOCK_BITS 7u
HM_STATIC_ASSERT(HM_VERITY_BLOCK_LEN >> DIGESTS_PER_BLOCK_BITS == HM_VERITY_ROOT_LEN, "digests fill a block");

/* The fields as they stand on the disk, in that order; borrowed. */
struct superblock {
	struct hm_bytes signature;
	uint32_t version;
	uint32_t hash_type;
	struct hm_bytes algorithm;
	uint32_t data_block_len;
	uint32_t hash_block_len;
	uint64_t data_blocks;
	uint16_t salt_len;
	struct hm_bytes salt_pad;
	struct hm_bytes salt;
	struct hm_bytes tail_pad;
};
HM_STATIC_ASSERT(SIGNATURE_LEN + 4 + 4 + UUID_LEN + ALGORITHM_LEN + 4 + 4 + 8 + 2 + SALT_PAD_LEN + HM_VERITY_SALT_MAX +
				 TAIL_PAD_LEN ==
			 HM_VERITY_SUPERBLOCK_LEN,
		 "the fields fill the superblock");

/* "sha256" and zeros up to the field's end. */
static bool is_sha256(struct hm_bytes algorithm)
{
	static const uint8_t sha256[ALGORITHM_LEN] = "sha256";

	return hm_bytes_equal(algorithm, hm_bytes_of(sha256, sizeof(sha256)));
}

static bool read_superblock(struct hm_bytes bytes, struct superblock *ret)
{
	struct hm_reader r = hm_reader_of(bytes);

	ret->signature = hm_get_bytes(&r, SIGNATURE_LEN);
	ret->version = hm_get_u32le(&r);
	ret->hash_type = hm_get_u32le(&r);
	/* The UUID steers nothing. */
	hm_skip(&r, UUID_LEN);
	ret->algorithm = hm_get_bytes(&r, ALGORITHM_LEN);
	ret->data_block_len = hm_get_u32le(&r);
	ret->hash_block_len = hm_get_u32le(&r);
	ret->data_blocks = hm_get_u64le(&r);
	ret->salt_len = hm_get_u16le(&r);
	ret->salt_pad = hm_get_bytes(&r, SALT_PAD_LEN);
	ret->salt = hm_get_bytes(&r, HM_VERITY_SALT_MAX);
	ret->tail_pad = hm_get_bytes(&r, TAIL_PAD_LEN);
	return hm_reader_done(&r);
}

static enum hm_err check_superblock(const struct superblock *sb)
{
	if (!hm_bytes_equal(sb->signature, hm_bytes_of(SIGNATURE, SIGNATURE_LEN)))
		return HM_E_VERITY_SIGNATURE;
	if (sb->version != SUPERBLOCK_VERSION)
		return HM_E_VERITY_VERSION;
	if (sb->hash_type != HASH_TYPE)
		return HM_E_VERITY_HASH_TYPE;
	if (!is_sha256(sb->algorithm))
		return HM_E_VERITY_ALGORITHM;
	if (sb->salt_len > HM_VERITY_SALT_MAX)
		return HM_E_VERITY_SALT;
	if (!hm_bytes_is_zero(sb->salt_pad) || !hm_bytes_is_zero(sb->tail_pad))
		return HM_E_VERITY_RESERVED;
	if (!hm_bytes_is_zero(hm_bytes_of(sb->salt.p + sb->salt_len, sb->salt.len - sb->salt_len)))
		return HM_E_VERITY_RESERVED;
	return HM_OK;
}

enum hm_err hm_verity_check(const struct hm_verity *verity)
{
	if (verity->data_block_len != HM_VERITY_BLOCK_LEN || verity->hash_block_len != HM_VERITY_BLOCK_LEN)
		return HM_E_VERITY_BLOCK_SIZE;
	if (verity->data_blocks == 0 || verity->data_blocks > HM_VERITY_DATA_BLOCKS_MAX)
		return HM_E_VERITY_DATA_BLOCKS;
	if (verity->hash_off != HM_VERITY_BLOCK_LEN)
		return HM_E_VERITY_HASH_SHORT;
	if (verity->salt_len > HM_VERITY_SALT_MAX)
		return HM_E_VERITY_SALT;
	return HM_OK;
}

/* data_blocks is at most HM_VERITY_DATA_BLOCKS_MAX, so that no sum or product can wrap. */
static enum hm_err check_lengths(uint64_t data_blocks, uint64_t data_len, uint64_t hash_len)
{
	if (data_blocks > data_len / HM_VERITY_BLOCK_LEN)
		return HM_E_VERITY_DATA_SHORT;
	if (hash_len < HM_VERITY_BLOCK_LEN)
		return HM_E_VERITY_HASH_SHORT;
	if (hm_verity_tree_blocks(data_blocks) > (hash_len - HM_VERITY_BLOCK_LEN) / HM_VERITY_BLOCK_LEN)
		return HM_E_VERITY_HASH_SHORT;
	return HM_OK;
}

enum hm_err hm_verity_decode(struct hm_bytes superblock, uint64_t data_len, uint64_t hash_len,
			     const uint8_t root[HM_VERITY_ROOT_LEN], struct hm_verity *ret)
{
	struct hm_verity verity = {.hash_off = HM_VERITY_BLOCK_LEN};
	struct superblock sb;
	enum hm_err err;

	if (!read_superblock(superblock, &sb))
		return HM_E_SHORT_READ;
	err = check_superblock(&sb);
	if (err)
		return err;
	verity.data_block_len = sb.data_block_len;
	verity.hash_block_len = sb.hash_block_len;
	verity.data_blocks = sb.data_blocks;
	verity.salt_len = sb.salt_len;
	memcpy(verity.salt, sb.salt.p, sb.salt_len);
	memcpy(verity.root, root, HM_VERITY_ROOT_LEN);
	err = hm_verity_check(&verity);
	if (err)
		return err;
	err = check_lengths(verity.data_blocks, data_len, hash_len);
	if (err)
		return err;
	*ret = verity;
	return HM_OK;
}

void hm_verity_root_of_guids(const uint8_t data_guid[16], const uint8_t hash_guid[16], uint8_t ret[HM_VERITY_ROOT_LEN])
{
	hm_guid_text_order(data_guid, ret);
	hm_guid_text_order(hash_guid, ret + HM_VERITY_ROOT_LEN / 2);
}

uint64_t hm_verity_tree_blocks(uint64_t data_blocks)
{
	uint64_t level = data_blocks;
	uint64_t total = 0;

	while (level > 1) {
		/* Rounds up without the sum that could wrap; level is at least 2 here. */
		level = ((level - 1) >> DIGESTS_PER_BLOCK_BITS) + 1;
		total += level;
	}
	return total;
}

/* The kernel splits a table at white space and takes a backslash as an escape (dm_split_args). */
static bool is_device_name(struct hm_bytes name)
{
	return name.len > 0 && name.len <= HM_VERITY_DEVICE_NAME_MAX && hm_bytes_is_printable(name) &&
	       !hm_bytes_has(name, ' ') && !hm_bytes_has(name, '\\');
}

/* Linux, admin-guide/device-mapper/verity: the construction parameters, in this order. */
static void put_table(const struct hm_verity *verity, struct hm_bytes data_device, struct hm_bytes hash_device,
		      bool on_error, struct hm_writer *w)
{
	hm_put_dec(w, HASH_TYPE);
	hm_put_text(w, " ");
	hm_put_bytes(w, data_device);
	hm_put_text(w, " ");
	hm_put_bytes(w, hash_device);
	hm_put_text(w, " ");
	hm_put_dec(w, verity->data_block_len);
	hm_put_text(w, " ");
	hm_put_dec(w, verity->hash_block_len);
	hm_put_text(w, " ");
	hm_put_dec(w, verity->data_blocks);
	hm_put_text(w, " ");
	hm_put_dec(w, verity->hash_off / verity->hash_block_len);
	hm_put_text(w, " sha256 ");
	hm_put_hex(w, hm_bytes_of(verity->root, sizeof(verity->root)));
	hm_put_text(w, " ");
	if (verity->salt_len == 0)
		hm_put_text(w, "-");
	hm_put_hex(w, hm_bytes_of(verity->salt, verity->salt_len));
	hm_put_text(w, on_error ? " 2 panic_on_corruption panic_on_error" : " 1 panic_on_corruption");
	hm_put_u8(w, 0);
}

enum hm_err hm_verity_table(const struct hm_verity *verity, struct hm_bytes data_device, struct hm_bytes hash_device,
			    bool on_error, char *ret, size_t cap)
{
	uint8_t table[HM_VERITY_TABLE_MAX];
	struct hm_writer w = hm_writer_of(table, sizeof(table));
	enum hm_err err = hm_verity_check(verity);

	if (err)
		return err;
	if (!is_device_name(data_device) || !is_device_name(hash_device))
		return HM_E_VERITY_DEVICE;
	put_table(verity, data_device, hash_device, on_error, &w);
	if (w.failed || w.len > cap)
		return HM_E_BUFFER;
	memcpy(ret, table, w.len);
	return HM_OK;
}
