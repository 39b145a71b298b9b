/* SPDX-License-Identifier: BSD-2-Clause */
/* bytes.h - views of memory, a bounded reader and a bounded writer */
#ifndef HM_BYTES_H
#define HM_BYTES_H

#include "base.h"

/*
 * All wire data is read through struct hm_reader and made through struct
 * hm_writer. Both are sticky: after the first access that does not fit, the
 * reader returns zeros and the writer drops what it is given, nothing moves any
 * more, and `failed` stays set. A record is therefore decoded in straight lines
 * and checked once. Lengths are compared with what is left, by subtraction, so
 * no sum of two input values is ever formed. Integers are assembled from bytes.
 */

/* A borrowed run of bytes. `p` may be NULL only when `len` is 0. */
struct hm_bytes {
	const uint8_t *p;
	size_t len;
};

struct hm_reader {
	const uint8_t *p;
	size_t len;
	size_t off;
	bool failed;
};

struct hm_writer {
	uint8_t *p;
	size_t cap;
	size_t len;
	bool failed;
};

struct hm_bytes hm_bytes_of(const void *p, size_t len);
/* A string literal or other NUL-terminated text of the program's own (never input). NUL not included. */
struct hm_bytes hm_bytes_of_text(const char *text);
bool hm_bytes_equal(struct hm_bytes a, struct hm_bytes b);
bool hm_bytes_equal_text(struct hm_bytes a, const char *text);
/* True where every byte is 0, hence also where there is none. */
bool hm_bytes_is_zero(struct hm_bytes b);
bool hm_bytes_has(struct hm_bytes b, uint8_t byte);
/* Space to '~' and nothing else; true also where there is none. */
bool hm_bytes_is_printable(struct hm_bytes text);
/* Bytes [off, off+len) of `b`; false (and *ret untouched) where they do not all exist. */
HM_MUST_CHECK bool hm_bytes_slice(struct hm_bytes b, uint64_t off, uint64_t len, struct hm_bytes *ret);

struct hm_reader hm_reader_of(struct hm_bytes b);
size_t hm_reader_left(const struct hm_reader *r);
/* True when everything was read and nothing failed. */
HM_MUST_CHECK bool hm_reader_done(const struct hm_reader *r);
uint8_t hm_get_u8(struct hm_reader *r);
uint16_t hm_get_u16le(struct hm_reader *r);
uint32_t hm_get_u32le(struct hm_reader *r);
uint64_t hm_get_u64le(struct hm_reader *r);
uint16_t hm_get_u16be(struct hm_reader *r);
uint32_t hm_get_u32be(struct hm_reader *r);
uint64_t hm_get_u64be(struct hm_reader *r);
/* The next `len` bytes, borrowed; an empty view once failed. */
struct hm_bytes hm_get_bytes(struct hm_reader *r, uint64_t len);
void hm_skip(struct hm_reader *r, uint64_t len);

struct hm_writer hm_writer_of(void *p, size_t cap);
void hm_put_u8(struct hm_writer *w, uint8_t v);
void hm_put_u16le(struct hm_writer *w, uint16_t v);
void hm_put_u32le(struct hm_writer *w, uint32_t v);
void hm_put_u64le(struct hm_writer *w, uint64_t v);
void hm_put_bytes(struct hm_writer *w, struct hm_bytes b);
void hm_put_text(struct hm_writer *w, const char *text);
/* ASCII decimal without leading zeros. */
void hm_put_dec(struct hm_writer *w, uint64_t v);
/* Lower-case hex, two digits a byte. */
void hm_put_hex(struct hm_writer *w, struct hm_bytes b);
/* ASCII as UTF-16LE, without a NUL. */
void hm_put_utf16(struct hm_writer *w, struct hm_bytes ascii);
struct hm_bytes hm_writer_bytes(const struct hm_writer *w);

/* Strict text forms, used by every line format: the whole of `text` must be the value. */
/* Decimal without sign, leading zeros or overflow. */
HM_MUST_CHECK bool hm_parse_dec(struct hm_bytes text, uint64_t *ret);
/* Lower-case hex of exactly 2*len digits. */
HM_MUST_CHECK bool hm_parse_hex(struct hm_bytes text, uint8_t *ret, size_t len);
/* A name: [a-z0-9-]{1,32}. */
bool hm_is_name(struct hm_bytes text);
/* A word: [A-Za-z0-9._-]+. */
bool hm_is_word(struct hm_bytes text);
/* One component of a path that cannot lead upwards: a word other than "." and "..". */
bool hm_is_path_component(struct hm_bytes text);
/*
 * Take the text up to the next `sep` off the front of *rest (the separator is consumed).
 * The last field is what is left and leaves *rest with p = NULL. False when nothing is left.
 */
HM_MUST_CHECK bool hm_next_field(struct hm_bytes *rest, uint8_t sep, struct hm_bytes *ret);

#endif
