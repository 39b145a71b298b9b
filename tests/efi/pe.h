/* SPDX-License-Identifier: BSD-2-Clause */
/* pe.h - writes small PE files for the tests of the stub; knows nothing of core/pe */
#ifndef TESTS_EFI_PE_H
#define TESTS_EFI_PE_H

#include <stddef.h>
#include <stdint.h>

struct part {
	const char *name;
	const void *data;
	uint32_t len;
	uint32_t virtual_len; /* 0: len */
	uint32_t flags;
};
#define PART_CODE 0x60000020u
#define PART_READ 0x40000040u
#define PART_DATA 0xc0000040u

/* Where fields are, so that a test can spoil one. */
#define PE_AT 64u /* "PE\0\0" */
#define PE_COFF(field) (PE_AT + 4u + (field))
#define PE_OPTIONAL(field) (PE_AT + 24u + (field))
#define PE_DIRECTORY(i) (PE_OPTIONAL(112u) + 8u * (i))
#define PE_SECTION(i, field) (PE_AT + 24u + 240u + 40u * (i) + (field))

/*
 * An EFI application for x86-64 of these parts, the entry point at the first byte of the first, marked NX compatible,
 * without relocations, each part at the next page of memory. With file_alignment 4096 the file is also what it is in
 * memory. Returns its length; SizeOfImage goes to *ret_image_len.
 */
size_t pe_write(uint8_t *out, size_t cap, const struct part *parts, size_t count, uint32_t file_alignment,
		uint32_t *ret_image_len);

void put32(uint8_t *p, uint32_t v);
uint32_t get32(const uint8_t *p);

#endif
