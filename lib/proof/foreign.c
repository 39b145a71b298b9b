/* SPDX-License-Identifier: BSD-2-Clause */
/* foreign.c - the proof files of other systems, read for their quotes, chains and registers */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attest.h"
#include "lib/base/base64.h"
#include "lib/base/error.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/key.h"
#include "lib/crypto/pinned_path.h"
#include "lib/base/json.h"
#include "lib/proof/foreign.h"

/*
 * Sources: mithril-security/blindllama-v2, client (a JSON file with PEM, TPM structures and tpm2-tools' serialized
 * registers); lockboot/vaportpm (hex; r and s in DER). Their quotes are over other registers and have the nonce itself,
 * or none, as extraData.
 */
#define P256_LEN 32u
#define PCR_FILE_LEN 1200u	/* of tpm2_quote --pcrs_format=serialized, two lists of digests */
#define PCR_SELECTIONS_LEN 132u /* TPML_PCR_SELECTION as the C struct of 16 selections */
#define PCR_LIST_DIGESTS 8u
#define PCR_DIGEST_LEN 66u /* TPM2B_DIGEST as the C struct: length and 64 bytes */
#define HEX_MAX (2u * HM_PROOF_PART_MAX)

static bool set_platform(struct hm_proof *proof, const char *name, enum hm_bank bank, struct hm_error *error)
{
	proof->bank = bank;
	proof->platform = strdup(name);
	return proof->platform ? true : hm_error_set(error, "out of memory");
}

static bool base64_field(const struct hm_json_field *field, size_t max, struct hm_blob *ret, struct hm_error *error)
{
	struct hm_bytes text = hm_json_bytes(field->value);

	if (text.len > 2 * max || !hm_base64_decode(text, &ret->p, &ret->len) || ret->len > max)
		return hm_error_set(error, "%s is not base64 of at most %zu bytes", field->name, max);
	return true;
}

static bool hex_field(const struct hm_json_field *field, struct hm_blob *ret, struct hm_error *error)
{
	struct hm_bytes text = hm_json_bytes(field->value);

	if (text.len == 0 || text.len > HEX_MAX || text.len % 2)
		return hm_error_set(error, "%s is not hex", field->name);
	ret->p = malloc(text.len / 2);
	ret->len = text.len / 2;
	if (!ret->p)
		return hm_error_set(error, "out of memory");
	return hm_json_hex(field, "", ret->p, ret->len, error);
}

static bool add_certificates(struct hm_bytes pem, struct hm_proof *proof, struct hm_error *error)
{
	struct hm_path path;
	bool good = true;

	if (!hm_crypto_path_of_pem(pem, &path, error))
		return false;
	for (size_t i = 0; i < path.count && good; i++) {
		size_t at = proof->ak_certificate_count;

		good = at < HM_PROOF_CERTIFICATES_MAX && hm_blob_set(&proof->ak_certificate[at], path.cert[i]);
		proof->ak_certificate_count += good;
	}
	hm_crypto_path_free(&path);
	return good ? true : hm_error_set(error, "more than %u certificates", HM_PROOF_CERTIFICATES_MAX);
}

/* --- BlindLlama v2 --- */

/* Little-endian, as the C structs of the machine that wrote them. */
static bool read_pcr_file(struct hm_bytes file, struct hm_foreign *foreign, struct hm_proof *proof)
{
	struct hm_reader r = hm_reader_of(file);
	struct hm_bytes select;
	bool good = file.len == PCR_FILE_LEN && hm_get_u32le(&r) == 1 && hm_get_u16le(&r) == hm_algs[HM_SHA256].tpm_id;

	/* sizeofSelect, the bits, and the other fifteen selections, unused. */
	good = good && hm_get_u8(&r) == 3;
	select = hm_get_bytes(&r, 3);
	good = good && !r.failed && !memcmp(select.p, foreign->selection, 3);
	good = good && hm_bytes_is_zero(hm_get_bytes(&r, PCR_SELECTIONS_LEN - 10)) && hm_get_u32le(&r) == 2;
	for (size_t pcr = 0; good && pcr < HM_PCR_QUOTED; pcr++) {
		struct hm_bytes value, rest;

		if (pcr % PCR_LIST_DIGESTS == 0)
			good = hm_get_u32le(&r) == PCR_LIST_DIGESTS;
		good = good && hm_get_u16le(&r) == hm_algs[HM_SHA256].size;
		value = hm_get_bytes(&r, hm_algs[HM_SHA256].size);
		rest = hm_get_bytes(&r, PCR_DIGEST_LEN - 2 - hm_algs[HM_SHA256].size);
		good = good && !r.failed && hm_bytes_is_zero(rest);
		if (good)
			memcpy(foreign->pcr[pcr], value.p, value.len);
	}
	if (!good || !hm_reader_done(&r))
		return false;
	memcpy(proof->pcr, foreign->pcr, sizeof(proof->pcr));
	return true;
}

