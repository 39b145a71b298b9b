/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h - whether a file is in a transparency log that a policy believes */
#ifndef HM_LIB_TLOG_CHECK_H
#define HM_LIB_TLOG_CHECK_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/tlog/policy.h"
#include "lib/tlog/proof.h"

/*
 * Offline: log and witnesses have signed the root of the tree, and the proof has the path from the file's entry to the
 * root. Times of cosignatures are signed, and not judged: an old proof of a file is as good as a new one.
 *
 * `submitter`: the raw Ed25519 key of whoever put the file into the log, for sigsum's form, where the entry is signed
 * by that key. NULL: a proof of sigsum's form is refused. C2SP's form names no submitter.
 */
struct hm_tlog_entry {
	struct hm_bytes file;
	uint8_t message[HM_SHA256_LEN]; /* SHA-256 of `file`: what sigsum's submitter has signed the SHA-256 of */
	const uint8_t *submitter;	/* HM_ED25519_KEY_LEN bytes */
};
/* Borrows both. False: out of memory. */
HM_MUST_CHECK bool hm_tlog_entry_of(struct hm_bytes file, const uint8_t *submitter, struct hm_tlog_entry *ret);

/*
 * The whole check. True: a log of the policy has signed the tree, so have witnesses that meet the quorum, and the file
 * is in the tree. *ret_witnesses: how many witnesses of the policy have signed. False: `error` has the first defect.
 */
HM_MUST_CHECK bool hm_tlog_check(const struct hm_tlog_policy *policy, const struct hm_tlog_proof *proof,
				 const struct hm_tlog_entry *entry, size_t *ret_witnesses, struct hm_error *error);
/*
 * Only that the proof is one of this file: submitter and path. Says nothing about who vouches for the tree. For whoever
 * publishes a proof, against mixing up files.
 */
HM_MUST_CHECK bool hm_tlog_check_file(const struct hm_tlog_proof *proof, const struct hm_tlog_entry *entry,
				      struct hm_error *error);
/*
 * hm_tlog_check of the bytes of files; without a policy (p NULL) hm_tlog_check_file, and *ret_witnesses is 0. The kind
 * of `error` is HM_ERROR_INPUT where the policy is malformed, HM_ERROR_REJECTED where the proof is refused.
 */
HM_MUST_CHECK bool hm_tlog_judge(struct hm_bytes policy, struct hm_bytes proof, const struct hm_tlog_entry *entry,
				 size_t *ret_witnesses, struct hm_error *error);

#endif
