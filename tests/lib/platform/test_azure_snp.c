/* SPDX-License-Identifier: BSD-2-Clause */
/* test_azure_snp.c - SEV-SNP reports of real Genoa and Turin chips and of a VLEK, up to AMD's roots; one change each */
#include "lib/platform/azure_snp.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/evidence.h"
#include "tests/support/support.h"

/* AMD's ASVK of Milan, as its key server has it (vlek/v1/Milan/cert_chain) and google/go-sev-guest 0.15.0 carries it.
 */
#define ASVK_MILAN "tests/vectors/amd-asvk-milan.pem"
#define HEADER_LEN 32u

/*
 * Reports of SOURCES.md. They are not Azure's: no runtime data lead to their report_data, and that is the one refusal
 * which is due after chain, chip, TCB and signature were found good.
 */
static const struct real {
	const char *report, *leaf, *sub, *root;
	int64_t as_of;
	enum hm_snp_product product;
	uint32_t version;
	struct hm_snp_tcb tcb; /* reported: the certificate's own extensions, by openssl */
	const char *csp;
} real[] = {
	{"snp/ms-genoa-report.bin",
	 "snp/ms-genoa-vcek.pem",
	 "snp/genoa-ask.der",
	 "snp/genoa-ark.der",
	 INT64_C(1777593600),
	 HM_SNP_GENOA,
	 3,
	 {.bootloader = 0x0a, .tee = 0, .snp = 0x17, .microcode = 0x54},
	 ""},
	{"snp/ms-turin-report.bin",
	 "snp/ms-turin-vcek.pem",
	 "snp/turin-ask.der",
	 "snp/turin-ark.der",
	 INT64_C(1777593600),
	 HM_SNP_TURIN,
	 5,
	 {.fmc = 1, .bootloader = 1, .tee = 1, .snp = 4, .microcode = 0x51},
	 ""},
	{"snp/coco-test-vlek-report.bin",
	 "snp/coco-test-vlek.der",
	 ASVK_MILAN,
	 NULL, /* ARK-Milan of azure-cvm's evidence */
	 INT64_C(1748736000),
	 HM_SNP_MILAN,
	 3,
	 {.bootloader = 4, .tee = 0, .snp = 0x18, .microcode = 0xd9},
	 "CN=cc-us-east-2.amazonaws.com"},
};

struct loaded {
	struct hm_azure_evidence evidence;
	uint8_t *hcl, *report, *certificate[3];
	struct azure_evidence azure; /* of the ARK of Milan */
	bool has_azure;
};

/* DER, whatever the file has. */
static struct hm_bytes load_certificate(const char *name, uint8_t **ret)
{
	struct hm_bytes file;
	uint8_t *p = strcmp(name, ASVK_MILAN) != 0 ? support_fixture(name, &file) : support_read_file(name, &file);
	struct hm_error error = {0};
	struct hm_path path;

	assert_non_null(p);
	if (file.p[0] == 0x30) {
		*ret = p;
		return file;
	}
	if (!hm_crypto_path_of_pem(file, &path, &error))
		fail_msg("%s: %s", name, error.text);
	free(p);
	assert_int_equal(path.count, 1);
	*ret = malloc(path.cert[0].len);
	assert_non_null(*ret);
	memcpy(*ret, path.cert[0].p, path.cert[0].len);
	file = hm_bytes_of(*ret, path.cert[0].len);
	hm_crypto_path_free(&path);
	return file;
}

static void load(const struct real *from, struct loaded *ret)
{
	static const char runtime[] = "{\"keys\":[]}";
	struct hm_bytes report;
	size_t len;

	memset(ret, 0, sizeof(*ret));
	ret->report = support_fixture(from->report, &report);
	assert_int_equal(report.len, HM_SNP_REPORT_LEN);
	ret->hcl = azure_envelope(ret->report, (const uint8_t *)runtime, sizeof(runtime) - 1, 0, &len);
	ret->evidence.hcl = hm_bytes_of(ret->hcl, len);
	ret->evidence.vcek = load_certificate(from->leaf, &ret->certificate[0]);
	ret->evidence.ask = load_certificate(from->sub, &ret->certificate[1]);
	ret->has_azure = !from->root;
	if (ret->has_azure) {
		azure_evidence_load(&ret->azure);
		ret->evidence.ark = ret->azure.amd.cert[2];
	} else {
		ret->evidence.ark = load_certificate(from->root, &ret->certificate[2]);
	}
}

static void unload(struct loaded *l)
{
	free(l->hcl);
	free(l->report);
	for (size_t i = 0; i < HM_ARRAY_LEN(l->certificate); i++)
		free(l->certificate[i]);
	if (l->has_azure)
		azure_evidence_free(&l->azure);
}

static struct hm_snp_policy policy_for(const struct real *from)
{
	struct hm_snp_policy policy = {.amd_roots = true, .vmpl_max = 1};

	if (*from->csp) {
		strcpy(policy.vlek[0], "CN=cc-eu-west-1.amazonaws.com");
		strcpy(policy.vlek[1], from->csp);
		policy.vlek_count = 2;
	}
	return policy;
}

static void assert_check(const char *what, const struct loaded *l, const struct hm_snp_policy *policy, int64_t as_of,
			 enum hallmark_code code, const char *check)
{
	const struct hm_evidence_facts facts = {.as_of = as_of};
	struct hm_evidence_result result = {.code = HALLMARK_INTERNAL_ERROR};

