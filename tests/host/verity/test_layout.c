/* SPDX-License-Identifier: BSD-2-Clause */
/* test_layout.c - hash trees: layout, superblock, defaults of a layer, parts, and trees of known data */
#include "lib/base/error.h"
#include "host/verity/layout.h"

#include "host/verity/build.h"
#include "host/verity/part.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct hm_tree_params params_of(uint32_t data_block_len, uint32_t hash_block_len, uint64_t data_blocks)
{
	return (struct hm_tree_params){.data_block_len = data_block_len,
				       .hash_block_len = hash_block_len,
				       .data_blocks = data_blocks,
				       .superblock = true};
}

static struct hm_tree_layout layout_of(const struct hm_tree_params *params)
{
	struct hm_tree_layout layout;
	struct hm_error error = {0};

	if (!hm_tree_layout(params, &layout, &error))
		fail_msg("%s", error.text);
	return layout;
}

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
	for (size_t i = 0; i < HM_ARRAY_LEN(known); i++) {
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
	for (size_t i = 0; i < HM_ARRAY_LEN(blocks); i++) {
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
	for (size_t i = 0; i < HM_ARRAY_LEN(sizes); i++) {
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
	for (size_t i = 0; i < HM_ARRAY_LEN(known); i++) {
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
	for (size_t i = 0; i < HM_ARRAY_LEN(ends); i++)
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

static void part_words(void **state)
{
	static const char *const bad[] = {"",	    "/",    "1",    "1/",    "/1",   "0/1", "2/1",
					  "1/4097", "01/2", "1/2/", "1/2/3", "+1/2", "1/ 2"};
	struct hm_tree_part part = {.index = 77};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(bad); i++) {
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
	for (size_t i = 0; i < HM_ARRAY_LEN(blocks); i++) {
		for (size_t j = 0; j < HM_ARRAY_LEN(counts); j++) {
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

/* --- the builder, with a source in memory ----------------------------------------------------------------- */

struct memory {
	uint8_t *tree;
	uint64_t len;
	uint64_t order_len;
	uint64_t fail_block;	 /* UINT64_MAX: none; and the one 5000 after it */
	unsigned int wait_ms[2]; /* before the one and the other, so that both are on the way */
};

/* Digest i is made of i, so that an exchange is seen. */
static bool memory_digests(void *ctx, unsigned int thread, uint64_t first, size_t count, uint8_t *ret,
			   struct hm_fault *fault)
{
	const struct memory *m = ctx;

	(void)thread;
	for (size_t i = 0; i < count; i++) {
		uint64_t index = first + i;

		bool second = m->fail_block != UINT64_MAX && index == m->fail_block + 5000;

		if (index == m->fail_block || second) {
			usleep(m->wait_ms[second] * 1000);
			return hm_fault_set(fault, HM_EXIT_RUN, "block", "%u", (unsigned int)index);
		}
		memset(ret + i * HM_TREE_DIGEST_LEN, 0, HM_TREE_DIGEST_LEN);
		for (unsigned int b = 0; b < 8; b++)
			ret[i * HM_TREE_DIGEST_LEN + b] = (uint8_t)(index >> (8 * b));
	}
	return true;
}

static bool memory_put(void *ctx, unsigned int thread, unsigned int level, uint64_t off, const uint8_t *p, size_t len,
		       struct hm_fault *fault)
{
	const struct memory *m = ctx;

	(void)thread;
	(void)level;
	if (off > m->len || len > m->len - off)
		return hm_fault_set(fault, HM_EXIT_RUN, "memory", "beyond the end");
	for (size_t i = 0; i < len; i++)
		m->tree[off + i] = (uint8_t)(m->tree[off + i] + p[i]);
	return true;
}

static bool memory_in_order(void *ctx, const uint8_t *p, size_t len, struct hm_fault *fault)
{
	struct memory *m = ctx;
	uint64_t index = m->order_len / HM_TREE_DIGEST_LEN;

	for (unsigned int b = 0; b < 8; b++) {
		if (p[b] != (uint8_t)(index >> (8 * b)))
			return hm_fault_set(fault, HM_EXIT_RUN, "order", "lost");
	}
	m->order_len += len;
	return true;
}

/* The tree by the book: level by level, from what was written. */
static void assert_tree(const struct hm_tree_params *p, const struct hm_tree_layout *l, const uint8_t *tree,
			const uint8_t root[HM_TREE_DIGEST_LEN])
{
	const struct hm_sha256_kernel *reference = hm_sha256_kernel_find("openssl");
	uint8_t digest[HM_TREE_DIGEST_LEN];

	for (unsigned int level = 0; level < l->levels; level++) {
		for (uint64_t i = 0; i < l->level_blocks[level]; i++) {
			const uint8_t *up = root;

			if (level + 1 < l->levels)
				up = tree + l->level_off[level + 1] + i * HM_TREE_DIGEST_LEN;
			assert_true(hm_tree_hash(p, reference, tree + l->level_off[level] + i * p->hash_block_len,
						 p->hash_block_len, 1, digest));
			assert_memory_equal(digest, up, sizeof(digest));
		}
	}
}

static bool build_in_memory(struct memory *m, const struct hm_tree_params *p, const struct hm_tree_layout *l,
			    unsigned int threads, uint8_t root[HM_TREE_DIGEST_LEN], struct hm_fault *fault)
{
	const struct hm_tree_run run = {.params = p,
					.layout = l,
					.kernel = hm_sha256_kernel_best(),
					.threads = threads,
					.what = "test",
					.source = {.ctx = m, .digests = memory_digests},
					.sink = {.ctx = m, .put = memory_put, .in_order = memory_in_order},
					.block_count = p->data_blocks};

	m->order_len = 0;
	memset(m->tree, 0, m->len);
	return hm_tree_build(&run, root, fault);
}

static void build_known(void **state)
{
	static const uint64_t blocks[] = {1, 2, 1023, 1024, 1025, 8192, 8193, 40000, 300001};
	static const uint32_t sizes[][2] = {{4096, 4096}, {512, 512}, {512, 4096}, {4096, 512}, {1024, 2048}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(blocks) * HM_ARRAY_LEN(sizes); i++) {
		struct hm_tree_params p = params_of(sizes[i % HM_ARRAY_LEN(sizes)][0],
						    sizes[i % HM_ARRAY_LEN(sizes)][1], blocks[i / HM_ARRAY_LEN(sizes)]);
		struct hm_tree_layout l = layout_of(&p);
		struct memory m = {.len = l.end, .fail_block = UINT64_MAX};
		uint8_t root[HM_TREE_DIGEST_LEN] = {0};
		struct hm_fault fault;

		p.salt_len = (uint16_t)(i % 100);
		m.tree = test_malloc(l.end);
		assert_true(build_in_memory(&m, &p, &l, (unsigned int)i % 5 + 1, root, &fault));
		assert_int_equal(m.order_len, p.data_blocks * HM_TREE_DIGEST_LEN);
		assert_tree(&p, &l, m.tree, root);
		/* Nothing before the tree. */
		assert_true(hm_bytes_is_zero(hm_bytes_of(m.tree, (size_t)l.tree_off)));
		test_free(m.tree);
	}
}

/* Of two failures the lower block's is told, whichever thread is faster; and the root stays as it was. */
static void build_first_fault(void **state)
{
	struct hm_tree_params p = params_of(4096, 4096, 40000);
	struct hm_tree_layout l = layout_of(&p);
	struct memory m = {.len = l.end};

	(void)state;
	m.tree = test_malloc(l.end);
	for (unsigned int threads = 1; threads < 12; threads++) {
		uint8_t root[HM_TREE_DIGEST_LEN] = {0x5a};
		struct hm_fault fault;

		m.fail_block = 3000 * threads;
		m.wait_ms[threads % 2] = 5;
		m.wait_ms[!(threads % 2)] = 30;
		assert_false(build_in_memory(&m, &p, &l, threads, root, &fault));
		assert_int_equal(fault.status, HM_EXIT_RUN);
		assert_int_equal(atoi(fault.why), m.fail_block);
		assert_int_equal(root[0], 0x5a);
	}
	test_free(m.tree);
}

/* veritysetup has no root hash for no data either; a part may be empty. */
static void build_nothing(void **state)
{
	struct hm_tree_params p = params_of(4096, 4096, 1);
	struct hm_tree_layout l = layout_of(&p);
	struct memory m = {.len = l.end, .fail_block = UINT64_MAX};
	uint8_t root[HM_TREE_DIGEST_LEN] = {0x5a};
	struct hm_fault fault;
	struct hm_tree_run part = {.params = &p,
				   .layout = &l,
				   .kernel = hm_sha256_kernel_best(),
				   .threads = 2,
				   .what = "test",
				   .source = {.ctx = &m, .digests = memory_digests},
				   .leaves_only = true};

	(void)state;
	m.tree = test_malloc(l.end);
	p.data_blocks = 0;
	assert_false(build_in_memory(&m, &p, &l, 2, root, &fault));
	assert_int_equal(fault.status, HM_EXIT_INPUT);
	assert_string_equal(fault.why, "there is no data block");
	assert_int_equal(root[0], 0x5a);
	assert_true(hm_tree_build(&part, root, &fault));
	assert_int_equal(root[0], 0x5a);
	test_free(m.tree);
}

/* veritysetup: 3 blocks of "a", "b", "c" repeated, salt 5a17. */
static void build_veritysetup(void **state)
{
	struct hm_tree_params p = params_of(4096, 4096, 3);
	struct hm_tree_layout l = layout_of(&p);
	uint8_t data[3 * 4096], digests[4096] = {0}, root[HM_TREE_DIGEST_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)('a' + i / 4096);
	p.salt_len = 2;
	memcpy(p.salt, "\x5a\x17", 2);
	for (size_t i = 0; hm_sha256_kernels[i]; i++) {
		if (!hm_sha256_kernels[i]->supported())
			continue;
		assert_true(hm_tree_hash(&p, hm_sha256_kernels[i], data, 4096, 3, digests));
		assert_true(hm_tree_hash(&p, hm_sha256_kernels[i], digests, 4096, 1, root));
		assert_hex(hm_bytes_of(root, sizeof(root)),
			   "e673c48c702f0d8c34f355739018462178b79e16dcd37db162f54f9dd308b913");
	}
	assert_int_equal(l.end, 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_known),		cmocka_unit_test(layout_as_core),
		cmocka_unit_test(layout_levels_meet),	cmocka_unit_test(layout_refused),
		cmocka_unit_test(appended_known),	cmocka_unit_test(appended_nowhere),
		cmocka_unit_test(superblock_both_ways), cmocka_unit_test(superblock_refused),
		cmocka_unit_test(defaults_of_a_layer),	cmocka_unit_test(words),
		cmocka_unit_test(part_words),		cmocka_unit_test(part_ranges),
		cmocka_unit_test(part_header),		cmocka_unit_test(part_refused),
		cmocka_unit_test(build_known),		cmocka_unit_test(build_first_fault),
		cmocka_unit_test(build_nothing),	cmocka_unit_test(build_veritysetup),
	};

	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
