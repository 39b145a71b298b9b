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

struct options {
	const char *file, *key, *signature;
	char *beside; /* FILE.sig */
};

/* Reads file and key; *ret_path is the signature's. An exit status; the line is printed. */
static int load(struct options *o, struct hm_file *file, struct hm_file *key)
{
	int status = hm_input_read(o->file, HM_GOLDEN_MAX, file);

	if (!status)
		status = hm_input_read(o->key, HM_CRYPTO_KEY_MAX, key);
	if (status || o->signature)
		return status;
	if (asprintf(&o->beside, "%s.sig", o->file) < 0) {
		o->beside = NULL;
		return hm_fail_text(HM_EXIT_RUN, o->file, "out of memory");
	}
	o->signature = o->beside;
	return HM_EXIT_OK;
}

static int sign(const struct options *o, struct hm_bytes file, struct hm_bytes key)
{
	uint8_t signature[HM_CRYPTO_SIGNATURE_MAX];
	struct hm_error error = {0};
	size_t len;
	int r;

	if (!hm_crypto_sign_detached(file, key, signature, &len, &error))
		return hm_fail_text(HM_EXIT_INPUT, o->key, error.text);
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
	hm_file_free(&key);
	hm_file_free(&file);
	return status;
}

static int command_sign(void *options, const struct hm_words *words)
{
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
		       "key.",
	.example = "hallmark sign golden/golden.json --key golden.key",
	.see_also = "keys/README.md",
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
