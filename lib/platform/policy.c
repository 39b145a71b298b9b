/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.c - which platforms a verifier allows, and what their reports may say */
#include "lib/platform/policy.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/base/base64.h"
#include "lib/platform/table.h"
#include "lib/base/rfc3339.h"

#define URL_MAX 256u

void hm_platform_policy_default(struct hm_platform_policy *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->allowed = UINT32_MAX;
	ret->snp.amd_roots = true;
	ret->nitro.aws_root = true;
	ret->tdx.intel_root = true;
}

bool hm_platform_policy_allows(const struct hm_platform_policy *policy, const char *platform)
{
	const struct hm_platform *row;

	for (size_t i = 0; (row = hm_platform_at(i)) != NULL; i++) {
		if (!strcmp(row->name, platform))
			return !policy || (policy->allowed & (1u << i));
	}
	return false;
}

/* A list of hex values of `len` bytes each, into `ret`, which has room for `max`. */
static bool read_list(const struct hm_json_field *field, const char *where, size_t len, size_t max, uint8_t *ret,
		      size_t *ret_count, struct hm_error *error)
{
	size_t i;
	json_t *value;

	if (!field->value)
		return true;
	if (json_array_size(field->value) == 0 || json_array_size(field->value) > max)
		return hm_error_set(error, "%s.%s has not 1 to %zu values", where, field->name, max);
	json_array_foreach(field->value, i, value)
	{
		if (!json_is_string(value) || !hm_parse_hex(hm_json_bytes(value), ret + i * len, len))
			return hm_error_set(error, "%s.%s[%zu] is not %zu lower-case hex digits", where, field->name, i,
					    2 * len);
	}
	*ret_count = i;
	return true;
}

/* A boolean that may be left out. */
static bool read_flag(json_t *object, const char *where, const char *name, bool *ret, struct hm_error *error)
{
	const json_t *value = json_object_get(object, name);

	if (value && !json_is_boolean(value))
		return hm_error_set(error, "%s.%s is not true or false", where, name);
	if (value)
		*ret = json_is_true(value);
	return true;
}

/* hm_json_fields fixes one type a field, and a boolean has two: it is taken out and put back as what was seen. */
static json_type flag_type(json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name)) ? JSON_TRUE : JSON_FALSE;
}

static bool read_allowed(const struct hm_json_field *field, uint32_t *ret, struct hm_error *error)
{
	uint32_t allowed = 0;
	json_t *value;
	size_t i;

	json_array_foreach(field->value, i, value)
	{
		const char *name = json_string_value(value);
		const struct hm_platform *row;
		size_t at = 0;

		while ((row = hm_platform_at(at)) != NULL && (!name || strcmp(row->name, name) != 0))
			at++;
		if (!row || (allowed & (1u << at)))
			return hm_error_set(error, "allowed[%zu] is not a platform's name, or is there twice", i);
		allowed |= 1u << at;
	}
	if (!allowed)
		return hm_error_set(error, "allowed is empty");
	*ret = allowed;
	return true;
}

static bool read_tcb(json_t *object, const char *where, struct hm_snp_tcb *ret, struct hm_error *error)
{
	struct hm_json_field f[] = {
		{.name = "fmc", .type = JSON_INTEGER, .optional = true},
		{.name = "bootloader", .type = JSON_INTEGER, .optional = true},
		{.name = "tee", .type = JSON_INTEGER, .optional = true},
		{.name = "snp", .type = JSON_INTEGER, .optional = true},
		{.name = "microcode", .type = JSON_INTEGER, .optional = true},
	};
	uint8_t *level[] = {&ret->fmc, &ret->bootloader, &ret->tee, &ret->snp, &ret->microcode};

	if (!hm_json_fields(object, where, f, HM_ARRAY_LEN(f), error))
		return false;
	for (size_t i = 0; i < HM_ARRAY_LEN(f); i++) {
		uint64_t value = 0;

		if (f[i].value && !hm_json_uint(&f[i], where, UINT8_MAX, &value, error))
			return false;
		*level[i] = (uint8_t)value;
	}
	return true;
}

