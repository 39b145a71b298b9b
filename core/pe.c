/* SPDX-License-Identifier: BSD-2-Clause */
/* pe.c - a strict reader of PE32+ files and of loaded images */
#include "pe.h"

/* Microsoft PE/COFF specification: MS-DOS stub, file header, optional header, section table. */
#define DOS_HEADER_LEN 64u
#define DOS_LFANEW_OFF 60u
#define COFF_HEADER_LEN 24u /* with the signature before it */
#define COFF_MACHINE_X86_64 0x8664u
#define OPTIONAL_FIXED_LEN 112u
#define OPTIONAL_MAGIC_PE32PLUS 0x020bu
#define OPTIONAL_CHECKSUM_OFF 64u
#define SUBSYSTEM_EFI_APPLICATION 10u
#define DIRECTORIES_MAX 16u
#define DIRECTORY_LEN 8u
#define DIRECTORY_SECURITY 4u
#define DIRECTORY_RELOC 5u
#define SECTION_HEADER_LEN 40u
#define SECTION_NAME_LEN 8u
#define CERTIFICATE_ALIGNMENT 8u

struct range {
	uint32_t off;
	uint32_t len;
};

static bool is_power_of_two(uint32_t v)
{
	return v != 0 && (v & (v - 1)) == 0;
}

static bool range_within(struct range r, uint64_t end)
{
	return r.off <= end && r.len <= end - r.off;
}

static bool ranges_overlap(struct range a, struct range b)
{
	if (a.len == 0 || b.len == 0)
		return false;
	return a.off <= b.off ? b.off - a.off < a.len : a.off - b.off < b.len;
}

static struct range raw_range(const struct hm_pe_section *s)
{
	return (struct range){.off = s->raw_off, .len = s->raw_len};
}

/* Where VirtualSize is 0, edk2's loader places SizeOfRawData bytes all the same. */
static struct range virtual_range(const struct hm_pe_section *s)
{
	uint32_t len = s->virtual_len != 0 ? s->virtual_len : s->raw_len;

	return (struct range){.off = s->rva, .len = len};
}

/* How much of the section comes from the file. */
static uint32_t file_len(const struct hm_pe_section *s)
{
	return s->raw_len < s->virtual_len ? s->raw_len : s->virtual_len;
}

/* Printable characters, then nothing but NULs, so that every reader sees the same name. */
static enum hm_err read_name(struct hm_bytes field, struct hm_bytes *ret)
{
	size_t len = 0;

	while (len < field.len && field.p[len] != 0) {
		if (field.p[len] <= ' ' || field.p[len] > '~')
			return HM_E_PE_SECTION_NAME;
		len++;
	}
	if (len == 0)
		return HM_E_PE_SECTION_NAME;
	for (size_t i = len; i < field.len; i++) {
		if (field.p[i] != 0)
			return HM_E_PE_SECTION_NAME;
	}
	*ret = hm_bytes_of(field.p, len);
	return HM_OK;
}

/* One header of the section table, without its data. */
static enum hm_err read_section(const struct hm_pe *pe, uint32_t index, struct hm_pe_section *ret)
{
	struct hm_pe_section s = {.raw_off = 0};
	struct hm_bytes table, name;
	struct hm_reader r;
	enum hm_err err;

	if (!hm_bytes_slice(pe->image, pe->sections_off, (uint64_t)pe->section_count * SECTION_HEADER_LEN, &table))
		return HM_E_PE_TRUNCATED;
	r = hm_reader_of(table);
	hm_skip(&r, (uint64_t)index * SECTION_HEADER_LEN);
	name = hm_get_bytes(&r, SECTION_NAME_LEN);
	s.virtual_len = hm_get_u32le(&r);
	s.rva = hm_get_u32le(&r);
	s.raw_len = hm_get_u32le(&r);
	s.raw_off = hm_get_u32le(&r);
	hm_skip(&r, 12); /* relocations and line numbers: of object files only */
	s.characteristics = hm_get_u32le(&r);
	if (r.failed)
		return HM_E_PE_TRUNCATED;
	err = read_name(name, &s.name);
	if (err)
		return err;
	*ret = s;
	return HM_OK;
}

/* Up to the optional header; *ret_optional is that header, as long as the file header says. */
static enum hm_err read_coff(struct hm_pe *pe, size_t *ret_off, struct hm_bytes *ret_optional)
{
	static const uint8_t signature[4] = {'P', 'E', 0, 0};
	struct hm_reader r = hm_reader_of(pe->image);
	uint32_t coff_off;
	uint16_t machine, optional_len;
	struct hm_bytes magic;

	if (!hm_bytes_equal_text(hm_get_bytes(&r, 2), "MZ"))
		return HM_E_PE_DOS_MAGIC;
	hm_skip(&r, DOS_LFANEW_OFF - 2);
	coff_off = hm_get_u32le(&r);
	if (r.failed)
		return HM_E_PE_TRUNCATED;
	if (coff_off < DOS_HEADER_LEN)
		return HM_E_PE_MAGIC;

