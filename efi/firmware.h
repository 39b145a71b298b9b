/* SPDX-License-Identifier: BSD-2-Clause */
/* firmware.h - the firmware as the stub sees it: tables, protocols, status */
#ifndef HM_FIRMWARE_H
#define HM_FIRMWARE_H

#include "core/bytes.h"
#include "core/err.h"

#include <efi.h>

/*
 * gnu-efi gives the tables of the UEFI specification; what its releases of 3.0.15 to 3.0.18 do not
 * all have is defined here. The firmware lays these structs out, so that their offsets are
 * asserted, also those of gnu-efi that we fill in. Sources: UEFI 2.10, chapter 9 (loaded image),
 * 13.2 (load file 2), 37 (memory attributes), 38 (confidential computing); TCG EFI Protocol Specification, family 2.0,
 * rev. 00.13, section 6.
 */

/* What every part of the stub needs. One exists, for the life of the stub. */
struct hm_efi {
	EFI_HANDLE image; /* our own */
	EFI_SYSTEM_TABLE *st;
	EFI_BOOT_SERVICES *bs;
	EFI_STATUS status; /* of the firmware call that failed last; EFI_SUCCESS: none failed */
};

/*
 * HM_OK for EFI_SUCCESS only: a warning is a failure too. Else keeps the status and returns
 * `err`.
 */
HM_MUST_CHECK static inline enum hm_err hm_efi_check(struct hm_efi *efi, EFI_STATUS status, enum hm_err err)
{
	if (status == EFI_SUCCESS)
		return HM_OK;
	efi->status = status;
	return err;
}

#define HM_EFI_PAGE_LEN 4096u

/* TCG2 protocol */
struct hm_tcg2_capability {
	uint8_t size;
	uint8_t structure_major;
	uint8_t structure_minor;
	uint8_t protocol_major;
	uint8_t protocol_minor;
	uint32_t hash_algorithms; /* what the firmware can compute */
	uint32_t log_formats;
	uint8_t tpm_present;
	uint16_t max_command_len;
	uint16_t max_response_len;
	uint32_t manufacturer;
	uint32_t bank_count;
	uint32_t active_banks; /* what the TPM keeps; from structure version 1.1 on */
};
HM_STATIC_ASSERT(offsetof(struct hm_tcg2_capability, hash_algorithms) == 8, "TCG EFI 6.4");
HM_STATIC_ASSERT(offsetof(struct hm_tcg2_capability, tpm_present) == 16, "TCG EFI 6.4");
HM_STATIC_ASSERT(offsetof(struct hm_tcg2_capability, max_command_len) == 18, "TCG EFI 6.4");
HM_STATIC_ASSERT(offsetof(struct hm_tcg2_capability, manufacturer) == 24, "TCG EFI 6.4");
HM_STATIC_ASSERT(offsetof(struct hm_tcg2_capability, active_banks) == 32, "TCG EFI 6.4");
HM_STATIC_ASSERT(sizeof(struct hm_tcg2_capability) == 36, "TCG EFI 6.4");

struct hm_tcg2_protocol {
	EFI_STATUS(EFIAPI *get_capability)(struct hm_tcg2_protocol *, struct hm_tcg2_capability *);
	void *get_event_log; /* never called: later events would go to the final-events table */
	EFI_STATUS(EFIAPI *hash_log_extend_event)
	(struct hm_tcg2_protocol *, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t data_len, void *event);
	void *submit_command;
	EFI_STATUS(EFIAPI *get_active_banks)(struct hm_tcg2_protocol *, uint32_t *ret_banks);
	void *set_active_banks;
	void *get_result_of_set_active_banks;
};
HM_STATIC_ASSERT(offsetof(struct hm_tcg2_protocol, hash_log_extend_event) == 16, "TCG EFI 6.3");
HM_STATIC_ASSERT(offsetof(struct hm_tcg2_protocol, get_active_banks) == 32, "TCG EFI 6.3");
HM_STATIC_ASSERT(sizeof(struct hm_tcg2_protocol) == 56, "TCG EFI 6.3");

