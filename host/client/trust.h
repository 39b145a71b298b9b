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

/* The options of struct hm_verify_args. */
extern const struct hm_option hm_trust_options[];

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