/* PCR 15: the disk's root hash, 32 zero bytes, SHA-256 of the CA's PEM text; extended as they are. */
static bool blindllama_pcr15(struct hm_bytes root_hash_text, struct hm_bytes ca_pem, struct hm_foreign *foreign)
{
	struct hm_digests digests[3] = {{.banks = HM_BANK_BIT(HM_SHA256)},
					{.banks = HM_BANK_BIT(HM_SHA256)},
					{.banks = HM_BANK_BIT(HM_SHA256)}};
	struct hm_pcrs pcrs;

	hm_pcrs_init(&pcrs, HM_BANK_BIT(HM_SHA256), 0);
	if (!hm_parse_hex(root_hash_text, digests[0].value[HM_SHA256], 32) ||
	    hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA256), &ca_pem, 1, 0, &digests[2]))
		return false;
	for (size_t i = 0; i < HM_ARRAY_LEN(digests); i++) {
		if (hm_pcrs_extend(&pcrs, &hm_crypto_hasher, HM_PCR_TLS, &digests[i]))
			return false;
	}
	memcpy(foreign->pcr15, pcrs.value[HM_SHA256][HM_PCR_TLS], HM_DIGEST_MAX);
	foreign->has_pcr15 = true;
	return true;
}

static bool parse_blindllama(json_t *root, struct hm_proof *proof, struct hm_foreign *foreign, struct hm_error *error)
{
	struct hm_json_field f[] = {
		{.name = "cert_chain", .type = JSON_ARRAY},
		{.name = "quote", .type = JSON_OBJECT},
		{.name = "webserver_rootca", .type = JSON_STRING},
		{.name = "application_disk_roothash", .type = JSON_STRING},
	};
	struct hm_json_field q[] = {
		{.name = "message", .type = JSON_STRING},
		{.name = "signature", .type = JSON_STRING},
		{.name = "pcr", .type = JSON_STRING},
	};
	struct hm_blob pcr = {NULL, 0};
	json_t *value;
	size_t i;
	bool good;

	*foreign = (struct hm_foreign){.no_nonce = true, .selection = {0xff, 0xff, 0x00}};
	if (!hm_json_fields(root, "", f, HM_ARRAY_LEN(f), error) ||
	    !hm_json_fields(f[1].value, "quote", q, HM_ARRAY_LEN(q), error) ||
	    !set_platform(proof, "azure-tl", HM_SHA256, error))
		return false;
	json_array_foreach(f[0].value, i, value)
	{
		if (!json_is_string(value) || !add_certificates(hm_json_bytes(value), proof, error))
			return json_is_string(value) ? false
						     : hm_error_set(error, "cert_chain[%zu] is not a string", i);
	}
	if (!base64_field(&q[0], HM_ATTEST_MAX, &proof->quote, error) ||
	    !base64_field(&q[1], HM_SIGNATURE_MAX, &proof->signature, error))
		return false;
	good = base64_field(&q[2], PCR_FILE_LEN, &pcr, error) && read_pcr_file(hm_blob_bytes(&pcr), foreign, proof);
	free(pcr.p);
	if (!good)
		return hm_error_set(error, "quote.pcr is not tpm2-tools' file of registers 0 to 15, SHA-256");
	if (!blindllama_pcr15(hm_json_bytes(f[3].value), hm_json_bytes(f[2].value), foreign))
		return hm_error_set(error, "application_disk_roothash is not 64 lower-case hex digits");
	return true;
}

/* --- vaportpm: GCP and AWS --- */

static bool parse_registers(json_t *object, enum hm_bank bank, struct hm_foreign *foreign, struct hm_proof *proof,
			    struct hm_error *error)
{
	struct hm_json_field banks[] = {{.name = hm_algs[bank].name, .type = JSON_OBJECT}};
	struct hm_json_field f[HM_PCR_COUNT];
	char names[HM_PCR_COUNT][4];

