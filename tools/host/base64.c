/* SPDX-License-Identifier: BSD-2-Clause */
/* base64.c - strict base64 (RFC 4648, 4): padding required, no line breaks, no spare bits */
#include "tools/host/base64.h"

#include <stdlib.h>

static const char alphabet[64] = { "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" };

char *hm_base64_encode(struct hm_bytes bytes)
{
	char *text = malloc(bytes.len / 3 * 4 + 5);
	size_t at = 0;

	if (!text)
		return NULL;
	for (size_t i = 0; i < bytes.len; i += 3) {
		size_t left = bytes.len - i;
		uint32_t v = (uint32_t)bytes.p[i] << 16;

		if (left > 1)
			v |= (uint32_t)bytes.p[i + 1] << 8;
		if (left > 2)
			v |= bytes.p[i + 2];
		text[at++] = alphabet[v >> 18];
		text[at++] = alphabet[(v >> 12) & 63];
		text[at++] = left > 1 ? alphabet[(v >> 6) & 63] : '=';
		text[at++] = left > 2 ? alphabet[v & 63] : '=';
	}
	text[at] = '\0';
	return text;
}

static bool digit_value(uint8_t c, uint32_t *ret)
{
	for (uint32_t i = 0; i < 64; i++) {
		if ((uint8_t)alphabet[i] == c) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* Four digits become 1 to 3 bytes; `last` allows padding. Returns the number of bytes, 0 for an error. */
static size_t decode_quad(const uint8_t *p, bool last, uint8_t ret[3])
{
	size_t digits = 4;
	uint32_t v = 0;

	if (last && p[3] == '=')
		digits = p[2] == '=' ? 2 : 3;
	for (size_t i = 0; i < 4; i++) {
		uint32_t value = 0;

		if (i < digits && !digit_value(p[i], &value))
			return 0;
		v = v << 6 | value;
	}
	/* Bits that no byte takes must be zero, else two texts would mean the same. */
	if ((digits == 2 && (v & 0xffff)) || (digits == 3 && (v & 0xff)))
		return 0;
	ret[0] = (uint8_t)(v >> 16);
	ret[1] = (uint8_t)(v >> 8);
	ret[2] = (uint8_t)v;
	return digits - 1;
}

bool hm_base64_decode(struct hm_bytes text, uint8_t **ret, size_t *ret_len)
{
	uint8_t *out;
	size_t len = 0;

	if (text.len % 4)
		return false;
	out = malloc(text.len / 4 * 3 + 1);
	if (!out)
		return false;
	for (size_t i = 0; i < text.len; i += 4) {
		size_t count = decode_quad(text.p + i, text.len - i == 4, out + len);

		if (count == 0) {
			free(out);
			return false;
		}
		len += count;
	}
	*ret = out;
	*ret_len = len;
	return true;
}
