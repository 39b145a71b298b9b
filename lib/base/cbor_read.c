/* SPDX-License-Identifier: BSD-2-Clause */
/* cbor_read.c - a bounded reader of CBOR, one item at a time */
#include "lib/base/cbor_read.h"

/* RFC 8949, 3: the first byte of an item has the major type in 3 bits and the additional information in 5. */
enum major { UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP };
#define INFO_U8 24u
#define INFO_U16 25u
#define INFO_U32 26u
#define INFO_U64 27u
#define MAP_OPEN 0xbfu
#define NULL_ITEM 0xf6u
#define BREAK 0xffu

/* Takes the next byte where it is this one. */
static bool take(struct hm_reader *r, uint8_t byte)
{
	if (r->failed || hm_reader_left(r) == 0 || r->p[r->off] != byte)
		return false;
	hm_skip(r, 1);
	return true;
}

/* The argument of a head of that major type; 0 once failed. Indefinite lengths and the reserved values are no heads. */
static uint64_t head(struct hm_reader *r, enum major major)
{
	uint8_t first = hm_get_u8(r);
	uint8_t info = first & 0x1f;

	if (first >> 5 != (uint8_t)major)
		r->failed = true;
	if (r->failed || info < INFO_U8)
		return r->failed ? 0 : info;
	switch (info) {
	case INFO_U8:
		return hm_get_u8(r);
	case INFO_U16:
		return hm_get_u16be(r);
	case INFO_U32:
		return hm_get_u32be(r);
	case INFO_U64:
		return hm_get_u64be(r);
	default:
		r->failed = true;
		return 0;
	}
}

uint64_t hm_cbor_get_uint(struct hm_reader *r)
{
	return head(r, UINT);
}

uint64_t hm_cbor_get_negative(struct hm_reader *r)
{
	return head(r, NEGATIVE);
}

struct hm_bytes hm_cbor_get_bytes(struct hm_reader *r)
{
	return hm_get_bytes(r, head(r, BYTES));
}

struct hm_bytes hm_cbor_get_text(struct hm_reader *r)
{
	return hm_get_bytes(r, head(r, TEXT));
}

struct hm_bytes hm_cbor_get_bytes_or_null(struct hm_reader *r, bool *ret_null)
{
	*ret_null = take(r, NULL_ITEM);
	return *ret_null ? hm_bytes_of(NULL, 0) : hm_cbor_get_bytes(r);
}

uint64_t hm_cbor_get_array(struct hm_reader *r)
{
	return head(r, ARRAY);
}

struct hm_cbor_map hm_cbor_get_map(struct hm_reader *r)
{
	if (take(r, MAP_OPEN))
		return (struct hm_cbor_map){.definite = false};
	return (struct hm_cbor_map){.definite = true, .left = head(r, MAP)};
}

bool hm_cbor_next_pair(struct hm_reader *r, struct hm_cbor_map *map)
{
	if (r->failed || (map->definite ? map->left == 0 : take(r, BREAK)))
		return false;
	if (map->definite)
		map->left--;
	return true;
}
