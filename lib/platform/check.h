/* SPDX-License-Identifier: BSD-2-Clause */
/* check.h - the rows' decoders: from a proof's parts to a verdict, under a policy */
#ifndef HM_LIB_PLATFORM_CHECK_H
#define HM_LIB_PLATFORM_CHECK_H

#include "lib/platform/policy.h"
#include "lib/proof/proof.h"

/* For the table in platform.c, which has looked at the parts' names. Each leaves a verdict in *ret. */
void hm_platform_check_azure_snp(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
				 struct hm_hardware_result *ret);
void hm_platform_check_aws(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			   struct hm_hardware_result *ret);
void hm_platform_check_tdx(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			   struct hm_hardware_result *ret);

#endif
