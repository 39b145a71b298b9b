/* SPDX-License-Identifier: BSD-2-Clause */
/* policy.h - which platforms a verifier allows, and what their reports may say */
#ifndef HM_LIB_PLATFORM_POLICY_H
#define HM_LIB_PLATFORM_POLICY_H

#include "lib/base/error.h"
#include "lib/platform/azure_snp.h"
#include "lib/platform/azure_maa.h"
#include "lib/platform/aws_nitro.h"
#include "lib/platform/intel_tdx.h"
#include "lib/platform/table.h"

/*
 * A policy file is the verifier's own word; the proof has no say in it. The reader is strict: an unknown member, a
 * wrong type or a value out of range refuses the file. What a file does not mention stays as
 * hm_platform_policy_default has it. `hallmark verify` and `hallmark platform check` use the same policy.
 */
/* docs/FORMATS.md, 17: `hallmark-platforms/1`. */
#define HM_PLATFORM_POLICY_VERSION "hallmark-platforms/1"
#define HM_PLATFORM_POLICY_MAX (2u * 1024u * 1024u)

struct hm_platform_policy {
	uint32_t allowed; /* bit i: row i of the table (hm_platform_at) */
	bool issued_after_set;
	int64_t ak_issued_after; /* the leaf of an attestation key must be: seconds since 1970 */
	struct hm_snp_policy snp;
	bool maa_required;
	struct hm_maa_policy maa; /* its pointers are into `document` */
	uint8_t maa_host_data[HM_SNP_LIST_MAX][32];
	struct hm_nitro_policy nitro;
	struct hm_pin nitro_root[HM_PATH_MAX];
	struct hm_tdx_policy tdx;
	uint8_t *crl;	      /* owned: snp.crl */
	struct hm_crls *crls; /* owned: revocation lists for every path; NULL: not given */
	struct hm_path vcek;  /* VCEK, ASK, ARK for proofs that bring none; count 0: not given */
	json_t *document;     /* owned: strings and the key set */
	json_t *jwks;	      /* owned: a key set given beside the file */
};

/* Every platform allowed, the vendors' roots trusted, no token demanded. */
void hm_platform_policy_default(struct hm_platform_policy *ret);
HM_MUST_CHECK bool hm_platform_policy_parse(struct hm_bytes json, struct hm_platform_policy **ret,
					    struct hm_error *error);
void hm_platform_policy_free(struct hm_platform_policy *policy);
/* A key set (JWKS) for the attestation service's tokens; replaces the file's. */
HM_MUST_CHECK bool hm_platform_policy_set_jwks(struct hm_platform_policy *policy, struct hm_bytes jwks,
					       struct hm_error *error);
/*
 * The certificates of a machine's chip (PEM: VCEK, ASK, ARK), for proofs that do not carry them. Makes the default
 * policy where *policy is NULL.
 */
HM_MUST_CHECK bool hm_platform_policy_set_vcek(struct hm_platform_policy **policy, struct hm_bytes pem,
					       struct hm_error *error);
/* Revocation lists (PEM), for every path of the verdict. Makes the default policy where *policy is NULL. */
HM_MUST_CHECK bool hm_platform_policy_set_crls(struct hm_platform_policy **policy, struct hm_bytes pem,
					       struct hm_error *error);
/*
 * What a golden file says of a TD's registers: RTMR 2 (NULL where it does not know), and that RTMR 3 stays zero
 * (docs/FORMATS.md, 9). Values that the policy lists go before them. Makes the default policy where *policy is NULL;
 * false when out of memory.
 */
HM_MUST_CHECK bool hm_platform_policy_set_golden(struct hm_platform_policy **policy,
						 const uint8_t rtmr2[HM_TDX_MEASUREMENT_LEN]);
/* Whether the policy names the code that may vouch for a key in a report of this kind: without a certificate of the
 * key, whoever has such a machine could have code of their own vouch for any key. */
HM_MUST_CHECK bool hm_platform_policy_lists_code(const struct hm_platform_policy *policy, enum hm_report_kind report);
/* Whether it lists values of RTMR 2; NULL: it does not. */
HM_MUST_CHECK bool hm_platform_policy_lists_rtmr2(const struct hm_platform_policy *policy);
/* NULL: every platform of the table is. */
HM_MUST_CHECK bool hm_platform_policy_allows(const struct hm_platform_policy *policy, const char *platform);

#endif
