/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - a proof of a transparency log against a file and a policy */
#include "lib/tlog/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/base64.h"
#include "lib/crypto/hash.h"
#include "lib/tlog/read.h"

#define LEAF_NAMESPACE "sigsum.org/v1/tree-leaf" /* followed by a NUL and the checksum */
#define ORIGIN_PREFIX "sigsum.org/v1/tree/"	 /* followed by the log's key hash in hex */
/* What a sigsum log signs: the prefix, 64 digits, a number, 44 digits of base64, newlines. */
#define SIGSUM_TEXT_MAX 256u
/* "cosignature/v1\ntime 9223372036854775807\n" has 41 bytes. */
#define TIME_TEXT_MAX 64u

/* --- the entry --- */

bool hm_tlog_entry_of(struct hm_bytes file, const uint8_t *submitter, struct hm_tlog_entry *ret)
{
	ret->file = file;
	ret->submitter = submitter;
	return hm_sha256(&file, 1, ret->message);
}

static bool sigsum_leaf(const struct hm_tlog_proof *proof, const struct hm_tlog_entry *entry,
			uint8_t ret[HM_SHA256_LEN], struct hm_error *error)
{
	uint8_t message[sizeof(LEAF_NAMESPACE) + HM_SHA256_LEN] = LEAF_NAMESPACE;
	uint8_t *checksum = message + sizeof(LEAF_NAMESPACE), submitter[HM_SHA256_LEN];
	struct hm_bytes key = hm_bytes_of(entry->submitter, HM_ED25519_KEY_LEN);
	struct hm_bytes signed_message = hm_bytes_of(entry->message, sizeof(entry->message));
	const struct hm_bytes leaf[] = {hm_bytes_of(checksum, HM_SHA256_LEN),
					hm_bytes_of(proof->leaf_signature, sizeof(proof->leaf_signature)),
					hm_bytes_of(proof->leaf_key_sha256, sizeof(proof->leaf_key_sha256))};

	if (!entry->submitter)
		return hm_error_set(error, "a sigsum proof, and no Ed25519 key of its submitter");
	if (!hm_sha256(&key, 1, submitter) || !hm_sha256(&signed_message, 1, checksum))
		return hm_error_memory(error, "");
	if (memcmp(submitter, proof->leaf_key_sha256, sizeof(submitter)) != 0)
		return hm_error_set(error, "the entry is of another submitter's key");
	if (!hm_ed25519_verify(entry->submitter, proof->leaf_signature, hm_bytes_of(message, sizeof(message))))
		return hm_error_set(error, "the entry's signature is not one of this file by the submitter's key");
	return hm_tlog_leaf_hash(leaf, HM_ARRAY_LEN(leaf), ret) || hm_error_memory(error, "");
}

static bool leaf_of(const struct hm_tlog_proof *proof, const struct hm_tlog_entry *entry, uint8_t ret[HM_SHA256_LEN],
		    struct hm_error *error)
{
	if (proof->form == HM_TLOG_SIGSUM)
		return sigsum_leaf(proof, entry, ret, error);
	return hm_tlog_leaf_hash(&entry->file, 1, ret) || hm_error_memory(error, "");
}

bool hm_tlog_check_file(const struct hm_tlog_proof *proof, const struct hm_tlog_entry *entry, struct hm_error *error)
{
	uint8_t leaf[HM_SHA256_LEN];

	return leaf_of(proof, entry, leaf, error) && hm_tlog_included(leaf, &proof->path, error);
}

/* --- the tree's signatures --- */

/* "cosignature/v1\ntime N\n" and the text of the checkpoint. False where the time is none. */
static bool verify_cosignature(const struct hm_tlog_key *key, const struct hm_tlog_signature *signature,
			       struct hm_bytes text)
{
	struct hm_reader r = hm_reader_of(hm_bytes_of(signature->bytes, sizeof(signature->bytes)));
	uint64_t seconds = hm_get_u64be(&r);
	uint8_t *message = signature->len == HM_TLOG_COSIGNATURE_LEN && seconds <= HM_TLOG_SIZE_MAX
				   ? malloc(TIME_TEXT_MAX + text.len)
				   : NULL;
	struct hm_writer w = hm_writer_of(message, message ? TIME_TEXT_MAX + text.len : 0);
	bool good;

	hm_put_text(&w, "cosignature/v1\ntime ");
	hm_put_dec(&w, seconds);
	hm_put_text(&w, "\n");
	hm_put_bytes(&w, text);
	good = message && !w.failed && hm_ed25519_verify(key->raw, signature->bytes + 8, hm_writer_bytes(&w));
	free(message);
	return good;
}

static const struct hm_tlog_key *sigsum_log(const struct hm_tlog_policy *policy, const struct hm_tlog_proof *proof)
{
	for (size_t i = 0; i < policy->log_count; i++) {
		if (!memcmp(policy->log[i].sha256, proof->log_key_sha256, sizeof(proof->log_key_sha256)))
			return &policy->log[i];
	}
	return NULL;
}

static bool sigsum_text(const struct hm_tlog_proof *proof, struct hm_writer *w)
{
	char *root = hm_base64_encode(hm_bytes_of(proof->path.root, sizeof(proof->path.root)));

	hm_put_text(w, ORIGIN_PREFIX);
	hm_put_hex(w, hm_bytes_of(proof->log_key_sha256, sizeof(proof->log_key_sha256)));
	hm_put_text(w, "\n");
	hm_put_dec(w, proof->path.size);
	hm_put_text(w, "\n");
	hm_put_text(w, root ? root : "");
	hm_put_text(w, "\n");
	free(root);
	return root && !w->failed;
}

