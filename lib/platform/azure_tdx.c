/* SPDX-License-Identifier: BSD-2-Clause */
/* azure_tdx.c - Azure's confidential VMs on Intel TDX: a TD quote that vouches for the vTPM's attestation key */
#include "lib/platform/azure_tdx.h"

/* Intel TDX module ABI, TDREPORT_STRUCT: report_data in REPORTMACSTRUCT, the measurements in TDINFO. */
#define AT_REPORT_DATA 128u
#define AT_MR_TD (512u + 16u)
#define AT_RTMR (512u + 208u)

static bool has_at(struct hm_bytes report, size_t off, struct hm_bytes want)
{
	struct hm_bytes field;

	return hm_bytes_slice(report, off, want.len, &field) && hm_bytes_equal(field, want);
}

/* The envelope's TD report is the one that the quote was made of. Nothing rests on it: it says that parts were mixed.
 */
static bool check_report(const struct hm_hcl *hcl, const struct hm_tdx_quote *quote, struct hm_evidence_result *result)
{
	bool same =
		has_at(hcl->report, AT_REPORT_DATA, quote->report_data) && has_at(hcl->report, AT_MR_TD, quote->mr_td);

	for (size_t i = 0; i < HM_TDX_RTMRS; i++)
		same = same && has_at(hcl->report, AT_RTMR + HM_TDX_MEASUREMENT_LEN * i, quote->rtmr[i]);
	return same ? true
		    : hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "TD report",
					 "the HCL report holds another than the one that the quote is of");
}

bool hm_azure_tdx_check(struct hm_bytes hcl_bytes, struct hm_bytes quote_bytes, const struct hm_tdx_policy *policy,
			const struct hm_evidence_facts *facts, struct hm_evidence_result *result)
{
	struct hm_tdx_policy paravisor = *policy;
	struct hm_tdx_quote quote;
	struct hm_hcl hcl;

	paravisor.golden_rtmrs = 0;
	if (!paravisor.mr_td_count)
		paravisor.any_td = true;
	return hm_azure_hcl_open(hcl_bytes, HM_HCL_TYPE_TDX, &hcl, result) &&
	       hm_tdx_quote_check(quote_bytes, &paravisor, facts, &quote, result) &&
	       check_report(&hcl, &quote, result) && hm_azure_hcl_vouches(&hcl, quote.report_data, facts, result);
}
