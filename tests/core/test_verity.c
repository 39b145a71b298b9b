/* SPDX-License-Identifier: BSD-2-Clause */
/* test_verity.c - the verity superblock, the size of its tree, and the kernel's table line */
#include "core/verity.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA_BLOCKS 300u
#define DATA_LEN (DATA_BLOCKS * 4096u)
/* Three blocks of digests and the root of the tree, after the superblock's block. */
#define HASH_LEN (5u * 4096u)

/* Offsets in the superblock. */
#define S_VERSION 8u
#define S_HASH_TYPE 12u
#define S_UUID 16u
#define S_ALGORITHM 32u
#define S_DATA_BLOCK 64u
#define S_HASH_BLOCK 68u
#define S_DATA_BLOCKS 72u
#define S_SALT_LEN 80u
#define S_SALT_PAD 82u
#define S_SALT 88u
#define S_TAIL 344u

static const uint8_t root[32] = {0xde, 0xad, 0xbe, 0xef, [31] = 0x01};

/* `veritysetup format --salt 00ff --uuid 11111111-2222-3333-4444-555555555555` of 300 blocks. */
static void build(uint8_t sb[HM_VERITY_SUPERBLOCK_LEN])
{
	static const uint8_t start[] = {
		0x76, 0x65, 0x72, 0x69, 0x74, 0x79, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
		0x00, 0x00, 0x00, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44,
		0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x73, 0x68, 0x61, 0x32, 0x35, 0x36,
	};
	static const uint8_t numbers[] = {
		0x00, 0x10, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x2c, 0x01, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff,
	};

	memset(sb, 0, HM_VERITY_SUPERBLOCK_LEN);
	memcpy(sb, start, sizeof(start));
	memcpy(sb + S_DATA_BLOCK, numbers, sizeof(numbers));
}

static enum hm_err decode(const uint8_t *sb, uint64_t data_len, uint64_t hash_len, struct hm_verity *ret)
{
	return hm_verity_decode(hm_bytes_of(sb, HM_VERITY_SUPERBLOCK_LEN), data_len, hash_len, root, ret);
}

static void assert_refused(const uint8_t *sb, uint64_t data_len, uint64_t hash_len, enum hm_err want, const char *what)
{
	struct hm_verity verity, before;

	memset(&verity, 0x5a, sizeof(verity));
	memcpy(&before, &verity, sizeof(before));
	if (decode(sb, data_len, hash_len, &verity) != want)
		print_error("superblock with %s\n", what);
	assert_err(decode(sb, data_len, hash_len, &verity), want);
	assert_memory_equal(&verity, &before, sizeof(verity));
}

static void good_superblock(void **state)
{
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_verity v;

	(void)state;
	build(sb);
	assert_ok(decode(sb, DATA_LEN, HASH_LEN, &v));
	assert_int_equal(v.data_block_len, 4096);
	assert_int_equal(v.hash_block_len, 4096);
	assert_int_equal(v.data_blocks, DATA_BLOCKS);
	assert_int_equal(v.hash_off, 4096);
	assert_int_equal(v.salt_len, 2);
	assert_hex(hm_bytes_of(v.salt, 3), "00ff00");
	assert_memory_equal(v.root, root, 32);
	assert_ok(hm_verity_check(&v));
}

static void salts(void **state)
{
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_verity v;

	(void)state;
	for (uint16_t len = 0; len <= 258; len++) {
		build(sb);
		memset(sb + S_SALT, 0, HM_VERITY_SALT_MAX);
		memset(sb + S_SALT, 0xab, len <= HM_VERITY_SALT_MAX ? len : HM_VERITY_SALT_MAX);
		support_set_u16(sb + S_SALT_LEN, len);
		if (len > HM_VERITY_SALT_MAX) {
			assert_refused(sb, DATA_LEN, HASH_LEN, HM_E_VERITY_SALT, "too long a salt");
			continue;
		}
		assert_ok(decode(sb, DATA_LEN, HASH_LEN, &v));
		assert_int_equal(v.salt_len, len);
		assert_memory_equal(v.salt, sb + S_SALT, HM_VERITY_SALT_MAX);
	}
	build(sb);
	support_set_u16(sb + S_SALT_LEN, 0xffff);
	assert_refused(sb, DATA_LEN, HASH_LEN, HM_E_VERITY_SALT, "a salt of 65535 bytes");
}

