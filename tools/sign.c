/* SPDX-License-Identifier: BSD-2-Clause */
/* sign.c - hallmark sign, hallmark verify-signature: detached signatures of golden files and profiles */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "lib/crypto/detached.h"
#include "lib/golden/golden.h"
#include "lib/tlog/check.h"

struct options {
	const char *file, *key, *signature, *log_proof, *log_policy, *log_key;
	char *beside;	/* FILE.sig */
	char *proof_to; /* FILE.log-proof */
};

/* Reads file and key; *ret_path is the signature's. An exit status; the line is printed. */
static int load(struct options *o, struct hm_file *file, struct hm_file *key)
{
	int status = hm_input_read(o->file, HM_GOLDEN_MAX, file);

	if (!status)
		status = hm_input_read(o->key, HM_CRYPTO_KEY_MAX, key);
	if (status)
		return status;
	if (o->log_proof && asprintf(&o->proof_to, "%s.log-proof", o->file) < 0) {
		o->proof_to = NULL;
		return hm_fail_text(HM_EXIT_RUN, o->file, "out of memory");
	}
	if (o->signature)
		return HM_EXIT_OK;
	if (asprintf(&o->beside, "%s.sig", o->file) < 0) {
		o->beside = NULL;
		return hm_fail_text(HM_EXIT_RUN, o->file, "out of memory");
	}
	o->signature = o->beside;
	return HM_EXIT_OK;
}

/* --- the proof of a transparency log --- */

struct logged {
	struct hm_file proof, policy, key;
	uint8_t submitter[HM_ED25519_KEY_LEN];
};

static int load_logged(const struct options *o, struct logged *logged)
{
	int status = hm_input_read(o->log_proof, HM_TLOG_PROOF_MAX, &logged->proof);

	if (!status && o->log_policy)
		status = hm_input_read(o->log_policy, HM_TLOG_POLICY_MAX, &logged->policy);
	return status || !o->log_key ? status : hm_input_read(o->log_key, HM_CRYPTO_KEY_MAX, &logged->key);
}

/* Whose entry it must be; *ret is NULL where the key that signs is none that can log. */
static int find_submitter(const struct options *o, struct hm_bytes key, struct logged *logged, const uint8_t **ret)
{
	struct hm_error error = {0};

	*ret = NULL;
	if (o->log_key) {
		if (!hm_ed25519_of_pem(hm_file_bytes(&logged->key), false, logged->submitter, &error))
			return hm_fail_text(HM_EXIT_INPUT, o->log_key, error.text);
		*ret = logged->submitter;
	} else if (hm_ed25519_of_pem(key, true, logged->submitter, &error)) {
		*ret = logged->submitter;
	}
	return HM_EXIT_OK;
}

static int judge_logged(const struct options *o, struct hm_bytes file, struct hm_bytes key, struct logged *logged)
{
	struct hm_tlog_entry entry;
	struct hm_error error = {0};
	const uint8_t *submitter;
	size_t witnesses;
	int status = find_submitter(o, key, logged, &submitter);

	if (status)
		return status;
	if (!hm_tlog_entry_of(file, submitter, &entry))
		return hm_fail_text(HM_EXIT_RUN, o->file, "out of memory");
	if (hm_tlog_judge(hm_file_bytes(&logged->policy), hm_file_bytes(&logged->proof), &entry, &witnesses, &error))
		return HM_EXIT_OK;
	(void)hm_error_about(&error, error.kind == HM_ERROR_INPUT ? o->log_policy : o->log_proof); /* always false */
	return hm_report(&error);
}

/* Checks the proof, and keeps it beside the file. */
static int keep_proof(const struct options *o, struct hm_bytes file, struct hm_bytes key)
{
	struct logged logged = {.proof = {NULL, 0}};
	int r, status = load_logged(o, &logged);

	if (!status)
		status = judge_logged(o, file, key, &logged);
	if (!status) {
		r = hm_file_write_atomic(o->proof_to, hm_file_bytes(&logged.proof));
		status = r < 0 ? hm_fail_errno(o->proof_to, r) : HM_EXIT_OK;
	}
	hm_file_free(&logged.key);
	hm_file_free(&logged.policy);
	hm_file_free(&logged.proof);
	return status;
}

/* --- signing --- */

static int sign(const struct options *o, struct hm_bytes file, struct hm_bytes key)
{
	uint8_t signature[HM_CRYPTO_SIGNATURE_MAX];
	struct hm_error error = {0};
	size_t len;
	int r;

	if (!hm_crypto_sign_detached(file, key, signature, &len, &error))
		return hm_fail_text(HM_EXIT_INPUT, o->key, error.text);
	if (o->log_proof) {
		r = keep_proof(o, file, key);
		if (r)
			return r;
	}
	r = hm_file_write_atomic(o->signature, hm_bytes_of(signature, len));
	return r < 0 ? hm_fail_errno(o->signature, r) : HM_EXIT_OK;
}

