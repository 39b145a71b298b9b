/* SPDX-License-Identifier: BSD-2-Clause */
/* verifier.c - the verifier: makes the checks in their order and decides */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/hallmark.h"
#include "lib/verify/checks.h"
#include "lib/verify/logged.h"
#include "lib/verify/run.h"
#include "lib/golden/rtmr.h"
#include "lib/proof/quoted.h"

#define BIT(check) (1u << HM_CHECK_##check)
#define ALL_CHECKS ((1u << HM_CHECK_COUNT) - 1)
#define CLOCK_SKEW_MAX_S 300u
#define QUOTE_NEEDS (BIT(PROOF) | BIT(CHAIN) | BIT(KEY) | BIT(SIGNATURE) | BIT(ATTEST))

/* --- what may be left out: decided by the policy and the form of the proof, before a check has seen its content --- */

static bool never(const struct hm_run *run)
{
	(void)run;
	return false;
}

static bool without_golden(const struct hm_run *run)
{
	return !run->v->golden;
}

static bool without_certificates(const struct hm_run *run)
{
	return !run->v->platform->ak_certified || run->terms.voucher == HM_VOUCHED_BY_HARDWARE;
}

static bool without_public(const struct hm_run *run)
{
	return run->terms.key != HM_KEY_PUBLIC_AREA;
}

static bool without_firmware_log(const struct hm_run *run)
{
	return !run->v->require_firmware_log;
}

static bool without_connection(const struct hm_run *run)
{
	return !run->request->tls_spki_sha256;
}

static bool without_hardware(const struct hm_run *run)
{
	return !run->v->require_hardware && run->v->platform->report == HM_REPORT_NONE &&
	       run->v->platform->ak_certified;
}

/* One check. HM_FAILED comes from hm_failed. HM_LEFT_OUT comes from hm_left_out, and counts only where may_leave_out()
 * allows it. */
struct check_row {
	const char *name;
	uint32_t needs; /* checks that this one rests on: bits of 1 << enum hm_check */
	enum hm_outcome (*run)(struct hm_run *run);
	bool (*may_leave_out)(const struct hm_run *run);
};

/*
 * This order is an interface: the numbers of the checks. The sections of each file are numbered in the same way:
 *
 *	0 golden, 11 registers, 14 debug			check_golden.c
 *	1 proof, 2 ak-chain, 3 ak-key, 4 signature, 5 attest,
 *	6 freshness, 7 clock, 8 selection			check_quote.c
 *	9 firmware-log, 10 runtime-log, 12 records, 13 tls-key	check_log.c
 *	15 hardware						check_hardware.c
 */
static const struct check_row rows[] = {
	[HM_CHECK_GOLDEN] = {"golden", 0, hm_check_golden, without_golden},
	[HM_CHECK_PROOF] = {"proof", 0, hm_check_proof, never},
	[HM_CHECK_CHAIN] = {"ak-chain", BIT(PROOF), hm_check_chain, without_certificates},
	[HM_CHECK_KEY] = {"ak-key", BIT(PROOF) | BIT(CHAIN), hm_check_key, without_public},
	[HM_CHECK_SIGNATURE] = {"signature", BIT(PROOF) | BIT(CHAIN) | BIT(KEY), hm_check_signature, never},
	[HM_CHECK_ATTEST] = {"attest", BIT(PROOF) | BIT(SIGNATURE), hm_check_attest, never},
	[HM_CHECK_FRESHNESS] = {"freshness", BIT(PROOF) | BIT(ATTEST), hm_check_freshness, never},
	[HM_CHECK_CLOCK] = {"clock", BIT(PROOF) | BIT(ATTEST) | BIT(KEY), hm_check_clock, never},
	[HM_CHECK_SELECTION] = {"selection", QUOTE_NEEDS, hm_check_selection, never},
	[HM_CHECK_FIRMWARE_LOG] = {"firmware-log", QUOTE_NEEDS | BIT(SELECTION), hm_check_firmware_log,
				   without_firmware_log},
	[HM_CHECK_RUNTIME_LOG] = {"runtime-log", QUOTE_NEEDS | BIT(SELECTION), hm_check_runtime_log, without_golden},
	[HM_CHECK_REGISTERS] = {"registers", QUOTE_NEEDS | BIT(SELECTION), hm_check_registers, without_golden},
	[HM_CHECK_RECORDS] = {"records", QUOTE_NEEDS | BIT(SELECTION) | BIT(RUNTIME_LOG), hm_check_records,
			      without_golden},
	[HM_CHECK_TLS] = {"tls-key", QUOTE_NEEDS | BIT(SELECTION) | BIT(FRESHNESS) | BIT(RUNTIME_LOG) | BIT(RECORDS),
			  hm_check_tls, without_connection},
	[HM_CHECK_DEBUG] = {"debug", QUOTE_NEEDS | BIT(SELECTION) | BIT(REGISTERS), hm_check_debug, without_golden},
	[HM_CHECK_HARDWARE] = {"hardware", BIT(PROOF) | BIT(KEY), hm_check_hardware, without_hardware},
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(rows) == HM_CHECK_COUNT, "every check has a row");

