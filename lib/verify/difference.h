/* SPDX-License-Identifier: BSD-2-Clause */
/* difference.h - where the logs leave what the golden file predicts, for the message of a refusal */
#ifndef HM_LIB_VERIFY_DIFFERENCE_H
#define HM_LIB_VERIFY_DIFFERENCE_H

#include "lib/verify/run.h"

/*
 * Names the first golden event of register `pcr` that the logs do not have at its place: "layer app", ".cmdline";
 * "an event more" where the logs go on after the last golden event; "" where nothing is known, because there is no
 * firmware log. The text is for people: no decision rests on it.
 */
void hm_verify_first_difference(const struct hm_run *run, uint32_t pcr, char *ret, size_t cap);

#endif
