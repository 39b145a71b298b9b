/* SPDX-License-Identifier: BSD-2-Clause */
/* pe.c - writes small PE files for the tests of the stub; knows nothing of core/pe */
#include "tests/efi/pe.h"

#include <stdlib.h>
#include <string.h>

#define PAGE 4096u

void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void put16(uint8_t *p, unsigned int v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static uint32_t align(uint32_t v, uint32_t to)
{
	return (v + to - 1) / to * to;
}

size_t pe_write(uint8_t *out, size_t cap, const struct part *parts, size_t count, uint32_t file_alignment,
		uint32_t *ret_image_len)
{
	uint32_t headers = align(PE_SECTION((uint32_t)count, 0), file_alignment);
	uint32_t off = headers, rva = align(headers, PAGE);

	memset(out, 0, cap);
	memcpy(out, "MZ", 2);
	put32(out + 60, PE_AT);
	memcpy(out + PE_AT, "PE", 2);
	put16(out + PE_COFF(0), 0x8664);
	put16(out + PE_COFF(2), (unsigned int)count);
	put16(out + PE_COFF(16), 240);
	put16(out + PE_COFF(18), 0x22e);
	put16(out + PE_OPTIONAL(0), 0x20b);
	put32(out + PE_OPTIONAL(16), rva);
	put32(out + PE_OPTIONAL(32), PAGE);
	put32(out + PE_OPTIONAL(36), file_alignment);
	put32(out + PE_OPTIONAL(60), headers);
	put16(out + PE_OPTIONAL(68), 10);
	put16(out + PE_OPTIONAL(70), 0x100);
	put32(out + PE_OPTIONAL(108), 16);
	for (uint32_t i = 0; i < count; i++) {
		const struct part *p = &parts[i];
		uint32_t raw = align(p->len, file_alignment);

		if (off + raw > cap)
			abort();
		memcpy(out + PE_SECTION(i, 0), p->name, strlen(p->name));
		put32(out + PE_SECTION(i, 8), p->virtual_len ? p->virtual_len : p->len);
		put32(out + PE_SECTION(i, 12), rva);
		put32(out + PE_SECTION(i, 16), raw);
		put32(out + PE_SECTION(i, 20), off);
		put32(out + PE_SECTION(i, 36), p->flags);
		memcpy(out + off, p->data, p->len);
		off += raw;
		rva += align(p->virtual_len ? p->virtual_len : p->len, PAGE);
	}
	put32(out + PE_OPTIONAL(56), rva);
	*ret_image_len = rva;
	return off;
}
