/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_attest.c - TPMS_ATTEST */
#include "core/attest.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_attest attest;

	if (hm_attest_decode(hm_bytes_of(p, len), &attest))
		return 0;
	FUZZ_CHECK(len <= HM_ATTEST_MAX && attest.magic == HM_ATTEST_MAGIC && hm_attest_type_name(attest.type));
	FUZZ_CHECK(fuzz_inside(attest.qualified_signer, p, len) && fuzz_inside(attest.extra_data, p, len) &&
		   fuzz_inside(attest.pcr_digest, p, len));
	FUZZ_CHECK(attest.selection_count <= HM_ATTEST_SELECT_MAX);
	for (uint32_t i = 0; i < attest.selection_count; i++)
		FUZZ_CHECK(attest.selection[i].size <= HM_ATTEST_SELECT_SIZE);
	return 0;
}
