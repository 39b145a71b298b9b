/* SPDX-License-Identifier: BSD-2-Clause */
/* test_snp.c - SEV-SNP reports and the envelope around them, on a real machine's evidence */
#include "core/snp.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/evidence.h"
#include "tests/support/support.h"

static struct hm_bytes wire(const struct azure_evidence *e)
{
	return hm_bytes_of(e->report, e->report_len);
}

static void real_report(void **state)
{
	struct azure_evidence e;
	struct hm_snp_report r;
	struct hm_snp_tcb tcb;

	(void)state;
	azure_evidence_load(&e);
	assert_ok(hm_snp_report_decode(wire(&e), &r));
	/* As the fixture's bytes say, read by hand. */
	assert_int_equal(r.version, 2);
	assert_int_equal(r.guest_svn, 6);
	assert_int_equal(r.policy, 0x3001f);
	assert_int_equal(r.vmpl, 0);
	assert_int_equal(r.signer, HM_SNP_SIGNER_VCEK);
	assert_false(r.has_cpuid);
	assert_hex(hm_bytes_of(r.report_data.p, 32),
		   "481b2235336d4617c56af558567afd09290b313d1e25387ab2c77b252470f2c7");
	assert_hex(r.measurement, "440646682b40e0aea370884d874e4504f7dc94867d6fae0b9b6d95c3818431ff"
				  "37e2e3041784edf060a3ee5f33c4c163");
	assert_ok(hm_snp_tcb_decode(HM_SNP_MILAN, r.reported_tcb, &tcb));
	assert_int_equal(tcb.bootloader, 3);
	assert_int_equal(tcb.tee, 0);
	assert_int_equal(tcb.snp, 8);
	assert_int_equal(tcb.microcode, 0x73);
	azure_evidence_free(&e);
}

/* One corrupted byte each, and the exact refusal. */
static void report_refusals(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
		enum hm_err err;
	} cases[] = {
		{0x000, 1, HM_E_SNP_VERSION},	{0x000, 6, HM_E_SNP_VERSION},
		{0x001, 1, HM_E_SNP_VERSION},	{0x034, 2, HM_E_SNP_ALGORITHM},
		{0x034, 0, HM_E_SNP_ALGORITHM}, {0x00a, 1, HM_E_SNP_POLICY}, /* bit 17 off */
		{0x00b, 4, HM_E_SNP_POLICY},	{0x00f, 0x80, HM_E_SNP_POLICY},
		{0x048, 0x20, HM_E_SNP_FLAGS},	{0x048, 0x08, HM_E_SNP_FLAGS},	  /* signing key 2 */
		{0x04c, 1, HM_E_SNP_RESERVED},	{0x188, 0x19, HM_E_SNP_RESERVED}, /* CPUID in version 2 */
		{0x18b, 1, HM_E_SNP_RESERVED},	{0x19f, 1, HM_E_SNP_RESERVED},
		{0x1eb, 1, HM_E_SNP_RESERVED},	{0x1ef, 1, HM_E_SNP_RESERVED},
		{0x1f8, 1, HM_E_SNP_RESERVED},	{0x207, 1, HM_E_SNP_RESERVED},
		{0x208, 1, HM_E_SNP_RESERVED},	{0x29f, 1, HM_E_SNP_RESERVED},
		{0x2d0, 1, HM_E_SNP_SIGNATURE}, {0x2e7, 1, HM_E_SNP_SIGNATURE},
		{0x318, 1, HM_E_SNP_SIGNATURE}, {0x330, 1, HM_E_SNP_RESERVED},
		{0x49f, 1, HM_E_SNP_RESERVED},
	};
	struct azure_evidence e;
	struct hm_snp_report r;

	(void)state;
	azure_evidence_load(&e);
	for (size_t i = 0; ROW(i, cases); i++) {
		uint8_t kept = e.report[cases[i].off];

		e.report[cases[i].off] = cases[i].value;
		r.version = 77;
		assert_err(hm_snp_report_decode(wire(&e), &r), cases[i].err);
		assert_int_equal(r.version, 77);
		e.report[cases[i].off] = kept;
	}
	for (size_t len = 0; len < HM_SNP_REPORT_LEN; len += 37)
		assert_err(hm_snp_report_decode(hm_bytes_of(e.report, len), &r), HM_E_SNP_LENGTH);
	e.report = realloc(e.report, HM_SNP_REPORT_LEN + 1);
	e.report[HM_SNP_REPORT_LEN] = 0;
	assert_err(hm_snp_report_decode(hm_bytes_of(e.report, HM_SNP_REPORT_LEN + 1), &r), HM_E_SNP_LENGTH);
	azure_evidence_free(&e);
}

/* What later versions put where version 2 has zeros. */
static void report_versions(void **state)
{
	struct azure_evidence e;
	struct hm_snp_report r;

	(void)state;
	azure_evidence_load(&e);
	for (uint8_t version = 3; version <= 5; version++) {
		e.report[0] = version;
		e.report[0x188] = 0x19;
		e.report[0x189] = 0x11;
		e.report[0x18a] = 1;
		assert_ok(hm_snp_report_decode(wire(&e), &r));
		assert_true(r.has_cpuid);
		assert_int_equal(r.family, 0x19);
		assert_int_equal(r.model, 0x11);
		assert_int_equal(r.stepping, 1);
		e.report[0x1ff] = 1;
		assert_err(hm_snp_report_decode(wire(&e), &r), version == 5 ? HM_OK : HM_E_SNP_RESERVED);
		e.report[0x1ff] = 0;
	}
	azure_evidence_free(&e);
}

