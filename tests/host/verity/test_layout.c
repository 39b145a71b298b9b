/* SPDX-License-Identifier: BSD-2-Clause */
/* test_layout.c - hash trees: layout, superblock, defaults of a layer */
#include "lib/base/error.h"
#include "host/verity/layout.h"

#include "tests/host/verity/trees.h"

#include <string.h>

/* Lengths of the files that veritysetup 2.6.1 wrote. */
static void layout_known(void **state)
{
	static const struct {
		uint32_t data_block_len, hash_block_len;
		uint64_t data_blocks, hash_off;
		bool bare;
		unsigned int levels;
		uint64_t end;
	} known[] = {
		{4096, 4096, 1, 0, false, 0, 4096},
		{4096, 4096, 2, 0, false, 1, 8192},
		{4096, 4096, 128, 0, false, 1, 8192},
		{4096, 4096, 129, 0, false, 2, 4096 + 3 * 4096},
		{512, 512, 1, 0, false, 0, 512},
		{512, 512, 1, 0, true, 0, 0},
		{512, 512, 2, 0, false, 1, 1024},
		{512, 512, 16, 0, false, 1, 1024},
		{512, 512, 17, 0, false, 2, 2048},
		{512, 512, 40, 0, false, 2, 2560},
		{512, 1024, 2, 0, false, 1, 2048},
		{4096, 512, 100, 0, false, 2, 4608},
		{4096, 512, 100, 0, true, 2, 4096},
		{4096, 1024, 1, 0, false, 0, 1024},
		{512, 4096, 2048, 512, false, 2, 4096 + 17 * 4096},
		{512, 512, 2048, 1048576, false, 3, 1119232},
		{4096, 4096, 16384, 0, false, 2, 4096 + 129 * 4096},
		{4096, 4096, 16385, 0, false, 3, 4096 + 132 * 4096},
		{4096, 4096, 256, 3221225472, false, 2, 3221241856},
	};

	(void)state;
	for (size_t i = 0; ROW(i, known); i++) {
		struct hm_tree_params p =
			params_of(known[i].data_block_len, known[i].hash_block_len, known[i].data_blocks);
		struct hm_tree_layout l;

		p.hash_off = known[i].hash_off;
		p.superblock = !known[i].bare;
		l = layout_of(&p);
		assert_int_equal(l.levels, known[i].levels);
		assert_int_equal(l.end, known[i].end);
		assert_int_equal(l.data_len, known[i].data_blocks * known[i].data_block_len);
	}
}

/* core/verity counts the same blocks, for what may boot. */
static void layout_as_core(void **state)
{
	static const uint64_t blocks[] = {1,
					  2,
					  127,
					  128,
					  129,
					  16383,
					  16384,
					  16385,
					  2097152,
					  2097153,
					  UINT64_C(1) << 32,
					  (UINT64_C(1) << 32) + 1,
					  UINT64_C(5) << 28};

	(void)state;
	for (size_t i = 0; ROW(i, blocks); i++) {
		struct hm_tree_params p = params_of(4096, 4096, blocks[i]);

		assert_int_equal((layout_of(&p).end - 4096) / 4096, hm_verity_tree_blocks(blocks[i]));
	}
}

static void layout_levels_meet(void **state)
{
	struct hm_tree_params p = params_of(512, 512, UINT64_C(1) << 50);
	struct hm_tree_layout l = layout_of(&p);

	(void)state;
	assert_int_equal(l.level_off[l.levels - 1], l.tree_off);
	assert_int_equal(l.level_blocks[l.levels - 1], 1);
	for (unsigned int i = 1; i < l.levels; i++)
		assert_int_equal(l.level_off[i] + l.level_blocks[i] * 512, l.level_off[i - 1]);
	assert_int_equal(l.level_off[0] + l.level_blocks[0] * 512, l.end);
}

static void assert_no_layout(const struct hm_tree_params *p, const char *reason)
{
	struct hm_tree_layout layout, before;
	struct hm_error error = {0};

	memset(&layout, 0x5a, sizeof(layout));
	memcpy(&before, &layout, sizeof(before));
	assert_false(hm_tree_layout(p, &layout, &error));
	if (!strstr(error.text, reason))
		fail_msg("'%s' is not '%s'", error.text, reason);
	assert_memory_equal(&layout, &before, sizeof(before));
}

