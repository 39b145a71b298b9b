/* SPDX-License-Identifier: BSD-2-Clause */
/* proof.c - reader and writer of proof.json */
#include "tools/host/proof.h"

#include <stdlib.h>
#include <string.h>

#include "core/attest.h"
#include "core/eventlog.h"
#include "core/record.h"
#include "tools/host/base64.h"
#include "tools/host/cli.h"
#include "tools/host/json.h"

#define NAME_LEN_MAX 32u
#define WHERE_MAX 64u

HM_STATIC_ASSERT(HM_PROOF_RUNTIME_LOG_MAX == HM_CEL_RECORDS_MAX * HM_CEL_LINE_MAX, "as core/record.h has it");

struct hm_bytes hm_blob_bytes(const struct hm_blob *blob)
{
	return hm_bytes_of(blob->p, blob->len);
}

bool hm_blob_set(struct hm_blob *blob, struct hm_bytes bytes)
{
	uint8_t *copy = NULL;

	if (bytes.len) {
		copy = malloc(bytes.len);
		if (!copy)
			return false;
		memcpy(copy, bytes.p, bytes.len);
	}
	free(blob->p);
	*blob = (struct hm_blob){ copy, bytes.len };
	return true;
}

bool hm_proof_part_find(const struct hm_proof *proof, const char *name, struct hm_bytes *ret)
{
	for (size_t i = 0; i < proof->part_count; i++) {
		if (!strcmp(proof->part[i].name, name)) {
			*ret = hm_blob_bytes(&proof->part[i].data);
			return true;
		}
	}
	return false;
}

/* --- reading --- */

static bool parse_blob(const json_t *value, const char *where, size_t min, size_t max, struct hm_blob *ret, char *why,
		       size_t why_len)
{
	struct hm_bytes text = hm_json_bytes(value);

	/* Before anything is allocated. */
	if (text.len / 4 * 3 > max + 2)
		return hm_why(why, why_len, "%s is larger than %zu bytes", where, max);
	if (!hm_base64_decode(text, &ret->p, &ret->len))
		return hm_why(why, why_len, "%s is not base64", where);
	if (ret->len < min || ret->len > max)
		return hm_why(why, why_len, "%s is not of %zu to %zu bytes", where, min, max);
	return true;
}

static bool parse_certificates(json_t *array, const char *name, size_t min, struct hm_blob *ret, size_t *ret_count,
			       char *why, size_t why_len)
{
	size_t count = json_array_size(array);

	if (count < min || count > HM_PROOF_CERTIFICATES_MAX)
		return hm_why(why, why_len, "%s does not have %zu to %u entries", name, min, HM_PROOF_CERTIFICATES_MAX);
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(array, i);
		char where[WHERE_MAX];

		snprintf(where, sizeof(where), "%s[%zu]", name, i);
		if (!json_is_string(value))
			return hm_why(why, why_len, "%s is not a string", where);
		*ret_count = i + 1;
		if (!parse_blob(value, where, 1, HM_PROOF_CERTIFICATE_MAX, &ret[i], why, why_len))
			return false;
	}
	return true;
}

static bool parse_bank(const json_t *value, enum hm_bank *ret, char *why, size_t why_len)
{
	if (!hm_bank_of_name(hm_json_bytes(value), ret) || (*ret != HM_SHA256 && *ret != HM_SHA384))
		return hm_why(why, why_len, "bank is not sha256 or sha384");
	return true;
}

static bool parse_pcrs(json_t *array, struct hm_proof *proof, char *why, size_t why_len)
{
	if (json_array_size(array) != HM_PCR_QUOTED)
		return hm_why(why, why_len, "pcrs does not have the registers 0 to %u", HM_PCR_QUOTED - 1);
	for (size_t i = 0; i < HM_PCR_QUOTED; i++) {
		json_t *value = json_array_get(array, i);
		char name[WHERE_MAX];
		const struct hm_json_field field = { .name = name, .value = value };

		snprintf(name, sizeof(name), "pcrs[%zu]", i);
		if (!json_is_string(value))
			return hm_why(why, why_len, "%s is not a string", name);
		if (!hm_json_hex(&field, "", proof->pcr[i], hm_algs[proof->bank].size, why, why_len))
			return false;
	}
	return true;
}

static bool parse_name(const json_t *value, const char *where, char **ret, char *why, size_t why_len)
{
	struct hm_bytes text = hm_json_bytes(value);

	/* An underscore as well: the parts of a report are named as their standards name them. */
	if (text.len == 0 || text.len > NAME_LEN_MAX)
		return hm_why(why, why_len, "%s is not of 1 to %u characters", where, NAME_LEN_MAX);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return hm_why(why, why_len, "%s has a character that is not of [a-z0-9_-]", where);
	}
	*ret = strndup((const char *)text.p, text.len);
	return *ret ? true : hm_why(why, why_len, "out of memory");
}

