/* SPDX-License-Identifier: BSD-2-Clause */
/* initrd.c - hands the initrd to the kernel through the load file 2 protocol */
#include "initrd.h"

static EFI_GUID load_file2_guid = {0x4006c0c1, 0xfcb3, 0x403e, {0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d}};
static EFI_GUID device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

static struct initrd_path {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH end;
} initrd_path = {
	.vendor =
		{
			.Header = {MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, {sizeof(VENDOR_DEVICE_PATH), 0}},
			.Guid = {0x5568e427, 0x68fc, 0x4f3d, {0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68}},
		},
	.end = {END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, {sizeof(EFI_DEVICE_PATH), 0}},
};
HM_STATIC_ASSERT(sizeof(struct initrd_path) == 24, "the nodes of a device path touch each other");

static bool is_end(const EFI_DEVICE_PATH *path)
{
	return path->Type == END_DEVICE_PATH_TYPE && path->SubType == END_ENTIRE_DEVICE_PATH_SUBTYPE;
}

/* What the kernel will do: ask who answers for the initrd's path. EFI_NOT_FOUND: nobody. */
static EFI_STATUS locate(struct hm_efi *efi, EFI_DEVICE_PATH **ret_rest, EFI_HANDLE *ret_handle)
{
	*ret_rest = &initrd_path.vendor.Header;
	return efi->bs->LocateDevicePath(&load_file2_guid, ret_rest, ret_handle);
}

enum hm_err hm_initrd_refuse_foreign(struct hm_efi *efi)
{
	EFI_HANDLE handle = NULL;
	EFI_DEVICE_PATH *rest;
	EFI_STATUS status = locate(efi, &rest, &handle);

	if (status == EFI_NOT_FOUND)
		return HM_OK;
	efi->status = status;
	return HM_E_EFI_INITRD_FOREIGN;
}

/*
 * UEFI 2.10, 13.2.2, every argument checked: the caller is the kernel, but the protocol is
 * public.
 */
static EFI_STATUS EFIAPI load_file(struct hm_load_file2 *this, EFI_DEVICE_PATH *path, BOOLEAN boot_policy, UINTN *len,
				   void *buffer)
{
	const struct hm_initrd *initrd = (const struct hm_initrd *)(const void *)this;

	if (!this || !path || !len)
		return EFI_INVALID_PARAMETER;
	if (boot_policy)
		return EFI_UNSUPPORTED;
	/* One file, and it has no name. */
	if (!is_end(path))
		return EFI_NOT_FOUND;
	if (!buffer || *len < initrd->content.len) {
		*len = initrd->content.len;
		return EFI_BUFFER_TOO_SMALL;
	}
	memcpy(buffer, initrd->content.p, initrd->content.len);
	*len = initrd->content.len;
	return EFI_SUCCESS;
}
HM_STATIC_ASSERT(offsetof(struct hm_initrd, protocol) == 0, "load_file finds its initrd by this");

/* *ret = first || second, in memory of its own. */
static enum hm_err join(struct hm_efi *efi, struct hm_bytes first, struct hm_bytes second, struct hm_bytes *ret)
{
	EFI_PHYSICAL_ADDRESS base = 0;
	size_t len = first.len + second.len; /* two parts of one image in memory: cannot wrap */
	enum hm_err err;
	uint8_t *p;

	err = hm_efi_check(efi,
			   efi->bs->AllocatePages(AllocateAnyPages, EfiLoaderData, len / HM_EFI_PAGE_LEN + 1, &base),
			   HM_E_EFI_MEMORY);
	if (err)
		return err;
	p = (uint8_t *)(uintptr_t)base;
	memcpy(p, first.p, first.len);
	memcpy(p + first.len, second.p, second.len);
	*ret = hm_bytes_of(p, len);
	return HM_OK;
}

/* The firmware may prefer somebody else's device for the same path: then the kernel would, too. */
static enum hm_err check_ours(struct hm_efi *efi, EFI_HANDLE ours)
{
	EFI_HANDLE handle = NULL;
	EFI_DEVICE_PATH *rest;
	enum hm_err err;

	err = hm_efi_check(efi, locate(efi, &rest, &handle), HM_E_EFI_INITRD_OFFER);
	if (err)
		return err;
	return handle == ours && is_end(rest) ? HM_OK : HM_E_EFI_INITRD_FOREIGN;
}

enum hm_err hm_initrd_offer(struct hm_efi *efi, const struct hm_uki *uki, struct hm_initrd *ret)
{
	struct hm_bytes content = uki->section[HM_UKI_INITRD].data;
	enum hm_err err;

	if (uki->present[HM_UKI_UCODE]) {
		err = join(efi, uki->section[HM_UKI_UCODE].data, content, &content);
		if (err)
			return err;
	}
	*ret = (struct hm_initrd){.protocol = {.load_file = load_file}, .content = content};
	err = hm_efi_check(efi,
			   efi->bs->InstallMultipleProtocolInterfaces(&ret->handle, &device_path_guid, &initrd_path,
								      &load_file2_guid, &ret->protocol, NULL),
			   HM_E_EFI_INITRD_OFFER);
	if (err)
		return err;
	return check_ours(efi, ret->handle);
}
