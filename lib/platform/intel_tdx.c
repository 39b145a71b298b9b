/* SPDX-License-Identifier: BSD-2-Clause */
/* intel_tdx.c - Intel TDX: a quote that vouches for an attestation key, and the TD's event log */
#include "lib/platform/intel_tdx.h"

#include <string.h>

#include "lib/base/error.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/ecdsa.h"

#define BINDING_TAG "hallmark-tdx/1"
/* The TD quoting enclave: signer and product of Intel's QE identity for TDs. */
#define QE_PRODUCT 2u
static const uint8_t qe_signer[32] = {0xdc, 0x9e, 0x2a, 0x7c, 0x6f, 0x94, 0x8f, 0x17, 0x47, 0x4e, 0x34,
				      0xa7, 0xfc, 0x43, 0xed, 0x03, 0x0f, 0x7c, 0x15, 0x63, 0xf1, 0xba,
				      0xbd, 0xdf, 0x63, 0x40, 0xc8, 0x2e, 0x0e, 0x54, 0xa8, 0xc5};

/* SHA-256 of Intel's SGX root certificate; docs/PLATFORMS.md says how to check it. */
static const struct hm_pin intel_root = {{0x44, 0xa0, 0x19, 0x6b, 0x2b, 0x99, 0xf8, 0x89, 0xb8, 0xe1, 0x49,
					  0xe9, 0x5b, 0x80, 0x7a, 0x35, 0x0e, 0x74, 0x24, 0x96, 0x43, 0x99,
					  0xe8, 0x85, 0xa7, 0xcb, 0xb8, 0xcc, 0xfa, 0xb6, 0x74, 0xd3}};

static bool sha256(const struct hm_bytes *parts, size_t count, uint8_t ret[32])
{
	return hm_sha256(parts, count, ret);
}

bool hm_tdx_report_data(struct hm_bytes ak_public, struct hm_bytes nonce, uint8_t ret[64])
{
	uint8_t key[32];
	struct hm_bytes parts[] = {
		hm_bytes_of(BINDING_TAG, sizeof(BINDING_TAG)), /* with its NUL */
		hm_bytes_of(key, sizeof(key)),
		nonce,
	};

	memset(ret, 0, 64);
	return sha256(&ak_public, 1, key) && sha256(parts, HM_ARRAY_LEN(parts), ret);
}

static bool check_pck(const struct hm_tdx_quote *quote, const struct hm_tdx_policy *policy, const struct hm_path *path,
		      const struct hm_evidence_facts *facts, struct hm_evidence_result *result)
{
	struct hm_ecdsa signature = {.curve = HM_P256, .hash = HM_SHA256, .r = quote->qe_r, .s = quote->qe_s};
	struct hm_pin pins[HM_PATH_MAX + 1];
	size_t count = 0;
	struct hm_error error = {0};

	for (size_t i = 0; i < policy->root_count; i++)
		pins[count++] = policy->root[i];
	if (policy->intel_root)
		pins[count++] = intel_root;
	if (!hm_crypto_path_check(path, pins, count, facts->as_of, NULL, &error))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "PCK chain", "%s", error.text);
	if (!hm_crypto_crls_check(facts->crls, path->cert, path->count, facts->as_of, &error))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "PCK revocation", "%s", error.text);
	if (!hm_crypto_ecdsa_certificate(path->cert[0], &signature, quote->qe_report))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "QE report signature",
					  "it is not by the PCK");
	return true;
}

static bool check_qe(const struct hm_tdx_quote *quote, const struct hm_tdx_policy *policy,
		     struct hm_evidence_result *result)
{
	struct hm_ecdsa signature = {.curve = HM_P256, .hash = HM_SHA256, .r = quote->r, .s = quote->s};
	const struct hm_bytes parts[] = {quote->x, quote->y, quote->qe_auth};
	uint8_t want[64] = {0};

	if (quote->qe_flags & HM_TDX_QE_DEBUG)
		return hm_evidence_refuse(result, HALLMARK_DEBUG_MODE, "QE report",
					  "the quoting enclave may be debugged");
	if (!policy->any_quoting_enclave &&
	    (!hm_bytes_equal(quote->qe_mr_signer, hm_bytes_of(qe_signer, sizeof(qe_signer))) ||
	     quote->qe_product != QE_PRODUCT))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "QE report",
					  "it is not of Intel's TD quoting enclave");
	if (!sha256(parts, HM_ARRAY_LEN(parts), want) ||
	    !hm_bytes_equal(quote->qe_report_data, hm_bytes_of(want, sizeof(want))))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "QE report",
					  "it does not vouch for the attestation key");
	if (!hm_crypto_ecdsa_point(quote->x, quote->y, &signature, quote->signed_part))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "TD quote signature",
					  "it is not by the attestation key");
	return true;
}

static bool listed(struct hm_bytes value, const uint8_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!memcmp(list + i * value.len, value.p, value.len))
			return true;
	}
	return count == 0;
}

