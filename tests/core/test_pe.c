/* SPDX-License-Identifier: BSD-2-Clause */
/* test_pe.c - each test corrupts one field of a well-formed PE file and expects the exact code */
#include "core/pe.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

/* Offsets in the COFF header (from the signature), the optional header and a section header. */
#define COFF_MACHINE 4
#define COFF_SECTIONS 6
#define COFF_OPTIONAL_LEN 20
#define OPT_ENTRY 16
#define OPT_SECTION_ALIGNMENT 32
#define OPT_FILE_ALIGNMENT 36
#define OPT_IMAGE_LEN 56
#define OPT_HEADERS_LEN 60
#define OPT_SUBSYSTEM 68
#define OPT_DIRECTORIES 108
#define SEC_VIRTUAL_LEN 8
#define SEC_RVA 12
#define SEC_RAW_LEN 16
#define SEC_RAW_OFF 20
#define SEC_CHARACTERISTICS 36

static struct support_pe pe_file;

/* Open an exact-sized copy, so that a sanitizer sees any read behind the end. */
static enum hm_err open_copy(struct hm_bytes image, bool loaded)
{
	uint8_t *copy = malloc(image.len);
	struct hm_pe pe, before;
	enum hm_err err;

	assert_true(copy || image.len == 0);
	if (image.len > 0)
		memcpy(copy, image.p, image.len);
	memset(&before, 0x5c, sizeof(before));
	pe = before;
	err = loaded ? hm_pe_open_loaded(hm_bytes_of(copy, image.len), &pe)
		     : hm_pe_open_file(hm_bytes_of(copy, image.len), &pe);
	if (err) {
		assert_memory_equal(&pe, &before, sizeof(pe));
	} else {
		struct hm_pe_section s;

		for (uint32_t i = 0; i < pe.section_count; i++)
			assert_ok(hm_pe_section(&pe, i, &s));
	}
	free(copy);
	return err;
}

static enum hm_err open_file(void)
{
	return open_copy(support_pe_bytes(&pe_file), false);
}

static int set_up(void **state)
{
	(void)state;
	support_pe_build_plain(&pe_file);
	return 0;
}

static uint8_t *coff(size_t off)
{
	return pe_file.file + SUPPORT_PE_COFF_OFF + off;
}

static uint8_t *optional(size_t off)
{
	return support_pe_optional(&pe_file, off);
}

static uint8_t *section(uint32_t index, size_t off)
{
	return support_pe_section_header(&pe_file, index) + off;
}

static void test_file(void **state)
{
	struct hm_bytes image = support_pe_bytes(&pe_file);
	struct hm_pe_section s;
	struct hm_pe pe;

	(void)state;
	assert_ok(hm_pe_open_file(image, &pe));
	assert_ptr_equal(pe.image.p, image.p);
	assert_false(pe.loaded);
	assert_int_equal(pe.section_count, 3);
	assert_int_equal(pe.sections_off, 0x40 + 24 + 112 + 6 * 8);
	assert_int_equal(pe.headers_len, 0x200);
	assert_int_equal(pe.image_len, 0x5000);
	assert_int_equal(pe.section_alignment, 0x1000);
	assert_int_equal(pe.entry_rva, 0x1004);
	assert_int_equal(pe.dll_characteristics, HM_PE_DLL_NX_COMPAT);
	assert_int_equal(support_get_u32(image.p + pe.checksum_off), 0x11223344);
	assert_int_equal(pe.security_off, 0x40 + 24 + 112 + 4 * 8);
	assert_int_equal(pe.security_start, 0);
	assert_int_equal(pe.reloc_len, 0);

	assert_ok(hm_pe_section(&pe, 0, &s));
	assert_true(hm_bytes_equal_text(s.name, ".text"));
	assert_int_equal(s.rva, 0x1000);
	assert_int_equal(s.raw_off, 0x200);
	assert_int_equal(s.raw_len, 0x400);
	/* SizeOfRawData is rounded up, the data is not. */
	assert_int_equal(s.data.len, 0x300);
	assert_int_equal(s.zero_tail, 0);
	assert_int_equal(s.characteristics, HM_PE_SCN_EXECUTE | HM_PE_SCN_READ);

	assert_ok(hm_pe_section(&pe, 1, &s));
	assert_int_equal(s.virtual_len, 0x1064);
	assert_ptr_equal(s.data.p, image.p + 0x600);
	assert_int_equal(s.data.len, 0x200);
	assert_int_equal(s.zero_tail, 0x1064 - 0x200);

	assert_ok(hm_pe_section(&pe, 2, &s));
	assert_int_equal(s.raw_len, 0);
	assert_int_equal(s.data.len, 0);
	assert_int_equal(s.zero_tail, 0x400);
}

