/* SPDX-License-Identifier: BSD-2-Clause */
/* test_messages.c - messages in lanes, SHA-256, SHA-384 and SHA-512, against OpenSSL and FIPS 180-4's examples */
#include "host/sha/messages.h"

#include "tests/support/support.h"
#include "lib/crypto/hash.h"

#include <stdlib.h>
#include <string.h>

#define MESSAGES 37u
#define LEN_MAX 4096u

static uint8_t bytes[LEN_MAX + 64];

static int setup(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 131 + (i >> 7));
	return 0;
}

static void known(enum hm_sha_family family, enum hm_bank bank, const char *message, const char *hex)
{
	const struct hm_bytes bytes_of = hm_bytes_of(message, strlen(message));
	struct hm_digests got = {.banks = HM_BANK_BIT(bank)};
	const struct hm_sha_message m = {.parts = &bytes_of, .count = 1, .ret = &got};
	struct hm_sha_kernel kernel;

	if (!hm_sha_kernel(family, &kernel))
		return;
	hm_sha_messages(&kernel, &m, 1);
	assert_hex(hm_bytes_of(got.value[bank], hm_algs[bank].len), hex);
	/* What is not asked for is not touched. */
	assert_memory_equal(got.value[bank == HM_SHA384 ? HM_SHA512 : HM_SHA384], (uint8_t[HM_DIGEST_MAX]){0},
			    HM_DIGEST_MAX);
}

/* FIPS 180-4's example, and the digests of no bytes. */
static void test_known(void **state)
{
	(void)state;
	known(HM_SHA_FAMILY_256, HM_SHA256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	known(HM_SHA_FAMILY_512, HM_SHA384, "abc",
	      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
	known(HM_SHA_FAMILY_512, HM_SHA512, "abc",
	      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
	known(HM_SHA_FAMILY_256, HM_SHA256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	known(HM_SHA_FAMILY_512, HM_SHA512, "",
	      "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
	      "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e");
}

/* Every length about the block's and the padding's edges, in parts and with zeros, many messages on few lanes. */
static void check_lengths(enum hm_sha_family family)
{
	static struct hm_bytes parts[MESSAGES][3];
	static struct hm_digests got[MESSAGES];
	struct hm_sha_message messages[MESSAGES];
	struct hm_sha_kernel kernel;

	if (!hm_sha_kernel(family, &kernel))
		skip();
	for (size_t base = 0; base < 600; base += 7) {
		for (size_t i = 0; i < MESSAGES; i++) {
			size_t len = (base * (i % 5 ? 1 : 6) + i) % LEN_MAX;
			size_t first = len * (i % 4) / 4;
			uint32_t banks =
				(i % 3 ? HM_BANK_BIT(HM_SHA384) : 0) | (i % 3 != 1 ? HM_BANK_BIT(HM_SHA512) : 0);

			parts[i][0] = hm_bytes_of(bytes + i, first);
			parts[i][1] = hm_bytes_of(NULL, 0);
			parts[i][2] = hm_bytes_of(bytes + i + first, len - first);
			got[i] = (struct hm_digests){.banks = family == HM_SHA_FAMILY_256 ? HM_BANK_BIT(HM_SHA256)
											  : banks};
			messages[i] = (struct hm_sha_message){
				.parts = parts[i], .count = i % 3 ? 3 : 1, .zero_tail = i * base % 300, .ret = &got[i]};
		}
		hm_sha_messages(&kernel, messages, base % MESSAGES);
		for (size_t i = 0; i < base % MESSAGES; i++) {
			struct hm_digests want;

			assert_ok(hm_digests_of(&hm_crypto_hasher, got[i].banks, messages[i].parts, messages[i].count,
						messages[i].zero_tail, &want));
			assert_true(hm_digests_equal(&got[i], &want));
		}
	}
}

static void test_lengths_256(void **state)
{
	(void)state;
	check_lengths(HM_SHA_FAMILY_256);
}

static void test_lengths_512(void **state)
{
	(void)state;
	check_lengths(HM_SHA_FAMILY_512);
}

/*
 * A whole file and sections of it, as a UKI has them. The sections start at multiples of 64 and elsewhere, overlap, and
 * end within a block or at its end. One is the file again, one is the file without its first bytes. Each digest is
 * compared with OpenSSL's, with each section first in the list once.
 */
static void check_sections(enum hm_sha_family family, size_t start)
{
	static uint8_t file[96 * 1024];
	const size_t offs[][2] = {{0, sizeof(file)},
				  {12, sizeof(file) - 12},
				  {start, 40000},
				  {start + 40000, 7},
				  {start + 40064, 20001},
				  {64 * 1024, 32 * 1024},
				  {0, sizeof(file)},
				  {64, 64},
				  {4096, 0}};
	struct hm_bytes parts[HM_ARRAY_LEN(offs)];
	struct hm_digests got[HM_ARRAY_LEN(offs)], want;
	struct hm_sha_message messages[HM_ARRAY_LEN(offs)];
	struct hm_sha_kernel kernel;

	if (!hm_sha_kernel(family, &kernel))
		skip();
	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)(i * 29 + i / 251);
	for (size_t first = 0; ROW(first, offs); first++) {
		for (size_t i = 0; i < HM_ARRAY_LEN(offs); i++) {
			const size_t *off = offs[(first + i) % HM_ARRAY_LEN(offs)];

			parts[i] = hm_bytes_of(file + off[0], off[1]);
			got[i] = (struct hm_digests){
				.banks = family == HM_SHA_FAMILY_256 ? HM_BANK_BIT(HM_SHA256)
								     : HM_BANK_BIT(HM_SHA384) | HM_BANK_BIT(HM_SHA512)};
			messages[i] = (struct hm_sha_message){
				.parts = &parts[i], .count = 1, .zero_tail = i % 2 * 100, .ret = &got[i]};
		}
		hm_sha_messages(&kernel, messages, HM_ARRAY_LEN(offs));
		for (size_t i = 0; ROW(i, offs); i++) {
			assert_ok(hm_digests_of(&hm_crypto_hasher, got[i].banks, &parts[i], 1, messages[i].zero_tail,
						&want));
			assert_true(hm_digests_equal(&got[i], &want));
		}
	}
}

static void test_sections_of_a_file(void **state)
{
	(void)state;
	for (size_t start = 0; start < 300; start += 32) {
		check_sections(HM_SHA_FAMILY_256, start);
		check_sections(HM_SHA_FAMILY_512, start);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_known), cmocka_unit_test(test_lengths_256),
					   cmocka_unit_test(test_lengths_512),
					   cmocka_unit_test(test_sections_of_a_file)};

	return cmocka_run_group_tests_name("sha_messages", tests, setup, NULL);
}
