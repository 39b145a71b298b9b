/* SPDX-License-Identifier: BSD-2-Clause */
/* intel_tdx.h - Intel TDX: a quote that vouches for an attestation key, and the TD's event log */
#ifndef HM_LIB_PLATFORM_INTEL_TDX_H
#define HM_LIB_PLATFORM_INTEL_TDX_H

#include "core/tdx.h"
#include "lib/crypto/pinned_path.h"
#include "lib/platform/evidence.h"

#define HM_TDX_LIST_MAX 32u

struct hm_tdx_policy {
	bool intel_root;		 /* trust Intel's SGX root */
	struct hm_pin root[HM_PATH_MAX]; /* trusted beside it: for tests */
	size_t root_count;
	bool any_quoting_enclave;    /* false: only Intel's TD quoting enclave may have signed the key; tests set it */
	bool migratable;	     /* allowed */
	uint8_t minimum_tcb_svn[16]; /* component by component; zeros: any */
	uint8_t mr_td[HM_TDX_LIST_MAX][HM_TDX_MEASUREMENT_LEN];
	size_t mr_td_count; /* 0: none is good enough */
	bool any_td;	    /* any MRTD, which says nothing about the TPM; tests set it */
	uint8_t rtmr[HM_TDX_RTMRS][HM_TDX_LIST_MAX][HM_TDX_MEASUREMENT_LEN];
	size_t rtmr_count[HM_TDX_RTMRS]; /* 0: that of golden_rtmr, where it has one, else any */
	uint32_t golden_rtmrs;		 /* bit i: what RTMR i must be is in golden_rtmr[i] */
	uint8_t golden_rtmr[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN];
};

/*
 * The quote alone, under Intel's root and the policy; whose report_data it has is the caller's to judge. *ret borrows
 * from `quote`. Codes: Malformed, NonCompliantPlatform, DebugMode, PcrMismatch (golden_rtmr).
 */
HM_MUST_CHECK bool hm_tdx_quote_check(struct hm_bytes quote, const struct hm_tdx_policy *policy,
				      const struct hm_evidence_facts *facts, struct hm_tdx_quote *ret,
				      struct hm_evidence_result *result);
/*
 * report_data must be SHA-256("hallmark-tdx/1" || 00 || SHA-256(TPMT_PUBLIC of the AK) || nonce) and 32 zero bytes, and
 * the log must replay to the quote's RTMRs.
 * Codes: Malformed, NonCompliantPlatform, DebugMode, InvalidAttestationKey (report_data), LogMismatch, PcrMismatch
 * (golden_rtmr).
 */
HM_MUST_CHECK bool hm_tdx_check(struct hm_bytes quote, struct hm_bytes ccel, const struct hm_tdx_policy *policy,
				const struct hm_evidence_facts *facts, struct hm_evidence_result *result);
/* The 64 bytes that the guest asks the TD module to put into its report. */
HM_MUST_CHECK bool hm_tdx_report_data(struct hm_bytes ak_public, struct hm_bytes nonce, uint8_t ret[64]);

#endif