	r = hm_reader_of(pe->image);
	hm_skip(&r, coff_off);
	magic = hm_get_bytes(&r, sizeof(signature));
	machine = hm_get_u16le(&r);
	pe->section_count = hm_get_u16le(&r);
	hm_skip(&r, 12); /* time stamp, symbol table */
	optional_len = hm_get_u16le(&r);
	hm_skip(&r, 2); /* characteristics */
	if (r.failed)
		return HM_E_PE_TRUNCATED;
	if (!hm_bytes_equal(magic, hm_bytes_of(signature, sizeof(signature))))
		return HM_E_PE_MAGIC;
	if (machine != COFF_MACHINE_X86_64)
		return HM_E_PE_MACHINE;
	if (pe->section_count == 0 || pe->section_count > HM_PE_SECTIONS_MAX)
		return HM_E_PE_SECTION_COUNT;
	*ret_off = r.off;
	*ret_optional = hm_get_bytes(&r, optional_len);
	pe->sections_off = r.off;
	return r.failed ? HM_E_PE_TRUNCATED : HM_OK;
}

static void read_directories(struct hm_pe *pe, struct hm_reader *r, size_t optional_off, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		size_t off = optional_off + r->off;
		uint32_t start = hm_get_u32le(r);
		uint32_t len = hm_get_u32le(r);

		if (i == DIRECTORY_SECURITY) {
			pe->security_off = off;
			pe->security_start = start;
			pe->security_len = len;
		}
		if (i == DIRECTORY_RELOC) {
			pe->reloc_rva = start;
			pe->reloc_len = len;
		}
	}
}

static enum hm_err read_optional(struct hm_pe *pe, size_t off, struct hm_bytes optional)
{
	struct hm_reader r = hm_reader_of(optional);
	uint32_t file_alignment, directory_count;
	uint16_t subsystem;

	if (hm_get_u16le(&r) != OPTIONAL_MAGIC_PE32PLUS || optional.len < OPTIONAL_FIXED_LEN)
		return HM_E_PE_OPTIONAL;
	hm_skip(&r, 14); /* linker version, sizes of code and data: sums that nothing depends on */
	pe->entry_rva = hm_get_u32le(&r);
	hm_skip(&r, 4); /* BaseOfCode */
	pe->image_base = hm_get_u64le(&r);
	pe->section_alignment = hm_get_u32le(&r);
	file_alignment = hm_get_u32le(&r);
	hm_skip(&r, 16); /* versions */
	pe->image_len = hm_get_u32le(&r);
	pe->headers_len = hm_get_u32le(&r);
	pe->checksum_off = off + OPTIONAL_CHECKSUM_OFF;
	hm_skip(&r, 4);
	subsystem = hm_get_u16le(&r);
	pe->dll_characteristics = hm_get_u16le(&r);
	hm_skip(&r, 36); /* stack and heap sizes, loader flags */
	directory_count = hm_get_u32le(&r);
	/* A disagreement lets two readers see two section tables. */
	if (directory_count > DIRECTORIES_MAX || optional.len - OPTIONAL_FIXED_LEN != directory_count * DIRECTORY_LEN)
		return HM_E_PE_DIRECTORIES;
	if (subsystem != SUBSYSTEM_EFI_APPLICATION)
		return HM_E_PE_SUBSYSTEM;
	if (!is_power_of_two(pe->section_alignment) || !is_power_of_two(file_alignment) ||
	    file_alignment > pe->section_alignment)
		return HM_E_PE_ALIGNMENT;
	read_directories(pe, &r, off, directory_count);
	return HM_OK;
}

static enum hm_err check_sizes(const struct hm_pe *pe)
{
	if (pe->headers_len < pe->sections_off ||
	    (pe->headers_len - pe->sections_off) / SECTION_HEADER_LEN < pe->section_count)
		return HM_E_PE_HEADERS_SIZE;
	if (pe->headers_len > pe->image.len || pe->headers_len > pe->image_len)
		return HM_E_PE_HEADERS_SIZE;
	if (pe->loaded && pe->image_len > pe->image.len)
		return HM_E_PE_IMAGE_SIZE;
	if (!range_within((struct range){pe->reloc_rva, pe->reloc_len}, pe->image_len))
		return HM_E_PE_RELOCATIONS;
	return HM_OK;
}

/*
 * That VirtualAddress and SizeOfImage are multiples of the alignment is not asked
 * for: objcopy and Debian 12's systemd-stub do not keep to it, firmware loads them.
 */
