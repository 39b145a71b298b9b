/* SPDX-License-Identifier: BSD-2-Clause */
/* build.c - appends sections to a PE file, the same bytes each time */
#include "host/uki/build.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "core/pe.h"
#include "host/base/args.h"

/* Microsoft PE/COFF specification: offsets inside the COFF header and the optional header (PE32+). */
#define COFF_HEADER_LEN 20u
#define COFF_SECTION_COUNT 2u
#define COFF_TIME_STAMP 4u
#define COFF_SYMBOLS 8u
#define OPTIONAL_INITIALIZED 8u
#define OPTIONAL_FILE_ALIGNMENT 36u
#define OPTIONAL_IMAGE_LEN 56u
#define OPTIONAL_CHECKSUM 64u
#define SECTION_HEADER_LEN 40u
#define MEMORY_ALIGNMENT 4096u
/* Ours are a multiple of this long, so that readers that pad the tail before hashing agree with the firmware. */
#define FILE_LEN_ALIGNMENT 8u
#define SECTION_FLAGS (HM_PE_SCN_READ | 0x00000040u) /* initialized data */

struct layout {
	struct hm_pe pe;
	size_t optional_off;
	size_t coff_off;
	uint32_t file_alignment;
	uint32_t memory_alignment;
	uint64_t raw_end;     /* of the stub's sections in the file */
	uint64_t rva_end;     /* in memory */
	uint64_t initialized; /* SizeOfInitializedData */
};

static uint64_t align_up(uint64_t v, uint32_t alignment)
{
	return (v + alignment - 1) & ~(uint64_t)(alignment - 1);
}

static uint32_t get_u32(struct hm_bytes file, size_t off)
{
	struct hm_reader r = hm_reader_of(file);

	hm_skip(&r, off);
	return hm_get_u32le(&r);
}

static void set_u32(struct hm_file *file, size_t off, uint32_t v)
{
	struct hm_writer w = hm_writer_of(file->p + off, sizeof(v));

	hm_put_u32le(&w, v);
}

/* All of the stub's bytes must be headers and sections, one after the other. */
static bool check_stub_sections(struct layout *l, struct hm_error *error)
{
	uint64_t raw_sum = l->pe.headers_len;

	l->raw_end = l->pe.headers_len;
	for (uint32_t i = 0; i < l->pe.section_count; i++) {
		struct hm_pe_section s;
		enum hm_err err = hm_pe_section(&l->pe, i, &s);
		uint64_t len;

		if (err)
			return hm_error_set(error, "%s", hm_err_text(err));
		len = s.virtual_len > s.raw_len ? s.virtual_len : s.raw_len;
		if (s.rva + len > l->rva_end)
			l->rva_end = s.rva + len;
		raw_sum += s.raw_len;
		if (s.raw_len && (uint64_t)s.raw_off + s.raw_len > l->raw_end)
			l->raw_end = (uint64_t)s.raw_off + s.raw_len;
	}
	if (raw_sum != l->raw_end)
		return hm_error_set(error, "the stub has a gap between its sections in the file");
	return true;
}

static bool check_stub(struct hm_bytes stub, struct layout *l, struct hm_error *error)
{
	enum hm_err err = hm_pe_open_file(stub, &l->pe);
	uint32_t symbols;

	if (err)
		return hm_error_set(error, "%s", hm_err_text(err));
	l->optional_off = l->pe.checksum_off - OPTIONAL_CHECKSUM;
	l->coff_off = l->optional_off - COFF_HEADER_LEN;
	l->file_alignment = get_u32(stub, l->optional_off + OPTIONAL_FILE_ALIGNMENT);
	l->initialized = get_u32(stub, l->optional_off + OPTIONAL_INITIALIZED);
	l->memory_alignment = l->pe.section_alignment > MEMORY_ALIGNMENT ? l->pe.section_alignment : MEMORY_ALIGNMENT;
	if (l->pe.security_len)
		return hm_error_set(error, "the stub is signed; sign the finished image instead");
	if (l->file_alignment % FILE_LEN_ALIGNMENT)
		return hm_error_set(error, "the stub's file alignment is not a multiple of %u", FILE_LEN_ALIGNMENT);
	if (!check_stub_sections(l, error))
		return false;
	symbols = get_u32(stub, l->coff_off + COFF_SYMBOLS);
	if (stub.len > l->raw_end && symbols != l->raw_end)
		return hm_error_set(error, "the stub has bytes after its last section");
	return true;
}

static bool check_new_name(const struct layout *l, const char *name, struct hm_error *error)
{
	for (uint32_t i = 0; i < l->pe.section_count; i++) {
		struct hm_pe_section s;
		enum hm_err err = hm_pe_section(&l->pe, i, &s);

		if (err)
			return hm_error_set(error, "%s", hm_err_text(err));
		if (hm_bytes_equal_text(s.name, name))
			return hm_error_set(error, "the stub has a section %s already", name);
	}
	return true;
}

