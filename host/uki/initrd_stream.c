/* SPDX-License-Identifier: BSD-2-Clause */
/* initrd_stream.c - where a compressed archive of an initrd ends, as the kernel finds it */
#include "host/uki/initrd_stream.h"

#include <string.h>

#include "host/base/lazy.h"

#include <lzma.h>

/* The ABI of every liblzma 5. */
#define SONAME "liblzma.so.5"

#define FUNCTIONS(X) \
	X(lzma_, stream_decoder) \
	X(lzma_, code) \
	X(lzma_, end)

static struct {
	FUNCTIONS(HM_LAZY_POINTER)
} lib;

static const struct hm_lazy_symbol symbols[] = {FUNCTIONS(HM_LAZY_SYMBOL)};
static struct hm_lazy library = HM_LAZY(SONAME, symbols);

#define MAGIC_LEN 2u
/* lib/decompress.c, compressed_formats; the same bytes in the same order. */
static const uint8_t magics[][MAGIC_LEN] = {
	{0x1f, 0x8b}, {0x1f, 0x9e}, {0x42, 0x5a}, {0x5d, 0x00}, {0xfd, 0x37}, {0x89, 0x4c}, {0x02, 0x21}, {0x28, 0xb5},
};
static const uint8_t magic_xz[MAGIC_LEN] = {0xfd, 0x37};
static const uint8_t magic_lz4[MAGIC_LEN] = {0x02, 0x21};
static const uint8_t magic_zstd[MAGIC_LEN] = {0x28, 0xb5};

#define ZSTD_MAGIC 0xfd2fb528u
#define ZSTD_SINGLE_SEGMENT 0x20u
#define ZSTD_RESERVED 0x08u
#define ZSTD_CHECKSUM 0x04u
#define ZSTD_BLOCK_LAST 1u
#define ZSTD_BLOCK_RLE 1u
#define ZSTD_BLOCK_RESERVED 3u

#define LZ4_MAGIC 0x184c2102u
/* LZ4_COMPRESSBOUND of the 8 MiB that the kernel unpacks at a time. */
#define LZ4_BLOCK_MAX (8388608u + 8388608u / 255u + 16u)

#define XZ_BUFFER_LEN 65536u
#define XZ_MEMORY_MAX (512u * 1024u * 1024u)

static bool begins(struct hm_bytes b, const uint8_t magic[MAGIC_LEN])
{
	return b.len >= MAGIC_LEN && !memcmp(b.p, magic, MAGIC_LEN);
}

bool hm_initrd_is_compressed(struct hm_bytes b)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(magics); i++) {
		if (begins(b, magics[i]))
			return true;
	}
	return false;
}

/* RFC 8878, 3.1.1: header, blocks up to the one that says it is the last, checksum. */
static bool zstd_len(struct hm_bytes b, size_t *ret)
{
	static const uint8_t dictionary_len[] = {0, 1, 2, 4};
	static const uint8_t content_len[] = {0, 2, 4, 8};
	struct hm_reader r = hm_reader_of(b);
	bool good = hm_get_u32le(&r) == ZSTD_MAGIC;
	uint8_t descriptor = hm_get_u8(&r);
	bool single = descriptor & ZSTD_SINGLE_SEGMENT;
	bool last = false;

	good = good && !(descriptor & ZSTD_RESERVED);
	hm_skip(&r, single ? 0 : 1); /* the window's size */
	hm_skip(&r, dictionary_len[descriptor & 3u]);
	hm_skip(&r, single && descriptor >> 6 == 0 ? 1 : content_len[descriptor >> 6]);
	while (good && !last && !r.failed) {
		uint32_t block = hm_get_u16le(&r);
		uint32_t type;

		block |= (uint32_t)hm_get_u8(&r) << 16;
		type = block >> 1 & 3u;
		last = block & ZSTD_BLOCK_LAST;
		good = type != ZSTD_BLOCK_RESERVED;
		hm_skip(&r, type == ZSTD_BLOCK_RLE ? 1 : block >> 3);
	}
	hm_skip(&r, descriptor & ZSTD_CHECKSUM ? 4 : 0);
	*ret = r.off;
	return good && !r.failed;
}

static bool lz4_len(struct hm_bytes b, size_t *ret)
{
	struct hm_reader r = hm_reader_of(b);

	if (hm_get_u32le(&r) != LZ4_MAGIC)
		return false;
	while (hm_reader_left(&r) >= 4) {
		struct hm_reader next = r;
		uint32_t len = hm_get_u32le(&next);

		if (len == 0)
			break;
		if (len == LZ4_MAGIC)
			len = 0; /* another stream's magic: its blocks follow */
		else if (len > LZ4_BLOCK_MAX)
			return false;
		hm_skip(&next, len);
		if (next.failed)
			return false;
		r = next;
	}
	*ret = r.off;
	return true;
}

static bool xz_len(struct hm_bytes b, size_t *ret)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	uint8_t waste[XZ_BUFFER_LEN];
	lzma_ret end = lib.stream_decoder(&stream, XZ_MEMORY_MAX, 0);

	stream.next_in = b.p;
	stream.avail_in = b.len;
	while (end == LZMA_OK) {
		stream.next_out = waste;
		stream.avail_out = sizeof(waste);
		end = lib.code(&stream, LZMA_FINISH);
	}
	*ret = b.len - stream.avail_in;
	lib.end(&stream);
	return end == LZMA_STREAM_END;
}

bool hm_initrd_stream_len(struct hm_bytes b, size_t *ret, struct hm_error *error)
{
	bool good = true;

	*ret = b.len;
	if (begins(b, magic_zstd))
		good = zstd_len(b, ret);
	else if (begins(b, magic_lz4))
		good = lz4_len(b, ret);
	else if (begins(b, magic_xz))
		good = hm_lazy_load(&library, error) && xz_len(b, ret);
	return good || hm_error_set(error, "the initrd has a compressed archive that is malformed or cut off");
}