static enum hm_err check_section(const struct hm_pe *pe, const struct hm_pe_section *s)
{
	if (s->rva < pe->headers_len || !range_within(virtual_range(s), pe->image_len))
		return HM_E_PE_SECTION_BOUNDS;
	if (s->raw_len == 0)
		return HM_OK; /* .bss: PointerToRawData has no meaning */
	if (s->raw_off < pe->headers_len)
		return HM_E_PE_SECTION_BOUNDS;
	if (!pe->loaded && !range_within(raw_range(s), pe->image.len))
		return HM_E_PE_SECTION_BOUNDS;
	return HM_OK;
}

static enum hm_err check_overlap(const struct hm_pe *pe, uint32_t index, const struct hm_pe_section *s)
{
	for (uint32_t i = 0; i < index; i++) {
		struct hm_pe_section other;
		enum hm_err err = read_section(pe, i, &other);

		if (err)
			return err;
		if (ranges_overlap(virtual_range(s), virtual_range(&other)) ||
		    ranges_overlap(raw_range(s), raw_range(&other)))
			return HM_E_PE_SECTION_OVERLAP;
	}
	return HM_OK;
}

static enum hm_err check_sections(const struct hm_pe *pe)
{
	for (uint32_t i = 0; i < pe->section_count; i++) {
		struct hm_pe_section s;
		enum hm_err err = read_section(pe, i, &s);

		if (!err)
			err = check_section(pe, &s);
		if (!err)
			err = check_overlap(pe, i, &s);
		if (err)
			return err;
	}
	return HM_OK;
}

/* In bytes of the file: the zeros behind them are no code. */
static enum hm_err check_entry(const struct hm_pe *pe)
{
	for (uint32_t i = 0; i < pe->section_count; i++) {
		struct hm_pe_section s;
		enum hm_err err = read_section(pe, i, &s);

		if (err)
			return err;
		if (!(s.characteristics & HM_PE_SCN_EXECUTE))
			continue;
		if (pe->entry_rva >= s.rva && pe->entry_rva - s.rva < file_len(&s))
			return HM_OK;
	}
	return HM_E_PE_ENTRY;
}

/* Bytes behind or under the certificates would be measured by one reader and not by the next. */
static enum hm_err check_certificates(const struct hm_pe *pe)
{
	struct range certificates = {pe->security_start, pe->security_len};

	if (certificates.off == 0 && certificates.len == 0)
		return HM_OK;
	if (certificates.len == 0 || certificates.off < pe->headers_len ||
	    certificates.off % CERTIFICATE_ALIGNMENT != 0)
		return HM_E_PE_CERTIFICATES;
	if (!pe->loaded &&
	    (!range_within(certificates, pe->image.len) || pe->image.len - certificates.off != certificates.len))
		return HM_E_PE_CERTIFICATES;
	for (uint32_t i = 0; i < pe->section_count; i++) {
		struct hm_pe_section s;
		enum hm_err err = read_section(pe, i, &s);

		if (err)
			return err;
		if (ranges_overlap(certificates, raw_range(&s)))
			return HM_E_PE_CERTIFICATES;
	}
	return HM_OK;
}

static enum hm_err open_image(struct hm_bytes image, bool loaded, struct hm_pe *ret)
{
	struct hm_pe pe = {.image = image, .loaded = loaded};
	struct hm_bytes optional;
	size_t optional_off;
	enum hm_err err;

	err = read_coff(&pe, &optional_off, &optional);
	if (!err)
		err = read_optional(&pe, optional_off, optional);
	if (!err)
		err = check_sizes(&pe);
	if (!err)
		err = check_sections(&pe);
	if (!err)
		err = check_entry(&pe);
	if (!err)
		err = check_certificates(&pe);
	if (err)
		return err;
	*ret = pe;
	return HM_OK;
}

enum hm_err hm_pe_open_file(struct hm_bytes image, struct hm_pe *ret)
{
	return open_image(image, false, ret);
}

enum hm_err hm_pe_open_loaded(struct hm_bytes image, struct hm_pe *ret)
{
	return open_image(image, true, ret);
}

enum hm_err hm_pe_section(const struct hm_pe *pe, uint32_t index, struct hm_pe_section *ret)
{
	struct hm_pe_section s;
	enum hm_err err;
	bool ok;

	if (index >= pe->section_count)
		return HM_E_PE_SECTION_COUNT;
	err = read_section(pe, index, &s);
	if (err)
		return err;
	if (pe->loaded)
		ok = hm_bytes_slice(pe->image, s.rva, s.virtual_len, &s.data);
	else if (file_len(&s) == 0)
		ok = true; /* PointerToRawData may be anything */
	else
		ok = hm_bytes_slice(pe->image, s.raw_off, file_len(&s), &s.data);
	if (!ok)
		return HM_E_PE_SECTION_BOUNDS;
	s.zero_tail = s.virtual_len - (uint32_t)s.data.len;
	*ret = s;
	return HM_OK;
}
