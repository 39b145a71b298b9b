/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * trust.h - the options that say what a client trusts, shared by the commands that verify proofs
 *
 * `hallmark verify` and `hallmark proxy` have these options in common, so both trust the same things by the same words.
 * The module reads the files that the options name and opens libhallmark's verifier with them. It decides nothing about
 * a proof.
 */
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
	const char *machines; /* beside it its signature: the name and ".sig" */
	const char *machines_key;
	const char *log_policy;
	const char *log_proof; /* NULL: the golden file's name and ".log-proof" */
	const char *log_key;
	const char *bank;
	const char *minimum_version;
	const char *allow_profile;
	const char *same_boot;	/* hm_verify_epoch */
	const char *clock_skew; /* seconds */
	bool platform_only;
	bool require_firmware_log;
	bool require_hardware;
	bool allow_unsafe_clock;
	bool allow_unbound;
	unsigned int remember; /* chains; for a command that verifies more than one proof */
};

/* The options of struct hm_verify_args. */
extern const struct hm_option hm_trust_options[];

/* Reads the files and opens a verifier; `command` stands in usage errors. */
HM_MUST_CHECK bool hm_verify_open(const struct hm_verify_args *args, const char *command,
				  struct hallmark_verifier **ret, struct hm_error *error);
/* "2026-11-26T12:00:00Z" or "@SECONDS"; NULL: now. */
HM_MUST_CHECK bool hm_verify_time(const char *text, int64_t *ret);
/* --same-boot: `space`, filled in and in *ret; *ret is NULL where the option was not given. */
HM_MUST_CHECK bool hm_verify_epoch(const struct hm_verify_args *args, const char *command, struct hallmark_epoch *space,
				   const struct hallmark_epoch **ret, struct hm_error *error);

#endif