static bool read_minimum(json_t *object, struct hm_snp_policy *snp, struct hm_error *error)
{
	struct hm_json_field f[] = {
		[HM_SNP_MILAN] = {.name = "milan", .type = JSON_OBJECT, .optional = true},
		[HM_SNP_GENOA] = {.name = "genoa", .type = JSON_OBJECT, .optional = true},
		[HM_SNP_TURIN] = {.name = "turin", .type = JSON_OBJECT, .optional = true},
	};

	if (!hm_json_fields(object, "amd.minimum_tcb", f, HM_ARRAY_LEN(f), error))
		return false;
	for (size_t i = 0; i < HM_ARRAY_LEN(f); i++) {
		if (f[i].value && !read_tcb(f[i].value, "amd.minimum_tcb", &snp->minimum[i], error))
			return false;
	}
	return true;
}

static bool read_crl(const json_t *text, struct hm_platform_policy *policy, struct hm_error *error)
{
	if (!text)
		return true;
	if (!hm_base64_decode(hm_json_bytes(text), &policy->crl, &policy->snp.crl_len))
		return hm_error_set(error, "amd.crl is not base64");
	policy->snp.crl = policy->crl;
	return true;
}

/* Names of clouds, as VLEKs have them. */
static bool read_vlek(const struct hm_json_field *field, struct hm_snp_policy *snp, struct hm_error *error)
{
	size_t i;
	json_t *value;

	if (!field->value)
		return true;
	if (json_array_size(field->value) == 0 || json_array_size(field->value) > HM_SNP_VLEK_MAX)
		return hm_error_set(error, "amd.vlek has not 1 to %u values", HM_SNP_VLEK_MAX);
	json_array_foreach(field->value, i, value)
	{
		const char *text = json_string_value(value);

		if (!text || !*text || json_string_length(value) != strlen(text) || strlen(text) >= HM_VLEK_CSP_MAX)
			return hm_error_set(error, "amd.vlek[%zu] is not a text of 1 to %u bytes", i,
					    HM_VLEK_CSP_MAX - 1);
		memcpy(snp->vlek[i], text, strlen(text) + 1);
	}
	snp->vlek_count = i;
	return true;
}

static bool read_amd(json_t *object, struct hm_platform_policy *policy, struct hm_error *error)
{
	struct hm_json_field f[] = {
		{.name = "vendor_roots", .type = flag_type(object, "vendor_roots"), .optional = true},
		{.name = "roots", .type = JSON_ARRAY, .optional = true},
		{.name = "minimum_tcb", .type = JSON_OBJECT, .optional = true},
		{.name = "vmpl_max", .type = JSON_INTEGER, .optional = true},
		{.name = "migration_agent", .type = flag_type(object, "migration_agent"), .optional = true},
		{.name = "measurements", .type = JSON_ARRAY, .optional = true},
		{.name = "host_data", .type = JSON_ARRAY, .optional = true},
		{.name = "crl", .type = JSON_STRING, .optional = true},
		{.name = "vlek", .type = JSON_ARRAY, .optional = true},
	};
	struct hm_snp_policy *snp = &policy->snp;
	uint64_t vmpl = 0;

	if (!hm_json_fields(object, "amd", f, HM_ARRAY_LEN(f), error) ||
	    !read_flag(object, "amd", "vendor_roots", &snp->amd_roots, error) ||
	    !read_flag(object, "amd", "migration_agent", &snp->migration_agent, error))
		return false;
	if (f[2].value && !read_minimum(f[2].value, snp, error))
		return false;
	if (f[3].value && !hm_json_uint(&f[3], "amd", 3, &vmpl, error))
		return false;
	snp->vmpl_max = (uint32_t)vmpl;
	return read_list(&f[1], "amd", 32, HM_SNP_LIST_MAX, snp->root[0].sha256, &snp->root_count, error) &&
	       read_list(&f[5], "amd", HM_SNP_MEASUREMENT_LEN, HM_SNP_LIST_MAX, snp->measurement[0],
			 &snp->measurement_count, error) &&
	       read_list(&f[6], "amd", HM_SNP_HOST_DATA_LEN, HM_SNP_LIST_MAX, snp->host_data[0], &snp->host_data_count,
			 error) &&
	       read_crl(f[7].value, policy, error) && read_vlek(&f[8], snp, error);
}