static void init_result(struct hallmark_result *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->code = HALLMARK_INTERNAL_ERROR;
	ret->failed_check = -1;
	ret->pcr = -1;
	for (size_t i = 0; i < HM_CHECK_COUNT; i++) {
		ret->check[i].name = rows[i].name;
		ret->check[i].code = HALLMARK_OK;
	}
	for (size_t i = 0; i < HM_PCR_QUOTED; i++) {
		ret->registers[i].policy = "";
		ret->registers[i].holds = hm_pcr_table[i].holds;
	}
}

/* --- opening --- */

static bool refuse_open(struct hallmark_result *ret, enum hallmark_code code, const char *text)
{
	struct hallmark_check *check = &ret->check[HM_CHECK_GOLDEN];

	ret->code = check->code = code;
	ret->failed_check = HM_CHECK_GOLDEN;
	check->state = HALLMARK_FAILED;
	hm_set_text(check->seen, sizeof(check->seen), text);
	return false;
}

static bool copy_text(const char *text, char **ret)
{
	*ret = text ? strdup(text) : NULL;
	return !text || *ret;
}

static bool open_beside(struct hallmark_verifier *v, const struct hallmark_policy *policy, struct hallmark_result *ret)
{
	struct hm_error error = {0};

	if (policy->vcek.len &&
	    !hm_platform_policy_set_vcek(&v->platforms, hm_bytes_of(policy->vcek.p, policy->vcek.len), &error))
		return refuse_open(ret, HALLMARK_PLATFORMS_INVALID, error.text);
	if (policy->crls.len &&
	    !hm_platform_policy_set_crls(&v->platforms, hm_bytes_of(policy->crls.p, policy->crls.len), &error))
		return refuse_open(ret, HALLMARK_PLATFORMS_INVALID, error.text);
	return true;
}

static bool open_platforms(struct hallmark_verifier *v, const struct hallmark_policy *policy,
			   struct hallmark_result *ret)
{
	struct hm_error error = {0};

	if (!policy->platforms.len && policy->jwks.len)
		return refuse_open(ret, HALLMARK_BAD_REQUEST, "a key set is given, and no policy demands a token");
	if (!policy->platforms.len)
		return open_beside(v, policy, ret);
	if (!hm_platform_policy_parse(hm_bytes_of(policy->platforms.p, policy->platforms.len), &v->platforms, &error))
		return refuse_open(ret, HALLMARK_PLATFORMS_INVALID, error.text);
	if (policy->jwks.len &&
	    !hm_platform_policy_set_jwks(v->platforms, hm_bytes_of(policy->jwks.p, policy->jwks.len), &error))
		return refuse_open(ret, HALLMARK_PLATFORMS_INVALID, error.text);
	return open_beside(v, policy, ret);
}

/* The one that a policy allows, "qemu" without a policy; NULL where there are several. */
static const char *only_platform(const struct hm_platform_policy *platforms)
{
	const struct hm_platform *row;
	const char *name = NULL;

	if (!platforms || platforms->allowed == UINT32_MAX)
		return "qemu";
	for (size_t i = 0; (row = hm_platform_at(i)) != NULL; i++) {
		if (!hm_platform_policy_allows(platforms, row->name))
			continue;
		if (name)
			return NULL;
		name = row->name;
	}
	return name;
}

