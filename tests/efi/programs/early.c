/* SPDX-License-Identifier: BSD-2-Clause */
/* early.c - runs before the boot application, as a driver or for system preparation, says so, and goes away */
#include "tests/efi/programs/lab.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);
EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	EFI_LOADED_IMAGE *own = NULL;

	if (!st->BootServices->HandleProtocol(image, &lab_loaded_image_guid, (void **)&own))
		say(own->ImageCodeType == EfiLoaderCode ? "\nearly: an application ran\n" : "\nearly: a driver ran\n");
	return EFI_SUCCESS;
}
