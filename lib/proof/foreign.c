/* SPDX-License-Identifier: BSD-2-Clause */
/* foreign.c - converts proof files of other systems into ours, and states what they cannot show */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/attest.h"
#include "core/snp.h"
#include "lib/base/base64.h"
#include "lib/base/error.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/key.h"
#include "lib/crypto/pinned_path.h"
#include "lib/base/json.h"
#include "lib/proof/foreign.h"
#include "lib/proof/quoted.h"

/*
 * Sources: mithril-security/blindllama-v2, client (a JSON file with PEM, TPM structures and tpm2-tools' serialized
 * registers); lockboot/vaportpm (hex; r and s in DER); confidential-containers/trustee (evidence of az-snp-vtpm and
 * az-tdx-vtpm) and kinvolk/azure-cvm-tooling, whose structures it stores. Their quotes are over other registers and
 * have the nonce itself, or none, as extraData.
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
static bool read_pcr_file(struct hm_bytes file, struct hm_proof_terms *terms, struct hm_proof *proof)
{
	struct hm_reader r = hm_reader_of(file);
	struct hm_bytes select;
	bool good = file.len == PCR_FILE_LEN && hm_get_u32le(&r) == 1 && hm_get_u16le(&r) == hm_algs[HM_SHA256].tpm_id;

	/* sizeofSelect, the bits, and the other fifteen selections, unused. */
	good = good && hm_get_u8(&r) == 3;
	select = hm_get_bytes(&r, 3);
	good = good && !r.failed && !memcmp(select.p, terms->selection, 3);
	good = good && hm_bytes_is_zero(hm_get_bytes(&r, PCR_SELECTIONS_LEN - 10)) && hm_get_u32le(&r) == 2;
	for (size_t pcr = 0; good && pcr < HM_PCR_QUOTED; pcr++) {
		struct hm_bytes value, rest;

		if (pcr % PCR_LIST_DIGESTS == 0)
			good = hm_get_u32le(&r) == PCR_LIST_DIGESTS;
		good = good && hm_get_u16le(&r) == hm_algs[HM_SHA256].len;
		value = hm_get_bytes(&r, hm_algs[HM_SHA256].len);
		rest = hm_get_bytes(&r, PCR_DIGEST_LEN - 2 - hm_algs[HM_SHA256].len);
		good = good && !r.failed && hm_bytes_is_zero(rest);
		if (good)
			memcpy(terms->pcr[pcr], value.p, value.len);
	}
	if (!good || !hm_reader_done(&r))
		return false;
	memcpy(proof->pcr, terms->pcr, sizeof(proof->pcr));
	return true;
}

/* PCR 15: the disk's root hash, 32 zero bytes, SHA-256 of the CA's PEM text; extended as they are. */
static bool blindllama_pcr15(struct hm_bytes root_hash_text, struct hm_bytes ca_pem, struct hm_proof_terms *terms)
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
	memcpy(terms->pcr15, pcrs.value[HM_SHA256][HM_PCR_TLS], HM_DIGEST_MAX);
	terms->pcr15_stated = true;
	return true;
}

static bool parse_blindllama(json_t *root, struct hm_proof *proof, struct hm_proof_terms *terms, struct hm_error *error)
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

	*terms = (struct hm_proof_terms){
		.key = HM_KEY_OF_CERTIFICATE, .binding = HM_BINDS_NOTHING, .selection = {0xff, 0xff, 0x00}};
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
	good = base64_field(&q[2], PCR_FILE_LEN, &pcr, error) && read_pcr_file(hm_blob_bytes(&pcr), terms, proof);
	free(pcr.p);
	if (!good)
		return hm_error_set(error, "quote.pcr is not tpm2-tools' file of registers 0 to 15, SHA-256");
	if (!blindllama_pcr15(hm_json_bytes(f[3].value), hm_json_bytes(f[2].value), terms))
		return hm_error_set(error, "application_disk_roothash is not 64 lower-case hex digits");
	return true;
}

/* --- vaportpm: GCP and AWS --- */

