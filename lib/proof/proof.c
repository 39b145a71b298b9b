/* SPDX-License-Identifier: BSD-2-Clause */
/* proof.c - reader and writer of proof.json */
#include "lib/proof/proof.h"

#include <stdlib.h>
#include <string.h>

#include "core/attest.h"
#include "core/eventlog.h"
#include "core/record.h"
#include "lib/base/base64.h"
#include "lib/base/error.h"
#include "lib/base/json.h"

#define NAME_LEN_MAX 32u
#define WHERE_MAX 64u

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
	*blob = (struct hm_blob){copy, bytes.len};
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

static bool parse_blob(const json_t *value, const char *where, size_t min, size_t max, struct hm_blob *ret,
		       struct hm_error *error)
{
	struct hm_bytes text = hm_json_bytes(value);

	/* Before anything is allocated. */
	if (text.len / 4 * 3 > max + 2)
		return hm_error_set(error, "%s is larger than %zu bytes", where, max);
	if (!hm_base64_decode(text, &ret->p, &ret->len))
		return hm_error_set(error, "%s is not base64", where);
	if (ret->len < min || ret->len > max)
		return hm_error_set(error, "%s is not of %zu to %zu bytes", where, min, max);
	return true;
}

static bool parse_certificates(json_t *array, const char *name, size_t min, struct hm_blob *ret, size_t *ret_count,
			       struct hm_error *error)
{
	size_t count = json_array_size(array);

	if (count < min || count > HM_PROOF_CERTIFICATES_MAX)
		return hm_error_set(error, "%s does not have %zu to %u entries", name, min, HM_PROOF_CERTIFICATES_MAX);
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(array, i);
		char where[WHERE_MAX];

		snprintf(where, sizeof(where), "%s[%zu]", name, i);
		if (!json_is_string(value))
			return hm_error_set(error, "%s is not a string", where);
		*ret_count = i + 1;
		if (!parse_blob(value, where, 1, HM_PROOF_CERTIFICATE_MAX, &ret[i], error))
			return false;
	}
	return true;
}

static bool parse_bank(const json_t *value, enum hm_bank *ret, struct hm_error *error)
{
	if (!hm_bank_of_name(hm_json_bytes(value), ret) || (*ret != HM_SHA256 && *ret != HM_SHA384))
		return hm_error_set(error, "bank is not sha256 or sha384");
	return true;
}

static bool parse_pcrs(json_t *array, struct hm_proof *proof, struct hm_error *error)
{
	if (json_array_size(array) != HM_PCR_QUOTED)
		return hm_error_set(error, "pcrs does not have the registers 0 to %u", HM_PCR_QUOTED - 1);
	for (size_t i = 0; i < HM_PCR_QUOTED; i++) {
		json_t *value = json_array_get(array, i);
		char name[WHERE_MAX];
		const struct hm_json_field field = {.name = name, .value = value};

		snprintf(name, sizeof(name), "pcrs[%zu]", i);
		if (!json_is_string(value))
			return hm_error_set(error, "%s is not a string", name);
		if (!hm_json_hex(&field, "", proof->pcr[i], hm_algs[proof->bank].len, error))
			return false;
	}
	return true;
}

static bool parse_name(const json_t *value, const char *where, char **ret, struct hm_error *error)
{
	struct hm_bytes text = hm_json_bytes(value);

	/* An underscore as well: the parts of a report are named as their standards name them. */
	if (text.len == 0 || text.len > NAME_LEN_MAX)
		return hm_error_set(error, "%s is not of 1 to %u characters", where, NAME_LEN_MAX);
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return hm_error_set(error, "%s has a character that is not of [a-z0-9_-]", where);
	}
	*ret = strndup((const char *)text.p, text.len);
	return *ret ? true : hm_error_set(error, "out of memory");
}

