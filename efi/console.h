/* SPDX-License-Identifier: BSD-2-Clause */
/* console.h - one line of text on the firmware's console */
#ifndef HM_CONSOLE_H
#define HM_CONSOLE_H

#include "firmware.h"

/*
 * The firmware's console is the screen, the serial line or both, as the machine has it. It belongs
 * to the host: what is printed is for a person, and nothing depends on it. Only input-free text is
 * printed: our own words, and numbers.
 */
#define HM_CONSOLE_LINE_MAX 256u /* longer lines are cut */

/* Print `text` (ASCII) as one line of its own. A firmware without a console stays silent. */
void hm_console_line(const struct hm_efi *efi, struct hm_bytes text);

#endif