static bool read_url(const struct hm_json_field *field, struct hm_error *error)
{
	char *text;

	/* A copy is made and dropped: what counts are the checks. */
	if (!hm_json_text(field, "maa", URL_MAX, &text, error))
		return false;
	free(text);
	return true;
}

static bool check_jwks(json_t *object, struct hm_error *error)
{
	char *text = json_dumps(object, JSON_COMPACT);
	json_t *parsed;
	bool ok = text && hm_jwks_parse(hm_bytes_of_text(text), &parsed, error);

	free(text);
	if (ok)
		json_decref(parsed);
	return ok;
}

static bool read_maa(json_t *object, struct hm_platform_policy *policy, struct hm_error *error)
{
	struct hm_json_field f[] = {
		{.name = "profile", .type = JSON_STRING},
		{.name = "issuer", .type = JSON_STRING},
		{.name = "jku", .type = JSON_STRING},
		{.name = "jwks", .type = JSON_OBJECT, .optional = true},
		{.name = "host_data", .type = JSON_ARRAY, .optional = true},
	};

	if (!hm_json_fields(object, "maa", f, HM_ARRAY_LEN(f), error) || !read_url(&f[1], error) ||
	    !read_url(&f[2], error))
		return false;
	if (!strcmp(json_string_value(f[0].value), "cvm"))
		policy->maa.profile = HM_MAA_CVM;
	else if (!strcmp(json_string_value(f[0].value), "snp"))
		policy->maa.profile = HM_MAA_SNP;
	else if (!strcmp(json_string_value(f[0].value), "uvm"))
		policy->maa.profile = HM_MAA_UVM;
	else
		return hm_error_set(error, "maa.profile is not cvm, snp or uvm");
	if (f[3].value && !check_jwks(f[3].value, error))
		return false;
	policy->maa_required = true;
	policy->maa.issuer = json_string_value(f[1].value);
	policy->maa.jku = json_string_value(f[2].value);
	policy->maa.jwks = f[3].value;
	policy->maa.host_data = (const uint8_t(*)[32])policy->maa_host_data;
	return read_list(&f[4], "maa", 32, HM_SNP_LIST_MAX, policy->maa_host_data[0], &policy->maa.host_data_count,
			 error);
}

static bool read_aws(json_t *object, struct hm_platform_policy *policy, struct hm_error *error)
{
	struct hm_json_field f[] = {
		{.name = "vendor_roots", .type = flag_type(object, "vendor_roots"), .optional = true},
		{.name = "roots", .type = JSON_ARRAY, .optional = true},
	};

	policy->nitro.root = policy->nitro_root;
	return hm_json_fields(object, "aws", f, HM_ARRAY_LEN(f), error) &&
	       read_flag(object, "aws", "vendor_roots", &policy->nitro.aws_root, error) &&
	       read_list(&f[1], "aws", 32, HM_PATH_MAX - 1, policy->nitro_root[0].sha256, &policy->nitro.root_count,
			 error);
}

