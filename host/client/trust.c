/* SPDX-License-Identifier: BSD-2-Clause */
/* trust.c - the options that say what a client trusts, and the verdict in print */
#include "host/client/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/golden/golden.h"
#include "lib/platform/policy.h"
#include "lib/base/rfc3339.h"

#define ROOTS_FILE_MAX (1024u * 1024u)
#define SMALL_FILE_MAX 65536u
#define SHORT_DIGITS 16

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
	HM_OPTION(struct hm_verify_args, platform_only, "--platform-only", NULL,
		  "Without a golden file: quote, certificates and registers. Nothing is said about the image."),
	HM_OPTION_END,
};

struct inputs {
	struct hm_file golden, signature, key, roots, platforms, jwks, vcek, crls, intermediates;
};

static int read_optional(const char *path, size_t max, struct hm_file *ret)
{
	return path ? hm_input_read(path, max, ret) : HM_EXIT_OK;
}

static int read_inputs(const struct hm_verify_args *args, const char *signature, struct inputs *in)
{
	int status = read_optional(args->golden, HM_GOLDEN_MAX, &in->golden);

	if (status == HM_EXIT_OK)
		status = read_optional(args->golden ? signature : NULL, SMALL_FILE_MAX, &in->signature);
	if (status == HM_EXIT_OK)
		status = read_optional(args->golden_key, SMALL_FILE_MAX, &in->key);
	if (status == HM_EXIT_OK)
		status = read_optional(args->roots, ROOTS_FILE_MAX, &in->roots);
	if (status == HM_EXIT_OK)
		status = read_optional(args->platforms, HM_PLATFORM_POLICY_MAX, &in->platforms);
	if (status == HM_EXIT_OK)
		status = read_optional(args->jwks, HM_JWKS_MAX, &in->jwks);
	if (status == HM_EXIT_OK)
		status = read_optional(args->intermediates, ROOTS_FILE_MAX, &in->intermediates);
	if (status == HM_EXIT_OK)
		status = read_optional(args->vcek, HM_PATH_MAX * HM_CERT_MAX, &in->vcek);
	if (status == HM_EXIT_OK)
		status = read_optional(args->crls, HM_CRL_FILE_MAX, &in->crls);
	return status;
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
	if (result->code == HALLMARK_PLATFORMS_INVALID)
		return result_thing(args);
	return command;
}

static int open_inputs(const struct hm_verify_args *args, const char *command, const struct inputs *in,
		       struct hallmark_verifier **ret)
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
		.intermediates = bytes_of(&in->intermediates),
		.bank = args->bank,
		.minimum_version = args->minimum_version,
		.allow_profile = args->allow_profile,
		.platform_only = args->platform_only,
		.require_firmware_log = args->require_firmware_log,
		.require_hardware = args->require_hardware,
		.allow_unsafe_clock = args->allow_unsafe_clock,
		.remember = args->remember,
	};
	struct hallmark_result result;

	*ret = hallmark_open(&policy, &result);
	if (*ret)
		return HM_EXIT_OK;
	return hm_fail_format(hm_verify_status(&result), thing_of(args, command, &result), "%s: %s",
			      hallmark_code_name(result.code), result.check[0].seen);
}

static int check_usage(const struct hm_verify_args *args, const char *command)
{
	const char *problem = NULL;

	if (args->platform_only &&
	    (args->golden || args->golden_key || args->golden_signature || args->minimum_version))
		problem = "--platform-only excludes --golden, --golden-key, --golden-signature and --minimum-version";
	else if (!args->platform_only && (!args->golden || !args->golden_key))
		problem = "needs --golden and --golden-key, or --platform-only";
	return problem ? hm_fail_format(HM_EXIT_USAGE, command, "%s (hallmark %s --help)", problem, command)
		       : HM_EXIT_OK;
}

int hm_verify_open(const struct hm_verify_args *args, const char *command, struct hallmark_verifier **ret)
{
	struct inputs in = {.golden = {NULL, 0}};
	char *beside = NULL;
	int status = check_usage(args, command);

	if (status != HM_EXIT_OK)
		return status;
	if (args->golden && asprintf(&beside, "%s.sig", args->golden) < 0)
		return hm_fail_text(HM_EXIT_RUN, command, "out of memory");
	status = read_inputs(args, args->golden_signature ? args->golden_signature : beside, &in);
	if (status == HM_EXIT_OK)
		status = open_inputs(args, command, &in, ret);
	free(beside);
	hm_file_free(&in.golden);
	hm_file_free(&in.signature);
	hm_file_free(&in.key);
	hm_file_free(&in.roots);
	hm_file_free(&in.platforms);
	hm_file_free(&in.jwks);
	hm_file_free(&in.vcek);
	hm_file_free(&in.crls);
	hm_file_free(&in.intermediates);
	return status;
}

