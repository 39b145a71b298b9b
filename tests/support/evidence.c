/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.c - real evidence of HALLMARK_FIXTURES, taken apart for the unit tests */
#include "tests/support/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "lib/base/error.h"
#include "core/snp.h"
#include "tests/support/support.h"
#include "lib/base/base64.h"

uint8_t *evidence_base64(const char *text, size_t *ret_len)
{
	size_t len = strlen(text), n = 0;
	char *plain = calloc(1, len + 5);
	uint8_t *out;

	assert_non_null(plain);
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\n' || text[i] == '\r' || text[i] == '=')
			continue;
		plain[n++] = text[i] == '-' ? '+' : (char)(text[i] == '_' ? '/' : text[i]);
	}
	while (n % 4)
		plain[n++] = '=';
	assert_true(hm_base64_decode(hm_bytes_of(plain, n), &out, ret_len));
	free(plain);
	return out;
}

uint8_t *evidence_hex(const char *text, size_t *ret_len)
{
	size_t len = strlen(text) / 2;
	uint8_t *out = malloc(len + 1);

	assert_non_null(out);
	assert_true(hm_parse_hex(hm_bytes_of(text, strlen(text)), out, len));
	*ret_len = len;
	return out;
}

json_t *evidence_json(const char *name)
{
	struct hm_bytes text;
	uint8_t *file = support_fixture(name, &text);
	json_t *root = json_loadb((const char *)text.p, text.len, 0, NULL);

	free(file);
	if (!root)
		fail_msg("%s is not JSON", name);
	return root;
}

const char *evidence_text(json_t *root, const char *path)
{
	char copy[256], *word, *rest = copy;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((word = strsep(&rest, "/")) != NULL) {
		if (json_is_array(root))
			root = json_array_get(root, (size_t)strtoul(word, NULL, 10));
		else
			root = json_object_get(root, word);
	}
	if (!json_is_string(root))
		fail_msg("no text at %s", path);
	return json_string_value(root);
}

static json_t *inner(json_t *outer, const char *path)
{
	size_t len;
	uint8_t *text = evidence_base64(evidence_text(outer, path), &len);
	json_t *root = json_loadb((const char *)text, len, 0, NULL);

	free(text);
	assert_non_null(root);
	return root;
}

static void load_pcrs(struct azure_evidence *e, json_t *info)
{
	for (size_t i = 0; i < AZURE_PCRS; i++) {
		char path[64];
		size_t len;
		uint8_t *value;

		snprintf(path, sizeof(path), "TpmInfo/PCRs/%zu/Digest", i);
		value = evidence_base64(evidence_text(info, path), &len);
		assert_int_equal(len, 32);
		memcpy(e->pcr[i], value, 32);
		free(value);
	}
}

void azure_evidence_load(struct azure_evidence *e)
{
	json_t *outer = evidence_json("azure-cvm/attestation_info.json");
	json_t *info = inner(outer, "AttestationInfo"), *proof = inner(info, "IsolationInfo/Evidence/Proof");
	struct hm_error error = {0};
	uint8_t *pem;
	size_t len;

	e->report = evidence_base64(evidence_text(proof, "SnpReport"), &e->report_len);
	e->runtime = evidence_base64(evidence_text(info, "IsolationInfo/Evidence/RunTimeData"), &e->runtime_len);
	e->log = evidence_base64(evidence_text(info, "TcgLogs"), &e->log_len);
	e->quote = evidence_base64(evidence_text(info, "TpmInfo/PcrQuote"), &e->quote_len);
	e->signature = evidence_base64(evidence_text(info, "TpmInfo/PcrSignature"), &e->signature_len);
	e->ak_cert = evidence_base64(evidence_text(info, "TpmInfo/AikCert"), &e->ak_cert_len);
	e->ak_public = evidence_base64(evidence_text(info, "TpmInfo/AikPub"), &e->ak_public_len);
	load_pcrs(e, info);
	pem = evidence_base64(evidence_text(proof, "VcekCertChain"), &len);
	if (!hm_crypto_path_of_pem(hm_bytes_of(pem, len), &e->amd, &error))
		fail_msg("%s", error.text);
	free(pem);
	json_decref(proof);
	json_decref(info);
	json_decref(outer);
}

void azure_evidence_free(struct azure_evidence *e)
{
	free(e->report);
	free(e->runtime);
	free(e->log);
	free(e->quote);
	free(e->signature);
	free(e->ak_cert);
	free(e->ak_public);
	hm_crypto_path_free(&e->amd);
}

uint8_t *azure_envelope(const uint8_t *report, const uint8_t *runtime, size_t runtime_len, size_t padding,
			size_t *ret_len)
{
	size_t len = 32 + HM_SNP_REPORT_LEN + 20 + runtime_len + padding;
	uint8_t *out = calloc(1, len);
	struct hm_writer w = hm_writer_of(out, len);
	static const uint8_t zeros[12];

	assert_non_null(out);
	hm_put_text(&w, "HCLA");
	hm_put_u32le(&w, 1);
	hm_put_u32le(&w, HM_SNP_REPORT_LEN);
	hm_put_u32le(&w, 2);
	hm_put_u32le(&w, 0);
	hm_put_bytes(&w, hm_bytes_of(zeros, sizeof(zeros)));
	hm_put_bytes(&w, hm_bytes_of(report, HM_SNP_REPORT_LEN));
	hm_put_u32le(&w, (uint32_t)(20 + runtime_len));
	hm_put_u32le(&w, 1);
	hm_put_u32le(&w, HM_HCL_TYPE_SNP);
	hm_put_u32le(&w, 1);
	hm_put_u32le(&w, (uint32_t)runtime_len);
	hm_put_bytes(&w, hm_bytes_of(runtime, runtime_len));
	assert_false(w.failed);
	*ret_len = len;
	return out;
}
