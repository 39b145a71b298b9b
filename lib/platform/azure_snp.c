/* SPDX-License-Identifier: BSD-2-Clause */
/* azure_snp.c - Azure's confidential VMs: a SEV-SNP report that vouches for the vTPM's attestation key */
#include "lib/platform/azure_snp.h"

#include <string.h>

#include "lib/base/error.h"
#include "lib/crypto/vcek.h"
#include "lib/platform/azure_hcl.h"

struct state {
	const struct hm_azure_evidence *evidence;
	const struct hm_snp_policy *policy;
	const struct hm_evidence_facts *facts;
	struct hm_evidence_result *result;
	struct hm_hcl hcl;
	struct hm_snp_report report;
	struct hm_vcek vcek;
	struct hm_snp_tcb tcb; /* reported */
};

static bool decode(struct state *s)
{
	enum hm_err err;

	if (!hm_azure_hcl_open(s->evidence->hcl, HM_HCL_TYPE_SNP, &s->hcl, s->result))
		return false;
	err = hm_snp_report_decode(s->hcl.report, &s->report);
	if (err)
		return hm_evidence_refuse(s->result, HALLMARK_MALFORMED, "SEV-SNP report", "%s", hm_err_text(err));
	if (s->report.signer == HM_SNP_SIGNER_VLEK && !s->policy->vlek_count)
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP report",
					  "it is signed by a VLEK, and the policy allows none (amd.vlek)");
	if (s->report.signer != HM_SNP_SIGNER_VCEK && s->report.signer != HM_SNP_SIGNER_VLEK)
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP report",
					  "it is signed neither by a VCEK nor by a VLEK");
	return true;
}

/* A key of the kind that the report names; a cloud's key only where the policy names the cloud. */
static bool check_holder(struct state *s)
{
	bool vlek = s->report.signer == HM_SNP_SIGNER_VLEK;
	bool allowed = !vlek;

	if (s->vcek.vlek != vlek)
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK",
					  "the report is signed by a %s, and the certificate is a %s's",
					  vlek ? "VLEK" : "VCEK", vlek ? "VCEK" : "VLEK");
	for (size_t i = 0; vlek && i < s->policy->vlek_count; i++)
		allowed = allowed || !strcmp(s->policy->vlek[i], s->vcek.csp);
	if (!allowed)
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VLEK",
					  "it is the one of %s, which the policy does not list", s->vcek.csp);
	return true;
}

/* AMD's roots each for their own product: a Milan chip under Genoa's root does not exist. */
static bool check_path(struct state *s)
{
	struct hm_path path = {.cert = {s->evidence->vcek, s->evidence->ask, s->evidence->ark}, .count = 3};
	struct hm_pin pins[HM_SNP_LIST_MAX + 1];
	size_t count = 0;
	struct hm_error error = {0};

	if (!hm_crypto_vcek_decode(s->evidence->vcek, &s->vcek, &error))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK", "%s", error.text);
	if (!check_holder(s))
		return false;
	for (size_t i = 0; i < s->policy->root_count; i++)
		pins[count++] = s->policy->root[i];
	if (s->policy->amd_roots)
		pins[count++] = hm_amd_roots[s->vcek.product];
	if (!hm_crypto_path_check(&path, pins, count, s->facts->as_of, NULL, &error))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain", "%s", error.text);
	if (!hm_crypto_crls_check(s->facts->crls, path.cert, path.count, s->facts->as_of, &error))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK revocation", "%s",
					  error.text);
	if (s->policy->crl && !hm_crypto_crl_check(hm_bytes_of(s->policy->crl, s->policy->crl_len), s->evidence->ark,
						   s->evidence->ask, s->facts->as_of, &error))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain", "%s", error.text);
	return true;
}

