/* SPDX-License-Identifier: BSD-2-Clause */
/* profile.h - one platform profile of golden.json */
#ifndef HM_LIB_GOLDEN_PROFILE_H
#define HM_LIB_GOLDEN_PROFILE_H

#include "lib/golden/event.h"

/*
 * A profile is one alternative for the registers that the firmware and the machine decide. docs/FORMATS.md, "Golden
 * file", field `profiles`. This file knows one profile; golden.c knows the list.
 */
/* Registers that profiles decide: OVMF logs about 20 events into PCR 0 and 1. */
#define HM_PROFILE_EVENTS_MAX 128u
#define HM_PROFILE_NAME_MAX 32u
#define HM_PROFILE_MACHINE_MAX 128u

/*
 * A machine that the golden file accepts: one alternative for the registers that are one-of. A machine must be as one
 * profile says in all of its registers; registers of different profiles never mix.
 */
struct hm_golden_profile {
	char *name;
	bool firmware_known;
	uint8_t firmware_sha256[HM_SHA256_LEN]; /* of the firmware's file; with firmware_known */
	char *machine;				/* its shape in words, for people */
	uint32_t registers;			/* bit mask; the same in all profiles of a file */
	/* For each of its registers: pinned, or shown where the machine decides the value; has_value then says whether
	 * it is known. */
	enum hm_pcr_policy policy[HM_PCR_QUOTED];
	bool has_value[HM_PCR_QUOTED];
	struct hm_digests value[HM_PCR_QUOTED];
	size_t event_count;
	struct hm_golden_event
		event[HM_PROFILE_EVENTS_MAX]; /* of its registers, in log order; a register may have none */
};

HM_MUST_CHECK bool hm_policy_of_name(struct hm_bytes name, enum hm_pcr_policy *ret);
/* `profile` belongs to the caller, who frees it on failure as well. `where` names the profile in the message. */
HM_MUST_CHECK bool hm_golden_profile_parse(json_t *object, const char *where, uint32_t banks,
					   struct hm_golden_profile *profile, struct hm_error *error);
/* The profile has exactly the registers of the mask, and its events replay to its values. `index`: for the message. */
HM_MUST_CHECK bool hm_golden_profile_check(const struct hm_golden_profile *profile, size_t index, uint32_t banks,
					   uint32_t registers, struct hm_error *error);
void hm_golden_profile_free(struct hm_golden_profile *profile);

#endif