static void fields(void **state)
{
	static const struct {
		const char *what;
		size_t off;
		uint8_t value;
		enum hm_err err;
	} cases[] = {
		{"another signature", 0, 'V', HM_E_VERITY_SIGNATURE},
		{"a signature that goes on", 6, '2', HM_E_VERITY_SIGNATURE},
		{"a signature's last byte", 7, 1, HM_E_VERITY_SIGNATURE},
		{"version 0", S_VERSION, 0, HM_E_VERITY_VERSION},
		{"version 2", S_VERSION, 2, HM_E_VERITY_VERSION},
		{"version 2^24 + 1", S_VERSION + 3, 1, HM_E_VERITY_VERSION},
		{"hash type 0", S_HASH_TYPE, 0, HM_E_VERITY_HASH_TYPE},
		{"hash type 2", S_HASH_TYPE, 2, HM_E_VERITY_HASH_TYPE},
		{"algorithm Sha256", S_ALGORITHM, 'S', HM_E_VERITY_ALGORITHM},
		{"algorithm sha257", S_ALGORITHM + 5, '7', HM_E_VERITY_ALGORITHM},
		{"algorithm sha2560", S_ALGORITHM + 6, '0', HM_E_VERITY_ALGORITHM},
		{"no algorithm", S_ALGORITHM, 0, HM_E_VERITY_ALGORITHM},
		{"a byte behind the algorithm", S_ALGORITHM + 31, 1, HM_E_VERITY_ALGORITHM},
		{"data blocks of 4352", S_DATA_BLOCK, 1 << 4, HM_E_VERITY_BLOCK_SIZE},
		{"data blocks of 512", S_DATA_BLOCK + 1, 2, HM_E_VERITY_BLOCK_SIZE},
		{"data blocks of 2^24 more", S_DATA_BLOCK + 3, 1, HM_E_VERITY_BLOCK_SIZE},
		{"hash blocks of 1024", S_HASH_BLOCK + 1, 4, HM_E_VERITY_BLOCK_SIZE},
		{"hash blocks of 0", S_HASH_BLOCK + 1, 0, HM_E_VERITY_BLOCK_SIZE},
		{"a byte between salt length and salt", S_SALT_PAD, 1, HM_E_VERITY_RESERVED},
		{"another one there", S_SALT_PAD + 5, 1, HM_E_VERITY_RESERVED},
		{"a byte behind the salt", S_SALT + 2, 1, HM_E_VERITY_RESERVED},
		{"a byte at the salt's end", S_SALT + 255, 1, HM_E_VERITY_RESERVED},
		{"a shorter salt with bytes behind it", S_SALT_LEN, 1, HM_E_VERITY_RESERVED},
		{"a byte at the tail's start", S_TAIL, 1, HM_E_VERITY_RESERVED},
		{"a byte at the tail's end", 511, 1, HM_E_VERITY_RESERVED},
		{"2^51 data blocks", S_DATA_BLOCKS + 6, 8, HM_E_VERITY_DATA_BLOCKS},
		{"2^63 data blocks", S_DATA_BLOCKS + 7, 0x80, HM_E_VERITY_DATA_BLOCKS},
		{"one data block more than there are", S_DATA_BLOCKS, 0x2d, HM_E_VERITY_DATA_SHORT},
		{"2^50 data blocks", S_DATA_BLOCKS + 6, 4, HM_E_VERITY_DATA_SHORT},
	};
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].what); i++) {
		build(sb);
		sb[cases[i].off] = cases[i].value;
		assert_refused(sb, DATA_LEN, HASH_LEN, cases[i].err, cases[i].what);
	}
	build(sb);
	support_set_u16(sb + S_DATA_BLOCKS, 0);
	assert_refused(sb, DATA_LEN, HASH_LEN, HM_E_VERITY_DATA_BLOCKS, "no data blocks");
}

