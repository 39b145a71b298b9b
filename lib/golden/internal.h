/* SPDX-License-Identifier: BSD-2-Clause */
/* internal.h - what the files of the golden file's reader share */
#ifndef HM_LIB_GOLDEN_INTERNAL_H
#define HM_LIB_GOLDEN_INTERNAL_H

#include "lib/base/error.h"
#include "lib/golden/golden.h"
#include "lib/base/json.h"

/* Room for the name of an object in a message: "events[12]"; one inside another takes twice as much. */
#define HM_GOLDEN_WHERE_MAX 48u

HM_MUST_CHECK bool hm_policy_of_name(struct hm_bytes name, enum hm_pcr_policy *ret);
HM_MUST_CHECK bool hm_golden_type_of_name(struct hm_bytes name, uint32_t *ret);
HM_MUST_CHECK bool hm_golden_event_parse(json_t *object, const char *where, uint32_t banks,
					 struct hm_golden_event *event, struct hm_error *error);
/* golden->banks is known; what is read is released with hm_golden_free() in any case. */
HM_MUST_CHECK bool hm_golden_profiles_parse(json_t *array, struct hm_golden *golden, struct hm_error *error);
/* Every profile has exactly the registers that are one-of, and its events replay to its values. */
HM_MUST_CHECK bool hm_golden_profiles_check(const struct hm_golden *golden, struct hm_error *error);
/* The field `rtmrs`: what the events give, or NULL: absent. */
HM_MUST_CHECK json_t *hm_golden_rtmrs_array(const struct hm_golden *golden, bool *failed);
HM_MUST_CHECK bool hm_golden_rtmrs_check(json_t *array, const struct hm_golden *golden, struct hm_error *error);

#endif
