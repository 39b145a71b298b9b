/* SPDX-License-Identifier: BSD-2-Clause */
/* note.h - signed notes: their text, the names of keys, and keys as one line of text */
#ifndef HM_LIB_TLOG_NOTE_H
#define HM_LIB_TLOG_NOTE_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/crypto/ed25519.h"
#include "core/bytes.h"

/*
 * c2sp.org/signed-note and c2sp.org/tlog-cosignature. A verifier key (vkey) is NAME+ID+BASE64: eight lower-case hex
 * digits of the key's id, then the type's byte and the key. The id is SHA-256(NAME "\n" type key)[:4].
 */
#define HM_NOTE_ID_LEN 4u
#define HM_NOTE_ML_DSA_44_LEN 1312u /* of a public key: FIPS 204, table 2 */

enum hm_note_type {
	HM_NOTE_ED25519 = 1,	 /* of a log: over the note's text */
	HM_NOTE_COSIGNATURE = 4, /* of a witness, Ed25519 with a time */
	HM_NOTE_ML_DSA_44 = 6,	 /* the same by ML-DSA-44, which this verifier has not */
};

struct hm_note_key {
	struct hm_bytes name; /* borrowed */
	uint8_t id[HM_NOTE_ID_LEN];
	enum hm_note_type type;
	uint8_t ed25519[HM_ED25519_KEY_LEN]; /* not of HM_NOTE_ML_DSA_44 */
};

/* A key of another type, or whose id is not that of its name and key, is refused. */
HM_MUST_CHECK bool hm_note_key_parse(struct hm_bytes vkey, struct hm_note_key *ret, struct hm_error *error);
/* UTF-8 (RFC 3629) without a control character below U+0020 other than the newline. */
HM_MUST_CHECK bool hm_note_is_text(struct hm_bytes text);
/* Such text of one character or more, without Unicode spaces and '+'. */
HM_MUST_CHECK bool hm_note_is_name(struct hm_bytes name);

#endif
