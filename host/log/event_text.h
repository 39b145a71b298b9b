/* SPDX-License-Identifier: BSD-2-Clause */
/* event_text.h - an event of a log in words for a person; never used to judge anything */
#ifndef HM_HOST_LOG_EVENT_TEXT_H
#define HM_HOST_LOG_EVENT_TEXT_H

#include "host/log/seen.h"

/* Room for any record of ours; descriptions of firmware events are cut at HM_DESCRIBE_FIRMWARE_MAX and end with "...".
 */
#define HM_DESCRIBE_MAX 1152u
#define HM_DESCRIBE_FIRMWARE_MAX 160u

/* One line of printable ASCII, whatever the event's data is: names, texts, sizes, or its first bytes in hex. */
void hm_describe_event(const struct hm_seen_event *event, char ret[HM_DESCRIBE_MAX]);

#endif
