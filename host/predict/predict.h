/* SPDX-License-Identifier: BSD-2-Clause */
/* predict.h - from loaded inputs to a golden file and its two logs */
#ifndef HM_HOST_PREDICT_PREDICT_H
#define HM_HOST_PREDICT_PREDICT_H

#include "host/predict/inputs.h"
#include "host/predict/golden_sink.h"

/*
 * Walk the firmware's measurements, the layers and the lock into *recorder (initialized with the golden file that `in`
 * was loaded into). With profiles, the first one's log is the recorder's, and each one becomes an alternative for the
 * registers that any of them decides. An exit status; on failure the line is printed.
 *
 * hm_assemble_part makes a part: the firmware's measurements and the slots, where there is a UKI, and the layers of
 * --layer.
 */
HM_MUST_CHECK int hm_assemble_part(const struct hm_input_options *o, const struct hm_inputs *in,
				   struct hm_recorder *recorder);
HM_MUST_CHECK int hm_assemble(const struct hm_input_options *o, const struct hm_inputs *in,
			      struct hm_recorder *recorder);

#endif
