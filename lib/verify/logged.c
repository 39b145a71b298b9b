/* SPDX-License-Identifier: BSD-2-Clause */
/* logged.c - the golden file's proof of being in a transparency log */
#include "lib/verify/logged.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/tlog/check.h"
#include "lib/tlog/read.h"

struct inputs {
	struct hm_tlog_policy *policy;
	struct hm_tlog_proof *proof;
	struct hm_tlog_entry entry;
	uint8_t key[HM_ED25519_KEY_LEN];
};

static struct hm_bytes view(struct hallmark_bytes bytes)
{
	return hm_bytes_of(bytes.p, bytes.len);
}

static enum hallmark_code refuse(struct hm_error *error, enum hallmark_code code, const char *text)
{
	(void)hm_error_set(error, "%s", text); /* always false */
	return code;
}

static enum hallmark_code code_of(const struct hm_error *error, enum hallmark_code defect)
{
	return error->kind == HM_ERROR_RUN ? HALLMARK_INTERNAL_ERROR : defect;
}

/* Whose signature the log has: for sigsum's form alone, whose entries are signed. */
static enum hallmark_code open_key(const struct hallmark_policy *policy, struct inputs *in, const uint8_t **ret,
				   struct hm_error *error)
{
	struct hm_error defect = {0};

	*ret = NULL;
	if (policy->log_key.p) {
		*ret = in->key;
		if (!hm_ed25519_of_pem(view(policy->log_key), false, in->key, error))
			return HALLMARK_LOG_POLICY_INVALID;
		return in->proof->form == HM_TLOG_SIGSUM
			       ? HALLMARK_OK
			       : refuse(error, HALLMARK_BAD_REQUEST,
					"a log key is given, and a proof of C2SP's form names no key");
	}
	if (hm_ed25519_of_pem(view(policy->golden_key), false, in->key, &defect))
		*ret = in->key;
	return *ret || in->proof->form == HM_TLOG_C2SP
		       ? HALLMARK_OK
		       : refuse(error, HALLMARK_BAD_REQUEST,
				"the golden key is not Ed25519, and no log key is given for a sigsum proof");
}

static enum hallmark_code check(const struct hallmark_policy *policy, struct inputs *in, char *ret_note,
				size_t note_cap, struct hm_error *error)
{
	enum hallmark_code code;
	const uint8_t *submitter;
	size_t witnesses;

	if (!hm_tlog_policy_parse(view(policy->log_policy), &in->policy, error))
		return code_of(error, HALLMARK_LOG_POLICY_INVALID);
	if (!policy->log_proof.len)
		return refuse(error, HALLMARK_NOT_LOGGED, "no proof of it is given");
	if (!hm_tlog_proof_parse(view(policy->log_proof), in->proof, error))
		return code_of(error, HALLMARK_NOT_LOGGED);
	code = open_key(policy, in, &submitter, error);
	if (code != HALLMARK_OK)
		return code;
	if (!hm_tlog_entry_of(view(policy->golden), submitter, &in->entry))
		return refuse(error, HALLMARK_INTERNAL_ERROR, "out of memory");
	if (!hm_tlog_check(in->policy, in->proof, &in->entry, &witnesses, error))
		return code_of(error, HALLMARK_NOT_LOGGED);
	if (in->policy->quorum == HM_TLOG_NONE)
		snprintf(ret_note, note_cap, "logged as entry %" PRIu64 ", and the policy asks for no witness",
			 in->proof->path.index);
	else
		snprintf(ret_note, note_cap, "logged as entry %" PRIu64 ", before %zu witnesses", in->proof->path.index,
			 witnesses);
	return HALLMARK_OK;
}

enum hallmark_code hm_verify_logged(const struct hallmark_policy *policy, char *ret_note, size_t note_cap,
				    struct hm_error *error)
{
	struct inputs *in;
	enum hallmark_code code;

	ret_note[0] = '\0';
	/* Who gives a part of it wants it. An empty policy is one that is given: it is refused for its length. */
	if (!policy->log_policy.p && !policy->log_policy.len)
		return policy->log_proof.p || policy->log_key.p
			       ? refuse(error, HALLMARK_BAD_REQUEST, "a log's proof or key is given, and no log policy")
			       : HALLMARK_OK;
	if (policy->platform_only)
		return refuse(error, HALLMARK_BAD_REQUEST, "a log policy is given, and no golden file is to be used");
	in = calloc(1, sizeof(*in));
	if (in)
		in->proof = calloc(1, sizeof(*in->proof));
	code = in && in->proof ? check(policy, in, ret_note, note_cap, error)
			       : refuse(error, HALLMARK_INTERNAL_ERROR, "out of memory");
	if (in) {
		hm_tlog_policy_free(in->policy);
		free(in->proof);
	}
	free(in);
	return code;
}
