/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_snp.c - AMD's report, its key's certificate, Azure's envelope; the first byte chooses */
#include "lib/base/error.h"
#include "core/snp.h"
#include "tests/fuzz/fuzz.h"
#include "lib/crypto/vcek.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_bytes in = hm_bytes_of(p + (len > 0), len - (len > 0));
	struct hm_snp_report report;
	struct hm_vcek vcek;
	struct hm_hcl hcl;
	struct hm_error error = {0};

	if (len && (p[0] & 2)) {
		if (!hm_crypto_vcek_decode(in, &vcek, &error))
			FUZZ_CHECK(error.text[0]);
	} else if (len && (p[0] & 1)) {
		if (!hm_snp_report_decode(in, &report))
			FUZZ_CHECK(in.len == HM_SNP_REPORT_LEN);
	} else if (!hm_hcl_decode(in, &hcl)) {
		FUZZ_CHECK(in.len > HM_SNP_REPORT_LEN);
	}
	return 0;
}
