/* SPDX-License-Identifier: BSD-2-Clause */
/* test_lanes.c - every SHA-256 kernel against published answers and OpenSSL, and the choice of one
 */
#include "host/sha/lanes.h"
#include "host/sha/sha256.h"

#include "tests/support/support.h"

#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MESSAGES_MAX 50u
#define CANARY 0xa5

/* Bytes that end where the address space does: whoever reads behind them dies, in assembly too. */
struct guarded {
	uint8_t *map;
	size_t map_len;
	uint8_t *end;
};

static struct guarded data_area, prefix_area;
static uint8_t *joined; /* prefix and data of one message, for the reference */

static uint8_t byte_at(size_t i)
{
	return (uint8_t)(i * 167 + (i >> 8) * 59 + (i >> 16));
}

static void guarded_init(struct guarded *g, size_t len)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t usable = (len + page - 1) / page * page;

	g->map_len = usable + page;
	g->map = mmap(NULL, g->map_len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(g->map != MAP_FAILED);
	g->end = g->map + usable;
	for (size_t i = 0; i < usable; i++)
		g->map[i] = byte_at(i);
	assert_int_equal(mprotect(g->end, page, PROT_NONE), 0);
}

static int set_up(void **state)
{
	(void)state;
	guarded_init(&data_area, MESSAGES_MAX * 8192 + 1024);
	guarded_init(&prefix_area, HM_SHA256_PREFIX_MAX);
	joined = malloc(1 << 20);
	return joined ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	munmap(data_area.map, data_area.map_len);
	munmap(prefix_area.map, prefix_area.map_len);
	free(joined);
	return 0;
}

static void reference(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t len, uint8_t *ret)
{
	unsigned int ret_len = 0;

	if (prefix_len > 0)
		memcpy(joined, prefix, prefix_len);
	if (len > 0)
		memcpy(joined + prefix_len, p, len);
	assert_int_equal(EVP_Digest(joined, prefix_len + len, ret, &ret_len, EVP_sha256(), NULL), 1);
	assert_int_equal(ret_len, HM_SHA256_LEN);
}

static const struct hm_sha256_kernel *next_kernel(size_t *i)
{
	while (hm_sha256_kernels[*i]) {
		const struct hm_sha256_kernel *kernel = hm_sha256_kernels[(*i)++];

		if (kernel->supported())
			return kernel;
	}
	return NULL;
}

/* The last message ends `shift` bytes before the end of the mapping, so that all alignments occur.
 */
static void compare_shifted(const struct hm_sha256_kernel *kernel, size_t prefix_len, size_t stride, size_t len,
			    size_t count, size_t shift)
{
	const uint8_t *prefix = prefix_len > 0 ? prefix_area.end - prefix_len : NULL;
	const uint8_t *p = data_area.end - shift - len - (count > 0 ? count - 1 : 0) * stride;
	uint8_t got[(MESSAGES_MAX + 1) * HM_SHA256_LEN], want[HM_SHA256_LEN];

	memset(got, CANARY, sizeof(got));
	assert_true(kernel->many(prefix, prefix_len, len > 0 ? p : NULL, stride, len, count, got));
	for (size_t i = 0; i < count; i++) {
		reference(prefix, prefix_len, p + i * stride, len, want);
		if (memcmp(got + i * HM_SHA256_LEN, want, sizeof(want)) != 0)
			fail_msg("%s: message %zu of %zu, prefix %zu, len %zu, stride %zu, shift "
				 "%zu",
				 kernel->name, i, count, prefix_len, len, stride, shift);
	}
	for (size_t i = count * HM_SHA256_LEN; i < sizeof(got); i++)
		assert_int_equal(got[i], CANARY);
}

static void compare(const struct hm_sha256_kernel *kernel, size_t prefix_len, size_t stride, size_t len, size_t count)
{
	compare_shifted(kernel, prefix_len, stride, len, count, 0);
}

