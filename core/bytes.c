/* SPDX-License-Identifier: BSD-2-Clause */
/* bytes.c - views of memory, a bounded reader and a bounded writer */
#include "bytes.h"

#define NAME_MAX_LEN 32u
/* 2^64 - 1 is 18446744073709551615. */
#define DEC_DIGITS_MAX 20u

static const char hex_digits[] = "0123456789abcdef";

struct hm_bytes hm_bytes_of(const void *p, size_t len)
{
	return (struct hm_bytes){.p = p, .len = len};
}

struct hm_bytes hm_bytes_of_text(const char *text)
{
	size_t len = 0;

	while (text[len] != '\0')
		len++;
	return hm_bytes_of(text, len);
}

bool hm_bytes_equal(struct hm_bytes a, struct hm_bytes b)
{
	if (a.len != b.len)
		return false;
	/* Both may be NULL here, and memcmp may not be given NULL. */
	return a.len == 0 || memcmp(a.p, b.p, a.len) == 0;
}

bool hm_bytes_equal_text(struct hm_bytes a, const char *text)
{
	return hm_bytes_equal(a, hm_bytes_of_text(text));
}

bool hm_bytes_is_zero(struct hm_bytes b)
{
	for (size_t i = 0; i < b.len; i++) {
		if (b.p[i] != 0)
			return false;
	}
	return true;
}

bool hm_bytes_has(struct hm_bytes b, uint8_t byte)
{
	for (size_t i = 0; i < b.len; i++) {
		if (b.p[i] == byte)
			return true;
	}
	return false;
}

bool hm_bytes_is_printable(struct hm_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] < ' ' || text.p[i] > '~')
			return false;
	}
	return true;
}

bool hm_bytes_slice(struct hm_bytes b, uint64_t off, uint64_t len, struct hm_bytes *ret)
{
	if (off > b.len || len > b.len - off)
		return false;
	/* Adding 0 to NULL is undefined in C. */
	*ret = hm_bytes_of(b.p ? b.p + off : NULL, (size_t)len);
	return true;
}

struct hm_reader hm_reader_of(struct hm_bytes b)
{
	return (struct hm_reader){.p = b.p, .len = b.len};
}

size_t hm_reader_left(const struct hm_reader *r)
{
	return r->len - r->off;
}

bool hm_reader_done(const struct hm_reader *r)
{
	return !r->failed && r->off == r->len;
}

struct hm_bytes hm_get_bytes(struct hm_reader *r, uint64_t len)
{
	struct hm_bytes b;

	if (r->failed || !hm_bytes_slice(hm_bytes_of(r->p, r->len), r->off, len, &b)) {
		r->failed = true;
		return hm_bytes_of(NULL, 0);
	}
	r->off += b.len;
	return b;
}

void hm_skip(struct hm_reader *r, uint64_t len)
{
	(void)hm_get_bytes(r, len);
}

static uint64_t get_le(struct hm_reader *r, size_t len)
{
	struct hm_bytes b = hm_get_bytes(r, len);
	uint64_t v = 0;

	for (size_t i = b.len; i > 0; i--)
		v = v << 8 | b.p[i - 1];
	return v;
}

static uint64_t get_be(struct hm_reader *r, size_t len)
{
	struct hm_bytes b = hm_get_bytes(r, len);
	uint64_t v = 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.p[i];
	return v;
}

uint8_t hm_get_u8(struct hm_reader *r)
{
	return (uint8_t)get_le(r, 1);
}

uint16_t hm_get_u16le(struct hm_reader *r)
{
	return (uint16_t)get_le(r, 2);
}

uint32_t hm_get_u32le(struct hm_reader *r)
{
	return (uint32_t)get_le(r, 4);
}

uint64_t hm_get_u64le(struct hm_reader *r)
{
	return get_le(r, 8);
}

uint16_t hm_get_u16be(struct hm_reader *r)
{
	return (uint16_t)get_be(r, 2);
}

uint32_t hm_get_u32be(struct hm_reader *r)
{
	return (uint32_t)get_be(r, 4);
}

uint64_t hm_get_u64be(struct hm_reader *r)
{
	return get_be(r, 8);
}

struct hm_writer hm_writer_of(void *p, size_t cap)
{
	return (struct hm_writer){.p = p, .cap = cap};
}

