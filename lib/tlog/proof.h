/* SPDX-License-Identifier: BSD-2-Clause */
/* proof.h - what a proof that a file is in a transparency log says: sigsum's and C2SP's */
#ifndef HM_LIB_TLOG_PROOF_H
#define HM_LIB_TLOG_PROOF_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/tlog/merkle.h"
#include "lib/tlog/note.h"

/*
 * Two forms, told apart by their first line:
 *
 * - "version=2": sigsum's proof (doc/sigsum-proof.md of sigsum-go). The log's entry is the submitter's signature of
 *   the checksum SHA-256(SHA-256(file)), and the submitter's key hash.
 * - "c2sp.org/tlog-proof@v1": C2SP's, with a checkpoint (c2sp.org/tlog-checkpoint). The log's entry is the file.
 *
 * read.h reads the text. Whether it is true is check.h's.
 */
#define HM_TLOG_PROOF_MAX (256u * 1024u)
/* c2sp.org/signed-note asks for 16 at least; Go's sumdb/note reads 100. */
#define HM_TLOG_SIGNATURES_MAX 100u
#define HM_TLOG_COSIGNATURE_LEN (8u + HM_ED25519_SIGNATURE_LEN) /* a time and Ed25519 */

enum hm_tlog_form { HM_TLOG_SIGSUM, HM_TLOG_C2SP };

/* A cosignature of sigsum's form, or a signature line of C2SP's. */
struct hm_tlog_signature {
	struct hm_bytes name;			/* C2SP: borrowed; else empty */
	uint8_t id[HM_SHA256_LEN];		/* sigsum: of the witness's key; C2SP: the first HM_NOTE_ID_LEN bytes */
	uint8_t bytes[HM_TLOG_COSIGNATURE_LEN]; /* sigsum: time, big-endian, and signature; C2SP: the first `len` */
	size_t len;				/* of the signature, without the id; may be more than `bytes` has */
};

struct hm_tlog_proof {
	enum hm_tlog_form form;
	struct hm_tlog_path path;
	struct hm_tlog_signature signature[HM_TLOG_SIGNATURES_MAX]; /* sigsum: the cosignatures alone */
	size_t signature_count;
	/* sigsum */
	uint8_t log_key_sha256[HM_SHA256_LEN];
	uint8_t log_signature[HM_ED25519_SIGNATURE_LEN];
	uint8_t leaf_key_sha256[HM_SHA256_LEN];
	uint8_t leaf_signature[HM_ED25519_SIGNATURE_LEN];
	/* C2SP; borrowed */
	struct hm_bytes origin; /* of the log */
	struct hm_bytes text;	/* of the checkpoint: what is signed */
};

#endif
