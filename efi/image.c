/* SPDX-License-Identifier: BSD-2-Clause */
/* image.c - our own image in memory, and the kernel that is started from it */
#include "image.h"

static EFI_GUID loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
static EFI_GUID memory_attributes_guid = {0xf4560cf6, 0x40ec, 0x4b4a, {0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89}};

/* UEFI 2.10, 2.3.4: how an image is entered. */
typedef EFI_STATUS(EFIAPI *image_entry)(EFI_HANDLE image, EFI_SYSTEM_TABLE *st);

enum hm_err hm_image_find(struct hm_efi *efi, EFI_LOADED_IMAGE **ret_own, struct hm_uki *ret)
{
	EFI_LOADED_IMAGE *own = NULL;
	struct hm_pe pe;
	enum hm_err err;

	err = hm_efi_check(efi, efi->bs->HandleProtocol(efi->image, &loaded_image_guid, (void **)&own),
			   HM_E_EFI_LOADED_IMAGE);
	if (err)
		return err;
	err = hm_pe_open_loaded(hm_bytes_of(own->ImageBase, own->ImageSize), &pe);
	if (err)
		return err;
	err = hm_uki_open(&pe, ret);
	if (err)
		return err;
	*ret_own = own;
	return hm_uki_check_bootable(ret);
}

/* What core/pe leaves to the one who loads the file: page protection and relocation. */
static enum hm_err check_loadable(const struct hm_pe *pe)
{
	if (pe->section_alignment % HM_EFI_PAGE_LEN)
		return HM_E_PE_ALIGNMENT;
	if (pe->reloc_len)
		return HM_E_PE_RELOCATIONS;
	if (!(pe->dll_characteristics & HM_PE_DLL_NX_COMPAT))
		return HM_E_EFI_KERNEL_NX;
	for (uint32_t i = 0; i < pe->section_count; i++) {
		struct hm_pe_section s;
		enum hm_err err = hm_pe_section(pe, i, &s);

		if (err)
			return err;
		if (s.characteristics & HM_PE_SCN_EXECUTE && s.characteristics & HM_PE_SCN_WRITE)
			return HM_E_PE_WX;
	}
	return HM_OK;
}

/* Pages for the whole image, at the alignment that its header asks for. */
static enum hm_err allocate(struct hm_efi *efi, const struct hm_pe *pe, uint8_t **ret)
{
	uint64_t slack = pe->section_alignment - HM_EFI_PAGE_LEN;
	uint64_t len = (uint64_t)pe->image_len + slack;
	EFI_PHYSICAL_ADDRESS base = 0;
	enum hm_err err;

	err = hm_efi_check(efi,
			   efi->bs->AllocatePages(AllocateAnyPages, EfiLoaderCode,
						  (UINTN)((len + HM_EFI_PAGE_LEN - 1) / HM_EFI_PAGE_LEN), &base),
			   HM_E_EFI_MEMORY);
	if (err)
		return err;
	base = (base + slack) & ~(EFI_PHYSICAL_ADDRESS)(pe->section_alignment - 1);
	*ret = (uint8_t *)(uintptr_t)base;
	return HM_OK;
}

/* core/pe has checked that headers and sections lie in the image and do not overlap. */
static enum hm_err copy(const struct hm_pe *pe, uint8_t *base)
{
	memset(base, 0, pe->image_len);
	memcpy(base, pe->image.p, pe->headers_len);
	for (uint32_t i = 0; i < pe->section_count; i++) {
		struct hm_pe_section s;
		enum hm_err err = hm_pe_section(pe, i, &s);

		if (err)
			return err;
		memcpy(base + s.rva, s.data.p, s.data.len);
	}
	return HM_OK;
}

/*
 * Give pages exactly the attributes `want`. Set comes first, so that no page is ever writable
 * and executable.
 */
static enum hm_err protect_range(struct hm_efi *efi, struct hm_memory_attributes *ma, const uint8_t *p, uint64_t len,
				 uint64_t want)
{
	const uint64_t all = HM_EFI_MEMORY_RP | HM_EFI_MEMORY_XP | HM_EFI_MEMORY_RO;
	EFI_PHYSICAL_ADDRESS base = (EFI_PHYSICAL_ADDRESS)(uintptr_t)p;
	enum hm_err err;

	err = hm_efi_check(efi, ma->set(ma, base, len, want), HM_E_EFI_KERNEL_PROTECT);
	if (err)
		return err;
	return hm_efi_check(efi, ma->clear(ma, base, len, all & ~want), HM_E_EFI_KERNEL_PROTECT);
}

