/* SPDX-License-Identifier: BSD-2-Clause */
/* cbor_write.h - a writer of CBOR, one encoding of each value */
#ifndef HM_LIB_BASE_CBOR_WRITE_H
#define HM_LIB_BASE_CBOR_WRITE_H

#include "core/bytes.h"

/*
 * RFC 8949, 4.2.1, core deterministic encoding: shortest heads, definite lengths. The caller gives the number of items
 * of an array, or of pairs of a map, writes that many, and keeps the keys of a map in ascending order.
 */
void hm_cbor_uint(struct hm_writer *w, uint64_t v);
void hm_cbor_int(struct hm_writer *w, int64_t v);
void hm_cbor_bytes(struct hm_writer *w, struct hm_bytes b);
/* The text must be UTF-8. */
void hm_cbor_text(struct hm_writer *w, const char *text);
void hm_cbor_array(struct hm_writer *w, size_t count);
void hm_cbor_map(struct hm_writer *w, size_t pairs);
void hm_cbor_tag(struct hm_writer *w, uint64_t tag);
void hm_cbor_null(struct hm_writer *w);

#endif
