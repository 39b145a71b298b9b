/* SPDX-License-Identifier: BSD-2-Clause */
/* trust.c - the options that say what a client trusts, and a verifier made of them */
#include "host/client/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host/base/error.h"
#include "host/client/verdict.h"
#include "lib/golden/golden.h"
#include "lib/platform/policy.h"
#include "lib/tlog/policy.h"
#include "lib/tlog/proof.h"
#include "lib/verify/machines.h"
#include "lib/base/rfc3339.h"

#define ROOTS_FILE_MAX (1024u * 1024u)
#define SMALL_FILE_MAX 65536u
#define CLOCK_SKEW_MAX_S 300u

const struct hm_option hm_trust_options[] = {
	HM_OPTION(struct hm_verify_args, golden, "--golden", "FILE", "The golden file of the image, golden.json."),
	HM_OPTION(struct hm_verify_args, golden_key, "--golden-key", "FILE",
		  "The public key, PEM, whose golden files are believed: Ed25519, or ECDSA on P-384."),
	HM_OPTION(struct hm_verify_args, golden_signature, "--golden-signature", "FILE",
		  "The golden file's signature (default: the golden file's name with .sig)."),
	HM_OPTION(struct hm_verify_args, roots, "--roots", "FILE",
		  "Self-signed certificates, PEM, of those who may certify attestation keys. A certificate is "
		  "a root because it is in this file, byte for byte. Whoever's root is in here can make "
		  "machines that are believed."),
	HM_OPTION(struct hm_verify_args, intermediates, "--intermediates", "FILE",
		  "Certificates, PEM, between the attestation keys' and the roots, for a proof that carries "
		  "the leaf alone. They are trusted for nothing: the path must still lead to a root."),
	HM_OPTION(struct hm_verify_args, platform, "--platform", "NAME",
		  "The only platform accepted (default: qemu, or the one that --platforms allows)."),
	HM_OPTION(struct hm_verify_args, platforms, "--platforms", "FILE",
		  "Which platforms are allowed, and what their hardware reports may say (JSON)."),
	HM_OPTION(struct hm_verify_args, jwks, "--jwks", "FILE",
		  "Keys of the attestation service, where the file of --platforms demands its token."),
	HM_OPTION(struct hm_verify_args, vcek, "--vcek", "FILE",
		  "PEM: VCEK, ASK and ARK of the machine's chip, for a proof that does not carry them."),
	HM_OPTION(struct hm_verify_args, crls, "--crls", "FILE",
		  "Revocation lists, PEM, for the attestation key's chain and those of hardware reports; "
		  "hallmark platform fetch-crls collects them, anew each day. A certificate on its issuer's "
		  "list is refused by name. A certificate that names a distribution point needs its issuer's "
		  "list here, signed and current. Without this option revocation is not looked at."),
	HM_OPTION(struct hm_verify_args, machines, "--machines", "FILE",
		  "Accept the machines of this list alone, with its signature beside it in FILE.sig (JSON, "
		  "docs/FORMATS.md, 14): against being led to somebody else's genuine machine of the same image."),
	HM_OPTION(struct hm_verify_args, machines_key, "--machines-key", "FILE",
		  "The public key, PEM, whose lists of machines are believed (default: --golden-key)."),
	HM_OPTION(struct hm_verify_args, log_policy, "--log-policy", "FILE",
		  "Refuse a golden file that is not proven to be in a transparency log of this policy, before a "
		  "quorum of its witnesses (sigsum's or C2SP's form; docs/FORMATS.md, 14): against a second golden "
		  "file, made for you alone."),
	HM_OPTION(struct hm_verify_args, log_proof, "--log-proof", "FILE",
		  "The proof (default: the golden file's name with .log-proof)."),
	HM_OPTION(struct hm_verify_args, log_key, "--log-key", "FILE",
		  "The public key, PEM, Ed25519, of who put the golden file into the log, for sigsum's form "
		  "(default: --golden-key)."),
	HM_OPTION(struct hm_verify_args, bank, "--bank", "sha256|sha384", "The only bank accepted (default: sha256)."),
	HM_OPTION(struct hm_verify_args, minimum_version, "--minimum-version", "N.N.N",
		  "Refuse golden files of older images, and those whose version cannot be compared."),
	HM_OPTION(struct hm_verify_args, allow_profile, "--allow-profile", "demo|test",
		  "Accept an image that is for trying things out (hallmark.profile= on its command line)."),
	HM_OPTION(struct hm_verify_args, same_boot, "--same-boot", "AK:N:N",
		  "Refuse another machine, and another boot of it, than an earlier verdict was about: "
		  "ak_sha256, reset_count and restart_count of that verdict's JSON, under tpm. A machine that "
		  "was started anew may hold other keys and has forgotten what it was told."),
	HM_OPTION(struct hm_verify_args, require_firmware_log, "--require-firmware-log", NULL,
		  "Refuse a proof without a firmware log."),
	HM_OPTION(struct hm_verify_args, require_hardware, "--require-hardware", NULL,
		  "Refuse a proof without a hardware report, whatever the platform."),
	HM_OPTION(struct hm_verify_args, allow_unsafe_clock, "--allow-unsafe-clock", NULL,
		  "Accept a TPM that was not shut down orderly before this boot."),
	HM_OPTION(
		struct hm_verify_args, clock_skew, "--clock-skew", "SECONDS",
		"How far this machine's clock may be wrong, at most 300 (default: 0). A certificate that becomes valid within "
		"that time is accepted, and the verdict says so."),
	HM_OPTION(struct hm_verify_args, allow_unbound, "--allow-unbound", NULL,
		  "On a connection, accept a proof that is not bound to it (servers without hallmark-guest tls). Then "
		  "whoever has the TLS key of one accepted machine can pass on the proofs of another."),
	HM_OPTION(struct hm_verify_args, platform_only, "--platform-only", NULL,
		  "Without a golden file: quote, certificates and registers. Nothing is said about the image."),
	HM_OPTION_END,
};

