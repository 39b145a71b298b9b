/* SPDX-License-Identifier: BSD-2-Clause */
/* test_pcr.c - registers: start values, extend, the table */
#include "core/pcr.h"

#include "tests/support/support.h"

#include <string.h>

/* E(0, H(00 00 00 00)), seen in every firmware log; sha512 by Python's hashlib. */
static const char *const separator_only[HM_BANK_COUNT] = {
	"b2a83b0ebf2f8374299a5b2bdfc31ea955ad7236",
	"3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969",
	("518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d"
	 "50529d96fe4d1afdafb65e7f95bf23c4"),
	("27ec091533c4b9eea38dd14c3a3ecdef0a99c1e564cbe66dfe008250154e7839"
	 "b0b75228fe8debcc4ca330e6aebc1abc74070bc9c9c1e26b939c9d916e45e13c"),
};
/* The same from locality 3's start value and from all ones, by Python's hashlib. */
static const char *const separator_locality3 = "50bd7d88f0414b40608f8ffc56fd4f3201b5ed0644e36b8128d33624ebe0f053";
static const char *const separator_drtm = "6b35faa3b5782add04ffb26843f04def04d2a7e4764133f4be36e40b3584fe94"
					  "53865098235071ba3be7cdcf959e362d";

static struct hm_digests separator(uint32_t banks)
{
	static const uint8_t zeros[4];
	const struct hm_bytes part = hm_bytes_of(zeros, sizeof(zeros));
	struct hm_digests d;

	assert_ok(hm_digests_of(&hm_crypto_hasher, banks, &part, 1, 0, &d));
	return d;
}

static void test_init(void **state)
{
	struct hm_pcrs pcrs;

	(void)state;
	memset(&pcrs, 0x55, sizeof(pcrs));
	hm_pcrs_init(&pcrs, HM_BANKS_ALL, 0);
	assert_int_equal(pcrs.banks, HM_BANKS_ALL);
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		for (uint32_t pcr = 0; pcr < HM_PCR_COUNT; pcr++) {
			uint8_t want = pcr >= 17 && pcr <= 22 ? 0xff : 0;

			for (size_t i = 0; i < HM_DIGEST_MAX; i++)
				assert_int_equal(pcrs.value[bank][pcr][i], i < hm_algs[bank].len ? want : 0);
		}
	}
}

static void test_locality(void **state)
{
	struct hm_digests d = separator(HM_BANKS_ALL);
	struct hm_pcrs pcrs;

	(void)state;
	hm_pcrs_init(&pcrs, HM_BANKS_ALL, 3);
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		assert_int_equal(pcrs.value[bank][0][hm_algs[bank].len - 1], 3);
		assert_int_equal(pcrs.value[bank][1][hm_algs[bank].len - 1], 0);
	}
	assert_false(hm_pcr_is_zero(&pcrs, 0));
	assert_ok(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, 0, &d));
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA256][0], 32), separator_locality3);
}

static void test_extend(void **state)
{
	struct hm_digests d = separator(HM_BANKS_ALL);
	struct hm_pcrs pcrs;

	(void)state;
	hm_pcrs_init(&pcrs, HM_BANKS_ALL, 0);
	for (uint32_t pcr = 0; pcr <= 16; pcr++) {
		assert_ok(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, pcr, &d));
		for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++)
			assert_hex(hm_bytes_of(pcrs.value[bank][pcr], hm_algs[bank].len), separator_only[bank]);
	}
	assert_ok(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, 22, &d));
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA384][22], 48), separator_drtm);
	assert_ok(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, 23, &d));
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA384][23], 48), separator_only[HM_SHA384]);
}

static void test_extend_needs_only_its_banks(void **state)
{
	struct hm_digests all = separator(HM_BANKS_ALL);
	static const uint8_t zero[HM_DIGEST_MAX];
	struct hm_pcrs pcrs;

	(void)state;
	hm_pcrs_init(&pcrs, HM_BANK_BIT(HM_SHA256), 0);
	assert_ok(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, 4, &all));
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA256][4], 32), separator_only[HM_SHA256]);
	assert_memory_equal(pcrs.value[HM_SHA1][4], zero, HM_DIGEST_MAX);
}

