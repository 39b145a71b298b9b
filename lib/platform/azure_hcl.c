/* SPDX-License-Identifier: BSD-2-Clause */
/* azure_hcl.c - Azure's envelope around a hardware report, and the attestation key that the report vouches for */
#include "lib/platform/azure_hcl.h"

#include "lib/crypto/hash.h"
#include "lib/platform/jwt.h"

bool hm_azure_hcl_open(struct hm_bytes bytes, uint32_t type, struct hm_hcl *ret, struct hm_evidence_result *result)
{
	enum hm_err err = hm_hcl_decode(bytes, ret);

	if (err)
		return hm_evidence_refuse(result, HALLMARK_MALFORMED, "HCL report", "%s", hm_err_text(err));
	if (ret->report_type != type)
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "HCL report",
					  "it holds no %s report", type == HM_HCL_TYPE_SNP ? "SEV-SNP" : "TD");
	return true;
}

static bool check_digest(const struct hm_hcl *hcl, struct hm_bytes report_data, struct hm_evidence_result *result)
{
	uint8_t want[HM_SNP_REPORT_DATA_LEN] = {0};

	if (!hm_sha256(&hcl->runtime, 1, want))
		return hm_evidence_refuse(result, HALLMARK_INTERNAL_ERROR, "runtime data digest",
					  "the hash function failed");
	if (!hm_bytes_equal(report_data, hm_bytes_of(want, sizeof(want))))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "runtime data digest",
					  "report_data is not the SHA-256 of the runtime data");
	return true;
}

static bool check_key(const struct hm_hcl *hcl, const struct hm_evidence_facts *facts,
		      struct hm_evidence_result *result)
{
	struct hm_error error = {0};
	json_t *root;
	bool ok;

	if (!hm_json_load(hcl->runtime, HM_HCL_MAX, &root, &error))
		return hm_evidence_refuse(result, HALLMARK_MALFORMED, "runtime data", "%s", error.text);
	if (facts->ak.type != HM_TPM_ALG_RSA)
		ok = hm_error_set(&error, "the key that signed the quote is not RSA");
	else
		ok = hm_jwk_equals(json_object_get(root, "keys"), HM_AZURE_AK_KID, facts->ak.modulus,
				   facts->ak.exponent, &error);
	json_decref(root);
	return ok ? true
		  : hm_evidence_refuse(result, HALLMARK_INVALID_ATTESTATION_KEY, "runtime data key", "%s", error.text);
}

bool hm_azure_hcl_vouches(const struct hm_hcl *hcl, struct hm_bytes report_data, const struct hm_evidence_facts *facts,
			  struct hm_evidence_result *result)
{
	return check_digest(hcl, report_data, result) && check_key(hcl, facts, result);
}