static bool parse_part(json_t *object, size_t i, struct hm_proof *proof, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "name", .type = JSON_STRING},
		{.name = "data", .type = JSON_STRING},
	};
	struct hm_proof_part *part = &proof->part[i];
	char where[WHERE_MAX], inner[WHERE_MAX];
	struct hm_bytes unused;

	snprintf(where, sizeof(where), "hardware.parts[%zu]", i);
	if (!hm_json_fields(object, where, fields, HM_ARRAY_LEN(fields), error))
		return false;
	snprintf(inner, sizeof(inner), "hardware.parts[%zu].name", i);
	if (!parse_name(fields[0].value, inner, &part->name, error))
		return false;
	/* Those before this one: part_count does not have it yet. */
	if (hm_proof_part_find(proof, part->name, &unused)) {
		free(part->name);
		part->name = NULL;
		return hm_error_set(error, "%s is a name that was used before", inner);
	}
	proof->part_count = i + 1;
	snprintf(inner, sizeof(inner), "hardware.parts[%zu].data", i);
	return parse_blob(fields[1].value, inner, 1, HM_PROOF_PART_MAX, &part->data, error);
}

static bool parse_hardware(json_t *value, struct hm_proof *proof, struct hm_error *error)
{
	struct hm_json_field fields[] = {
		{.name = "type", .type = JSON_STRING},
		{.name = "parts", .type = JSON_ARRAY},
	};
	size_t count;

	if (json_is_null(value))
		return true;
	if (!hm_json_fields(value, "hardware", fields, HM_ARRAY_LEN(fields), error) ||
	    !parse_name(fields[0].value, "hardware.type", &proof->hardware_type, error))
		return false;
	count = json_array_size(fields[1].value);
	if (count == 0 || count > HM_PROOF_PARTS_MAX)
		return hm_error_set(error, "hardware.parts does not have 1 to %u entries", HM_PROOF_PARTS_MAX);
	for (size_t i = 0; i < count; i++) {
		if (!parse_part(json_array_get(fields[1].value, i), i, proof, error))
			return false;
	}
	return true;
}

/* Null or an object: the two types that one field may have. hm_json_fields knows one. */
static json_type hardware_type_of(const json_t *root)
{
	return json_is_null(json_object_get(root, "hardware")) ? JSON_NULL : JSON_OBJECT;
}

static bool parse_root(json_t *root, struct hm_proof *proof, struct hm_error *error)
{
	enum {
		VERSION,
		PLATFORM,
		NONCE,
		AK_PUBLIC,
		AK_CERTIFICATES,
		QUOTE,
		SIGNATURE,
		BANK,
		PCRS,
		FIRMWARE_LOG,
		RUNTIME_LOG,
		TLS_CERTIFICATES,
		HARDWARE
	};
	struct hm_json_field f[] = {
		[VERSION] = {.name = "version", .type = JSON_STRING},
		[PLATFORM] = {.name = "platform", .type = JSON_STRING},
		[NONCE] = {.name = "nonce", .type = JSON_STRING},
		[AK_PUBLIC] = {.name = "ak_public", .type = JSON_STRING},
		[AK_CERTIFICATES] = {.name = "ak_certificates", .type = JSON_ARRAY},
		[QUOTE] = {.name = "quote", .type = JSON_STRING},
		[SIGNATURE] = {.name = "signature", .type = JSON_STRING},
		[BANK] = {.name = "bank", .type = JSON_STRING},
		[PCRS] = {.name = "pcrs", .type = JSON_ARRAY},
		[FIRMWARE_LOG] = {.name = "firmware_log", .type = JSON_STRING},
		[RUNTIME_LOG] = {.name = "runtime_log", .type = JSON_STRING},
		[TLS_CERTIFICATES] = {.name = "tls_certificates", .type = JSON_ARRAY},
		[HARDWARE] = {.name = "hardware", .type = hardware_type_of(root)},
	};

	if (!hm_json_fields(root, "", f, HM_ARRAY_LEN(f), error))
		return false;
	if (hm_bytes_equal_text(hm_json_bytes(f[VERSION].value), "hallmark-proof/1"))
		return hm_error_set(
			error,
			"version is hallmark-proof/1, whose quotes cover no connection, and not " HM_PROOF_VERSION);
	if (!hm_bytes_equal_text(hm_json_bytes(f[VERSION].value), HM_PROOF_VERSION))
		return hm_error_set(error, "version is not " HM_PROOF_VERSION);
	return parse_name(f[PLATFORM].value, "platform", &proof->platform, error) &&
	       hm_json_hex(&f[NONCE], "", proof->nonce, sizeof(proof->nonce), error) &&
	       parse_blob(f[AK_PUBLIC].value, "ak_public", 1, HM_PUBLIC_MAX, &proof->ak_public, error) &&
	       parse_certificates(f[AK_CERTIFICATES].value, "ak_certificates", 0, proof->ak_certificate,
				  &proof->ak_certificate_count, error) &&
	       parse_blob(f[QUOTE].value, "quote", 1, HM_ATTEST_MAX, &proof->quote, error) &&
	       parse_blob(f[SIGNATURE].value, "signature", 1, HM_SIGNATURE_MAX, &proof->signature, error) &&
	       parse_bank(f[BANK].value, &proof->bank, error) && parse_pcrs(f[PCRS].value, proof, error) &&
	       parse_blob(f[FIRMWARE_LOG].value, "firmware_log", 0, HM_EVENTLOG_MAX, &proof->firmware_log, error) &&
	       parse_blob(f[RUNTIME_LOG].value, "runtime_log", 0, HM_RUNTIME_LOG_MAX, &proof->runtime_log, error) &&
	       parse_certificates(f[TLS_CERTIFICATES].value, "tls_certificates", 1, proof->tls_certificate,
				  &proof->tls_certificate_count, error) &&
	       parse_hardware(f[HARDWARE].value, proof, error);
}

