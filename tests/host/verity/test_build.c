/* SPDX-License-Identifier: BSD-2-Clause */
/* test_build.c - the builder of hash trees, with a source in memory: trees of known data, and what fails */
#include "host/verity/build.h"

#include "tests/host/verity/trees.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct memory {
	uint8_t *tree;
	uint64_t len;
	uint64_t order_len;
	uint64_t fail_block;	 /* UINT64_MAX: none; and the one 5000 after it */
	unsigned int wait_ms[2]; /* before the one and the other, so that both are on the way */
};

/* Digest i is made of i, so that an exchange is seen. */
static bool memory_digests(void *ctx, unsigned int thread, uint64_t first, size_t count, uint8_t *ret,
			   struct hm_error *error)
{
	const struct memory *m = ctx;

	(void)thread;
	for (size_t i = 0; i < count; i++) {
		uint64_t index = first + i;

		bool second = m->fail_block != UINT64_MAX && index == m->fail_block + 5000;

		if (index == m->fail_block || second) {
			usleep(m->wait_ms[second] * 1000);
			return hm_error_of(error, HM_ERROR_RUN, "block", "%u", (unsigned int)index);
		}
		memset(ret + i * HM_TREE_DIGEST_LEN, 0, HM_TREE_DIGEST_LEN);
		for (unsigned int b = 0; b < 8; b++)
			ret[i * HM_TREE_DIGEST_LEN + b] = (uint8_t)(index >> (8 * b));
	}
	return true;
}

static bool memory_put(void *ctx, unsigned int thread, unsigned int level, uint64_t off, const uint8_t *p, size_t len,
		       struct hm_error *error)
{
	const struct memory *m = ctx;

	(void)thread;
	(void)level;
	if (off > m->len || len > m->len - off)
		return hm_error_of(error, HM_ERROR_RUN, "memory", "beyond the end");
	for (size_t i = 0; i < len; i++)
		m->tree[off + i] = (uint8_t)(m->tree[off + i] + p[i]);
	return true;
}

static bool memory_in_order(void *ctx, const uint8_t *p, size_t len, struct hm_error *error)
{
	struct memory *m = ctx;
	uint64_t index = m->order_len / HM_TREE_DIGEST_LEN;

	for (unsigned int b = 0; b < 8; b++) {
		if (p[b] != (uint8_t)(index >> (8 * b)))
			return hm_error_of(error, HM_ERROR_RUN, "order", "lost");
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
			    unsigned int threads, uint8_t root[HM_TREE_DIGEST_LEN], struct hm_error *error)
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
	return hm_tree_build(&run, root, error);
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
		struct hm_error error = {0};

		p.salt_len = (uint16_t)(i % 100);
		m.tree = test_malloc(l.end);
		assert_true(build_in_memory(&m, &p, &l, (unsigned int)i % 5 + 1, root, &error));
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
		struct hm_error error = {0};

		m.fail_block = 3000 * threads;
		m.wait_ms[threads % 2] = 5;
		m.wait_ms[!(threads % 2)] = 30;
		assert_false(build_in_memory(&m, &p, &l, threads, root, &error));
		assert_int_equal(error.kind, HM_ERROR_RUN);
		assert_int_equal(atoi(error.text), m.fail_block);
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
	struct hm_error error = {0};
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
	assert_false(build_in_memory(&m, &p, &l, 2, root, &error));
	assert_int_equal(error.kind, HM_ERROR_INPUT);
	assert_string_equal(error.text, "there is no data block");
	assert_int_equal(root[0], 0x5a);
	assert_true(hm_tree_build(&part, root, &error));
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
		cmocka_unit_test(build_known),
		cmocka_unit_test(build_first_fault),
		cmocka_unit_test(build_nothing),
		cmocka_unit_test(build_veritysetup),
	};

	return cmocka_run_group_tests_name("build", tests, NULL, NULL);
}
