/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.h - real evidence of HALLMARK_FIXTURES, taken apart for the unit tests */
#ifndef HM_TEST_EVIDENCE_H
#define HM_TEST_EVIDENCE_H

#include "lib/crypto/pinned_path.h"

/* azure-cvm/attestation_info.json: everything that a real confidential VM said about itself. */
#define AZURE_PCRS 8u
struct azure_evidence {
	uint8_t *report, *runtime, *log, *quote, *signature, *ak_cert, *ak_public;
	size_t report_len, runtime_len, log_len, quote_len, signature_len, ak_cert_len, ak_public_len;
	uint8_t pcr[AZURE_PCRS][32];
	struct hm_path amd; /* VCEK, ASK, ARK */
};
/* Skips the test loudly where the fixtures are absent. */
void azure_evidence_load(struct azure_evidence *e);
void azure_evidence_free(struct azure_evidence *e);
/* The NV index's content around a report and a runtime text, to be freed. */
uint8_t *azure_envelope(const uint8_t *report, const uint8_t *runtime, size_t runtime_len, size_t padding,
			size_t *ret_len);

/* Base64 or base64url, padded or not, to be freed. */
uint8_t *evidence_base64(const char *text, size_t *ret_len);
/* A file of the fixtures as JSON; to be released with json_decref. */
struct json_t *evidence_json(const char *name);
/* The string at a path of member names and array indices "a/b/0"; fails the test where there is none. */
const char *evidence_text(struct json_t *root, const char *path);
uint8_t *evidence_hex(const char *text, size_t *ret_len);

#endif
