/* SPDX-License-Identifier: BSD-2-Clause */
/* golden.h - reader and writer of golden.json and of the machine's report */
#ifndef HM_HOST_GOLDEN_H
#define HM_HOST_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

#include "core/measure.h"
#include "core/pcr.h"

/* docs/FORMATS.md, "Golden file" and "Report". Both are strict: known fields only, no duplicate keys, exact types. */
#define HM_GOLDEN_VERSION "hallmark-golden/1"
#define HM_REPORT_VERSION "hallmark-report/1"
#define HM_GOLDEN_MAX (8u * 1024u * 1024u)
#define HM_GOLDEN_EVENTS_MAX 512u
#define HM_GOLDEN_INPUTS_MAX 64u

struct hm_golden_event {
	uint32_t pcr;
	uint32_t type;
	char *what;                  /* ".cmdline", "layer app" */
	char *content;               /* text shown in a difference: the command line, a record's line; NULL: none */
	struct hm_digests digests;
};

struct hm_golden_input {
	char *name;                  /* "uki", "disk", "vars" */
	uint64_t size;
	uint8_t sha256[32];
};

struct hm_golden {
	char *image_name;
	char *image_version;
	uint32_t banks;
	size_t input_count;
	struct hm_golden_input input[HM_GOLDEN_INPUTS_MAX];
	size_t layer_count;
	char *layer[HM_LAYERS_MAX];  /* record lines in boot order */
	enum hm_pcr_policy policy[HM_PCR_QUOTED];
	struct hm_pcrs pcrs;         /* registers 0-15; those with HM_POLICY_PLATFORM have no meaning */
	size_t event_count;
	struct hm_golden_event event[HM_GOLDEN_EVENTS_MAX];  /* in log order, firmware's first, then records */
};

/* What a machine showed: its registers and its two logs. */
struct hm_report {
	struct hm_pcrs pcrs;
	uint8_t *firmware_log;       /* may be of 0 bytes */
	size_t firmware_log_len;
	uint8_t *runtime_log;
	size_t runtime_log_len;
};

/* The event of that type's name: "EV_SEPARATOR", "hallmark", "EV_0x00000042" where it has none. */
#define HM_EVENT_NAME_MAX 48u
void hm_golden_type_name(uint32_t type, char ret[HM_EVENT_NAME_MAX]);

/*
 * A golden file that parses is consistent: replaying its events gives its registers, every record's digest is the
 * hash of its line, and its layers are the layer records in order.
 */
/* On a malformed file: false, and `why` (a buffer of `why_len`) holds one line. */
bool hm_golden_parse(struct hm_bytes json, struct hm_golden **ret, char *why, size_t why_len) __attribute__((warn_unused_result));
/* Deterministic JSON text (sorted as in FORMATS.md, LF at the end); release with free(). NULL when out of memory. */
char *hm_golden_format(const struct hm_golden *golden);
void hm_golden_free(struct hm_golden *golden);

bool hm_report_parse(struct hm_bytes json, struct hm_report **ret, char *why, size_t why_len) __attribute__((warn_unused_result));
char *hm_report_format(const struct hm_report *report);
void hm_report_free(struct hm_report *report);

#endif
