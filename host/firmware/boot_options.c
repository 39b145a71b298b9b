/* SPDX-License-Identifier: BSD-2-Clause */
/* boot_options.c - what OVMF makes of QEMU's list of disks */
#include "host/firmware/boot_options.h"

#include "core/eventlog.h"

#include <stdio.h>
#include <string.h>

#define OPTION_ACTIVE 0x001u
#define OPTION_SETUP 0x109u /* active, hidden, application */
#define SLOT_END 32u
#define PAGE 4096u
/* edk2 MdeModulePkg/Core/Dxe/Mem/Pool.c: what stands before and behind a large allocation. */
#define POOL_HEAD 0x18u
#define POOL_TAIL 0x10u

/* What UefiBootManagerLib appends to the options that it makes itself. */
static const uint8_t guid_automatic[16] = {0x4e, 0xac, 0x08, 0x81, 0x11, 0x9f, 0x59, 0x4d,
					   0x85, 0x0e, 0xe2, 0x1a, 0x52, 0x2c, 0x59, 0xb2};
/* 462caa21-7614-4503-836e-8ab6f4662331 and 7c04a583-9e3e-4f1c-ad65-e05268d0b4d1, in memory. */
static const uint8_t guid_ui_app[16] = {0x21, 0xaa, 0x2c, 0x46, 0x14, 0x76, 0x03, 0x45,
					0x83, 0x6e, 0x8a, 0xb6, 0xf4, 0x66, 0x23, 0x31};
static const uint8_t guid_shell[16] = {0x83, 0xa5, 0x04, 0x7c, 0x3e, 0x9e, 0x1c, 0x4f,
				       0xad, 0x65, 0xe0, 0x52, 0x68, 0xd0, 0xb4, 0xd1};
/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b, on disk: the EFI system partition. */
static const uint8_t guid_esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				     0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
static const char boot_path[] = "\\EFI\\BOOT\\BOOTX64.EFI";

/* UTF-16LE with its NUL. */
static void put_string(struct hm_writer *w, const char *text)
{
	hm_put_utf16(w, hm_bytes_of_text(text));
	hm_put_u16le(w, 0);
}

static void put_node(struct hm_writer *w, uint8_t type, uint8_t subtype, size_t len)
{
	hm_put_u8(w, type);
	hm_put_u8(w, subtype);
	hm_put_u16le(w, (uint16_t)len);
}

static void put_end(struct hm_writer *w)
{
	put_node(w, 0x7f, 0xff, 4);
}

/* PciRoot(0x0)/Pci(SLOT,0x0) */
static void put_pci(struct hm_writer *w, uint32_t slot)
{
	put_node(w, 2, 1, 12);
	hm_put_u32le(w, 0x0a0341d0u); /* PNP0A03 */
	hm_put_u32le(w, 0);
	put_node(w, 1, 1, 6);
	hm_put_u8(w, 0);
	hm_put_u8(w, (uint8_t)slot);
}

/* Fv(VOLUME)/FvFile(FILE) */
static void put_volume_file(struct hm_writer *w, const uint8_t volume[16], const uint8_t file[16])
{
	put_node(w, 4, 7, 20);
	hm_put_bytes(w, hm_bytes_of(volume, 16));
	put_node(w, 4, 6, 20);
	hm_put_bytes(w, hm_bytes_of(file, 16));
}

static bool add_variable(struct hm_ovmf_variables *list, const char *name, struct hm_bytes value)
{
	struct hm_writer w = hm_writer_of(list->variable[list->count].data, HM_OVMF_DATA_MAX);

	hm_eventlog_put_variable(&w, hm_guid_global, name, value);
	list->variable[list->count].len = w.len;
	list->variable[list->count].value_len = value.len;
	snprintf(list->variable[list->count].what, sizeof(list->variable[0].what), "%s", name);
	list->count++;
	return !w.failed;
}

/* One load option; `path` is a complete device path. */
static bool add_option(struct hm_ovmf_variables *list, uint32_t number, uint32_t attributes, const char *description,
		       struct hm_bytes path, bool automatic)
{
	uint8_t value[HM_OVMF_DATA_MAX];
	struct hm_writer w = hm_writer_of(value, sizeof(value));
	char name[16];

	hm_put_u32le(&w, attributes);
	hm_put_u16le(&w, (uint16_t)path.len);
	put_string(&w, description);
	hm_put_bytes(&w, path);
	if (automatic)
		hm_put_bytes(&w, hm_bytes_of(guid_automatic, sizeof(guid_automatic)));
	snprintf(name, sizeof(name), "Boot%04X", number);
	return !w.failed && add_variable(list, name, hm_writer_bytes(&w));
}

static bool add_disk(struct hm_ovmf_variables *list, uint32_t number, uint32_t slot)
{
	uint8_t path[32];
	struct hm_writer w = hm_writer_of(path, sizeof(path));
	char description[32] = "UEFI Misc Device";

	put_pci(&w, slot);
	put_end(&w);
	/* The same description a second time gets a number. */
	if (number > 1)
		snprintf(description, sizeof(description), "UEFI Misc Device %u", number);
	return !w.failed && add_option(list, number, OPTION_ACTIVE, description, hm_writer_bytes(&w), true);
}