static bool parse_part(json_t *object, size_t i, struct hm_proof *proof, char *why, size_t why_len)
{
	struct hm_json_field fields[] = {
		{ .name = "name", .type = JSON_STRING },
		{ .name = "data", .type = JSON_STRING },
	};
	struct hm_proof_part *part = &proof->part[i];
	char where[WHERE_MAX], inner[WHERE_MAX];
	struct hm_bytes unused;

	snprintf(where, sizeof(where), "hardware.parts[%zu]", i);
	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), why, why_len))
		return false;
	snprintf(inner, sizeof(inner), "hardware.parts[%zu].name", i);
	if (!parse_name(fields[0].value, inner, &part->name, why, why_len))
		return false;
	/* Those before this one: part_count does not have it yet. */
	if (hm_proof_part_find(proof, part->name, &unused)) {
		free(part->name);
		part->name = NULL;
		return hm_why(why, why_len, "%s is a name that was used before", inner);
	}
	proof->part_count = i + 1;
	snprintf(inner, sizeof(inner), "hardware.parts[%zu].data", i);
	return parse_blob(fields[1].value, inner, 1, HM_PROOF_PART_MAX, &part->data, why, why_len);
}

static bool parse_hardware(json_t *value, struct hm_proof *proof, char *why, size_t why_len)
{
	struct hm_json_field fields[] = {
		{ .name = "type", .type = JSON_STRING },
		{ .name = "parts", .type = JSON_ARRAY },
	};
	size_t count;

	if (json_is_null(value))
		return true;
	if (!hm_json_fields(value, "hardware", fields, HM_ARRAY_LEN(fields), why, why_len) ||
	    !parse_name(fields[0].value, "hardware.type", &proof->hardware_type, why, why_len))
		return false;
	count = json_array_size(fields[1].value);
	if (count == 0 || count > HM_PROOF_PARTS_MAX)
		return hm_why(why, why_len, "hardware.parts does not have 1 to %u entries", HM_PROOF_PARTS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (!parse_part(json_array_get(fields[1].value, i), i, proof, why, why_len))
			return false;
	}
	return true;
}

/* Null or an object: the two types that one field may have. hm_json_fields knows one. */
static json_type hardware_type_of(const json_t *root)
{
	return json_is_null(json_object_get(root, "hardware")) ? JSON_NULL : JSON_OBJECT;
}

static bool parse_root(json_t *root, struct hm_proof *proof, char *why, size_t why_len)
{
	enum { VERSION, PLATFORM, NONCE, AK_PUBLIC, AK_CERTIFICATES, QUOTE, SIGNATURE, BANK, PCRS, FIRMWARE_LOG,
	       RUNTIME_LOG, TLS_CERTIFICATES, HARDWARE };
	struct hm_json_field f[] = {
		[VERSION] = { .name = "version", .type = JSON_STRING },
		[PLATFORM] = { .name = "platform", .type = JSON_STRING },
		[NONCE] = { .name = "nonce", .type = JSON_STRING },
		[AK_PUBLIC] = { .name = "ak_public", .type = JSON_STRING },
		[AK_CERTIFICATES] = { .name = "ak_certificates", .type = JSON_ARRAY },
		[QUOTE] = { .name = "quote", .type = JSON_STRING },
		[SIGNATURE] = { .name = "signature", .type = JSON_STRING },
		[BANK] = { .name = "bank", .type = JSON_STRING },
		[PCRS] = { .name = "pcrs", .type = JSON_ARRAY },
		[FIRMWARE_LOG] = { .name = "firmware_log", .type = JSON_STRING },
		[RUNTIME_LOG] = { .name = "runtime_log", .type = JSON_STRING },
		[TLS_CERTIFICATES] = { .name = "tls_certificates", .type = JSON_ARRAY },
		[HARDWARE] = { .name = "hardware", .type = hardware_type_of(root) },
	};

	if (!hm_json_fields(root, "", f, HM_ARRAY_LEN(f), why, why_len))
		return false;
	if (!hm_bytes_equal_text(hm_json_bytes(f[VERSION].value), HM_PROOF_VERSION))
		return hm_why(why, why_len, "version is not " HM_PROOF_VERSION);
	return parse_name(f[PLATFORM].value, "platform", &proof->platform, why, why_len) &&
	       hm_json_hex(&f[NONCE], "", proof->nonce, sizeof(proof->nonce), why, why_len) &&
	       parse_blob(f[AK_PUBLIC].value, "ak_public", 1, HM_PUBLIC_MAX, &proof->ak_public, why, why_len) &&
	       parse_certificates(f[AK_CERTIFICATES].value, "ak_certificates", 0, proof->ak_certificate,
				  &proof->ak_certificate_count, why, why_len) &&
	       parse_blob(f[QUOTE].value, "quote", 1, HM_ATTEST_MAX, &proof->quote, why, why_len) &&
	       parse_blob(f[SIGNATURE].value, "signature", 1, HM_SIGNATURE_MAX, &proof->signature, why, why_len) &&
	       parse_bank(f[BANK].value, &proof->bank, why, why_len) &&
	       parse_pcrs(f[PCRS].value, proof, why, why_len) &&
	       parse_blob(f[FIRMWARE_LOG].value, "firmware_log", 0, HM_EVENTLOG_MAX, &proof->firmware_log, why,
			  why_len) &&
	       parse_blob(f[RUNTIME_LOG].value, "runtime_log", 0, HM_PROOF_RUNTIME_LOG_MAX, &proof->runtime_log, why,
			  why_len) &&
	       parse_certificates(f[TLS_CERTIFICATES].value, "tls_certificates", 1, proof->tls_certificate,
				  &proof->tls_certificate_count, why, why_len) &&
	       parse_hardware(f[HARDWARE].value, proof, why, why_len);
}