static uint64_t attributes_of(const struct hm_pe_section *s)
{
	if (s->characteristics & HM_PE_SCN_EXECUTE)
		return HM_EFI_MEMORY_RO;
	if (s->characteristics & HM_PE_SCN_WRITE)
		return HM_EFI_MEMORY_XP;
	return HM_EFI_MEMORY_RO | HM_EFI_MEMORY_XP;
}

static enum hm_err protect(struct hm_efi *efi, const struct hm_pe *pe, const uint8_t *base)
{
	const uint64_t page_mask = HM_EFI_PAGE_LEN - 1;
	struct hm_memory_attributes *ma = NULL;
	EFI_STATUS status;
	enum hm_err err;

	/*
	 * Optional, UEFI 2.10. Firmware without it has no per-page protection that we could
	 * undermine.
	 */
	status = efi->bs->LocateProtocol(&memory_attributes_guid, NULL, (void **)&ma);
	if (status == EFI_NOT_FOUND)
		return HM_OK;
	err = hm_efi_check(efi, status, HM_E_EFI_KERNEL_PROTECT);
	if (err)
		return err;
	/* Headers and gaps first; then each section becomes what it says. */
	err = protect_range(efi, ma, base, pe->image_len, HM_EFI_MEMORY_RO | HM_EFI_MEMORY_XP);
	for (uint32_t i = 0; !err && i < pe->section_count; i++) {
		struct hm_pe_section s;

		err = hm_pe_section(pe, i, &s);
		if (!err && s.virtual_len)
			err = protect_range(efi, ma, base + s.rva, (s.virtual_len + page_mask) & ~page_mask,
					    attributes_of(&s));
	}
	return err;
}

enum hm_err hm_kernel_map(struct hm_efi *efi, struct hm_bytes linux, struct hm_kernel *ret)
{
	struct hm_pe pe;
	uint8_t *base;
	enum hm_err err;

	err = hm_pe_open_file(linux, &pe);
	if (err)
		return err;
	err = check_loadable(&pe);
	if (err)
		return err;
	err = allocate(efi, &pe, &base);
	if (err)
		return err;
	err = copy(&pe, base);
	if (err)
		return err;
	err = protect(efi, &pe, base);
	if (err)
		return err;
	*ret = (struct hm_kernel){
		.loaded = {.ImageBase = base, .ImageSize = pe.image_len},
		.entry_rva = pe.entry_rva,
	};
	return HM_OK;
}

/* ASCII to UCS-2 with NUL, as the kernel takes it and measures it into PCR 9, NUL included. */
static enum hm_err widen(struct hm_efi *efi, struct hm_bytes ascii, CHAR16 **ret, uint32_t *ret_len)
{
	size_t len = (ascii.len + 1) * sizeof(CHAR16); /* hm_uki_check_bootable bounds it */
	CHAR16 *wide = NULL;
	enum hm_err err;

	err = hm_efi_check(efi, efi->bs->AllocatePool(EfiLoaderData, len, (void **)&wide), HM_E_EFI_MEMORY);
	if (err)
		return err;
	for (size_t i = 0; i < ascii.len; i++)
		wide[i] = ascii.p[i];
	wide[ascii.len] = 0;
	*ret = wide;
	*ret_len = (uint32_t)len;
	return HM_OK;
}

enum hm_err hm_kernel_start(struct hm_efi *efi, const EFI_LOADED_IMAGE *own, struct hm_bytes cmdline,
			    struct hm_kernel *kernel)
{
	EFI_LOADED_IMAGE *loaded = &kernel->loaded;
	CHAR16 *options = NULL;
	uint32_t options_len = 0;
	image_entry entry;
	enum hm_err err;

	err = widen(efi, cmdline, &options, &options_len);
	if (err)
		return err;
	loaded->Revision = EFI_LOADED_IMAGE_PROTOCOL_REVISION;
	loaded->ParentHandle = efi->image;
	loaded->SystemTable = efi->st;
	loaded->DeviceHandle = own->DeviceHandle;
	loaded->FilePath = own->FilePath;
	loaded->LoadOptions = options;
	loaded->LoadOptionsSize = options_len;
	loaded->ImageCodeType = EfiLoaderCode;
	loaded->ImageDataType = EfiLoaderData;
	memset(kernel->around_before, 0xff, sizeof(kernel->around_before));
	memset(kernel->around_after, 0xff, sizeof(kernel->around_after));
	err = hm_efi_check(
		efi, efi->bs->InstallMultipleProtocolInterfaces(&kernel->handle, &loaded_image_guid, loaded, NULL),
		HM_E_EFI_KERNEL_OFFER);
	if (err)
		return err;
	entry = (image_entry)((uintptr_t)loaded->ImageBase + kernel->entry_rva);
	efi->status = entry(kernel->handle, efi->st);
	return HM_E_EFI_KERNEL_RETURNED;
}
