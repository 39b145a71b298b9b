/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * verify.c - a client of libhallmark: is this proof one of the machine that the golden file describes?
 *
 *	cc verify.c -lhallmark
 *	./a.out PROOF GOLDEN SIGNATURE KEY ROOTS NONCE SPKI TIME
 *
 * All are files, but TIME: seconds since 1970. A real client draws the nonce itself, takes the key of its own TLS
 * connection (hallmark_spki_sha256 of the server's certificate) and asks its clock.
 */
#include <hallmark.h>
#include <stdio.h>
#include <stdlib.h>

/* The whole file, or the end of this program. */
static struct hallmark_bytes read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = NULL;
	size_t size = 0, len = 0, got;

	if (!file) {
		perror(path);
		exit(1);
	}
	do {
		if (len == size) {
			size = 2 * size + 65536;
			bytes = realloc(bytes, size);
			if (!bytes)
				abort();
		}
		got = fread(bytes + len, 1, size - len, file);
		len += got;
	} while (got);
	if (ferror(file)) {
		perror(path);
		exit(1);
	}
	fclose(file);
	return (struct hallmark_bytes){bytes, len};
}

static const uint8_t *read_32_bytes(const char *path)
{
	struct hallmark_bytes file = read_file(path);

	if (file.len != 32) {
		fprintf(stderr, "%s: not 32 bytes\n", path);
		exit(1);
	}
	return file.p;
}

static void print_why_not(const struct hallmark_result *result)
{
	printf("%s: check %d", hallmark_code_name(result->code), result->failed_check);
	if (result->failed_check >= 0) {
		const struct hallmark_check *check = &result->check[result->failed_check];

		printf(", which is \"%s\": expected %s; seen: %s", check->name, check->expected, check->seen);
	}
	printf("\n(%s)\n", hallmark_code_meaning(result->code));
}

int main(int argc, char **argv)
{
	if (argc != 9) {
		fputs("usage: verify PROOF GOLDEN SIGNATURE KEY ROOTS NONCE SPKI TIME\n", stderr);
		return 3;
	}

	struct hallmark_policy policy = {
		.golden = read_file(argv[2]),
		.golden_signature = read_file(argv[3]),
		.golden_key = read_file(argv[4]),
		.roots = read_file(argv[5]),
	};
	struct hallmark_request request = {
		.proof = read_file(argv[1]),
		.nonce = read_32_bytes(argv[6]),
		.tls_spki_sha256 = read_32_bytes(argv[7]),
		.as_of = atoll(argv[8]),
	};
	struct hallmark_result result;
	struct hallmark_verifier *verifier = hallmark_open(&policy, &result);
	bool accepted = verifier && hallmark_verify(verifier, &request, &result);

	if (accepted)
		puts("accepted: send the request now");
	else
		print_why_not(&result);
	hallmark_close(verifier);
	return accepted ? 0 : 1;
}