/* FIPS 180-2 appendix B and the NIST examples; the last are from RFC 6234, 8.5. */
static const struct {
	const char *message;
	size_t repeat;
	const char *digest;
} known[] = {
	{"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	{"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
	 "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	 1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
	{"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
	{"0123456701234567012345670123456701234567012345670123456701234567", 10,
	 "594847328451bdfa85056225462cc1d867d877fb388df0ce35f25ab5562bfbb5"},
	{"\x19", 1, "68aa2e2ee5dff96e3355e6c7ee373e3d6a4e17f75f9518d843709c0c9bc3e3d4"},
	{"\xe3\xd7\x25\x70\xdc\xdd\x78\x7c\xe3\x88\x7a\xb2\xcd\x68\x46\x52", 1,
	 "175ee69b02ba9b58e2b0a5fd13819cea573f3940a94f825128cf4209beabb4e8"},
};

static void known_answers(void **state)
{
	const struct hm_sha256_kernel *kernel;
	size_t kernels = 0;

	(void)state;
	for (size_t k = 0; (kernel = next_kernel(&k)) != NULL;) {
		for (size_t i = 0; ROW_NAMED(i, known, known[i].message); i++) {
			size_t one = strlen(known[i].message), len = one * known[i].repeat;
			uint8_t *p = malloc(len + 1), got[HM_SHA256_LEN];
			size_t prefix_len = len < 64 ? len / 2 : 64;

			assert_non_null(p);
			for (size_t r = 0; r < known[i].repeat; r++)
				memcpy(p + r * one, known[i].message, one);
			assert_true(kernel->many(NULL, 0, p, len, len, 1, got));
			assert_hex(hm_bytes_of(got, sizeof(got)), known[i].digest);
			assert_true(kernel->many(p, prefix_len, p + prefix_len, 0, len - prefix_len, 1, got));
			assert_hex(hm_bytes_of(got, sizeof(got)), known[i].digest);
			free(p);
		}
		kernels++;
	}
	for (size_t i = 0; hm_sha256_kernels[i]; i++)
		print_message("#! sha256 kernel %s: %s\n", hm_sha256_kernels[i]->name,
			      hm_sha256_kernels[i]->supported() ? "tested" : "NOT TESTED, not here");
	assert_true(kernels >= 1);
}

static void lengths(void **state)
{
	static const size_t prefixes[] = {0, 1, 32, 63, 64, 65, 256};
	static const size_t page[] = {4031, 4032, 4063, 4064, 4095, 4096, 4097, 8192};
	const struct hm_sha256_kernel *kernel;

	(void)state;
	for (size_t k = 0; (kernel = next_kernel(&k)) != NULL;)
		for (size_t i = 0; ROW(i, prefixes); i++) {
			for (size_t len = 0; len <= 200; len++)
				compare(kernel, prefixes[i], len, len, kernel->lanes + 1);
			for (size_t j = 0; ROW(j, page); j++)
				compare(kernel, prefixes[i], page[j], page[j], kernel->lanes + 1);
		}
}

/* Short data too: with a long prefix it may not fill the block that the prefix began. */
static void prefixes(void **state)
{
	static const size_t short_len[] = {0, 1, 31, 32, 33, 55, 56, 63, 64, 65};
	const struct hm_sha256_kernel *kernel;

	(void)state;
	for (size_t k = 0; (kernel = next_kernel(&k)) != NULL;)
		for (size_t len = 0; len <= HM_SHA256_PREFIX_MAX; len++) {
			compare(kernel, len, 4096, 4096, 3);
			for (size_t i = 0; ROW(i, short_len); i++)
				compare(kernel, len, short_len[i], short_len[i], 2);
		}
}

static void counts(void **state)
{
	const struct hm_sha256_kernel *kernel;

	(void)state;
	for (size_t k = 0; (kernel = next_kernel(&k)) != NULL;)
		for (size_t count = 0; count <= MESSAGES_MAX; count++) {
			compare(kernel, 32, 4096, 4096, count);
			compare(kernel, 0, 100, 100, count);
			compare(kernel, 7, 0, 0, count);
		}
}

static void alignments(void **state)
{
	const struct hm_sha256_kernel *kernel;

	(void)state;
	for (size_t k = 0; (kernel = next_kernel(&k)) != NULL;)
		for (size_t shift = 0; shift < 64; shift++) {
			compare_shifted(kernel, 32, 1024, 1024, kernel->lanes + 2, shift);
			compare_shifted(kernel, 0, 1000, 1000, kernel->lanes, shift);
			compare_shifted(kernel, 64, 129, 129, kernel->lanes, shift);
		}
}

/* Gaps, messages that overlap, and one message many times. */
static void strides(void **state)
{
	static const struct {
		size_t stride, len;
	} cases[] = {
		{1, 0},	    {4096, 0},	  {4096, 1},   {4097, 4096}, {8192, 4096}, {5000, 4095},
		{511, 200}, {1000, 1000}, {100, 1000}, {1, 4096},    {64, 128},	   {0, 300},
	};
	const struct hm_sha256_kernel *kernel;

	(void)state;
	for (size_t k = 0; (kernel = next_kernel(&k)) != NULL;)
		for (size_t i = 0; ROW(i, cases); i++)
			for (size_t prefix_len = 0; prefix_len <= 96; prefix_len += 32)
				compare(kernel, prefix_len, cases[i].stride, cases[i].len, 35);
}

static uint8_t last_block[HM_SHA256_BLOCK_LEN];

static void remember_last(struct hm_sha256_state *const *state, const uint8_t *const *p, size_t blocks)
{
	(void)state;
	if (blocks == 1)
		memcpy(last_block, p[0], sizeof(last_block));
}

/* The bit count of messages that are too long to be hashed in a test: only the padding is looked
 * at. */
static void long_messages(void **state)
{
	static const struct {
		size_t len;
		uint8_t bits[8];
	} cases[] = {
		{0x1fffffc0, {0, 0, 0, 0, 0xff, 0xff, 0xfe, 0}},
		{0x20000000, {0, 0, 0, 1, 0, 0, 0, 0}},
		{0x123456780, {0, 0, 0, 9, 0x1a, 0x2b, 0x3c, 0}},
		{0x7ffffff000, {0, 0, 3, 0xff, 0xff, 0xff, 0x80, 0}},
	};

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		uint8_t *p = mmap(NULL, cases[i].len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		uint8_t ret[HM_SHA256_LEN];

		assert_true(p != MAP_FAILED);
		hm_sha256_lanes_many(remember_last, 1, NULL, 0, p, 0, cases[i].len, 1, ret);
		assert_int_equal(last_block[0], 0x80);
		assert_memory_equal(last_block + 56, cases[i].bits, 8);
		munmap(p, cases[i].len);
	}
}

/* Finish a running hash by hand: the last bytes, padded, go through OpenSSL's answer for the whole.
 */
static void compare_stream(const struct hm_sha256_kernel *kernel, const struct hm_sha256_state *s, const uint8_t *p,
			   size_t blocks)
{
	size_t len = blocks * HM_SHA256_BLOCK_LEN;
	uint8_t tail[HM_SHA256_BLOCK_LEN] = {0x80};
	uint8_t want[HM_SHA256_LEN];
	struct hm_sha256_state last = *s;
	struct hm_sha256_state *lasts = &last;
	const uint8_t *tails = tail;
	const size_t one = 1;

	for (size_t i = 0; i < 8; i++)
		tail[56 + i] = (uint8_t)((uint64_t)len * 8 >> (56 - 8 * i));
	kernel->streams(&lasts, &tails, &one, 1);
	reference(NULL, 0, p, len, want);
	for (size_t i = 0; i < HM_SHA256_LEN; i++)
		if (want[i] != (uint8_t)(last.h[i / 4] >> (24 - 8 * (i % 4))))
			fail_msg("%s: a stream of %zu blocks", kernel->name, blocks);
}

/* The streams in two calls, so that a state is taken up again too. */
static void compare_streams(const struct hm_sha256_kernel *kernel, const size_t *first, const size_t *second,
			    size_t lanes)
{
	struct hm_sha256_state state[HM_SHA256_LANES_MAX];
	struct hm_sha256_state *states[HM_SHA256_LANES_MAX] = {NULL};
	const uint8_t *start[HM_SHA256_LANES_MAX], *p[HM_SHA256_LANES_MAX] = {NULL};

	for (size_t i = 0; i < lanes; i++) {
		size_t len = (first[i] + second[i]) * HM_SHA256_BLOCK_LEN;

		state[i] = hm_sha256_initial;
		states[i] = &state[i];
		start[i] = p[i] = data_area.end - len - i % 3 * 1001;
	}
	kernel->streams(states, p, first, lanes);
	for (size_t i = 0; i < lanes; i++) {
		assert_ptr_equal(p[i], start[i]);
		p[i] += first[i] * HM_SHA256_BLOCK_LEN;
	}
	kernel->streams(states, p, second, lanes);
	for (size_t i = 0; i < lanes; i++)
		compare_stream(kernel, &state[i], start[i], first[i] + second[i]);
}

static void streams(void **state)
{
	static const size_t none[HM_SHA256_LANES_MAX];
	const struct hm_sha256_kernel *kernel;

	(void)state;
	for (size_t k = 0; (kernel = next_kernel(&k)) != NULL;) {
		if (!kernel->streams)
			continue;
		for (size_t lanes = 0; lanes <= HM_SHA256_LANES_MAX; lanes++) {
			size_t up[HM_SHA256_LANES_MAX], down[HM_SHA256_LANES_MAX];
			size_t sparse[HM_SHA256_LANES_MAX], same[HM_SHA256_LANES_MAX];

			for (size_t i = 0; i < HM_SHA256_LANES_MAX; i++) {
				up[i] = i * 3;
				down[i] = 100 - i * 6;
				sparse[i] = i % 4 == 1 ? i : 0;
				same[i] = 17;
			}
			compare_streams(kernel, none, none, lanes);
			compare_streams(kernel, up, down, lanes);
			compare_streams(kernel, sparse, up, lanes);
			compare_streams(kernel, same, none, lanes);
			compare_streams(kernel, none, sparse, lanes);
		}
	}
}

/* --- the choice
 * ------------------------------------------------------------------------------------------------
 */

static bool yes(void)
{
	return true;
}

static bool no(void)
{
	return false;
}

static bool right_many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len,
		       size_t count, uint8_t *ret)
{
	return hm_sha256_kernels[0]->supported()
		       ? hm_sha256_kernels[0]->many(prefix, prefix_len, p, stride, len, count, ret)
		       : hm_sha256_openssl.many(prefix, prefix_len, p, stride, len, count, ret);
}

/* The fastest of all: does nothing. */
static bool lazy_many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len,
		      size_t count, uint8_t *ret)
{
	(void)prefix, (void)prefix_len, (void)p, (void)stride, (void)len, (void)count, (void)ret;
	return true;
}

