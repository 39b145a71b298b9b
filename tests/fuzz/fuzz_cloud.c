/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_cloud.c - hardware evidence of clouds and the policy about it; the first byte chooses */
#include "lib/base/error.h"
#include "core/tdx.h"
#include "tests/fuzz/fuzz.h"
#include "lib/platform/jwt.h"
#include "lib/platform/aws_nitro.h"
#include "guest/nsm.h"
#include "lib/platform/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_bytes in = hm_bytes_of(p + (len > 0), len - (len > 0));
	uint8_t rtmr[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN];
	struct hm_platform_policy *policy = NULL;
	struct hm_tdx_quote quote;
	struct hm_nitro nitro;
	struct hm_bytes document;
	size_t log_len = 0;
	struct hm_jwt jwt;
	json_t *keys = NULL;
	bool enclave = false;
	struct hm_error error = {0};

	if (!len)
		return 0;
	switch (p[0] % 8u) {
	case 0:
		if (hm_jwt_parse(in, &jwt, &error)) {
			FUZZ_CHECK(fuzz_inside(jwt.signed_part, p, len) && jwt.header && jwt.payload);
			hm_jwt_free(&jwt);
		}
		break;
	case 1:
		if (hm_jwks_parse(in, &keys, &error))
			json_decref(keys);
		break;
	case 2:
		if (hm_nitro_decode(in, &nitro, &enclave, &error)) {
			FUZZ_CHECK(fuzz_inside(nitro.payload, p, len) && fuzz_inside(nitro.public_key, p, len) &&
				   !enclave);
			for (size_t i = 0; i < HM_NITRO_PCRS; i++)
				FUZZ_CHECK(nitro.pcr[i].len == HM_NITRO_PCR_LEN && fuzz_inside(nitro.pcr[i], p, len));
		}
		break;
	case 3:
		if (!hm_tdx_quote_decode(in, &quote))
			FUZZ_CHECK(in.len > 48 + 584);
		break;
	case 4:
		/* What cannot be replayed leaves the result as it was; a sum in the place of a hash. */
		FUZZ_CHECK(hm_tdx_log_replay(in, &fuzz_hasher, rtmr) < HM_E_COUNT);
		break;
	case 6:
		if (hm_nsm_attestation_decode(in, &document, &error))
			FUZZ_CHECK(fuzz_inside(document, p, len) && document.len);
		else
			FUZZ_CHECK(error.text[0]);
		break;
	case 7:
		/* Without its filling it is a whole log. */
		if (!hm_tdx_log_length(in, &log_len))
			FUZZ_CHECK(log_len <= in.len && !hm_tdx_log_length(hm_bytes_of(in.p, log_len), &log_len));
		break;
	default:
		if (hm_platform_policy_parse(in, &policy, &error))
			hm_platform_policy_free(policy);
		else
			FUZZ_CHECK(error.text[0]);
	}
	return 0;
}