static bool open_words(struct hallmark_verifier *v, const struct hallmark_policy *policy, struct hallmark_result *ret)
{
	const char *bank = policy->bank ? policy->bank : "sha256";
	const char *name = policy->platform ? policy->platform : only_platform(v->platforms);
	char text[HALLMARK_TEXT_MAX];

	if (!name)
		return refuse_open(ret, HALLMARK_BAD_REQUEST,
				   "the policy for platforms allows more than one: name one");
	v->platform = hm_platform_find(name);
	if (!v->platform) {
		snprintf(text, sizeof(text), "there is no platform %.64s", name);
		return refuse_open(ret, HALLMARK_BAD_REQUEST, text);
	}
	if (policy->vcek.len && v->platform->report == HM_REPORT_NONE)
		return refuse_open(ret, HALLMARK_BAD_REQUEST,
				   "a chip's certificates are given, and the platform has no hardware report");
	if (!hm_platform_policy_allows(v->platforms, name))
		return refuse_open(ret, HALLMARK_BAD_REQUEST, "the policy for platforms does not allow that platform");
	if (!hm_bank_of_name(hm_bytes_of_text(bank), &v->bank) || (v->bank != HM_SHA256 && v->bank != HM_SHA384))
		return refuse_open(ret, HALLMARK_BAD_REQUEST, "the bank is not sha256 or sha384");
	if (!(v->platform->banks & HM_BANK_BIT(v->bank)))
		return refuse_open(ret, HALLMARK_BAD_REQUEST, "the platform has no quotes over that bank");
	if (policy->minimum_version && !hm_version_parse(policy->minimum_version))
		return refuse_open(ret, HALLMARK_BAD_REQUEST,
				   "the minimum version is not decimal numbers with dots between");
	if (policy->allow_profile && strcmp(policy->allow_profile, "demo") != 0 &&
	    strcmp(policy->allow_profile, "test") != 0)
		return refuse_open(ret, HALLMARK_BAD_REQUEST, "the allowed profile is not demo or test");
	if (policy->remember > HM_MEMORY_MAX)
		return refuse_open(ret, HALLMARK_BAD_REQUEST, "more than 1024 chains are to be remembered");
	v->require_firmware_log = policy->require_firmware_log;
	v->require_hardware = policy->require_hardware;
	v->allow_unsafe_clock = policy->allow_unsafe_clock;
	v->allow_unbound = policy->allow_unbound;
	v->clock_skew_s = policy->clock_skew_s;
	if (v->clock_skew_s > CLOCK_SKEW_MAX_S)
		return refuse_open(ret, HALLMARK_BAD_REQUEST, "a clock that may be wrong by more than 300 seconds");
	v->memory = policy->remember ? hm_memory_new(policy->remember) : NULL;
	if (policy->remember && !v->memory)
		return refuse_open(ret, HALLMARK_INTERNAL_ERROR, "out of memory");
	if (!copy_text(policy->minimum_version, &v->minimum_version) ||
	    !copy_text(policy->allow_profile, &v->allow_profile))
		return refuse_open(ret, HALLMARK_INTERNAL_ERROR, "out of memory");
	return true;
}

static bool open_files(struct hallmark_verifier *v, const struct hallmark_policy *policy, struct hallmark_result *ret)
{
	uint8_t rtmr2[HM_RTMR_LEN];
	bool known;
	struct hm_error error = {0};

	if (v->platform->ak_certified && !policy->roots.len)
		return refuse_open(ret, HALLMARK_BAD_REQUEST, "no roots are given");
	if (policy->roots.len) {
		v->roots = hm_crypto_roots_parse(hm_bytes_of(policy->roots.p, policy->roots.len), &error);
		if (!v->roots)
			return refuse_open(ret, HALLMARK_ROOTS_INVALID, error.text);
	}
	if (policy->intermediates.len &&
	    !hm_crypto_path_of_pem(hm_bytes_of(policy->intermediates.p, policy->intermediates.len), &v->intermediates,
				   &error))
		return refuse_open(ret, HALLMARK_ROOTS_INVALID, error.text);
	if (policy->platform_only) {
		if (policy->golden.len || policy->golden_signature.len || policy->golden_key.len ||
		    policy->minimum_version)
			return refuse_open(ret, HALLMARK_BAD_REQUEST, "a golden file is given, and none is to be used");
		return true;
	}
	if (!policy->golden.len || !policy->golden_signature.len || !policy->golden_key.len)
		return refuse_open(ret, HALLMARK_BAD_REQUEST,
				   "golden file, its signature and its key are not all given");
	if (!hm_verify_golden_open(v, policy, &error))
		return refuse_open(ret, HALLMARK_GOLDEN_INVALID, error.text);
	known = hm_golden_rtmr2(v->golden, rtmr2);
	if (!known && v->platform->rtmr2_required && !hm_platform_policy_lists_rtmr2(v->platforms))
		return refuse_open(ret, HALLMARK_GOLDEN_INVALID,
				   "without the SHA-384 bank it says nothing of RTMR 2, and the policy lists no value");
	if (!hm_platform_policy_set_golden(&v->platforms, known ? rtmr2 : NULL))
		return refuse_open(ret, HALLMARK_INTERNAL_ERROR, "out of memory");
	return true;
}