static bool one_bit_many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len,
			 size_t count, uint8_t *ret)
{
	bool good = right_many(prefix, prefix_len, p, stride, len, count, ret);

	ret[count * HM_SHA256_LEN - 1] ^= 1;
	return good;
}

/* Right the first time, wrong later: every round is compared. */
static bool later_many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len,
		       size_t count, uint8_t *ret)
{
	static unsigned int calls;
	bool good = right_many(prefix, prefix_len, p, stride, len, count, ret);

	if (++calls > 2)
		ret[0] ^= 0x80;
	return good;
}

static bool failing_many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len,
			 size_t count, uint8_t *ret)
{
	right_many(prefix, prefix_len, p, stride, len, count, ret);
	return false;
}

static bool never_many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len,
		       size_t count, uint8_t *ret)
{
	(void)prefix, (void)prefix_len, (void)p, (void)stride, (void)len, (void)count, (void)ret;
	fail_msg("a kernel ran that this CPU does not have");
	return false;
}

static bool slow_many(const uint8_t *prefix, size_t prefix_len, const uint8_t *p, size_t stride, size_t len,
		      size_t count, uint8_t *ret)
{
	for (size_t i = 0; i < 20; i++)
		if (!hm_sha256_openssl.many(prefix, prefix_len, p, stride, len, count, ret))
			return false;
	return true;
}

