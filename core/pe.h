/* SPDX-License-Identifier: BSD-2-Clause */
/* pe.h - a strict reader of PE32+ files and of loaded images */
#ifndef HM_PE_H
#define HM_PE_H

#include "bytes.h"
#include "err.h"

/*
 * One reader for both layouts. In the *file* layout a section's bytes are at
 * PointerToRawData, min(SizeOfRawData, VirtualSize) of them, followed by zeros
 * up to VirtualSize. In the *loaded* layout they are VirtualSize bytes at
 * VirtualAddress and the zeros are in memory. Everything that is out of bounds,
 * overlapping or contradictory is refused, nothing is skipped.
 * Source: Microsoft PE/COFF specification; systemd's and shim's PE advisories.
 */
#define HM_PE_SECTIONS_MAX 96u /* Windows' own limit */

#define HM_PE_SCN_EXECUTE 0x20000000u
#define HM_PE_SCN_READ 0x40000000u
#define HM_PE_SCN_WRITE 0x80000000u
#define HM_PE_DLL_NX_COMPAT 0x0100u

struct hm_pe {
	struct hm_bytes image; /* the file, or the loaded image */
	bool loaded;
	size_t sections_off; /* of the section table */
	uint32_t section_count;
	uint32_t headers_len; /* SizeOfHeaders */
	uint32_t image_len;   /* SizeOfImage */
	uint64_t image_base;  /* ImageBase */
	uint32_t section_alignment;
	uint32_t entry_rva;
	uint16_t dll_characteristics;
	size_t checksum_off;	 /* file offset of the CheckSum field */
	size_t security_off;	 /* file offset of the certificate table's directory entry; 0: none */
	uint32_t security_start; /* certificate table: file offset and length; 0, 0: none */
	uint32_t security_len;
	uint32_t reloc_rva; /* base relocation directory; 0, 0: none */
	uint32_t reloc_len;
};

struct hm_pe_section {
	struct hm_bytes name; /* up to 8 bytes, without NUL padding; borrowed */
	uint32_t rva;
	uint32_t virtual_len; /* VirtualSize */
	uint32_t raw_off;     /* PointerToRawData */
	uint32_t raw_len;     /* SizeOfRawData */
	uint32_t characteristics;
	struct hm_bytes data; /* the bytes that exist, at most virtual_len; borrowed */
	uint32_t zero_tail;   /* virtual_len - data.len */
};

/* Read and check all headers. `image` is borrowed for the life of *ret. */
HM_MUST_CHECK enum hm_err hm_pe_open_file(struct hm_bytes image, struct hm_pe *ret);
HM_MUST_CHECK enum hm_err hm_pe_open_loaded(struct hm_bytes image, struct hm_pe *ret);
/* Section `index` in table order (index < section_count; all were checked by open). */
HM_MUST_CHECK enum hm_err hm_pe_section(const struct hm_pe *pe, uint32_t index, struct hm_pe_section *ret);

#endif