	for (size_t pcr = 0; pcr < HM_PCR_COUNT; pcr++) {
		snprintf(names[pcr], sizeof(names[pcr]), "%zu", pcr % 100);
		f[pcr] = (struct hm_json_field){.name = names[pcr], .type = JSON_STRING};
	}
	if (!hm_json_fields(object, "pcrs", banks, 1, error) ||
	    !hm_json_fields(banks[0].value, "pcrs", f, HM_PCR_COUNT, error))
		return false;
	for (size_t pcr = 0; pcr < HM_PCR_COUNT; pcr++) {
		if (!hm_json_hex(&f[pcr], "pcrs", foreign->pcr[pcr], hm_algs[bank].size, error))
			return false;
	}
	memcpy(proof->pcr, foreign->pcr, sizeof(proof->pcr));
	return true;
}

/*
 * The point as a TPMT_PUBLIC, since that is how a hardware report's check is told of the key. The file says nothing of
 * the key's attributes: they are 0, and check 3 lists itself as left out.
 */
static bool put_public(const struct hm_foreign *foreign, struct hm_blob *ret)
{
	static const uint8_t head[] = {0x00, HM_TPM_ALG_ECC,
				       0x00, 0x0b,
				       0,    0,
				       0,    0,
				       0,    0,
				       0x00, HM_TPM_ALG_NULL,
				       0x00, HM_TPM_ALG_NULL,
				       0x00, HM_TPM_ECC_P256,
				       0x00, HM_TPM_ALG_NULL};
	static const uint8_t len[] = {0, P256_LEN};
	uint8_t wire[sizeof(head) + 2 * (2 + P256_LEN)];
	struct hm_writer w = hm_writer_of(wire, sizeof(wire));

	hm_put_bytes(&w, hm_bytes_of(head, sizeof(head)));
	hm_put_bytes(&w, hm_bytes_of(len, sizeof(len)));
	hm_put_bytes(&w, hm_bytes_of(foreign->x, sizeof(foreign->x)));
	hm_put_bytes(&w, hm_bytes_of(len, sizeof(len)));
	hm_put_bytes(&w, hm_bytes_of(foreign->y, sizeof(foreign->y)));
	return hm_blob_set(ret, hm_writer_bytes(&w));
}

static bool parse_point(json_t *object, struct hm_proof *proof, struct hm_foreign *foreign, struct hm_error *error)
{
	struct hm_json_field keys[] = {{.name = "ecc_p256", .type = JSON_OBJECT}};
	struct hm_json_field f[] = {{.name = "x", .type = JSON_STRING}, {.name = "y", .type = JSON_STRING}};

	foreign->has_point = true;
	if (!hm_json_fields(object, "ak_pubkeys", keys, 1, error) ||
	    !hm_json_fields(keys[0].value, "ak_pubkeys.ecc_p256", f, 2, error) ||
	    !hm_json_hex(&f[0], "ak_pubkeys.ecc_p256", foreign->x, sizeof(foreign->x), error) ||
	    !hm_json_hex(&f[1], "ak_pubkeys.ecc_p256", foreign->y, sizeof(foreign->y), error))
		return false;
	return put_public(foreign, &proof->ak_public) ? true : hm_error_set(error, "out of memory");
}

/* The same numbers as a TPMT_SIGNATURE: ECDSA, SHA-256, r, s. */
static bool put_signature(struct hm_bytes der, struct hm_blob *ret, struct hm_error *error)
{
	uint8_t r[P256_LEN], s[P256_LEN], wire[2 + 2 + 2 * (2 + P256_LEN)];
	struct hm_writer w = hm_writer_of(wire, sizeof(wire));
	static const uint8_t head[] = {HM_TPM_ALG_ECDSA >> 8, HM_TPM_ALG_ECDSA & 0xff, 0x00, 0x0b};
	static const uint8_t len[] = {0, P256_LEN};

	if (!hm_crypto_ecdsa_split(der, P256_LEN, r, s))
		return hm_error_set(error, "signature is not r and s in DER");
	hm_put_bytes(&w, hm_bytes_of(head, sizeof(head)));
	hm_put_bytes(&w, hm_bytes_of(len, sizeof(len)));
	hm_put_bytes(&w, hm_bytes_of(r, sizeof(r)));
	hm_put_bytes(&w, hm_bytes_of(len, sizeof(len)));
	hm_put_bytes(&w, hm_bytes_of(s, sizeof(s)));
	return hm_blob_set(ret, hm_writer_bytes(&w)) ? true : hm_error_set(error, "out of memory");
}