static void lazy_streams(struct hm_sha256_state *const *state, const uint8_t *const *p, const size_t *blocks,
			 size_t lanes)
{
	(void)state, (void)p, (void)blocks, (void)lanes;
}

static const struct hm_sha256_kernel broken[] = {
	{"lazy", 4, yes, lazy_many, NULL, {0, 0}},
	{"one-bit", 4, yes, one_bit_many, NULL, {0, 0}},
	{"later", 4, yes, later_many, NULL, {0, 0}},
	{"failing", 4, yes, failing_many, NULL, {0, 0}},
	{"streams", 4, yes, right_many, lazy_streams, {0, 0}},
	{"absent", 4, no, never_many, NULL, {0, 0}},
};

static void chooses_the_fastest(void **state)
{
	static const struct hm_sha256_kernel slow = {"slow", 1, yes, slow_many, NULL, {0, 0}};
	const struct hm_sha256_kernel *const slow_first[] = {&slow, &hm_sha256_openssl, NULL};
	const struct hm_sha256_kernel *const slow_last[] = {&hm_sha256_openssl, &slow, NULL};
	const struct hm_sha256_kernel *const only[] = {&slow, NULL};
	const struct hm_sha256_kernel *const nothing[] = {NULL};
	const struct hm_sha256_kernel *best = hm_sha256_kernel_best();

	(void)state;
	assert_ptr_equal(hm_sha256_kernel_choose(slow_first), &hm_sha256_openssl);
	assert_ptr_equal(hm_sha256_kernel_choose(slow_last), &hm_sha256_openssl);
	assert_ptr_equal(hm_sha256_kernel_choose(only), &slow);
	assert_ptr_equal(hm_sha256_kernel_choose(nothing), &hm_sha256_openssl);
	assert_true(best->supported());
	print_message("#! sha256 kernel chosen here: %s\n", best->name);
}

