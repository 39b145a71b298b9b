/* SPDX-License-Identifier: BSD-2-Clause */
/* test_intel_tdx.c - TD quotes of real machines: each hangs under Intel's root, and ends in the one refusal that is due
 */
#include "lib/platform/intel_tdx.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/evidence.h"
#include "tests/support/support.h"

/* Inside the validity of all PCKs below: 2026-05-01. */
#define AS_OF INT64_C(1777593600)
#define AT_4_TD_ATTRIBUTES (48u + 120u)
#define AT_4_MR_TD (48u + 136u)
#define AT_5_MR_SERVICE_TD (54u + 600u)

/* The quotes of SOURCES.md. None has our digest for report data; what is found before that is a defect of the TD. */
static const struct real {
	const char *name, *ccel;
	enum hallmark_code code;
	const char *check;
} real[] = {
	{"tdx/gce-cos-113.quote", "tdx/gce-cos-113.ccel", HALLMARK_INVALID_ATTESTATION_KEY, "TD report data"},
	{"tdx/live2.quote", "tdx/live2.ccel", HALLMARK_INVALID_ATTESTATION_KEY, "TD report data"},
	{"tdx/debug-attributes.quote", NULL, HALLMARK_DEBUG_MODE, "TD attributes"},
	{"tdx/version-5.quote", NULL, HALLMARK_INVALID_ATTESTATION_KEY, "TD report data"},
};

static const uint8_t nonce[32] = {1}, ak[16] = {2};

static struct hm_tdx_policy any_policy(void)
{
	return (struct hm_tdx_policy){.intel_root = true, .any_td = true};
}

static void assert_check(const char *what, struct hm_bytes quote, const struct hm_tdx_policy *policy, int64_t as_of,
			 enum hallmark_code code, const char *check)
{
	const struct hm_evidence_facts facts = {
		.as_of = as_of, .nonce = hm_bytes_of(nonce, sizeof(nonce)), .ak_public = hm_bytes_of(ak, sizeof(ak))};
	struct hm_evidence_result result = {.code = HALLMARK_INTERNAL_ERROR};

	assert_false(hm_tdx_check(quote, hm_bytes_of(NULL, 0), policy, &facts, &result));
	if (result.code != code || strcmp(result.expected, check) != 0)
		fail_msg("%s: %s by %s (%s), should be %s by %s", what, hallmark_code_name(result.code),
			 result.expected, result.seen, hallmark_code_name(code), check);
}

static void real_quotes_end_in_one_refusal(void **state)
{
	struct hm_tdx_policy policy = any_policy(), nobody = {.any_td = true}, listed = {.intel_root = true};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(real); i++) {
		struct hm_bytes quote;
		uint8_t *p = support_fixture(real[i].name, &quote);

		assert_check(real[i].name, quote, &policy, AS_OF, real[i].code, real[i].check);
		/* Without Intel's root nobody vouches; before the PCK was issued, neither. */
		assert_check(real[i].name, quote, &nobody, AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "PCK chain");
		assert_check(real[i].name, quote, &policy, INT64_C(1500000000), HALLMARK_NON_COMPLIANT_PLATFORM,
			     "PCK chain");
		if (real[i].code != HALLMARK_DEBUG_MODE)
			assert_check(real[i].name, quote, &listed, AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "MRTD");
		free(p);
	}
}

/* One byte changed: the attestation key signed header and body, the enclave's report the key, the PCK the report. */
static void real_quotes_one_change_each(void **state)
{
	static const struct {
		const char *what;
		size_t off;
		const char *check;
	} cases[] = {
		{"user data", 28, "TD quote signature"},
		{"MRTD", AT_4_MR_TD, "TD quote signature"},
		{"TD attributes", AT_4_TD_ATTRIBUTES, "TD quote signature"},
		{"report data", 48 + 520 + 63, "TD quote signature"},
		{"signature", 636, "TD quote signature"},
		{"key", 700, "QE report"},
		{"QE report", 770, "QE report signature"},
		{"QE authentication data", 770 + 450, "QE report"},
	};
	struct hm_tdx_policy policy = any_policy();
	struct hm_bytes quote;
	uint8_t *p = support_fixture(real[0].name, &quote);

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		p[cases[i].off] ^= 0x10;
		assert_check(cases[i].what, quote, &policy, AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, cases[i].check);
		p[cases[i].off] ^= 0x10;
	}
	p[quote.len - 1] = 1;
	assert_check("a byte after the quote", quote, &policy, AS_OF, HALLMARK_MALFORMED, "TD quote");
	free(p);
	/* Version 5: type and length of the body are signed too. */
	p = support_fixture("tdx/version-5.quote", &quote);
	for (size_t off = 54; off < 54 + 648; off += 37) {
		p[off] ^= 0x10;
		assert_check("a body of version 5", quote, &policy, AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM,
			     "TD quote signature");
		p[off] ^= 0x10;
	}
	p[AT_5_MR_SERVICE_TD] ^= 1;
	assert_check("a service TD", quote, &policy, AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "TD quote signature");
	free(p);
}

/* Of both security versions of TDX 1.5 the lower one counts. */
static void minimum_tcb(void **state)
{
	struct hm_tdx_policy policy = any_policy();
	struct hm_tdx_quote q;
	struct hm_bytes quote;
	uint8_t *p = support_fixture("tdx/version-5.quote", &quote);

	(void)state;
	assert_ok(hm_tdx_quote_decode(quote, &q));
	for (size_t i = 0; i < q.tee_tcb_svn.len; i++) {
		uint8_t lower = q.tee_tcb_svn.p[i] < q.tee_tcb_svn_2.p[i] ? q.tee_tcb_svn.p[i] : q.tee_tcb_svn_2.p[i];

		policy.minimum_tcb_svn[i] = lower;
		assert_check("the minimum", quote, &policy, AS_OF, HALLMARK_INVALID_ATTESTATION_KEY, "TD report data");
		policy.minimum_tcb_svn[i] = (uint8_t)(lower + 1);
		assert_check("above it", quote, &policy, AS_OF, HALLMARK_NON_COMPLIANT_PLATFORM, "TDX minimum TCB");
		policy.minimum_tcb_svn[i] = 0;
	}
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_quotes_end_in_one_refusal),
		cmocka_unit_test(real_quotes_one_change_each),
		cmocka_unit_test(minimum_tcb),
	};

	return cmocka_run_group_tests_name("intel_tdx", tests, NULL, NULL);
}