/* As sigsum's own verifier: a cosignature of a witness that is not valid does not count, and is no more than that. */
static bool check_sigsum(const struct hm_tlog_policy *policy, const struct hm_tlog_proof *proof, bool *signed_by,
			 struct hm_error *error)
{
	const struct hm_tlog_key *log = sigsum_log(policy, proof);
	uint8_t space[SIGSUM_TEXT_MAX];
	struct hm_writer w = hm_writer_of(space, sizeof(space));

	if (!log)
		return hm_error_set(error, "the policy does not name the log");
	if (!sigsum_text(proof, &w))
		return hm_error_memory(error, "");
	if (!hm_ed25519_verify(log->raw, proof->log_signature, hm_writer_bytes(&w)))
		return hm_error_set(error, "the log's signature of the tree is not valid");
	for (size_t i = 0; i < policy->member_count; i++) {
		const struct hm_tlog_key *key = &policy->member[i].key;

		for (size_t k = 0; !policy->member[i].threshold && k < proof->signature_count; k++) {
			if (!memcmp(proof->signature[k].id, key->sha256, sizeof(key->sha256)) &&
			    verify_cosignature(key, &proof->signature[k], hm_writer_bytes(&w)))
				signed_by[i] = true;
		}
	}
	return true;
}

static bool is_by(const struct hm_tlog_signature *signature, const struct hm_tlog_key *key)
{
	return hm_bytes_equal(signature->name, key->name) && !memcmp(signature->id, key->id, sizeof(key->id));
}

/* signed-note, "Signatures": one of an unknown key is ignored, one of a known key that is not valid ends it all. */
static bool check_line(const struct hm_tlog_policy *policy, const struct hm_tlog_proof *proof,
		       const struct hm_tlog_signature *signature, bool *logged, bool *signed_by, struct hm_error *error)
{
	for (size_t i = 0; i < policy->log_count; i++) {
		const struct hm_tlog_key *log = &policy->log[i];

		if (!is_by(signature, log))
			continue;
		if (signature->len != HM_ED25519_SIGNATURE_LEN ||
		    !hm_ed25519_verify(log->raw, signature->bytes, proof->text))
			return hm_error_set(error, "the log's signature of the tree is not valid");
		*logged = *logged || hm_bytes_equal(log->name, proof->origin);
	}
	for (size_t i = 0; i < policy->member_count; i++) {
		if (policy->member[i].threshold || !is_by(signature, &policy->member[i].key))
			continue;
		if (!verify_cosignature(&policy->member[i].key, signature, proof->text))
			return hm_error_set(error, "the cosignature of the witness %.*s is not valid",
					    (int)(policy->member[i].name.len < 80 ? policy->member[i].name.len : 80),
					    (const char *)policy->member[i].name.p);
		signed_by[i] = true;
	}
	return true;
}

static bool check_c2sp(const struct hm_tlog_policy *policy, const struct hm_tlog_proof *proof, bool *signed_by,
		       struct hm_error *error)
{
	bool logged = false;

	for (size_t i = 0; i < proof->signature_count; i++) {
		if (!check_line(policy, proof, &proof->signature[i], &logged, signed_by, error))
			return false;
	}
	return logged || hm_error_set(error, "no log of the policy has signed the tree as its own");
}

bool hm_tlog_check(const struct hm_tlog_policy *policy, const struct hm_tlog_proof *proof,
		   const struct hm_tlog_entry *entry, size_t *ret_witnesses, struct hm_error *error)
{
	bool signed_by[HM_TLOG_MEMBERS_MAX] = {false};
	uint8_t leaf[HM_SHA256_LEN];
	size_t witnesses = 0;

	if (policy->vkeys != (proof->form == HM_TLOG_C2SP))
		return hm_error_set(error, policy->vkeys ? "a proof of sigsum's form, and a policy of vkeys"
							 : "a proof of C2SP's form, and a policy of keys in hex");
	if (!leaf_of(proof, entry, leaf, error))
		return false;
	if (!(proof->form == HM_TLOG_SIGSUM ? check_sigsum(policy, proof, signed_by, error)
					    : check_c2sp(policy, proof, signed_by, error)))
		return false;
	for (size_t i = 0; i < policy->member_count; i++)
		witnesses += signed_by[i];
	if (!hm_tlog_quorum_met(policy, signed_by))
		return hm_error_set(error, "%zu of the policy's witnesses have signed, and that is not its quorum",
				    witnesses);
	if (!hm_tlog_included(leaf, &proof->path, error))
		return false;
	*ret_witnesses = witnesses;
	return true;
}

/* A defect of the proof is no malformed input of the caller's; that memory ran out stays what it is. */
static bool rejected(struct hm_error *error)
{
	if (error->kind == HM_ERROR_INPUT)
		error->kind = HM_ERROR_REJECTED;
	return false;
}

bool hm_tlog_judge(struct hm_bytes policy, struct hm_bytes proof, const struct hm_tlog_entry *entry,
		   size_t *ret_witnesses, struct hm_error *error)
{
	struct hm_tlog_policy *believed = NULL;
	struct hm_tlog_proof *parsed;
	size_t witnesses = 0;
	bool good;

	if (policy.p && !hm_tlog_policy_parse(policy, &believed, error))
		return false;
	parsed = calloc(1, sizeof(*parsed));
	if (!parsed) {
		hm_tlog_policy_free(believed);
		return hm_error_memory(error, "");
	}
	good = (hm_tlog_proof_parse(proof, parsed, error) &&
		(believed ? hm_tlog_check(believed, parsed, entry, &witnesses, error)
			  : hm_tlog_check_file(parsed, entry, error))) ||
	       rejected(error);
	if (good)
		*ret_witnesses = witnesses;
	hm_tlog_policy_free(believed);
	free(parsed);
	return good;
}
