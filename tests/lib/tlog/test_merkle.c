/* SPDX-License-Identifier: BSD-2-Clause */
/* test_merkle.c - inclusion in the trees that certificate transparency's tests have, at every index and size */
#include "lib/tlog/merkle.h"

#include "tests/support/support.h"

#include <string.h>

/*
 * The eight entries and the roots of the first 1 to 8 of them: the reference data of RFC 6962's authors
 * (google/certificate-transparency, merkletree/merkle_tree_test.cc), which sigsum's, Go's and other people's tests use.
 */
static const char *const entries[] = {
	"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
};
static const char *const roots[] = {
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};
#define COUNT HM_ARRAY_LEN(entries)

typedef uint8_t hash[HM_SHA256_LEN];
static hash leaves[COUNT];

static int make_leaves(void **state)
{
	uint8_t bytes[16];

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		size_t len = strlen(entries[i]) / 2;
		struct hm_bytes entry = hm_bytes_of(bytes, len);

		if (!hm_parse_hex(hm_bytes_of_text(entries[i]), bytes, len) || !hm_tlog_leaf_hash(&entry, 1, leaves[i]))
			return -1;
	}
	return 0;
}

static size_t split(size_t count)
{
	size_t k = 1;

	while (2 * k < count)
		k *= 2;
	return k;
}

/* MTH of RFC 6962, 2.1, as it stands there. */
static void tree_hash(const hash *leaf, size_t count, hash ret)
{
	static const uint8_t one = 1;
	hash left, right;
	const struct hm_bytes parts[] = {hm_bytes_of(&one, 1), hm_bytes_of(left, sizeof(left)),
					 hm_bytes_of(right, sizeof(right))};

	if (count == 1) {
		memcpy(ret, leaf, sizeof(hash));
		return;
	}
	tree_hash(leaf, split(count), left);
	tree_hash(leaf + split(count), count - split(count), right);
	assert_true(hm_sha256(parts, HM_ARRAY_LEN(parts), ret));
}

/* PATH of RFC 6962, 2.1.1, as it stands there. */
static void make_path(const hash *leaf, size_t count, size_t index, struct hm_tlog_path *ret)
{
	size_t k = split(count);

	if (count == 1)
		return;
	if (index < k) {
		make_path(leaf, k, index, ret);
		tree_hash(leaf + k, count - k, ret->hash[ret->count++]);
	} else {
		make_path(leaf + k, count - k, index - k, ret);
		tree_hash(leaf, k, ret->hash[ret->count++]);
	}
}

static void path_of(size_t size, size_t index, struct hm_tlog_path *ret)
{
	*ret = (struct hm_tlog_path){.index = index, .size = size};
	assert_true(hm_parse_hex(hm_bytes_of_text(roots[size - 1]), ret->root, sizeof(ret->root)));
	make_path(leaves, size, index, ret);
}

static void test_every_entry(void **state)
{
	struct hm_error error = {0};
	struct hm_tlog_path path;

	(void)state;
	for (size_t size = 1; size <= COUNT; size++) {
		for (size_t index = 0; index < size; index++) {
			path_of(size, index, &path);
			assert_true(hm_tlog_included(leaves[index], &path, &error));
			for (size_t other = 0; other < COUNT; other++) {
				if (other != index)
					assert_false(hm_tlog_included(leaves[other], &path, &error));
			}
		}
	}
}

static void test_another_place(void **state)
{
	struct hm_error error = {0};
	struct hm_tlog_path path;

	(void)state;
	for (size_t size = 1; size <= COUNT; size++) {
		for (size_t index = 0; index < size; index++) {
			path_of(size, index, &path);
			for (uint64_t other = 0; other < 2 * COUNT; other++) {
				path.index = other;
				assert_int_equal(hm_tlog_included(leaves[index], &path, &error), other == index);
			}
		}
	}
}

static void test_c10_path_changed(void **state)
{
	struct hm_error error = {0};
	struct hm_tlog_path path;

	(void)state;
	path_of(7, 2, &path);
	assert_int_equal(path.count, 3);
	for (size_t bit = 0; bit < 8 * sizeof(hash) * path.count; bit++) {
		path.hash[bit / 256][bit % 256 / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(hm_tlog_included(leaves[2], &path, &error));
		path.hash[bit / 256][bit % 256 / 8] ^= (uint8_t)(1u << bit % 8);
	}
	path.count = 2;
	assert_false(hm_tlog_included(leaves[2], &path, &error));
	assert_string_equal(error.text, "the path has 2 hashes where 3 are due");
	path.count = 4;
	assert_false(hm_tlog_included(leaves[2], &path, &error));
	assert_string_equal(error.text, "the path has 4 hashes where 3 are due");
	path.count = 3;
	path.index = 7;
	assert_false(hm_tlog_included(leaves[2], &path, &error));
	assert_string_equal(error.text, "the entry's index is not below the size of the tree");
	path.size = 0;
	path.index = 0;
	assert_false(hm_tlog_included(leaves[2], &path, &error));
	assert_string_equal(error.text, "the entry's index is not below the size of the tree");
	assert_true(path.size <= HM_TLOG_SIZE_MAX);
	path.size = HM_TLOG_SIZE_MAX + 1;
	assert_false(hm_tlog_included(leaves[2], &path, &error));
	assert_string_equal(error.text, "the entry's index is not below the size of the tree");
	/* The greatest tree: its first entry has 63 hashes. */
	path.size = HM_TLOG_SIZE_MAX;
	path.count = 62;
	assert_false(hm_tlog_included(leaves[2], &path, &error));
	assert_string_equal(error.text, "the path has 62 hashes where 63 are due");
}

/* A node's two children are no entry: RFC 6962 has the prefixes for that. */
static void test_c06_node_is_no_leaf(void **state)
{
	struct hm_tlog_path path = {.index = 0, .size = 1};
	struct hm_error error = {0};
	const struct hm_bytes children[] = {hm_bytes_of(leaves[0], sizeof(hash)), hm_bytes_of(leaves[1], sizeof(hash))};
	hash leaf;

	(void)state;
	assert_true(hm_parse_hex(hm_bytes_of_text(roots[1]), path.root, sizeof(path.root)));
	assert_true(hm_tlog_leaf_hash(children, HM_ARRAY_LEN(children), leaf));
	assert_false(hm_tlog_included(leaf, &path, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_entry),
		cmocka_unit_test(test_another_place),
		cmocka_unit_test(test_c10_path_changed),
		cmocka_unit_test(test_c06_node_is_no_leaf),
	};

	return cmocka_run_group_tests(tests, make_leaves, NULL);
}
