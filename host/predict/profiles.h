/* SPDX-License-Identifier: BSD-2-Clause */
/* profiles.h - the platform profiles that a prediction uses */
#ifndef HM_HOST_PREDICT_PROFILES_H
#define HM_HOST_PREDICT_PROFILES_H

#include "host/predict/inputs.h"

/*
 * --profile's files in their order, then those of --platforms' directory that are of --firmware, which is loaded. A
 * draft is refused; a reviewed one needs its detached signature beside it, and --profile-key. An exit status; the line
 * is printed.
 */
HM_MUST_CHECK int hm_inputs_load_profiles(const struct hm_input_options *o, struct hm_inputs *in);
/* Lists them in the golden file: inputs `profile`, `profile2`, ... An exit status; the line is printed. */
HM_MUST_CHECK int hm_inputs_note_profiles(struct hm_golden *golden, const struct hm_inputs *in);

#endif
