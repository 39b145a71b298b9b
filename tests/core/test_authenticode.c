/* SPDX-License-Identifier: BSD-2-Clause */
/* test_authenticode.c - which bytes of a PE file the firmware hashes */
#include "core/authenticode.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

/*
 * Values of support_pe_build_plain by osslsigncode 2.5 (sign, then verify) and sbsign, sha1 and
 * sha384 by a script after Microsoft's paper; tests/tools/authenticode.t compares real files.
 */
static const char plain_sha1[] = "504a911fb2025c76c9d1a72f99cd6ca6584abcd7";
static const char plain_sha256[] = "3594979013f90a4a4b756316597822e58b3a553c148641f5494ae160e6e8e8e0";
static const char plain_sha384[] = "e6dbc1e9b98777759d9595ef012b2ba4cae455ec09ff21e476358ca45171fd71"
				   "4ba6512e68c48d31cbbecb827d83234d";
/* With 16 bytes of a5 behind the last section. */
static const char tail_sha256[] = "d96faf23d86e79f3d19725f8b0c63c651f3d655266c7260e359840c15b68b951";
/* One section and four directories, so that there is no entry for certificates; by the script. */
static const char short_sha256[] = "dcb513e96693f468b168b9e8cfdaa3d14ecfb744dd84b20ca5c097d03b68b60b";

static struct support_pe pe_file;

static int set_up(void **state)
{
	(void)state;
	support_pe_build_plain(&pe_file);
	return 0;
}

static void parts_of(struct hm_authenticode *ret)
{
	struct hm_pe pe;

	assert_ok(hm_pe_open_file(support_pe_bytes(&pe_file), &pe));
	assert_ok(hm_authenticode_parts(&pe, ret));
}

static struct hm_digests digests(void)
{
	struct hm_authenticode a;
	struct hm_digests d;

	parts_of(&a);
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, a.parts, a.count, 0, &d));
	return d;
}

static void assert_part(const struct hm_authenticode *a, size_t i, size_t start, size_t end)
{
	assert_true(i < a->count);
	assert_int_equal(a->parts[i].p - pe_file.file, start);
	assert_int_equal(a->parts[i].len, end - start);
}

static void test_known_answers(void **state)
{
	struct hm_digests d = digests();

	(void)state;
	assert_hex(hm_bytes_of(d.value[HM_SHA1], 20), plain_sha1);
	assert_hex(hm_bytes_of(d.value[HM_SHA256], 32), plain_sha256);
	assert_hex(hm_bytes_of(d.value[HM_SHA384], 48), plain_sha384);
}

static void test_parts(void **state)
{
	struct hm_authenticode a;

	(void)state;
	parts_of(&a);
	assert_int_equal(a.count, 5);
	assert_part(&a, 0, 0, 0x58 + 64);
	assert_part(&a, 1, 0x58 + 68, 0x58 + 144);
	assert_part(&a, 2, 0x58 + 152, 0x200);
	/* SizeOfRawData, not VirtualSize; .bss has nothing. */
	assert_part(&a, 3, 0x200, 0x600);
	assert_part(&a, 4, 0x600, 0x800);
}

static void test_sections_by_offset(void **state)
{
	uint8_t swapped[40];
	struct hm_authenticode a;

	(void)state;
	memcpy(swapped, support_pe_section_header(&pe_file, 0), 40);
	memcpy(support_pe_section_header(&pe_file, 0), support_pe_section_header(&pe_file, 1), 40);
	memcpy(support_pe_section_header(&pe_file, 1), swapped, 40);
	parts_of(&a);
	assert_int_equal(a.count, 5);
	assert_part(&a, 3, 0x200, 0x600);
	assert_part(&a, 4, 0x600, 0x800);
}

static void test_signing_changes_nothing(void **state)
{
	struct hm_digests d;

	(void)state;
	support_pe_sign(&pe_file, 0x58);
	support_set_u32(support_pe_optional(&pe_file, 64), 0xdeadbeef);
	d = digests();
	assert_hex(hm_bytes_of(d.value[HM_SHA256], 32), plain_sha256);
}

static void append_tail(size_t len)
{
	memset(pe_file.file + pe_file.len, 0xa5, len);
	pe_file.len += len;
}