static bool parse_registers(json_t *object, enum hm_bank bank, struct hm_proof_terms *terms, struct hm_proof *proof,
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
		if (!hm_json_hex(&f[pcr], "pcrs", terms->pcr[pcr], hm_algs[bank].len, error))
			return false;
	}
	memcpy(proof->pcr, terms->pcr, sizeof(proof->pcr));
	return true;
}

/*
 * The point as a TPMT_PUBLIC, since that is how a hardware report's check is told of the key. The file says nothing of
 * the key's attributes: they are 0, and check 3 lists itself as left out.
 */
static bool put_point(const uint8_t x[P256_LEN], const uint8_t y[P256_LEN], struct hm_blob *ret)
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
	hm_put_bytes(&w, hm_bytes_of(x, P256_LEN));
	hm_put_bytes(&w, hm_bytes_of(len, sizeof(len)));
	hm_put_bytes(&w, hm_bytes_of(y, P256_LEN));
	return hm_blob_set(ret, hm_writer_bytes(&w));
}

static bool parse_point(json_t *object, struct hm_proof *proof, struct hm_error *error)
{
	struct hm_json_field keys[] = {{.name = "ecc_p256", .type = JSON_OBJECT}};
	struct hm_json_field f[] = {{.name = "x", .type = JSON_STRING}, {.name = "y", .type = JSON_STRING}};
	uint8_t x[P256_LEN], y[P256_LEN];

	if (!hm_json_fields(object, "ak_pubkeys", keys, 1, error) ||
	    !hm_json_fields(keys[0].value, "ak_pubkeys.ecc_p256", f, 2, error) ||
	    !hm_json_hex(&f[0], "ak_pubkeys.ecc_p256", x, sizeof(x), error) ||
	    !hm_json_hex(&f[1], "ak_pubkeys.ecc_p256", y, sizeof(y), error))
		return false;
	return put_point(x, y, &proof->ak_public) ? true : hm_error_set(error, "out of memory");
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

static bool parse_vaportpm(json_t *root, bool aws, struct hm_proof *proof, struct hm_proof_terms *terms,
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

	*terms = (struct hm_proof_terms){
		.key = HM_KEY_NUMBERS, .binding = HM_BINDS_FILE_NONCE, .selection = {0xff, 0xff, 0xff}};
	return hm_json_fields(root, "", f, HM_ARRAY_LEN(f), error) &&
	       hm_json_fields(f[3].value, "attestation", a, HM_ARRAY_LEN(a), error) &&
	       set_platform(proof, aws ? "aws" : "gcp", bank, error) &&
	       hm_json_hex(&f[0], "", proof->nonce, sizeof(proof->nonce), error) &&
	       parse_registers(f[1].value, bank, terms, proof, error) && parse_point(f[2].value, proof, error) &&
	       parse_quote(a[0].value, proof, error) &&
	       (aws ? parse_aws(a[1].value, proof, error) : parse_gcp(a[1].value, proof, error));
}

/* --- Azure's confidential VMs, as Confidential Containers keep them --- */

/*
 * Version 1 has hex in the quote and base64url around it. Files before it have no version, and each run of bytes is an
 * array of numbers; the VCEK is PEM there. All of them name the AK in the HCL report alone.
 */
static bool array_bytes(const json_t *array, size_t max, struct hm_blob *ret)
{
	size_t len = json_array_size(array);

	ret->p = len && len <= max ? malloc(len) : NULL;
	ret->len = ret->p ? len : 0;
	for (size_t i = 0; i < ret->len; i++) {
		const json_t *value = json_array_get(array, i);

		if (!json_is_integer(value) || json_integer_value(value) < 0 || json_integer_value(value) > UINT8_MAX)
			return false;
		ret->p[i] = (uint8_t)json_integer_value(value);
	}
	return ret->p;
}

enum encoding { NUMBERS, HEX, BASE64URL };

static bool az_bytes(json_t *value, const char *name, enum encoding encoding, size_t max, struct hm_blob *ret,
		     struct hm_error *error)
{
	const struct hm_json_field field = {.name = name, .value = value};
	struct hm_bytes text;

	if (encoding == NUMBERS)
		return array_bytes(value, max, ret) ? true : hm_error_set(error, "%s is not 1 to %zu bytes", name, max);
	if (!json_is_string(value))
		return hm_error_set(error, "%s is not a text", name);
	if (encoding == HEX)
		return hex_field(&field, ret, error);
	/* Padded, as serde_with writes it. */
	text = hm_json_bytes(value);
	if (text.len % 4 == 0) {
		for (size_t i = 0; i < 2 && text.len && text.p[text.len - 1] == '='; i++)
			text.len--;
	}
	if (text.len > 2 * max || !hm_base64url_decode(text, &ret->p, &ret->len) || ret->len > max)
		return hm_error_set(error, "%s is not base64url of at most %zu bytes", name, max);
	return true;
}

static bool az_registers(json_t *array, enum encoding encoding, struct hm_proof_terms *terms, struct hm_proof *proof,
			 struct hm_error *error)
{
	if (!json_is_array(array) || json_array_size(array) != HM_PCR_COUNT)
		return hm_error_set(error, "pcrs is not a list of %u registers", HM_PCR_COUNT);
	for (size_t pcr = 0; pcr < HM_PCR_COUNT; pcr++) {
		struct hm_blob value = {NULL, 0};
		bool good =
			az_bytes(json_array_get(array, pcr), "pcrs", encoding, hm_algs[HM_SHA256].len, &value, error);

		if (good && value.len != hm_algs[HM_SHA256].len)
			good = hm_error_set(error, "pcrs[%zu] is not %u bytes", pcr, hm_algs[HM_SHA256].len);
		if (good)
			memcpy(terms->pcr[pcr], value.p, value.len);
		free(value.p);
		if (!good)
			return false;
	}
	memcpy(proof->pcr, terms->pcr, sizeof(proof->pcr));
	return true;
}

static void put_u16be(struct hm_writer *w, size_t v)
{
	hm_put_u8(w, (uint8_t)(v >> 8));
	hm_put_u8(w, (uint8_t)v);
}

/* TPMT_SIGNATURE: RSASSA with SHA-256, as Azure's AKs sign. */
static bool put_rsassa(struct hm_bytes signature, struct hm_blob *ret)
{
	static const uint8_t head[] = {0x00, HM_TPM_ALG_RSASSA, 0x00, 0x0b};
	uint8_t wire[HM_SIGNATURE_MAX];
	struct hm_writer w = hm_writer_of(wire, sizeof(wire));

	hm_put_bytes(&w, hm_bytes_of(head, sizeof(head)));
	put_u16be(&w, signature.len);
	hm_put_bytes(&w, signature);
	return !w.failed && hm_blob_set(ret, hm_writer_bytes(&w));
}

/* Exactly these members, in any order: serde writes them as the program's structures have them. */
static bool az_members(const json_t *object, const char *const *names, size_t count, json_t **ret,
		       struct hm_error *error)
{
	for (size_t i = 0; i < count; i++) {
		ret[i] = json_object_get(object, names[i]);
		if (!ret[i])
			return hm_error_set(error, "%s is missing", names[i]);
	}
	return json_object_size(object) == count ? true : hm_error_set(error, "there is a field that is not known");
}

static bool az_quote(const json_t *object, enum encoding encoding, struct hm_proof_terms *terms, struct hm_proof *proof,
		     struct hm_error *error)
{
	static const char *const names[] = {"signature", "message", "pcrs"};
	json_t *member[HM_ARRAY_LEN(names)];
	struct hm_blob signature = {NULL, 0};
	bool good = az_members(object, names, HM_ARRAY_LEN(names), member, error) &&
		    az_bytes(member[1], "message", encoding, HM_ATTEST_MAX, &proof->quote, error) &&
		    az_registers(member[2], encoding, terms, proof, error) &&
		    az_bytes(member[0], "signature", encoding, HM_SIGNATURE_MAX, &signature, error);

	if (good && !put_rsassa(hm_blob_bytes(&signature), &proof->signature))
		good = hm_error_set(error, "signature is too long, or there is no memory");
	free(signature.p);
	return good;
}

/* TPMT_PUBLIC of an RSA key with exponent 65537; its attributes are not known. */
static bool put_rsa(struct hm_bytes modulus, struct hm_blob *ret)
{
	static const uint8_t head[] = {0x00, HM_TPM_ALG_RSA,  0x00, 0x0b,	    0, 0, 0, 0, 0, 0,
				       0x00, HM_TPM_ALG_NULL, 0x00, HM_TPM_ALG_NULL};
	uint8_t wire[HM_PUBLIC_MAX];
	struct hm_writer w = hm_writer_of(wire, sizeof(wire));

	if (modulus.len > HM_PUBLIC_RSA_MAX)
		return false;
	hm_put_bytes(&w, hm_bytes_of(head, sizeof(head)));
	put_u16be(&w, 8 * modulus.len);
	hm_put_u32le(&w, 0);
	put_u16be(&w, modulus.len);
	hm_put_bytes(&w, modulus);
	return !w.failed && hm_blob_set(ret, hm_writer_bytes(&w));
}

/* The key that the HCL report names. Whether the hardware vouches for the report is for check 15 to find out. */
static bool az_key(struct hm_bytes hcl_bytes, struct hm_proof *proof, struct hm_error *error)
{
	struct hm_blob modulus = {NULL, 0};
	struct hm_hcl hcl;
	json_t *root, *key;
	size_t i;
	bool good = false;

	if (hm_hcl_decode(hcl_bytes, &hcl))
		return hm_error_set(error, "the HCL report is malformed");
	if (!hm_json_load(hcl.runtime, HM_HCL_MAX, &root, error))
		return false;
	json_array_foreach(json_object_get(root, "keys"), i, key)
	{
		const char *kid = json_string_value(json_object_get(key, "kid"));
		const json_t *n = json_object_get(key, "n");

		if (kid && !strcmp(kid, "HCLAkPub") && json_is_string(n)) {
			good = hm_base64url_decode(hm_json_bytes(n), &modulus.p, &modulus.len) &&
			       put_rsa(hm_blob_bytes(&modulus), &proof->ak_public);
			break;
		}
	}
	free(modulus.p);
	json_decref(root);
	return good ? true : hm_error_set(error, "the HCL report names no RSA key HCLAkPub");
}

static bool az_part(struct hm_proof *proof, const char *name, struct hm_blob *data, struct hm_error *error)
{
	struct hm_proof_part *part = &proof->part[proof->part_count];

	part->name = strdup(name);
	if (!part->name)
		return hm_error_set(error, "out of memory");
	part->data = *data;
	*data = (struct hm_blob){NULL, 0};
	proof->part_count++;
	return true;
}

/* DER in version 1; before it PEM. */
static bool az_vcek(json_t *value, bool versioned, struct hm_blob *ret, struct hm_error *error)
{
	struct hm_path path;
	bool good;

	if (versioned)
		return az_bytes(value, "vcek", BASE64URL, HM_CERT_MAX, ret, error);
	if (!json_is_string(value))
		return hm_error_set(error, "vcek is not a text");
	if (!hm_crypto_path_of_pem(hm_json_bytes(value), &path, error))
		return false;
	good = path.count == 1 && hm_blob_set(ret, path.cert[0]);
	hm_crypto_path_free(&path);
	return good ? true : hm_error_set(error, "vcek is not one certificate");
}

static bool parse_az(json_t *root, bool tdx, struct hm_proof *proof, struct hm_proof_terms *terms,
		     struct hm_error *error)
{
	const json_t *version = json_object_get(root, "version");
	const char *const names[] = {version || tdx ? "tpm_quote" : "quote", version || tdx ? "hcl_report" : "report",
				     tdx ? "td_quote" : "vcek", "version"};
	json_t *member[HM_ARRAY_LEN(names)];
	const enum encoding outer = version ? BASE64URL : NUMBERS;
	struct hm_blob hcl = {NULL, 0}, other = {NULL, 0};
	bool good;

	*terms = (struct hm_proof_terms){.voucher = HM_VOUCHED_BY_HARDWARE,
					 .key = HM_KEY_NUMBERS,
					 .binding = HM_BINDS_NONCE,
					 .selection = {0xff, 0xff, 0xff}};
	if (!az_members(root, names, HM_ARRAY_LEN(names) - !version, member, error) ||
	    !set_platform(proof, tdx ? "azure-tdx" : "azure-cvm", HM_SHA256, error))
		return false;
	if (version &&
	    (!json_is_integer(version) || json_integer_value(version) < 1 || json_integer_value(version) > 2))
		return hm_error_set(error, "version is not 1 or 2");
	proof->hardware_type = strdup(tdx ? "azure-tdx" : "azure-snp");
	good = proof->hardware_type ? true : hm_error_set(error, "out of memory");
	good = good && az_quote(member[0], version ? HEX : NUMBERS, terms, proof, error) &&
	       az_bytes(member[1], names[1], outer, HM_HCL_MAX, &hcl, error) &&
	       az_key(hm_blob_bytes(&hcl), proof, error) && az_part(proof, "hcl_report", &hcl, error) &&
	       (tdx ? az_bytes(member[2], "td_quote", outer, HM_PROOF_PART_MAX, &other, error)
		    : az_vcek(member[2], version, &other, error)) &&
	       az_part(proof, tdx ? "quote" : "vcek", &other, error);
	free(hcl.p);
	free(other.p);
	return good;
}

static bool parse_root(enum hallmark_format format, json_t *root, struct hm_proof *proof, struct hm_proof_terms *terms,
		       struct hm_error *error)
{
	switch (format) {
	case HALLMARK_FORMAT_BLINDLLAMA_V2:
		return parse_blindllama(root, proof, terms, error);
	case HALLMARK_FORMAT_GCP:
	case HALLMARK_FORMAT_AWS:
		return parse_vaportpm(root, format == HALLMARK_FORMAT_AWS, proof, terms, error);
	case HALLMARK_FORMAT_AZ_SNP_VTPM:
	case HALLMARK_FORMAT_AZ_TDX_VTPM:
		return parse_az(root, format == HALLMARK_FORMAT_AZ_TDX_VTPM, proof, terms, error);
	case HALLMARK_FORMAT_HALLMARK:
		break;
	}
	return hm_error_set(error, "not another system's format");
}

static bool convert_other(enum hallmark_format format, struct hm_bytes file, struct hm_proof **ret,
			  struct hm_proof_terms *terms, struct hm_error *error)
{
	struct hm_proof *proof;
	json_t *root;
	bool good;

	if (!hm_json_load(file, HM_PROOF_MAX, &root, error))
		return false;
	proof = calloc(1, sizeof(*proof));
	good = proof ? parse_root(format, root, proof, terms, error) : hm_error_set(error, "out of memory");
	json_decref(root);
	if (!good) {
		hm_proof_free(proof);
		return false;
	}
	*ret = proof;
	return true;
}

bool hm_proof_convert(enum hallmark_format format, struct hm_bytes file, struct hm_proof **ret,
		      struct hm_proof_terms *ret_terms, struct hm_error *error)
{
	struct hm_proof_terms terms = {.pcr15_stated = false};
	struct hm_proof *proof;

	if (format != HALLMARK_FORMAT_HALLMARK) {
		if (!convert_other(format, file, &proof, &terms, error))
			return false;
	} else {
		if (!hm_proof_parse(file, &proof, error))
			return false;
		memcpy(terms.selection, hm_quoted_select, sizeof(terms.selection));
		memcpy(terms.pcr, proof->pcr, sizeof(proof->pcr));
	}
	*ret = proof;
	*ret_terms = terms;
	return true;
}