static void test_loaded(void **state)
{
	struct hm_bytes image;
	uint8_t *memory = support_pe_load(&pe_file, &image);
	struct hm_pe_section s;
	struct hm_pe pe;

	(void)state;
	assert_ok(hm_pe_open_loaded(image, &pe));
	assert_true(pe.loaded);
	for (uint32_t i = 0; i < pe.section_count; i++) {
		assert_ok(hm_pe_section(&pe, i, &s));
		assert_ptr_equal(s.data.p, image.p + s.rva);
		assert_int_equal(s.data.len, s.virtual_len);
		assert_int_equal(s.zero_tail, 0);
	}
	free(memory);
}

static void test_section_index(void **state)
{
	struct hm_pe_section s, before;
	struct hm_pe pe;

	(void)state;
	memset(&before, 0x5c, sizeof(before));
	s = before;
	assert_ok(hm_pe_open_file(support_pe_bytes(&pe_file), &pe));
	assert_err(hm_pe_section(&pe, 3, &s), HM_E_PE_SECTION_COUNT);
	assert_err(hm_pe_section(&pe, UINT32_MAX, &s), HM_E_PE_SECTION_COUNT);
	assert_memory_equal(&s, &before, sizeof(s));
}

static void test_dos_header(void **state)
{
	(void)state;
	pe_file.file[0] = 'm';
	assert_err(open_file(), HM_E_PE_DOS_MAGIC);
	assert_err(open_copy(hm_bytes_of(NULL, 0), false), HM_E_PE_DOS_MAGIC);
	assert_err(open_copy(hm_bytes_of_text("M"), false), HM_E_PE_DOS_MAGIC);
	assert_err(open_copy(hm_bytes_of_text("MZ"), false), HM_E_PE_TRUNCATED);
}

static void test_lfanew(void **state)
{
	static const struct {
		uint32_t off;
		enum hm_err want;
	} cases[] = {
		{0, HM_E_PE_MAGIC},	    {0x3c, HM_E_PE_MAGIC},	     /* inside of the DOS header */
		{0x44, HM_E_PE_MAGIC},	    {0x0a00 - 4, HM_E_PE_TRUNCATED}, /* the file is 0x800 long */
		{0x800, HM_E_PE_TRUNCATED}, {0x7fffffff, HM_E_PE_TRUNCATED}, {0xffffffff, HM_E_PE_TRUNCATED},
	};

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		support_set_u32(pe_file.file + 60, cases[i].off);
		assert_err(open_file(), cases[i].want);
	}
}

/* The headers moved down, so that e_lfanew is a field of the optional header's. */
static void test_lfanew_within_dos_header(void **state)
{
	size_t end = pe_file.table_off + 3 * 40;

	(void)state;
	memmove(pe_file.file + 0x20, pe_file.file + SUPPORT_PE_COFF_OFF, end - SUPPORT_PE_COFF_OFF);
	support_set_u32(pe_file.file + 60, 0x20);
	assert_err(open_file(), HM_E_PE_MAGIC);
}

static void test_signature_and_machine(void **state)
{
	(void)state;
	coff(0)[2] = 1;
	assert_err(open_file(), HM_E_PE_MAGIC);
	coff(0)[2] = 0;
	support_set_u16(coff(COFF_MACHINE), 0x014c);
	assert_err(open_file(), HM_E_PE_MACHINE);
	support_set_u16(coff(COFF_MACHINE), 0xaa64);
	assert_err(open_file(), HM_E_PE_MACHINE);
}

