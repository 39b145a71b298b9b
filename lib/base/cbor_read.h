/* SPDX-License-Identifier: BSD-2-Clause */
/* cbor_read.h - a bounded reader of CBOR, one item at a time, on top of libcbor's stream decoder */
#ifndef HM_LIB_BASE_CBOR_READ_H
#define HM_LIB_BASE_CBOR_READ_H

#include <stdbool.h>

#include "core/bytes.h"

/*
 * RFC 8949. The decoder that allocates nothing: counts in the input size nothing, they are only handed on, and a
 * document is read in straight lines like a struct hm_reader. Sticky: after the first item that is not what was asked
 * for, everything reads as nothing and `failed` stays set.
 */
struct hm_cbor {
	struct hm_bytes in;
	size_t off;
	bool failed;
};

struct hm_cbor hm_cbor_of(struct hm_bytes in);
/* Everything was read and nothing failed. */
HM_MUST_CHECK bool hm_cbor_done(const struct hm_cbor *c);

uint64_t hm_cbor_get_uint(struct hm_cbor *c);
/* A negative integer -1 - n gives n. */
uint64_t hm_cbor_get_negative(struct hm_cbor *c);
/* Definite strings only; borrowed. */
struct hm_bytes hm_cbor_get_bytes(struct hm_cbor *c);
struct hm_bytes hm_cbor_get_text(struct hm_cbor *c);
/* bytes, or null: then *ret_null. */
struct hm_bytes hm_cbor_get_bytes_or_null(struct hm_cbor *c, bool *ret_null);
/* A definite array's count. */
uint64_t hm_cbor_get_array(struct hm_cbor *c);

/* A map, definite or not: begin, then `while (hm_cbor_next_pair(...))` and read one key and one value each time. */
struct hm_cbor_map {
	bool definite;
	uint64_t left;
};
struct hm_cbor_map hm_cbor_get_map(struct hm_cbor *c);
HM_MUST_CHECK bool hm_cbor_next_pair(struct hm_cbor *c, struct hm_cbor_map *map);

#endif
