/* SPDX-License-Identifier: BSD-2-Clause */
/* learn.c - a platform profile out of what one machine showed */
#include "host/firmware/learn.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "host/firmware/boot_options.h"

#define SLOTS 32u

struct learner {
	const struct hm_evidence *evidence;
	const struct hm_firmware *firmware; /* NULL: not known */
	struct hm_profile *profile;
	size_t disks;
	bool variables_seen; /* behind register 7's first event */
	bool separator_seen; /* of register 7 */
	bool called;	     /* a boot option was started */
	bool dxe_seen;
	struct hm_error *error;
};

static bool is_platform(uint32_t pcr)
{
	return pcr < HM_PCR_COUNT && (HM_PCRS_PLATFORM & HM_PCR_BIT(pcr));
}

static bool digest_is(const struct hm_seen_event *event, struct hm_bytes content)
{
	struct hm_digests digests;

	return !hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &content, 1, 0, &digests) &&
	       hm_digests_equal(&digests, &event->digests);
}

/* What a person reads, and why the event is not computed; NULL where it is the hash of its own data. */
static void name_event(struct learner *l, const struct hm_seen_event *event, const char **what, const char **reason)
{
	bool own = digest_is(event, event->data);

	*reason = own ? NULL : "as this machine measured it: the build does not know what was hashed";
	switch (event->type) {
	case HM_EV_S_CRTM_VERSION:
		*what = "CRTM version";
		return;
	case HM_EV_EFI_PLATFORM_FIRMWARE_BLOB:
		*what = "firmware volume";
		if (l->firmware && digest_is(event, l->firmware->dxe)) {
			*what = HM_PROFILE_WHAT_DXE;
			*reason = "the volume in the firmware file has this digest";
			l->dxe_seen = true;
		} else if (event->data.len == 16 && l->firmware &&
			   l->firmware->pei.len == ((size_t)event->data.p[8] | (size_t)event->data.p[9] << 8 |
						    (size_t)event->data.p[10] << 16)) {
			*what = "PEI volume";
			*reason = "hashed after it ran in RAM and wrote into itself: depends on memory and CPUs";
		}
		return;
	case HM_EV_PLATFORM_CONFIG_FLAGS:
		*what = "ACPI tables";
		*reason = "QEMU makes the tables from its list of devices";
		return;
	case HM_EV_EFI_VARIABLE_BOOT:
		*what = "boot variable";
		*reason = "made by the firmware from the machine's devices";
		return;
	default:
		*what = "platform event";
		return;
	}
}

static bool add_event(struct learner *l, const struct hm_seen_event *seen)
{
	struct hm_profile_event *event = &l->profile->event[l->profile->event_count];
	const char *what, *reason;

	if (l->profile->event_count >= HM_PROFILE_EVENTS_MAX || seen->data.len > HM_PROFILE_DATA_MAX)
		return hm_error_set(l->error, "event %zu is too much for a profile", seen->index);
	name_event(l, seen, &what, &reason);
	event->place = l->variables_seen ? HM_PLACE_VARIABLES : HM_PLACE_FIRST;
	event->pcr = seen->pcr;
	event->type = seen->type;
	event->digests = seen->digests;
	event->digests_given = reason != NULL;
	event->what = strdup(what);
	event->why = reason ? strdup(reason) : NULL;
	event->data.p = malloc(seen->data.len + 1);
	event->data.len = seen->data.len;
	l->profile->event_count++;
	if (!event->what || !event->data.p || (reason && !event->why))
		return hm_error_set(l->error, "out of memory");
	if (seen->data.len)
		memcpy(event->data.p, seen->data.p, seen->data.len);
	return true;
}

/* The events from `first` on are these variables. */
static bool same_variables(const struct hm_evidence *evidence, size_t first, const struct hm_ovmf_variables *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct hm_seen_event *event = &evidence->event[first + i];
		struct hm_bytes data = hm_bytes_of(list->variable[i].data, list->variable[i].len);
		size_t value_len = list->variable[i].value_len;

		if (first + i >= evidence->event_count || event->type != HM_EV_EFI_VARIABLE_BOOT ||
		    event->pcr != HM_PCR_FIRMWARE_CONFIG || !hm_bytes_equal(event->data, data) ||
		    !digest_is(event, hm_bytes_of(data.p + data.len - value_len, value_len)))
			return false;
	}
	return first + list->count < evidence->event_count &&
	       evidence->event[first + list->count].type != HM_EV_EFI_VARIABLE_BOOT;
}

