/* SPDX-License-Identifier: BSD-2-Clause */
/* profiles.h - the platform profiles that a prediction uses */
#ifndef HM_HOST_PREDICT_PROFILES_H
#define HM_HOST_PREDICT_PROFILES_H

#include "host/predict/inputs.h"

/*
 * --profile's files in their order, then those of --platforms' directory that are of --firmware, which is loaded
 * (hm_inputs_load). A draft is refused; a reviewed profile needs its detached signature beside it, and --profile-key.
 * *ret_unknown: --platforms has no profile of this firmware, so that PCR 0 and 1 are shown and not pinned.
 */
HM_MUST_CHECK bool hm_profiles_load(const struct hm_input_options *o, struct hm_inputs *in, bool *ret_unknown,
				    struct hm_error *error);

#endif
