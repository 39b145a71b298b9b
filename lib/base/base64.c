/* SPDX-License-Identifier: BSD-2-Clause */
/* base64.c - strict base64 (RFC 4648, 4): padding required, no line breaks, no spare bits */
#include "lib/base/base64.h"

#include <stdlib.h>
#include <string.h>

static const char alphabet[64] = {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};

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

bool hm_base64_put_certificate(FILE *out, struct hm_bytes der)
{
	char *text = hm_base64_encode(der);
	size_t len = text ? strlen(text) : 0;

	if (!text)
		return false;
	fputs("-----BEGIN CERTIFICATE-----\n", out);
	for (size_t i = 0; i < len; i += 64)
		fprintf(out, "%.64s\n", text + i);
	fputs("-----END CERTIFICATE-----\n", out);
	free(text);
	return true;
}

/* One more than the digit's value, 0 for what is no digit. This order is the alphabet's. */
static const uint8_t values[256] = {
#define V(c, v) [c] = (v) + 1
	V('A', 0),  V('B', 1),	V('C', 2),  V('D', 3),	V('E', 4),  V('F', 5),	V('G', 6),  V('H', 7),
	V('I', 8),  V('J', 9),	V('K', 10), V('L', 11), V('M', 12), V('N', 13), V('O', 14), V('P', 15),
	V('Q', 16), V('R', 17), V('S', 18), V('T', 19), V('U', 20), V('V', 21), V('W', 22), V('X', 23),
	V('Y', 24), V('Z', 25), V('a', 26), V('b', 27), V('c', 28), V('d', 29), V('e', 30), V('f', 31),
	V('g', 32), V('h', 33), V('i', 34), V('j', 35), V('k', 36), V('l', 37), V('m', 38), V('n', 39),
	V('o', 40), V('p', 41), V('q', 42), V('r', 43), V('s', 44), V('t', 45), V('u', 46), V('v', 47),
	V('w', 48), V('x', 49), V('y', 50), V('z', 51), V('0', 52), V('1', 53), V('2', 54), V('3', 55),
	V('4', 56), V('5', 57), V('6', 58), V('7', 59), V('8', 60), V('9', 61), V('+', 62), V('/', 63),
#undef V
};

static bool digit_value(uint8_t c, uint32_t *ret)
{
	*ret = values[c] - 1u;
	return values[c] != 0;
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

bool hm_base64url_decode(struct hm_bytes text, uint8_t **ret, size_t *ret_len)
{
	size_t padded = (text.len + 3) / 4 * 4;
	uint8_t *plain;
	bool ok = true;

	if (text.len % 4 == 1)
		return false;
	plain = malloc(padded + 1);
	if (!plain)
		return false;
	for (size_t i = 0; i < padded; i++) {
		uint8_t c = i < text.len ? text.p[i] : '=';

		/* The two digits that differ; '+' and '/' are none here, and padding is not written. */
		if (i < text.len && (c == '+' || c == '/' || c == '='))
			ok = false;
		if (c == '-')
			c = '+';
		else if (c == '_')
			c = '/';
		plain[i] = c;
	}
	ok = ok && hm_base64_decode(hm_bytes_of(plain, padded), ret, ret_len);
	free(plain);
	return ok;
}

char *hm_base64url_encode(struct hm_bytes bytes)
{
	char *text = hm_base64_encode(bytes);

	if (!text)
		return NULL;
	text[strcspn(text, "=")] = '\0';
	for (char *p = text; *p; p++)
		*p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
	return text;
}
