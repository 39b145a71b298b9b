/* SPDX-License-Identifier: BSD-2-Clause */
/* note.c - text, names and keys of signed notes */
#include "lib/tlog/note.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/crypto/hash.h"

#define ID_DIGITS 8u

/* The next character of UTF-8, RFC 3629, 4: the shortest form, no surrogate, nothing above U+10FFFF. */
static bool next_character(struct hm_reader *r, uint32_t *ret)
{
	static const struct {
		uint8_t mask, lead;
		unsigned int more;
		uint32_t least;
	} forms[] = {{0x80, 0, 0, 0}, {0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};
	uint8_t first = hm_get_u8(r);

	for (size_t i = 0; i < HM_ARRAY_LEN(forms); i++) {
		uint32_t value = first & (uint8_t)~forms[i].mask;

		if ((first & forms[i].mask) != forms[i].lead)
			continue;
		for (unsigned int k = 0; k < forms[i].more; k++) {
			uint8_t next = hm_get_u8(r);

			if ((next & 0xc0) != 0x80)
				return false;
			value = value << 6 | (next & 0x3f);
		}
		*ret = value;
		return !r->failed && value >= forms[i].least && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
	}
	return false;
}

bool hm_note_is_text(struct hm_bytes text)
{
	struct hm_reader r = hm_reader_of(text);
	uint32_t c;

	while (hm_reader_left(&r) > 0) {
		if (!next_character(&r, &c) || (c < 0x20 && c != '\n'))
			return false;
	}
	return true;
}

/* Unicode's property White_Space. */
static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool hm_note_is_name(struct hm_bytes name)
{
	struct hm_reader r = hm_reader_of(name);
	uint32_t c;

	while (hm_reader_left(&r) > 0) {
		if (!next_character(&r, &c) || c < 0x20 || c == '+' || is_space(c))
			return false;
	}
	return name.len > 0;
}

static bool parse_material(struct hm_bytes material, struct hm_note_key *ret, struct hm_error *error)
{
	uint8_t type = material.len ? material.p[0] : 0;

	if (type != HM_NOTE_ED25519 && type != HM_NOTE_COSIGNATURE && type != HM_NOTE_ML_DSA_44)
		return hm_error_set(error, "a vkey of the unknown type %u", type);
	if (material.len - 1 != (type == HM_NOTE_ML_DSA_44 ? HM_NOTE_ML_DSA_44_LEN : HM_ED25519_KEY_LEN))
		return hm_error_set(error, "the key of a vkey has not the length of its type");
	ret->type = (enum hm_note_type)type;
	memset(ret->ed25519, 0, sizeof(ret->ed25519));
	if (type != HM_NOTE_ML_DSA_44)
		memcpy(ret->ed25519, material.p + 1, sizeof(ret->ed25519));
	return true;
}

static bool check_id(const struct hm_note_key *key, struct hm_bytes material, struct hm_error *error)
{
	static const uint8_t newline = '\n';
	const struct hm_bytes parts[] = {key->name, hm_bytes_of(&newline, 1), material};
	uint8_t digest[HM_SHA256_LEN];

	if (!hm_sha256(parts, HM_ARRAY_LEN(parts), digest))
		return hm_error_memory(error, "");
	return !memcmp(digest, key->id, sizeof(key->id)) || hm_error_set(error, "the id of a vkey is not its key's");
}

bool hm_note_key_parse(struct hm_bytes vkey, struct hm_note_key *ret, struct hm_error *error)
{
	struct hm_bytes rest = vkey, id;
	struct hm_note_key key;
	uint8_t *material = NULL;
	size_t len = 0;
	bool good;

	/* base64 may have a '+' of its own: the rest is taken as it is. */
	if (!hm_next_field(&rest, '+', &key.name) || !hm_note_is_name(key.name) || !hm_next_field(&rest, '+', &id) ||
	    id.len != ID_DIGITS || !hm_parse_hex(id, key.id, sizeof(key.id)) || !rest.p ||
	    !hm_base64_decode(rest, &material, &len))
		return hm_error_set(error, "not a vkey: NAME+ID+BASE64");
	good = parse_material(hm_bytes_of(material, len), &key, error) &&
	       check_id(&key, hm_bytes_of(material, len), error);
	free(material);
	if (good)
		*ret = key;
	return good;
}