static void layout_refused(void **state)
{
	static const uint32_t sizes[] = {0, 1, 256, 513, 1000, 3072, 8192, 65536, UINT32_C(0x80000000)};
	struct hm_tree_params p;

	(void)state;
	for (size_t i = 0; ROW(i, sizes); i++) {
		p = params_of(sizes[i], 4096, 1);
		assert_no_layout(&p, "block sizes");
		p = params_of(4096, sizes[i], 1);
		assert_no_layout(&p, "block sizes");
	}
	p = params_of(4096, 4096, 0);
	assert_no_layout(&p, "no data block");
	p = params_of(4096, 4096, UINT64_C(1) << 51);
	assert_no_layout(&p, "too many");
	p = params_of(512, 4096, UINT64_MAX);
	assert_no_layout(&p, "too many");
	p = params_of(4096, 4096, 1);
	p.salt_len = 257;
	assert_no_layout(&p, "salt");
	p = params_of(4096, 4096, 1);
	p.hash_off = 511;
	assert_no_layout(&p, "multiple of 512");
	p.hash_off = UINT64_MAX - 511;
	assert_no_layout(&p, "too large");
	p.hash_off = 512;
	p.superblock = false;
	assert_no_layout(&p, "multiple of the hash block");
	p = params_of(512, 512, INT64_MAX / 512);
	p.hash_off = (UINT64_C(1) << 62) + (UINT64_C(1) << 61);
	layout_of(&p);
	p.hash_off = INT64_MAX / 4096 * 4096 - 8192;
	assert_no_layout(&p, "too large");
}

/* The file's length is the data's, up to the next hash block, and what veritysetup 2.6.1 wrote (layout_known). */
static void appended_known(void **state)
{
	static const struct {
		uint32_t data_block_len, hash_block_len;
		uint64_t hash_off, tree_len;
	} known[] = {
		{4096, 4096, 4096, 4096},
		{4096, 4096, 128 * 4096, 8192},
		{4096, 4096, 129 * 4096, 4 * 4096},
		{4096, 4096, 16384 * 4096, 130 * 4096},
		{4096, 4096, 16385 * 4096, 133 * 4096},
		{512, 512, 512, 512},
		{512, 512, 17 * 512, 2048},
		{512, 512, 40 * 512, 2560},
		{512, 1024, 1024, 2048},
		{4096, 512, 100 * 4096, 4608},
		{4096, 1024, 4096, 1024},
	};
	uint64_t off;

	(void)state;
	for (size_t i = 0; ROW(i, known); i++) {
		off = 0;
		assert_true(hm_tree_appended_at(known[i].data_block_len, known[i].hash_block_len,
						known[i].hash_off + known[i].tree_len, &off));
		assert_int_equal(off, known[i].hash_off);
	}
}

/* 128 blocks need one hash block, 129 need three: two lengths between them are nobody's. */
static void appended_nowhere(void **state)
{
	static const uint64_t ends[] = {
		0, 1, 512, 4096, 8191, 8193, 131 * 4096, 132 * 4096, 133 * 4096 - 1, INT64_MAX, UINT64_MAX};
	uint64_t off = 77;

	(void)state;
	for (size_t i = 0; ROW(i, ends); i++)
		assert_false(hm_tree_appended_at(4096, 4096, ends[i], &off));
	assert_int_equal(off, 77);
	assert_true(hm_tree_appended_at(4096, 4096, 130 * 4096, &off));
	assert_true(hm_tree_appended_at(4096, 4096, 133 * 4096, &off));
}

/* `veritysetup format --salt 00ff --uuid 11111111-2222-3333-4444-555555555555` of 300 blocks, as in test_verity.c. */
static const uint8_t superblock_start[] = {
	0x76, 0x65, 0x72, 0x69, 0x74, 0x79, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x11, 0x11, 0x11, 0x11, 0x22, 0x22, 0x33, 0x33, 0x44, 0x44,
	0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x73, 0x68, 0x61, 0x32, 0x35, 0x36,
};
static const uint8_t superblock_numbers[] = {
	0x00, 0x10, 0x00, 0x00, 0x00, 0x10, 0x00, 0x00, 0x2c, 0x01, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff,
};

static void known_superblock(uint8_t ret[HM_VERITY_SUPERBLOCK_LEN])
{
	memset(ret, 0, HM_VERITY_SUPERBLOCK_LEN);
	memcpy(ret, superblock_start, sizeof(superblock_start));
	memcpy(ret + 64, superblock_numbers, sizeof(superblock_numbers));
}

