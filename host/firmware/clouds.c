/* SPDX-License-Identifier: BSD-2-Clause */
/* clouds.c - platform profiles of the clouds, by calculation */
#include "host/firmware/clouds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/hash.h"

#define EV_NONHOST_INFO 0x11u
#define TECHNOLOGY_TDX 3u
#define NONHOST_TEXT "GCE NonHostInfo" /* with its NUL 16 bytes, then the technology and 15 zeros */
#define NONHOST_LEN 32u

const struct hm_profile_cloud hm_profile_clouds[] = {
	{"google", "Compute Engine: PCR 0 is a function of --firmware-version and --technology", HM_PROFILE_CALCULATED,
	 true},
	{"aws", "EC2 with NitroTPM: PCR 0 is a constant", HM_PROFILE_CALCULATED, false},
	{"azure-cvm", "Azure confidential VM: PCR 0 as one machine showed it; a draft", HM_PROFILE_DRAFT, false},
	{"azure-tl", "Azure Trusted Launch: PCR 0 as one machine showed it; a draft", HM_PROFILE_DRAFT, false},
};
const size_t hm_profile_cloud_count = HM_ARRAY_LEN(hm_profile_clouds);

/* Values of PCR 0 that are no formula: AWS's constant, and what public evidence of Azure's machines has. */
static const struct {
	const char *name;
	const char *hex[HM_BANK_COUNT];
} constants[] = {
	{"aws",
	 {[HM_SHA256] = "737f767a12f54e70eecbc8684011323ae2fe2dd9f90785577969d7a2013e8c12",
	  [HM_SHA384] =
		  "6e901b16932f6e036747d7a57696e4a2cc864008ebc016826ca1d7bd42ab5ac8286ccf49cde6c0284cbc4b63d978a2ec"}},
	{"azure-cvm",
	 {[HM_SHA1] = "9a035ab9d12a64b8fcd02c68ebe3c9e75fe926fa",
	  [HM_SHA256] = "4847edbe7ffb070581e1da6d4f03f8019fd46b86cf97f2079cc400c62a662e0a",
	  [HM_SHA384] =
		  "46599e4f07718ad702699cdbe95a4bcf80629ce8a5e08df6d9f950c5216a6494f0012e8dd06f73995956795b521a5d9d"}},
	{"azure-tl", {[HM_SHA256] = "d0d725f21ba5d701952888bcbc598e6dcef9aff4d1e03bb3606eb75368bab351"}},
};

bool hm_profile_technology(const char *name, uint8_t *ret)
{
	/* This order is an interface: Google's numbers. */
	static const char *const names[] = {"none", "sev", "sev-es", "tdx", "snp"};

	for (uint8_t i = 0; i < HM_ARRAY_LEN(names); i++) {
		if (!strcmp(name, names[i])) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool add_event(struct hm_profile *profile, uint32_t type, const char *what, struct hm_bytes data)
{
	struct hm_profile_event *event = &profile->event[profile->event_count++];

	event->place = HM_PLACE_FIRST;
	event->type = type;
	event->what = strdup(what);
	event->data.p = malloc(data.len);
	event->data.len = data.len;
	if (!event->what || !event->data.p)
		return false;
	memcpy(event->data.p, data.p, data.len);
	return !hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &data, 1, 0, &event->digests);
}

static void show_register(struct hm_profile *profile, uint32_t pcr)
{
	profile->registers |= HM_PCR_BIT(pcr);
	profile->policy[pcr] = HM_POLICY_SHOWN;
}

/* E(H(UTF-16 "GCE Virtual Firmware vN" with NUL)), E(H("GCE NonHostInfo" with NUL, technology, 15 zeros)), E(SEP). */
static bool google(struct hm_profile *profile, uint32_t version, uint8_t technology)
{
	char text[48];
	uint8_t utf16[2 * sizeof(text)];
	uint8_t info[NONHOST_LEN] = NONHOST_TEXT;
	struct hm_writer w = hm_writer_of(utf16, sizeof(utf16));

	snprintf(text, sizeof(text), "GCE Virtual Firmware v%u", version);
	for (const char *c = text; *c; c++)
		hm_put_u16le(&w, (uint8_t)*c);
	hm_put_u16le(&w, 0);
	info[sizeof(NONHOST_TEXT)] = technology;
	if (technology == TECHNOLOGY_TDX) {
		profile->gpt_pcr = 2;
		profile->image_pcr = 2;
	}
	/* ACPI tables and boot variables are the machine's. */
	show_register(profile, 1);
	return !w.failed && add_event(profile, HM_EV_S_CRTM_VERSION, "CRTM version", hm_writer_bytes(&w)) &&
	       add_event(profile, EV_NONHOST_INFO, "technology", hm_bytes_of(info, sizeof(info)));
}

static bool constant(struct hm_profile *profile, const char *name)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(constants); i++) {
		if (strcmp(constants[i].name, name) != 0)
			continue;
		for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
			const char *hex = constants[i].hex[bank];

			if (!hex)
				continue;
			if (!hm_parse_hex(hm_bytes_of(hex, strlen(hex)), profile->value[0].value[bank],
					  hm_algs[bank].len))
				return false;
			profile->value[0].banks |= HM_BANK_BIT(bank);
		}
		profile->registers |= 1;
		profile->policy[0] = HM_POLICY_PINNED;
		profile->has_value[0] = true;
		show_register(profile, 1);
		/* Azure: the VM's UUID. */
		show_register(profile, 6);
		return true;
	}
	return false;
}

struct hm_profile *hm_profile_calculate(const struct hm_profile_cloud *cloud, uint32_t version, uint8_t technology)
{
	struct hm_profile *profile = calloc(1, sizeof(*profile));

	if (!profile)
		return NULL;
	profile->status = cloud->status;
	profile->gpt_pcr = hm_platform_plain.gpt_pcr;
	profile->image_pcr = hm_platform_plain.image_pcr;
	if (cloud->formula ? google(profile, version, technology) : constant(profile, cloud->name))
		return profile;
	hm_profile_free(profile);
	return NULL;
}