struct inputs {
	struct hm_file golden, signature, key, roots, platforms, jwks, vcek, crls, intermediates, machines,
		machines_signature, machines_key, log_policy, log_proof, log_key;
};

/* Files that stand beside others, where no option names them; NULL: not asked for. */
struct beside {
	char *signature, *machines_signature, *log_proof;
};

static bool read_inputs(const struct hm_verify_args *args, const struct beside *beside, struct inputs *in,
			struct hm_error *error)
{
	const struct {
		const char *path;
		size_t max;
		struct hm_file *file;
	} rows[] = {
		{args->golden, HM_GOLDEN_MAX, &in->golden},
		{args->golden_signature ? args->golden_signature : beside->signature, SMALL_FILE_MAX, &in->signature},
		{args->golden_key, SMALL_FILE_MAX, &in->key},
		{args->roots, ROOTS_FILE_MAX, &in->roots},
		{args->platforms, HM_PLATFORM_POLICY_MAX, &in->platforms},
		{args->jwks, HM_JWKS_MAX, &in->jwks},
		{args->intermediates, ROOTS_FILE_MAX, &in->intermediates},
		{args->vcek, HM_PATH_MAX * HM_CERT_MAX, &in->vcek},
		{args->crls, HM_CRL_FILE_MAX, &in->crls},
		{args->machines, HM_MACHINES_FILE_MAX, &in->machines},
		{beside->machines_signature, SMALL_FILE_MAX, &in->machines_signature},
		{args->machines_key, SMALL_FILE_MAX, &in->machines_key},
		{args->log_policy, HM_TLOG_POLICY_MAX, &in->log_policy},
		{args->log_proof ? args->log_proof : beside->log_proof, HM_TLOG_PROOF_MAX, &in->log_proof},
		{args->log_key, SMALL_FILE_MAX, &in->log_key},
	};

	for (size_t i = 0; i < HM_ARRAY_LEN(rows); i++) {
		if (rows[i].path && !hm_file_load(rows[i].path, rows[i].max, rows[i].file, error))
			return false;
	}
	return true;
}

