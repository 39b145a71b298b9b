/* SPDX-License-Identifier: BSD-2-Clause */
/* verifier.h - inside of the verifier: what one run knows, and the checks that add to it */
#ifndef HM_LIB_VERIFY_VERIFIER_H
#define HM_LIB_VERIFY_VERIFIER_H

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

/*
 * verify.c makes the checks in the order of hm_verify_table and decides; the other verify_*.c files hold the checks. A
 * check returns what came of it and cannot accept anything: that is done in one place, when all have been made.
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
	struct hm_memory *memory;     /* NULL: nothing is remembered */
	struct hm_pcrs runtime_start; /* registers before the first record, by the golden file's events */
};

struct hm_run {
	const struct hallmark_verifier *v;
	const struct hallmark_request *request;
	struct hallmark_result *ret;
	uint32_t done; /* checks that passed or were left out: bits of 1 << enum hm_check */
	/* Each is set by the check named beside it. */
	struct hm_proof *proof;		 /* PROOF */
	struct hm_foreign foreign;	 /* PROOF */
	struct hm_key *key;		 /* CHAIN, or KEY where the platform has no chain */
	struct hm_tpm_public public;	 /* KEY */
	enum hm_bank hash;		 /* KEY: of its signatures */
	struct hm_attest attest;	 /* ATTEST */
	uint8_t spki_sha256[32];	 /* FRESHNESS: of the proof's TLS leaf */
	bool firmware_log;		 /* FIRMWARE_LOG: there is one and it replays */
	uint8_t os_start[HM_DIGEST_MAX]; /* PCR 11 by that log, before the records; where firmware_log is set */
	uint8_t tls_record[32];		 /* RECORDS: the key that the machine measured */
};

/* What a check comes to. */
enum hm_outcome { HM_FAILED, HM_PASSED, HM_LEFT_OUT };

struct hm_check_row {
	const char *name;
	uint32_t needs; /* checks that it rests on: bits */
	/* HM_FAILED by hm_failed; HM_LEFT_OUT by hm_left_out, and only where `may_leave_out` says so before the check
	 * is made. */
	enum hm_outcome (*run)(struct hm_run *run);
	bool (*may_leave_out)(const struct hm_run *run);
};

/* For `return hm_failed(...)`: the texts are cut and escaped. */
enum hm_outcome hm_failed(struct hm_run *run, enum hm_check check, enum hallmark_code code, const char *expected,
			  const char *format, ...) __attribute__((format(printf, 5, 6)));
enum hm_outcome hm_left_out(struct hm_run *run, enum hm_check check, const char *note);
void hm_note(struct hm_run *run, enum hm_check check, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Lower-case hex, cut to `cap`. */
void hm_hex_text(struct hm_bytes bytes, char *ret, size_t cap);

/* verify_golden.c */
HM_MUST_CHECK bool hm_verify_golden_open(struct hallmark_verifier *v, const struct hallmark_policy *policy,
					 struct hm_error *error);
HM_MUST_CHECK bool hm_version_parse(const char *text);
enum hm_outcome hm_check_golden(struct hm_run *run);
enum hm_outcome hm_check_registers(struct hm_run *run);
enum hm_outcome hm_check_debug(struct hm_run *run);
/* verify_quote.c */
enum hm_outcome hm_check_proof(struct hm_run *run);
enum hm_outcome hm_check_chain(struct hm_run *run);
enum hm_outcome hm_check_key(struct hm_run *run);
enum hm_outcome hm_check_signature(struct hm_run *run);
enum hm_outcome hm_check_attest(struct hm_run *run);
enum hm_outcome hm_check_freshness(struct hm_run *run);
enum hm_outcome hm_check_clock(struct hm_run *run);
enum hm_outcome hm_check_selection(struct hm_run *run);
/* verify_log.c */
enum hm_outcome hm_check_firmware_log(struct hm_run *run);
enum hm_outcome hm_check_runtime_log(struct hm_run *run);
enum hm_outcome hm_check_records(struct hm_run *run);
enum hm_outcome hm_check_tls(struct hm_run *run);
/* verify_hardware.c */
enum hm_outcome hm_check_hardware(struct hm_run *run);

/* Which of the golden file's events of a register is the first that the logs do not have; "" where it is not known. */
void hm_verify_first_difference(const struct hm_run *run, uint32_t pcr, char *ret, size_t cap);

#endif
