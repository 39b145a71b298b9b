/* SPDX-License-Identifier: BSD-2-Clause */
/* image.h - our own image in memory, and the kernel that is started from it */
#ifndef HM_IMAGE_H
#define HM_IMAGE_H

#include "core/uki.h"
#include "firmware.h"

/*
 * The firmware has loaded, measured (PCR 4) and with Secure Boot verified one file: ours. What is
 * in it is used from the memory where it was loaded; no file is opened, nothing is read twice. The
 * kernel is mapped here and called, never given to LoadImage, which would measure it as a second
 * boot application and could run code that others hook into it.
 */

/* Our sections as they are in memory, checked to be bootable. The result borrows from the image. */
HM_MUST_CHECK enum hm_err hm_image_find(struct hm_efi *efi, EFI_LOADED_IMAGE **ret_own, struct hm_uki *ret);

/*
 * Firmware that is asked about the kernel's handle takes this protocol for the inside of its own
 * record of a loaded image: edk2's Exit() does, which the kernel's EFI code calls when it gives up.
 * What lies around it reads as an image that runs but is not the one that may exit, so that Exit()
 * refuses, where zeros would make it free what was never allocated.
 */
struct hm_kernel {
	uint8_t around_before[128];
	EFI_LOADED_IMAGE loaded; /* ImageBase and ImageSize: where it is mapped */
	uint8_t around_after[512];
	EFI_HANDLE handle;
	uint32_t entry_rva;
};

/*
 * Map the PE file `linux` to pages of its own: headers and sections copied, all else zero. Where
 * the firmware can, no page is both writable and executable. Refused: what core/pe refuses, a
 * kernel that needs base relocations, or is not marked as fit for pages protected like that.
 */
HM_MUST_CHECK enum hm_err hm_kernel_map(struct hm_efi *efi, struct hm_bytes linux, struct hm_kernel *ret);

/*
 * Announce the mapped kernel as a loaded image with `cmdline` (ASCII) as its only options, and call
 * it. What was passed to us as options is not looked at. Returns only when the kernel gave up.
 */
HM_MUST_CHECK enum hm_err hm_kernel_start(struct hm_efi *efi, const EFI_LOADED_IMAGE *own, struct hm_bytes cmdline,
					  struct hm_kernel *kernel);

#endif
