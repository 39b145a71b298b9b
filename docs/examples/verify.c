/* SPDX-License-Identifier: BSD-2-Clause */
/* verify.c - a client: cc verify.c -lhallmark; ./a.out PROOF GOLDEN SIGNATURE KEY ROOTS NONCE SPKI TIME (files, and
 * seconds) */
#include <hallmark.h>
#include <stdio.h>
#include <stdlib.h>

static struct hallmark_bytes read_file(const char *path)
{
	char *memory = malloc(1 << 20);
	FILE *file = fopen(path, "rb");

	return (struct hallmark_bytes){memory, memory && file ? fread(memory, 1, 1 << 20, file) : 0};
}

int main(int argc, char **argv)
{
	struct hallmark_result result = {.code = HALLMARK_BAD_REQUEST};
	struct hallmark_bytes in[8] = {0};

	for (int i = 1; i < 8 && argc == 9; i++)
		in[i] = read_file(argv[i]);
	struct hallmark_policy trust = {
		.golden = in[2], .golden_signature = in[3], .golden_key = in[4], .roots = in[5]};
	struct hallmark_request request = {.proof = in[1], .nonce = in[6].p, .tls_spki_sha256 = in[7].p};
	if (argc == 9 && in[6].len == 32 && in[7].len == 32) { /* a nonce of our own; the connection's key */
		request.as_of = atoll(argv[8]);
		struct hallmark_verifier *verifier = hallmark_open(&trust, &result);
		if (verifier && hallmark_verify(verifier, &request, &result))
			puts("accepted: send the request now");
		hallmark_close(verifier);
	}
	if (!result.accepted)
		printf("%s: check %d\n", hallmark_code_name(result.code), result.failed_check);
	return !result.accepted;
}
