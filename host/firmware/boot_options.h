/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_options.h - what OVMF makes of QEMU's list of disks: boot variables, and the image event's data */
#ifndef HM_HOST_FIRMWARE_BOOT_OPTIONS_H
#define HM_HOST_FIRMWARE_BOOT_OPTIONS_H

#include "core/pe.h"
#include "host/firmware/profile.h"

/*
 * QEMU names the disks in fw_cfg (bootindex); OVMF makes a boot option for each, in that order, and measures BootOrder
 * and every Boot#### into register 1. A disk is a virtio-blk-pci device on the root bus, in slots from
 * profile->first_slot on. Sources: UEFI 2.10, 3.1.3 (load options), 10.3 (device paths); TCG PFP 1.06, 10.2.3
 * (UEFI_IMAGE_LOAD_EVENT); edk2 UefiBootManagerLib, OvmfPkg's PlatformBootManagerLib and QemuBootOrderLib.
 */
#define HM_OVMF_VARIABLES_MAX (HM_PROFILE_DISKS_MAX + 3u)
#define HM_OVMF_DATA_MAX 256u

struct hm_ovmf_variables {
	size_t count;
	struct {
		uint8_t data[HM_OVMF_DATA_MAX]; /* the event's: UEFI_VARIABLE_DATA */
		size_t len;
		size_t value_len; /* of the variable's value, which stands last */
		char what[16];	  /* "Boot0001" */
	} variable[HM_OVMF_VARIABLES_MAX];
};

/* The events' data, in the order of the log. False where there are more disks than slots. */
HM_MUST_CHECK bool hm_ovmf_boot_variables(const struct hm_profile *profile, size_t disks,
					  struct hm_ovmf_variables *ret);

/*
 * The image event's data for \EFI\BOOT\BOOTX64.EFI on the first disk's EFI system partition: `pe`, `image_len` bytes
 * long. False where there is no such partition. The load address is 0 where the profile does not know where memory
 * ends.
 */
HM_MUST_CHECK bool hm_ovmf_image_data(const struct hm_profile *profile, size_t disks, const struct hm_gpt *gpt,
				      const struct hm_pe *pe, uint64_t image_len, struct hm_writer *w);
/* The inverse: where memory ends, by the data of an image event. 0 where that is not such an event. */
uint64_t hm_ovmf_image_top(struct hm_bytes event_data);

#endif
