/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.c - in the booted machine: the platform's own evidence for a proof */
#include "guest/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "core/attest.h"
#include "core/tdx.h"
#include "lib/crypto/pinned_path.h"
#include "guest/nsm.h"
#include "lib/platform/intel_tdx.h"
#include "host/tpm/nitro.h"
#include "guest/tsm.h"

#define CCEL "/sys/firmware/acpi/tables/data/CCEL"
#define POINT_COORDINATE_LEN 32u

static bool add_part(struct hm_proof *proof, const char *name, struct hm_bytes data, struct hm_error *error)
{
	struct hm_proof_part *part = &proof->part[proof->part_count];

	part->name = strdup(name);
	part->data = (struct hm_blob){0};
	if (!part->name || !hm_blob_set(&part->data, data)) {
		free(part->name);
		part->name = NULL;
		return hm_error_memory(error, "proof");
	}
	proof->part_count++;
	return true;
}

/* --- azure-snp --- */

static bool add_vcek(const struct hm_prover_sources *sources, struct hm_proof *proof, struct hm_error *error)
{
	static const char *const names[] = {"vcek", "ask", "ark"};
	const char *path = sources->vcek;
	struct hm_error inner = {.text = "it is not three certificates"};
	struct hm_path chain = {.count = 0};
	struct hm_file file;
	bool good;
	int r;

	if (!path)
		return true;
	r = hm_file_read(path, HM_PATH_MAX * HM_CERT_MAX, &file);
	if (r < 0)
		return hm_error_errno(error, path, r);
	good = hm_crypto_path_of_pem(hm_file_bytes(&file), &chain, &inner) && chain.count == HM_ARRAY_LEN(names);
	hm_file_free(&file);
	if (!good)
		hm_error_of(error, HM_ERROR_INPUT, path, "%s", inner.text);
	for (size_t i = 0; good && i < chain.count; i++)
		good = add_part(proof, names[i], chain.cert[i], error);
	hm_crypto_path_free(&chain);
	return good;
}

static bool azure_fixed(const struct hm_prover_sources *sources, const struct hm_platform *platform, struct hm_tpm *tpm,
			struct hm_proof *proof, struct hm_error *error)
{
	uint8_t *nv = malloc(HM_TPM_NV_MAX);
	size_t len = 0;
	uint32_t rc;
	bool good;

	if (!nv)
		return hm_error_memory(error, "proof");
	rc = hm_tpm_nv_read(tpm, platform->report_nv, nv, HM_TPM_NV_MAX, &len);
	if (rc)
		good = hm_error_of(error, HM_ERROR_RUN, sources->tcti, "NV index 0x%08x: %s",
				   (unsigned int)platform->report_nv,
				   hm_tpm_is_absent(rc) ? "the TPM has none" : hm_tpm_error(rc));
	else
		good = add_part(proof, "hcl_report", hm_bytes_of(nv, len), error);
	free(nv);
	return good && add_vcek(sources, proof, error);
}

/* --- aws --- */

/* The kernel's resource manager knows the commands that the TPM lists, and this one need not be among them: AWS's own
 * program goes past it. */
static void direct(const char *tcti, char *ret, size_t cap)
{
	static const char managed[] = "device:/dev/tpmrm", plain[] = "device:/dev/tpm";
	bool is_managed = !strncmp(tcti, managed, strlen(managed));

	snprintf(ret, cap, "%s%s", is_managed ? plain : "", is_managed ? tcti + strlen(managed) : tcti);
}

/* 04 || x || y; the TPM leaves leading zeros out. */
static bool put_point(struct hm_writer *w, const struct hm_tpm_public *key)
{
	static const uint8_t zeros[POINT_COORDINATE_LEN];

	if (key->type != HM_TPM_ALG_ECC || key->curve != HM_TPM_ECC_P256 || key->x.len > POINT_COORDINATE_LEN ||
	    key->y.len > POINT_COORDINATE_LEN)
		return false;
	hm_put_u8(w, 4);
	hm_put_bytes(w, hm_bytes_of(zeros, POINT_COORDINATE_LEN - key->x.len));
	hm_put_bytes(w, key->x);
	hm_put_bytes(w, hm_bytes_of(zeros, POINT_COORDINATE_LEN - key->y.len));
	hm_put_bytes(w, key->y);
	return !w->failed;
}

static bool make_request(const struct hm_tpm_public_area *key, const struct hm_proof *proof, struct hm_writer *w)
{
	uint8_t point[1 + 2 * POINT_COORDINATE_LEN];
	struct hm_writer p = hm_writer_of(point, sizeof(point));
	struct hm_tpm_public decoded;

	if (hm_tpm_public_decode(hm_bytes_of(key->p, key->len), &decoded) || !put_point(&p, &decoded))
		return false;
	hm_nsm_attestation_put(w, hm_bytes_of(proof->nonce, sizeof(proof->nonce)), hm_writer_bytes(&p));
	return !w->failed;
}

static bool ask_module(const char *tcti, struct hm_bytes request, uint8_t ret[HM_TPM_NSM_LEN], struct hm_error *error)
{
	char text[HM_ERROR_TEXT_MAX];
	struct hm_tpm *tpm;
	uint32_t rc;

	direct(tcti, text, sizeof(text));
	rc = hm_tpm_open(text, &tpm);
	/* Who may not open the device itself may still be understood by the manager. */
	if (rc && strcmp(text, tcti) != 0)
		rc = hm_tpm_open(tcti, &tpm);
	if (!rc) {
		rc = hm_tpm_nsm(tpm, request, ret);
		hm_tpm_close(tpm);
	}
	return rc ? hm_error_of(error, HM_ERROR_RUN, tcti, "attestation document: %s", hm_tpm_error(rc)) : true;
}

