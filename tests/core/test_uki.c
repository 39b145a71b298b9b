/* SPDX-License-Identifier: BSD-2-Clause */
/* test_uki.c - the sections of a unified kernel image */
#include "core/uki.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

#define TEXT(name, text) \
	{ \
		(name), (text), sizeof(text) - 1, 0, HM_PE_SCN_READ \
	}

static struct support_pe pe_file;

static const struct support_pe_section bootable[] = {
	TEXT(".cmdline", "ro console=ttyS0"),
	TEXT(".linux", "HALLO\n"),
	TEXT(".initrd", "foobar\n"),
	TEXT(".unknown", "x"),
	TEXT(".pcrsig", "{}"),
};

static int set_up(void **state)
{
	(void)state;
	support_pe_build_uki(&pe_file, bootable, HM_ARRAY_LEN(bootable));
	return 0;
}

static enum hm_err open_uki(struct hm_uki *ret)
{
	struct hm_pe pe;

	assert_ok(hm_pe_open_file(support_pe_bytes(&pe_file), &pe));
	return hm_uki_open(&pe, ret);
}

static void assert_refused(enum hm_err want)
{
	struct hm_uki uki, before;

	memset(&before, 0x5c, sizeof(before));
	uki = before;
	assert_err(open_uki(&uki), want);
	assert_memory_equal(&uki, &before, sizeof(uki));
}

/* systemd-measure and systemd-stub, not the text of UAPI.5. */
static void test_order(void **state)
{
	static const char *const order[] = {
		".linux", ".osrel",  ".cmdline", ".initrd",  ".ucode",	 ".splash", ".dtb",   ".uname",
		".sbat",  ".pcrsig", ".pcrpkey", ".profile", ".dtbauto", ".hwids",  ".efifw",
	};

	(void)state;
	assert_int_equal(HM_ARRAY_LEN(order), HM_UKI_SECTION_COUNT);
	for (size_t i = 0; ROW_NAMED(i, order, order[i]); i++) {
		assert_string_equal(hm_uki_sections[i].name, order[i]);
		assert_true(strlen(order[i]) <= 8);
		assert_int_equal(hm_uki_sections[i].measured, i != HM_UKI_PCRSIG);
	}
}

static void test_open(void **state)
{
	struct hm_uki uki;

	(void)state;
	assert_ok(open_uki(&uki));
	for (enum hm_uki_section i = 0; i < HM_UKI_SECTION_COUNT; i++) {
		bool want = i == HM_UKI_CMDLINE || i == HM_UKI_LINUX || i == HM_UKI_INITRD || i == HM_UKI_PCRSIG;

		assert_int_equal(uki.present[i], want);
	}
	assert_true(hm_bytes_equal_text(uki.section[HM_UKI_LINUX].data, "HALLO\n"));
	assert_true(hm_bytes_equal_text(uki.section[HM_UKI_INITRD].data, "foobar\n"));
	assert_true(hm_bytes_equal_text(uki.section[HM_UKI_CMDLINE].data, "ro console=ttyS0"));
	assert_int_equal(uki.pe.section_count, 6);
	assert_ok(hm_uki_check_bootable(&uki));
}

static void test_none_required_here(void **state)
{
	struct hm_uki uki;

	(void)state;
	support_pe_build_plain(&pe_file);
	assert_ok(open_uki(&uki));
	for (enum hm_uki_section i = 0; i < HM_UKI_SECTION_COUNT; i++)
		assert_false(uki.present[i]);
}

static void rename_section(uint32_t index, const char *name)
{
	uint8_t *header = support_pe_section_header(&pe_file, index);

	memset(header, 0, 8);
	memcpy(header, name, strlen(name));
}

static void test_duplicates(void **state)
{
	(void)state;
	/* Nothing but these two has a name that is known. */
	rename_section(1, ".other");
	rename_section(3, ".other");
	rename_section(5, ".other");
	for (enum hm_uki_section i = 0; i < HM_UKI_SECTION_COUNT; i++) {
		rename_section(2, hm_uki_sections[i].name);
		rename_section(4, hm_uki_sections[i].name);
		assert_refused(HM_E_PE_SECTION_DUPLICATE);
	}
}

static void test_empty_duplicate(void **state)
{
	(void)state;
	rename_section(4, ".linux");
	support_set_u32(support_pe_section_header(&pe_file, 4) + 8, 0);
	assert_refused(HM_E_PE_SECTION_DUPLICATE);
	set_up(state);
	rename_section(4, ".linux");
	support_set_u32(support_pe_section_header(&pe_file, 2) + 8, 0);
	assert_refused(HM_E_PE_SECTION_DUPLICATE);
}

static void test_unknown_twice(void **state)
{
	struct hm_uki uki;

	(void)state;
	rename_section(2, ".unknown");
	assert_ok(open_uki(&uki));
	assert_false(uki.present[HM_UKI_LINUX]);
}

static void test_similar_names(void **state)
{
	static const char *const names[] = {".Linux", "linux", ".linux2", ".linu", ".cmdlin"};
	struct hm_uki uki;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, names, names[i]); i++) {
		rename_section(2, names[i]);
		assert_ok(open_uki(&uki));
		assert_false(uki.present[HM_UKI_LINUX]);
		assert_err(hm_uki_check_bootable(&uki), HM_E_UKI_NO_LINUX);
	}
}

