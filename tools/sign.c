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

static const char sign_help[] =
	"usage: hallmark sign FILE --key KEY.pem [--output SIG]\n"
	"\n"
	"Signs FILE, a golden file or a platform profile, byte for byte, and writes the signature beside it: FILE.sig.\n"
	"\n"
	"  --key FILE      private key, PEM: Ed25519, or ECDSA on P-384; the key decides\n"
	"  --output FILE   default FILE.sig\n"
	"\n"
	"openssl pkeyutl -sign -rawin -inkey KEY.pem -in FILE makes the same signature with an Ed25519 key.\n"
	"\n"
	"example: hallmark sign golden/golden.json --key golden.key\n";

static const char verify_help[] = "usage: hallmark verify-signature FILE --key KEY.pub [--signature SIG]\n"
				  "\n"
				  "Exit status 0 if SIG is a signature of FILE by the key, else 1.\n"
				  "\n"
				  "  --key FILE         public key, PEM: Ed25519, or ECDSA on P-384\n"
				  "  --signature FILE   default FILE.sig\n"
				  "\n"
				  "example: hallmark verify-signature golden/golden.json --key golden.pub\n";

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

static int run(const char *command, const char *help, bool signing, int argc, char **argv)
{
	struct options o = {.file = NULL};
	const struct hm_option options[] = {
		{.name = "--key", .value = &o.key, .required = true},
		{.name = signing ? "--output" : "--signature", .value = &o.signature},
	};
	const struct hm_args args = {.command = command,
				     .help = help,
				     .options = options,
				     .option_count = HM_ARRAY_LEN(options),
				     .words_min = 1,
				     .words_max = 1};
	struct hm_file file = {0}, key = {0};
	struct hm_list words;
	int status = hm_args_parse(&args, argc, argv, &words);

	if (status != HM_ARGS_GO)
		return status;
	o.file = words.word[0];
	status = load(&o, &file, &key);
	if (!status)
		status = signing ? sign(&o, hm_file_bytes(&file), hm_file_bytes(&key))
				 : verify(&o, hm_file_bytes(&file), hm_file_bytes(&key));
	free(o.beside);
	hm_file_free(&key);
	hm_file_free(&file);
	return status;
}

int hm_cmd_sign(int argc, char **argv)
{
	return run("sign", sign_help, true, argc, argv);
}

int hm_cmd_verify_signature(int argc, char **argv)
{
	return run("verify-signature", verify_help, false, argc, argv);
}
