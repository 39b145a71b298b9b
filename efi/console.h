/* SPDX-License-Identifier: BSD-2-Clause */
/* console.h - one line of text on the firmware's console */
#ifndef HM_CONSOLE_H
#define HM_CONSOLE_H

#include "firmware.h"

/*
 * The firmware's console is the screen, the serial line or both. It belongs to the host: a line is for a person, and
 * nothing depends on it. A line holds the program's own words and numbers, never text from an input.
 */
#define HM_CONSOLE_LINE_MAX 256u /* longer lines are cut */

/* Print `text` (ASCII) as one line of its own. A firmware without a console stays silent. */
void hm_console_line(const struct hm_efi *efi, struct hm_bytes text);

#endif
