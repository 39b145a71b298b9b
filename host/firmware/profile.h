/* SPDX-License-Identifier: BSD-2-Clause */
/* profile.h - platform profiles: what one firmware on one shape of machine adds to a boot; reader and writer */
#ifndef HM_HOST_FIRMWARE_PROFILE_H
#define HM_HOST_FIRMWARE_PROFILE_H

#include "core/measure.h"
#include "lib/base/error.h"
#include "lib/golden/golden.h"
#include "host/base/file.h"

/* docs/FORMATS.md, section 16. Strict as golden files are. */
#define HM_PROFILE_VERSION "hallmark-profile/1"
#define HM_PROFILE_FILE_MAX (1024u * 1024u)
#define HM_PROFILE_DATA_MAX 4096u
#define HM_PROFILE_DISKS_MAX 8u
#define HM_PROFILE_WHAT_DXE "DXE volume"

enum hm_profile_status {
	HM_PROFILE_DRAFT,      /* out of somebody's log: not to be used before a person has reviewed and signed it */
	HM_PROFILE_REVIEWED,   /* a person has; counts with a signature only */
	HM_PROFILE_LEARNED,    /* this firmware file was booted for it, and its DXE volume was the file's */
	HM_PROFILE_CALCULATED, /* from what the platform's maker publishes */
};

struct hm_profile_event {
	enum hm_platform_place place;
	uint32_t pcr;
	uint32_t type;
	char *what;
	char *why; /* why the build does not determine it; NULL: it is computed from the data */
	struct hm_file data;
	struct hm_digests digests; /* in all four banks; those of the data where the file gives none */
	bool digests_given;
};

struct hm_profile {
	char *name;
	enum hm_profile_status status;
	char *machine;
	bool firmware_known;
	uint8_t firmware_sha256[HM_SHA256_LEN];
	uint32_t gpt_pcr;
	uint32_t image_pcr;
	/* OVMF on QEMU: boot variables and the image event are computed for virtio disks in slots from this one on; 0:
	 * not. */
	uint32_t first_slot;
	uint8_t dxe_name[16]; /* with first_slot: the GUID of the DXE volume */
	bool shell;	      /* with first_slot: the firmware's shell is the last boot option */
	/* Where the memory that OVMF loads the image into ends, with 1, 2, ... disks; 0: not known. */
	uint64_t image_top[HM_PROFILE_DISKS_MAX];
	/* Registers whose values somebody publishes, or that differ on every machine (shown); their events are not
	 * known. */
	uint32_t registers;
	enum hm_pcr_policy policy[HM_PCR_QUOTED];
	bool has_value[HM_PCR_QUOTED];
	struct hm_digests
		value[HM_PCR_QUOTED]; /* in the banks that the file has; a golden file needs its own among them */
	size_t event_count;
	struct hm_profile_event event[HM_PROFILE_EVENTS_MAX];
	struct hm_file
		text; /* the file that it was read from, for whoever wants to name it by its hash; may be empty */
};

const char *hm_profile_status_name(enum hm_profile_status status);
/* On a malformed file: false, and one line in `error`. */
HM_MUST_CHECK bool hm_profile_parse(struct hm_bytes json, struct hm_profile **ret, struct hm_error *error);
/* Deterministic text, LF at the end; release with free(). NULL when out of memory. */
char *hm_profile_format(const struct hm_profile *profile);
void hm_profile_free(struct hm_profile *profile);

#endif
