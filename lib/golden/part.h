/* SPDX-License-Identifier: BSD-2-Clause */
/* part.h - what only a part of a golden file has: slots, and registers without policies */
#ifndef HM_LIB_GOLDEN_PART_H
#define HM_LIB_GOLDEN_PART_H

#include "lib/base/json.h"
#include "lib/golden/types.h"

/* Steps of the reader in golden.c, which frees `golden` on failure. docs/FORMATS.md, "Parts of a golden file". */
HM_MUST_CHECK bool hm_golden_slots_parse(json_t *array, struct hm_golden *golden, struct hm_error *error);
/* Policies and values of the registers, by events and profiles, which have been parsed. */
HM_MUST_CHECK bool hm_golden_part_registers(struct hm_golden *golden, struct hm_error *error);

#endif
