/* SPDX-License-Identifier: BSD-2-Clause */
/* uki.c - the sections of a unified kernel image */
#include "uki.h"

/*
 * This order is an interface: PCR 11 depends on it.
 * Source: systemd, src/fundamental/uki.h, enum UnifiedSection.
 */
const struct hm_uki_section_info hm_uki_sections[HM_UKI_SECTION_COUNT] = {
	[HM_UKI_LINUX] = {".linux", true},
	[HM_UKI_OSREL] = {".osrel", true},
	[HM_UKI_CMDLINE] = {".cmdline", true},
	[HM_UKI_INITRD] = {".initrd", true},
	[HM_UKI_UCODE] = {".ucode", true},
	[HM_UKI_SPLASH] = {".splash", true},
	[HM_UKI_DTB] = {".dtb", true},
	[HM_UKI_UNAME] = {".uname", true},
	[HM_UKI_SBAT] = {".sbat", true},
	[HM_UKI_PCRSIG] = {".pcrsig", false}, /* signs the value that it would change */
	[HM_UKI_PCRPKEY] = {".pcrpkey", true},
	[HM_UKI_PROFILE] = {".profile", true},
	[HM_UKI_DTBAUTO] = {".dtbauto", true},
	[HM_UKI_HWIDS] = {".hwids", true},
	[HM_UKI_EFIFW] = {".efifw", true},
};

static bool find_name(struct hm_bytes name, enum hm_uki_section *ret)
{
	for (enum hm_uki_section i = 0; i < HM_UKI_SECTION_COUNT; i++) {
		if (hm_bytes_equal_text(name, hm_uki_sections[i].name)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

enum hm_err hm_uki_open(const struct hm_pe *pe, struct hm_uki *ret)
{
	struct hm_uki uki = {.pe = *pe};
	bool seen[HM_UKI_SECTION_COUNT] = {false};

	for (uint32_t i = 0; i < pe->section_count; i++) {
		struct hm_pe_section s;
		enum hm_uki_section known;
		enum hm_err err = hm_pe_section(pe, i, &s);

		if (err)
			return err;
		if (!find_name(s.name, &known))
			continue;
		/* PE readers disagree on which of two equally named sections counts. Refuse the second even if it is
		 * empty. */
		if (seen[known])
			return HM_E_PE_SECTION_DUPLICATE;
		seen[known] = true;
		/* systemd-stub takes it for absent. */
		if (s.virtual_len == 0)
			continue;
		if (hm_uki_sections[known].measured && s.raw_len == 0)
			return HM_E_UKI_SECTION_SIZE;
		uki.present[known] = true;
		uki.section[known] = s;
	}
	*ret = uki;
	return HM_OK;
}

enum hm_err hm_uki_check_cmdline(struct hm_bytes cmdline)
{
	return cmdline.len <= HM_CMDLINE_MAX && hm_bytes_is_printable(cmdline) ? HM_OK : HM_E_UKI_CMDLINE;
}

enum hm_err hm_uki_check_complete(const struct hm_uki *uki)
{
	if (!uki->present[HM_UKI_LINUX])
		return HM_E_UKI_NO_LINUX;
	if (!uki->present[HM_UKI_CMDLINE])
		return HM_E_UKI_NO_CMDLINE;
	if (!uki->present[HM_UKI_INITRD])
		return HM_E_UKI_NO_INITRD;
	return HM_OK;
}

enum hm_err hm_uki_check_bootable(const struct hm_uki *uki)
{
	enum hm_err err = hm_uki_check_complete(uki);

	if (err)
		return err;
	/* The tail is NULs. */
	if (uki->section[HM_UKI_CMDLINE].zero_tail)
		return HM_E_UKI_CMDLINE;
	return hm_uki_check_cmdline(uki->section[HM_UKI_CMDLINE].data);
}
