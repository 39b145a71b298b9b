/* SPDX-License-Identifier: BSD-2-Clause */
/* volumes.c - reads the volumes out of an OVMF firmware file */
#include "host/firmware/volumes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"
#include "host/base/lazy.h"

#include <lzma.h>

/* The ABI of every liblzma 5. */
#define SONAME "liblzma.so.5"
#if LZMA_VERSION_MAJOR != 5
#error "another ABI than SONAME's"
#endif

#define FUNCTIONS(X) \
	X(lzma_, alone_decoder) \
	X(lzma_, code) \
	X(lzma_, end)

static struct {
	FUNCTIONS(HM_LAZY_POINTER)
} lib;
static const struct hm_lazy_symbol symbols[] = {FUNCTIONS(HM_LAZY_SYMBOL)};
static struct hm_lazy library = HM_LAZY(SONAME, symbols);

#define VOLUME_STEP 4096u     /* volumes of OVMF stand at multiples of this */
#define VOLUME_HEADER_LEN 56u /* up to the block map */
#define VOLUME_EXT_LEN 20u    /* name GUID, size */
#define FILE_HEADER_LEN 24u
#define FILE_HEADER_LARGE_LEN 32u
#define FILE_ATTRIBUTE_LARGE 0x01u
#define FILE_PEI_CORE 0x04u
#define FILE_DXE_CORE 0x05u
#define FILE_VOLUME_IMAGE 0x0bu
#define SECTION_GUIDED 0x02u
#define SECTION_VOLUME 0x17u
#define LZMA_MEMORY_MAX (256u * 1024u * 1024u)

/* ee4e5898-3914-4259-9d6e-dc7bd79403cf, in memory. */
static const uint8_t guid_lzma[HM_GUID_LEN] = {0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
					       0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf};

struct volume {
	struct hm_bytes all;
	struct hm_bytes files;
	uint8_t name[HM_GUID_LEN]; /* zero where it has none */
};

/* f0e6a44f-7195-41c3-ac64-54f202cd0a21, SecureBootConfigDxe: in every OVMF with Secure Boot code, and in no other. */
static const uint8_t guid_secure_boot[HM_GUID_LEN] = {0x4f, 0xa4, 0xe6, 0xf0, 0x95, 0x71, 0xc3, 0x41,
						      0xac, 0x64, 0x54, 0xf2, 0x02, 0xcd, 0x0a, 0x21};

struct item { /* a file of a volume, or a section of a file */
	uint8_t type;
	struct hm_bytes name; /* of a file */
	struct hm_bytes content;
};

static uint32_t get_u24(struct hm_reader *r)
{
	uint32_t low = hm_get_u16le(r);

	return low | (uint32_t)hm_get_u8(r) << 16;
}

/* A volume at the start of `bytes`; false if there is none. */
static bool open_volume(struct hm_bytes bytes, struct volume *ret)
{
	struct hm_reader r = hm_reader_of(bytes);
	struct volume v = {.name = {0}};
	struct hm_bytes signature, ext;
	uint16_t header_len, ext_off;
	size_t files;
	uint64_t len;

	hm_skip(&r, 32); /* zero vector, file system GUID */
	len = hm_get_u64le(&r);
	signature = hm_get_bytes(&r, 4);
	hm_skip(&r, 4); /* attributes */
	header_len = hm_get_u16le(&r);
	hm_skip(&r, 2); /* checksum */
	ext_off = hm_get_u16le(&r);
	if (r.failed || !hm_bytes_equal_text(signature, "_FVH") || header_len < VOLUME_HEADER_LEN ||
	    !hm_bytes_slice(bytes, 0, len, &v.all) || header_len > len)
		return false;
	files = header_len;
	if (ext_off) {
		if (!hm_bytes_slice(v.all, ext_off, VOLUME_EXT_LEN, &ext))
			return false;
		r = hm_reader_of(ext);
		memcpy(v.name, hm_get_bytes(&r, HM_GUID_LEN).p, HM_GUID_LEN);
		len = hm_get_u32le(&r);
		if (len > v.all.len - ext_off)
			return false;
		files = (ext_off + (size_t)len + 7) & ~(size_t)7;
	}
	if (files > v.all.len)
		return false;
	v.files = hm_bytes_of(v.all.p + files, v.all.len - files);
	*ret = v;
	return true;
}

/* The next file of a volume; false at its free space, its end, or something malformed. */
static bool next_file(struct hm_bytes *rest, struct item *ret)
{
	struct hm_reader r = hm_reader_of(*rest);
	size_t header_len = FILE_HEADER_LEN;
	uint8_t type, attributes;
	struct hm_bytes name;
	uint64_t len;

	name = hm_get_bytes(&r, HM_GUID_LEN);
	hm_skip(&r, 2); /* integrity check */
	type = hm_get_u8(&r);
	attributes = hm_get_u8(&r);
	len = get_u24(&r);
	hm_skip(&r, 1); /* state */
	if (attributes & FILE_ATTRIBUTE_LARGE) {
		header_len = FILE_HEADER_LARGE_LEN;
		len = hm_get_u64le(&r);
	}
	/* Erased flash is all ones: then the length is too. */
	if (r.failed || len < header_len || len > rest->len)
		return false;
	*ret = (struct item){type, name, hm_bytes_of(rest->p + header_len, (size_t)len - header_len)};
	len = (len + 7) & ~(uint64_t)7;
	*rest = len < rest->len ? hm_bytes_of(rest->p + len, rest->len - (size_t)len) : hm_bytes_of(rest->p, 0);
	return true;
}

