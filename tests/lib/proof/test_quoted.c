/* SPDX-License-Identifier: BSD-2-Clause */
/* test_quoted.c - what a quote covers, against digests that coreutils computed */
#include "lib/proof/quoted.h"

#include "tests/support/support.h"

#include <string.h>

/*
 * (printf 'hallmark-quote-bound/2\0'; for c in N K E; do printf "$c%.0s" $(seq 32); done; head -c 32 /dev/zero) |
 * sha256sum; the same with the other tags and without E; with D for the zeros.
 */
static void test_data(void **state)
{
	static const struct {
		enum hm_quoted_kind kind;
		bool devices;
		const char *want;
	} rows[] = {
		{HM_QUOTED_BOUND, false, "b45aa5deb6650e7526ff7c6d7e2d75a13aadca5516fae242a1fe463470e25f93"},
		{HM_QUOTED_FRESH, false, "2b25fb4c2ee25815099f68e66101e006cfa67383c581ff99b37f47fca8fb39a2"},
		{HM_QUOTED_UNSOLICITED, false, "b8e15dbc14367d11c20c6336f30da42cd679dacb173d80db4e36e819556a8ec1"},
		{HM_QUOTED_BOUND, true, "a2d9c153f5f8c9de51ac3b1f1fbb46df5c39ab02b3b9e56a9e5eb837ed7a0382"},
	};
	uint8_t nonce[HM_QUOTED_NONCE_LEN], spki[32], exporter[HM_QUOTED_EXPORTER_LEN], devices[32],
		digest[HM_QUOTED_LEN], expected[HM_QUOTED_LEN];

	(void)state;
	memset(nonce, 'N', sizeof(nonce));
	memset(spki, 'K', sizeof(spki));
	memset(exporter, 'E', sizeof(exporter));
	memset(devices, 'D', sizeof(devices));
	for (size_t i = 0; i < HM_ARRAY_LEN(rows); i++) {
		struct hm_quoted quoted = {.kind = rows[i].kind,
					   .nonce = nonce,
					   .spki_sha256 = spki,
					   .exporter = rows[i].kind == HM_QUOTED_BOUND ? exporter : NULL,
					   .devices = rows[i].devices ? devices : NULL};

		assert_true(hm_parse_hex(hm_bytes_of_text(rows[i].want), expected, sizeof(expected)));
		assert_true(hm_quoted_data(&quoted, digest));
		assert_memory_equal(digest, expected, sizeof(expected));
		/* An exporter that is missing, or that the kind has no place for. */
		quoted.exporter = quoted.exporter ? NULL : exporter;
		assert_false(hm_quoted_data(&quoted, digest));
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