static int verify(const struct options *o, struct hm_bytes file, struct hm_bytes key)
{
	struct hm_file signature;
	struct hm_error error = {0};
	int status;

	if (!hm_crypto_check_public(key, &error))
		return hm_fail_text(HM_EXIT_INPUT, o->key, error.text);
	status = hm_input_read(o->signature, HM_CRYPTO_SIGNATURE_MAX, &signature);
	/* A signature of no bytes, or of too many, is none. */
	if (status)
		return status == HM_EXIT_INPUT ? HM_EXIT_REJECTED : status;
	if (!hm_crypto_verify_detached(file, hm_file_bytes(&signature), key, &error))
		status = hm_fail_text(HM_EXIT_REJECTED, o->signature, error.text);
	hm_file_free(&signature);
	return status;
}

static int run(struct options *o, const char *path,
	       int (*act)(const struct options *, struct hm_bytes, struct hm_bytes))
{
	struct hm_file file = {0}, key = {0};
	int status;

	o->file = path;
	status = load(o, &file, &key);
	if (!status)
		status = act(o, hm_file_bytes(&file), hm_file_bytes(&key));
	free(o->beside);
	free(o->proof_to);
	hm_file_free(&key);
	hm_file_free(&file);
	return status;
}

static int command_sign(void *options, const struct hm_words *words)
{
	const struct options *o = options;

	if ((o->log_policy || o->log_key) && !o->log_proof)
		return hm_fail_text(HM_EXIT_USAGE, "sign",
				    "--log-policy and --log-key need --log-proof (hallmark sign --help)");
	return run(options, words->word[0], sign);
}

static int command_verify(void *options, const struct hm_words *words)
{
	return run(options, words->word[0], verify);
}

static const struct hm_option sign_options[] = {
	HM_OPTION_REQUIRED(struct options, key, "--key", "KEY",
			   "The private key, PEM: Ed25519, or ECDSA on P-384. The key decides."),
	HM_OPTION(struct options, signature, "--output", "SIG", "Where the signature goes (default: FILE.sig)."),
	HM_OPTION(struct options, log_proof, "--log-proof", "PROOF",
		  "A proof that FILE is in a transparency log (sigsum's or C2SP's). It is checked, and kept "
		  "as FILE.log-proof, where hallmark verify --log-policy looks for it."),
	HM_OPTION(struct options, log_policy, "--log-policy", "POLICY",
		  "Check also the log's and its witnesses' signatures in PROOF, by this policy. Without it: that "
		  "PROOF is one of FILE, by the key."),
	HM_OPTION(struct options, log_key, "--log-key", "PUB",
		  "The public key, PEM, Ed25519, that the log's entry is signed by, where KEY is another (sigsum's "
		  "form only)."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_sign = {
	.name = "sign",
	.summary = "make a detached signature of a golden file or a profile",
	.words = "FILE",
	.description = "Signs FILE, a golden file or a platform profile, byte for byte, and writes the signature "
		       "beside it: FILE.sig.\n"
		       "\n"
		       "openssl pkeyutl -sign -rawin -inkey KEY -in FILE makes the same signature with an Ed25519 "
		       "key.\n"
		       "\n"
		       "With --log-proof nothing is written unless the proof is one of FILE.",
	.exit_status = "0 signed, 1 the log's proof is refused, 2 malformed file, 3 usage, 4 could not run.",
	.example = "hallmark sign golden/golden.json --key golden.key\n"
		   "hallmark sign golden/golden.json --key golden.key --log-proof golden.json.proof "
		   "--log-policy log.policy",
	.see_also = "keys/README.md, docs/AUDIT.md (how to log)",
	.args = {.tables = {{sign_options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command_sign,
};

static const struct hm_option verify_options[] = {
	HM_OPTION_REQUIRED(struct options, key, "--key", "KEY", "The public key, PEM: Ed25519, or ECDSA on P-384."),
	HM_OPTION(struct options, signature, "--signature", "SIG", "The signature (default: FILE.sig)."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_verify_signature = {
	.name = "verify-signature",
	.summary = "check a detached signature",
	.words = "FILE",
	.description = "Says with its exit status whether SIG is a signature of FILE by the key.",
	.exit_status = "0 it is, 1 it is not, 2 malformed key, 3 usage, 4 could not run.",
	.example = "hallmark verify-signature golden/golden.json --key golden.pub",
	.see_also = "keys/README.md",
	.args = {.tables = {{verify_options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command_verify,
};