static void tcb_versions(void **state)
{
	struct hm_snp_tcb a, b = {.bootloader = 3, .snp = 8, .microcode = 0x73};

	(void)state;
	assert_ok(hm_snp_tcb_decode(HM_SNP_GENOA, UINT64_C(0x7308000000000003), &a));
	assert_true(hm_snp_tcb_equal(&a, &b));
	/* Turin: fmc, bootloader, tee, snp, three reserved bytes, microcode (AMD 56860, TCB_VERSION). */
	assert_ok(hm_snp_tcb_decode(HM_SNP_TURIN, UINT64_C(0x4700000004010b0a), &a));
	assert_int_equal(a.fmc, 0x0a);
	assert_int_equal(a.bootloader, 0x0b);
	assert_int_equal(a.tee, 1);
	assert_int_equal(a.snp, 4);
	assert_int_equal(a.microcode, 0x47);
	for (unsigned int byte = 2; byte <= 5; byte++)
		assert_err(hm_snp_tcb_decode(HM_SNP_MILAN, UINT64_C(1) << (8 * byte), &a), HM_E_SNP_TCB);
	for (unsigned int byte = 4; byte <= 6; byte++)
		assert_err(hm_snp_tcb_decode(HM_SNP_TURIN, UINT64_C(1) << (8 * byte), &a), HM_E_SNP_TCB);
	a = b;
	assert_null(hm_snp_tcb_below(&a, &b));
	a.microcode--;
	assert_string_equal(hm_snp_tcb_below(&a, &b), "microcode");
	a = b;
	a.snp--;
	a.microcode = 0xff;
	assert_string_equal(hm_snp_tcb_below(&a, &b), "snp");
	a = b;
	a.bootloader = 2;
	assert_string_equal(hm_snp_tcb_below(&a, &b), "bootloader");
	b.tee = 1;
	a.bootloader = 3;
	assert_string_equal(hm_snp_tcb_below(&a, &b), "tee");
	b.fmc = 1;
	assert_string_equal(hm_snp_tcb_below(&a, &b), "fmc");
	assert_true(hm_snp_product_has_cpu(HM_SNP_MILAN, 0x19, 1));
	assert_false(hm_snp_product_has_cpu(HM_SNP_MILAN, 0x19, 0x11));
	assert_true(hm_snp_product_has_cpu(HM_SNP_GENOA, 0x19, 0xa0));
	assert_false(hm_snp_product_has_cpu(HM_SNP_GENOA, 0x1a, 0x11));
	assert_true(hm_snp_product_has_cpu(HM_SNP_TURIN, 0x1a, 2));
	assert_false(hm_snp_product_has_cpu(HM_SNP_TURIN, 0x19, 2));
}

static void envelope(void **state)
{
	static const struct {
		size_t off;
		uint8_t value;
		enum hm_err err;
	} cases[] = {
		{0, 'X', HM_E_HCL_SIGNATURE}, {1216, 0, HM_E_HCL_LENGTH},    {1217, 0xff, HM_E_HCL_LENGTH},
		{1220, 2, HM_E_HCL_VERSION},  {1224, 3, HM_E_HCL_TYPE},	     {1228, 2, HM_E_HCL_HASH},
		{1232, 1, HM_E_HCL_LENGTH},   {1235, 0xff, HM_E_HCL_LENGTH},
	};
	struct azure_evidence e;
	struct hm_hcl hcl;
	uint8_t *nv;
	size_t len;

	(void)state;
	azure_evidence_load(&e);
	nv = azure_envelope(e.report, e.runtime, e.runtime_len, 300, &len);
	assert_ok(hm_hcl_decode(hm_bytes_of(nv, len), &hcl));
	assert_int_equal(hcl.report_type, HM_HCL_TYPE_SNP);
	assert_true(hm_bytes_equal(hcl.report, wire(&e)));
	assert_true(hm_bytes_equal(hcl.runtime, hm_bytes_of(e.runtime, e.runtime_len)));
	for (size_t i = 0; ROW(i, cases); i++) {
		uint8_t kept = nv[cases[i].off];

		nv[cases[i].off] = cases[i].value;
		assert_err(hm_hcl_decode(hm_bytes_of(nv, len), &hcl), cases[i].err);
		nv[cases[i].off] = kept;
	}
	nv[len - 1] = 1;
	assert_err(hm_hcl_decode(hm_bytes_of(nv, len), &hcl), HM_E_HCL_TRAILING);
	for (size_t cut = 0; cut < 32 + HM_SNP_REPORT_LEN + 20 + e.runtime_len; cut += 101)
		assert_err(hm_hcl_decode(hm_bytes_of(nv, cut), &hcl), HM_E_HCL_LENGTH);
	free(nv);
	nv = azure_envelope(e.report, e.runtime, 0, 0, &len);
	assert_err(hm_hcl_decode(hm_bytes_of(nv, len), &hcl), HM_E_HCL_LENGTH);
	free(nv);
	nv = azure_envelope(e.report, e.runtime, e.runtime_len, HM_HCL_MAX, &len);
	assert_err(hm_hcl_decode(hm_bytes_of(nv, len), &hcl), HM_E_HCL_LENGTH);
	free(nv);
	azure_evidence_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_report),	cmocka_unit_test(report_refusals), cmocka_unit_test(report_versions),
		cmocka_unit_test(tcb_versions), cmocka_unit_test(envelope),

	};

	return cmocka_run_group_tests_name("snp", tests, NULL, NULL);
}