/* White space, escapes: JSON has many texts for the same values. Ours has one. */
static bool check_canonical(const struct hm_proof *proof, struct hm_bytes json, struct hm_error *error)
{
	char *text = hm_proof_format(proof);
	bool same = text && hm_bytes_equal_text(json, text);

	if (!text)
		return hm_error_set(error, "out of memory");
	free(text);
	return same ? true
		    : hm_error_set(error, "the text is not in the one form that a proof has (white space, escapes)");
}

bool hm_proof_parse(struct hm_bytes json, struct hm_proof **ret, struct hm_error *error)
{
	struct hm_proof *proof;
	json_t *root;
	bool good;

	if (!hm_json_load(json, HM_PROOF_MAX, &root, error))
		return false;
	proof = calloc(1, sizeof(*proof));
	good = proof ? parse_root(root, proof, error) && check_canonical(proof, json, error)
		     : hm_error_set(error, "out of memory");
	json_decref(root);
	if (!good) {
		hm_proof_free(proof);
		return false;
	}
	*ret = proof;
	return true;
}

/* --- writing --- */

/*
 * The one form, written out: as jansson's JSON_INDENT(2) would, without building a tree for a few hundred kilobytes of
 * base64 at each verification. What stands between the quotes never needs escaping: names, hex, base64.
 */
struct text {
	char *p;
	size_t len, cap;
	bool failed;
};

static void put(struct text *t, const char *from, size_t len)
{
	if (t->failed || len >= t->cap - t->len) {
		t->failed = true;
		return;
	}
	memcpy(t->p + t->len, from, len);
	t->len += len;
}

static void put_text(struct text *t, const char *text)
{
	put(t, text, strlen(text));
}

static void put_base64(struct text *t, const struct hm_blob *blob)
{
	char *text = hm_base64_encode(hm_blob_bytes(blob));

	if (text)
		put_text(t, text);
	else
		t->failed = true;
	free(text);
}

static void put_hex(struct text *t, struct hm_bytes bytes)
{
	char hex[2 * HM_DIGEST_MAX];
	struct hm_writer w = hm_writer_of(hex, sizeof(hex));

	hm_put_hex(&w, bytes);
	t->failed |= w.failed;
	put(t, hex, w.len);
}

