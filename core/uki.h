/* SPDX-License-Identifier: BSD-2-Clause */
/* uki.h - the sections of a unified kernel image, in the order in which they are measured */
#ifndef HM_UKI_H
#define HM_UKI_H

#include "pe.h"

/*
 * This order is an interface: it is systemd-stub's and systemd-measure's (not
 * the one in the text of UAPI.5), and PCR 11 depends on it. Known answers are in
 * tests/core/test_uki.c. Section names above 8 bytes cannot exist in our images.
 */
enum hm_uki_section {
	HM_UKI_LINUX,
	HM_UKI_OSREL,
	HM_UKI_CMDLINE,
	HM_UKI_INITRD,
	HM_UKI_UCODE,
	HM_UKI_SPLASH,
	HM_UKI_DTB,
	HM_UKI_UNAME,
	HM_UKI_SBAT,
	HM_UKI_PCRSIG,
	HM_UKI_PCRPKEY,
	HM_UKI_PROFILE,
	HM_UKI_DTBAUTO,
	HM_UKI_HWIDS,
	HM_UKI_EFIFW,
	HM_UKI_SECTION_COUNT
};

struct hm_uki_section_info {
	const char *name; /* ".linux" */
	bool measured;	  /* false for .pcrsig only */
};
extern const struct hm_uki_section_info hm_uki_sections[HM_UKI_SECTION_COUNT];

struct hm_uki {
	struct hm_pe pe;
	bool present[HM_UKI_SECTION_COUNT]; /* exists with VirtualSize > 0 */
	struct hm_pe_section section[HM_UKI_SECTION_COUNT];
};

/* Find the sections; a known one twice is PE_SECTION_DUPLICATE. No section is required here. */
HM_MUST_CHECK enum hm_err hm_uki_open(const struct hm_pe *pe, struct hm_uki *ret);
/* .linux, .cmdline and .initrd exist. */
HM_MUST_CHECK enum hm_err hm_uki_check_complete(const struct hm_uki *uki);
/* Printable ASCII without NUL or newline, and not too long: what a kernel may be given. */
#define HM_CMDLINE_MAX 2047u /* COMMAND_LINE_SIZE of x86 less the NUL */
HM_MUST_CHECK enum hm_err hm_uki_check_cmdline(struct hm_bytes cmdline);
/* What our stub boots: complete, and .cmdline is what a kernel may be given, byte for byte. */
HM_MUST_CHECK enum hm_err hm_uki_check_bootable(const struct hm_uki *uki);

#endif