static void superblock_length(void **state)
{
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN + 1] = {0};
	struct hm_verity v;

	(void)state;
	build(sb);
	for (size_t len = 0; len < HM_VERITY_SUPERBLOCK_LEN; len++) {
		uint8_t *cut = malloc(len ? len : 1);

		assert_non_null(cut);
		memcpy(cut, sb, len);
		assert_err(hm_verity_decode(hm_bytes_of(cut, len), DATA_LEN, HASH_LEN, root, &v), HM_E_SHORT_READ);
		free(cut);
	}
	assert_err(hm_verity_decode(hm_bytes_of(sb, sizeof(sb)), DATA_LEN, HASH_LEN, root, &v), HM_E_SHORT_READ);
}

static void partition_lengths(void **state)
{
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_verity v;

	(void)state;
	build(sb);
	assert_ok(decode(sb, UINT64_MAX, UINT64_MAX, &v));
	assert_ok(decode(sb, DATA_LEN, HASH_LEN, &v));
	assert_refused(sb, DATA_LEN - 1, HASH_LEN, HM_E_VERITY_DATA_SHORT, "data less a byte");
	assert_refused(sb, DATA_LEN / 2, HASH_LEN, HM_E_VERITY_DATA_SHORT, "half the data");
	assert_refused(sb, 0, HASH_LEN, HM_E_VERITY_DATA_SHORT, "no data");
	assert_refused(sb, DATA_LEN, HASH_LEN - 1, HM_E_VERITY_HASH_SHORT, "a tree less a byte");
	assert_refused(sb, DATA_LEN, 4096, HM_E_VERITY_HASH_SHORT, "no tree");
	assert_refused(sb, DATA_LEN, 4095, HM_E_VERITY_HASH_SHORT, "less than a block of hashes");
	assert_refused(sb, DATA_LEN, 0, HM_E_VERITY_HASH_SHORT, "no hashes");
	/* One data block has no tree. */
	support_set_u16(sb + S_DATA_BLOCKS, 1);
	assert_ok(decode(sb, 4096, 4096, &v));
}

/* 2^32 blocks, 16 TiB: nothing is 32-bit. */
static void large(void **state)
{
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_verity v;

	(void)state;
	build(sb);
	support_set_u32(sb + S_DATA_BLOCKS, 0);
	sb[S_DATA_BLOCKS + 4] = 1;
	assert_ok(decode(sb, UINT64_C(1) << 44, UINT64_C(1) << 40, &v));
	assert_true(v.data_blocks == UINT64_C(1) << 32);
	assert_refused(sb, (UINT64_C(1) << 44) - 1, UINT64_C(1) << 40, HM_E_VERITY_DATA_SHORT, "16 TiB less a byte");
	/* the most there can be */
	memset(sb + S_DATA_BLOCKS, 0xff, 6);
	sb[S_DATA_BLOCKS + 6] = 7;
	assert_ok(decode(sb, UINT64_MAX, UINT64_MAX, &v));
	assert_true(v.data_blocks == HM_VERITY_DATA_BLOCKS_MAX);
}

/* --- the tree --- */

/* Blocks that `veritysetup format --no-superblock` writes, read off the size of its file. */
static void tree_blocks(void **state)
{
	static const struct {
		uint64_t data, tree;
	} cases[] = {
		{1, 0},		  {2, 1},	    {3, 1},	      {126, 1},	    {127, 1},	  {128, 1},
		{129, 3},	  {130, 3},	    {255, 3},	      {256, 3},	    {257, 4},	  {16383, 129},
		{16384, 129},	  {16385, 132},	    {16511, 132},     {16512, 132}, {32768, 259}, {300000, 2364},
		{2097151, 16513}, {2097152, 16513}, {2097153, 16517},
	};

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++)
		assert_int_equal(hm_verity_tree_blocks(cases[i].data), cases[i].tree);
}

