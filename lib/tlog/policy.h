/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.h - which logs are believed, and which of their witnesses must have signed */
#ifndef HM_LIB_TLOG_POLICY_H
#define HM_LIB_TLOG_POLICY_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/tlog/note.h"
#include "core/digest.h"

/*
 * A policy file as sigsum (doc/policy.md of sigsum-go) and C2SP (c2sp.org/tlog-policy) have it. Both have the same
 * lines; sigsum writes keys as 64 hex digits, C2SP as vkeys. One file has one kind of keys, which is the kind of proof
 * that it is for (proof.h):
 *
 *	log KEY [URL]
 *	witness NAME KEY [URL]
 *	group NAME all|any|K NAME...
 *	quorum NAME|none
 *
 * Every line ends with a newline; comments are lines that begin with '#'. What both specifications leave to a reader
 * is decided strictly: at least one log, a vkey of a log is of type 1, of a witness of type 4. A key of ML-DSA-44 is
 * refused by that name: leaving it out would change the quorum.
 */
#define HM_TLOG_POLICY_MAX (256u * 1024u)
#define HM_TLOG_LOGS_MAX 64u	 /* 32 are asked for by both specifications */
#define HM_TLOG_MEMBERS_MAX 128u /* witnesses and groups; 32 of each are asked for */
#define HM_TLOG_NONE SIZE_MAX

struct hm_tlog_key {
	struct hm_bytes name; /* of a vkey; else empty */
	uint8_t id[HM_NOTE_ID_LEN];
	uint8_t raw[HM_ED25519_KEY_LEN];
	uint8_t sha256[HM_SHA256_LEN]; /* of `raw`: sigsum's key hash */
};

/* A witness, or a group of some. Each is a member of one group at most, and a group stands after its members. */
struct hm_tlog_member {
	struct hm_bytes name;
	size_t threshold; /* of a group; 0: a witness */
	struct hm_tlog_key key;
	size_t group; /* that it is in; HM_TLOG_NONE: in none */
};

struct hm_tlog_policy {
	char *text; /* what the names borrow from */
	bool vkeys;
	struct hm_tlog_key log[HM_TLOG_LOGS_MAX];
	size_t log_count;
	struct hm_tlog_member member[HM_TLOG_MEMBERS_MAX];
	size_t member_count;
	bool has_quorum;
	size_t quorum; /* a member; HM_TLOG_NONE: no witness is asked for */
};

/* False: `error` names line and defect. */
HM_MUST_CHECK bool hm_tlog_policy_parse(struct hm_bytes file, struct hm_tlog_policy **ret, struct hm_error *error);
void hm_tlog_policy_free(struct hm_tlog_policy *policy);
/* Whether the quorum is met, where `signed_by[i]` says of each member that is a witness that it has signed. */
HM_MUST_CHECK bool hm_tlog_quorum_met(const struct hm_tlog_policy *policy, const bool signed_by[HM_TLOG_MEMBERS_MAX]);

#endif