static void refuses_a_wrong_one(void **state)
{
	(void)state;
	for (size_t i = 0; ROW(i, broken); i++) {
		const struct hm_sha256_kernel *const first[] = {&broken[i], &hm_sha256_openssl, NULL};
		const struct hm_sha256_kernel *const last[] = {&hm_sha256_openssl, &broken[i], NULL};
		const struct hm_sha256_kernel *const only[] = {&broken[i], NULL};

		if (hm_sha256_kernel_choose(first) != &hm_sha256_openssl ||
		    hm_sha256_kernel_choose(last) != &hm_sha256_openssl ||
		    hm_sha256_kernel_choose(only) != &hm_sha256_openssl)
			fail_msg("chosen: %s", broken[i].name);
	}
}

static void registry(void **state)
{
	const struct hm_sha256_kernel *const all_broken[] = {&broken[5], &broken[0], NULL};
	size_t count = 0;

	(void)state;
	for (; hm_sha256_kernels[count]; count++) {
		const struct hm_sha256_kernel *kernel = hm_sha256_kernels[count];

		assert_true(kernel->lanes >= 1 && kernel->lanes <= HM_SHA256_LANES_MAX);
		assert_ptr_equal(hm_sha256_kernel_find(kernel->name), kernel->supported() ? kernel : NULL);
	}
	assert_ptr_equal(hm_sha256_kernels[count - 1], &hm_sha256_openssl);
	assert_null(hm_sha256_kernel_find_in(all_broken, "absent"));
	assert_ptr_equal(hm_sha256_kernel_find_in(all_broken, "lazy"), &broken[0]);
	assert_ptr_equal(hm_sha256_kernel_find("openssl"), &hm_sha256_openssl);
	assert_null(hm_sha256_kernel_find(""));
	assert_null(hm_sha256_kernel_find("SHANI"));
	assert_null(hm_sha256_kernel_find("opensslx"));
}

/* No threshold: a benchmark is not a test. Only that the numbers are numbers. */
static void speed(void **state)
{
	static const struct hm_sha256_kernel failing = {"failing", 1, yes, failing_many, NULL, {0, 0}};
	const struct hm_sha256_kernel *kernel;

	(void)state;
	for (size_t k = 0; (kernel = next_kernel(&k)) != NULL;) {
		double bytes = hm_sha256_kernel_speed(kernel, 2);
		double cycles = hm_sha256_kernel_cycles(kernel, 2);

		assert_true(bytes > 1e5 && bytes < 1e12);
		assert_true(cycles > 0.01 && cycles < 1e5);
	}
	assert_true(hm_sha256_kernel_speed(&failing, 2) == 0);
	assert_true(hm_sha256_kernel_cycles(&failing, 2) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers),
		cmocka_unit_test(lengths),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(counts),
		cmocka_unit_test(alignments),
		cmocka_unit_test(strides),
		cmocka_unit_test(long_messages),
		cmocka_unit_test(streams),
		cmocka_unit_test(registry),
		cmocka_unit_test(chooses_the_fastest),
		cmocka_unit_test(refuses_a_wrong_one),
		cmocka_unit_test(speed),
	};

	return cmocka_run_group_tests_name("sha256", tests, set_up, tear_down);
}
