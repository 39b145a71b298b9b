/* SPDX-License-Identifier: BSD-2-Clause */
/* cbor_read.c - a bounded reader of CBOR, one item at a time, on top of libcbor's stream decoder */
#include "lib/base/cbor_read.h"

#include <cbor.h>

enum kind { NOTHING, UINT, NEGATIVE, BYTES, TEXT, ARRAY, MAP, MAP_OPEN, NULL_ITEM, BREAK, OTHER };

struct item {
	enum kind kind;
	uint64_t number;
	struct hm_bytes string;
};

static void set(void *ctx, enum kind kind, uint64_t number)
{
	struct item *item = ctx;

	item->kind = kind;
	item->number = number;
}

static void on_uint8(void *ctx, uint8_t v)
{
	set(ctx, UINT, v);
}
static void on_uint16(void *ctx, uint16_t v)
{
	set(ctx, UINT, v);
}
static void on_uint32(void *ctx, uint32_t v)
{
	set(ctx, UINT, v);
}
static void on_uint64(void *ctx, uint64_t v)
{
	set(ctx, UINT, v);
}
static void on_neg8(void *ctx, uint8_t v)
{
	set(ctx, NEGATIVE, v);
}
static void on_neg16(void *ctx, uint16_t v)
{
	set(ctx, NEGATIVE, v);
}
static void on_neg32(void *ctx, uint32_t v)
{
	set(ctx, NEGATIVE, v);
}
static void on_neg64(void *ctx, uint64_t v)
{
	set(ctx, NEGATIVE, v);
}
static void on_array(void *ctx, size_t v)
{
	set(ctx, ARRAY, v);
}
static void on_map(void *ctx, size_t v)
{
	set(ctx, MAP, v);
}
static void on_tag(void *ctx, uint64_t v)
{
	(void)v;
	set(ctx, OTHER, 0);
}
static void on_map_open(void *ctx)
{
	set(ctx, MAP_OPEN, 0);
}
static void on_null(void *ctx)
{
	set(ctx, NULL_ITEM, 0);
}
static void on_break(void *ctx)
{
	set(ctx, BREAK, 0);
}
static void on_other(void *ctx)
{
	set(ctx, OTHER, 0);
}
static void on_float(void *ctx, float v)
{
	(void)v;
	set(ctx, OTHER, 0);
}
static void on_double(void *ctx, double v)
{
	(void)v;
	set(ctx, OTHER, 0);
}
static void on_bool(void *ctx, bool v)
{
	(void)v;
	set(ctx, OTHER, 0);
}

static void on_bytes(void *ctx, cbor_data p, size_t len)
{
	set(ctx, BYTES, len);
	((struct item *)ctx)->string = hm_bytes_of(p, len);
}

static void on_text(void *ctx, cbor_data p, size_t len)
{
	set(ctx, TEXT, len);
	((struct item *)ctx)->string = hm_bytes_of(p, len);
}

static const struct cbor_callbacks callbacks = {
	.uint8 = on_uint8,
	.uint16 = on_uint16,
	.uint32 = on_uint32,
	.uint64 = on_uint64,
	.negint8 = on_neg8,
	.negint16 = on_neg16,
	.negint32 = on_neg32,
	.negint64 = on_neg64,
	.byte_string = on_bytes,
	.byte_string_start = on_other,
	.string = on_text,
	.string_start = on_other,
	.array_start = on_array,
	.indef_array_start = on_other,
	.map_start = on_map,
	.indef_map_start = on_map_open,
	.tag = on_tag,
	.float2 = on_float,
	.float4 = on_float,
	.float8 = on_double,
	.undefined = on_other,
	.null = on_null,
	.boolean = on_bool,
	.indef_break = on_break,
};

struct hm_cbor hm_cbor_of(struct hm_bytes in)
{
	return (struct hm_cbor){.in = in};
}

bool hm_cbor_done(const struct hm_cbor *c)
{
	return !c->failed && c->off == c->in.len;
}

static struct item next(struct hm_cbor *c)
{
	struct item item = {.kind = NOTHING};
	struct cbor_decoder_result result;

	if (c->failed || c->off >= c->in.len) {
		c->failed = true;
		return item;
	}
	result = cbor_stream_decode(c->in.p + c->off, c->in.len - c->off, &callbacks, &item);
	/* Compared again: the library's word is not taken for where the next item starts. */
	if (result.status != CBOR_DECODER_FINISHED || result.read == 0 || result.read > c->in.len - c->off) {
		c->failed = true;
		return (struct item){.kind = NOTHING};
	}
	c->off += result.read;
	return item;
}

static struct item want(struct hm_cbor *c, enum kind kind)
{
	struct item item = next(c);

	if (c->failed || item.kind != kind) {
		c->failed = true;
		return (struct item){.kind = NOTHING};
	}
	return item;
}

uint64_t hm_cbor_get_uint(struct hm_cbor *c)
{
	return want(c, UINT).number;
}

uint64_t hm_cbor_get_negative(struct hm_cbor *c)
{
	return want(c, NEGATIVE).number;
}

struct hm_bytes hm_cbor_get_bytes(struct hm_cbor *c)
{
	return want(c, BYTES).string;
}

struct hm_bytes hm_cbor_get_text(struct hm_cbor *c)
{
	return want(c, TEXT).string;
}

struct hm_bytes hm_cbor_get_bytes_or_null(struct hm_cbor *c, bool *ret_null)
{
	struct item item = next(c);

	*ret_null = item.kind == NULL_ITEM;
	if (item.kind != BYTES && item.kind != NULL_ITEM)
		c->failed = true;
	return item.kind == BYTES ? item.string : hm_bytes_of(NULL, 0);
}

uint64_t hm_cbor_get_array(struct hm_cbor *c)
{
	return want(c, ARRAY).number;
}

struct hm_cbor_map hm_cbor_get_map(struct hm_cbor *c)
{
	struct item item = next(c);

	if (item.kind != MAP && item.kind != MAP_OPEN)
		c->failed = true;
	return (struct hm_cbor_map){.definite = item.kind == MAP, .left = item.number};
}

bool hm_cbor_next_pair(struct hm_cbor *c, struct hm_cbor_map *map)
{
	struct hm_cbor ahead = *c;

	if (c->failed)
		return false;
	if (map->definite) {
		if (map->left == 0)
			return false;
		map->left--;
		return true;
	}
	if (next(&ahead).kind != BREAK)
		return true;
	*c = ahead;
	return false;
}
