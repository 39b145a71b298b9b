/* SPDX-License-Identifier: BSD-2-Clause */
/* azure_maa.c - a token of Azure's attestation service (MAA) */
#include "lib/platform/azure_maa.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/base/base64.h"

#define AK_KID "HCLAkPub"

/* What a profile wants to read, and where. */
struct profile {
	const char *type;  /* x-ms-attestation-type at the top */
	const char *inner; /* the member that holds the SEV-SNP claims; NULL: the top itself */
	const char *compliance;
	bool nonce_at_top; /* of /attest/SevSnpVm, where the caller gives it beside the report */
};
static const struct profile profiles[] = {
	[HM_MAA_CVM] = {"azurevm", "x-ms-isolation-tee", "azure-compliant-cvm", false},
	[HM_MAA_SNP] = {"sevsnpvm", NULL, "azure-compliant-cvm", true},
	[HM_MAA_UVM] = {"sevsnpvm", NULL, "azure-compliant-uvm", false},
};

struct state {
	const struct hm_maa_policy *policy;
	const struct hm_evidence_facts *facts;
	const struct profile *profile;
	const struct hm_jwt *jwt;
	const json_t *top; /* the payload */
	const json_t *tee; /* the object with the SEV-SNP claims; NULL where there is none */
	struct hm_error *error;
};

/* "NAME is VALUE, not WANT", with the claim's own type. */
static bool want_text(const struct state *s, const json_t *object, const char *name, const char *want)
{
	const json_t *claim = json_object_get(object, name);

	if (!claim)
		return hm_error_set(s->error, "%s is missing", name);
	if (!json_is_string(claim))
		return hm_error_set(s->error, "%s is not a string", name);
	if (strcmp(json_string_value(claim), want) != 0 || json_string_length(claim) != strlen(want))
		return hm_error_set(s->error, "%s is %.64s, not %s", name, json_string_value(claim), want);
	return true;
}

static bool check_service(const struct state *s)
{
	if (strcmp(s->jwt->jku, s->policy->jku) != 0)
		return hm_error_set(s->error, "jku is %.96s, not %s", s->jwt->jku, s->policy->jku);
	return want_text(s, s->top, "iss", s->policy->issuer);
}

static bool check_signature(const struct state *s)
{
	if (!s->policy->jwks)
		return hm_error_set(s->error, "no key set of the service was given");
	return hm_jwt_verify(s->jwt, s->policy->jwks, s->error);
}

static bool get_time(const struct state *s, const char *name, int64_t *ret)
{
	const json_t *claim = json_object_get(s->top, name);

	if (!json_is_integer(claim))
		return hm_error_set(s->error, "%s is missing or not an integer", name);
	*ret = json_integer_value(claim);
	return true;
}

static bool check_time(const struct state *s)
{
	int64_t exp = 0, nbf = 0, iat = 0, at = s->facts->as_of;

	if (!get_time(s, "exp", &exp) || !get_time(s, "nbf", &nbf) || !get_time(s, "iat", &iat))
		return false;
	if (at < nbf || at < iat)
		return hm_error_set(s->error, "the token is not valid yet: nbf %lld, iat %lld, now %lld",
				    (long long)nbf, (long long)iat, (long long)at);
	if (at >= exp)
		return hm_error_set(s->error, "the token expired: exp %lld, now %lld", (long long)exp, (long long)at);
	return true;
}

static bool check_type(const struct state *s)
{
	if (!want_text(s, s->top, "x-ms-attestation-type", s->profile->type))
		return false;
	if (!json_is_object(s->tee))
		return hm_error_set(s->error, "%s is missing or not an object", s->profile->inner);
	return want_text(s, s->tee, "x-ms-attestation-type", "sevsnpvm") &&
	       want_text(s, s->tee, "x-ms-compliance-status", s->profile->compliance);
}

static bool check_debug(const struct state *s)
{
	const json_t *claim = json_object_get(s->tee, "x-ms-sevsnpvm-is-debuggable");

	if (!claim)
		return hm_error_set(s->error, "x-ms-sevsnpvm-is-debuggable is missing");
	if (json_is_true(claim))
		return hm_error_set(s->error, "x-ms-sevsnpvm-is-debuggable is true");
	if (!json_is_false(claim))
		return hm_error_set(s->error, "x-ms-sevsnpvm-is-debuggable is not a boolean");
	return true;
}

