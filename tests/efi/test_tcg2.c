/* SPDX-License-Identifier: BSD-2-Clause */
/* test_tcg2.c - the TCG2 protocol's user against firmware that answers as it is told */
#include "efi/tcg2.h"

#include <string.h>

#include "tests/support/rows.h"

static struct {
	EFI_STATUS locate, capability, banks, extend;
	struct hm_tcg2_capability cap;
	uint32_t active;
	unsigned int extend_count;
	uint64_t flags, data, data_len;
	uint8_t event[128];
} fw;

static struct hm_tcg2_protocol protocol;

static EFI_STATUS EFIAPI locate(EFI_GUID *guid, void *reg, void **ret)
{
	(void)guid;
	(void)reg;
	if (!fw.locate)
		*ret = &protocol;
	return fw.locate;
}
static EFI_STATUS EFIAPI get_capability(struct hm_tcg2_protocol *p, struct hm_tcg2_capability *cap)
{
	(void)p;
	assert_int_equal(cap->size, 36);
	*cap = fw.cap;
	return fw.capability;
}
static EFI_STATUS EFIAPI get_active(struct hm_tcg2_protocol *p, uint32_t *ret)
{
	(void)p;
	*ret = fw.active;
	return fw.banks;
}
static EFI_STATUS EFIAPI hle(struct hm_tcg2_protocol *p, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t len,
			     void *event)
{
	uint32_t size;
	(void)p;
	memcpy(&size, event, 4);
	assert_true(size <= sizeof(fw.event));
	memcpy(fw.event, event, size);
	fw.flags = flags;
	fw.data = data;
	fw.data_len = len;
	fw.extend_count++;
	return fw.extend;
}

static EFI_BOOT_SERVICES bs;
static struct hm_efi efi = {.bs = &bs};
static struct hm_tcg2 tcg2;

static int setup(void **state)
{
	(void)state;
	memset(&fw, 0, sizeof(fw));
	fw.cap = (struct hm_tcg2_capability){.size = 36,
					     .structure_major = 1,
					     .structure_minor = 1,
					     .hash_algorithms = 15,
					     .tpm_present = 1,
					     .active_banks = 15};
	fw.active = 15;
	protocol.get_capability = get_capability;
	protocol.get_active_banks = get_active;
	protocol.hash_log_extend_event = hle;
	bs.LocateProtocol = locate;
	efi.status = 0;
	return 0;
}

static void good(void **state)
{
	struct hm_bytes part = hm_bytes_of_text("content");
	struct hm_measurement m = {
		.pcr = 11, .type = 0x0d, .parts = &part, .part_count = 1, .data = hm_bytes_of("a\0\0", 4), .what = "x"};
	static const uint8_t want[22] = {22, 0, 0, 0, 14, 0, 0, 0, 1, 0, 11, 0, 0, 0, 13, 0, 0, 0, 'a', 0, 0, 0};

	(void)state;
	assert_int_equal(hm_tcg2_open(&efi, &tcg2), HM_OK);
	assert_int_equal(tcg2.banks, 15);
	assert_int_equal(hm_tcg2_extend(&tcg2, &m), HM_OK);
	assert_int_equal(fw.extend_count, 1);
	assert_int_equal(fw.flags, 0);
	assert_int_equal(fw.data, (uintptr_t)part.p);
	assert_int_equal(fw.data_len, 7);
	assert_memory_equal(fw.event, want, sizeof(want));
	assert_string_equal(tcg2.what, "");
	m.type = HM_EV_HALLMARK;
	assert_int_equal(hm_tcg2_extend(&tcg2, &m), HM_OK);
	assert_memory_equal(fw.event, want, sizeof(want));
}

