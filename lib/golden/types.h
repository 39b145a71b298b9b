/* SPDX-License-Identifier: BSD-2-Clause */
/* types.h - a golden file in memory */
#ifndef HM_LIB_GOLDEN_TYPES_H
#define HM_LIB_GOLDEN_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include "core/measure.h"
#include "core/pcr.h"
#include "lib/golden/profile.h"

/*
 * The structures of docs/FORMATS.md, "Golden file". golden.h reads and writes them, part.h and rtmr.h are steps of its
 * reader, expect.h judges registers by them. Strings are owned, and released by hm_golden_free.
 */
#define HM_GOLDEN_EVENTS_MAX 512u
#define HM_GOLDEN_INPUTS_MAX 64u
#define HM_GOLDEN_PARTS_MAX 16u
#define HM_GOLDEN_PROFILES_MAX 16u

struct hm_golden_source {
	char *name; /* "uki", "disk", "vars" */
	uint64_t size;
	uint8_t sha256[HM_SHA256_LEN];
};

/* A file that was joined into this one. */
struct hm_golden_part {
	char *name;		       /* of the part's image */
	uint8_t sha256[HM_SHA256_LEN]; /* of the part's golden file */
};

/* Where a layer goes, by the image's layers file: in a part only. */
struct hm_golden_slot {
	char *name;
	uint32_t pcr; /* 11 to 14 */
};

/*
 * A golden file, or with `part` what one vendor knows of it: the OS's part has the firmware's events, the slots of all
 * layers in boot order, and perhaps layers; another part has layers and nothing else. A part has no policies or values.
 */
struct hm_golden {
	bool part;
	size_t slot_count;
	struct hm_golden_slot slot[HM_LAYERS_MAX];
	char *image_name;
	char *image_version;
	/* The verifier accepts the file from not_before to not_after, in seconds since 1970, where they are set. */
	bool has_not_before, has_not_after;
	int64_t not_before, not_after;
	uint32_t banks;
	size_t input_count;
	struct hm_golden_source input[HM_GOLDEN_INPUTS_MAX];
	size_t part_count;
	struct hm_golden_part parts[HM_GOLDEN_PARTS_MAX];
	size_t layer_count;
	char *layer[HM_LAYERS_MAX]; /* record lines in boot order */
	size_t profile_count;
	struct hm_golden_profile *profile[HM_GOLDEN_PROFILES_MAX];
	enum hm_pcr_policy policy[HM_PCR_QUOTED];
	/* One-of registers have no value here, and shown ones only where the build knows it. */
	bool has_value[HM_PCR_QUOTED];
	struct hm_pcrs pcrs; /* registers 0-15 */
	size_t event_count;
	/* In log order, firmware's first, then records; none of one-of registers. */
	struct hm_golden_event event[HM_GOLDEN_EVENTS_MAX];
};

#endif
