/* SPDX-License-Identifier: BSD-2-Clause */
/* test_quoted.c - what a quote covers, against digests that coreutils computed */
#include "lib/proof/quoted.h"

#include "tests/support/support.h"

#include <string.h>

/*
 * (printf 'hallmark-quote/1\0'; printf 'N%.0s' $(seq 32); printf 'K%.0s' $(seq 32)) | sha256sum, and the same with the
 * other tag.
 */
static void test_data(void **state)
{
	static const char *const want[] = {
		[HM_QUOTED_FRESH] = "0a42cc0cb50c0c4e4f4b8c55e3b9c4341e051e0980010121488f556c4f820f06",
		[HM_QUOTED_UNSOLICITED] = "98fd3b37e89b659c6ef02da60198ca463bd330b542183ed1d611d5850da3b457",
	};
	uint8_t nonce[HM_QUOTED_NONCE_LEN], spki[32], digest[HM_QUOTED_LEN], expected[HM_QUOTED_LEN];

	(void)state;
	memset(nonce, 'N', sizeof(nonce));
	memset(spki, 'K', sizeof(spki));
	for (enum hm_quoted_kind kind = HM_QUOTED_FRESH; kind <= HM_QUOTED_UNSOLICITED; kind++) {
		assert_true(hm_parse_hex(hm_bytes_of_text(want[kind]), expected, sizeof(expected)));
		assert_true(hm_quoted_data(kind, nonce, spki, digest));
		assert_memory_equal(digest, expected, sizeof(expected));
	}
}

/* Registers of one letter each, a to x: (printf 'a%.0s' $(seq 32); ...) | sha256sum; SHA-384 over the same bytes. */
static void test_registers(void **state)
{
	static const uint8_t two[HM_QUOTED_SELECT_LEN] = {0x02, 0x00, 0x80};
	uint8_t pcr[HM_PCR_COUNT][HM_DIGEST_MAX], digest[HM_DIGEST_MAX], expected[48];

	(void)state;
	for (size_t i = 0; i < HM_PCR_COUNT; i++)
		memset(pcr[i], 'a' + (int)i, HM_DIGEST_MAX);
	assert_true(hm_parse_hex(hm_bytes_of_text("afdeb4363905f882b11424cea9cbcba25b75d3a55ee1dd24c4f03b9e186df0e7"),
				 expected, 32));
	assert_true(hm_quoted_registers((const uint8_t(*)[HM_DIGEST_MAX])pcr, HM_SHA256, hm_quoted_select, HM_SHA256,
					digest));
	assert_memory_equal(digest, expected, 32);
	assert_true(hm_parse_hex(
		hm_bytes_of_text(
			"c862d0afa49f2b65dd8cec4d599c04a2d32580f289a9248f993aa792072493d6dd76fc25942ef8dbbc9f2bf73f376b8a"),
		expected, 48));
	assert_true(hm_quoted_registers((const uint8_t(*)[HM_DIGEST_MAX])pcr, HM_SHA256, hm_quoted_select, HM_SHA384,
					digest));
	assert_memory_equal(digest, expected, 48);
	/* Registers 1 and 23 alone. */
	assert_true(hm_parse_hex(hm_bytes_of_text("900030b6295e228fd1937073891b3d5f3b522a03bed0a9f0a86bc4fc8bc74bad"),
				 expected, 32));
	assert_true(hm_quoted_registers((const uint8_t(*)[HM_DIGEST_MAX])pcr, HM_SHA256, two, HM_SHA256, digest));
	assert_memory_equal(digest, expected, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_registers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
