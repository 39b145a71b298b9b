/* SPDX-License-Identifier: BSD-2-Clause */
/* test_policy.c - policy files: read strictly, and which platforms they allow */
#include "lib/base/error.h"
#include "lib/platform/policy.h"

#include <string.h>

#include "tests/support/support.h"

#define HEAD "{\"version\":\"hallmark-platforms/1\",\"allowed\":[\"azure-cvm\"]"

static struct hm_platform_policy *policy_of(const char *json)
{
	struct hm_platform_policy *policy;
	struct hm_error error = {0};

	if (!hm_platform_policy_parse(hm_bytes_of_text(json), &policy, &error))
		fail_msg("%s", error.text);
	return policy;
}

/* A policy file is read strictly. */
static void policy_files(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"version\":\"hallmark-platforms/2\",\"allowed\":[\"qemu\"]}",
		"{\"version\":\"hallmark-platforms/1\",\"allowed\":[]}",
		"{\"version\":\"hallmark-platforms/1\",\"allowed\":[\"Qemu\"]}",
		"{\"version\":\"hallmark-platforms/1\",\"allowed\":[\"qemu\",\"qemu\"]}",
		"{\"version\":\"hallmark-platforms/1\",\"allowed\":[1]}",
		"{\"version\":\"hallmark-platforms/1\",\"allowed\":[\"qemu\"],\"more\":1}",
		HEAD ",\"amd\":{\"vmpl_max\":4}}",
		HEAD ",\"amd\":{\"vmpl_max\":-1}}",
		HEAD ",\"amd\":{\"vmpl_max\":\"0\"}}",
		HEAD ",\"amd\":{\"migration_agent\":\"false\"}}",
		HEAD ",\"amd\":{\"migration_agent\":0}}",
		HEAD ",\"amd\":{\"vendor_roots\":null}}",
		HEAD ",\"amd\":{\"roots\":[]}}",
		HEAD ",\"amd\":{\"roots\":[\"00\"]}}",
		HEAD ",\"amd\":{\"measurements\":[\"44\"]}}",
		HEAD ",\"amd\":{\"minimum_tcb\":{\"rome\":{}}}}",
		HEAD ",\"amd\":{\"minimum_tcb\":{\"milan\":{\"snp\":256}}}}",
		HEAD ",\"amd\":{\"crl\":\"!\"}}",
		HEAD ",\"maa\":{\"profile\":\"cvm\"}}",
		HEAD ",\"maa\":{\"profile\":\"x\",\"issuer\":\"a\",\"jku\":\"b\"}}",
		HEAD ",\"maa\":{\"profile\":\"cvm\",\"issuer\":\"a\",\"jku\":\"b\",\"jwks\":{}}}",
		HEAD
		",\"maa\":{\"profile\":\"cvm\",\"issuer\":\"a\",\"jku\":\"b\",\"jwks\":{\"keys\":[{\"kid\":\"k\",\"kty\":\"oct\"}]}}}",
		HEAD ",\"maa\":{\"profile\":\"cvm\",\"issuer\":\"\",\"jku\":\"b\"}}",
		HEAD ",\"tdx\":{\"migratable\":1}}",
		HEAD ",\"tdx\":{\"minimum_tcb_svn\":\"00\"}}",
		HEAD ",\"tdx\":{\"mrtd\":[\"00\"]}}",
		HEAD ",\"aws\":{\"roots\":[1]}}",
		HEAD "} ]",
	};
	struct hm_platform_policy *policy = NULL;
	struct hm_error error = {0};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++) {
		error.text[0] = '\0';
		if (hm_platform_policy_parse(hm_bytes_of_text(bad[i]), &policy, &error))
			fail_msg("accepted: %s", bad[i]);
		assert_true(error.text[0] != '\0' && !strchr(error.text, '\n'));
		assert_null(policy);
	}
	policy = policy_of(HEAD "}");
	assert_true(hm_platform_policy_allows(policy, "azure-cvm"));
	assert_false(hm_platform_policy_allows(policy, "azure-tl"));
	assert_false(hm_platform_policy_allows(policy, "nonsense"));
	assert_true(hm_platform_policy_allows(NULL, "gcp"));
	assert_false(hm_platform_policy_allows(NULL, "nonsense"));
	assert_false(hm_platform_policy_set_jwks(policy, hm_bytes_of_text("{}"), &error));
	hm_platform_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_files),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
