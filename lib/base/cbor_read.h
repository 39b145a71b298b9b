/* SPDX-License-Identifier: BSD-2-Clause */
/* cbor_read.h - a bounded reader of CBOR, one item at a time */
#ifndef HM_LIB_BASE_CBOR_READ_H
#define HM_LIB_BASE_CBOR_READ_H

#include "core/bytes.h"

/*
 * RFC 8949, of which the documents of AWS need this: unsigned and negative integers, strings and arrays of definite
 * length, maps of either, null. Tags, floating point, other simple values and strings in chunks are refused. Heads need
 * not be the shortest ones: real documents are accepted as they are, and their signature is over the exact bytes.
 *
 * The caller names the type that must come next, on a struct hm_reader. The reader's rules hold: after the first item
 * that is not what was asked for, everything reads as nothing and `failed` stays set. Bytes that are left over are the
 * caller's to refuse, by hm_reader_done(). Nothing is allocated and nothing recurses: counts are handed on and size
 * nothing, and a document is as deep as its caller's straight lines.
 */
uint64_t hm_cbor_get_uint(struct hm_reader *r);
/* A negative integer -1 - n gives n. */
uint64_t hm_cbor_get_negative(struct hm_reader *r);
/* Borrowed. Text is not checked for being UTF-8. */
struct hm_bytes hm_cbor_get_bytes(struct hm_reader *r);
struct hm_bytes hm_cbor_get_text(struct hm_reader *r);
/* bytes, or null: then *ret_null. */
struct hm_bytes hm_cbor_get_bytes_or_null(struct hm_reader *r, bool *ret_null);
/* The count of an array's items. */
uint64_t hm_cbor_get_array(struct hm_reader *r);

/* A map: begin, then `while (hm_cbor_next_pair(...))`, and read one key and one value each time. */
struct hm_cbor_map {
	bool definite;
	uint64_t left;
};
struct hm_cbor_map hm_cbor_get_map(struct hm_reader *r);
/* False after the last pair, and once failed. */
HM_MUST_CHECK bool hm_cbor_next_pair(struct hm_reader *r, struct hm_cbor_map *map);

#endif