/* 5 TiB by hand: 10485760 + 81920 + 640 + 5 + 1. */
static void tree_blocks_64_bit(void **state)
{
	(void)state;
	assert_int_equal(hm_verity_tree_blocks(UINT64_C(1342177280)), 10568326);
	/* 2^32: 2^25 + 2^18 + 2^11 + 16 + 1, and what one block more or less makes of it. */
	assert_int_equal(hm_verity_tree_blocks(UINT64_C(1) << 32), 33554432 + 262144 + 2048 + 16 + 1);
	assert_int_equal(hm_verity_tree_blocks((UINT64_C(1) << 32) - 1), 33554432 + 262144 + 2048 + 16 + 1);
	assert_int_equal(hm_verity_tree_blocks((UINT64_C(1) << 32) + 1), 33554433 + 262145 + 2049 + 17 + 1);
	/* It ends, and does not wrap, for anything. */
	assert_true(hm_verity_tree_blocks(UINT64_MAX) ==
		    (UINT64_C(1) << 57) + (UINT64_C(1) << 50) + (UINT64_C(1) << 43) + (UINT64_C(1) << 36) +
			    (UINT64_C(1) << 29) + (UINT64_C(1) << 22) + (1 << 15) + (1 << 8) + 2 + 1);
	assert_int_equal(hm_verity_tree_blocks(0), 0);
}

/* --- veritysetup itself --- */

static void by_veritysetup(void **state)
{
	static const unsigned int blocks[] = {1, 2, 128, 129, 16384, 16385};
	const char *dir = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	char data[128], hash[128], line[1024];

	(void)state;
	if (system("PATH=$PATH:/usr/sbin:/sbin; command -v veritysetup >/dev/null 2>&1") != 0) {
		print_error("SKIPPED: veritysetup is not installed\n");
		skip();
	}
	snprintf(data, sizeof(data), "%s/hallmark-verity-%d.data", dir, (int)getpid());
	snprintf(hash, sizeof(hash), "%s/hallmark-verity-%d.hash", dir, (int)getpid());
	for (size_t i = 0; ROW(i, blocks); i++) {
		struct hm_bytes content;
		struct hm_verity v;
		uint8_t *p;

		snprintf(line, sizeof(line),
			 "PATH=$PATH:/usr/sbin:/sbin; rm -f %s %s; truncate -s %u %s && "
			 "veritysetup format --salt %s %s %s >/dev/null",
			 data, hash, blocks[i] * 4096, data, i % 2 ? "-" : "0123456789abcdef", data, hash);
		if (system(line) != 0)
			fail_msg("veritysetup failed");
		p = support_read_file(hash, &content);
		assert_non_null(p);
		assert_ok(decode(p, blocks[i] * UINT64_C(4096), content.len, &v));
		assert_int_equal(v.data_blocks, blocks[i]);
		assert_hex(hm_bytes_of(v.salt, v.salt_len), i % 2 ? "" : "0123456789abcdef");
		/* The file ends with the tree. */
		assert_refused(p, blocks[i] * UINT64_C(4096), content.len - 1, HM_E_VERITY_HASH_SHORT,
			       "veritysetup's file less a byte");
		free(p);
	}
	remove(data);
	remove(hash);
}

/* --- the root hash in the GUIDs --- */

static void root_of_guids(void **state)
{
	/* As on disk: text 0396ca16-1122-3344-5566-778899aabbcc, then ddeeff00-.... */
	static const uint8_t data_guid[16] = {0x16, 0xca, 0x96, 0x03, 0x22, 0x11, 0x44, 0x33,
					      0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc};
	static const uint8_t hash_guid[16] = {0x00, 0xff, 0xee, 0xdd, 0x02, 0x01, 0x04, 0x03,
					      0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c};
	uint8_t got[HM_VERITY_ROOT_LEN];

	(void)state;
	hm_verity_root_of_guids(data_guid, hash_guid, got);
	assert_hex(hm_bytes_of(got, sizeof(got)), "0396ca16112233445566778899aabbccddeeff000102030405060708090a0b0c");
}

