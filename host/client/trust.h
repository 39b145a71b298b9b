/* SPDX-License-Identifier: BSD-2-Clause */
/* trust.h - the options that say what a client trusts, shared by the commands that verify proofs; and the verdict in
 * print */
#ifndef HM_HOST_CLIENT_TRUST_H
#define HM_HOST_CLIENT_TRUST_H

#include "lib/hallmark.h"
#include "host/base/args.h"

struct hm_verify_args {
	const char *golden;
	const char *golden_key;
	const char *golden_signature; /* NULL: the golden file's name and ".sig" */
	const char *roots;
	const char *intermediates;
	const char *platform;
	const char *platforms;
	const char *jwks;
	const char *vcek;
	const char *crls;
	const char *bank;
	const char *minimum_version;
	const char *allow_profile;
	const char *same_boot; /* hm_verify_epoch */
	bool platform_only;
	bool require_firmware_log;
	bool require_hardware;
	bool allow_unsafe_clock;
	unsigned int remember; /* chains; for a command that verifies more than one proof */
};

/* Rows of a table of struct hm_option. */
#define HM_VERIFY_OPTIONS(a) \
	{.name = "--golden", .value = &(a).golden}, {.name = "--golden-key", .value = &(a).golden_key}, \
		{.name = "--golden-signature", .value = &(a).golden_signature}, \
		{.name = "--roots", .value = &(a).roots}, {.name = "--intermediates", .value = &(a).intermediates}, \
		{.name = "--platform", .value = &(a).platform}, {.name = "--platforms", .value = &(a).platforms}, \
		{.name = "--jwks", .value = &(a).jwks}, {.name = "--vcek", .value = &(a).vcek}, \
		{.name = "--crls", .value = &(a).crls}, {.name = "--bank", .value = &(a).bank}, \
		{.name = "--minimum-version", .value = &(a).minimum_version}, \
		{.name = "--allow-profile", .value = &(a).allow_profile}, \
		{.name = "--same-boot", .value = &(a).same_boot}, \
		{.name = "--platform-only", .flag = &(a).platform_only}, \
		{.name = "--require-firmware-log", .flag = &(a).require_firmware_log}, \
		{.name = "--require-hardware", .flag = &(a).require_hardware}, \
	{ \
		.name = "--allow-unsafe-clock", .flag = &(a).allow_unsafe_clock \
	}

/* What these options are, for a --help text. */
#define HM_VERIFY_HELP \
	"  --golden FILE             golden.json of the image\n" \
	"  --golden-key FILE         the public key (PEM) whose golden files are believed\n" \
	"  --golden-signature FILE   its signature; default: the golden file's name with .sig\n" \
	"  --roots FILE              certificates (PEM) of those who may certify attestation keys\n" \
	"  --intermediates FILE      certificates (PEM) between those and the roots, for a proof that carries the leaf alone\n" \
	"  --platform NAME           the only platform accepted; default: qemu, or the one that --platforms allows\n" \
	"  --platforms FILE          which platforms are allowed, and what their hardware reports may say (JSON)\n" \
	"  --jwks FILE               keys of the attestation service, where that file demands its token\n" \
	"  --vcek FILE               PEM: VCEK, ASK and ARK of the machine's chip, for a proof that does not carry them\n" \
	"  --crls FILE               revocation lists (PEM; hallmark platform fetch-crls); certificates that name one need theirs in it\n" \
	"  --bank sha256|sha384      the only bank accepted; default: sha256\n" \
	"  --minimum-version N.N.N   refuse golden files of older images\n" \
	"  --allow-profile demo|test accept an image for trying things out\n" \
	"  --same-boot AK:N:N        only the machine and boot of an earlier verdict: its ak_sha256, reset_count, restart_count\n" \
	"  --require-firmware-log    refuse a proof without one\n" \
	"  --require-hardware        refuse a proof without a hardware report\n" \
	"  --allow-unsafe-clock      accept a TPM that was not shut down orderly before\n" \
	"  --platform-only           no golden file: quote, chain and registers; nothing about the image\n"

/* Reads the files and opens a verifier: HM_EXIT_OK, or the status to leave with (line printed). */
HM_MUST_CHECK int hm_verify_open(const struct hm_verify_args *args, const char *command,
				 struct hallmark_verifier **ret);
/* The exit status of a result; docs/FORMATS.md, "Exit status". */
HM_MUST_CHECK int hm_verify_status(const struct hallmark_result *result);
/* "2026-11-26T12:00:00Z" or "@SECONDS"; NULL: now. */
HM_MUST_CHECK bool hm_verify_time(const char *text, int64_t *ret);
/* --same-boot: `space`, filled in and in *ret; *ret is NULL where the option was not given. HM_EXIT_OK, or the status
 * to leave with (line printed). */
HM_MUST_CHECK int hm_verify_epoch(const struct hm_verify_args *args, const char *command, struct hallmark_epoch *space,
				  const struct hallmark_epoch **ret);
/* The verdict in one line, without LF: "accepted: ..." or "rejected: CODE: ...". */
#define HM_VERDICT_MAX 1024u
void hm_verdict_line(const struct hallmark_result *result, char ret[HM_VERDICT_MAX]);
/* That line, and the checks and registers as tables, to standard output. */
void hm_verdict_print(const struct hallmark_result *result);
/* verify_json.c: all of it as JSON; release with free(). NULL when out of memory. */
char *hm_verdict_json(const struct hallmark_result *result);

#endif
