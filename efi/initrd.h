/* SPDX-License-Identifier: BSD-2-Clause */
/* initrd.h - hands the initrd to the kernel through the load file 2 protocol */
#ifndef HM_INITRD_H
#define HM_INITRD_H

#include "core/uki.h"
#include "firmware.h"

/*
 * The kernel's EFI code asks the device path of the Linux initrd (a vendor media node with the GUID 5568e427-...) for a
 * file, measures that file into PCR 9, and uses it. A driver that runs before the stub can answer there: QEMU's loader
 * driver in newer firmware does so for a named fw_cfg file. So the stub refuses a path that exists already, and checks
 * after its own offer that the answer is its own.
 */
struct hm_initrd {
	struct hm_load_file2 protocol; /* the firmware holds its address: first, and never moved */
	EFI_HANDLE handle;
	struct hm_bytes content;
};

/* Refuse an initrd, or a device that would answer for one, that exists already. */
HM_MUST_CHECK enum hm_err hm_initrd_refuse_foreign(struct hm_efi *efi);

/*
 * Offer .ucode, then .initrd, as one file. Without .ucode the section is served where it is, else
 * both are copied together. *ret must outlive the boot; it borrows from `uki`.
 */
HM_MUST_CHECK enum hm_err hm_initrd_offer(struct hm_efi *efi, const struct hm_uki *uki, struct hm_initrd *ret);

#endif
