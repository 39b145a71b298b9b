/* SPDX-License-Identifier: BSD-2-Clause */
/* checks.h - the checks of the verifier, in the files that hold them */
#ifndef HM_LIB_VERIFY_CHECKS_H
#define HM_LIB_VERIFY_CHECKS_H

#include "lib/verify/run.h"

/*
 * verifier.c holds the order of the checks, and runs a check only after those that it rests on. No check calls another
 * one.
 */
/* check_golden.c */
enum hm_outcome hm_check_golden(struct hm_run *run);
enum hm_outcome hm_check_registers(struct hm_run *run);
enum hm_outcome hm_check_debug(struct hm_run *run);
/* check_quote.c */
enum hm_outcome hm_check_proof(struct hm_run *run);
enum hm_outcome hm_check_chain(struct hm_run *run);
enum hm_outcome hm_check_key(struct hm_run *run);
enum hm_outcome hm_check_signature(struct hm_run *run);
enum hm_outcome hm_check_attest(struct hm_run *run);
enum hm_outcome hm_check_freshness(struct hm_run *run);
enum hm_outcome hm_check_clock(struct hm_run *run);
enum hm_outcome hm_check_selection(struct hm_run *run);
/* check_log.c */
enum hm_outcome hm_check_firmware_log(struct hm_run *run);
enum hm_outcome hm_check_runtime_log(struct hm_run *run);
enum hm_outcome hm_check_records(struct hm_run *run);
enum hm_outcome hm_check_tls(struct hm_run *run);
/* check_hardware.c */
enum hm_outcome hm_check_hardware(struct hm_run *run);

/*
 * check_golden.c, when a verifier is opened: the golden file's signature, then its form, then whether each register's
 * policy is at least as strict as the table of registers demands.
 */
HM_MUST_CHECK bool hm_verify_golden_open(struct hallmark_verifier *v, const struct hallmark_policy *policy,
					 struct hm_error *error);
/* "1.20.3": decimal numbers with dots between. */
HM_MUST_CHECK bool hm_version_parse(const char *text);

#endif
