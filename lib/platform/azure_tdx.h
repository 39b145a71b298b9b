/* SPDX-License-Identifier: BSD-2-Clause */
/* azure_tdx.h - Azure's confidential VMs on Intel TDX: a TD quote that vouches for the vTPM's attestation key */
#ifndef HM_LIB_PLATFORM_AZURE_TDX_H
#define HM_LIB_PLATFORM_AZURE_TDX_H

#include "lib/platform/azure_hcl.h"
#include "lib/platform/intel_tdx.h"

/*
 * The chain: the quote of the TPM is signed by the AK; the AK is named HCLAkPub in the runtime JSON; the JSON's SHA-256
 * is in the TD quote's report_data; the TD quote hangs under Intel's root. The TD is the paravisor with the guest in
 * it, so MRTD is the paravisor's measurement. Its RTMRs are not the guest's: golden values of a golden file do not
 * apply to them. With an AK certificate of Microsoft's beside it, the policy may leave MRTD open.
 * Codes: those of hm_tdx_quote_check and of azure_hcl.h.
 */
HM_MUST_CHECK bool hm_azure_tdx_check(struct hm_bytes hcl, struct hm_bytes quote, const struct hm_tdx_policy *policy,
				      const struct hm_evidence_facts *facts, struct hm_evidence_result *result);

#endif