static bool read_tdx(json_t *object, struct hm_platform_policy *policy, struct hm_error *error)
{
	struct hm_json_field f[] = {
		{.name = "vendor_roots", .type = flag_type(object, "vendor_roots"), .optional = true},
		{.name = "roots", .type = JSON_ARRAY, .optional = true},
		{.name = "any_quoting_enclave", .type = flag_type(object, "any_quoting_enclave"), .optional = true},
		{.name = "migratable", .type = flag_type(object, "migratable"), .optional = true},
		{.name = "minimum_tcb_svn", .type = JSON_STRING, .optional = true},
		{.name = "mrtd", .type = JSON_ARRAY, .optional = true},
		{.name = "rtmr0", .type = JSON_ARRAY, .optional = true},
		{.name = "rtmr1", .type = JSON_ARRAY, .optional = true},
		{.name = "rtmr2", .type = JSON_ARRAY, .optional = true},
		{.name = "rtmr3", .type = JSON_ARRAY, .optional = true},
		{.name = "any_td", .type = flag_type(object, "any_td"), .optional = true},
	};
	struct hm_tdx_policy *tdx = &policy->tdx;

	if (!hm_json_fields(object, "tdx", f, HM_ARRAY_LEN(f), error) ||
	    !read_flag(object, "tdx", "vendor_roots", &tdx->intel_root, error) ||
	    !read_flag(object, "tdx", "any_quoting_enclave", &tdx->any_quoting_enclave, error) ||
	    !read_flag(object, "tdx", "migratable", &tdx->migratable, error) ||
	    !read_flag(object, "tdx", "any_td", &tdx->any_td, error))
		return false;
	if (f[4].value && !hm_json_hex(&f[4], "tdx", tdx->minimum_tcb_svn, sizeof(tdx->minimum_tcb_svn), error))
		return false;
	for (size_t i = 0; i < HM_TDX_RTMRS; i++) {
		if (!read_list(&f[6 + i], "tdx", HM_TDX_MEASUREMENT_LEN, HM_TDX_LIST_MAX, tdx->rtmr[i][0],
			       &tdx->rtmr_count[i], error))
			return false;
	}
	return read_list(&f[1], "tdx", 32, HM_PATH_MAX, tdx->root[0].sha256, &tdx->root_count, error) &&
	       read_list(&f[5], "tdx", HM_TDX_MEASUREMENT_LEN, HM_TDX_LIST_MAX, tdx->mr_td[0], &tdx->mr_td_count,
			 error);
}

static bool read_policy(struct hm_platform_policy *policy, struct hm_error *error)
{
	struct hm_json_field f[] = {
		{.name = "version", .type = JSON_STRING},
		{.name = "allowed", .type = JSON_ARRAY},
		{.name = "ak_issued_after", .type = JSON_STRING, .optional = true},
		{.name = "amd", .type = JSON_OBJECT, .optional = true},
		{.name = "maa", .type = JSON_OBJECT, .optional = true},
		{.name = "aws", .type = JSON_OBJECT, .optional = true},
		{.name = "tdx", .type = JSON_OBJECT, .optional = true},
	};

	if (!hm_json_fields(policy->document, "", f, HM_ARRAY_LEN(f), error))
		return false;
	if (strcmp(json_string_value(f[0].value), HM_PLATFORM_POLICY_VERSION) != 0)
		return hm_error_set(error, "version is not %s", HM_PLATFORM_POLICY_VERSION);
	policy->issued_after_set = f[2].value != NULL;
	if (f[2].value && !hm_rfc3339_parse(hm_json_bytes(f[2].value), &policy->ak_issued_after))
		return hm_error_set(error, "ak_issued_after is not a time like 2026-01-31T12:00:00Z");
	return read_allowed(&f[1], &policy->allowed, error) && (!f[3].value || read_amd(f[3].value, policy, error)) &&
	       (!f[4].value || read_maa(f[4].value, policy, error)) &&
	       (!f[5].value || read_aws(f[5].value, policy, error)) &&
	       (!f[6].value || read_tdx(f[6].value, policy, error));
}