static bool aws_fresh(const struct hm_prover_sources *sources, const struct hm_tpm_public_area *key,
		      struct hm_proof *proof, struct hm_error *error)
{
	uint8_t request[HM_NSM_REQUEST_MAX], answer[HM_TPM_NSM_LEN];
	struct hm_writer w = hm_writer_of(request, sizeof(request));
	struct hm_error inner = {0};
	struct hm_bytes document;

	if (!make_request(key, proof, &w))
		return hm_error_of(error, HM_ERROR_RUN, sources->tcti, "the attestation key cannot stand in a request");
	if (!ask_module(sources->tcti, hm_writer_bytes(&w), answer, error))
		return false;
	if (!hm_nsm_attestation_decode(hm_bytes_of(answer, sizeof(answer)), &document, &inner))
		return hm_error_of(error, HM_ERROR_RUN, sources->tcti, "%s", inner.text);
	return add_part(proof, "nitro_document", document, error);
}

/* --- tdx --- */

/* Firmware sets an area aside; what follows the log in it is filling. */
static bool tdx_log(const struct hm_prover_sources *sources, struct hm_proof *proof, struct hm_error *error)
{
	const char *path = sources->ccel ? sources->ccel : CCEL;
	struct hm_file file;
	size_t len = 0;
	enum hm_err err;
	bool good;
	int r = hm_file_read(path, HM_EVENTLOG_MAX, &file);

	if (r < 0)
		return hm_error_errno(error, path, r);
	err = hm_tdx_log_length(hm_file_bytes(&file), &len);
	good = err ? hm_error_of(error, HM_ERROR_RUN, path, "%s", hm_err_text(err))
		   : add_part(proof, "ccel", hm_bytes_of(file.p, len), error);
	hm_file_free(&file);
	return good;
}

/*
 * The quote itself, without the zeros with which the quoting service fills its answer. A quote over other data than was
 * asked for would only be refused later, and far away.
 */
static bool quote_over(struct hm_bytes answer, const uint8_t data[64], struct hm_bytes *ret)
{
	struct hm_tdx_quote decoded;

	if (hm_tdx_quote_decode(answer, &decoded) || !hm_bytes_equal(decoded.report_data, hm_bytes_of(data, 64)))
		return false;
	*ret = hm_bytes_of(answer.p, decoded.len);
	return true;
}

static bool tdx_fresh(const struct hm_prover_sources *sources, const struct hm_tpm_public_area *key,
		      struct hm_proof *proof, struct hm_error *error)
{
	const char *directory = sources->tsm ? sources->tsm : HM_TSM_DIRECTORY;
	uint8_t data[HM_TSM_REPORT_DATA_LEN];
	struct hm_file answer;
	struct hm_bytes quote;
	bool good;

	if (!hm_tdx_report_data(hm_bytes_of(key->p, key->len), hm_bytes_of(proof->nonce, sizeof(proof->nonce)), data))
		return hm_error_memory(error, "proof");
	if (!hm_tsm_report(directory, "tdx_guest", data, HM_TDX_QUOTE_MAX, &answer, error))
		return false;
	good = quote_over(hm_file_bytes(&answer), data, &quote)
		       ? add_part(proof, "quote", quote, error)
		       : hm_error_of(error, HM_ERROR_RUN, directory, "it is not a TD quote over what was asked");
	hm_file_free(&answer);
	return good && tdx_log(sources, proof, error);
}

/* --- the table --- */

static const struct maker {
	const char *type;
	bool (*fixed)(const struct hm_prover_sources *sources, const struct hm_platform *platform, struct hm_tpm *tpm,
		      struct hm_proof *proof, struct hm_error *error);
	bool (*fresh)(const struct hm_prover_sources *sources, const struct hm_tpm_public_area *key,
		      struct hm_proof *proof, struct hm_error *error);
} makers[] = {
	{"azure-snp", azure_fixed, NULL},
	{"aws", NULL, aws_fresh},
	{"tdx", NULL, tdx_fresh},
};

static const struct maker *find(const struct hm_platform *platform)
{
	for (size_t i = 0; platform->hardware_type && i < HM_ARRAY_LEN(makers); i++) {
		if (!strcmp(makers[i].type, platform->hardware_type))
			return &makers[i];
	}
	return NULL;
}

bool hm_prover_evidence_fixed(const struct hm_prover_sources *sources, const struct hm_platform *platform,
			      struct hm_tpm *tpm, struct hm_proof *proof, struct hm_error *error)
{
	const struct maker *maker = find(platform);

	if (!platform->hardware_type)
		return true;
	if (!maker)
		return hm_error_of(error, HM_ERROR_RUN, platform->name,
				   "this platform's hardware report cannot be made here");
	proof->hardware_type = strdup(platform->hardware_type);
	if (!proof->hardware_type)
		return hm_error_memory(error, "proof");
	return !maker->fixed || maker->fixed(sources, platform, tpm, proof, error);
}

bool hm_prover_evidence_fresh(const struct hm_prover_sources *sources, const struct hm_platform *platform,
			      const struct hm_tpm_public_area *key, struct hm_proof *proof, struct hm_error *error)
{
	const struct maker *maker = find(platform);

	return !maker || !maker->fresh || maker->fresh(sources, key, proof, error);
}