static bool check_tcb(struct hm_bytes svn, const struct hm_tdx_policy *policy, struct hm_evidence_result *result)
{
	for (size_t i = 0; i < svn.len; i++) {
		if (svn.p[i] < policy->minimum_tcb_svn[i])
			return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "TDX minimum TCB",
						  "component %zu is %u, below the policy's minimum %u", i, svn.p[i],
						  policy->minimum_tcb_svn[i]);
	}
	return true;
}

static bool check_policy(const struct hm_tdx_quote *quote, const struct hm_tdx_policy *policy,
			 struct hm_evidence_result *result)
{
	if (quote->td_attributes & HM_TDX_ATTRIBUTE_TUD)
		return hm_evidence_refuse(result, HALLMARK_DEBUG_MODE, "TD attributes",
					  "the TD may be debugged by its host");
	if (quote->seam_attributes || !hm_bytes_is_zero(quote->mr_signer_seam))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "TDX module",
					  "it is not Intel's, or not a production one");
	if ((quote->td_attributes & HM_TDX_ATTRIBUTE_MIGRATABLE) && !policy->migratable)
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "TD attributes",
					  "the TD may be migrated");
	/* TDX 1.5 updates the module under a running TD: the first is what the TD was built with, the second what runs.
	 */
	if (!check_tcb(quote->tee_tcb_svn, policy, result) || !check_tcb(quote->tee_tcb_svn_2, policy, result))
		return false;
	/* A service TD migrates the TD, or may read it. */
	if (!hm_bytes_is_zero(quote->mr_service_td) && !policy->migratable)
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "TD service",
					  "a service TD is bound to the TD");
	/*
	 * Who has a machine with TDX can have a quote over any key: that the key is in a TPM which tells the truth is
	 * vouched for by the firmware that MRTD names, and by nothing else.
	 */
	if (!policy->mr_td_count && !policy->any_td)
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "MRTD",
					  "the policy lists none, and any TD can vouch for any key");
	if (!listed(quote->mr_td, policy->mr_td[0], policy->mr_td_count))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "MRTD",
					  "it is not one that the policy lists");
	for (size_t i = 0; i < HM_TDX_RTMRS; i++) {
		if (!listed(quote->rtmr[i], policy->rtmr[i][0], policy->rtmr_count[i]))
			return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "RTMR",
						  "RTMR %zu is not one that the policy lists", i);
		if (!policy->rtmr_count[i] && (policy->golden_rtmrs & (1u << i)) &&
		    memcmp(quote->rtmr[i].p, policy->golden_rtmr[i], HM_TDX_MEASUREMENT_LEN) != 0)
			return hm_evidence_refuse(result, HALLMARK_PCR_MISMATCH, "RTMR",
						  "RTMR %zu is not as the golden file's image extends it", i);
	}
	return true;
}

static bool check_log(const struct hm_tdx_quote *quote, struct hm_bytes ccel, struct hm_evidence_result *result)
{
	uint8_t rtmr[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN];
	enum hm_err err = hm_tdx_log_replay(ccel, &hm_crypto_hasher, rtmr);

	if (err)
		return hm_evidence_refuse(result, HALLMARK_MALFORMED, "CCEL", "%s", hm_err_text(err));
	for (size_t i = 0; i < HM_TDX_RTMRS; i++) {
		if (!hm_bytes_equal(quote->rtmr[i], hm_bytes_of(rtmr[i], sizeof(rtmr[i]))))
			return hm_evidence_refuse(result, HALLMARK_LOG_MISMATCH, "CCEL",
						  "it does not lead to the quote's RTMR %zu", i);
	}
	return true;
}

bool hm_tdx_quote_check(struct hm_bytes bytes, const struct hm_tdx_policy *policy,
			const struct hm_evidence_facts *facts, struct hm_tdx_quote *ret,
			struct hm_evidence_result *result)
{
	struct hm_path path;
	struct hm_error error = {0};
	enum hm_err err = hm_tdx_quote_decode(bytes, ret);
	bool ok;

	if (err)
		return hm_evidence_refuse(result, HALLMARK_MALFORMED, "TD quote", "%s", hm_err_text(err));
	if (!hm_crypto_path_of_pem(ret->pck_chain, &path, &error))
		return hm_evidence_refuse(result, HALLMARK_MALFORMED, "PCK chain", "%s", error.text);
	ok = check_pck(ret, policy, &path, facts, result);
	hm_crypto_path_free(&path);
	return ok && check_qe(ret, policy, result) && check_policy(ret, policy, result);
}

bool hm_tdx_check(struct hm_bytes quote_bytes, struct hm_bytes ccel, const struct hm_tdx_policy *policy,
		  const struct hm_evidence_facts *facts, struct hm_evidence_result *result)
{
	struct hm_tdx_quote quote;
	uint8_t want[64];

	if (!hm_tdx_quote_check(quote_bytes, policy, facts, &quote, result))
		return false;
	if (!hm_tdx_report_data(facts->ak_public, facts->nonce, want) ||
	    !hm_bytes_equal(quote.report_data, hm_bytes_of(want, sizeof(want))))
		return hm_evidence_refuse(result, HALLMARK_INVALID_ATTESTATION_KEY, "TD report data",
					  "it is not the digest of this AK and this nonce");
	return check_log(&quote, ccel, result);
}
