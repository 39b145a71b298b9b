/* SPDX-License-Identifier: BSD-2-Clause */
/* cbor_walk.c - documents in hex, one a line, each read by lib/base/cbor_read; for cbor-read.t */
#include "lib/base/cbor_read.h"

#include <stdio.h>
#include <string.h>

#define LINE_MAX_LEN 65536u
#define DEPTH_MAX 32u

/*
 * What the reader does not know and another reader does: the caller of the reader names the type, so this program looks
 * at the next byte first. `other` is set where that byte is no head that the reader has a function for.
 */
static bool other;

static void walk(struct hm_reader *r, unsigned int depth);

static void print_hex(char kind, struct hm_bytes b)
{
	putchar(kind);
	for (size_t i = 0; i < b.len; i++)
		printf("%02x", b.p[i]);
}

static void walk_items(struct hm_reader *r, unsigned int depth)
{
	uint64_t count = hm_cbor_get_array(r);

	putchar('[');
	for (uint64_t i = 0; i < count && !r->failed && !other; i++) {
		walk(r, depth + 1);
		putchar(',');
	}
	putchar(']');
}

static void walk_pairs(struct hm_reader *r, unsigned int depth)
{
	struct hm_cbor_map map = hm_cbor_get_map(r);

	putchar('{');
	while (!other && hm_cbor_next_pair(r, &map)) {
		walk(r, depth + 1);
		putchar(':');
		walk(r, depth + 1);
		putchar(',');
	}
	putchar('}');
}

static void walk(struct hm_reader *r, unsigned int depth)
{
	uint8_t first = hm_reader_left(r) ? r->p[r->off] : 0;
	bool null;

	if (r->failed || other)
		return;
	other = depth == DEPTH_MAX || (first >= 0xc0 && first != 0xf6) || (first >> 5 != 5 && (first & 0x1f) == 0x1f);
	if (other)
		return;
	switch (first >> 5) {
	case 0:
		printf("+%llu", (unsigned long long)hm_cbor_get_uint(r));
		break;
	case 1:
		printf("-%llu", (unsigned long long)hm_cbor_get_negative(r));
		break;
	case 3:
		print_hex('t', hm_cbor_get_text(r));
		break;
	case 4:
		walk_items(r, depth);
		break;
	case 5:
		walk_pairs(r, depth);
		break;
	default:
		print_hex('b', hm_cbor_get_bytes_or_null(r, &null));
		if (null)
			putchar('0');
		break;
	}
}

/* For each line "accepted", "refused" or "other", then what was read. */
int main(void)
{
	static char line[2 * LINE_MAX_LEN + 2];
	static uint8_t bytes[LINE_MAX_LEN];

	while (fgets(line, sizeof(line), stdin)) {
		size_t len = strcspn(line, "\n") / 2;
		struct hm_reader r = hm_reader_of(hm_bytes_of(bytes, len));

		if (!hm_parse_hex(hm_bytes_of(line, 2 * len), bytes, len))
			return 1;
		other = false;
		walk(&r, 0);
		printf(" %s\n", other ? "other" : hm_reader_done(&r) ? "accepted" : "refused");
	}
	return 0;
}