/* Which disks, from which slot on, make OVMF write these boot variables: tried, not parsed. *ret_count: how many. */
static bool find_boot_rule(struct learner *l, size_t first, size_t *ret_count)
{
	struct hm_profile *p = l->profile;
	struct hm_ovmf_variables list;

	if (!l->firmware)
		return false;
	memcpy(p->dxe_name, l->firmware->dxe_name, sizeof(p->dxe_name));
	for (p->first_slot = 1; p->first_slot < SLOTS; p->first_slot++) {
		for (l->disks = 1; l->disks <= HM_PROFILE_DISKS_MAX; l->disks++) {
			for (int shell = 0; shell < 2; shell++) {
				p->shell = shell;
				if (hm_ovmf_boot_variables(p, l->disks, &list) &&
				    same_variables(l->evidence, first, &list)) {
					*ret_count = list.count;
					return true;
				}
			}
		}
	}
	p->first_slot = 0;
	return false;
}

/* One event; *at is moved over a run of boot variables that has become a rule. */
static bool take_event(struct learner *l, size_t *at)
{
	const struct hm_seen_event *event = &l->evidence->event[*at];
	size_t count;

	if (event->runtime || event->type == HM_EV_NO_ACTION)
		return true;
	if (event->pcr == HM_PCR_SECURE_BOOT) {
		l->variables_seen = true;
		l->separator_seen = l->separator_seen || event->type == HM_EV_SEPARATOR;
	}
	if (event->pcr == HM_PCR_BOOT_APPLICATION)
		l->called = true;
	if (event->type == HM_EV_EFI_BOOT_SERVICES_APPLICATION && l->profile->first_slot &&
	    !l->profile->image_top[l->disks - 1])
		l->profile->image_top[l->disks - 1] = hm_ovmf_image_top(event->data);
	if (!is_platform(event->pcr))
		return true;
	if (l->called)
		return event->type == HM_EV_SEPARATOR
			       ? true
			       : hm_error_set(l->error, "event %zu: PCR %u is extended after a boot option was started",
					      event->index, event->pcr);
	if (event->type == HM_EV_SEPARATOR || (l->variables_seen && !l->separator_seen))
		return hm_error_set(l->error, "event %zu: not where a profile can have it", event->index);
	if (event->type == HM_EV_EFI_VARIABLE_BOOT && !l->profile->first_slot && find_boot_rule(l, *at, &count)) {
		*at += count - 1;
		return true;
	}
	if (l->profile->first_slot)
		return hm_error_set(l->error, "event %zu: comes after the boot variables", event->index);
	return add_event(l, event);
}

static bool learn(struct learner *l)
{
	const struct hm_evidence *evidence = l->evidence;

	if (!evidence->firmware_log)
		return hm_error_set(l->error, "there is no firmware log");
	if (evidence->replayed.banks != HM_BANKS_ALL)
		return hm_error_set(l->error, "the log does not have all of sha1, sha256, sha384 and sha512");
	for (uint32_t pcr = 0; pcr <= HM_PCR_SECURE_BOOT; pcr++) {
		if (hm_evidence_unexplained(evidence, pcr))
			return hm_error_set(l->error, "PCR %u: the log does not explain its value", pcr);
	}
	for (size_t i = 0; i < evidence->event_count; i++) {
		if (!take_event(l, &i))
			return false;
	}
	if (!l->called || !l->profile->event_count)
		return hm_error_set(l->error, "the log is not that of a boot");
	if (l->firmware && !l->dxe_seen)
		return hm_error_set(l->error,
				    "no event is of the firmware file's DXE volume: the log is another firmware's");
	return true;
}

bool hm_profile_learn(const struct hm_evidence *evidence, const struct hm_firmware *firmware, struct hm_profile **ret,
		      struct hm_error *error)
{
	struct learner l = {.evidence = evidence, .firmware = firmware, .error = error};

	l.profile = calloc(1, sizeof(*l.profile));
	if (!l.profile)
		return hm_error_set(error, "out of memory");
	l.profile->gpt_pcr = hm_platform_plain.gpt_pcr;
	l.profile->image_pcr = hm_platform_plain.image_pcr;
	if (!learn(&l)) {
		hm_profile_free(l.profile);
		return false;
	}
	*ret = l.profile;
	return true;
}
