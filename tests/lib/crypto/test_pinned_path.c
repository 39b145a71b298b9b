/* SPDX-License-Identifier: BSD-2-Clause */
/* test_pinned_path.c - the certificates of a real machine's chip up to AMD's root, and each thing that breaks the path
 */
#include "lib/crypto/pinned_path.h"

#include <string.h>

#include "tests/support/evidence.h"
#include "tests/support/support.h"
#include "lib/crypto/vcek.h"

/* Inside the validity of the VCEK (2022-12-26 to 2029-12-26), ASK and ARK. */
#define AS_OF INT64_C(1760000000)

static void assert_path(const struct hm_path *path, const struct hm_pin *pins, size_t count, int64_t as_of,
			const char *text)
{
	struct hm_error error = {0};

	if (hm_crypto_path_check(path, pins, count, as_of, NULL, &error))
		fail_msg("accepted, should say: %s", text);
	if (!strstr(error.text, text))
		fail_msg("says: %s, should say: %s", error.text, text);
}

static void path_refusals(void **state)
{
	struct azure_evidence e;
	struct hm_path p;
	uint8_t damaged[HM_CERT_MAX];

	(void)state;
	azure_evidence_load(&e);
	/* Not yet valid, no longer valid: the VCEK's own dates. */
	assert_path(&e.amd, hm_amd_roots, 3, INT64_C(1672043658), "not yet valid");
	assert_path(&e.amd, hm_amd_roots, 3, INT64_C(1892968461), "expired");
	/* Genoa's and Turin's pins alone do not make Milan's root one. */
	assert_path(&e.amd, hm_amd_roots + 1, 2, AS_OF, "not a trusted one");
	assert_path(&e.amd, hm_amd_roots, 0, AS_OF, "not a trusted one");
	p = e.amd;
	p.count = 2;
	assert_path(&p, hm_amd_roots, 3, AS_OF, "not a trusted one");
	p.count = 1;
	assert_path(&p, hm_amd_roots, 3, AS_OF, "a path of 1");
	/* Without the ASK, twice the ASK, turned round. */
	p.count = 2;
	p.cert[1] = e.amd.cert[2];
	assert_path(&p, hm_amd_roots, 3, AS_OF, "certificate");
	p = e.amd;
	p.count = 4;
	p.cert[2] = e.amd.cert[1];
	p.cert[3] = e.amd.cert[2];
	assert_path(&p, hm_amd_roots, 3, AS_OF, "not one path");
	p.cert[0] = e.amd.cert[1];
	p.cert[1] = e.amd.cert[0];
	p.cert[2] = e.amd.cert[2];
	p.count = 3;
	assert_path(&p, hm_amd_roots, 3, AS_OF, "not one path");
	/* A bit of each certificate. */
	for (size_t i = 0; i < 3; i++) {
		p = e.amd;
		memcpy(damaged, p.cert[i].p, p.cert[i].len);
		damaged[p.cert[i].len - 1] ^= 1;
		p.cert[i].p = damaged;
		assert_path(&p, hm_amd_roots, 3, AS_OF, i == 2 ? "not a trusted one" : "certificate");
	}
	p = e.amd;
	memcpy(damaged, p.cert[1].p, p.cert[1].len);
	damaged[p.cert[1].len] = 0;
	p.cert[1] = hm_bytes_of(damaged, p.cert[1].len + 1);
	assert_path(&p, hm_amd_roots, 3, AS_OF, "is not DER");
	azure_evidence_free(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(path_refusals),
	};

	return cmocka_run_group_tests_name("pinned_path", tests, NULL, NULL);
}
