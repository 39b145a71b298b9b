/* SPDX-License-Identifier: BSD-2-Clause */
/* test_part.c - parts of hash trees: which blocks, their header, and what is refused */
#include "host/verity/part.h"

#include "tests/host/verity/trees.h"

#include <string.h>

static void part_words(void **state)
{
	static const char *const bad[] = {"",	    "/",    "1",    "1/",    "/1",   "0/1", "2/1",
					  "1/4097", "01/2", "1/2/", "1/2/3", "+1/2", "1/ 2"};
	struct hm_tree_part part = {.index = 77};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++) {
		if (hm_tree_part_parse(bad[i], &part))
			fail_msg("'%s'", bad[i]);
	}
	assert_int_equal(part.index, 77);
	assert_true(hm_tree_part_parse("4096/4096", &part));
	assert_int_equal(part.index, 4096);
	assert_int_equal(part.count, 4096);
}

/* They meet, they leave nothing out, and they begin where a leaf block does. */
static void part_ranges(void **state)
{
	static const uint64_t blocks[] = {
		1, 2, 16, 17, 128, 129, 1000, 16385, UINT64_C(1) << 32, (UINT64_C(1) << 51) - 1};
	static const uint32_t counts[] = {1, 2, 3, 7, 16, 100, 4096};

	(void)state;
	for (size_t i = 0; ROW(i, blocks); i++) {
		for (size_t j = 0; ROW(j, counts); j++) {
			struct hm_tree_part part = {.params = params_of(4096, i % 2 ? 512 : 4096, blocks[i]),
						    .count = counts[j]};
			struct hm_tree_layout layout = layout_of(&part.params);
			uint64_t next = 0;

			for (part.index = 1; part.index <= part.count; part.index++) {
				hm_tree_part_range(&part, &layout);
				assert_int_equal(part.first_block, next);
				assert_int_equal(part.first_block & ((UINT64_C(1) << layout.digest_bits) - 1), 0);
				next += part.block_count;
			}
			assert_int_equal(next, blocks[i]);
			/* The last one is never empty. */
			assert_true(part.block_count > 0);
		}
	}
}

static struct hm_tree_part good_part(void)
{
	struct hm_tree_part part = {.params = params_of(4096, 4096, 1000), .index = 2, .count = 3};
	struct hm_tree_layout layout = layout_of(&part.params);

	part.params.salt_len = 3;
	memcpy(part.params.salt, "\x01\x02\x03", 3);
	memset(part.params.uuid, 0x11, sizeof(part.params.uuid));
	memset(part.fingerprint, 0x22, sizeof(part.fingerprint));
	hm_tree_part_range(&part, &layout);
	return part;
}

static void part_header(void **state)
{
	struct hm_tree_part part = good_part(), back;
	struct hm_tree_layout layout;
	uint8_t header[HM_TREE_PART_DIGEST_OFF];
	struct hm_error error = {0};

	(void)state;
	hm_tree_part_encode(&part, header);
	/* docs/FORMATS.md, section 13. */
	assert_hex(hm_bytes_of(header, 80), "68616c6c6d61726b2d706172742f3100"
					    "0010000000100000e803000000000000"
					    "02000000030000000001000000000000"
					    "80010000000000000300010000000000"
					    "11111111111111111111111111111111");
	assert_int_equal(header[80], 0x22);
	assert_hex(hm_bytes_of(header + 111, 6), "220102030000");
	assert_true(hm_tree_part_decode(hm_bytes_of(header, sizeof(header)), &back, &layout, &error));
	assert_int_equal(back.first_block, 256);
	assert_int_equal(back.block_count, 384);
	assert_int_equal(layout.levels, 2);
	assert_memory_equal(&back, &part, sizeof(part));
}

/* Fingerprint, UUID, salt and the choice of a superblock are free; everything else has one value here. */
static void part_refused(void **state)
{
	struct hm_tree_part part = good_part(), back, before;
	struct hm_tree_layout layout;
	uint8_t header[HM_TREE_PART_DIGEST_OFF];
	struct hm_error error = {0};

	(void)state;
	memset(&back, 0x5a, sizeof(back));
	memcpy(&before, &back, sizeof(before));
	for (size_t i = 0; i < sizeof(header); i++) {
		if ((i >= 64 && i < 115) || i == 58)
			continue;
		hm_tree_part_encode(&part, header);
		/* A longer salt, of which the last bytes are zeros, is a good one: make it shorter. */
		header[i] = i == 56 ? 2 : header[i] ^ 0x80;
		if (hm_tree_part_decode(hm_bytes_of(header, sizeof(header)), &back, &layout, &error))
			fail_msg("byte %zu", i);
		assert_memory_equal(&back, &before, sizeof(back));
	}
	hm_tree_part_encode(&part, header);
	header[58] = 2;
	assert_false(hm_tree_part_decode(hm_bytes_of(header, sizeof(header)), &back, &layout, &error));
	hm_tree_part_encode(&part, header);
	assert_false(hm_tree_part_decode(hm_bytes_of(header, sizeof(header) - 1), &back, &layout, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(part_words),
		cmocka_unit_test(part_ranges),
		cmocka_unit_test(part_header),
		cmocka_unit_test(part_refused),
	};

	return cmocka_run_group_tests_name("part", tests, NULL, NULL);
}
