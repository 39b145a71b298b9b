/* SPDX-License-Identifier: BSD-2-Clause */
/* golden.h - reader and writer of golden.json */
#ifndef HM_LIB_GOLDEN_GOLDEN_H
#define HM_LIB_GOLDEN_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "lib/golden/types.h"

/*
 * What a build says about the machine that boots its image: events, layers, profiles, registers. docs/FORMATS.md,
 * "Golden file". Reading is strict: the known fields in their order, no duplicate keys, exact types. A file that parses
 * is consistent in itself; whether its signature is good is for the caller to check first. golden.c reads, write.c
 * writes, expect.h judges registers.
 */
#define HM_GOLDEN_VERSION "hallmark-golden/1"
#define HM_GOLDEN_PART_VERSION "hallmark-golden-part/1"
#define HM_GOLDEN_MAX (8u * 1024u * 1024u)

/*
 * A golden file that parses is consistent: replaying its events gives its registers, every record's digest is the
 * hash of its line, and its layers are the layer records in order. On a malformed file: false, and `error` says why.
 */
HM_MUST_CHECK bool hm_golden_parse(struct hm_bytes json, struct hm_golden **ret, struct hm_error *error);
/* The same for a part: its policies and values become what they are without layers and lock. */
HM_MUST_CHECK bool hm_golden_part_parse(struct hm_bytes json, struct hm_golden **ret, struct hm_error *error);
/* Deterministic JSON text (sorted as in FORMATS.md, LF at the end); release with free(). NULL when out of memory. */
HM_MUST_CHECK char *hm_golden_format(const struct hm_golden *golden);
void hm_golden_free(struct hm_golden *golden);

#endif
