/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_crls.c - revocation lists that somebody gives: a certificate that is on the genuine one is not let through by
 * others beside it */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/crypto/crl.h"

#define AS_OF 1795694400 /* 2026-11-26T12:00:00Z, as tests/fuzz/seeds.py has it */

/* A file of seeds.py, in memory for good. */
static struct hm_bytes seed_file(const char *name)
{
	const char *directory = getenv("FUZZ_MACHINE");
	char path[512];
	FILE *file;
	static uint8_t space[3][65536];
	static size_t used;
	size_t len;

	FUZZ_CHECK(directory && used < 3);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "rb");
	FUZZ_CHECK(file);
	len = fread(space[used], 1, sizeof(space[used]), file);
	FUZZ_CHECK(len > 0 && len < sizeof(space[used]) && fclose(file) == 0);
	return hm_bytes_of(space[used++], len);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static struct hm_bytes chain[2], listed;
	static uint8_t both[2 * 65536];
	struct hm_crls *crls = NULL;
	struct hm_error error = {0};

	if (!chain[0].p) {
		chain[0] = seed_file("revoked.der");
		chain[1] = seed_file("issuer.der");
		listed = seed_file("revoked.crl");
	}
	if (hm_crypto_crls_parse(hm_bytes_of(p, len), &crls, &error)) {
		struct hm_error why = {0};
		bool good = hm_crypto_crls_check(crls, chain, 2, AS_OF, &why);

		FUZZ_CHECK(good || (why.text[0] && !strchr(why.text, '\n')));
		hm_crypto_crls_free(crls);
	} else {
		FUZZ_CHECK(error.text[0] && !strchr(error.text, '\n'));
	}
	/* Behind whatever stands before it, the genuine list still counts. */
	if (len > sizeof(both) - listed.len)
		return 0;
	memcpy(both, p, len);
	memcpy(both + len, listed.p, listed.len);
	crls = NULL;
	if (hm_crypto_crls_parse(hm_bytes_of(both, len + listed.len), &crls, &error)) {
		FUZZ_CHECK(!hm_crypto_crls_check(crls, chain, 2, AS_OF, &error));
		hm_crypto_crls_free(crls);
	}
	return 0;
}