static void test_extend_refuses(void **state)
{
	struct hm_digests one = separator(HM_BANK_BIT(HM_SHA256));
	struct hm_digests all = separator(HM_BANKS_ALL);
	struct support_failing_hasher failing;
	struct hm_pcrs pcrs, before;

	(void)state;
	hm_pcrs_init(&pcrs, HM_BANKS_ALL, 0);
	before = pcrs;
	assert_err(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, 24, &all), HM_E_LOG_PCR);
	assert_err(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, UINT32_MAX, &all), HM_E_LOG_PCR);
	assert_err(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, 4, &one), HM_E_BANK_DIGEST);
	for (unsigned int calls = 0; calls < HM_BANK_COUNT; calls++) {
		support_failing_hasher_init(&failing, calls);
		assert_err(hm_pcrs_extend(&pcrs, &failing.hasher, 4, &all), HM_E_HASH);
	}
	assert_memory_equal(&pcrs, &before, sizeof(pcrs));
}

static void test_is_zero(void **state)
{
	struct hm_pcrs pcrs;

	(void)state;
	hm_pcrs_init(&pcrs, HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA512), 0);
	assert_true(hm_pcr_is_zero(&pcrs, 12));
	assert_true(hm_pcr_is_zero(&pcrs, 16));
	assert_false(hm_pcr_is_zero(&pcrs, 17));
	assert_false(hm_pcr_is_zero(&pcrs, 24));
	pcrs.value[HM_SHA512][12][63] = 1;
	assert_false(hm_pcr_is_zero(&pcrs, 12));
	pcrs.value[HM_SHA512][12][63] = 0;
	pcrs.value[HM_SHA1][12][0] = 1;
	assert_false(hm_pcr_is_zero(&pcrs, 12));
	assert_true(hm_pcr_is_zero(&pcrs, 13));
}

static void test_table(void **state)
{
	/* docs/FORMATS.md, "Registers". */
	static const char policies[HM_PCR_QUOTED + 1] = "oopppsspzpzppppr";

	(void)state;
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		const char *name = hm_policy_name(hm_pcr_table[pcr].policy);

		assert_int_equal(hm_pcr_table[pcr].index, pcr);
		assert_true(strlen(hm_pcr_table[pcr].holds) > 0);
		assert_string_equal(name, policies[pcr] == 'o'	 ? "one-of"
					  : policies[pcr] == 'r' ? "replayed"
					  : policies[pcr] == 'p' ? "pinned"
					  : policies[pcr] == 's' ? "shown"
								 : "zero");
	}
}

static void differing(void **state)
{
	const uint32_t two = HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384);
	struct hm_pcrs a, b;

	(void)state;
	hm_pcrs_init(&a, HM_BANKS_ALL, 0);
	b = a;
	assert_int_equal(hm_pcr_differing(&a, &b, HM_BANKS_ALL, 12), 0);
	b.value[HM_SHA384][12][47] = 1;
	b.value[HM_SHA256][13][0] = 1;
	b.value[HM_SHA1][12][20] = 1; /* past the bank's digest */
	assert_int_equal(hm_pcr_differing(&a, &b, HM_BANKS_ALL, 12), HM_BANK_BIT(HM_SHA384));
	assert_int_equal(hm_pcr_differing(&a, &b, HM_BANK_BIT(HM_SHA256), 12), 0);
	/* A register that does not exist is equal to nothing. */
	assert_int_equal(hm_pcr_differing(&a, &a, two, HM_PCR_COUNT), two);
	assert_string_equal(hm_banks_first_name(two), "sha256");
	assert_string_equal(hm_banks_first_name(0), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),	       cmocka_unit_test(test_locality),
		cmocka_unit_test(test_extend),	       cmocka_unit_test(test_extend_needs_only_its_banks),
		cmocka_unit_test(test_extend_refuses), cmocka_unit_test(test_is_zero),
		cmocka_unit_test(test_table),	       cmocka_unit_test(differing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