static bool check_chip(struct state *s)
{
	enum hm_err err = hm_snp_tcb_decode(s->vcek.product, s->report.reported_tcb, &s->tcb);

	if (err)
		return hm_evidence_refuse(s->result, HALLMARK_MALFORMED, "SEV-SNP TCB", "%s", hm_err_text(err));
	if (!hm_snp_tcb_equal(&s->tcb, &s->vcek.tcb))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK TCB",
					  "the report's TCB is not the VCEK's");
	if (!s->vcek.vlek && !hm_bytes_equal(s->report.chip_id, hm_bytes_of(s->vcek.chip_id, sizeof(s->vcek.chip_id))))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chip",
					  "the report's chip is not the VCEK's");
	/* Turin's layout of the TCB came with version 3 (ABI specification 1.58); no firmware of Turin's writes
	 * version 2. */
	if (!s->report.has_cpuid && s->vcek.product == HM_SNP_TURIN)
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chip",
					  "a report of version 2 is none of a Turin");
	if (s->report.has_cpuid && !hm_snp_product_has_cpu(s->vcek.product, s->report.family, s->report.model))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chip",
					  "CPU family %02x model %02x is no %s", s->report.family, s->report.model,
					  hm_snp_product_name(s->vcek.product));
	return true;
}

static bool check_signature(struct state *s)
{
	struct hm_error error = {0};

	if (!hm_crypto_snp_signature(&s->report, s->evidence->vcek, &error))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature", "%s",
					  error.text);
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

static bool check_tcb(struct state *s)
{
	const struct hm_snp_tcb *minimum = &s->policy->minimum[s->vcek.product];
	const struct {
		const char *name;
		uint64_t value;
	} versions[] = {
		/* The reported one is what the key is derived from; the others must not be behind it. */
		{"reported", s->report.reported_tcb},
		{"committed", s->report.committed_tcb},
		{"current", s->report.current_tcb},
		{"launch", s->report.launch_tcb},
	};

	for (size_t i = 0; i < HM_ARRAY_LEN(versions); i++) {
		struct hm_snp_tcb tcb;
		const char *below;
		enum hm_err err = hm_snp_tcb_decode(s->vcek.product, versions[i].value, &tcb);

		if (err)
			return hm_evidence_refuse(s->result, HALLMARK_MALFORMED, "SEV-SNP TCB", "%s", hm_err_text(err));
		below = hm_snp_tcb_below(&tcb, minimum);
		if (below)
			return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP minimum TCB",
						  "the %s TCB is below the policy's minimum in %s", versions[i].name,
						  below);
	}
	return true;
}

static bool check_policy(struct state *s)
{
	if (s->report.policy & HM_SNP_POLICY_DEBUG)
		return hm_evidence_refuse(s->result, HALLMARK_DEBUG_MODE, "SEV-SNP policy",
					  "the guest may be debugged by its host");
	if ((s->report.policy & HM_SNP_POLICY_MIGRATE_MA) && !s->policy->migration_agent)
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP policy",
					  "a migration agent is allowed");
	if (s->report.vmpl > s->policy->vmpl_max)
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP VMPL",
					  "the report is of VMPL %u, above %u", s->report.vmpl, s->policy->vmpl_max);
	if (!check_tcb(s))
		return false;
	if (!listed(s->report.measurement, s->policy->measurement[0], s->policy->measurement_count))
		return hm_evidence_refuse(s->result, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP measurement",
					  "the launch measurement is not one that the policy lists");
	if (!listed(s->report.host_data, s->policy->host_data[0], s->policy->host_data_count))
		return hm_evidence_refuse(s->result, HALLMARK_INVALID_ENCLAVE_CODE, "SEV-SNP host data",
					  "it is not one that the policy lists");
	return true;
}

bool hm_azure_snp_check(const struct hm_azure_evidence *evidence, const struct hm_snp_policy *policy,
			const struct hm_evidence_facts *facts, struct hm_evidence_result *result)
{
	struct state s = {.evidence = evidence, .policy = policy, .facts = facts, .result = result};

	return decode(&s) && check_path(&s) && check_chip(&s) && check_signature(&s) &&
	       hm_azure_hcl_vouches(&s.hcl, s.report.report_data, facts, result) && check_policy(&s);
}