/* Confidential-computing measurement protocol: TDX's runtime measurement registers */
struct hm_cc_capability {
	uint8_t size;
	uint8_t structure_major;
	uint8_t structure_minor;
	uint8_t protocol_major;
	uint8_t protocol_minor;
	uint32_t hash_algorithms; /* bits as of TCG2 */
	uint32_t log_formats;
	uint8_t type;
	uint8_t subtype;
};
HM_STATIC_ASSERT(offsetof(struct hm_cc_capability, hash_algorithms) == 8, "UEFI 38.2");
HM_STATIC_ASSERT(offsetof(struct hm_cc_capability, subtype) == 17, "UEFI 38.2");
HM_STATIC_ASSERT(sizeof(struct hm_cc_capability) == 20, "UEFI 38.2");

struct hm_cc_protocol {
	EFI_STATUS(EFIAPI *get_capability)(struct hm_cc_protocol *, struct hm_cc_capability *);
	void *get_event_log; /* never called */
	EFI_STATUS(EFIAPI *hash_log_extend_event)
	(struct hm_cc_protocol *, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t data_len, void *event);
	EFI_STATUS(EFIAPI *map_pcr)(struct hm_cc_protocol *, uint32_t pcr, uint32_t *ret_index);
};
HM_STATIC_ASSERT(offsetof(struct hm_cc_protocol, hash_log_extend_event) == 16, "UEFI 38.2");
HM_STATIC_ASSERT(sizeof(struct hm_cc_protocol) == 32, "UEFI 38.2");

/* Load file 2 protocol */
struct hm_load_file2 {
	EFI_STATUS(EFIAPI *load_file)
	(struct hm_load_file2 *, EFI_DEVICE_PATH *path, BOOLEAN boot_policy, UINTN *len, void *buffer);
};
HM_STATIC_ASSERT(sizeof(struct hm_load_file2) == 8, "UEFI 13.2");
HM_STATIC_ASSERT(sizeof(EFI_DEVICE_PATH) == 4, "UEFI 10.3.1");
HM_STATIC_ASSERT(sizeof(VENDOR_DEVICE_PATH) == 20, "UEFI 10.3.5.3");

/* Memory attribute protocol */
struct hm_memory_attributes {
	void *get;
	EFI_STATUS(EFIAPI *set)
	(struct hm_memory_attributes *, EFI_PHYSICAL_ADDRESS base, uint64_t len, uint64_t attributes);
	EFI_STATUS(EFIAPI *clear)
	(struct hm_memory_attributes *, EFI_PHYSICAL_ADDRESS base, uint64_t len, uint64_t attributes);
};
HM_STATIC_ASSERT(offsetof(struct hm_memory_attributes, set) == 8, "UEFI 37");
HM_STATIC_ASSERT(offsetof(struct hm_memory_attributes, clear) == 16, "UEFI 37");
#define HM_EFI_MEMORY_RP 0x02000ull /* no reads */
#define HM_EFI_MEMORY_XP 0x04000ull /* no execution */
#define HM_EFI_MEMORY_RO 0x20000ull /* no writes */

HM_STATIC_ASSERT(offsetof(EFI_LOADED_IMAGE, SystemTable) == 16, "UEFI 9.1");
HM_STATIC_ASSERT(offsetof(EFI_LOADED_IMAGE, LoadOptionsSize) == 48, "UEFI 9.1");
HM_STATIC_ASSERT(offsetof(EFI_LOADED_IMAGE, LoadOptions) == 56, "UEFI 9.1");
HM_STATIC_ASSERT(offsetof(EFI_LOADED_IMAGE, ImageBase) == 64, "UEFI 9.1");
HM_STATIC_ASSERT(offsetof(EFI_LOADED_IMAGE, ImageCodeType) == 80, "UEFI 9.1");
HM_STATIC_ASSERT(sizeof(EFI_LOADED_IMAGE) == 96, "UEFI 9.1");

/*
 * What turns silently wrong when the compiler is called without -fshort-wchar or
 * -DGNU_EFI_USE_MS_ABI.
 */
HM_STATIC_ASSERT(sizeof(CHAR16) == 2 && sizeof(L'x') == 2, "UEFI 2.3.1: CHAR16 is UCS-2");
HM_STATIC_ASSERT(sizeof(UINTN) == 8 && sizeof(BOOLEAN) == 1, "UEFI 2.3.1");
#ifndef HAVE_USE_MS_ABI
#error "firmware is called by the Microsoft convention: -DGNU_EFI_USE_MS_ABI"
#endif

#endif
