/* SPDX-License-Identifier: BSD-2-Clause */
/* test_vcek.c - the certificate of a real machine's chip, and what its key signed */
#include "lib/crypto/vcek.h"

#include <string.h>

#include "tests/support/evidence.h"
#include "tests/support/support.h"

/* Inside the validity of the VCEK (2022-12-26 to 2029-12-26), ASK and ARK. */
#define AS_OF INT64_C(1760000000)

static struct hm_bytes wire(const struct azure_evidence *e)
{
	return hm_bytes_of(e->report, e->report_len);
}

static void real_vcek(void **state)
{
	struct azure_evidence e;
	struct hm_snp_report r;
	struct hm_vcek vcek;
	struct hm_snp_tcb tcb;
	struct hm_error error = {0};
	size_t root = 99;

	(void)state;
	azure_evidence_load(&e);
	assert_int_equal(e.amd.count, 3);
	assert_ok(hm_snp_report_decode(wire(&e), &r));
	if (!hm_crypto_vcek_decode(e.amd.cert[0], &vcek, &error))
		fail_msg("%s", error.text);
	assert_int_equal(vcek.product, HM_SNP_MILAN);
	assert_ok(hm_snp_tcb_decode(vcek.product, r.reported_tcb, &tcb));
	assert_true(hm_snp_tcb_equal(&vcek.tcb, &tcb));
	assert_true(hm_bytes_equal(hm_bytes_of(vcek.chip_id, sizeof(vcek.chip_id)), r.chip_id));
	if (!hm_crypto_path_check(&e.amd, hm_amd_roots, HM_SNP_PRODUCT_COUNT, AS_OF, &root, &error))
		fail_msg("%s", error.text);
	assert_int_equal(root, HM_SNP_MILAN);
	if (!hm_crypto_snp_signature(&r, e.amd.cert[0], &error))
		fail_msg("%s", error.text);
	/* The ASK and ARK are no VCEK. */
	assert_false(hm_crypto_vcek_decode(e.amd.cert[1], &vcek, &error));
	assert_false(hm_crypto_snp_signature(&r, e.amd.cert[1], &error));
	assert_string_equal(error.text, "the report's signature is not the VCEK's");
	azure_evidence_free(&e);
}

/* Every byte of the signed part counts, and every byte of the signature's numbers. */
static void signature_covers(void **state)
{
	struct azure_evidence e;
	struct hm_snp_report r;
	struct hm_error error = {0};
	unsigned int decoded = 0;

	(void)state;
	azure_evidence_load(&e);
	for (size_t off = 0; off < 0x318; off += 5) {
		e.report[off] ^= 0x01;
		if (hm_snp_report_decode(wire(&e), &r) == HM_OK) {
			decoded++;
			assert_false(hm_crypto_snp_signature(&r, e.amd.cert[0], &error));
		}
		e.report[off] ^= 0x01;
	}
	assert_true(decoded > 60);
	azure_evidence_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_vcek),
		cmocka_unit_test(signature_covers),
	};

	return cmocka_run_group_tests_name("vcek", tests, NULL, NULL);
}
