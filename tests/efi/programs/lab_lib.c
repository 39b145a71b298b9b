/* SPDX-License-Identifier: BSD-2-Clause */
/* lab_lib.c - what the EFI programs of the tests share */
#include "tests/efi/programs/lab.h"

__attribute__((section(".sbat"), used)) static const char sbat[] = "sbat,1,SBAT Version,sbat,1,-\n";

EFI_GUID lab_tcg2_guid = {0x607f766c, 0x7455, 0x42be, {0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f}};
EFI_GUID lab_cc_guid = {0x96751a3d, 0x72f4, 0x41a6, {0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b}};
EFI_GUID lab_attributes_guid = {0xf4560cf6, 0x40ec, 0x4b4a, {0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89}};
EFI_GUID lab_loaded_image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
EFI_GUID lab_load_file2_guid = {0x4006c0c1, 0xfcb3, 0x403e, {0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d}};
EFI_GUID lab_device_path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
struct lab_initrd_path lab_initrd_path = {
	{{MEDIA_DEVICE_PATH, MEDIA_VENDOR_DP, {sizeof(VENDOR_DEVICE_PATH), 0}},
	 {0x5568e427, 0x68fc, 0x4f3d, {0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68}}},
	{END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, {sizeof(EFI_DEVICE_PATH), 0}},
};

static void put(char c)
{
	uint8_t status;

	do
		__asm__ volatile("inb %1, %0" : "=a"(status) : "Nd"((uint16_t)0x3fd));
	while (!(status & 0x20));
	__asm__ volatile("outb %0, %1" ::"a"(c), "Nd"((uint16_t)0x3f8));
}

void say(const char *text)
{
	for (; *text; text++)
		put(*text);
}

void say_hex(const void *p, size_t len)
{
	static const char digit[] = "0123456789abcdef";
	const uint8_t *b = p;

	for (size_t i = 0; i < len; i++) {
		put(digit[b[i] >> 4]);
		put(digit[b[i] & 15]);
	}
}

void say_dec(uint64_t v)
{
	char text[21], *p = text + 20;

	*p = 0;
	do
		*--p = (char)('0' + v % 10);
	while (v /= 10);
	say(p);
}

void say_status(EFI_STATUS status)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(status >> (56 - 8 * i));
	say_hex(be, 8);
}

void say_wide(const CHAR16 *text)
{
	for (; *text; text++) {
		if (*text != '\r')
			put(*text == '\n' ? '|' : (char)*text);
	}
}

bool text_is(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

uint64_t tsc(void)
{
	return __builtin_ia32_rdtsc();
}

struct lab_tcg2 *find_tcg2(EFI_SYSTEM_TABLE *st)
{
	struct lab_tcg2 *tcg2 = NULL;

	return st->BootServices->LocateProtocol(&lab_tcg2_guid, NULL, (void **)&tcg2) ? NULL : tcg2;
}

/* TPM 2.0 part 3, 22.4: TPM2_PCR_Read of one register of the SHA-256 bank. */
void say_registers(EFI_SYSTEM_TABLE *st, const char *prefix, uint32_t first, uint32_t last)
{
	struct lab_tcg2 *tcg2 = find_tcg2(st);
	uint8_t in[20] = {0x80, 0x01, 0, 0, 0, 20, 0, 0, 0x01, 0x7e, 0, 0, 0, 1, 0x00, 0x0b, 3, 0, 0, 0};
	uint8_t out[128];

	for (uint32_t pcr = first; pcr <= last; pcr++) {
		for (uint32_t i = 0; i < 3; i++)
			in[17 + i] = pcr / 8 == i ? (uint8_t)(1u << pcr % 8) : 0;
		memset(out, 0xff, sizeof(out));
		say("\n");
		say(prefix);
		say(" pcr ");
		say_dec(pcr);
		say(" ");
		/* header 10, update counter 4, selection 4 + 6, count 4, length 2: the digest is at 30 */
		if (!tcg2 || tcg2->submit(tcg2, sizeof(in), in, sizeof(out), out) ||
		    out[6] | out[7] | out[8] | out[9] || out[29] != 32)
			say("unreadable");
		else
			say_hex(out + 30, 32);
	}
	say("\n");
}