static void extend_status(void **state)
{
	static const struct {
		EFI_STATUS status;
		enum hm_err err;
	} table[] = {
		{EFI_VOLUME_FULL, HM_E_EFI_LOG_FULL}, {EFI_DEVICE_ERROR, HM_E_EXTEND},
		{EFI_INVALID_PARAMETER, HM_E_EXTEND}, {EFI_UNSUPPORTED, HM_E_EXTEND},
		{EFI_BUFFER_TOO_SMALL, HM_E_EXTEND},  {EFI_TIMEOUT, HM_E_EXTEND},
		{4 /* a warning */, HM_E_EXTEND},
	};
	struct hm_bytes part = hm_bytes_of_text("content"), two[2] = {part, part};
	struct hm_measurement m = {.pcr = 11, .type = 0x0d, .parts = &part, .part_count = 1, .what = "x"};
	static const uint8_t big[111];

	(void)state;
	assert_int_equal(hm_tcg2_open(&efi, &tcg2), HM_OK);
	for (size_t i = 0; ROW(i, table); i++) {
		fw.extend = table[i].status;
		fw.extend_count = 0;
		assert_int_equal(hm_tcg2_extend(&tcg2, &m), table[i].err);
		assert_int_equal(fw.extend_count, 1); /* never repeated */
		assert_string_equal(tcg2.what, "x");
		assert_true(efi.status == table[i].status);
	}
	fw.extend = 0;
	fw.extend_count = 0;
	m.zero_tail = 1;
	assert_int_equal(hm_tcg2_extend(&tcg2, &m), HM_E_EFI_EVENT);
	m.zero_tail = 0;
	m.parts = two;
	m.part_count = 2;
	assert_int_equal(hm_tcg2_extend(&tcg2, &m), HM_E_EFI_EVENT);
	m.parts = &part;
	m.part_count = 1;
	m.data = hm_bytes_of(big, sizeof(big));
	assert_int_equal(hm_tcg2_extend(&tcg2, &m), HM_E_EFI_EVENT);
	assert_int_equal(fw.extend_count, 0);
	m.data.len--;
	assert_int_equal(hm_tcg2_extend(&tcg2, &m), HM_OK);
}

#define REFUSED(change, code) \
	do { \
		setup(NULL); \
		change; \
		assert_int_equal(hm_tcg2_open(&efi, &tcg2), code); \
	} while (0)
static void refused(void **state)
{
	(void)state;
	REFUSED(fw.locate = EFI_NOT_FOUND, HM_E_EFI_NO_TPM);
	assert_null(tcg2.protocol);
	REFUSED(fw.capability = EFI_DEVICE_ERROR, HM_E_EFI_TPM_CAPABILITY);
	REFUSED(fw.cap.structure_major = 2, HM_E_EFI_TPM_CAPABILITY);
	REFUSED(fw.cap.structure_minor = 0, HM_E_EFI_TPM_CAPABILITY);
	REFUSED(fw.cap.size = 28, HM_E_EFI_TPM_CAPABILITY);
	REFUSED(fw.cap.tpm_present = 0, HM_E_EFI_TPM_ABSENT);
	REFUSED(fw.banks = EFI_DEVICE_ERROR, HM_E_EFI_BANKS);
	REFUSED(fw.active = 3, HM_E_EFI_BANKS);
	REFUSED(fw.cap.hash_algorithms = 7, HM_E_EFI_BANK_NOT_EXTENDED);
	REFUSED((fw.cap.hash_algorithms = 31, fw.active = fw.cap.active_banks = 31), HM_E_BANK_UNKNOWN);
	REFUSED(fw.active = fw.cap.active_banks = 9, HM_E_BANK_MISSING);
	assert_non_null(tcg2.protocol);
	REFUSED(fw.active = fw.cap.active_banks = 0, HM_E_BANK_MISSING);
	REFUSED(fw.active = fw.cap.active_banks = 4, HM_OK);
	assert_int_equal(tcg2.banks, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(good, setup),
		cmocka_unit_test_setup(extend_status, setup),
		cmocka_unit_test_setup(refused, setup),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