int hm_verify_status(const struct hallmark_result *result)
{
	if (result->accepted)
		return HM_EXIT_OK;
	switch (result->code) {
	case HALLMARK_BAD_REQUEST:
		return HM_EXIT_USAGE;
	case HALLMARK_GOLDEN_INVALID:
	case HALLMARK_ROOTS_INVALID:
	case HALLMARK_PLATFORMS_INVALID:
		return HM_EXIT_INPUT;
	case HALLMARK_INTERNAL_ERROR:
		return HM_EXIT_RUN;
	default:
		return HM_EXIT_REJECTED;
	}
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

int hm_verify_epoch(const struct hm_verify_args *args, const char *command, struct hallmark_epoch *space,
		    const struct hallmark_epoch **ret)
{
	*ret = NULL;
	if (!args->same_boot)
		return HM_EXIT_OK;
	if (!epoch_parse(args->same_boot, space))
		return hm_fail_text(HM_EXIT_USAGE, command,
				    "--same-boot is not ak_sha256:reset_count:restart_count of a verdict");
	*ret = space;
	return HM_EXIT_OK;
}

/* --- printing --- */

void hm_verdict_line(const struct hallmark_result *result, char ret[HM_VERDICT_MAX])
{
	const struct hallmark_check *check;

	if (result->accepted && result->image_name[0]) {
		snprintf(ret, HM_VERDICT_MAX, "accepted: %s %s on %s%s%s%s", result->image_name, result->image_version,
			 result->platform, result->profile[0] ? "" : ", firmware not pinned",
			 result->acpi_unmeasured ? ", acpi=unmeasured" : "",
			 result->stale ? ", of an unknown time" : "");
		return;
	}
	if (result->accepted) {
		snprintf(ret, HM_VERDICT_MAX, "accepted: a quote of %s%s; nothing is said about the image",
			 result->platform, result->stale ? " of an unknown time" : "");
		return;
	}
	if (result->failed_check < 0) {
		snprintf(ret, HM_VERDICT_MAX, "rejected: %s: %s", hallmark_code_name(result->code),
			 hallmark_code_meaning(result->code));
		return;
	}
	check = &result->check[result->failed_check];
	snprintf(ret, HM_VERDICT_MAX, "rejected: %s: check %d, %s: expected %s, seen %s",
		 hallmark_code_name(result->code), result->failed_check, check->name, check->expected, check->seen);
}

static const char *state_word(enum hallmark_state state)
{
	static const char *const words[] = {[HALLMARK_NOT_RUN] = "not made",
					    [HALLMARK_PASSED] = "passed",
					    [HALLMARK_FAILED] = "FAILED",
					    [HALLMARK_LEFT_OUT] = "left out"};

	return words[state];
}

static void print_checks(const struct hallmark_result *result)
{
	puts("check");
	for (int i = 0; i < HALLMARK_CHECK_COUNT; i++) {
		const struct hallmark_check *check = &result->check[i];

		printf("%5d  %-12s  %-8s", i, check->name, state_word(check->state));
		if (check->state == HALLMARK_FAILED)
			printf("  %s: expected %s, seen %s", hallmark_code_name(check->code), check->expected,
			       check->seen);
		else if (check->note[0])
			printf("  %s", check->note);
		putchar('\n');
	}
}

static const char *match_word(enum hallmark_register_state state)
{
	static const char *const words[] = {[HALLMARK_REGISTER_NOT_JUDGED] = "not judged",
					    [HALLMARK_REGISTER_EQUAL] = "equal",
					    [HALLMARK_REGISTER_DIFFERS] = "DIFFERS",
					    [HALLMARK_REGISTER_SHOWN] = "shown"};

	return words[state];
}

static void short_value(const char *hex, char ret[SHORT_DIGITS + 3])
{
	snprintf(ret, SHORT_DIGITS + 3, "%.*s%s", SHORT_DIGITS, hex[0] ? hex : "-",
		 strlen(hex) > SHORT_DIGITS ? ".." : "");
}

static void print_registers(const struct hallmark_result *result)
{
	puts("  PCR  policy    golden              seen                verdict     holds");
	for (int pcr = 0; pcr < (int)HM_PCR_QUOTED; pcr++) {
		const struct hallmark_register *row = &result->registers[pcr];
		char expected[SHORT_DIGITS + 3], seen[SHORT_DIGITS + 3];

		short_value(row->expected, expected);
		short_value(row->seen, seen);
		printf("%5d  %-8s  %-18s  %-18s  %-10s  %s\n", pcr, row->policy[0] ? row->policy : "-", expected, seen,
		       match_word(row->state), row->holds);
	}
}

void hm_verdict_print(const struct hallmark_result *result)
{
	char line[HM_VERDICT_MAX];

	hm_verdict_line(result, line);
	puts(line);
	putchar('\n');
	print_checks(result);
	/* Only registers that the quote has been checked for are shown. */
	if (result->registers[0].seen[0]) {
		putchar('\n');
		print_registers(result);
	}
}