static void test_section_count(void **state)
{
	(void)state;
	support_set_u16(coff(COFF_SECTIONS), 0);
	assert_err(open_file(), HM_E_PE_SECTION_COUNT);
	support_set_u16(coff(COFF_SECTIONS), HM_PE_SECTIONS_MAX + 1);
	assert_err(open_file(), HM_E_PE_SECTION_COUNT);
	support_set_u16(coff(COFF_SECTIONS), 0xffff);
	assert_err(open_file(), HM_E_PE_SECTION_COUNT);
	/* As many as allowed, but the table is longer than SizeOfHeaders. */
	support_set_u16(coff(COFF_SECTIONS), HM_PE_SECTIONS_MAX);
	assert_err(open_file(), HM_E_PE_HEADERS_SIZE);
}

static void test_optional_header(void **state)
{
	(void)state;
	support_set_u16(optional(0), 0x010b);
	assert_err(open_file(), HM_E_PE_OPTIONAL);
	support_set_u16(optional(0), 0x020b);
	support_set_u16(coff(COFF_OPTIONAL_LEN), 111);
	assert_err(open_file(), HM_E_PE_OPTIONAL);
	support_set_u16(coff(COFF_OPTIONAL_LEN), 0);
	assert_err(open_file(), HM_E_PE_OPTIONAL);
	support_set_u16(coff(COFF_OPTIONAL_LEN), 0xffff);
	assert_err(open_file(), HM_E_PE_TRUNCATED);
}

static void test_directories(void **state)
{
	static const uint32_t bad[] = {0, 5, 7, 17, 0x20000006, 0xffffffff};

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++) {
		support_set_u32(optional(OPT_DIRECTORIES), bad[i]);
		assert_err(open_file(), HM_E_PE_DIRECTORIES);
	}
	/* A count that agrees with the header's length and is too large. */
	support_set_u32(optional(OPT_DIRECTORIES), 17);
	support_set_u16(coff(COFF_OPTIONAL_LEN), 112 + 17 * 8);
	assert_err(open_file(), HM_E_PE_DIRECTORIES);
}

static void test_directory_counts(void **state)
{
	static const struct support_pe_section text = {
		".text", "code", 5, 0, HM_PE_SCN_EXECUTE | HM_PE_SCN_READ,
	};
	struct hm_pe pe;

	(void)state;
	for (uint32_t count = 0; count <= 16; count++) {
		support_pe_build(&pe_file, &text, 1, count);
		assert_ok(hm_pe_open_file(support_pe_bytes(&pe_file), &pe));
		assert_int_equal(pe.security_off, count > 4 ? 0x40 + 24 + 112 + 32 : 0);
	}
}

static void test_subsystem(void **state)
{
	static const uint16_t bad[] = {0, 3, 9, 11, 12, 13, 0x0a0a};

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++) {
		support_set_u16(optional(OPT_SUBSYSTEM), bad[i]);
		assert_err(open_file(), HM_E_PE_SUBSYSTEM);
	}
}

static void test_alignment(void **state)
{
	static const uint32_t bad[][2] = {
		{0, 0x200},  {0x1001, 0x200}, {0x1800, 0x200},	{0xffffffff, 0x200},
		{0x1000, 0}, {0x1000, 3},     {0x1000, 0x2000},
	};

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++) {
		support_set_u32(optional(OPT_SECTION_ALIGNMENT), bad[i][0]);
		support_set_u32(optional(OPT_FILE_ALIGNMENT), bad[i][1]);
		assert_err(open_file(), HM_E_PE_ALIGNMENT);
	}
}

