/* SPDX-License-Identifier: BSD-2-Clause */
/* ours.c - this project's readers as a filter: frames of evidence on standard input, a verdict a line */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/eventlog.h"
#include "core/snp.h"
#include "core/tdx.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/vcek.h"
#include "lib/platform/intel_tdx.h"

#define FRAME_MAX (4u << 20)

/* A frame: u32le length, as many bytes. False: the end. */
static bool frame_read(uint8_t *buf, size_t *ret_len)
{
	uint8_t head[4];
	struct hm_reader r;

	if (fread(head, 1, sizeof(head), stdin) != sizeof(head))
		return false;
	r = hm_reader_of(hm_bytes_of(head, sizeof(head)));
	*ret_len = hm_get_u32le(&r);
	return *ret_len <= FRAME_MAX && fread(buf, 1, *ret_len, stdin) == *ret_len;
}

static void snp(struct hm_bytes report, struct hm_bytes vcek)
{
	struct hm_snp_report decoded;
	struct hm_error error = {0};
	enum hm_err err = hm_snp_report_decode(report, &decoded);

	if (err)
		printf("bad %s\n", hm_err_text(err));
	else if (!hm_crypto_snp_signature(&decoded, vcek, &error))
		printf("bad %s\n", error.text);
	else
		printf("good\n");
}

static void tdx(struct hm_bytes quote, int64_t as_of)
{
	const struct hm_tdx_policy policy = {.intel_root = true, .migratable = true, .any_td = true};
	const struct hm_evidence_facts facts = {.as_of = as_of};
	struct hm_evidence_result result = {0};
	struct hm_tdx_quote decoded;

	if (hm_tdx_quote_check(quote, &policy, &facts, &decoded, &result))
		printf("good\n");
	else
		printf("bad %s: %s\n", result.expected, result.seen);
}

/* The SHA-256 registers 0 to 23 of a log that has that bank. */
static void eventlog(struct hm_bytes bytes)
{
	struct hm_pcrs pcrs;
	enum hm_err err = hm_eventlog_replay(bytes, &hm_crypto_hasher, &pcrs);

	if (err || !(pcrs.banks & HM_BANK_BIT(HM_SHA256))) {
		printf("bad %s\n", err ? hm_err_text(err) : "no SHA-256");
		return;
	}
	printf("good ");
	for (size_t i = 0; i < HM_PCR_COUNT; i++) {
		for (size_t k = 0; k < HM_SHA256_LEN; k++)
			printf("%02x", pcrs.value[HM_SHA256][i][k]);
	}
	printf("\n");
}

int main(int argc, char **argv)
{
	uint8_t *buf = malloc(FRAME_MAX), *first = malloc(FRAME_MAX);
	size_t len = 0, first_len = 0;

	if (argc < 2 || !buf || !first)
		return 3;
	/* The first frame of snp is the certificate. */
	if (!strcmp(argv[1], "snp") && !frame_read(first, &first_len))
		return 3;
	while (frame_read(buf, &len)) {
		struct hm_bytes frame = hm_bytes_of(buf, len);

		if (!strcmp(argv[1], "snp"))
			snp(frame, hm_bytes_of(first, first_len));
		else if (!strcmp(argv[1], "tdx") && argc == 3)
			tdx(frame, atoll(argv[2]));
		else if (!strcmp(argv[1], "log"))
			eventlog(frame);
		else
			return 3;
	}
	free(buf);
	free(first);
	return 0;
}
