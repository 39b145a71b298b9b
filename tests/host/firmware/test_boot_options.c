/* SPDX-License-Identifier: BSD-2-Clause */
/* test_boot_options.c - boot variables and the image event's data, against the bytes that real firmware logged */
#include "host/firmware/boot_options.h"

#include "tests/support/support.h"

#include <string.h>

/* Debian 12's OVMF_CODE_4M.fd on QEMU q35 with two virtio disks in slots 3 and 4: its own log. */
static const struct {
	const char *what;
	const char *data;
} logged[] = {
	{"BootOrder", "61dfe48bca93d211aa0d00e098032b8c0900000000000000080000000000000042006f006f0074004f00720064006500"
		      "72000100020000000300"},
	{"Boot0001", "61dfe48bca93d211aa0d00e098032b8c08000000000000004e0000000000000042006f006f0074003000300030003100"
		     "010000001600550045004600490020004d006900730063002000440065007600690063006500000002010c00d041030a"
		     "000000000101060000037fff04004eac0881119f594d850ee21a522c59b2"},
	{"Boot0002", "61dfe48bca93d211aa0d00e098032b8c0800000000000000520000000000000042006f006f0074003000300030003200"
		     "010000001600550045004600490020004d00690073006300200044006500760069006300650020003200000002010c00"
		     "d041030a000000000101060000047fff04004eac0881119f594d850ee21a522c59b2"},
	{"Boot0000", "61dfe48bca93d211aa0d00e098032b8c08000000000000003e0000000000000042006f006f0074003000300030003000"
		     "090100002c0055006900410070007000000004071400c9bdb87cebf8344faaea3ee4af6516a10406140021aa2c461476"
		     "0345836e8ab6f46623317fff0400"},
	{"Boot0003", "61dfe48bca93d211aa0d00e098032b8c0800000000000000580000000000000042006f006f0074003000300030003300"
		     "010000002c00450046004900200049006e007400650072006e0061006c0020005300680065006c006c00000004071400"
		     "c9bdb87cebf8344faaea3ee4af6516a10406140083a5047c3e9e1c4fad65e05268d0b4d17fff0400"},
};
/* The same with one disk: UEFI_IMAGE_LOAD_EVENT. */
static const char logged_image[] =
	"1890f23c0000000040dc0301000000000000000000000000700000000000000002010c00d041030a0000000001010600"
	"000304012a0001000000000800000000000000200100000000007d393be7144b9f8e84d67852c27da1eb020204043000"
	"5c004500460049005c0042004f004f0054005c0042004f004f0054005800360034002e0045004600490000007fff0400";
#define LOGGED_IMAGE_LEN 17030208u
#define LOGGED_TOP 0x3df67000u

static struct hm_profile make_profile(void)
{
	/* 7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1: OVMF's DXE volume, OvmfPkg/OvmfPkgX64.fdf */
	static const uint8_t dxe[16] = {0xc9, 0xbd, 0xb8, 0x7c, 0xeb, 0xf8, 0x34, 0x4f,
					0xaa, 0xea, 0x3e, 0xe4, 0xaf, 0x65, 0x16, 0xa1};
	struct hm_profile profile;

	memset(&profile, 0, sizeof(profile));
	profile.first_slot = 3;
	profile.shell = true;
	memcpy(profile.dxe_name, dxe, sizeof(dxe));
	return profile;
}

static void test_boot_variables(void **state)
{
	struct hm_profile profile = make_profile();
	struct hm_ovmf_variables list;

	(void)state;
	assert_true(hm_ovmf_boot_variables(&profile, 2, &list));
	assert_int_equal(list.count, HM_ARRAY_LEN(logged));
	for (size_t i = 0; i < list.count; i++) {
		assert_string_equal(list.variable[i].what, logged[i].what);
		assert_hex(hm_bytes_of(list.variable[i].data, list.variable[i].len), logged[i].data);
	}
}

static void test_no_shell(void **state)
{
	struct hm_profile profile = make_profile();
	struct hm_ovmf_variables list;

	(void)state;
	profile.shell = false;
	assert_true(hm_ovmf_boot_variables(&profile, 1, &list));
	assert_int_equal(list.count, 3);
	/* Debian 13's OVMF with Secure Boot: BootOrder is Boot0001, Boot0000. */
	assert_hex(hm_bytes_of(list.variable[0].data + list.variable[0].len - 4, 4), "01000000");
}