static void test_virtual_len_zero_is_absent(void **state)
{
	struct hm_uki uki;

	(void)state;
	support_set_u32(support_pe_section_header(&pe_file, 3) + 8, 0);
	assert_ok(open_uki(&uki));
	assert_false(uki.present[HM_UKI_INITRD]);
	assert_err(hm_uki_check_bootable(&uki), HM_E_UKI_NO_INITRD);
}

static void test_nothing_in_the_file(void **state)
{
	struct hm_uki uki;

	(void)state;
	support_set_u32(support_pe_section_header(&pe_file, 3) + 16, 0);
	assert_refused(HM_E_UKI_SECTION_SIZE);
	/* What is not measured may be so. */
	rename_section(3, ".pcrsig");
	rename_section(5, ".other");
	assert_ok(open_uki(&uki));
}

static void test_zero_tail(void **state)
{
	struct hm_uki uki;

	(void)state;
	support_set_u32(support_pe_section_header(&pe_file, 2) + 8, 0x300);
	assert_ok(open_uki(&uki));
	assert_int_equal(uki.section[HM_UKI_LINUX].data.len, 0x200);
	assert_int_equal(uki.section[HM_UKI_LINUX].zero_tail, 0x100);
}

static void test_bootable_needs_all(void **state)
{
	static const struct {
		uint32_t section;
		enum hm_err want;
	} cases[] = {
		{1, HM_E_UKI_NO_CMDLINE},
		{2, HM_E_UKI_NO_LINUX},
		{3, HM_E_UKI_NO_INITRD},
	};
	struct hm_uki uki;

	for (size_t i = 0; ROW(i, cases); i++) {
		set_up(state);
		rename_section(cases[i].section, ".gone");
		assert_ok(open_uki(&uki));
		assert_err(hm_uki_check_bootable(&uki), cases[i].want);
	}
}

static enum hm_err check_cmdline(const void *text, uint32_t len, uint32_t extra)
{
	const struct support_pe_section sections[] = {
		TEXT(".linux", "HALLO\n"),
		{".cmdline", text, len, extra, HM_PE_SCN_READ},
		TEXT(".initrd", "foobar\n"),
	};
	struct hm_bytes image;
	struct hm_pe pe;
	struct hm_uki uki;
	enum hm_err file_err, loaded_err;
	uint8_t *memory;

	support_pe_build_uki(&pe_file, sections, HM_ARRAY_LEN(sections));
	assert_ok(open_uki(&uki));
	file_err = hm_uki_check_bootable(&uki);
	memory = support_pe_load(&pe_file, &image);
	assert_ok(hm_pe_open_loaded(image, &pe));
	assert_ok(hm_uki_open(&pe, &uki));
	loaded_err = hm_uki_check_bootable(&uki);
	free(memory);
	/* The stub and the builder must agree. */
	assert_err(loaded_err, file_err);
	return file_err;
}

static void test_cmdline(void **state)
{
	static char line[2048];

	(void)state;
	memset(line, 'a', sizeof(line));
	assert_ok(check_cmdline("a b ~", 5, 0));
	assert_ok(check_cmdline(line, 2047, 0));
	assert_err(check_cmdline(line, 2048, 0), HM_E_UKI_CMDLINE);
	assert_err(check_cmdline("a\n", 2, 0), HM_E_UKI_CMDLINE);
	assert_err(check_cmdline("a\0", 2, 0), HM_E_UKI_CMDLINE);
	assert_err(check_cmdline("\0a", 2, 0), HM_E_UKI_CMDLINE);
	assert_err(check_cmdline("a\tb", 3, 0), HM_E_UKI_CMDLINE);
	assert_err(check_cmdline("a\x7f", 2, 0), HM_E_UKI_CMDLINE);
	assert_err(check_cmdline("\xc3\xa4", 2, 0), HM_E_UKI_CMDLINE);
	/* VirtualSize beyond the text: NULs. Within the file's padding, and beyond it. */
	assert_err(check_cmdline("a", 1, 1), HM_E_UKI_CMDLINE);
	assert_err(check_cmdline("a", 1, 0x300), HM_E_UKI_CMDLINE);
	memset(line, 'a', 0x200);
	assert_err(check_cmdline(line, 0x200, 1), HM_E_UKI_CMDLINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_order, set_up),
		cmocka_unit_test_setup(test_open, set_up),
		cmocka_unit_test_setup(test_none_required_here, set_up),
		cmocka_unit_test_setup(test_duplicates, set_up),
		cmocka_unit_test_setup(test_empty_duplicate, set_up),
		cmocka_unit_test_setup(test_unknown_twice, set_up),
		cmocka_unit_test_setup(test_similar_names, set_up),
		cmocka_unit_test_setup(test_virtual_len_zero_is_absent, set_up),
		cmocka_unit_test_setup(test_nothing_in_the_file, set_up),
		cmocka_unit_test_setup(test_zero_tail, set_up),
		cmocka_unit_test_setup(test_bootable_needs_all, set_up),
		cmocka_unit_test_setup(test_cmdline, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