static bool parse_quote(json_t *object, struct hm_proof *proof, struct hm_error *error)
{
	struct hm_json_field keys[] = {{.name = "ecc_p256", .type = JSON_OBJECT}};
	struct hm_json_field f[] = {{.name = "attest_data", .type = JSON_STRING},
				    {.name = "signature", .type = JSON_STRING}};
	struct hm_blob der = {NULL, 0};
	bool good;

	if (!hm_json_fields(object, "attestation.tpm", keys, 1, error) ||
	    !hm_json_fields(keys[0].value, "attestation.tpm.ecc_p256", f, 2, error) ||
	    !hex_field(&f[0], &proof->quote, error))
		return false;
	good = hex_field(&f[1], &der, error) && put_signature(hm_blob_bytes(&der), &proof->signature, error);
	free(der.p);
	return good;
}

static bool parse_gcp(json_t *object, struct hm_proof *proof, struct hm_error *error)
{
	struct hm_json_field f[] = {{.name = "ak_cert_chain", .type = JSON_STRING}};

	return hm_json_fields(object, "attestation.gcp", f, 1, error) &&
	       add_certificates(hm_json_bytes(f[0].value), proof, error);
}

static bool parse_aws(json_t *object, struct hm_proof *proof, struct hm_error *error)
{
	struct hm_json_field f[] = {{.name = "document", .type = JSON_STRING}};

	if (!hm_json_fields(object, "attestation.nitro", f, 1, error))
		return false;
	proof->hardware_type = strdup("aws");
	proof->part[0].name = strdup("nitro_document");
	proof->part_count = 1;
	if (!proof->hardware_type || !proof->part[0].name)
		return hm_error_set(error, "out of memory");
	return hex_field(&f[0], &proof->part[0].data, error);
}

static bool parse_vaportpm(json_t *root, bool aws, struct hm_proof *proof, struct hm_foreign *foreign,
			   struct hm_error *error)
{
	struct hm_json_field f[] = {
		{.name = "nonce", .type = JSON_STRING},
		{.name = "pcrs", .type = JSON_OBJECT},
		{.name = "ak_pubkeys", .type = JSON_OBJECT},
		{.name = "attestation", .type = JSON_OBJECT},
	};
	struct hm_json_field a[] = {
		{.name = "tpm", .type = JSON_OBJECT},
		{.name = aws ? "nitro" : "gcp", .type = JSON_OBJECT},
	};
	enum hm_bank bank = aws ? HM_SHA384 : HM_SHA256;

	*foreign = (struct hm_foreign){.raw_nonce = true, .selection = {0xff, 0xff, 0xff}};
	return hm_json_fields(root, "", f, HM_ARRAY_LEN(f), error) &&
	       hm_json_fields(f[3].value, "attestation", a, HM_ARRAY_LEN(a), error) &&
	       set_platform(proof, aws ? "aws" : "gcp", bank, error) &&
	       hm_json_hex(&f[0], "", proof->nonce, sizeof(proof->nonce), error) &&
	       parse_registers(f[1].value, bank, foreign, proof, error) &&
	       parse_point(f[2].value, proof, foreign, error) && parse_quote(a[0].value, proof, error) &&
	       (aws ? parse_aws(a[1].value, proof, error) : parse_gcp(a[1].value, proof, error));
}

static bool parse_root(enum hallmark_format format, json_t *root, struct hm_proof *proof, struct hm_foreign *foreign,
		       struct hm_error *error)
{
	switch (format) {
	case HALLMARK_FORMAT_BLINDLLAMA_V2:
		return parse_blindllama(root, proof, foreign, error);
	case HALLMARK_FORMAT_GCP:
	case HALLMARK_FORMAT_AWS:
		return parse_vaportpm(root, format == HALLMARK_FORMAT_AWS, proof, foreign, error);
	case HALLMARK_FORMAT_HALLMARK:
		break;
	}
	return hm_error_set(error, "not another system's format");
}

bool hm_foreign_parse(enum hallmark_format format, struct hm_bytes file, struct hm_proof **ret,
		      struct hm_foreign *ret_foreign, struct hm_error *error)
{
	struct hm_foreign foreign = {.foreign = false};
	struct hm_proof *proof;
	json_t *root;
	bool good;

	if (!hm_json_load(file, HM_PROOF_MAX, &root, error))
		return false;
	proof = calloc(1, sizeof(*proof));
	good = proof ? parse_root(format, root, proof, &foreign, error) : hm_error_set(error, "out of memory");
	json_decref(root);
	if (!good) {
		hm_proof_free(proof);
		return false;
	}
	foreign.foreign = true;
	foreign.no_public = true;
	foreign.no_tls = true;
	*ret = proof;
	*ret_foreign = foreign;
	return true;
}
