/* SPDX-License-Identifier: BSD-2-Clause */
/* platform.c - what differs between clouds: where the attestation key is, who certifies it, what else proves it */
#include "tools/host/platform.h"

#include <stdio.h>
#include <string.h>

static const struct hm_platform platforms[] = {
	{
		.name = "qemu",
		.summary = "QEMU with swtpm, certified by the virtual cloud of a checkout; layout as on Azure",
		.ak_handle = 0x81000003,
		.ak_certificate_nv = 0x01c101d0,
		.ak_intermediates_nv = 0x01c101d1,
		.banks = HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384),
		.ak_certified = true,
		.eku_required = true,
		.chain_max = 4,
	},
};

const struct hm_platform *hm_platform_at(size_t i)
{
	return i < HM_ARRAY_LEN(platforms) ? &platforms[i] : NULL;
}

const struct hm_platform *hm_platform_find(const char *name)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(platforms); i++) {
		if (!strcmp(platforms[i].name, name))
			return &platforms[i];
	}
	return NULL;
}

void hm_platform_hardware_check(const struct hm_proof *proof, const struct hm_hardware_policy *policy, int64_t as_of,
				struct hm_hardware_result *ret)
{
	const struct hm_platform *platform = hm_platform_find(proof->platform);

	memset(ret, 0, sizeof(*ret));
	ret->verdict = HM_HARDWARE_NONCOMPLIANT;
	if (!platform || !platform->hardware_check) {
		snprintf(ret->expected, sizeof(ret->expected), "a hardware report");
		snprintf(ret->seen, sizeof(ret->seen), "the platform %.32s, which has none", proof->platform);
		return;
	}
	platform->hardware_check(proof, policy, as_of, ret);
}
