/* SPDX-License-Identifier: BSD-2-Clause */
/* test_image.c - the stub, as it ships, loaded as a malformed image or with a malformed kernel in it */
#include "tests/efi/machine.h"
#include "tests/efi/pe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/*
 * One vector for each weakness that PE readers were found to have (shim CVE-2022-28737, CVE-2023-40546 to 40551; edk2
 * CVE-2019-14562, CVE-2022-36764; systemd's series of 2026): `len` bytes at `off` become `bytes`.
 */
struct vector {
	const char *name;
	uint32_t off;
	uint32_t len;
	const char *bytes;
	const char *text; /* what the machine says */
};

/* Sections of the stub in these tests, and of the kernel in it: machine.c. */
enum { TEXT, DATA, LINUX, OSREL, CMDLINE, INITRD, UNAME, SBAT };
enum { KERNEL_TEXT, KERNEL_DATA, KERNEL_RDATA };
#define NAME 0
#define VIRTUAL_LEN 8
#define RVA 12
#define RAW_LEN 16
#define RAW_OFF 20
#define FLAGS 36

#define TRUNCATED "the PE headers are cut off"
#define BOUNDS "a PE section lies outside of the file or image"
#define OVERLAP "two PE sections overlap"
#define ALIGNMENT "the PE file has an impossible alignment"
#define HEADERS "the PE header size is impossible"
#define ENTRY "the PE entry point is outside of executable code"
#define DIRECTORIES "the PE file has an impossible number of data directories"
#define COUNT "the PE file has no sections or too many"
#define SECTION_NAME "a PE section name is malformed"
#define DUPLICATE "a PE section that is measured exists twice"
#define CERTIFICATES "the PE certificate table is not at the end of the file"
#define RELOCATIONS "the PE file carries base relocations that cannot be applied"

static const struct vector own[] = {
	{"d05_no_dos_magic", 0, 2, "ZM", "not a PE file: no MZ header"},
	{"d05_pe_header_in_dos_header", 60, 4, "\x20\0\0\0", "not a PE file: no PE signature"},
	{"d05_pe_header_behind_the_image", 60, 4, "\0\0\xff\0", TRUNCATED},
	{"d05_pe_header_offset_wraps", 60, 4, "\xf0\xff\xff\xff", TRUNCATED},
	{"d05_no_pe_signature", PE_AT, 4, "PF\0\0", "not a PE file: no PE signature"},
	{"d05_other_machine", PE_COFF(0), 2, "\x4c\x01", "the PE file is not for x86-64"},
	{"d05_optional_header_pe32", PE_OPTIONAL(0), 2, "\x0b\x01",
	 "the PE optional header is not PE32+ or has a wrong size"},
	{"d05_optional_header_short", PE_COFF(16), 2, "\x40\0",
	 "the PE optional header is not PE32+ or has a wrong size"},
	{"d05_optional_header_long", PE_COFF(16), 2, "\xff\xff", TRUNCATED},
	{"d05_optional_header_one_directory_more", PE_COFF(16), 2, "\xf8\0", DIRECTORIES},
	{"d05_directories_17", PE_OPTIONAL(108), 4, "\x11\0\0\0", DIRECTORIES},
	{"d05_directories_15", PE_OPTIONAL(108), 4, "\x0f\0\0\0", DIRECTORIES},
	{"d05_directories_wrap", PE_OPTIONAL(108), 4, "\0\0\0\x20", DIRECTORIES},
	{"d05_sections_0", PE_COFF(2), 2, "\0\0", COUNT},
	{"d05_sections_97", PE_COFF(2), 2, "\x61\0", COUNT},
	{"d05_sections_65535", PE_COFF(2), 2, "\xff\xff", COUNT},
	{"d05_headers_shorter_than_table", PE_OPTIONAL(60), 4, "\x80\x01\0\0", HEADERS},
	{"d05_headers_0", PE_OPTIONAL(60), 4, "\0\0\0\0", HEADERS},
	{"d05_headers_longer_than_image", PE_OPTIONAL(60), 4, "\0\0\0\x10", HEADERS},
	{"d05_relocations_behind_the_image", PE_DIRECTORY(5), 8, "\0\0\0\x10\x0c\0\0\0", RELOCATIONS},
	{"d05_relocations_wrap", PE_DIRECTORY(5), 8, "\0\x10\0\0\xff\xff\xff\xff", RELOCATIONS},
	{"d05_certificates_in_headers", PE_DIRECTORY(4), 8, "\x08\0\0\0\x08\0\0\0", CERTIFICATES},
	{"d05_certificates_empty", PE_DIRECTORY(4), 8, "\0\x90\0\0\0\0\0\0", CERTIFICATES},
	{"d05_certificates_unaligned", PE_DIRECTORY(4), 8, "\x04\x90\0\0\x08\0\0\0", CERTIFICATES},
	{"d05_certificates_over_a_section", PE_DIRECTORY(4), 8, "\0\x06\0\0\0\x10\0\0", CERTIFICATES},
	{"d05_boot_driver", PE_OPTIONAL(68), 2, "\x0b\0", "the PE file is not an EFI application"},
	{"d06_alignment_0", PE_OPTIONAL(32), 4, "\0\0\0\0", ALIGNMENT},
	{"d06_alignment_no_power_of_2", PE_OPTIONAL(32), 4, "\0\x18\0\0", ALIGNMENT},
	{"d06_file_alignment_0", PE_OPTIONAL(36), 4, "\0\0\0\0", ALIGNMENT},
	{"d06_file_alignment_above_memory_s", PE_OPTIONAL(36), 4, "\0\x20\0\0", ALIGNMENT},
	{"d06_image_longer_than_memory", PE_OPTIONAL(56), 4, "\0\0\0\x01", "the PE image size is impossible"},
	{"d06_image_shorter_than_sections", PE_OPTIONAL(56), 4, "\0\x50\0\0", BOUNDS},
	{"d06_image_0", PE_OPTIONAL(56), 4, "\0\0\0\0", HEADERS},
	{"d06_section_longer_than_image", PE_SECTION(SBAT, VIRTUAL_LEN), 4, "\0\0\x01\0", BOUNDS},
	{"d06_section_length_wraps", PE_SECTION(LINUX, VIRTUAL_LEN), 4, "\xff\xff\xff\xff", BOUNDS},
	{"d06_section_behind_the_image", PE_SECTION(INITRD, RVA), 4, "\0\0\0\x7f", BOUNDS},
	{"d06_section_address_wraps", PE_SECTION(INITRD, RVA), 4, "\xff\xff\xff\xff", BOUNDS},
	{"d06_section_in_the_headers", PE_SECTION(CMDLINE, RVA), 4, "\0\0\0\0", BOUNDS},
	{"d06_section_file_bytes_in_the_headers", PE_SECTION(CMDLINE, RAW_OFF), 4, "\x10\0\0\0", BOUNDS},
	{"d06_section_over_another", PE_SECTION(LINUX, VIRTUAL_LEN), 4, "\x01\x10\0\0", OVERLAP},
	{"d06_section_without_file_bytes", PE_SECTION(LINUX, RAW_LEN), 4, "\0\0\0\0",
	 "a measured section is empty in the file or larger than the image"},
	{"d06_entry_0", PE_OPTIONAL(16), 4, "\0\0\0\0", ENTRY},
	{"d06_entry_in_data", PE_OPTIONAL(16), 4, "\0\x20\0\0", ENTRY},
	{"d06_entry_behind_code", PE_OPTIONAL(16), 4, "\x01\x10\0\0", ENTRY},
	{"d06_entry_behind_the_image", PE_OPTIONAL(16), 4, "\0\0\0\x80", ENTRY},
	{"d06_no_code", PE_SECTION(TEXT, FLAGS), 4, "\x40\0\0\x40", ENTRY},
	{"d07_cmdline_twice", PE_SECTION(OSREL, NAME), 8, ".cmdline", DUPLICATE},
	{"d07_linux_twice", PE_SECTION(UNAME, NAME), 8, ".linux\0\0", DUPLICATE},
	{"d07_initrd_twice", PE_SECTION(SBAT, NAME), 8, ".initrd\0", DUPLICATE},
	{"d07_name_empty", PE_SECTION(OSREL, NAME), 8, "\0osrel\0\0", SECTION_NAME},
	{"d07_name_goes_on_behind_nul", PE_SECTION(OSREL, NAME), 8, ".osrel\0x", SECTION_NAME},
	{"d07_name_not_printable", PE_SECTION(OSREL, NAME), 8, ".os\x1b[2J\0", SECTION_NAME},
	{"d07_no_linux", PE_SECTION(LINUX, NAME), 8, ".Linux\0\0", "the image has no .linux section"},
	{"d07_no_initrd", PE_SECTION(INITRD, NAME), 8, ".initrd2", "the image has no .initrd section"},
	{"d07_no_cmdline", PE_SECTION(CMDLINE, NAME), 8, ".cmdlin\0", "the image has no .cmdline section"},
	{"d07_cmdline_of_no_length", PE_SECTION(CMDLINE, VIRTUAL_LEN), 4, "\0\0\0\0",
	 "the image has no .cmdline section"},
	{"d07_initrd_of_no_length", PE_SECTION(INITRD, VIRTUAL_LEN), 4, "\0\0\0\0", "the image has no .initrd section"},
	{"d12_cmdline_with_nul", PE_SECTION(CMDLINE, VIRTUAL_LEN), 4, "\x11\0\0\0",
	 "the .cmdline section is not one line of printable ASCII"},
};

static const struct vector kernel[] = {
	{"d05_kernel_no_dos_magic", 0, 2, "\0\0", "not a PE file: no MZ header"},
	{"d05_kernel_no_pe_signature", PE_AT, 4, "PE\0\1", "not a PE file: no PE signature"},
	{"d05_kernel_headers_longer_than_file", PE_OPTIONAL(60), 4, "\0\0\0\x10", HEADERS},
	{"d05_kernel_sections_97", PE_COFF(2), 2, "\x61\0", COUNT},
	{"d05_kernel_relocations", PE_DIRECTORY(5), 8, "\0\x10\0\0\x0c\0\0\0", RELOCATIONS},
	{"d05_kernel_certificates_behind_the_file", PE_DIRECTORY(4), 8, "\0\0\x10\0\x08\0\0\0", CERTIFICATES},
	{"d06_kernel_alignment_512", PE_OPTIONAL(32), 4, "\0\x02\0\0", ALIGNMENT},
	{"d06_kernel_section_behind_the_file", PE_SECTION(KERNEL_RDATA, RAW_OFF), 4, "\0\0\x10\0", BOUNDS},
	{"d06_kernel_section_offset_wraps", PE_SECTION(KERNEL_RDATA, RAW_OFF), 4, "\0\xff\xff\xff", BOUNDS},
	{"d06_kernel_section_longer_than_file", PE_SECTION(KERNEL_RDATA, RAW_LEN), 4, "\xff\xff\xff\x7f", BOUNDS},
	{"d06_kernel_section_behind_the_image", PE_SECTION(KERNEL_DATA, RVA), 4, "\0\0\x10\0", BOUNDS},
	{"d06_kernel_section_in_the_headers", PE_SECTION(KERNEL_DATA, RVA), 4, "\0\0\0\0", BOUNDS},
	{"d06_kernel_sections_overlap_in_the_file", PE_SECTION(KERNEL_RDATA, RAW_OFF), 4, "\0\x04\0\0", OVERLAP},
	{"d06_kernel_sections_overlap_in_memory", PE_SECTION(KERNEL_RDATA, RVA), 4, "\0\x30\0\0", OVERLAP},
	{"d06_kernel_image_shorter_than_sections", PE_OPTIONAL(56), 4, "\0\x30\0\0", BOUNDS},
	{"d06_kernel_entry_in_data", PE_OPTIONAL(16), 4, "\0\x20\0\0", ENTRY},
	{"d06_kernel_entry_in_zeros", PE_OPTIONAL(16), 4, "\0\x18\0\0", ENTRY},
	{"d27_kernel_not_marked_nx", PE_OPTIONAL(70), 2, "\0\0", "the kernel is not marked NX compatible"},
	{"d27_kernel_section_writable_and_executable", PE_SECTION(KERNEL_TEXT, FLAGS), 4, "\x20\0\0\xe0",
	 "a PE section is both writable and executable"},
};

static const struct vector *vector;

static void spoil(uint8_t *image, uint32_t *len)
{
	(void)len;
	memcpy(image + vector->off, vector->bytes, vector->len);
}

static void spoil_kernel(uint8_t *linux, uint32_t len)
{
	(void)len;
	memcpy(linux + vector->off, vector->bytes, vector->len);
}

/* `before`: how much had been measured before the caps. */
static void check_refused(const char *stage, unsigned int before)
{
	const unsigned int caps = 5;

	assert_string_equal(machine->problem, "");
	assert_int_equal(machine->end, END_OFF);
	assert_false(machine->entered);
	assert_int_equal(machine->line_count, 1);
	if (!strstr(machine->line, stage) || !strstr(machine->line, vector->text))
		fail_msg("%s: '%s' and '%s' are not in '%s'", vector->name, stage, vector->text, machine->line);
	assert_int_equal(machine->extend_count, before + caps);
	for (unsigned int i = 0; i < caps; i++) {
		assert_int_equal(machine->extend[before + i].index, 11 + i);
		assert_memory_equal(machine->extend[before + i].content, "hallmark-fail/1 stage=stub", 26);
	}
}

static void one(void **state)
{
	struct setup s = setup_of(true, false, true, false);
	bool in_kernel;

	vector = *state;
	in_kernel = vector >= kernel && vector < kernel + sizeof(kernel) / sizeof(kernel[0]);
	if (in_kernel)
		s.spoil_kernel = spoil_kernel;
	else
		s.spoil = spoil;
	machine_run(&s);
	/* The kernel is measured before it is looked at; of an image that is not understood nothing is measured. */
	check_refused(in_kernel ? "|hallmark: stopped: kernel: " : "|hallmark: stopped: image: ",
		      in_kernel ? 2 * machine_section_count : 0);
}

/* The same image, not spoilt: no vector passes for another reason. */
static void happy_twin(void **state)
{
	struct setup s = setup_of(true, false, true, false);

	(void)state;
	machine_run(&s);
	assert_int_equal(machine->end, END_BOOTED);
}

static void cut(uint8_t *image, uint32_t *len)
{
	(void)image;
	*len = *(const uint32_t *)(const void *)vector;
}

/* The firmware says that less was loaded than the headers want: every length below it. */
static void d06_image_cut(void **state)
{
	struct setup s = setup_of(true, false, false, false);
	uint32_t full, len, count = 0;

	(void)state;
	machine_run(&s);
	full = (uint32_t)((const uint8_t *)machine_section[machine_section_count - 1].data -
			  (const uint8_t *)machine_section[0].data) +
	       0x5000;
	s.spoil = cut;
	for (len = 0; len < full; len += len < 1024 ? 1 : 509) {
		vector = (const struct vector *)(const void *)&len;
		machine_run(&s);
		assert_int_equal(machine->end, END_OFF);
		assert_false(machine->entered);
		assert_int_equal(machine->extend_count, 5);
		count++;
	}
	print_message("#! stub: %u boots of an image that is cut off\n", count);
}

int main(void)
{
	struct CMUnitTest tests[2 + sizeof(own) / sizeof(own[0]) + sizeof(kernel) / sizeof(kernel[0])] = {
		cmocka_unit_test(happy_twin),
		cmocka_unit_test(d06_image_cut),
	};
	size_t count = 2;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		tests[count++] = (struct CMUnitTest){own[i].name, one, NULL, NULL, (void *)(uintptr_t)&own[i]};
	for (size_t i = 0; i < sizeof(kernel) / sizeof(kernel[0]); i++)
		tests[count++] = (struct CMUnitTest){kernel[i].name, one, NULL, NULL, (void *)(uintptr_t)&kernel[i]};
	print_message("#! stub: %zu malformed images, %zu malformed kernels\n", sizeof(own) / sizeof(own[0]),
		      sizeof(kernel) / sizeof(kernel[0]));
	return _cmocka_run_group_tests("test_image", tests, count, NULL, NULL);
}
