/* SPDX-License-Identifier: BSD-2-Clause */
/* export.c - golden values in the forms that other programs read: which registers, TPM policies, .pcrlock components */
#include "host/export/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "core/eventlog.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "lib/golden/expect.h"

/* TPM 2.0 Library Part 2, 6.5.2 */
#define TPM_CC_POLICY_PCR 0x0000017fu
#define SELECT_LEN 3u

void hm_export_init(const struct hm_golden *golden, size_t profile, struct hm_export *ret)
{
	*ret = (struct hm_export){.golden = golden};
	if (profile < golden->profile_count)
		ret->profile = golden->profile[profile];
	for (uint32_t pcr = 0; pcr < HM_PCR_TLS; pcr++) {
		struct hm_expected expected;

		if (golden->policy[pcr] == HM_POLICY_ONE_OF && !ret->profile)
			continue;
		hm_golden_expect(golden, profile, pcr, &expected);
		if (expected.policy == HM_POLICY_ZERO) {
			ret->value[pcr] = (struct hm_digests){.banks = golden->banks};
		} else if (expected.policy == HM_POLICY_PINNED && expected.has_value) {
			ret->value[pcr] = expected.value;
		} else {
			continue;
		}
		ret->registers |= HM_PCR_BIT(pcr);
	}
}

bool hm_export_policy(const struct hm_export *x, enum hm_bank bank, uint32_t registers, uint8_t ret[HM_POLICY_LEN])
{
	uint8_t selection[4 + 2 + 1 + SELECT_LEN], head[HM_POLICY_LEN + 4] = {0}, values[HM_POLICY_LEN];
	struct hm_writer w = hm_writer_of(selection, sizeof(selection));
	struct hm_bytes part[HM_PCR_QUOTED];
	size_t count = 0;

	if (!registers || registers & ~x->registers || !(x->golden->banks & HM_BANK_BIT(bank)))
		return false;
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (registers & HM_PCR_BIT(pcr))
			part[count++] = hm_bytes_of(x->value[pcr].value[bank], hm_algs[bank].len);
	}
	if (!hm_sha256(part, count, values))
		return false;
	/* TPML_PCR_SELECTION, big-endian; the first byte of the bit map has registers 0 to 7. */
	for (unsigned int i = 0; i < 4; i++)
		hm_put_u8(&w, i == 3);
	hm_put_u8(&w, (uint8_t)(hm_algs[bank].tpm_id >> 8));
	hm_put_u8(&w, (uint8_t)hm_algs[bank].tpm_id);
	hm_put_u8(&w, SELECT_LEN);
	for (unsigned int i = 0; i < SELECT_LEN; i++)
		hm_put_u8(&w, (uint8_t)(registers >> 8 * i));
	/* The policy before this command is all zeros. */
	for (unsigned int i = 0; i < 4; i++)
		head[HM_POLICY_LEN + i] = (uint8_t)(TPM_CC_POLICY_PCR >> (24 - 8 * i));
	part[0] = hm_bytes_of(head, sizeof(head));
	part[1] = hm_writer_bytes(&w);
	part[2] = hm_bytes_of(values, sizeof(values));
	return hm_sha256(part, 3, ret);
}

/* Where an event goes: the first row that fits. */
struct place {
	const char *name;
	uint32_t registers; /* bits */
	uint32_t type;	    /* 0: any */
};
#define ANY 0xffffu
/*
 * This order is an interface: systemd-pcrlock sorts components by name, and for each register that must be the order of
 * its events.
 */
static const struct place places[] = {
	{"220-hallmark-secureboot-policy.pcrlock", HM_PCR_BIT(HM_PCR_SECURE_BOOT), HM_EV_EFI_VARIABLE_DRIVER_CONFIG},
	{"350-hallmark-action-efi-application.pcrlock", HM_PCR_BIT(HM_PCR_BOOT_APPLICATION), HM_EV_EFI_ACTION},
	{"500-hallmark-separator.pcrlock", ANY, HM_EV_SEPARATOR},
	{"550-hallmark-gpt.pcrlock", HM_PCR_BIT(HM_PCR_PARTITIONS), HM_EV_EFI_GPT_EVENT},
	{"600-hallmark-secureboot-authority.pcrlock", HM_PCR_BIT(HM_PCR_SECURE_BOOT), HM_EV_EFI_VARIABLE_AUTHORITY},
	{"700-hallmark-exit-boot-services.pcrlock", HM_PCR_BIT(HM_PCR_PARTITIONS), HM_EV_EFI_ACTION},
	{"740-hallmark-records.pcrlock", ANY, HM_EV_HALLMARK},
	{"650-hallmark-uki.pcrlock", ANY, 0},
};
#define PLATFORM "200-hallmark-platform.pcrlock.d/%s.pcrlock"

_Static_assert(HM_ARRAY_LEN(places) + HM_GOLDEN_PROFILES_MAX <= HM_PCRLOCK_MAX, "room for all components");

static size_t place_of(const struct hm_golden_event *event)
{
	for (size_t i = 0;; i++) {
		if ((places[i].registers & HM_PCR_BIT(event->pcr)) &&
		    (!places[i].type || places[i].type == event->type))
			return i;
	}
}

static int compare_names(const void *a, const void *b)
{
	const struct hm_pcrlock *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* For each register in the order of the names, its events must come as the golden file has them. */
static bool in_order(const struct hm_golden *golden, const struct hm_pcrlock *components, size_t count)
{
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		const struct hm_golden_event *last = NULL;

		if (golden->policy[pcr] == HM_POLICY_ONE_OF)
			continue;
		for (size_t i = 0; i < count; i++) {
			for (size_t e = 0; e < components[i].event_count; e++) {
				const struct hm_golden_event *event = components[i].event[e];

				if (event->pcr != pcr)
					continue;
				if (last && event < last)
					return false;
				last = event;
			}
		}
	}
	return true;
}

static size_t add_profiles(const struct hm_golden *golden, struct hm_pcrlock *components)
{
	size_t count = 0;

	for (size_t i = 0; i < golden->profile_count; i++) {
		const struct hm_golden_profile *profile = golden->profile[i];
		struct hm_pcrlock *component = &components[count];

		for (size_t e = 0; e < profile->event_count; e++) {
			if (golden->policy[profile->event[e].pcr] == HM_POLICY_ONE_OF)
				component->event[component->event_count++] = &profile->event[e];
		}
		if (component->event_count == 0)
			continue;
		snprintf(component->name, sizeof(component->name), PLATFORM, profile->name);
		count++;
	}
	return count;
}

bool hm_export_pcrlock(const struct hm_golden *golden, struct hm_pcrlock **ret, size_t *ret_count,
		       struct hm_error *error)
{
	struct hm_pcrlock *components = calloc(HM_PCRLOCK_MAX, sizeof(*components));
	size_t count;

	if (!components)
		return hm_error_set(error, "out of memory");
	count = add_profiles(golden, components);
	for (size_t i = 0; i < HM_ARRAY_LEN(places); i++) {
		struct hm_pcrlock *component = &components[count];

		for (size_t e = 0; e < golden->event_count; e++) {
			if (place_of(&golden->event[e]) == i)
				component->event[component->event_count++] = &golden->event[e];
		}
		if (component->event_count == 0)
			continue;
		snprintf(component->name, sizeof(component->name), "%s", places[i].name);
		count++;
	}
	qsort(components, count, sizeof(*components), compare_names);
	if (!in_order(golden, components, count)) {
		free(components);
		return hm_error_set(error, "its events are not in an order that .pcrlock components can have");
	}
	*ret = components;
	*ret_count = count;
	return true;
}