static bool next_section(struct hm_bytes *rest, struct item *ret)
{
	struct hm_reader r = hm_reader_of(*rest);
	size_t len = get_u24(&r);
	uint8_t type = hm_get_u8(&r);

	if (r.failed || len < 4 || len > rest->len)
		return false;
	*ret = (struct item){type, hm_bytes_of(NULL, 0), hm_bytes_of(rest->p + 4, len - 4)};
	len = (len + 3) & ~(size_t)3;
	*rest = len < rest->len ? hm_bytes_of(rest->p + len, rest->len - len) : hm_bytes_of(rest->p, 0);
	return true;
}

static bool unpack(struct hm_bytes packed, struct hm_file *ret, struct hm_error *error)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	struct hm_reader r = hm_reader_of(packed);
	uint64_t len;
	lzma_ret end = LZMA_PROG_ERROR;

	if (!hm_lazy_load(&library, error))
		return false;
	/* The LZMA header: properties, dictionary size, length of the content. */
	hm_skip(&r, 5);
	len = hm_get_u64le(&r);
	if (r.failed || len == 0 || len > HM_FIRMWARE_UNPACKED_MAX)
		return hm_error_set(error, "the LZMA section cannot be unpacked");
	ret->p = malloc((size_t)len);
	ret->len = (size_t)len;
	if (ret->p && lib.alone_decoder(&stream, LZMA_MEMORY_MAX) == LZMA_OK) {
		stream.next_in = packed.p;
		stream.avail_in = packed.len;
		stream.next_out = ret->p;
		stream.avail_out = ret->len;
		end = lib.code(&stream, LZMA_FINISH);
	}
	lib.end(&stream);
	if ((end == LZMA_STREAM_END || end == LZMA_OK) && stream.total_out == len)
		return true;
	hm_file_free(ret);
	return hm_error_set(error, "the LZMA section cannot be unpacked");
}

/* A volume inside the LZMA section: which of the two it is, by the core that it holds. */
static bool note_volume(struct hm_bytes bytes, struct hm_firmware *firmware)
{
	struct volume volume;
	struct item file;
	struct hm_bytes rest;

	if (!open_volume(bytes, &volume))
		return false;
	rest = volume.files;
	while (next_file(&rest, &file)) {
		struct hm_bytes *slot = file.type == FILE_PEI_CORE   ? &firmware->pei
					: file.type == FILE_DXE_CORE ? &firmware->dxe
								     : NULL;

		if (hm_bytes_equal(file.name, hm_bytes_of(guid_secure_boot, sizeof(guid_secure_boot))))
			firmware->secure_boot = true;
		if (!slot)
			continue;
		if (slot->len)
			return false;
		*slot = volume.all;
		if (file.type == FILE_DXE_CORE)
			memcpy(firmware->dxe_name, volume.name, HM_GUID_LEN);
	}
	return true;
}

/* A file's sections; the one with LZMA is unpacked, and the volumes in it are noted. */
static bool read_sections(struct hm_bytes sections, struct hm_firmware *firmware, struct hm_error *error)
{
	struct item section;

	while (next_section(&sections, &section)) {
		struct hm_reader r = hm_reader_of(section.content);
		struct hm_bytes guid, packed, inner;
		uint16_t data_off;
		struct item volume;

		guid = hm_get_bytes(&r, HM_GUID_LEN);
		data_off = hm_get_u16le(&r);
		if (section.type != SECTION_GUIDED || r.failed ||
		    !hm_bytes_equal(guid, hm_bytes_of(guid_lzma, HM_GUID_LEN)))
			continue;
		/* The offset counts from the section's header. */
		if (data_off < 4 ||
		    !hm_bytes_slice(section.content, data_off - 4u, section.content.len - (data_off - 4u), &packed))
			return hm_error_set(error, "an LZMA section is malformed");
		if (firmware->unpacked.p)
			return hm_error_set(error, "there is more than one LZMA section");
		if (!unpack(packed, &firmware->unpacked, error))
			return false;
		inner = hm_file_bytes(&firmware->unpacked);
		while (next_section(&inner, &volume)) {
			if (volume.type == SECTION_VOLUME && !note_volume(volume.content, firmware))
				return hm_error_set(error, "a volume in the LZMA section is malformed, or there twice");
		}
	}
	return true;
}

static bool read_volumes(struct hm_bytes file, struct hm_firmware *firmware, struct hm_error *error)
{
	size_t off = 0;

	while (off < file.len) {
		struct hm_bytes rest = hm_bytes_of(file.p + off, file.len - off);
		struct volume volume;
		struct item item;

		if (!open_volume(rest, &volume)) {
			off += VOLUME_STEP;
			continue;
		}
		off += (volume.all.len + VOLUME_STEP - 1) / VOLUME_STEP * VOLUME_STEP;
		while (next_file(&volume.files, &item)) {
			if (item.type == FILE_VOLUME_IMAGE && !read_sections(item.content, firmware, error))
				return false;
		}
	}
	if (!firmware->unpacked.p)
		return hm_error_set(error, "not OVMF firmware: there is no volume with an LZMA section");
	if (!firmware->pei.len || !firmware->dxe.len)
		return hm_error_set(error, "not OVMF firmware: the LZMA section has no %s volume",
				    firmware->pei.len ? "DXE" : "PEI");
	return true;
}

bool hm_firmware_parse(struct hm_bytes file, struct hm_firmware *ret, struct hm_error *error)
{
	struct hm_firmware firmware = {.unpacked = {0}};

	if (!read_volumes(file, &firmware, error)) {
		hm_firmware_free(&firmware);
		return false;
	}
	*ret = firmware;
	return true;
}

void hm_firmware_free(struct hm_firmware *firmware)
{
	hm_file_free(&firmware->unpacked);
	firmware->pei = firmware->dxe = hm_bytes_of(NULL, 0);
}