static void test_headers_len(void **state)
{
	uint32_t table_end = (uint32_t)pe_file.table_off + 3 * 40;

	(void)state;
	support_set_u32(optional(OPT_HEADERS_LEN), table_end);
	assert_ok(open_file());
	support_set_u32(optional(OPT_HEADERS_LEN), table_end - 1);
	assert_err(open_file(), HM_E_PE_HEADERS_SIZE);
	support_set_u32(optional(OPT_HEADERS_LEN), 0);
	assert_err(open_file(), HM_E_PE_HEADERS_SIZE);
	/* Behind the file's end, and behind SizeOfImage. */
	support_set_u32(optional(OPT_HEADERS_LEN), (uint32_t)pe_file.len + 1);
	assert_err(open_file(), HM_E_PE_HEADERS_SIZE);
	support_set_u32(optional(OPT_HEADERS_LEN), 0xffffffff);
	assert_err(open_file(), HM_E_PE_HEADERS_SIZE);
	support_set_u32(optional(OPT_HEADERS_LEN), 0x200);
	support_set_u32(optional(OPT_IMAGE_LEN), 0x1ff);
	assert_err(open_file(), HM_E_PE_HEADERS_SIZE);
	/* Over the first section's bytes. */
	support_set_u32(optional(OPT_IMAGE_LEN), pe_file.image_len);
	support_set_u32(optional(OPT_HEADERS_LEN), 0x201);
	assert_err(open_file(), HM_E_PE_SECTION_BOUNDS);
}

static void test_image_len(void **state)
{
	struct hm_bytes image;
	uint8_t *memory = support_pe_load(&pe_file, &image);

	(void)state;
	assert_ok(open_copy(image, true));
	assert_err(open_copy(hm_bytes_of(image.p, image.len - 1), true), HM_E_PE_IMAGE_SIZE);
	free(memory);
	/* .bss ends at 0x4400. */
	support_set_u32(optional(OPT_IMAGE_LEN), 0x4400);
	assert_ok(open_file());
	support_set_u32(optional(OPT_IMAGE_LEN), 0x43ff);
	assert_err(open_file(), HM_E_PE_SECTION_BOUNDS);
}

static void test_section_names(void **state)
{
	static const struct {
		const char name[9];
		enum hm_err want;
	} cases[] = {
		{"\0\0\0\0\0\0\0\0", HM_E_PE_SECTION_NAME},
		{"\0text\0\0\0", HM_E_PE_SECTION_NAME},
		{".te\0xt\0\0", HM_E_PE_SECTION_NAME},
		{".text\0\0x", HM_E_PE_SECTION_NAME},
		{".te\x01t\0\0", HM_E_PE_SECTION_NAME},
		{".te t\0\0\0", HM_E_PE_SECTION_NAME},
		{".te\x7ft\0\0", HM_E_PE_SECTION_NAME},
		{".te\xe4t\0\0", HM_E_PE_SECTION_NAME},
		{"x\0\0\0\0\0\0\0", HM_OK},
		{".pcrpkey", HM_OK},
	};
	struct hm_pe_section s;
	struct hm_pe pe;

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		memcpy(section(1, 0), cases[i].name, 8);
		assert_err(open_file(), cases[i].want);
	}
	assert_ok(hm_pe_open_file(support_pe_bytes(&pe_file), &pe));
	assert_ok(hm_pe_section(&pe, 1, &s));
	assert_int_equal(s.name.len, 8);
}

static void set_section(uint32_t index, size_t off, uint32_t v)
{
	support_set_u32(section(index, off), v);
}

static void test_raw_bounds(void **state)
{
	static const uint32_t bad[][2] = {
		{0x801, 0x200},	     {0x800, 0x200},	  {0x600, 0x201},      {0x601, 0x200},
		{0xffffffff, 0x200}, {0x600, 0xffffffff}, {0xfffffe00, 0x200}, {0xffffffff, 0xffffffff},
		{0x100, 0x20},	     {0, 0x20},		  {0x1ff, 1},
	};

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++) {
		set_section(1, SEC_RAW_OFF, bad[i][0]);
		set_section(1, SEC_RAW_LEN, bad[i][1]);
		assert_err(open_file(), HM_E_PE_SECTION_BOUNDS);
	}
	/* Without bytes the offset has no meaning. */
	set_section(1, SEC_RAW_OFF, 0xffffffff);
	set_section(1, SEC_RAW_LEN, 0);
	assert_ok(open_file());
}

