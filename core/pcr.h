/* SPDX-License-Identifier: BSD-2-Clause */
/* pcr.h - registers in every bank: start values, extend, and what each register is for */
#ifndef HM_PCR_H
#define HM_PCR_H

#include "digest.h"

/*
 * Platform configuration registers as values: what they hold when the machine starts, what an extend makes of them, and
 * what each one is for in this system. hm_pcr_table is the table of docs/FORMATS.md; golden files may differ from it in
 * the direction that lib/verify allows. Nothing here talks to a TPM. Sources: TCG PC Client Platform TPM Profile 1.06,
 * 4.6 (registers, start values); TCG PC Client Platform Firmware Profile 1.06, 3.3.4 (what firmware measures where).
 */
#define HM_PCR_COUNT 24
#define HM_PCR_FIRMWARE_CODE 0u
#define HM_PCR_FIRMWARE_CONFIG 1u /* boot variables, ACPI tables */
#define HM_PCR_OPTION_ROM 2u
#define HM_PCR_OPTION_ROM_CONFIG 3u
#define HM_PCR_BOOT_APPLICATION 4u /* the UKI */
#define HM_PCR_PARTITIONS 5u	   /* of the boot disk; ExitBootServices */
#define HM_PCR_HOST 6u
#define HM_PCR_SECURE_BOOT 7u
#define HM_PCR_BOOT_LOADER 8u /* of loaders that this system has not */
#define HM_PCR_KERNEL_STUB 9u /* load options, initrd */
#define HM_PCR_IMA 10u
/* Ours: measured by the stub (11), the initramfs program and the guest. */
#define HM_PCR_OS 11u
#define HM_PCR_CONFIG 12u
#define HM_PCR_APP 13u
#define HM_PCR_WEIGHTS 14u
#define HM_PCR_TLS 15u
#define HM_PCR_OWNED_FIRST HM_PCR_OS
#define HM_PCR_OWNED_LAST HM_PCR_TLS
#define HM_PCR_OWNED_COUNT (HM_PCR_OWNED_LAST - HM_PCR_OWNED_FIRST + 1u)

/* A set of registers: bit HM_PCR_BIT(pcr). */
#define HM_PCR_BIT(pcr) (1u << (pcr))
#define HM_PCRS_OWNED (HM_PCR_BIT(HM_PCR_OWNED_LAST + 1u) - HM_PCR_BIT(HM_PCR_OWNED_FIRST))
/* What a platform's profile decides by registers: firmware, its settings, the host's events. */
#define HM_PCRS_PLATFORM \
	(HM_PCR_BIT(HM_PCR_FIRMWARE_CODE) | HM_PCR_BIT(HM_PCR_FIRMWARE_CONFIG) | HM_PCR_BIT(HM_PCR_HOST))
/* Registers 0 to 15 are quoted; the others can be reset and are never used. */
#define HM_PCR_QUOTED 16u

enum hm_pcr_policy {
	HM_POLICY_ONE_OF,   /* must be as in a platform profile; without any profile it is shown */
	HM_POLICY_PINNED,   /* must equal the golden value */
	HM_POLICY_ZERO,	    /* must never have been extended */
	HM_POLICY_SHOWN,    /* shown, a difference does not reject */
	HM_POLICY_REPLAYED, /* the golden value, then at most one hallmark-tls record of the runtime log */
};

struct hm_pcr_info {
	uint8_t index;
	enum hm_pcr_policy policy;
	const char *holds; /* in words, for tables */
};
/* Registers 0 to 15, DESIGN.md's table in one place. */
extern const struct hm_pcr_info hm_pcr_table[HM_PCR_QUOTED];
const char *hm_policy_name(enum hm_pcr_policy policy);

struct hm_pcrs {
	uint32_t banks;
	uint8_t value[HM_BANK_COUNT][HM_PCR_COUNT][HM_DIGEST_MAX];
};

/* Power-on values: zero for 0-16 and 23, all ones for 17-22. `locality` (0, 3 or 4) is PCR 0's last byte. */
void hm_pcrs_init(struct hm_pcrs *pcrs, uint32_t banks, uint8_t locality);
/* value = H(value || digest) in every bank of pcrs->banks; digests must hold all of them. */
HM_MUST_CHECK enum hm_err hm_pcrs_extend(struct hm_pcrs *pcrs, const struct hm_hasher *hasher, uint32_t pcr,
					 const struct hm_digests *digests);
/* The register's value in all of pcrs->banks. */
void hm_pcr_digests(const struct hm_pcrs *pcrs, uint32_t pcr, struct hm_digests *ret);
/* The banks among `banks` in which the register is not the same in `a` and `b`. */
uint32_t hm_pcr_differing(const struct hm_pcrs *a, const struct hm_pcrs *b, uint32_t banks, uint32_t pcr);
bool hm_pcr_is_zero(const struct hm_pcrs *pcrs, uint32_t pcr);

#endif