	assert_false(hm_azure_snp_check(&l->evidence, policy, &facts, &result));
	if (result.code != code || strcmp(result.expected, check) != 0)
		fail_msg("%s: %s by %s (%s), should be %s by %s", what, hallmark_code_name(result.code),
			 result.expected, result.seen, hallmark_code_name(code), check);
}

static void real_reports_end_in_one_refusal(void **state)
{
	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(real); i++) {
		struct hm_snp_policy policy = policy_for(&real[i]), nobody = policy;
		struct hm_snp_report report;
		struct hm_snp_tcb tcb;
		struct hm_error error = {0};
		struct hm_vcek vcek;
		struct loaded l;

		load(&real[i], &l);
		assert_ok(hm_snp_report_decode(hm_bytes_of(l.report, HM_SNP_REPORT_LEN), &report));
		assert_int_equal(report.version, real[i].version);
		if (!hm_crypto_vcek_decode(l.evidence.vcek, &vcek, &error))
			fail_msg("%s: %s", real[i].leaf, error.text);
		assert_int_equal(vcek.product, real[i].product);
		assert_int_equal(vcek.vlek, *real[i].csp != 0);
		assert_string_equal(vcek.csp, real[i].csp);
		assert_true(hm_snp_tcb_equal(&vcek.tcb, &real[i].tcb));
		assert_ok(hm_snp_tcb_decode(vcek.product, report.reported_tcb, &tcb));
		assert_true(hm_snp_tcb_equal(&tcb, &real[i].tcb));
		assert_true(hm_snp_product_has_cpu(vcek.product, report.family, report.model));
		assert_check(real[i].report, &l, &policy, real[i].as_of, HALLMARK_NON_COMPLIANT_PLATFORM,
			     "runtime data digest");
		nobody.amd_roots = false;
		assert_check(real[i].report, &l, &nobody, real[i].as_of, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain");
		assert_check(real[i].report, &l, &policy, INT64_C(4000000000), HALLMARK_NON_COMPLIANT_PLATFORM,
			     "VCEK chain");
		unload(&l);
	}
}

static void one_change_each(void **state)
{
	static const struct {
		const char *what;
		size_t off;
		uint8_t flip;
		enum hallmark_code code;
		const char *check;
	} cases[] = {
		{"version", 0x000, 0x10, HALLMARK_MALFORMED, "SEV-SNP report"},
		{"guest_svn", 0x004, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
		{"signer", 0x048, 0x08, HALLMARK_MALFORMED, "SEV-SNP report"},
		{"report_data", 0x050, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
		{"measurement", 0x090, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
		{"reported_tcb", 0x187, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK TCB"},
		{"family", 0x188, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chip"},
		{"model", 0x189, 0x40, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chip"},
		{"reserved", 0x18b, 1, HALLMARK_MALFORMED, "SEV-SNP report"},
		{"signature", 0x2a0, 1, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP signature"},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(real); i++) {
		struct hm_snp_policy policy = policy_for(&real[i]);
		struct loaded l;

		load(&real[i], &l);
		for (size_t k = 0; k < HM_ARRAY_LEN(cases); k++) {
			l.hcl[HEADER_LEN + cases[k].off] ^= cases[k].flip;
			assert_check(cases[k].what, &l, &policy, real[i].as_of, cases[k].code, cases[k].check);
			l.hcl[HEADER_LEN + cases[k].off] ^= cases[k].flip;
		}
		/* Of a VLEK no chip is said. */
		l.hcl[HEADER_LEN + 0x1a0] ^= 1;
		assert_check("chip_id", &l, &policy, real[i].as_of, HALLMARK_NON_COMPLIANT_PLATFORM,
			     *real[i].csp ? "SEV-SNP signature" : "VCEK chip");
		unload(&l);
	}
}

/* A key of one kind in the other's place, or of a cloud that nobody named. */
static void vlek_by_name(void **state)
{
	struct hm_snp_policy policy = policy_for(&real[2]);
	struct loaded l, genoa;

	(void)state;
	load(&real[2], &l);
	load(&real[0], &genoa);
	policy.vlek_count = 1;
	assert_check("another cloud", &l, &policy, real[2].as_of, HALLMARK_NON_COMPLIANT_PLATFORM, "VLEK");
	policy.vlek_count = 0;
	assert_check("no cloud", &l, &policy, real[2].as_of, HALLMARK_NON_COMPLIANT_PLATFORM, "SEV-SNP report");
	policy.vlek_count = 2;
	l.hcl[HEADER_LEN + 0x048] = 0;
	assert_check("VLEK as VCEK", &l, &policy, real[2].as_of, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK");
	genoa.hcl[HEADER_LEN + 0x048] = HM_SNP_SIGNER_VLEK << 2;
	assert_check("VCEK as VLEK", &genoa, &policy, real[0].as_of, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK");
	genoa.hcl[HEADER_LEN + 0x048] = 0;
	/* The ASK is no ASVK, and the other way round; Genoa's root is not Milan's. */
	l.hcl[HEADER_LEN + 0x048] = HM_SNP_SIGNER_VLEK << 2;
	l.evidence.ask = l.azure.amd.cert[1];
	assert_check("ASK", &l, &policy, real[2].as_of, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain");
	genoa.evidence.ark = l.evidence.ark;
	assert_check("ARK of Milan", &genoa, &policy, real[0].as_of, HALLMARK_NON_COMPLIANT_PLATFORM, "VCEK chain");
	unload(&genoa);
	unload(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_reports_end_in_one_refusal),
		cmocka_unit_test(one_change_each),
		cmocka_unit_test(vlek_by_name),
	};

	return cmocka_run_group_tests_name("azure_snp", tests, NULL, NULL);
}