static struct hallmark_bytes bytes_of(const struct hm_file *file)
{
	return (struct hallmark_bytes){file->p, file->len};
}

static const char *result_thing(const struct hm_verify_args *args)
{
	if (args->crls && !args->vcek && !args->platforms)
		return args->crls;
	return args->vcek && !args->platforms ? args->vcek : args->jwks ? args->jwks : args->platforms;
}

/* The file that a refusal to open is about. */
static const char *thing_of(const struct hm_verify_args *args, const char *command,
			    const struct hallmark_result *result)
{
	if (result->code == HALLMARK_GOLDEN_INVALID)
		return args->golden;
	if (result->code == HALLMARK_ROOTS_INVALID)
		return args->roots;
	if (result->code == HALLMARK_MACHINES_INVALID)
		return args->machines;
	if (result->code == HALLMARK_LOG_POLICY_INVALID)
		return args->log_policy;
	if (result->code == HALLMARK_NOT_LOGGED)
		return args->golden;
	if (result->code == HALLMARK_PLATFORMS_INVALID)
		return result_thing(args);
	return command;
}

static bool open_inputs(const struct hm_verify_args *args, const char *command, const struct inputs *in, uint64_t skew,
			struct hallmark_verifier **ret, struct hm_error *error)
{
	const struct hallmark_policy policy = {
		.golden = bytes_of(&in->golden),
		.golden_signature = bytes_of(&in->signature),
		.golden_key = bytes_of(&in->key),
		.roots = bytes_of(&in->roots),
		.platform = args->platform,
		.platforms = bytes_of(&in->platforms),
		.jwks = bytes_of(&in->jwks),
		.vcek = bytes_of(&in->vcek),
		.crls = bytes_of(&in->crls),
		.machines = bytes_of(&in->machines),
		.machines_signature = bytes_of(&in->machines_signature),
		.machines_key = bytes_of(&in->machines_key),
		.log_policy = bytes_of(&in->log_policy),
		.log_proof = bytes_of(&in->log_proof),
		.log_key = bytes_of(&in->log_key),
		.intermediates = bytes_of(&in->intermediates),
		.bank = args->bank,
		.minimum_version = args->minimum_version,
		.allow_profile = args->allow_profile,
		.platform_only = args->platform_only,
		.require_firmware_log = args->require_firmware_log,
		.require_hardware = args->require_hardware,
		.allow_unsafe_clock = args->allow_unsafe_clock,
		.allow_unbound = args->allow_unbound,
		.clock_skew_s = (unsigned int)skew,
		.remember = args->remember,
	};
	struct hallmark_result result;

	*ret = hallmark_open(&policy, &result);
	return *ret || hm_error_of(error, hm_verdict_kind(&result), thing_of(args, command, &result), "%s: %s",
				   hallmark_code_name(result.code), result.check[0].seen);
}

static bool check_usage(const struct hm_verify_args *args, const char *command, struct hm_error *error)
{
	const char *problem = NULL;

	if (args->platform_only &&
	    (args->golden || args->golden_key || args->golden_signature || args->minimum_version))
		problem = "--platform-only excludes --golden, --golden-key, --golden-signature and --minimum-version";
	else if (!args->platform_only && (!args->golden || !args->golden_key))
		problem = "needs --golden and --golden-key, or --platform-only";
	else if (args->machines && !args->machines_key && !args->golden_key)
		problem = "--machines needs --machines-key";
	else if (args->machines_key && !args->machines)
		problem = "--machines-key needs --machines";
	else if (args->log_policy && !args->golden)
		problem = "--log-policy needs --golden";
	else if ((args->log_proof || args->log_key) && !args->log_policy)
		problem = "--log-proof and --log-key need --log-policy";
	return !problem || hm_error_of(error, HM_ERROR_USAGE, command, "%s (hallmark %s --help)", problem, command);
}

