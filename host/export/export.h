/* SPDX-License-Identifier: BSD-2-Clause */
/* export.h - golden values in the forms that other programs read */
#ifndef HM_HOST_EXPORT_EXPORT_H
#define HM_HOST_EXPORT_EXPORT_H

#include "lib/base/error.h"
#include "lib/golden/golden.h"

/*
 * docs/FORMATS.md, "Exports". Only what must be equal is exported: registers that are pinned or zero, those of a
 * platform profile included. Register 15 is left out, since the TLS key that it holds at last is known to no build.
 */
struct hm_export {
	const struct hm_golden *golden;
	const struct hm_golden_profile *profile; /* NULL: without the registers that profiles decide */
	uint32_t registers;			 /* bit (1 << register): which `value` has */
	struct hm_digests value[HM_PCR_QUOTED];	 /* in golden->banks */
};

/* `profile` is an index, or golden->profile_count for none. */
void hm_export_init(const struct hm_golden *golden, size_t profile, struct hm_export *ret);

/*
 * The digest of a TPM policy with the one command TPM2_PolicyPCR over `registers` (bits) of one bank, in a session of
 * SHA-256. TPM 2.0 Library Part 3, 23.7. False where a register has no value.
 */
#define HM_POLICY_LEN 32u
HM_MUST_CHECK bool hm_export_policy(const struct hm_export *x, enum hm_bank bank, uint32_t registers,
				    uint8_t ret[HM_POLICY_LEN]);

/* CoRIM with one CoMID of reference values (draft-ietf-rats-corim), unsigned; release with free(). NULL when out of
 * memory. */
uint8_t *hm_export_corim(const struct hm_golden *golden, size_t *ret_len);

/* A .pcrlock component: consecutive events of the golden file under one name. */
#define HM_PCRLOCK_MAX 32u
struct hm_pcrlock {
	char name[96]; /* "650-hallmark-uki.pcrlock"; below a directory where there are alternatives */
	const struct hm_golden_event *event[HM_GOLDEN_EVENTS_MAX];
	size_t event_count;
};
/*
 * The components in the order of their names, which is for each register the order of its events: else false, and a
 * line in `error`. Release with free().
 */
HM_MUST_CHECK bool hm_export_pcrlock(const struct hm_golden *golden, struct hm_pcrlock **ret, size_t *ret_count,
				     struct hm_error *error);

#endif
