/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - the rows' decoders: from a proof's parts to a verdict, under a policy */
#include "lib/platform/check.h"

#include <stdlib.h>

/* What the quote has shown, from the proof; the caller of the table has checked the quote or will. */
static bool facts_of(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		     struct hm_hardware_facts *ret, struct hm_hardware_result *result)
{
	enum hm_err err;

	*ret = (struct hm_hardware_facts){
		.as_of = as_of,
		.nonce = hm_bytes_of(proof->nonce, sizeof(proof->nonce)),
		.ak_public = hm_blob_bytes(&proof->ak_public),
		.bank = proof->bank,
		.pcr = proof->pcr,
		.crls = policy->crls,
	};
	err = hm_tpm_public_decode(ret->ak_public, &ret->ak);
	if (err)
		return hm_hardware_refuse(result, HM_HW_MALFORMED, "attestation key", "%s", hm_err_text(err));
	return true;
}

static struct hm_bytes part(const struct hm_proof *proof, const char *name)
{
	struct hm_bytes bytes;

	return hm_proof_part_find(proof, name, &bytes) ? bytes : hm_bytes_of(NULL, 0);
}

/* The proof's own, else the verifier's: both are checked alike. */
static bool chip_certificates(const struct hm_proof *proof, const struct hm_platform_policy *policy,
			      struct hm_azure_evidence *ret, struct hm_hardware_result *result)
{
	ret->vcek = part(proof, "vcek");
	ret->ask = part(proof, "ask");
	ret->ark = part(proof, "ark");
	if (ret->vcek.len && ret->ask.len && ret->ark.len)
		return true;
	if (ret->vcek.len || ret->ask.len || ret->ark.len)
		return hm_hardware_refuse(result, HM_HW_MALFORMED, "VCEK chain", "vcek, ask and ark are not all there");
	if (!policy->vcek.count)
		return hm_hardware_refuse(result, HM_HW_PLATFORM, "VCEK chain",
					  "neither the proof nor the verifier has it (hallmark platform fetch-vcek)");
	ret->vcek = policy->vcek.cert[0];
	ret->ask = policy->vcek.cert[1];
	ret->ark = policy->vcek.cert[2];
	return true;
}

static bool check_azure(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			struct hm_hardware_result *ret)
{
	struct hm_azure_evidence evidence = {.hcl = part(proof, "hcl_report")};
	struct hm_hardware_facts facts;
	struct hm_bytes token;

	if (!chip_certificates(proof, policy, &evidence, ret))
		return false;
	if (!facts_of(proof, policy, as_of, &facts, ret))
		return false;
	if (!hm_azure_snp_check(&evidence, &policy->snp, &facts, ret))
		return false;
	if (!policy->maa_required)
		return true;
	if (!hm_proof_part_find(proof, "maa_token", &token))
		return hm_hardware_refuse(ret, HM_HW_ATTESTER, "token",
					  "the policy demands one, and the proof has none");
	return hm_maa_check(token, &policy->maa, &facts, ret, NULL);
}

static bool check_aws(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		      struct hm_hardware_result *ret)
{
	struct hm_hardware_facts facts;

	return facts_of(proof, policy, as_of, &facts, ret) &&
	       hm_nitro_check(part(proof, "nitro_document"), &policy->nitro, &facts, ret);
}

static bool check_tdx(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		      struct hm_hardware_result *ret)
{
	struct hm_hardware_facts facts;

	return facts_of(proof, policy, as_of, &facts, ret) &&
	       hm_tdx_check(part(proof, "quote"), part(proof, "ccel"), &policy->tdx, &facts, ret);
}

/* The verdict is whole or a refusal: OK is set here, and only after everything was found good. */
static void run(bool (*check)(const struct hm_proof *, const struct hm_platform_policy *, int64_t,
			      struct hm_hardware_result *),
		const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		struct hm_hardware_result *ret)
{
	struct hm_platform_policy *defaults;

	if (policy) {
		if (check(proof, policy, as_of, ret))
			ret->code = HM_HW_OK;
		return;
	}
	defaults = calloc(1, sizeof(*defaults));
	if (!defaults) {
		(void)hm_hardware_refuse(ret, HM_HW_PLATFORM, "policy", "out of memory");
		return;
	}
	hm_platform_policy_default(defaults);
	if (check(proof, defaults, as_of, ret))
		ret->code = HM_HW_OK;
	hm_platform_policy_free(defaults);
}

void hm_platform_check_azure_snp(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
				 struct hm_hardware_result *ret)
{
	run(check_azure, proof, policy, as_of, ret);
}

void hm_platform_check_aws(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			   struct hm_hardware_result *ret)
{
	run(check_aws, proof, policy, as_of, ret);
}

void hm_platform_check_tdx(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			   struct hm_hardware_result *ret)
{
	run(check_tdx, proof, policy, as_of, ret);
}
