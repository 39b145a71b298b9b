/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticode_dump.c - print the firmware's hash of a PE file, for tests/tools/authenticode.t */
#include "core/authenticode.h"

#include "lib/crypto/hash.h"
#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>

static int dump(struct hm_bytes image, enum hm_bank bank)
{
	struct hm_authenticode parts;
	struct hm_digests digests;
	struct hm_pe pe;
	enum hm_err err;

	err = hm_pe_open_file(image, &pe);
	if (!err)
		err = hm_authenticode_parts(&pe, &parts);
	if (!err)
		err = hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(bank), parts.parts, parts.count, 0, &digests);
	if (err) {
		fprintf(stderr, "%s: %s\n", hm_err_name(err), hm_err_text(err));
		return 1;
	}
	for (size_t i = 0; i < hm_algs[bank].len; i++)
		printf("%02x", digests.value[bank][i]);
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	enum hm_bank bank = HM_SHA256;
	struct hm_bytes file;
	uint8_t *content;
	int status;

	if (argc != 3 || !hm_bank_of_name(hm_bytes_of_text(argv[1]), &bank)) {
		fprintf(stderr, "usage: authenticode_dump sha1|sha256|sha384|sha512 FILE\n");
		return 3;
	}
	content = support_read_file(argv[2], &file);
	if (!content) {
		fprintf(stderr, "%s: cannot be read\n", argv[2]);
		return 4;
	}
	status = dump(file, bank);
	free(content);
	return status;
}