static void test_virtual_bounds(void **state)
{
	static const uint32_t bad[][2] = {
		{0x5001, 1},
		{0x5000, 1},
		{0x4000, 0x1001},
		{0xfffff000, 0x1000},
		{0xffffffff, 0xffffffff},
		{0x4000, 0xffffffff},
		{0x4000, 0xffffc000},
		{0x100, 1},
		{0, 1},
		{0, 0},
		{0x1ff, 0},
		{0x5001, 0},
	};

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++) {
		set_section(2, SEC_RVA, bad[i][0]);
		set_section(2, SEC_VIRTUAL_LEN, bad[i][1]);
		assert_err(open_file(), HM_E_PE_SECTION_BOUNDS);
	}
	set_section(2, SEC_RVA, 0x5000);
	set_section(2, SEC_VIRTUAL_LEN, 0);
	assert_ok(open_file());
}

/* With VirtualSize 0 a loader places SizeOfRawData bytes. */
static void test_virtual_len_zero(void **state)
{
	(void)state;
	set_section(1, SEC_VIRTUAL_LEN, 0);
	assert_ok(open_file());
	set_section(1, SEC_RVA, 0x4e00);
	assert_ok(open_file());
	set_section(1, SEC_RVA, 0x4e01);
	assert_err(open_file(), HM_E_PE_SECTION_BOUNDS);
	set_section(1, SEC_RVA, 0x1000);
	assert_err(open_file(), HM_E_PE_SECTION_OVERLAP);
}

static void test_overlaps(void **state)
{
	(void)state;
	/* In the file: .text is 0x200 to 0x600, .data 0x600 to 0x800. */
	set_section(1, SEC_RAW_OFF, 0x5ff);
	assert_err(open_file(), HM_E_PE_SECTION_OVERLAP);
	set_section(1, SEC_RAW_OFF, 0x200);
	assert_err(open_file(), HM_E_PE_SECTION_OVERLAP);
	set_section(1, SEC_RAW_OFF, 0x600);
	set_section(0, SEC_RAW_LEN, 0x401);
	assert_err(open_file(), HM_E_PE_SECTION_OVERLAP);
	set_section(0, SEC_RAW_LEN, 0x400);
	assert_ok(open_file());
	/* In memory: .text 0x1000 to 0x1300, .data 0x2000 to 0x3064, .bss 0x4000 to 0x4400. */
	set_section(2, SEC_RVA, 0x3063);
	assert_err(open_file(), HM_E_PE_SECTION_OVERLAP);
	set_section(2, SEC_RVA, 0x3064);
	assert_ok(open_file());
	set_section(2, SEC_RVA, 0x0f00);
	assert_err(open_file(), HM_E_PE_SECTION_OVERLAP);
	/* One around the other. */
	set_section(2, SEC_RVA, 0x1800);
	set_section(2, SEC_VIRTUAL_LEN, 0x3000);
	assert_err(open_file(), HM_E_PE_SECTION_OVERLAP);
}

static void test_descending_sections(void **state)
{
	uint8_t swapped[40];

	(void)state;
	memcpy(swapped, section(0, 0), 40);
	memcpy(section(0, 0), section(1, 0), 40);
	memcpy(section(1, 0), swapped, 40);
	assert_ok(open_file());
	/* They touch: one byte more and they overlap. */
	set_section(1, SEC_RAW_LEN, 0x401);
	assert_err(open_file(), HM_E_PE_SECTION_OVERLAP);
}

static void test_overlaps_loaded(void **state)
{
	struct hm_bytes image;
	uint8_t *memory;

	(void)state;
	set_section(1, SEC_RAW_OFF, 0x5ff);
	memory = support_pe_load(&pe_file, &image);
	assert_err(open_copy(image, true), HM_E_PE_SECTION_OVERLAP);
	free(memory);
	set_section(1, SEC_RAW_OFF, 0x600);
	set_section(2, SEC_RVA, 0x3063);
	memory = support_pe_load(&pe_file, &image);
	assert_err(open_copy(image, true), HM_E_PE_SECTION_OVERLAP);
	free(memory);
}

