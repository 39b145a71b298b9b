/* SPDX-License-Identifier: BSD-2-Clause */
/* test_proof.c - proof.json: one text, everything else refused with a line */
#include "lib/base/error.h"
#include "lib/proof/proof.h"

#include "tests/support/support.h"
#include "lib/base/base64.h"
#include "host/base/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX64 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define NONCE "a0a1a2a3a4a5a6a7a8a9aaabacadaeafb0b1b2b3b4b5b6b7b8b9babbbcbdbebf"
#define REG "    \"" HEX64 "\",\n"
#define HEAD \
	"{\n" \
	"  \"version\": \"hallmark-proof/2\",\n" \
	"  \"platform\": \"azure-cvm\",\n" \
	"  \"nonce\": \"" NONCE "\",\n" \
	"  \"ak_public\": \"AAEC\",\n" \
	"  \"ak_certificates\": [\n    \"MAA=\",\n    \"MAE=\"\n  ],\n" \
	"  \"quote\": \"/1RDRw==\",\n" \
	"  \"signature\": \"ABQ=\",\n" \
	"  \"bank\": \"sha256\",\n" \
	"  \"pcrs\": [\n" REG REG REG REG REG REG REG REG REG REG REG REG REG REG REG "    \"" HEX64 "\"\n  ],\n" \
	"  \"firmware_log\": \"\",\n" \
	"  \"runtime_log\": \"eyI=\",\n" \
	"  \"tls_certificates\": [\n    \"MAI=\"\n  ],\n"
#define TEXT HEAD "  \"hardware\": null\n}\n"
#define HARDWARE \
	"  \"hardware\": {\n    \"type\": \"azure-snp\",\n    \"parts\": [\n" \
	"      {\n        \"name\": \"hcl_report\",\n        \"data\": \"SENMQQ==\"\n      },\n" \
	"      {\n        \"name\": \"vcek\",\n        \"data\": \"MAM=\"\n      }\n    ]\n  }\n}\n"

static void test_both_ways(void **state)
{
	static const char *const texts[] = {TEXT, HEAD HARDWARE};
	struct hm_error error = {0};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, texts, texts[i]); i++) {
		struct hm_proof *proof;
		struct hm_bytes part;
		char *text;

		error.text[0] = '\0';
		if (!hm_proof_parse(hm_bytes_of_text(texts[i]), &proof, &error))
			fail_msg("%s", error.text);
		assert_string_equal(proof->platform, "azure-cvm");
		assert_hex(hm_bytes_of(proof->nonce, 32), NONCE);
		assert_hex(hm_blob_bytes(&proof->ak_public), "000102");
		assert_int_equal(proof->ak_certificate_count, 2);
		assert_hex(hm_blob_bytes(&proof->ak_certificate[1]), "3001");
		assert_hex(hm_blob_bytes(&proof->quote), "ff544347");
		assert_hex(hm_blob_bytes(&proof->signature), "0014");
		assert_int_equal(proof->bank, HM_SHA256);
		assert_hex(hm_bytes_of(proof->pcr[15], 32), HEX64);
		assert_int_equal(proof->firmware_log.len, 0);
		assert_hex(hm_blob_bytes(&proof->runtime_log), "7b22");
		assert_int_equal(proof->tls_certificate_count, 1);
		assert_int_equal(proof->part_count, 2 * i);
		assert_int_equal(hm_proof_part_find(proof, "vcek", &part), i == 1);
		if (i == 1)
			assert_hex(part, "3003");
		assert_false(hm_proof_part_find(proof, "ark", &part));
		text = hm_proof_format(proof);
		assert_string_equal(text, texts[i]);
		free(text);
		hm_proof_free(proof);
	}
}

