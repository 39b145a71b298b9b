/* SPDX-License-Identifier: BSD-2-Clause */
/* run.h - one run of the verifier: what the caller trusts, what the checks learn, how a check reports */
#ifndef HM_LIB_VERIFY_RUN_H
#define HM_LIB_VERIFY_RUN_H

#include "lib/base/error.h"
#include "core/attest.h"
#include "lib/hallmark.h"
#include "lib/crypto/ak_chain.h"
#include "lib/proof/foreign.h"
#include "lib/golden/golden.h"
#include "lib/platform/table.h"
#include "lib/platform/policy.h"
#include "lib/proof/proof.h"
#include "lib/verify/chain_cache.h"
#include "lib/verify/machines.h"

/*
 * The bottom of lib/verify: what the files of the checks share. A check reads the run, writes what later checks need
 * into it, and returns an outcome. A check cannot accept a proof: verifier.c does that in one place, after the last
 * check.
 */
enum hm_check {
	HM_CHECK_GOLDEN,
	HM_CHECK_PROOF,
	HM_CHECK_CHAIN,
	HM_CHECK_KEY,
	HM_CHECK_SIGNATURE,
	HM_CHECK_ATTEST,
	HM_CHECK_FRESHNESS,
	HM_CHECK_CLOCK,
	HM_CHECK_SELECTION,
	HM_CHECK_FIRMWARE_LOG,
	HM_CHECK_RUNTIME_LOG,
	HM_CHECK_REGISTERS,
	HM_CHECK_RECORDS,
	HM_CHECK_TLS,
	HM_CHECK_DEBUG,
	HM_CHECK_HARDWARE,
	HM_CHECK_COUNT
};
HM_STATIC_ASSERT((int)HM_CHECK_COUNT == HALLMARK_CHECK_COUNT, "as the public header has it");

/* What the caller trusts; read-only once opened, but for what it remembers. */
struct hallmark_verifier {
	struct hm_golden *golden;     /* NULL: platform only */
	struct hm_roots *roots;	      /* NULL: none given, no chain is accepted */
	struct hm_path intermediates; /* tried one at a time under a leaf that came alone */
	const struct hm_platform *platform;
	struct hm_platform_policy *platforms; /* NULL: the defaults */
	enum hm_bank bank;
	char *minimum_version; /* NULL: any */
	char *allow_profile;   /* NULL: release only */
	bool require_firmware_log;
	bool require_hardware;
	bool allow_unsafe_clock;
	bool allow_unbound;
	unsigned int clock_skew_s;
	struct hm_machines *machines; /* NULL: any that is genuine */
	char logged[128];	      /* "": no log policy; else where the golden file is logged, in words */
	struct hm_memory *memory;     /* NULL: nothing is remembered */
	struct hm_pcrs runtime_start; /* registers before the first record, by the golden file's events */
};

struct hm_run {
	const struct hallmark_verifier *v;
	const struct hallmark_request *request;
	struct hallmark_result *ret;
	uint32_t done; /* checks that passed or were left out: bits of 1 << enum hm_check */
	/* Each is set by the check named beside it. */
	struct hm_proof *proof;		    /* PROOF */
	struct hm_proof_terms terms;	    /* PROOF: what its format can show */
	struct hm_key *key;		    /* CHAIN, or KEY where the platform has no chain */
	struct hm_tpm_public public;	    /* KEY */
	enum hm_bank hash;		    /* KEY: of its signatures */
	struct hm_attest attest;	    /* ATTEST */
	uint8_t spki_sha256[HM_SHA256_LEN]; /* FRESHNESS: of the proof's TLS leaf */
	bool firmware_log;		    /* FIRMWARE_LOG: there is one and it replays */
	uint8_t os_start[HM_DIGEST_MAX];    /* PCR 11 by that log, before the records; where firmware_log is set */
	uint8_t tls_record[32];		    /* RECORDS: the key that the machine measured */
};

/* What a check comes to. */
enum hm_outcome { HM_FAILED, HM_PASSED, HM_LEFT_OUT };

/*
 * Each writes into the check's row of the result. The texts are cut to their room, and escaped: a proof's bytes never
 * reach the caller as they are. hm_failed and hm_left_out are for `return hm_failed(...)`.
 */
enum hm_outcome hm_failed(struct hm_run *run, enum hm_check check, enum hallmark_code code, const char *expected,
			  const char *format, ...) __attribute__((format(printf, 5, 6)));
enum hm_outcome hm_left_out(struct hm_run *run, enum hm_check check, const char *note);
void hm_note(struct hm_run *run, enum hm_check check, const char *format, ...) __attribute__((format(printf, 3, 4)));
void hm_set_text(char *ret, size_t cap, const char *text);
/* Lower-case hex, cut to `cap`. */
void hm_hex_text(struct hm_bytes bytes, char *ret, size_t cap);

#endif
