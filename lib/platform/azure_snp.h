/* SPDX-License-Identifier: BSD-2-Clause */
/* azure_snp.h - Azure's confidential VMs: a SEV-SNP report that vouches for the vTPM's attestation key */
#ifndef HM_LIB_PLATFORM_AZURE_SNP_H
#define HM_LIB_PLATFORM_AZURE_SNP_H

#include "core/snp.h"
#include "lib/crypto/pinned_path.h"
#include "lib/crypto/vcek.h"
#include "lib/platform/evidence.h"

/*
 * The chain: the quote is signed by the AK; the AK is named HCLAkPub in the runtime JSON; the JSON's SHA-256 is in
 * the report's report_data; the report is signed by the VCEK, for this chip and these firmware versions; the VCEK
 * hangs under AMD's root, which is pinned. Every link is checked, then what the report may say. A VLEK in the VCEK's
 * place names a cloud and no chip: it is taken only where the policy lists that cloud.
 */
#define HM_SNP_LIST_MAX 64u
#define HM_SNP_VLEK_MAX 8u

struct hm_snp_policy {
	struct hm_pin root[HM_SNP_LIST_MAX]; /* trusted beside hm_amd_roots: for test machines */
	size_t root_count;
	bool amd_roots; /* trust hm_amd_roots; each for its own product only */
	struct hm_snp_tcb minimum[HM_SNP_PRODUCT_COUNT];
	uint32_t vmpl_max;
	bool migration_agent;			     /* allowed */
	char vlek[HM_SNP_VLEK_MAX][HM_VLEK_CSP_MAX]; /* clouds whose VLEKs may sign; none: only VCEKs */
	size_t vlek_count;
	uint8_t measurement[HM_SNP_LIST_MAX][HM_SNP_MEASUREMENT_LEN];
	size_t measurement_count; /* 0: any */
	uint8_t host_data[HM_SNP_LIST_MAX][HM_SNP_HOST_DATA_LEN];
	size_t host_data_count; /* 0: any */
	const uint8_t *crl;	/* of the VCEK's issuer, DER; NULL: revocation is not looked at */
	size_t crl_len;
};

struct hm_azure_evidence {
	struct hm_bytes hcl;		/* content of NV index 0x01400001 */
	struct hm_bytes vcek, ask, ark; /* DER; or VLEK, ASVK, ARK */
};

/* Codes: Malformed, NonCompliantPlatform, InvalidAttestationKey, DebugMode, InvalidEnclaveCode (host data). */
HM_MUST_CHECK bool hm_azure_snp_check(const struct hm_azure_evidence *evidence, const struct hm_snp_policy *policy,
				      const struct hm_evidence_facts *facts, struct hm_evidence_result *result);

#endif