static void test_d16_tail(void **state)
{
	struct hm_authenticode a;
	struct hm_digests d;

	(void)state;
	append_tail(16);
	d = digests();
	assert_hex(hm_bytes_of(d.value[HM_SHA256], 32), tail_sha256);
	support_pe_sign(&pe_file, 0x58);
	d = digests();
	assert_hex(hm_bytes_of(d.value[HM_SHA256], 32), tail_sha256);
	parts_of(&a);
	assert_part(&a, 5, 0x800, 0x810);
}

/* Unlike sbsign and pesign, the firmware hashes the file as long as it is. */
static void test_d16_tail_is_not_padded(void **state)
{
	struct hm_authenticode a;

	(void)state;
	append_tail(3);
	parts_of(&a);
	assert_int_equal(a.count, 6);
	assert_part(&a, 5, 0x800, 0x803);
}

/* The tail begins at the sum of what was hashed: a gap is skipped, the end hashed twice. */
static void test_d16_gap(void **state)
{
	struct hm_authenticode a;

	(void)state;
	memmove(pe_file.file + 0x800, pe_file.file + 0x600, 0x200);
	support_set_u32(support_pe_section_header(&pe_file, 1) + 20, 0x800);
	pe_file.len += 0x200;
	parts_of(&a);
	assert_int_equal(a.count, 6);
	assert_part(&a, 4, 0x800, 0xa00);
	assert_part(&a, 5, 0x800, 0xa00);
}

static void test_d16_without_certificate_entry(void **state)
{
	static const struct support_pe_section text = {
		".text", "code", 5, 0, HM_PE_SCN_EXECUTE | HM_PE_SCN_READ,
	};
	struct hm_authenticode a;
	struct hm_digests d;

	(void)state;
	support_pe_build(&pe_file, &text, 1, 4);
	parts_of(&a);
	assert_int_equal(a.count, 3);
	assert_part(&a, 0, 0, 0x58 + 64);
	assert_part(&a, 1, 0x58 + 68, 0x200);
	d = digests();
	assert_hex(hm_bytes_of(d.value[HM_SHA256], 32), short_sha256);
}

static void test_most_parts(void **state)
{
	static struct support_pe_section many[SUPPORT_PE_SECTIONS_MAX];
	struct hm_authenticode a;

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(many); i++)
		many[i] = (struct support_pe_section){".s", "code", 5, 0, HM_PE_SCN_EXECUTE};
	support_pe_build(&pe_file, many, HM_ARRAY_LEN(many), 16);
	append_tail(8);
	parts_of(&a);
	/* Three runs of headers, the sections, the tail: as HM_AUTHENTICODE_PARTS_MAX counts. */
	assert_int_equal(a.count, HM_ARRAY_LEN(many) + 4);
}

static void test_every_byte_counts(void **state)
{
	struct hm_digests d = digests();
	size_t skipped = 0;

	(void)state;
	support_pe_sign(&pe_file, 8);
	for (size_t i = 0x200; i < pe_file.len; i++) {
		struct hm_digests changed;

		pe_file.file[i] ^= 1;
		changed = digests();
		pe_file.file[i] ^= 1;
		if (hm_digests_equal(&d, &changed))
			skipped++;
	}
	assert_int_equal(skipped, 8);
}

static void test_loaded_is_refused(void **state)
{
	struct hm_authenticode a, before;
	struct hm_bytes image;
	uint8_t *memory = support_pe_load(&pe_file, &image);
	struct hm_pe pe;

	(void)state;
	memset(&before, 0x5c, sizeof(before));
	a = before;
	assert_ok(hm_pe_open_loaded(image, &pe));
	assert_err(hm_authenticode_parts(&pe, &a), HM_E_PE_LAYOUT);
	assert_memory_equal(&a, &before, sizeof(a));
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_known_answers, set_up),
		cmocka_unit_test_setup(test_parts, set_up),
		cmocka_unit_test_setup(test_sections_by_offset, set_up),
		cmocka_unit_test_setup(test_signing_changes_nothing, set_up),
		cmocka_unit_test_setup(test_d16_tail, set_up),
		cmocka_unit_test_setup(test_d16_tail_is_not_padded, set_up),
		cmocka_unit_test_setup(test_d16_gap, set_up),
		cmocka_unit_test_setup(test_d16_without_certificate_entry, set_up),
		cmocka_unit_test_setup(test_most_parts, set_up),
		cmocka_unit_test_setup(test_every_byte_counts, set_up),
		cmocka_unit_test_setup(test_loaded_is_refused, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