static void test_entry(void **state)
{
	static const uint32_t bad[] = {0, 0x0fff, 0x1300, 0x2000, 0x4000, 0x5000, 0xffffffff};

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++) {
		support_set_u32(optional(OPT_ENTRY), bad[i]);
		assert_err(open_file(), HM_E_PE_ENTRY);
	}
	support_set_u32(optional(OPT_ENTRY), 0x12ff);
	assert_ok(open_file());
	support_set_u32(optional(OPT_ENTRY), 0x1000);
	assert_ok(open_file());
	/* Behind the bytes of the file there are only zeros. */
	set_section(0, SEC_VIRTUAL_LEN, 0x800);
	support_set_u32(optional(OPT_ENTRY), 0x1400);
	assert_err(open_file(), HM_E_PE_ENTRY);
	support_set_u32(optional(OPT_ENTRY), 0x1000);
	set_section(0, SEC_CHARACTERISTICS, HM_PE_SCN_READ);
	assert_err(open_file(), HM_E_PE_ENTRY);
}

static void test_certificates(void **state)
{
	uint8_t *entry = support_pe_directory(&pe_file, 4);
	struct hm_pe pe;

	(void)state;
	support_pe_sign(&pe_file, 0x40);
	assert_ok(hm_pe_open_file(support_pe_bytes(&pe_file), &pe));
	assert_int_equal(pe.security_start, 0x800);
	assert_int_equal(pe.security_len, 0x40);
	/* Not at the end. */
	support_set_u32(entry + 4, 0x38);
	assert_err(open_file(), HM_E_PE_CERTIFICATES);
	support_set_u32(entry + 4, 0x48);
	assert_err(open_file(), HM_E_PE_CERTIFICATES);
	support_set_u32(entry + 4, 0xffffffff);
	assert_err(open_file(), HM_E_PE_CERTIFICATES);
	/* Not aligned. */
	support_set_u32(entry, 0x804);
	support_set_u32(entry + 4, 0x3c);
	assert_err(open_file(), HM_E_PE_CERTIFICATES);
	/* Over a section, over the headers. */
	support_set_u32(entry, 0x7f8);
	support_set_u32(entry + 4, 0x48);
	assert_err(open_file(), HM_E_PE_CERTIFICATES);
	support_set_u32(entry, 0x1f8);
	support_set_u32(entry + 4, 0x840 - 0x1f8);
	assert_err(open_file(), HM_E_PE_CERTIFICATES);
	/* Half an entry. */
	support_set_u32(entry, 0);
	support_set_u32(entry + 4, 0x840);
	assert_err(open_file(), HM_E_PE_CERTIFICATES);
	support_set_u32(entry, 0x840);
	support_set_u32(entry + 4, 0);
	assert_err(open_file(), HM_E_PE_CERTIFICATES);
}

/* A signed file in memory still names its certificates, which are not there. */
static void test_certificates_loaded(void **state)
{
	struct hm_bytes image;
	uint8_t *memory;

	(void)state;
	support_pe_sign(&pe_file, 0x40);
	memory = support_pe_load(&pe_file, &image);
	assert_ok(open_copy(image, true));
	free(memory);
	/* In the headers. */
	support_set_u32(support_pe_directory(&pe_file, 4), 0x1f8);
	support_set_u32(support_pe_directory(&pe_file, 4) + 4, 8);
	memory = support_pe_load(&pe_file, &image);
	assert_err(open_copy(image, true), HM_E_PE_CERTIFICATES);
	free(memory);
}

