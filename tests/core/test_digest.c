/* SPDX-License-Identifier: BSD-2-Clause */
/* test_digest.c - the table of algorithms and digests in several banks */
#include "core/digest.h"

#include "tests/support/support.h"

#include <string.h>

/* FIPS 180-4, the example "abc". */
static const char *const abc[HM_BANK_COUNT] = {
	"a9993e364706816aba3e25717850c26c9cd0d89d",
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
	("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
	 "8086072ba1e7cc2358baeca134c825a7"),
	("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
};

static void test_table(void **state)
{
	/* TCG Algorithm Registry; TCG EFI Protocol, EFI_TCG2_BOOT_HASH_ALG_*. */
	static const struct hm_alg expected[HM_BANK_COUNT] = {
		{"sha1", 0x0004, 20, 1},
		{"sha256", 0x000b, 32, 2},
		{"sha384", 0x000c, 48, 4},
		{"sha512", 0x000d, 64, 8},
	};

	(void)state;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		enum hm_bank found = HM_BANK_COUNT;

		assert_string_equal(hm_algs[bank].name, expected[bank].name);
		assert_int_equal(hm_algs[bank].tpm_id, expected[bank].tpm_id);
		assert_int_equal(hm_algs[bank].len, expected[bank].len);
		assert_int_equal(hm_algs[bank].efi_bit, expected[bank].efi_bit);
		assert_true(hm_bank_of_tpm_id(expected[bank].tpm_id, &found));
		assert_int_equal(found, bank);
		found = HM_BANK_COUNT;
		assert_true(hm_bank_of_name(hm_bytes_of_text(expected[bank].name), &found));
		assert_int_equal(found, bank);
	}
}

static void test_unknown(void **state)
{
	enum hm_bank bank = HM_SHA384;

	(void)state;
	assert_false(hm_bank_of_tpm_id(0x0012, &bank)); /* SM3 */
	assert_false(hm_bank_of_tpm_id(0, &bank));
	assert_false(hm_bank_of_name(hm_bytes_of_text("sha"), &bank));
	assert_false(hm_bank_of_name(hm_bytes_of_text("SHA256"), &bank));
	assert_false(hm_bank_of_name(hm_bytes_of_text(""), &bank));
	assert_int_equal(bank, HM_SHA384);
}

static void test_banks_check(void **state)
{
	(void)state;
	assert_ok(hm_banks_check(HM_BANK_BIT(HM_SHA256)));
	assert_ok(hm_banks_check(HM_BANK_BIT(HM_SHA384)));
	assert_ok(hm_banks_check(HM_BANKS_ALL));
	assert_err(hm_banks_check(0), HM_E_BANK_MISSING);
	assert_err(hm_banks_check(HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA512)), HM_E_BANK_MISSING);
	assert_err(hm_banks_check(HM_BANKS_ALL | 0x10), HM_E_BANK_UNKNOWN);
}

static void test_known_answers(void **state)
{
	const struct hm_bytes parts[] = {hm_bytes_of("a", 1), hm_bytes_of(NULL, 0), hm_bytes_of("bc", 2)};
	struct hm_digests d;

	(void)state;
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, parts, HM_ARRAY_LEN(parts), 0, &d));
	assert_int_equal(d.banks, HM_BANKS_ALL);
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++)
		assert_hex(hm_bytes_of(d.value[bank], hm_algs[bank].len), abc[bank]);
}

static void test_nothing_hashed(void **state)
{
	struct hm_digests d;

	(void)state;
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA256), NULL, 0, 0, &d));
	assert_hex(hm_bytes_of(d.value[HM_SHA256], 32),
		   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* The tail is longer than the hasher's chunk and no multiple of it; values by sha1sum and so on. */
static void test_zero_tail(void **state)
{
	static const char *const expected[HM_BANK_COUNT] = {
		"29e4d59a2336965673c87a132013efbd0a8b150c",
		"cba56e7c51a0477ade71c2d74c302350c788cac9ee840681a1c0e32fd6993a8a",
		("75ed2a6de6c88782338a3df0711b9e1939a764c22891e7c02a7554ea61cd5e69"
		 "4f6a24bf03c076e52dafda6666bd33e2"),
		("77ed247b15cb819429a39fa2e247c04d1944669f7e8f604bf119bf3951e90cd2"
		 "4d1bcbee165e1481805676d80ecbd30b6b0f8dbd1e46fa430c275e5eae3033ef"),
	};
	const struct hm_bytes hello = hm_bytes_of_text("hello");
	struct hm_digests d;

	(void)state;
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &hello, 1, 100000, &d));
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++)
		assert_hex(hm_bytes_of(d.value[bank], hm_algs[bank].len), expected[bank]);
}

static void test_unused_banks_are_zero(void **state)
{
	static const uint8_t zero[HM_DIGEST_MAX];
	const struct hm_bytes text = hm_bytes_of_text("abc");
	struct hm_digests d;

	(void)state;
	memset(&d, 0xee, sizeof(d));
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA384), &text, 1, 0, &d));
	assert_int_equal(d.banks, HM_BANK_BIT(HM_SHA384));
	assert_hex(hm_bytes_of(d.value[HM_SHA384], 48), abc[HM_SHA384]);
	assert_memory_equal(d.value[HM_SHA1], zero, HM_DIGEST_MAX);
	assert_memory_equal(d.value[HM_SHA256], zero, HM_DIGEST_MAX);
	assert_memory_equal(d.value[HM_SHA512], zero, HM_DIGEST_MAX);
	assert_memory_equal(d.value[HM_SHA384] + 48, zero, HM_DIGEST_MAX - 48);
}

static void test_failure_leaves_output(void **state)
{
	struct support_failing_hasher failing;
	struct hm_digests d, before;

	(void)state;
	memset(&before, 0x77, sizeof(before));
	for (unsigned int calls = 0; calls < HM_BANK_COUNT; calls++) {
		d = before;
		support_failing_hasher_init(&failing, calls);
		assert_err(hm_digests_of(&failing.hasher, HM_BANKS_ALL, NULL, 0, 0, &d), HM_E_HASH);
		assert_memory_equal(&d, &before, sizeof(d));
	}
	d = before;
	assert_err(hm_digests_of(&hm_crypto_hasher, 0x10, NULL, 0, 0, &d), HM_E_BANK_UNKNOWN);
	assert_memory_equal(&d, &before, sizeof(d));
}

static void test_hasher_refuses_no_bank(void **state)
{
	uint8_t out[HM_DIGEST_MAX] = {3};

	(void)state;
	assert_err(hm_crypto_hasher.hash(NULL, HM_BANK_COUNT, NULL, 0, 0, out), HM_E_HASH);
	assert_int_equal(out[0], 3);
}

static void test_equal(void **state)
{
	struct hm_digests a, b;

	(void)state;
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, NULL, 0, 0, &a));
	b = a;
	assert_true(hm_digests_equal(&a, &b));
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		b = a;
		b.value[bank][hm_algs[bank].len - 1] ^= 1;
		assert_false(hm_digests_equal(&a, &b));
	}
	b = a;
	b.banks = HM_BANK_BIT(HM_SHA256);
	assert_false(hm_digests_equal(&a, &b));
	/* Only the banks named count. */
	a.banks = b.banks;
	b.value[HM_SHA1][0] ^= 1;
	assert_true(hm_digests_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_banks_check),
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_nothing_hashed),
		cmocka_unit_test(test_zero_tail),
		cmocka_unit_test(test_unused_banks_are_zero),
		cmocka_unit_test(test_failure_leaves_output),
		cmocka_unit_test(test_hasher_refuses_no_bank),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
