/* SPDX-License-Identifier: BSD-2-Clause */
/* test_volumes.c - volumes of OVMF's files: the DXE volume is the one that booted machines have measured */
#include "lib/base/error.h"
#include "host/firmware/volumes.h"

#include "tests/support/support.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"

#include <stdlib.h>
#include <string.h>

#define OVMF "/usr/share/OVMF/OVMF_CODE_4M.fd"

/* Firmware files by their SHA-256, and the digest of the DXE volume's event in the log of a machine that ran it. */
static const struct {
	const char *file;
	const char *dxe;
} booted[] = {
	{"b157d97b1f69729514feb7f201d2cbe4957f23ab77920e361fe9f822ba49ca4c",
	 "82a0445201cb49945461acc6ed78426700fb7e92819862edc55ba3ad4559b135"},
	{"1a46295574430cfb7f825ee3e4dc64b052acbef08e310377ed7c64cb757a9dc1",
	 "8e61460f5088f6ed97e3f28cad67a193d19b210b376bc254e283544b30957bca"},
};

static void hash(struct hm_bytes bytes, uint8_t ret[32])
{
	assert_ok(hm_crypto_hasher.hash(NULL, HM_SHA256, &bytes, 1, 0, ret));
}

static void test_dxe_volume(void **state)
{
	struct hm_firmware firmware;
	struct hm_error error = {0};
	struct hm_bytes file;
	uint8_t *memory = support_read_file(OVMF, &file);
	uint8_t sha256[32], want[32];
	bool known = false;

	(void)state;
	if (!memory)
		skip();
	if (!hm_firmware_parse(file, &firmware, &error))
		fail_msg("%s", error.text);
	assert_true(firmware.pei.len > 0);
	hash(file, sha256);
	for (size_t i = 0; ROW_NAMED(i, booted, booted[i].file); i++) {
		assert_true(hm_parse_hex(hm_bytes_of_text(booted[i].file), want, 32));
		if (memcmp(sha256, want, 32) != 0)
			continue;
		known = true;
		hash(firmware.dxe, sha256);
		assert_hex(hm_bytes_of(sha256, 32), booted[i].dxe);
		break;
	}
	hm_firmware_free(&firmware);
	free(memory);
	if (!known) {
		print_message("# no machine with this host's " OVMF " is known here\n");
		skip();
	}
}

static void assert_refused(struct hm_bytes file, const char *want)
{
	struct hm_firmware firmware;
	struct hm_error error = {0};

	if (hm_firmware_parse(file, &firmware, &error)) {
		hm_firmware_free(&firmware);
		fail_msg("accepted, although: %s", want);
	}
	if (!strstr(error.text, want))
		fail_msg("refused with '%s', not with '%s'", error.text, want);
}

static void test_not_firmware(void **state)
{
	static uint8_t zeros[65536];

	(void)state;
	assert_refused(hm_bytes_of(zeros, sizeof(zeros)), "there is no volume with an LZMA section");
	assert_refused(hm_bytes_of(zeros, 1), "there is no volume with an LZMA section");
	memcpy(zeros + 40, "_FVH", 4);
	assert_refused(hm_bytes_of(zeros, sizeof(zeros)), "there is no volume with an LZMA section");
}

/* Cut and damaged copies: refused or read otherwise, never beyond the end (the sanitizers watch). */
static void test_damaged(void **state)
{
	struct hm_bytes file;
	uint8_t *memory = support_read_file(OVMF, &file);
	uint8_t *copy;

	(void)state;
	if (!memory)
		skip();
	copy = malloc(file.len);
	assert_non_null(copy);
	assert_refused(hm_bytes_of(memory, file.len / 8), "there is no volume");
	/* The headers of the first volume, its first file and the LZMA section are in the first 200 bytes. */
	for (size_t i = 0; i < 200; i++) {
		struct hm_firmware firmware;
		struct hm_error error = {0};

		memcpy(copy, memory, 4096);
		copy[i] ^= 0xff;
		/* Only the headers: what they say must not be believed further than the bytes go. */
		if (hm_firmware_parse(hm_bytes_of(copy, 4096), &firmware, &error))
			hm_firmware_free(&firmware);
	}
	memcpy(copy, memory, file.len);
	memset(copy + 0x1000, 0xa5, 0x8000);
	assert_refused(hm_bytes_of(copy, file.len), "the LZMA section cannot be unpacked");
	free(copy);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_dxe_volume), cmocka_unit_test(test_not_firmware),
					   cmocka_unit_test(test_damaged)};

	return cmocka_run_group_tests_name("firmware", tests, NULL, NULL);
}