/* --- the table line --- */

#define ROOT_HEX "deadbeef00000000000000000000000000000000000000000000000000000001"

static enum hm_err table(const struct hm_verity *v, const char *data, const char *hash, bool on_error, char *ret,
			 size_t cap)
{
	return hm_verity_table(v, hm_bytes_of_text(data), hm_bytes_of_text(hash), on_error, ret, cap);
}

/* In the order of Linux's admin-guide/device-mapper/verity; panic_on_error since Linux 6.12. */
static void table_line(void **state)
{
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];
	char line[HM_VERITY_TABLE_MAX];
	struct hm_verity v;

	(void)state;
	build(sb);
	assert_ok(decode(sb, DATA_LEN, HASH_LEN, &v));
	assert_ok(table(&v, "/dev/vda2", "253:3", false, line, sizeof(line)));
	assert_string_equal(line, "1 /dev/vda2 253:3 4096 4096 300 1 sha256 " ROOT_HEX " 00ff 1 panic_on_corruption");
	assert_ok(table(&v, "/dev/!x~", "/dev/vda3", true, line, sizeof(line)));
	assert_ok(table(&v, "/dev/vda2", "/dev/vda3", true, line, sizeof(line)));
	assert_string_equal(line, "1 /dev/vda2 /dev/vda3 4096 4096 300 1 sha256 " ROOT_HEX
				  " 00ff 2 panic_on_corruption panic_on_error");
	v.salt_len = 0;
	assert_ok(table(&v, "/dev/vda2", "/dev/vda3", true, line, sizeof(line)));
	assert_string_equal(line, "1 /dev/vda2 /dev/vda3 4096 4096 300 1 sha256 " ROOT_HEX
				  " - 2 panic_on_corruption panic_on_error");
}

static void table_longest(void **state)
{
	struct hm_verity v = {.data_block_len = 4096,
			      .hash_block_len = 4096,
			      .hash_off = 4096,
			      .data_blocks = HM_VERITY_DATA_BLOCKS_MAX,
			      .salt_len = HM_VERITY_SALT_MAX};
	char name[HM_VERITY_DEVICE_NAME_MAX + 2], line[HM_VERITY_TABLE_MAX];

	(void)state;
	memset(name, 'd', sizeof(name));
	name[HM_VERITY_DEVICE_NAME_MAX] = '\0';
	assert_ok(table(&v, name, name, true, line, sizeof(line)));
	assert_null(strstr(line, "check_at_most_once"));
	assert_ok(table(&v, name, name, true, line, strlen(line) + 1));
	/* every buffer that is too small, and none of it written */
	for (size_t cap = 0, len = strlen(line); cap <= len; cap++) {
		char small[HM_VERITY_TABLE_MAX];

		memset(small, 'x', sizeof(small));
		assert_err(table(&v, name, name, true, small, cap), HM_E_BUFFER);
		assert_int_equal(small[0], 'x');
	}
	name[HM_VERITY_DEVICE_NAME_MAX] = 'd';
	name[HM_VERITY_DEVICE_NAME_MAX + 1] = '\0';
	assert_err(table(&v, name, "b", true, line, sizeof(line)), HM_E_VERITY_DEVICE);
	assert_err(table(&v, "a", name, true, line, sizeof(line)), HM_E_VERITY_DEVICE);
}

static void table_refused(void **state)
{
	static const char *const names[] = {"",		"/dev/vd a", "/dev/vda\t",   "/dev/vda\n",
					    "/dev/\\x", "/dev/\x7f", "/dev/\xc3\xa4"};
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];
	char line[HM_VERITY_TABLE_MAX] = "untouched";
	struct hm_verity good, v;

	(void)state;
	build(sb);
	assert_ok(decode(sb, DATA_LEN, HASH_LEN, &good));
	for (size_t i = 0; ROW_NAMED(i, names, names[i]); i++) {
		assert_err(table(&good, names[i], "/dev/vda3", true, line, sizeof(line)), HM_E_VERITY_DEVICE);
		assert_err(table(&good, "/dev/vda2", names[i], true, line, sizeof(line)), HM_E_VERITY_DEVICE);
	}
