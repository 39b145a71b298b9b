/* SPDX-License-Identifier: BSD-2-Clause */
/* golden.h - reader and writer of golden.json */
#ifndef HM_LIB_GOLDEN_GOLDEN_H
#define HM_LIB_GOLDEN_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "core/measure.h"
#include "core/pcr.h"

/* docs/FORMATS.md, "Golden file". Strict: known fields only, no duplicate keys, exact types. */
#define HM_GOLDEN_VERSION "hallmark-golden/1"
#define HM_GOLDEN_PART_VERSION "hallmark-golden-part/1"
#define HM_GOLDEN_MAX (8u * 1024u * 1024u)
#define HM_GOLDEN_EVENTS_MAX 512u
#define HM_GOLDEN_INPUTS_MAX 64u
#define HM_GOLDEN_PARTS_MAX 16u
#define HM_GOLDEN_PROFILES_MAX 16u
/* Registers that profiles decide: OVMF logs about 20 events into PCR 0 and 1. */
#define HM_PROFILE_EVENTS_MAX 128u
#define HM_PROFILE_NAME_MAX 32u
#define HM_PROFILE_MACHINE_MAX 128u

struct hm_golden_event {
	uint32_t pcr;
	uint32_t type;
	char *what;    /* ".cmdline", "layer app" */
	char *content; /* text shown in a difference: the command line, a record's line; NULL: none */
	struct hm_digests digests;
};

struct hm_golden_input {
	char *name; /* "uki", "disk", "vars" */
	uint64_t size;
	uint8_t sha256[32];
};

/* A file that was joined into this one. */
struct hm_golden_part {
	char *name;	    /* of the part's image */
	uint8_t sha256[32]; /* of the part's golden file */
};

/*
 * A machine that the golden file accepts: one alternative for the registers that are one-of. A machine must be as one
 * profile says in all of its registers; registers of different profiles never mix.
 */
struct hm_golden_profile {
	char *name;
	bool firmware_known;
	uint8_t firmware_sha256[32]; /* of the firmware's file; with firmware_known */
	char *machine;		     /* its shape in words, for people */
	uint32_t registers;	     /* bit mask; the same in all profiles of a file */
	/* For each of its registers: pinned, or shown where the machine decides the value; has_value then says whether
	 * it is known. */
	enum hm_pcr_policy policy[HM_PCR_QUOTED];
	bool has_value[HM_PCR_QUOTED];
	struct hm_digests value[HM_PCR_QUOTED];
	size_t event_count;
	struct hm_golden_event
		event[HM_PROFILE_EVENTS_MAX]; /* of its registers, in log order; a register may have none */
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
	struct hm_golden_input input[HM_GOLDEN_INPUTS_MAX];
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

/* What a register must be on a machine of one profile: never HM_POLICY_ONE_OF. */
struct hm_expected {
	enum hm_pcr_policy policy; /* pinned, zero, shown or replayed */
	bool has_value;		   /* false: shown, and nothing is known about it */
	struct hm_digests value;   /* in golden->banks */
};

/* The event of that type's name: "EV_SEPARATOR", "hallmark", "EV_0x00000042" where it has none. */
#define HM_EVENT_NAME_MAX 48u
void hm_golden_type_name(uint32_t type, char ret[HM_EVENT_NAME_MAX]);

/*
 * The profile that a machine's registers are compared with: the first one whose pinned registers are all as `seen` in
 * all of `banks`; where there is none, the one with the most that are (false). Without profiles: false, and 0.
 */
HM_MUST_CHECK bool hm_golden_find_profile(const struct hm_golden *golden, const struct hm_pcrs *seen, uint32_t banks,
					  size_t *ret);
/* `profile` is an index; of no meaning in a file without profiles. */
void hm_golden_expect(const struct hm_golden *golden, size_t profile, uint32_t pcr, struct hm_expected *ret);

/*
 * RTMR 2 of a TDX machine after the stub, from the events; false: none of them, or no SHA-384 bank. RTMR 0, 1 and MRTD
 * are the firmware's, RTMR 3 stays zero.
 */
#define HM_RTMR_LEN 48u
HM_MUST_CHECK bool hm_golden_rtmr2(const struct hm_golden *golden, uint8_t ret[HM_RTMR_LEN]);

/*
 * A golden file that parses is consistent: replaying its events gives its registers, every record's digest is the
 * hash of its line, and its layers are the layer records in order.
 */
/* On a malformed file: false, and `error` says why. */
HM_MUST_CHECK bool hm_golden_parse(struct hm_bytes json, struct hm_golden **ret, struct hm_error *error);
/* The same for a part: its policies and values become what they are without layers and lock. */
HM_MUST_CHECK bool hm_golden_part_parse(struct hm_bytes json, struct hm_golden **ret, struct hm_error *error);
/* Deterministic JSON text (sorted as in FORMATS.md, LF at the end); release with free(). NULL when out of memory. */
HM_MUST_CHECK char *hm_golden_format(const struct hm_golden *golden);
void hm_golden_free(struct hm_golden *golden);
void hm_golden_event_free(struct hm_golden_event *event);
void hm_golden_profile_free(struct hm_golden_profile *profile);

#endif
