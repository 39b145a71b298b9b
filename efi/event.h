/* SPDX-License-Identifier: BSD-2-Clause */
/* event.h - a measurement as the event that firmware is given with it */
#ifndef HM_EVENT_H
#define HM_EVENT_H

#include "core/measure.h"
#include "firmware.h"

/*
 * EFI_TCG2_EVENT and EFI_CC_EVENT have one layout: size, header (its length, version 1, index of
 * the register, event type), event data. They are packed, hence made by hm_writer. Source: TCG EFI
 * Protocol Specification, family 2.0, rev. 00.13, 6.6; UEFI 2.10, 38.2.
 */
#define HM_EVENT_DATA_MAX 110u /* section names and the line of a failure record are all there is */
#define HM_EVENT_MAX (18u + HM_EVENT_DATA_MAX)

/*
 * Write the event of `m` for register `index` of the protocol; our own records are EV_IPL. The
 * firmware hashes one run of bytes (a loaded section is one: its zero tail is in memory); what is
 * more, or does not fit, is EFI_EVENT.
 */
HM_MUST_CHECK enum hm_err hm_event_put(const struct hm_measurement *m, uint32_t index, struct hm_writer *w);

#endif