static bool add_application(struct hm_ovmf_variables *list, const struct hm_profile *profile, uint32_t number,
			    uint32_t attributes, const char *description, const uint8_t file[16])
{
	uint8_t path[64];
	struct hm_writer w = hm_writer_of(path, sizeof(path));

	put_volume_file(&w, profile->dxe_name, file);
	put_end(&w);
	return !w.failed && add_option(list, number, attributes, description, hm_writer_bytes(&w), false);
}

/* The setup menu is option 0, the disks follow, the shell is last where there is one; they are tried as disks, menu,
 * shell. */
bool hm_ovmf_boot_variables(const struct hm_profile *profile, size_t disks, struct hm_ovmf_variables *ret)
{
	uint8_t order[2 * HM_OVMF_VARIABLES_MAX];
	struct hm_writer w = hm_writer_of(order, sizeof(order));
	struct hm_ovmf_variables list = {.count = 0};
	uint32_t shell = (uint32_t)disks + 1;

	if (disks > HM_PROFILE_DISKS_MAX || profile->first_slot + disks > SLOT_END)
		return false;
	for (uint32_t i = 1; i <= disks; i++)
		hm_put_u16le(&w, (uint16_t)i);
	hm_put_u16le(&w, 0);
	if (profile->shell)
		hm_put_u16le(&w, (uint16_t)shell);
	if (w.failed || !add_variable(&list, "BootOrder", hm_writer_bytes(&w)))
		return false;
	for (uint32_t i = 1; i <= disks; i++) {
		if (!add_disk(&list, i, profile->first_slot + i - 1))
			return false;
	}
	if (!add_application(&list, profile, 0, OPTION_SETUP, "UiApp", guid_ui_app) ||
	    (profile->shell &&
	     !add_application(&list, profile, shell, OPTION_ACTIVE, "EFI Internal Shell", guid_shell)))
		return false;
	*ret = list;
	return true;
}

/* HD(NUMBER,GPT,GUID,START,SIZE), in sectors. */
static bool put_system_partition(struct hm_writer *w, const struct hm_gpt *gpt)
{
	for (uint32_t i = 0; i < gpt->partition_count; i++) {
		const struct hm_gpt_partition *partition = &gpt->partition[i];
		struct hm_reader r = hm_reader_of(
			hm_bytes_of(gpt->entries + (partition->number - 1) * HM_GPT_ENTRY_LEN, HM_GPT_ENTRY_LEN));
		uint64_t first, last;

		if (memcmp(partition->type_guid, guid_esp, sizeof(guid_esp)) != 0)
			continue;
		hm_skip(&r, 32); /* type, GUID */
		first = hm_get_u64le(&r);
		last = hm_get_u64le(&r);
		put_node(w, 4, 1, 42);
		hm_put_u32le(w, partition->number);
		hm_put_u64le(w, first);
		hm_put_u64le(w, last - first + 1);
		hm_put_bytes(w, hm_bytes_of(partition->guid, sizeof(partition->guid)));
		hm_put_u8(w, 2); /* GPT */
		hm_put_u8(w, 2); /* identified by GUID */
		return !r.failed;
	}
	return false;
}

static uint64_t pool_pages(uint64_t len)
{
	return (len + POOL_HEAD + POOL_TAIL + PAGE - 1) / PAGE * PAGE;
}

bool hm_ovmf_image_data(const struct hm_profile *profile, size_t disks, const struct hm_gpt *gpt,
			const struct hm_pe *pe, uint64_t image_len, struct hm_writer *w)
{
	uint64_t top = disks && disks <= HM_PROFILE_DISKS_MAX ? profile->image_top[disks - 1] : 0;
	uint8_t path[HM_OVMF_DATA_MAX];
	struct hm_writer p = hm_writer_of(path, sizeof(path));

	put_pci(&p, profile->first_slot);
	if (!put_system_partition(&p, gpt))
		return false;
	put_node(&p, 4, 4, 4 + 2 * sizeof(boot_path));
	put_string(&p, boot_path);
	put_end(&p);
	hm_put_u64le(w, top > pool_pages(image_len) ? top - pool_pages(image_len) + POOL_HEAD : 0);
	hm_put_u64le(w, image_len);
	hm_put_u64le(w, pe->image_base);
	hm_put_u64le(w, p.len);
	hm_put_bytes(w, hm_writer_bytes(&p));
	return !p.failed && !w->failed;
}

uint64_t hm_ovmf_image_top(struct hm_bytes event_data)
{
	struct hm_reader r = hm_reader_of(event_data);
	uint64_t address = hm_get_u64le(&r);
	uint64_t len = hm_get_u64le(&r);

	if (r.failed || address < POOL_HEAD || (address - POOL_HEAD) % PAGE || len > UINT32_MAX)
		return 0;
	return address - POOL_HEAD + pool_pages(len);
}