static void put_base64_field(struct text *t, const char *name, const struct hm_blob *blob)
{
	put_text(t, "  \"");
	put_text(t, name);
	put_text(t, "\": \"");
	put_base64(t, blob);
	put_text(t, "\",\n");
}

static void put_certificates(struct text *t, const char *name, const struct hm_blob *certificates, size_t count)
{
	put_text(t, "  \"");
	put_text(t, name);
	put_text(t, count ? "\": [" : "\": [],\n");
	for (size_t i = 0; i < count; i++) {
		put_text(t, i ? ",\n    \"" : "\n    \"");
		put_base64(t, &certificates[i]);
		put_text(t, i + 1 == count ? "\"\n  ],\n" : "\"");
	}
}

static void put_hardware(struct text *t, const struct hm_proof *proof)
{
	if (!proof->hardware_type) {
		put_text(t, "  \"hardware\": null\n}\n");
		return;
	}
	put_text(t, "  \"hardware\": {\n    \"type\": \"");
	put_text(t, proof->hardware_type);
	put_text(t, "\",\n    \"parts\": [");
	for (size_t i = 0; i < proof->part_count; i++) {
		put_text(t, i ? ",\n      {\n        \"name\": \"" : "\n      {\n        \"name\": \"");
		put_text(t, proof->part[i].name);
		put_text(t, "\",\n        \"data\": \"");
		put_base64(t, &proof->part[i].data);
		put_text(t, "\"\n      }");
	}
	put_text(t, proof->part_count ? "\n    ]\n  }\n}\n" : "]\n  }\n}\n");
}

static void put_proof(struct text *t, const struct hm_proof *proof)
{
	put_text(t, "{\n  \"version\": \"" HM_PROOF_VERSION "\",\n  \"platform\": \"");
	put_text(t, proof->platform);
	put_text(t, "\",\n  \"nonce\": \"");
	put_hex(t, hm_bytes_of(proof->nonce, sizeof(proof->nonce)));
	put_text(t, "\",\n");
	put_base64_field(t, "ak_public", &proof->ak_public);
	put_certificates(t, "ak_certificates", proof->ak_certificate, proof->ak_certificate_count);
	put_base64_field(t, "quote", &proof->quote);
	put_base64_field(t, "signature", &proof->signature);
	put_text(t, "  \"bank\": \"");
	put_text(t, hm_algs[proof->bank].name);
	put_text(t, "\",\n  \"pcrs\": [");
	for (size_t i = 0; i < HM_PCR_QUOTED; i++) {
		put_text(t, i ? ",\n    \"" : "\n    \"");
		put_hex(t, hm_bytes_of(proof->pcr[i], hm_algs[proof->bank].len));
		put_text(t, "\"");
	}
	put_text(t, "\n  ],\n");
	put_base64_field(t, "firmware_log", &proof->firmware_log);
	put_base64_field(t, "runtime_log", &proof->runtime_log);
	put_certificates(t, "tls_certificates", proof->tls_certificate, proof->tls_certificate_count);
	put_hardware(t, proof);
}

/* Room for all values in base64, and for what stands around them. */
static size_t text_room(const struct hm_proof *proof)
{
	size_t bytes = proof->ak_public.len + proof->quote.len + proof->signature.len + proof->firmware_log.len +
		       proof->runtime_log.len;

	for (size_t i = 0; i < HM_PROOF_CERTIFICATES_MAX; i++)
		bytes += proof->ak_certificate[i].len + proof->tls_certificate[i].len;
	for (size_t i = 0; i < proof->part_count; i++)
		bytes += proof->part[i].data.len;
	/* Each value ends in at most 4 bytes of padding; 41 values, 16 registers of 128 digits, names, punctuation. */
	return bytes / 3 * 4 + 16384;
}

char *hm_proof_format(const struct hm_proof *proof)
{
	struct text t = {.cap = text_room(proof)};

	t.p = malloc(t.cap);
	if (!t.p)
		return NULL;
	put_proof(&t, proof);
	if (t.failed) {
		free(t.p);
		return NULL;
	}
	t.p[t.len] = '\0';
	return t.p;
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
