/* SPDX-License-Identifier: BSD-2-Clause */
/* test_build.c - appending sections: the result as the reader sees it, and stubs that are refused */
#include "lib/base/error.h"
#include "host/uki/build.h"

#include "core/authenticode.h"
#include "core/uki.h"
#include "tests/support/support.h"
#include "host/base/args.h"

#include <stdlib.h>
#include <string.h>

#define SYMBOLS_OFF (SUPPORT_PE_COFF_OFF + 12u)
#define FILE_ALIGNMENT_OFF 36u

static const struct hm_pe_new_section *two_sections(void)
{
	static struct hm_pe_new_section sections[2];

	sections[0] = (struct hm_pe_new_section){".linux", hm_bytes_of_text("kernel")};
	sections[1] = (struct hm_pe_new_section){".uname", hm_bytes_of_text("6.12")};
	return sections;
}

static void build_good(const struct support_pe *stub, struct hm_file *ret)
{
	struct hm_error error = {0};

	if (!hm_pe_build(support_pe_bytes(stub), two_sections(), 2, ret, &error))
		fail_msg("%s", error.text);
}

static void assert_refused(const struct support_pe *stub, const struct hm_pe_new_section *sections, size_t count,
			   const char *want)
{
	struct hm_file file = {.p = NULL, .len = 77};
	struct hm_error error = {0};

	if (hm_pe_build(support_pe_bytes(stub), sections, count, &file, &error))
		fail_msg("accepted, although: %s", want);
	assert_string_equal(error.text, want);
	assert_int_equal(file.len, 77);
}

static void test_sections(void **state)
{
	struct support_pe stub;
	struct hm_authenticode image;
	struct hm_uki uki;
	struct hm_pe pe;
	struct hm_file file;
	size_t sum = 0;

	(void)state;
	support_pe_build_plain(&stub);
	build_good(&stub, &file);
	assert_ok(hm_pe_open_file(hm_file_bytes(&file), &pe));
	assert_int_equal(pe.section_count, stub.section_count + 2);
	assert_ok(hm_uki_open(&pe, &uki));
	assert_true(hm_bytes_equal_text(uki.section[HM_UKI_LINUX].data, "kernel"));
	assert_int_equal(uki.section[HM_UKI_LINUX].virtual_len, 6);
	assert_true(hm_bytes_equal_text(uki.section[HM_UKI_UNAME].data, "6.12"));
	assert_int_equal(uki.section[HM_UKI_LINUX].rva % 4096, 0);
	assert_int_equal(uki.section[HM_UKI_UNAME].raw_off, uki.section[HM_UKI_LINUX].raw_off + 512);
	assert_int_equal(pe.image_len, uki.section[HM_UKI_UNAME].rva + 4096);
	/* No gaps and nothing behind: what is hashed is the file but for checksum and certificate entry. */
	assert_ok(hm_authenticode_parts(&pe, &image));
	for (size_t i = 0; i < image.count; i++)
		sum += image.parts[i].len;
	assert_int_equal(sum, file.len - 4 - 8);
	hm_file_free(&file);
}

static void test_symbols_dropped(void **state)
{
	struct support_pe stub, longer;
	struct hm_file plain, file;

	(void)state;
	support_pe_build_plain(&stub);
	build_good(&stub, &plain);
	longer = stub;
	support_set_u32(longer.file + SYMBOLS_OFF, (uint32_t)longer.len);
	support_set_u32(longer.file + SYMBOLS_OFF + 4, 1);
	support_set_u32(longer.file + SUPPORT_PE_COFF_OFF + 8, 0x12345678); /* TimeDateStamp */
	memset(longer.file + longer.len, 0x11, 22);
	longer.len += 22;
	build_good(&longer, &file);
	assert_int_equal(file.len, plain.len);
	assert_memory_equal(file.p, plain.p, plain.len);
	hm_file_free(&file);
	hm_file_free(&plain);
}

static void test_refused(void **state)
{
	struct hm_pe_new_section many[20];
	struct support_pe stub;

	(void)state;
	support_pe_build_plain(&stub);
	stub.len += 8;
	assert_refused(&stub, two_sections(), 2, "the stub has bytes after its last section");

	support_pe_build_plain(&stub);
	support_pe_sign(&stub, 16);
	assert_refused(&stub, two_sections(), 2, "the stub is signed; sign the finished image instead");

	/* .data moves back by 512 bytes, what was there belongs to nothing. */
	support_pe_build_plain(&stub);
	memmove(stub.file + stub.len, stub.file + stub.len - 512, 512);
	support_set_u32(support_pe_section_header(&stub, 1) + 20, (uint32_t)stub.len);
	stub.len += 512;
	assert_refused(&stub, two_sections(), 2, "the stub has a gap between its sections in the file");

	support_pe_build_plain(&stub);
	support_set_u32(support_pe_optional(&stub, FILE_ALIGNMENT_OFF), 4);
	assert_refused(&stub, two_sections(), 2, "the stub's file alignment is not a multiple of 8");

	support_pe_build_plain(&stub);
	support_set_u32(support_pe_optional(&stub, FILE_ALIGNMENT_OFF), 4096);
	assert_refused(&stub, two_sections(), 2, "the stub's last section does not end at its file alignment");

	support_pe_build_plain(&stub);
	for (size_t i = 0; i < HM_ARRAY_LEN(many); i++)
		many[i] = (struct hm_pe_new_section){".linux", hm_bytes_of_text("x")};
	/* 512 bytes of headers, the table begins at 0xf8 (six directories): room for six. */
	assert_refused(&stub, many, 4, "the stub's header has room for 6 sections, 7 are needed");

	many[0].name = ".data";
	assert_refused(&stub, many, 1, "the stub has a section .data already");
	many[0].name = ".linux";
	many[0].content.len = 0;
	assert_refused(&stub, many, 1, "the content of .linux is empty");
	many[0].content.len = (size_t)INT32_MAX + 1;
	assert_refused(&stub, many, 1, "the image would be larger than 2 GiB");
	stub.file[0] = 'X';
	assert_refused(&stub, two_sections(), 2, "not a PE file: no MZ header");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_symbols_dropped),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests_name("pe_build", tests, NULL, NULL);
}
