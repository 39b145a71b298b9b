/* SPDX-License-Identifier: BSD-2-Clause */
/* cbor_write.c - a writer of CBOR, one encoding of each value */
#include "lib/base/cbor_write.h"

#include <string.h>

/* RFC 8949, 3.1: the upper three bits of an item's first byte. */
enum major { MAJOR_UINT, MAJOR_NEGATIVE, MAJOR_BYTES, MAJOR_TEXT, MAJOR_ARRAY, MAJOR_MAP, MAJOR_TAG };

static void put_head(struct hm_writer *w, enum major major, uint64_t v)
{
	uint8_t type = (uint8_t)(major << 5);
	unsigned int len = v < 24 ? 0 : v <= UINT8_MAX ? 1 : v <= UINT16_MAX ? 2 : v <= UINT32_MAX ? 4 : 8;
	static const uint8_t info[] = {[1] = 24, [2] = 25, [4] = 26, [8] = 27};

	if (len == 0) {
		hm_put_u8(w, (uint8_t)(type | v));
		return;
	}
	hm_put_u8(w, type | info[len]);
	while (len-- > 0)
		hm_put_u8(w, (uint8_t)(v >> 8 * len));
}

void hm_cbor_uint(struct hm_writer *w, uint64_t v)
{
	put_head(w, MAJOR_UINT, v);
}

void hm_cbor_int(struct hm_writer *w, int64_t v)
{
	if (v < 0)
		put_head(w, MAJOR_NEGATIVE, (uint64_t)(-1 - v));
	else
		put_head(w, MAJOR_UINT, (uint64_t)v);
}

void hm_cbor_bytes(struct hm_writer *w, struct hm_bytes b)
{
	put_head(w, MAJOR_BYTES, b.len);
	hm_put_bytes(w, b);
}

void hm_cbor_text(struct hm_writer *w, const char *text)
{
	put_head(w, MAJOR_TEXT, strlen(text));
	hm_put_text(w, text);
}

void hm_cbor_array(struct hm_writer *w, size_t count)
{
	put_head(w, MAJOR_ARRAY, count);
}

void hm_cbor_map(struct hm_writer *w, size_t pairs)
{
	put_head(w, MAJOR_MAP, pairs);
}

void hm_cbor_tag(struct hm_writer *w, uint64_t tag)
{
	put_head(w, MAJOR_TAG, tag);
}

void hm_cbor_null(struct hm_writer *w)
{
	/* RFC 8949, 3.3: simple value 22. */
	hm_put_u8(w, 0xf6);
}