static bool open_machines(struct hallmark_verifier *v, const struct hallmark_policy *policy,
			  struct hallmark_result *ret)
{
	const struct hallmark_bytes *key = policy->machines_key.len ? &policy->machines_key : &policy->golden_key;
	struct hm_error error = {0};

	if (!policy->machines.len) {
		/* Who gives a part of it wants it, and an empty list would allow every machine. */
		if (policy->machines.p || policy->machines_signature.len || policy->machines_key.len)
			return refuse_open(ret, HALLMARK_BAD_REQUEST,
					   "a list of machines is empty, or only its signature or key is given");
		return true;
	}
	if (!policy->machines_signature.len || !key->len)
		return refuse_open(ret, HALLMARK_BAD_REQUEST,
				   "a list of machines is given, and not its signature and a key");
	return hm_machines_open(hm_bytes_of(policy->machines.p, policy->machines.len),
				hm_bytes_of(policy->machines_signature.p, policy->machines_signature.len),
				hm_bytes_of(key->p, key->len), &v->machines, &error) ||
	       refuse_open(ret, HALLMARK_MACHINES_INVALID, error.text);
}

static bool open_log(struct hallmark_verifier *v, const struct hallmark_policy *policy, struct hallmark_result *ret)
{
	struct hm_error error = {0};
	enum hallmark_code code = hm_verify_logged(policy, v->logged, sizeof(v->logged), &error);

	return code == HALLMARK_OK || refuse_open(ret, code, error.text);
}

struct hallmark_verifier *hallmark_open(const struct hallmark_policy *policy, struct hallmark_result *ret)
{
	struct hallmark_verifier *v = calloc(1, sizeof(*v));

	init_result(ret);
	if (!v) {
		(void)refuse_open(ret, HALLMARK_INTERNAL_ERROR, "out of memory");
		return NULL;
	}
	if (open_platforms(v, policy, ret) && open_words(v, policy, ret) && open_files(v, policy, ret) &&
	    open_log(v, policy, ret) && open_machines(v, policy, ret))
		return v;
	hallmark_close(v);
	return NULL;
}

void hallmark_close(struct hallmark_verifier *v)
{
	if (!v)
		return;
	hm_golden_free(v->golden);
	hm_crypto_roots_free(v->roots);
	hm_memory_free(v->memory);
	hm_machines_free(v->machines);
	hm_platform_policy_free(v->platforms);
	hm_crypto_path_free(&v->intermediates);
	free(v->minimum_version);
	free(v->allow_profile);
	free(v);
}

/* --- verifying --- */

static void fail_first(struct hallmark_result *ret, enum hm_check check, enum hallmark_code code)
{
	if (ret->failed_check >= 0)
		return;
	ret->failed_check = (int)check;
	ret->code = code;
}

/* Makes one check; false where it failed. */
static bool make_check(struct hm_run *run, enum hm_check check)
{
	const struct check_row *row = &rows[check];
	struct hallmark_check *ret = &run->ret->check[check];
	enum hm_outcome outcome = row->run(run);

	if (outcome == HM_LEFT_OUT && !row->may_leave_out(run))
		outcome = hm_failed(run, check, HALLMARK_INTERNAL_ERROR, "the check to be made", "it was left out");
	switch (outcome) {
	case HM_PASSED:
		ret->state = HALLMARK_PASSED;
		run->done |= 1u << check;
		return true;
	case HM_LEFT_OUT:
		ret->state = HALLMARK_LEFT_OUT;
		run->done |= 1u << check;
		return true;
	case HM_FAILED:
		break;
	}
	ret->state = HALLMARK_FAILED;
	if (ret->code == HALLMARK_OK)
		ret->code = HALLMARK_INTERNAL_ERROR;
	fail_first(run->ret, check, ret->code);
	return false;
}