/* White space, escapes: JSON has many texts for the same values. Ours has one. */
static bool check_canonical(const struct hm_proof *proof, struct hm_bytes json, char *why, size_t why_len)
{
	char *text = hm_proof_format(proof);
	bool same = text && hm_bytes_equal_text(json, text);

	if (!text)
		return hm_why(why, why_len, "out of memory");
	free(text);
	return same ? true : hm_why(why, why_len, "the text is not in the one form that a proof has (white space, escapes)");
}

bool hm_proof_parse(struct hm_bytes json, struct hm_proof **ret, char *why, size_t why_len)
{
	struct hm_proof *proof;
	json_t *root;
	bool good;

	if (!hm_json_load(json, HM_PROOF_MAX, &root, why, why_len))
		return false;
	proof = calloc(1, sizeof(*proof));
	good = proof ? parse_root(root, proof, why, why_len) && check_canonical(proof, json, why, why_len) :
		       hm_why(why, why_len, "out of memory");
	json_decref(root);
	if (!good) {
		hm_proof_free(proof);
		return false;
	}
	*ret = proof;
	return true;
}

/* --- writing --- */

static json_t *base64_string(const struct hm_blob *blob)
{
	char *text = hm_base64_encode(hm_blob_bytes(blob));
	json_t *value = text ? json_string(text) : NULL;

	free(text);
	return value;
}

static json_t *certificates_array(const struct hm_blob *certificates, size_t count, bool *failed)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		hm_json_append(array, base64_string(&certificates[i]), failed);
	return array;
}

static json_t *hardware_value(const struct hm_proof *proof, bool *failed)
{
	json_t *object, *parts;

	if (!proof->hardware_type)
		return json_null();
	object = json_object();
	parts = json_array();
	for (size_t i = 0; i < proof->part_count; i++) {
		json_t *part = json_object();

		hm_json_add(part, "name", json_string(proof->part[i].name), failed);
		hm_json_add(part, "data", base64_string(&proof->part[i].data), failed);
		hm_json_append(parts, part, failed);
	}
	hm_json_add(object, "type", json_string(proof->hardware_type), failed);
	hm_json_add(object, "parts", parts, failed);
	return object;
}

char *hm_proof_format(const struct hm_proof *proof)
{
	json_t *root = json_object();
	json_t *pcrs = json_array();
	bool failed = false;

	for (size_t i = 0; i < HM_PCR_QUOTED; i++)
		hm_json_append(pcrs, hm_json_hex_string(hm_bytes_of(proof->pcr[i], hm_algs[proof->bank].size)), &failed);
	hm_json_add(root, "version", json_string(HM_PROOF_VERSION), &failed);
	hm_json_add(root, "platform", json_string(proof->platform), &failed);
	hm_json_add(root, "nonce", hm_json_hex_string(hm_bytes_of(proof->nonce, sizeof(proof->nonce))), &failed);
	hm_json_add(root, "ak_public", base64_string(&proof->ak_public), &failed);
	hm_json_add(root, "ak_certificates",
		    certificates_array(proof->ak_certificate, proof->ak_certificate_count, &failed), &failed);
	hm_json_add(root, "quote", base64_string(&proof->quote), &failed);
	hm_json_add(root, "signature", base64_string(&proof->signature), &failed);
	hm_json_add(root, "bank", json_string(hm_algs[proof->bank].name), &failed);
	hm_json_add(root, "pcrs", pcrs, &failed);
	hm_json_add(root, "firmware_log", base64_string(&proof->firmware_log), &failed);
	hm_json_add(root, "runtime_log", base64_string(&proof->runtime_log), &failed);
	hm_json_add(root, "tls_certificates",
		    certificates_array(proof->tls_certificate, proof->tls_certificate_count, &failed), &failed);
	hm_json_add(root, "hardware", hardware_value(proof, &failed), &failed);
	return hm_json_finish(root, failed);
}

void hm_proof_free(struct hm_proof *proof)
{
	if (!proof)
		return;
	free(proof->platform);
	free(proof->ak_public.p);
	for (size_t i = 0; i < HM_PROOF_CERTIFICATES_MAX; i++) {
		free(proof->ak_certificate[i].p);
		free(proof->tls_certificate[i].p);
	}
	free(proof->quote.p);
	free(proof->signature.p);
	free(proof->firmware_log.p);
	free(proof->runtime_log.p);
	free(proof->hardware_type);
	for (size_t i = 0; i < HM_PROOF_PARTS_MAX; i++) {
		free(proof->part[i].name);
		free(proof->part[i].data.p);
	}
	free(proof);
}
