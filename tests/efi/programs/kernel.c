/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel.c - stands for the kernel: tells on the serial port what it was given, then does what its initrd says */
#include "tests/efi/programs/lab.h"

/* First word of the initrd: report (then switch off), return, hang. */

struct attributes {
	EFI_STATUS(EFIAPI *get)(struct attributes *, EFI_PHYSICAL_ADDRESS base, uint64_t len, uint64_t *ret);
	void *set;
	void *clear;
};

static char initrd[4096];

static void tell_initrd(EFI_BOOT_SERVICES *bs)
{
	EFI_DEVICE_PATH *path = &lab_initrd_path.vendor.Header;
	struct hm_load_file2 *file = NULL;
	EFI_HANDLE handle = NULL;
	UINTN len = sizeof(initrd) - 1;
	EFI_STATUS status = bs->LocateDevicePath(&lab_load_file2_guid, &path, &handle);

	if (!status)
		status = bs->HandleProtocol(handle, &lab_load_file2_guid, (void **)&file);
	if (!status)
		status = file->load_file(file, path, FALSE, &len, initrd);
	say("\nkernel: initrd ");
	if (status) {
		say_status(status);
		return;
	}
	say_dec(len);
	say(" ");
	say(initrd);
}

/* Where the attributes of the kernel's own pages change. */
static void tell_pages(EFI_BOOT_SERVICES *bs, const EFI_LOADED_IMAGE *own)
{
	struct attributes *a = NULL;
	uint64_t before = ~0ull;

	if (bs->LocateProtocol(&lab_attributes_guid, NULL, (void **)&a)) {
		say("\nkernel: no memory attributes");
		return;
	}
	for (uint64_t off = 0; off < own->ImageSize; off += 4096) {
		uint64_t bits = 0;

		if (a->get(a, (EFI_PHYSICAL_ADDRESS)(uintptr_t)own->ImageBase + off, 4096, &bits))
			bits = ~1ull;
		if (bits != before) {
			say("\nkernel: attributes from ");
			say_status(off);
			say(" ");
			say_status(bits);
		}
		before = bits;
	}
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	EFI_BOOT_SERVICES *bs = st->BootServices;
	EFI_LOADED_IMAGE *own = NULL;

	say("\nkernel: started");
	if (bs->HandleProtocol(image, &lab_loaded_image_guid, (void **)&own)) {
		say("\nkernel: no loaded image\n");
		return EFI_LOAD_ERROR;
	}
	say("\nkernel: options ");
	say_dec(own->LoadOptionsSize);
	say(" ");
	if (own->LoadOptionsSize)
		say_wide(own->LoadOptions);
	tell_initrd(bs);
	tell_pages(bs, own);
	say_registers(st, "kernel:", 0, 15);
	say("kernel: done\n");
	if (initrd[0] == 'h') {
		for (;;)
			__asm__ volatile("pause");
	}
	if (initrd[0] != 'r' || initrd[2] == 'p')
		st->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	return EFI_ABORTED;
}
