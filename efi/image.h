/* SPDX-License-Identifier: BSD-2-Clause */
/* image.h - our own image in memory, and the kernel that is started from it */
#ifndef HM_IMAGE_H
#define HM_IMAGE_H

#include "core/uki.h"
#include "firmware.h"

/*
 * The firmware has loaded one file, ours, measured it into PCR 4, and verified it where Secure Boot is on. The stub
 * uses the file's contents where the firmware has put them: it opens no file and reads nothing twice. The kernel is
 * mapped here and called. LoadImage would measure the kernel as a second boot application, and other drivers can hook
 * it.
 */

/* Our sections as they are in memory, checked to be bootable. The result borrows from the image. */
HM_MUST_CHECK enum hm_err hm_image_find(struct hm_efi *efi, EFI_LOADED_IMAGE **ret_own, struct hm_uki *ret);

/*
 * edk2 keeps its private LOADED_IMAGE_PRIVATE_DATA around this protocol and reaches it by CONTAINING_RECORD. Exit(),
 * which the kernel's EFI code calls when it gives up, does so with our handle. Filling both sides with 0xff makes
 * Exit() return EFI_INVALID_PARAMETER; zeros would make it free memory that was never allocated.
 */
#define HM_KERNEL_BEFORE_LEN 128u /* more than edk2 has before the protocol (MdeModulePkg, Core/Dxe/Image/Image.h) */
#define HM_KERNEL_AFTER_LEN 512u  /* and behind it */
struct hm_kernel {
	uint8_t around_before[HM_KERNEL_BEFORE_LEN];
	EFI_LOADED_IMAGE loaded; /* ImageBase and ImageSize: where it is mapped */
	uint8_t around_after[HM_KERNEL_AFTER_LEN];
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