#define REFUSED(change, err) \
	do { \
		v = good; \
		change; \
		assert_err(hm_verity_check(&v), err); \
		assert_err(table(&v, "/dev/a", "/dev/b", true, line, sizeof(line)), err); \
	} while (0)
	REFUSED(v.data_block_len = 512, HM_E_VERITY_BLOCK_SIZE);
	REFUSED(v.hash_block_len = 0, HM_E_VERITY_BLOCK_SIZE);
	REFUSED(v.data_blocks = 0, HM_E_VERITY_DATA_BLOCKS);
	REFUSED(v.data_blocks = HM_VERITY_DATA_BLOCKS_MAX + 1, HM_E_VERITY_DATA_BLOCKS);
	REFUSED(v.hash_off = 0, HM_E_VERITY_HASH_SHORT);
	REFUSED(v.hash_off = 4097, HM_E_VERITY_HASH_SHORT);
	REFUSED(v.salt_len = 257, HM_E_VERITY_SALT);
#undef REFUSED
	assert_string_equal(line, "untouched");
}

/* --- robustness --- */

static bool same(const struct hm_verity *a, const struct hm_verity *b)
{
	return a->data_blocks == b->data_blocks && a->salt_len == b->salt_len &&
	       memcmp(a->salt, b->salt, sizeof(a->salt)) == 0 && a->hash_off == b->hash_off &&
	       a->data_block_len == b->data_block_len && a->hash_block_len == b->hash_block_len;
}

/*
 * Every flipped bit is refused, or changes what is measured, or is in the UUID. What is measured
 * changes only with the data-block count, the salt and its length.
 */
static void every_bit_flipped(void **state)
{
	uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];
	size_t refused = 0, measured = 0, ignored = 0;
	struct hm_verity want;

	(void)state;
	build(sb);
	assert_ok(decode(sb, DATA_LEN, HASH_LEN, &want));
	for (size_t bit = 0; bit < 8 * sizeof(sb); bit++) {
		size_t off = bit / 8;
		struct hm_verity got;

		sb[off] ^= (uint8_t)(1u << bit % 8);
		if (decode(sb, DATA_LEN, HASH_LEN, &got)) {
			refused++;
		} else if (same(&want, &got)) {
			if (off < S_UUID || off >= S_ALGORITHM)
				fail_msg("flip of bit %zu at %zu is not seen", bit % 8, off);
			ignored++;
		} else {
			assert_true((off >= S_DATA_BLOCKS && off < S_SALT_PAD) || (off >= S_SALT && off < S_SALT + 2));
			measured++;
		}
		sb[off] ^= (uint8_t)(1u << bit % 8);
	}
	print_message("#! superblock flips: %zu refused, %zu change the record, %zu in the UUID\n", refused, measured,
		      ignored);
	assert_int_equal(ignored, 8 * 16);
	assert_true(measured > 0 && refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_superblock),
		cmocka_unit_test(salts),
		cmocka_unit_test(fields),
		cmocka_unit_test(superblock_length),
		cmocka_unit_test(partition_lengths),
		cmocka_unit_test(large),
		cmocka_unit_test(tree_blocks),
		cmocka_unit_test(tree_blocks_64_bit),
		cmocka_unit_test(by_veritysetup),
		cmocka_unit_test(root_of_guids),
		{"g07_g12_table_line", table_line, NULL, NULL, NULL},
		cmocka_unit_test(table_longest),
		cmocka_unit_test(table_refused),
		cmocka_unit_test(every_bit_flipped),
	};

	return cmocka_run_group_tests_name("verity", tests, NULL, NULL);
}