static void test_relocations(void **state)
{
	uint8_t *entry = support_pe_directory(&pe_file, 5);
	struct hm_pe pe;

	(void)state;
	support_set_u32(entry, 0x2000);
	support_set_u32(entry + 4, 12);
	assert_ok(hm_pe_open_file(support_pe_bytes(&pe_file), &pe));
	assert_int_equal(pe.reloc_rva, 0x2000);
	assert_int_equal(pe.reloc_len, 12);
	support_set_u32(entry + 4, 0x3001);
	assert_err(open_file(), HM_E_PE_RELOCATIONS);
	support_set_u32(entry, 0xffffffff);
	assert_err(open_file(), HM_E_PE_RELOCATIONS);
	support_set_u32(entry + 4, 1);
	assert_err(open_file(), HM_E_PE_RELOCATIONS);
}

/* No prefix of the file is a PE file, and none makes the reader leave it. */
static void test_every_length(void **state)
{
	struct hm_bytes image;
	uint8_t *memory = support_pe_load(&pe_file, &image);

	(void)state;
	for (size_t len = 0; len < pe_file.len; len++)
		assert_int_not_equal(open_copy(hm_bytes_of(pe_file.file, len), false), HM_OK);
	for (size_t len = 0; len < pe_file.len; len++)
		assert_int_not_equal(open_copy(hm_bytes_of(image.p, len), true), HM_OK);
	free(memory);
}

/* Every byte of the headers, values that are likely to hurt: what opens can be read. */
static void test_every_byte(void **state)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	size_t opened = 0, refused = 0;
	struct hm_bytes image;
	uint8_t *memory = support_pe_load(&pe_file, &image);

	(void)state;
	for (size_t i = 0; i < pe_file.headers_len; i++) {
		uint8_t was = pe_file.file[i];

		for (size_t v = 0; ROW(v, values); v++) {
			enum hm_err file_err, loaded_err;

			pe_file.file[i] = values[v];
			memory[i] = values[v];
			file_err = open_file();
			loaded_err = open_copy(image, true);
			/* Both look at the same headers; only bounds are of one layout. */
			if (file_err == HM_OK && loaded_err != HM_OK)
				assert_err(loaded_err, HM_E_PE_IMAGE_SIZE);
			if (file_err == HM_OK)
				opened++;
			else
				refused++;
		}
		pe_file.file[i] = was;
		memory[i] = was;
	}
	assert_true(opened > 0 && refused > 0);
	free(memory);
	assert_ok(open_file());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_file, set_up),
		cmocka_unit_test_setup(test_loaded, set_up),
		cmocka_unit_test_setup(test_section_index, set_up),
		cmocka_unit_test_setup(test_dos_header, set_up),
		cmocka_unit_test_setup(test_lfanew, set_up),
		cmocka_unit_test_setup(test_lfanew_within_dos_header, set_up),
		cmocka_unit_test_setup(test_signature_and_machine, set_up),
		cmocka_unit_test_setup(test_section_count, set_up),
		cmocka_unit_test_setup(test_optional_header, set_up),
		cmocka_unit_test_setup(test_directories, set_up),
		cmocka_unit_test_setup(test_directory_counts, set_up),
		cmocka_unit_test_setup(test_subsystem, set_up),
		cmocka_unit_test_setup(test_alignment, set_up),
		cmocka_unit_test_setup(test_headers_len, set_up),
		cmocka_unit_test_setup(test_image_len, set_up),
		cmocka_unit_test_setup(test_section_names, set_up),
		cmocka_unit_test_setup(test_raw_bounds, set_up),
		cmocka_unit_test_setup(test_virtual_bounds, set_up),
		cmocka_unit_test_setup(test_virtual_len_zero, set_up),
		cmocka_unit_test_setup(test_overlaps, set_up),
		cmocka_unit_test_setup(test_descending_sections, set_up),
		cmocka_unit_test_setup(test_overlaps_loaded, set_up),
		cmocka_unit_test_setup(test_entry, set_up),
		cmocka_unit_test_setup(test_certificates, set_up),
		cmocka_unit_test_setup(test_certificates_loaded, set_up),
		cmocka_unit_test_setup(test_relocations, set_up),
		cmocka_unit_test_setup(test_every_length, set_up),
		cmocka_unit_test_setup(test_every_byte, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