static void make_checks(struct hm_run *run)
{
	for (enum hm_check check = 0; check < HM_CHECK_COUNT; check++) {
		/* Only after a failure, with run_all. */
		if ((rows[check].needs & ~run->done) != 0)
			continue;
		if (!make_check(run, check) && !run->request->run_all)
			return;
	}
}

static bool is_zero(const uint8_t exporter[HM_QUOTED_EXPORTER_LEN])
{
	return hm_bytes_is_zero(hm_bytes_of(exporter, HM_QUOTED_EXPORTER_LEN));
}

static bool check_request(struct hm_run *run)
{
	const struct hallmark_request *request = run->request;
	const char *problem = NULL;

	if (!request->nonce && !request->accept_stale)
		problem = "neither a nonce, nor leave to accept a stale proof";
	else if (request->nonce && request->accept_stale)
		problem = "a nonce, and leave to accept a stale proof";
	else if (request->format != HALLMARK_FORMAT_HALLMARK && run->v->golden)
		problem = "another system's proof has no golden file";
	else if ((size_t)request->format > HALLMARK_FORMAT_AZ_TDX_VTPM)
		problem = "a format that does not exist";
	else if (request->exporter && (!request->tls_spki_sha256 || !request->nonce || is_zero(request->exporter)))
		problem = "a connection's exporter without its TLS key, without a nonce, or of zeros";
	else if (request->exporter && request->format != HALLMARK_FORMAT_HALLMARK)
		problem = "another system's proof is not bound to a connection";
	else if (request->nonce_len > HM_FOREIGN_NONCE_MAX ||
		 (request->nonce_len && request->nonce_len != HM_PROOF_NONCE_LEN &&
		  request->format != HALLMARK_FORMAT_AZ_SNP_VTPM && request->format != HALLMARK_FORMAT_AZ_TDX_VTPM))
		problem = "a nonce of another length than the format has";
	return problem ? refuse_open(run->ret, HALLMARK_BAD_REQUEST, problem) : true;
}

static bool verify_at(const struct hallmark_verifier *verifier, const struct hallmark_request *request,
		      struct hallmark_result *ret)
{
	struct hm_run run = {.v = verifier, .request = request, .ret = ret};

	init_result(ret);
	if (check_request(&run)) {
		make_checks(&run);
		/* The one place. A check that was not made has no bit. */
		if (run.done == ALL_CHECKS && ret->failed_check < 0) {
			ret->code = HALLMARK_OK;
			ret->accepted = true;
		}
	}
	ret->stale = ret->accepted && request->accept_stale;
	hm_proof_free(run.proof);
	hm_crypto_key_free(run.key);
	return ret->accepted;
}

/* The clock may be behind, or ahead: everything must be good at one of these times. Else the first verdict stands. */
static bool verify_skewed(const struct hallmark_verifier *verifier, const struct hallmark_request *request,
			  struct hallmark_result *ret)
{
	const int skew = (int)verifier->clock_skew_s, offsets[] = {skew, -skew};
	struct hallmark_request moved = *request;
	struct hallmark_result *other = malloc(sizeof(*other));
	bool accepted = false;

	for (size_t i = 0; other && !accepted && i < HM_ARRAY_LEN(offsets); i++) {
		moved.as_of = request->as_of + offsets[i];
		accepted = verify_at(verifier, &moved, other);
		if (accepted) {
			*ret = *other;
			ret->clock_skew_s = offsets[i];
		}
	}
	free(other);
	return accepted;
}

bool hallmark_verify(const struct hallmark_verifier *verifier, const struct hallmark_request *request,
		     struct hallmark_result *ret)
{
	if (verify_at(verifier, request, ret))
		return true;
	return verifier->clock_skew_s && ret->code != HALLMARK_BAD_REQUEST && verify_skewed(verifier, request, ret);
}

bool hallmark_spki_sha256(struct hallmark_bytes certificate, uint8_t ret[32])
{
	return hm_crypto_spki_sha256(hm_bytes_of(certificate.p, certificate.len), ret);
}
