/* SPDX-License-Identifier: BSD-2-Clause */
/* azure_hcl.h - Azure's envelope around a hardware report, and the attestation key that the report vouches for */
#ifndef HM_LIB_PLATFORM_AZURE_HCL_H
#define HM_LIB_PLATFORM_AZURE_HCL_H

#include "core/snp.h"
#include "lib/platform/evidence.h"

/*
 * The paravisor (HCL) of Azure's confidential VMs keeps the vTPM. Its runtime data are a JSON text that names the AK as
 * HCLAkPub; the text's SHA-256 is the first half of the hardware report's report_data, and the second half is zero. The
 * chain is the same for SEV-SNP and TDX. Source: Microsoft's azure-cvm-tooling; core/snp.h has the layout.
 */
#define HM_AZURE_AK_KID "HCLAkPub"

/* The envelope must be of this type (HM_HCL_TYPE_*). Codes: Malformed, NonCompliantPlatform. */
HM_MUST_CHECK bool hm_azure_hcl_open(struct hm_bytes hcl, uint32_t type, struct hm_hcl *ret,
				     struct hm_evidence_result *result);
/* The hardware's report_data (64 bytes) leads to the quote's AK. Codes: NonCompliantPlatform, Malformed,
 * InvalidAttestationKey. */
HM_MUST_CHECK bool hm_azure_hcl_vouches(const struct hm_hcl *hcl, struct hm_bytes report_data,
					const struct hm_evidence_facts *facts, struct hm_evidence_result *result);

#endif
