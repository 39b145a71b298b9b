/* SPDX-License-Identifier: BSD-2-Clause */
/* check.c - checks a proof's hardware report by its platform's decoder, under a policy */
#include "lib/platform/check.h"

#include <stdlib.h>
#include <string.h>

#include "lib/platform/azure_tdx.h"
#include "lib/platform/table.h"

/* What the quote has shown, from the proof; the caller has checked the quote or will. */
static bool facts_of(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		     struct hm_evidence_facts *ret, struct hm_evidence_result *result)
{
	enum hm_err err;

	*ret = (struct hm_evidence_facts){
		.as_of = as_of,
		.nonce = hm_bytes_of(proof->nonce, sizeof(proof->nonce)),
		.ak_public = hm_blob_bytes(&proof->ak_public),
		.bank = proof->bank,
		.pcr = proof->pcr,
		.crls = policy->crls,
	};
	err = hm_tpm_public_decode(ret->ak_public, &ret->ak);
	if (err)
		return hm_evidence_refuse(result, HALLMARK_MALFORMED, "attestation key", "%s", hm_err_text(err));
	return true;
}

static struct hm_bytes part(const struct hm_proof *proof, const char *name)
{
	struct hm_bytes bytes;

	return hm_proof_part_find(proof, name, &bytes) ? bytes : hm_bytes_of(NULL, 0);
}

/* The proof's own, else the verifier's: both are checked alike. */
static bool chip_certificates(const struct hm_proof *proof, const struct hm_platform_policy *policy,
			      struct hm_azure_evidence *ret, struct hm_evidence_result *result)
{
	ret->vcek = part(proof, "vcek");
	ret->ask = part(proof, "ask");
	ret->ark = part(proof, "ark");
	if (ret->vcek.len && ret->ask.len && ret->ark.len)
		return true;
	/* The evidence of other systems has the VCEK alone. */
	if (ret->vcek.len && !ret->ask.len && !ret->ark.len && policy->vcek.count) {
		ret->ask = policy->vcek.cert[policy->vcek.count - 2];
		ret->ark = policy->vcek.cert[policy->vcek.count - 1];
		return true;
	}
	if (ret->vcek.len || ret->ask.len || ret->ark.len)
		return hm_evidence_refuse(result, HALLMARK_MALFORMED, "VCEK chain",
					  "vcek, ask and ark are not all there");
	if (policy->vcek.count != 3)
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain",
					  "neither the proof nor the verifier has it (hallmark platform fetch-vcek)");
	ret->vcek = policy->vcek.cert[0];
	ret->ask = policy->vcek.cert[1];
	ret->ark = policy->vcek.cert[2];
	return true;
}

static bool check_azure(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			struct hm_evidence_result *ret)
{
	struct hm_azure_evidence evidence = {.hcl = part(proof, "hcl_report")};
	struct hm_evidence_facts facts;
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
		return hm_evidence_refuse(ret, HALLMARK_WRONG_ATTESTER, "token",
					  "the policy demands one, and the proof has none");
	return hm_maa_check(token, &policy->maa, &facts, ret, NULL);
}

static bool check_aws(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		      struct hm_evidence_result *ret)
{
	struct hm_evidence_facts facts;

	return facts_of(proof, policy, as_of, &facts, ret) &&
	       hm_nitro_check(part(proof, "nitro_document"), &policy->nitro, &facts, ret);
}

static bool check_tdx(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		      struct hm_evidence_result *ret)
{
	struct hm_evidence_facts facts;

	return facts_of(proof, policy, as_of, &facts, ret) &&
	       hm_tdx_check(part(proof, "quote"), part(proof, "ccel"), &policy->tdx, &facts, ret);
}

static bool check_azure_tdx(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			    struct hm_evidence_result *ret)
{
	struct hm_evidence_facts facts;

	return facts_of(proof, policy, as_of, &facts, ret) &&
	       hm_azure_tdx_check(part(proof, "hcl_report"), part(proof, "quote"), &policy->tdx, &facts, ret);
}

static bool (*const checks[])(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			      struct hm_evidence_result *ret) = {
	[HM_REPORT_NONE] = NULL,     [HM_REPORT_AZURE_SNP] = check_azure,     [HM_REPORT_AWS] = check_aws,
	[HM_REPORT_TDX] = check_tdx, [HM_REPORT_AZURE_TDX] = check_azure_tdx,
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(checks) == HM_REPORT_KIND_COUNT, "every kind of report has a check");

static const char *part_name(const char *part)
{
	return *part == '?' ? part + 1 : part;
}

/* The proof's parts must be the row's, in its order; optional ones may be left out. */
static bool check_parts(const struct hm_platform *platform, const struct hm_proof *proof,
			struct hm_evidence_result *ret)
{
	size_t at = 0;

	if (!proof->hardware_type)
		return hm_evidence_refuse(ret, HALLMARK_NON_COMPLIANT_PLATFORM, "hardware report",
					  "the proof has none, and %s needs one", platform->name);
	if (strcmp(proof->hardware_type, platform->hardware_type) != 0)
		return hm_evidence_refuse(ret, HALLMARK_NON_COMPLIANT_PLATFORM, "hardware report",
					  "it is of type %.32s, not %s", proof->hardware_type, platform->hardware_type);
	for (size_t i = 0; i < HM_PLATFORM_PARTS_MAX && platform->part[i]; i++) {
		const char *part = platform->part[i];

		if (at < proof->part_count && !strcmp(proof->part[at].name, part_name(part)))
			at++;
		else if (*part != '?')
			return hm_evidence_refuse(ret, HALLMARK_MALFORMED, "hardware report",
						  "the part %s is missing or displaced", part);
	}
	if (at != proof->part_count)
		return hm_evidence_refuse(ret, HALLMARK_MALFORMED, "hardware report",
					  "the part %.32s is unknown, repeated or displaced", proof->part[at].name);
	return true;
}

void hm_platform_check(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
		       struct hm_evidence_result *ret)
{
	const struct hm_platform *platform = hm_platform_find(proof->platform);
	struct hm_platform_policy *defaults = NULL;

	memset(ret, 0, sizeof(*ret));
	if (!platform || platform->report == HM_REPORT_NONE) {
		(void)hm_evidence_refuse(ret, HALLMARK_NON_COMPLIANT_PLATFORM, "hardware report",
					 "the platform %.32s has none", proof->platform);
		return;
	}
	if (!check_parts(platform, proof, ret))
		return;
	if (!policy) {
		policy = defaults = calloc(1, sizeof(*defaults));
		if (!defaults) {
			(void)hm_evidence_refuse(ret, HALLMARK_INTERNAL_ERROR, "policy", "out of memory");
			return;
		}
		hm_platform_policy_default(defaults);
	}
	/* The one place that says OK, after everything was found good. */
	if (checks[platform->report](proof, policy, as_of, ret))
		*ret = (struct hm_evidence_result){.code = HALLMARK_OK};
	hm_platform_policy_free(defaults);
}
