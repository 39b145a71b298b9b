/* SPDX-License-Identifier: BSD-2-Clause */
/* stop.h - how a boot is given up */
#ifndef HM_STOP_H
#define HM_STOP_H

#include "sink.h"

/*
 * Every boot that fails ends here. First the registers that this system owns are capped, so that nothing that runs
 * later can show the values of a good boot. Then one line says why. Then the machine is switched off. A restart would
 * hide the reason in a loop of boots; a return to the firmware would start its next boot option or its shell.
 */

/* The boot as far as it came. One exists. */
struct hm_stub_progress {
	struct hm_efi *efi;
	struct hm_registers *registers;
	const char *stage; /* what is being done, in one word */
};

/* Cap, say "hallmark: stopped: STAGE: REASON", switch off. */
_Noreturn void hm_stub_stop(const struct hm_stub_progress *progress, enum hm_err err);

/*
 * Stop the boot by itself after HM_DEADLINE_S seconds if the kernel has not taken over by then: its
 * EFI code may give up in an endless loop. This replaces the firmware's watchdog, which would reset
 * the machine. `progress` must outlive the boot.
 */
HM_MUST_CHECK enum hm_err hm_stub_stop_at_deadline(const struct hm_stub_progress *progress);
#ifndef HM_DEADLINE_S
/* The firmware's own, UEFI 2.10, 3.1.2; hashing 1 GiB in four banks takes less. */
#define HM_DEADLINE_S 300u
#endif

#endif
