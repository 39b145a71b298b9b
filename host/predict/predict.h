/* SPDX-License-Identifier: BSD-2-Clause */
/* predict.h - from loaded inputs to a golden file and its two logs */
#ifndef HM_HOST_PREDICT_PREDICT_H
#define HM_HOST_PREDICT_PREDICT_H

#include "host/predict/golden_sink.h"
#include "host/predict/inputs.h"

/*
 * The measuring rule of core/measure is walked with three sinks, always with the same inputs:
 *
 * 1. The collecting sink hashes nothing. It notes the long contents, which are then hashed by several threads.
 * 2. The recorder writes the logs and the golden file's own registers. With profiles, the walk is the first profile's.
 * 3. For each profile, the alternative's sink takes the registers that profiles decide (docs/FORMATS.md, "Profiles").
 *
 * hm_predict walks firmware, layers and lock into *recorder, which is initialized with the golden file that `in` was
 * loaded into. hm_predict_part makes a part: the firmware's measurements and the slots, where there is a UKI, and the
 * layers of --layer. Both list the inputs.
 */
HM_MUST_CHECK bool hm_predict(const struct hm_input_options *o, const struct hm_inputs *in,
			      struct hm_recorder *recorder, struct hm_error *error);
HM_MUST_CHECK bool hm_predict_part(const struct hm_input_options *o, const struct hm_inputs *in,
				   struct hm_recorder *recorder, struct hm_error *error);

#endif
