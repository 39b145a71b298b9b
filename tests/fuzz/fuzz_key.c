/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_key.c - TPMT_PUBLIC and TPMT_SIGNATURE; the first byte chooses */
#include "core/attest.h"
#include "tests/fuzz/fuzz.h"
#include "lib/crypto/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_tpm_public public;
	struct hm_tpm_signature signature;

	if (len < 1)
		return 0;
	if (p[0] & 1) {
		if (hm_tpm_public_decode(hm_bytes_of(p + 1, len - 1), &public))
			return 0;
		FUZZ_CHECK(fuzz_inside(public.auth_policy, p, len) && fuzz_inside(public.modulus, p, len) &&
			   fuzz_inside(public.x, p, len) && fuzz_inside(public.y, p, len));
		FUZZ_CHECK(public.type == HM_TPM_ALG_RSA || public.type == HM_TPM_ALG_ECC);
		FUZZ_CHECK(public.modulus.len <= HM_PUBLIC_RSA_MAX && public.x.len <= HM_PUBLIC_POINT_MAX);
	} else {
		if (hm_tpm_signature_decode(hm_bytes_of(p + 1, len - 1), &signature))
			return 0;
		FUZZ_CHECK(fuzz_inside(signature.rsa, p, len) && fuzz_inside(signature.r, p, len) &&
			   fuzz_inside(signature.s, p, len));
	}
	return 0;
}