static void test_too_many(void **state)
{
	struct hm_profile profile = make_profile();
	struct hm_ovmf_variables list;

	(void)state;
	assert_true(hm_ovmf_boot_variables(&profile, HM_PROFILE_DISKS_MAX, &list));
	assert_false(hm_ovmf_boot_variables(&profile, HM_PROFILE_DISKS_MAX + 1, &list));
	profile.first_slot = 31;
	assert_true(hm_ovmf_boot_variables(&profile, 1, &list));
	assert_false(hm_ovmf_boot_variables(&profile, 2, &list));
}

/* The partition that the logged device path names: number 1, from sector 0x800, 0x12000 sectors. */
static void make_gpt(struct hm_gpt *gpt, struct hm_bytes event)
{
	/* c12a7328-f81f-11d2-ba4b-00a0c93ec93b */
	static const uint8_t esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
					0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
	struct hm_writer w = hm_writer_of(gpt->entries, sizeof(gpt->entries));
	/* Behind address, lengths, link address, PCI root and device: the HD node; its GUID is at 24. */
	const uint8_t *node = event.p + 32 + 12 + 6;

	gpt->entry_count = 128;
	gpt->partition_count = 1;
	gpt->partition[0].number = 1;
	memcpy(gpt->partition[0].type_guid, esp, 16);
	memcpy(gpt->partition[0].guid, node + 24, 16);
	hm_put_bytes(&w, hm_bytes_of(esp, 16));
	hm_put_bytes(&w, hm_bytes_of(node + 24, 16));
	hm_put_u64le(&w, 0x800);
	hm_put_u64le(&w, 0x800 + support_get_u32(node + 16) - 1);
}

static void test_image_data(void **state)
{
	static struct hm_gpt gpt;
	struct hm_pe pe = {.image_base = 0};
	struct hm_profile profile = make_profile();
	uint8_t want[256], got[256];
	struct hm_writer w = hm_writer_of(got, sizeof(got));
	size_t len = strlen(logged_image) / 2;

	(void)state;
	assert_true(hm_parse_hex(hm_bytes_of_text(logged_image), want, len));
	assert_int_equal(hm_ovmf_image_top(hm_bytes_of(want, len)), LOGGED_TOP);
	make_gpt(&gpt, hm_bytes_of(want, len));
	profile.image_top[0] = LOGGED_TOP;
	assert_true(hm_ovmf_image_data(&profile, 1, &gpt, &pe, LOGGED_IMAGE_LEN, &w));
	assert_hex(hm_writer_bytes(&w), logged_image);
	/* Where memory ends is not known with two disks: everything but the address. */
	w = hm_writer_of(got, sizeof(got));
	assert_true(hm_ovmf_image_data(&profile, 2, &gpt, &pe, LOGGED_IMAGE_LEN, &w));
	assert_true(hm_bytes_is_zero(hm_bytes_of(got, 8)));
	assert_memory_equal(got + 8, want + 8, len - 8);
	/* Where the file would be loaded, as edk2 takes it from the header. */
	pe.image_base = 0x14df90000;
	w = hm_writer_of(got, sizeof(got));
	assert_true(hm_ovmf_image_data(&profile, 1, &gpt, &pe, LOGGED_IMAGE_LEN, &w));
	assert_memory_equal(got, want, 16);
	assert_memory_equal(got + 16, "\x00\x00\xf9\x4d\x01\x00\x00", 8);
	assert_memory_equal(got + 24, want + 24, len - 24);
	/* No EFI system partition. */
	gpt.partition[0].type_guid[0] ^= 1;
	w = hm_writer_of(got, sizeof(got));
	assert_false(hm_ovmf_image_data(&profile, 1, &gpt, &pe, LOGGED_IMAGE_LEN, &w));
}

/* Another image on the same machine: 17729536 bytes were loaded at 0x3ce7e018. */
static void test_image_top(void **state)
{
	uint8_t event[16] = {0x18, 0xe0, 0xe7, 0x3c, 0, 0, 0, 0, 0x00, 0x88, 0x0e, 0x01};

	(void)state;
	assert_int_equal(hm_ovmf_image_top(hm_bytes_of(event, sizeof(event))), LOGGED_TOP);
	event[0] = 0x19;
	assert_int_equal(hm_ovmf_image_top(hm_bytes_of(event, sizeof(event))), 0);
	event[0] = 0x18;
	assert_int_equal(hm_ovmf_image_top(hm_bytes_of(event, 15)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot_variables), cmocka_unit_test(test_no_shell),
		cmocka_unit_test(test_too_many),       cmocka_unit_test(test_image_data),
		cmocka_unit_test(test_image_top),
	};

	return cmocka_run_group_tests_name("ovmf", tests, NULL, NULL);
}