bool hm_platform_policy_parse(struct hm_bytes json, struct hm_platform_policy **ret, struct hm_error *error)
{
	struct hm_platform_policy *policy = calloc(1, sizeof(*policy));

	if (!policy)
		return hm_error_set(error, "out of memory");
	hm_platform_policy_default(policy);
	if (!hm_json_load(json, HM_PLATFORM_POLICY_MAX, &policy->document, error) || !read_policy(policy, error)) {
		hm_platform_policy_free(policy);
		return false;
	}
	*ret = policy;
	return true;
}

bool hm_platform_policy_set_jwks(struct hm_platform_policy *policy, struct hm_bytes jwks, struct hm_error *error)
{
	json_t *parsed;

	if (!policy->maa_required)
		return hm_error_set(error, "the policy demands no token");
	if (!hm_jwks_parse(jwks, &parsed, error))
		return false;
	json_decref(policy->jwks);
	policy->jwks = parsed;
	policy->maa.jwks = parsed;
	return true;
}

static bool make_default(struct hm_platform_policy **policy)
{
	if (*policy)
		return true;
	*policy = calloc(1, sizeof(**policy));
	if (*policy)
		hm_platform_policy_default(*policy);
	return *policy;
}

bool hm_platform_policy_set_vcek(struct hm_platform_policy **policy, struct hm_bytes pem, struct hm_error *error)
{
	struct hm_path path;

	if (!hm_crypto_path_of_pem(pem, &path, error))
		return false;
	if (path.count != 3 && path.count != 2) {
		hm_crypto_path_free(&path);
		return hm_error_set(error, "not the three certificates VCEK, ASK and ARK, nor ASK and ARK alone");
	}
	if (!make_default(policy)) {
		hm_crypto_path_free(&path);
		return hm_error_set(error, "out of memory");
	}
	hm_crypto_path_free(&(*policy)->vcek);
	(*policy)->vcek = path;
	return true;
}

bool hm_platform_policy_set_golden(struct hm_platform_policy **policy, const uint8_t rtmr2[HM_TDX_MEASUREMENT_LEN])
{
	struct hm_tdx_policy *tdx;

	if (!make_default(policy))
		return false;
	tdx = &(*policy)->tdx;
	tdx->golden_rtmrs = 1u << 3;
	if (rtmr2) {
		tdx->golden_rtmrs |= 1u << 2;
		memcpy(tdx->golden_rtmr[2], rtmr2, HM_TDX_MEASUREMENT_LEN);
	}
	memset(tdx->golden_rtmr[3], 0, HM_TDX_MEASUREMENT_LEN);
	return true;
}

bool hm_platform_policy_lists_code(const struct hm_platform_policy *policy, enum hm_report_kind report)
{
	if (report == HM_REPORT_AZURE_SNP)
		return policy && policy->snp.measurement_count;
	return report == HM_REPORT_AZURE_TDX && policy && policy->tdx.mr_td_count;
}

bool hm_platform_policy_lists_rtmr2(const struct hm_platform_policy *policy)
{
	return policy && policy->tdx.rtmr_count[2];
}

bool hm_platform_policy_set_crls(struct hm_platform_policy **policy, struct hm_bytes pem, struct hm_error *error)
{
	struct hm_crls *crls;

	if (!hm_crypto_crls_parse(pem, &crls, error))
		return false;
	if (!make_default(policy)) {
		hm_crypto_crls_free(crls);
		return hm_error_set(error, "out of memory");
	}
	hm_crypto_crls_free((*policy)->crls);
	(*policy)->crls = crls;
	return true;
}

void hm_platform_policy_free(struct hm_platform_policy *policy)
{
	if (!policy)
		return;
	json_decref(policy->document);
	json_decref(policy->jwks);
	free(policy->crl);
	hm_crypto_crls_free(policy->crls);
	hm_crypto_path_free(&policy->vcek);
	free(policy);
}