static bool check_new(const struct layout *l, const struct hm_pe_new_section *sections, size_t count,
		      struct hm_error *error)
{
	size_t room = (l->pe.headers_len - l->pe.sections_off) / SECTION_HEADER_LEN;

	if (l->pe.section_count + count > HM_PE_SECTIONS_MAX || l->pe.section_count + count > room)
		return hm_error_set(error, "the stub's header has room for %zu sections, %zu are needed", room,
				    l->pe.section_count + count);
	for (size_t i = 0; i < count; i++) {
		if (!check_new_name(l, sections[i].name, error))
			return false;
		if (sections[i].content.len == 0)
			return hm_error_set(error, "the content of %s is empty", sections[i].name);
	}
	return true;
}

static void put_section(struct hm_file *out, size_t header_off, const struct hm_pe_new_section *section, uint64_t rva,
			uint64_t raw_off, uint64_t raw_len)
{
	struct hm_writer w = hm_writer_of(out->p + header_off, SECTION_HEADER_LEN);

	memset(out->p + header_off, 0, SECTION_HEADER_LEN);
	hm_put_text(&w, section->name);
	w.len = 8;
	hm_put_u32le(&w, (uint32_t)section->content.len);
	hm_put_u32le(&w, (uint32_t)rva);
	hm_put_u32le(&w, (uint32_t)raw_len);
	hm_put_u32le(&w, (uint32_t)raw_off);
	w.len += 12; /* relocations and line numbers: none */
	hm_put_u32le(&w, SECTION_FLAGS);
	memcpy(out->p + raw_off, section->content.p, section->content.len);
}

/* Where everything ends; false where a 32-bit field would not hold it. */
static bool measure_output(const struct layout *l, const struct hm_pe_new_section *sections, size_t count,
			   uint64_t *ret_file_len)
{
	uint64_t raw = align_up(l->raw_end, l->file_alignment);
	uint64_t rva = align_up(l->rva_end, l->memory_alignment);

	for (size_t i = 0; i < count; i++) {
		if (sections[i].content.len > INT32_MAX)
			return false;
		raw += align_up(sections[i].content.len, l->file_alignment);
		rva += align_up(sections[i].content.len, l->memory_alignment);
	}
	*ret_file_len = raw;
	return raw <= INT32_MAX && rva <= INT32_MAX;
}

static void fill(struct hm_file *out, struct layout *l, struct hm_bytes stub, const struct hm_pe_new_section *sections,
		 size_t count)
{
	uint64_t raw = align_up(l->raw_end, l->file_alignment);
	uint64_t rva = align_up(l->rva_end, l->memory_alignment);
	struct hm_writer w = hm_writer_of(out->p + l->coff_off + COFF_SECTION_COUNT, 2);

	memcpy(out->p, stub.p, (size_t)l->raw_end);
	for (size_t i = 0; i < count; i++) {
		uint64_t raw_len = align_up(sections[i].content.len, l->file_alignment);

		put_section(out, l->pe.sections_off + (l->pe.section_count + i) * SECTION_HEADER_LEN, &sections[i], rva,
			    raw, raw_len);
		raw += raw_len;
		rva += align_up(sections[i].content.len, l->memory_alignment);
		l->initialized += raw_len;
	}
	hm_put_u16le(&w, (uint16_t)(l->pe.section_count + count));
	set_u32(out, l->coff_off + COFF_TIME_STAMP, 0);
	set_u32(out, l->coff_off + COFF_SYMBOLS, 0);
	set_u32(out, l->coff_off + COFF_SYMBOLS + 4, 0);
	set_u32(out, l->optional_off + OPTIONAL_INITIALIZED, (uint32_t)l->initialized);
	set_u32(out, l->optional_off + OPTIONAL_IMAGE_LEN, (uint32_t)rva);
	set_u32(out, l->optional_off + OPTIONAL_CHECKSUM, 0);
}

bool hm_pe_build(struct hm_bytes stub, const struct hm_pe_new_section *sections, size_t count, struct hm_file *ret,
		 struct hm_error *error)
{
	struct layout l = {.raw_end = 0};
	struct hm_file out = {0};
	uint64_t len;

	if (!check_stub(stub, &l, error) || !check_new(&l, sections, count, error))
		return false;
	if (align_up(l.raw_end, l.file_alignment) != l.raw_end)
		return hm_error_set(error, "the stub's last section does not end at its file alignment");
	if (!measure_output(&l, sections, count, &len))
		return hm_error_set(error, "the image would be larger than 2 GiB");
	out.p = calloc(1, (size_t)len);
	if (!out.p)
		return hm_error_set(error, "out of memory");
	out.len = (size_t)len;
	fill(&out, &l, stub, sections, count);
	*ret = out;
	return true;
}