void hm_put_bytes(struct hm_writer *w, struct hm_bytes b)
{
	if (w->failed || b.len > w->cap - w->len) {
		w->failed = true;
		return;
	}
	if (b.len == 0)
		return;
	memcpy(w->p + w->len, b.p, b.len);
	w->len += b.len;
}

static void put_le(struct hm_writer *w, uint64_t v, size_t len)
{
	uint8_t buf[8];

	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(v >> (8 * i));
	hm_put_bytes(w, hm_bytes_of(buf, len));
}

void hm_put_u8(struct hm_writer *w, uint8_t v)
{
	put_le(w, v, 1);
}

void hm_put_u16le(struct hm_writer *w, uint16_t v)
{
	put_le(w, v, 2);
}

void hm_put_u32le(struct hm_writer *w, uint32_t v)
{
	put_le(w, v, 4);
}

void hm_put_u64le(struct hm_writer *w, uint64_t v)
{
	put_le(w, v, 8);
}

void hm_put_text(struct hm_writer *w, const char *text)
{
	hm_put_bytes(w, hm_bytes_of_text(text));
}

void hm_put_dec(struct hm_writer *w, uint64_t v)
{
	uint8_t buf[DEC_DIGITS_MAX];
	size_t first = sizeof(buf);

	do {
		buf[--first] = (uint8_t)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	hm_put_bytes(w, hm_bytes_of(buf + first, sizeof(buf) - first));
}

void hm_put_hex(struct hm_writer *w, struct hm_bytes b)
{
	/* All of it or nothing, as for every other put. */
	if (w->failed || b.len > (w->cap - w->len) / 2) {
		w->failed = true;
		return;
	}
	for (size_t i = 0; i < b.len; i++) {
		w->p[w->len++] = (uint8_t)hex_digits[b.p[i] >> 4];
		w->p[w->len++] = (uint8_t)hex_digits[b.p[i] & 0xf];
	}
}

void hm_put_utf16(struct hm_writer *w, struct hm_bytes ascii)
{
	for (size_t i = 0; i < ascii.len; i++)
		hm_put_u16le(w, ascii.p[i]);
}

struct hm_bytes hm_writer_bytes(const struct hm_writer *w)
{
	return hm_bytes_of(w->p, w->len);
}

bool hm_parse_dec(struct hm_bytes text, uint64_t *ret)
{
	uint64_t v = 0;

	if (text.len == 0 || text.len > DEC_DIGITS_MAX)
		return false;
	if (text.p[0] == '0' && text.len > 1)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint64_t digit;

		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		digit = (uint64_t)(text.p[i] - '0');
		if (v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*ret = v;
	return true;
}

static bool hex_value(uint8_t c, uint8_t *ret)
{
	if (c >= '0' && c <= '9') {
		*ret = (uint8_t)(c - '0');
		return true;
	}
	if (c < 'a' || c > 'f')
		return false;
	*ret = (uint8_t)(c - 'a' + 10);
	return true;
}

bool hm_parse_hex(struct hm_bytes text, uint8_t *ret, size_t len)
{
	uint8_t high, low;

	if (text.len % 2 != 0 || text.len / 2 != len)
		return false;
	/* Twice over the text, so that a bad digit leaves the output untouched. */
	for (size_t i = 0; i < text.len; i++) {
		if (!hex_value(text.p[i], &low))
			return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (!hex_value(text.p[2 * i], &high) || !hex_value(text.p[2 * i + 1], &low))
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

bool hm_is_name(struct hm_bytes text)
{
	if (text.len == 0 || text.len > NAME_MAX_LEN)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return true;
}

bool hm_is_word(struct hm_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '.' &&
		    c != '_' && c != '-')
			return false;
	}
	return text.len > 0;
}

bool hm_is_path_component(struct hm_bytes text)
{
	return hm_is_word(text) && !hm_bytes_equal_text(text, ".") && !hm_bytes_equal_text(text, "..");
}

bool hm_next_field(struct hm_bytes *rest, uint8_t sep, struct hm_bytes *ret)
{
	size_t len = 0;

	if (!rest->p)
		return false;
	while (len < rest->len && rest->p[len] != sep)
		len++;
	*ret = hm_bytes_of(rest->p, len);
	if (len == rest->len)
		*rest = hm_bytes_of(NULL, 0);
	else
		*rest = hm_bytes_of(rest->p + len + 1, rest->len - len - 1);
	return true;
}
