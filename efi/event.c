/* SPDX-License-Identifier: BSD-2-Clause */
/* event.c - a measurement as the event that firmware is given with it */
#include "event.h"

#define EVENT_LEN 18u /* up to the data */
#define EVENT_HEADER_LEN 14u
#define EVENT_HEADER_VERSION 1u
HM_STATIC_ASSERT(HM_EVENT_MAX == EVENT_LEN + HM_EVENT_DATA_MAX, "an event is its header and data");

enum hm_err hm_event_put(const struct hm_measurement *m, uint32_t index, struct hm_writer *w)
{
	hm_put_u32le(w, EVENT_LEN + (uint32_t)m->data.len);
	hm_put_u32le(w, EVENT_HEADER_LEN);
	hm_put_u16le(w, EVENT_HEADER_VERSION);
	hm_put_u32le(w, index);
	hm_put_u32le(w, m->type == HM_EV_HALLMARK ? HM_EV_IPL : m->type);
	hm_put_bytes(w, m->data);
	return w->failed || m->part_count != 1 || m->zero_tail ? HM_E_EFI_EVENT : HM_OK;
}
