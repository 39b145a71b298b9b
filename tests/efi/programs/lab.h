/* SPDX-License-Identifier: BSD-2-Clause */
/* lab.h - what the EFI programs of the tests share: one line at a time on the first serial port, and registers */
#ifndef TESTS_EFI_LAB_H
#define TESTS_EFI_LAB_H

#include "efi/firmware.h"

/*
 * Lines go to COM1 by port, not to the firmware's console, which wraps them. Each begins with LF, so that it stands
 * alone whatever the console did before.
 */
void say(const char *text);
void say_hex(const void *p, size_t len);
void say_dec(uint64_t v);
void say_status(EFI_STATUS status);
/* UCS-2 text, line ends as '|'. */
void say_wide(const CHAR16 *text);

/* "PREFIX pcr N HEX" for registers `first` to `last` of the SHA-256 bank, read from the TPM by command. */
void say_registers(EFI_SYSTEM_TABLE *st, const char *prefix, uint32_t first, uint32_t last);

bool text_is(const char *a, const char *b);
uint64_t tsc(void);

struct lab_tcg2 {
	EFI_STATUS(EFIAPI *get_capability)(struct lab_tcg2 *, struct hm_tcg2_capability *);
	EFI_STATUS(EFIAPI *get_event_log)
	(struct lab_tcg2 *, uint32_t format, EFI_PHYSICAL_ADDRESS *start, EFI_PHYSICAL_ADDRESS *last, BOOLEAN *cut);
	EFI_STATUS(EFIAPI *extend)
	(struct lab_tcg2 *, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t len, void *event);
	EFI_STATUS(EFIAPI *submit)(struct lab_tcg2 *, uint32_t in_len, uint8_t *in, uint32_t out_len, uint8_t *out);
	EFI_STATUS(EFIAPI *get_banks)(struct lab_tcg2 *, uint32_t *ret);
	void *set_banks;
	void *get_result;
};
struct lab_tcg2 *find_tcg2(EFI_SYSTEM_TABLE *st);

extern EFI_GUID lab_tcg2_guid, lab_cc_guid, lab_attributes_guid, lab_loaded_image_guid, lab_load_file2_guid,
	lab_device_path_guid;
struct lab_initrd_path {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH end;
};
extern struct lab_initrd_path lab_initrd_path;

#endif
