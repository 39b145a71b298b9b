/* SPDX-License-Identifier: BSD-2-Clause */
/* json.h - strict reading and orderly writing of JSON, on top of jansson */
#ifndef HM_LIB_BASE_JSON_H
#define HM_LIB_BASE_JSON_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/digest.h"

#include <jansson.h>

/*
 * A reader lists the fields that an object must have, in order, with their types. Anything else - a missing,
 * unknown, repeated or displaced field, another type, text after the end - is refused with one line in `error`.
 */
struct hm_json_field {
	const char *name;
	json_type type;
	bool optional;
	json_t *value; /* result, borrowed from the object; NULL where an optional field is absent */
};

/* jansson quotes the input in its line: no control character of it goes on. */
void hm_json_one_line(json_error_t *error);
HM_MUST_CHECK bool hm_json_load(struct hm_bytes text, size_t max, json_t **ret, struct hm_error *error);
/* `where` names the object in messages: "pcrs[4]", or "" for the whole file. */
HM_MUST_CHECK bool hm_json_fields(json_t *object, const char *where, struct hm_json_field *fields, size_t count,
				  struct hm_error *error);

/* Value checks of a field of the object `where`; each says in `error` what is wrong. */
HM_MUST_CHECK bool hm_json_uint(const struct hm_json_field *field, const char *where, uint64_t max, uint64_t *ret,
				struct hm_error *error);
/* Printable ASCII of 1 to `max` bytes, copied with malloc. */
HM_MUST_CHECK bool hm_json_text(const struct hm_json_field *field, const char *where, size_t max, char **ret,
				struct hm_error *error);
HM_MUST_CHECK bool hm_json_hex(const struct hm_json_field *field, const char *where, uint8_t *ret, size_t len,
			       struct hm_error *error);
/* {"sha1": HEX, ...}: exactly the banks in `banks`, in order. */
HM_MUST_CHECK bool hm_json_digests(const struct hm_json_field *field, const char *where, uint32_t banks,
				   struct hm_digests *ret, struct hm_error *error);
struct hm_bytes hm_json_bytes(const json_t *string);

/*
 * Writing: a NULL passed on (out of memory, or a string that is not UTF-8) makes the whole result NULL,
 * so that a document is built in straight lines and checked once.
 */
HM_MUST_CHECK json_t *hm_json_hex_string(struct hm_bytes bytes);
HM_MUST_CHECK json_t *hm_json_digests_object(const struct hm_digests *digests, uint32_t banks);
HM_MUST_CHECK json_t *hm_json_bank_names(uint32_t banks);
/* Steals `value`; sets *failed where it is NULL or cannot be added. */
void hm_json_add(json_t *object, const char *name, json_t *value, bool *failed);
void hm_json_append(json_t *array, json_t *value, bool *failed);
/* Two spaces of indent, LF at the end; release with free(). Takes `root` in any case. NULL if `failed`. */
HM_MUST_CHECK char *hm_json_finish(json_t *root, bool failed);

#endif
