/* SPDX-License-Identifier: BSD-2-Clause */
/* rtmr.h - the runtime measurement register that the stub extends, in golden.json */
#ifndef HM_LIB_GOLDEN_RTMR_H
#define HM_LIB_GOLDEN_RTMR_H

#include "lib/base/json.h"
#include "lib/golden/types.h"

/*
 * RTMR 2 of a TDX machine after the stub, from the events; false: none of them, or no SHA-384 bank. RTMR 0, 1 and MRTD
 * are the firmware's, RTMR 3 stays zero.
 */
#define HM_RTMR_LEN 48u
HM_MUST_CHECK bool hm_golden_rtmr2(const struct hm_golden *golden, uint8_t ret[HM_RTMR_LEN]);

/* The field `rtmrs`: what the events give, or NULL: absent. */
HM_MUST_CHECK json_t *hm_golden_rtmrs_array(const struct hm_golden *golden, bool *failed);
HM_MUST_CHECK bool hm_golden_rtmrs_check(json_t *array, const struct hm_golden *golden, struct hm_error *error);

#endif