static bool check_host_data(const struct state *s)
{
	const json_t *claim = json_object_get(s->tee, "x-ms-sevsnpvm-hostdata");
	uint8_t value[32];

	if (s->policy->host_data_count == 0)
		return true;
	if (!json_is_string(claim) || !hm_parse_hex(hm_json_bytes(claim), value, sizeof(value)))
		return hm_error_set(s->error, "x-ms-sevsnpvm-hostdata is missing or not 64 hex digits");
	for (size_t i = 0; i < s->policy->host_data_count; i++) {
		if (!memcmp(s->policy->host_data[i], value, sizeof(value)))
			return true;
	}
	return hm_error_set(s->error, "x-ms-sevsnpvm-hostdata is %.64s, not one that the policy lists",
			    json_string_value(claim));
}

static bool check_nonce(const struct state *s)
{
	const json_t *payload = json_object_get(json_object_get(s->top, "x-ms-runtime"), "client-payload");
	const json_t *claim = json_object_get(s->profile->nonce_at_top ? s->top : payload, "nonce");
	const char *name = s->profile->nonce_at_top ? "nonce" : "x-ms-runtime.client-payload.nonce";
	uint8_t *value;
	size_t len;
	bool equal;

	if (!json_is_string(claim) || !hm_base64_decode(hm_json_bytes(claim), &value, &len))
		return hm_error_set(s->error, "%s is missing or not base64", name);
	equal = hm_bytes_equal(hm_bytes_of(value, len), s->facts->nonce);
	free(value);
	return equal ? true : hm_error_set(s->error, "%s is not the proof's nonce", name);
}

static bool check_key(const struct state *s)
{
	const json_t *keys = json_object_get(json_object_get(s->tee, "x-ms-runtime"), "keys");

	if (s->facts->ak.type != HM_TPM_ALG_RSA)
		return hm_error_set(s->error, "the key that signed the quote is not RSA");
	return hm_jwk_equals(keys, AK_KID, s->facts->ak.modulus, s->facts->ak.exponent, s->error);
}

static const struct {
	bool (*run)(const struct state *s);
	enum hallmark_code code;
	const char *name;
} checks[] = {
	[HM_MAA_SERVICE] = {check_service, HALLMARK_WRONG_ATTESTER, "token service"},
	[HM_MAA_SIGNATURE] = {check_signature, HALLMARK_WRONG_ATTESTER, "token signature"},
	[HM_MAA_TIME] = {check_time, HALLMARK_STALE_QUOTE, "token time"},
	[HM_MAA_TYPE] = {check_type, HALLMARK_NON_COMPLIANT_UVM, "token compliance"},
	[HM_MAA_DEBUG] = {check_debug, HALLMARK_DEBUG_MODE, "token debug"},
	[HM_MAA_HOST_DATA] = {check_host_data, HALLMARK_INVALID_ENCLAVE_CODE, "token host data"},
	[HM_MAA_NONCE] = {check_nonce, HALLMARK_STALE_QUOTE, "token nonce"},
	[HM_MAA_KEY] = {check_key, HALLMARK_INVALID_ATTESTATION_KEY, "token key"},
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(checks) == HM_MAA_CHECK_COUNT, "every check is run");

static uint32_t run(const struct hm_jwt *jwt, const struct hm_maa_policy *policy, const struct hm_evidence_facts *facts,
		    struct hm_evidence_result *result)
{
	struct hm_error error = {0};
	struct state s = {.policy = policy,
			  .facts = facts,
			  .profile = &profiles[policy->profile],
			  .jwt = jwt,
			  .top = jwt->payload,
			  .error = &error};
	uint32_t failed = 0;

	s.tee = s.profile->inner ? json_object_get(s.top, s.profile->inner) : s.top;
	for (size_t i = 0; i < HM_MAA_CHECK_COUNT; i++) {
		if (checks[i].run(&s))
			continue;
		if (!failed)
			(void)hm_evidence_refuse(result, checks[i].code, checks[i].name, "%s", error.text);
		failed |= 1u << i;
	}
	return failed;
}

bool hm_maa_check(struct hm_bytes token, const struct hm_maa_policy *policy, const struct hm_evidence_facts *facts,
		  struct hm_evidence_result *result, uint32_t *ret_failed)
{
	struct hm_error error = {0};
	uint32_t failed = (1u << HM_MAA_CHECK_COUNT) - 1;
	struct hm_jwt jwt;

	if (hm_jwt_parse(token, &jwt, &error)) {
		failed = run(&jwt, policy, facts, result);
		hm_jwt_free(&jwt);
	} else {
		(void)hm_evidence_refuse(result, HALLMARK_MALFORMED, "token", "%s", error.text);
	}
	if (ret_failed)
		*ret_failed = failed;
	return failed == 0;
}