static bool beside_of(const char *file, const char *suffix, char **ret)
{
	*ret = NULL;
	if (file && asprintf(ret, "%s%s", file, suffix) < 0)
		*ret = NULL;
	return !file || *ret;
}

static bool name_beside(const struct hm_verify_args *args, struct beside *ret)
{
	bool signature = beside_of(args->golden, ".sig", &ret->signature);
	bool machines = beside_of(args->machines, ".sig", &ret->machines_signature);

	return beside_of(args->log_policy ? args->golden : NULL, ".log-proof", &ret->log_proof) && signature &&
	       machines;
}

bool hm_verify_open(const struct hm_verify_args *args, const char *command, struct hallmark_verifier **ret,
		    struct hm_error *error)
{
	struct inputs in = {.golden = {NULL, 0}};
	struct beside beside;
	uint64_t skew = 0;
	bool good;

	if (!check_usage(args, command, error))
		return false;
	if (args->clock_skew && (!hm_parse_dec(hm_bytes_of_text(args->clock_skew), &skew) || skew > CLOCK_SKEW_MAX_S))
		return hm_error_of(error, HM_ERROR_USAGE, command, "--clock-skew is not from 0 to %u seconds",
				   CLOCK_SKEW_MAX_S);
	good = name_beside(args, &beside) || hm_error_memory(error, command);
	good = good && read_inputs(args, &beside, &in, error) && open_inputs(args, command, &in, skew, ret, error);
	free(beside.signature);
	free(beside.machines_signature);
	free(beside.log_proof);
	hm_file_free(&in.golden);
	hm_file_free(&in.signature);
	hm_file_free(&in.key);
	hm_file_free(&in.roots);
	hm_file_free(&in.platforms);
	hm_file_free(&in.jwks);
	hm_file_free(&in.vcek);
	hm_file_free(&in.crls);
	hm_file_free(&in.intermediates);
	hm_file_free(&in.machines);
	hm_file_free(&in.machines_signature);
	hm_file_free(&in.machines_key);
	hm_file_free(&in.log_policy);
	hm_file_free(&in.log_proof);
	hm_file_free(&in.log_key);
	return good;
}

bool hm_verify_time(const char *text, int64_t *ret)
{
	uint64_t seconds;

	if (!text) {
		*ret = (int64_t)time(NULL);
		return true;
	}
	if (*text != '@')
		return hm_rfc3339_parse(hm_bytes_of_text(text), ret);
	if (!hm_parse_dec(hm_bytes_of_text(text + 1), &seconds) || seconds > INT32_MAX * (uint64_t)100)
		return false;
	*ret = (int64_t)seconds;
	return true;
}

/* 64 hex digits, resetCount, restartCount, with ":" between: what a verdict's JSON has in "tpm". */
static bool epoch_parse(const char *text, struct hallmark_epoch *ret)
{
	struct hm_bytes rest = hm_bytes_of_text(text), key, reset, restart;
	uint64_t counts[2];

	if (!hm_next_field(&rest, ':', &key) || !hm_next_field(&rest, ':', &reset) ||
	    !hm_next_field(&rest, ':', &restart) || rest.p ||
	    !hm_parse_hex(key, ret->ak_sha256, sizeof(ret->ak_sha256)) || !hm_parse_dec(reset, &counts[0]) ||
	    !hm_parse_dec(restart, &counts[1]) || counts[0] > UINT32_MAX || counts[1] > UINT32_MAX)
		return false;
	ret->reset_count = (uint32_t)counts[0];
	ret->restart_count = (uint32_t)counts[1];
	return true;
}

bool hm_verify_epoch(const struct hm_verify_args *args, const char *command, struct hallmark_epoch *space,
		     const struct hallmark_epoch **ret, struct hm_error *error)
{
	*ret = NULL;
	if (!args->same_boot)
		return true;
	if (!epoch_parse(args->same_boot, space))
		return hm_error_of(error, HM_ERROR_USAGE, command,
				   "--same-boot is not ak_sha256:reset_count:restart_count of a verdict");
	*ret = space;
	return true;
}