/* `text` with the first `from` replaced, to be freed. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *copy = malloc(strlen(text) + strlen(to) + 1);

	if (!at)
		print_error("'%s' is not in the text\n", from);
	assert_non_null(at);
	assert_non_null(copy);
	memcpy(copy, text, (size_t)(at - text));
	strcpy(copy + (at - text), to);
	strcat(copy, at + strlen(from));
	return copy;
}

static void assert_refused(struct hm_bytes text, const char *want)
{
	struct hm_proof *proof = NULL;
	struct hm_error error = {0};

	assert_false(hm_proof_parse(text, &proof, &error));
	assert_null(proof);
	if (!strstr(error.text, want))
		fail_msg("'%s' does not say '%s'", error.text, want);
}

static void assert_edit(const char *from, const char *to, const char *want)
{
	char *text = replaced(HEAD HARDWARE, from, to);

	assert_refused(hm_bytes_of_text(text), want);
	free(text);
}

static void test_b21_fields(void **state)
{
	(void)state;
	assert_refused(hm_bytes_of_text(""), "the file is empty");
	assert_refused(hm_bytes_of_text("{}\n"), "version is missing");
	assert_refused(hm_bytes_of_text("[]\n"), "the file is not an object");
	assert_edit("hallmark-proof/2", "hallmark-proof/0", "version is not hallmark-proof/2");
	assert_edit("hallmark-proof/2", "hallmark-proof/1",
		    "version is hallmark-proof/1, whose quotes cover no connection, and not hallmark-proof/2");
	assert_edit("azure-cvm", "Azure", "platform has a character");
	assert_edit("azure-cvm", "", "platform is not of 1 to 32");
	assert_edit("  \"nonce\": \"" NONCE "\",\n", "", "nonce is missing");
	assert_edit("a0a1a2", "A0a1a2", "nonce is not 64 lower-case hex digits");
	assert_edit("a0a1a2", "a1a2", "nonce is not 64 lower-case hex digits");
	assert_edit("AAEC", "AAE", "ak_public is not base64");
	assert_edit("AAEC", "", "ak_public is not of 1 to 1024 bytes");
	assert_edit("MAA=", "MAB=", "ak_certificates[0] is not base64");
	assert_edit("\"MAA=\"", "7", "ak_certificates[0] is not a string");
	assert_edit("\"/1RDRw==\"", "null", "quote is not a string");
	assert_edit("\"sha256\"", "\"sha1\"", "bank is not sha256 or sha384");
	assert_edit("\"sha256\"", "\"sha512\"", "bank is not sha256 or sha384");
	assert_edit("\"sha256\"", "\"sha384\"", "pcrs[0] is not 96 lower-case hex digits");
	assert_edit(REG, "", "pcrs does not have the registers 0 to 15");
	assert_edit(REG, REG REG, "pcrs does not have the registers 0 to 15");
	assert_edit("MAI=", "MAI", "tls_certificates[0] is not base64");
	assert_edit("[\n    \"MAI=\"\n  ]", "[]", "tls_certificates does not have 1 to 8 entries");
	assert_edit("\"type\"", "\"kind\"", "hardware.type is missing");
	assert_edit("\"vcek\"", "\"hcl_report\"", "hardware.parts[1].name is a name that was used before");
	assert_edit("\"vcek\"", "\"../x\"", "hardware.parts[1].name has a character");
	assert_edit("\"MAM=\"", "\"\"", "hardware.parts[1].data is not of 1 to");
	assert_edit("\"bank\"", "\"quote\"", "duplicate");
	assert_edit("\"hardware\"", "\"extra\": 1,\n  \"hardware\"", "extra is not a known field");
	assert_edit("  \"quote\": \"/1RDRw==\",\n  \"signature\": \"ABQ=\",\n",
		    "  \"signature\": \"ABQ=\",\n  \"quote\": \"/1RDRw==\",\n", "signature is out of order");
}

/* The same values in another text are another text. */
static void test_b04_one_text(void **state)
{
	static const char *const want = "not in the one form";

	(void)state;
	assert_edit("azure-cvm", "azure\\u002dcvm", want);
	assert_edit("\"/1RDRw==\"", "\"\\/1RDRw==\"", want);
	assert_edit("{\n  \"version\"", "{ \"version\"", want);
	assert_edit("{\n  \"version\"", "\n{\n  \"version\"", want);
	assert_edit("  }\n}\n", "  }\n}", want);
	assert_edit("  }\n}\n", "  }\n}\n\n", want);
	assert_edit("  }\n}\n", "  }\n}\n x", "end of file expected");
}

static void test_b14_flips_and_truncations(void **state)
{
	char text[] = TEXT;
	struct hm_error error = {0};
	size_t same = 0;

	(void)state;
	for (size_t len = 0; len < strlen(TEXT); len++) {
		struct hm_proof *proof;

		assert_false(hm_proof_parse(hm_bytes_of(text, len), &proof, &error));
	}
	/* A flipped bit is refused, or it is another value that is formatted as it was read. */
	for (size_t bit = 0; bit < 8 * strlen(TEXT); bit++) {
		struct hm_proof *proof;

		text[bit / 8] = (char)(text[bit / 8] ^ (1 << (bit % 8)));
		if (hm_proof_parse(hm_bytes_of(text, strlen(TEXT)), &proof, &error)) {
			char *again = hm_proof_format(proof);

			assert_memory_equal(again, text, strlen(TEXT));
			assert_string_not_equal(again, TEXT);
			free(again);
			hm_proof_free(proof);
			same++;
		}
		text[bit / 8] = (char)(text[bit / 8] ^ (1 << (bit % 8)));
	}
	assert_true(same > 1000); /* digits of registers and nonce */
}

/* A text of `len` base64 digits in place of one value. */
static void assert_too_large(const char *from, size_t len, const char *want)
{
	char *large = malloc(len + 1);
	char *text;

	assert_non_null(large);
	memset(large, 'A', len);
	large[len] = '\0';
	text = replaced(HEAD HARDWARE, from, large);
	assert_refused(hm_bytes_of_text(text), want);
	free(text);
	free(large);
}

static void test_b20_sizes(void **state)
{
	(void)state;
	assert_too_large("AAEC", 1400, "ak_public is larger than 1024 bytes");
	assert_too_large("MAA=", 22000, "ak_certificates[0] is larger than 16384 bytes");
	assert_too_large("/1RDRw==", 2736, "quote is larger than 2048 bytes");
	assert_too_large("ABQ=", 1400, "signature is larger than 1024 bytes");
	assert_too_large("eyI=", 180000, "runtime_log is larger than 131072 bytes");
	assert_too_large("MAM=", 1400000, "hardware.parts[1].data is larger than 1048576 bytes");
	assert_too_large("MAM=", HM_PROOF_MAX, "the file is larger than 4194304 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_ways),    cmocka_unit_test(test_b21_fields),
		cmocka_unit_test(test_b04_one_text), cmocka_unit_test(test_b14_flips_and_truncations),
		cmocka_unit_test(test_b20_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
