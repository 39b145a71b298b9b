/* SPDX-License-Identifier: BSD-2-Clause */
/* verify_loop.c - how often a second one core can verify a proof: DIR of maker.py, SECONDS, chains to remember; prints
 * proofs and seconds */
#include "lib/hallmark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct hallmark_bytes read_file(const char *dir, const char *name)
{
	char path[512];
	char *memory = malloc(1 << 20);
	FILE *file;
	size_t len = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "rb");
	if (file && memory)
		len = fread(memory, 1, 1 << 20, file);
	if (file)
		fclose(file);
	if (!len) {
		perror(path);
		exit(4);
	}
	return (struct hallmark_bytes){memory, len};
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	struct hallmark_policy policy = {.allow_profile = "demo"};
	struct hallmark_request request = {.as_of = 1795694400};
	struct hallmark_result result;
	struct hallmark_verifier *verifier;
	unsigned long count = 0;
	uint8_t nonce[32];
	double start, open_done, now;
	const char *hex;

	if (argc != 4)
		return 3;
	policy.remember = (unsigned int)strtoul(argv[3], NULL, 10);
	policy.golden = read_file(argv[1], "golden.json");
	policy.golden_signature = read_file(argv[1], "golden.json.sig");
	policy.golden_key = read_file(argv[1], "golden.pub");
	policy.roots = read_file(argv[1], "roots.pem");
	request.proof = read_file(argv[1], "proof.json");
	hex = read_file(argv[1], "nonce").p;
	for (size_t i = 0; i < 32; i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return 4;
		nonce[i] = (uint8_t)byte;
	}
	request.nonce = nonce;
	start = cpu_seconds();
	verifier = hallmark_open(&policy, &result);
	open_done = cpu_seconds();
	do {
		if (!verifier || !hallmark_verify(verifier, &request, &result)) {
			fprintf(stderr, "verify_loop: %s\n", hallmark_code_name(result.code));
			return 1;
		}
		count++;
		now = cpu_seconds();
	} while (now - open_done < atof(argv[2]));
	hallmark_close(verifier);
	printf("%lu %.6f %.6f %zu\n", count, now - open_done, open_done - start, request.proof.len);
	return 0;
}