static void superblock_both_ways(void **state)
{
	uint8_t want[HM_VERITY_SUPERBLOCK_LEN], got[HM_VERITY_SUPERBLOCK_LEN];
	struct hm_tree_params p = params_of(4096, 4096, 300), back = {.hash_off = 7};
	struct hm_error error = {0};

	(void)state;
	known_superblock(want);
	p.salt_len = 2;
	p.salt[1] = 0xff;
	/* Not part of the salt: must not be written. */
	p.salt[2] = 0x77;
	assert_true(hm_tree_uuid_parse("11111111-2222-3333-4444-555555555555", p.uuid));
	hm_tree_superblock_encode(&p, got);
	assert_memory_equal(got, want, sizeof(want));
	assert_true(hm_tree_superblock_decode(hm_bytes_of(want, sizeof(want)), &back, &error));
	assert_int_equal(back.data_block_len, 4096);
	assert_int_equal(back.hash_block_len, 4096);
	assert_int_equal(back.data_blocks, 300);
	assert_int_equal(back.salt_len, 2);
	assert_int_equal(back.salt[1], 0xff);
	assert_int_equal(back.hash_off, 7);
	assert_true(back.superblock);
	assert_memory_equal(back.uuid, p.uuid, sizeof(p.uuid));
}

/* Each byte but the UUID, the sizes and the salt has one value. */
static void superblock_refused(void **state)
{
	struct hm_tree_params back, before;
	struct hm_error error = {0};

	(void)state;
	memset(&back, 0x5a, sizeof(back));
	memcpy(&before, &back, sizeof(before));
	for (size_t i = 0; i < HM_VERITY_SUPERBLOCK_LEN; i++) {
		uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];

		if ((i >= 16 && i < 32) || (i >= 64 && i < 80) || i == 88 || i == 89)
			continue;
		known_superblock(sb);
		/* A salt of 3 bytes, of which the last is zero, is a good one: make it shorter, not longer. */
		sb[i] = i == 80 ? 1 : sb[i] ^ 0x80;
		if (hm_tree_superblock_decode(hm_bytes_of(sb, sizeof(sb)), &back, &error))
			fail_msg("byte %zu", i);
		assert_memory_equal(&back, &before, sizeof(back));
	}
	for (size_t len = 0; len < HM_VERITY_SUPERBLOCK_LEN; len += 73) {
		uint8_t sb[HM_VERITY_SUPERBLOCK_LEN];

		known_superblock(sb);
		assert_false(hm_tree_superblock_decode(hm_bytes_of(sb, len), &back, &error));
	}
}

/* printf 'hallmark-salt/1 root 0.1.0' | sha256sum; hm_uuid 'hallmark-verity/1 root 0.1.0' of image/lib.sh */
static void defaults_of_a_layer(void **state)
{
	uint8_t salt[HM_TREE_DIGEST_LEN], uuid[HM_TREE_UUID_LEN];

	(void)state;
	assert_true(hm_tree_default_salt("root", "0.1.0", salt));
	assert_hex(hm_bytes_of(salt, sizeof(salt)), "3f570f9af944e7400a1f450124750d326c1628c5163a2be97218b04eb9913121");
	assert_true(hm_tree_default_uuid("root", "0.1.0", uuid));
	assert_hex(hm_bytes_of(uuid, sizeof(uuid)), "90bfb02f7b2b872e8c656bf67881045e");
}

static void words(void **state)
{
	uint8_t uuid[HM_TREE_UUID_LEN] = {0x5a};
	char version[66];

	(void)state;
	assert_true(hm_tree_uuid_parse("00112233-4455-6677-8899-aAbBcCdDeEfF", uuid));
	assert_hex(hm_bytes_of(uuid, sizeof(uuid)), "00112233445566778899aabbccddeeff");
	assert_false(hm_tree_uuid_parse("00112233-4455-6677-8899-aabbccddeef", uuid));
	assert_false(hm_tree_uuid_parse("00112233-4455-6677-8899-aabbccddeeff0", uuid));
	assert_false(hm_tree_uuid_parse("00112233x4455-6677-8899-aabbccddeeff", uuid));
	assert_false(hm_tree_uuid_parse("g0112233-4455-6677-8899-aabbccddeeff", uuid));
	assert_false(hm_tree_uuid_parse("", uuid));
	assert_hex(hm_bytes_of(uuid, sizeof(uuid)), "00112233445566778899aabbccddeeff");

	memset(version, '1', sizeof(version));
	version[65] = '\0';
	assert_false(hm_tree_version_ok(version));
	version[64] = '\0';
	assert_true(hm_tree_version_ok(version));
	assert_true(hm_tree_version_ok("1.0~rc1+git_5-2"));
	assert_false(hm_tree_version_ok(""));
	assert_false(hm_tree_version_ok("1 0"));
	assert_false(hm_tree_version_ok("1/0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_known),		cmocka_unit_test(layout_as_core),
		cmocka_unit_test(layout_levels_meet),	cmocka_unit_test(layout_refused),
		cmocka_unit_test(appended_known),	cmocka_unit_test(appended_nowhere),
		cmocka_unit_test(superblock_both_ways), cmocka_unit_test(superblock_refused),
		cmocka_unit_test(defaults_of_a_layer),	cmocka_unit_test(words),

	};

	return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
