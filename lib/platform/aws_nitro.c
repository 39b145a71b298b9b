/* SPDX-License-Identifier: BSD-2-Clause */
/* aws_nitro.c - AWS: the attestation document of a NitroTPM */
#include "lib/platform/aws_nitro.h"

#include <string.h>

#include "lib/base/error.h"
#include "core/pcr.h"
#include "lib/base/cbor_write.h"
#include "lib/base/cbor_read.h"
#include "lib/crypto/ecdsa.h"
#include "lib/crypto/key_encoded.h"

#define COSE_ALG 1u
/* ES384 is -35; a negative integer is -1 - n. */
#define COSE_ES384 34u
#define SCALAR_LEN 48u
#define FIELD_MAX 1024u /* user_data, nonce and public_key: AWS's own limit */
#define TPM_MARK "-tpm"

/* SHA-256 of AWS's Nitro root G1; docs/PLATFORMS.md says how to check it. */
static const struct hm_pin aws_root = {{0x64, 0x1a, 0x03, 0x21, 0xa3, 0xe2, 0x44, 0xef, 0xe4, 0x56, 0x46,
					0x31, 0x95, 0xd6, 0x06, 0x31, 0x7e, 0xd7, 0xcd, 0xcc, 0x3c, 0x17,
					0x56, 0xe0, 0x98, 0x93, 0xf3, 0xc6, 0x8f, 0x79, 0xbb, 0x5b}};

/* The payload's fields; the order is that of the bits in `seen`. */
enum field { MODULE_ID, DIGEST, TIMESTAMP, PCRS, CERTIFICATE, CABUNDLE, PUBLIC_KEY, USER_DATA, NONCE, FIELD_COUNT };
static const char *const field_names[] = {
	[MODULE_ID] = "module_id",   [DIGEST] = "digest",	    [TIMESTAMP] = "timestamp",
	[PCRS] = "nitrotpm_pcrs",    [CERTIFICATE] = "certificate", [CABUNDLE] = "cabundle",
	[PUBLIC_KEY] = "public_key", [USER_DATA] = "user_data",	    [NONCE] = "nonce",
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(field_names) == FIELD_COUNT, "every field has a name");

static bool read_pcrs(struct hm_reader *c, struct hm_nitro *ret, struct hm_error *error)
{
	struct hm_cbor_map map = hm_cbor_get_map(c);
	size_t count = 0;

	while (hm_cbor_next_pair(c, &map)) {
		uint64_t index = hm_cbor_get_uint(c);
		struct hm_bytes value = hm_cbor_get_bytes(c);

		if (c->failed || index >= HM_NITRO_PCRS || ret->pcr[index].p || value.len != HM_NITRO_PCR_LEN)
			return hm_error_set(error, "nitrotpm_pcrs is not 24 registers of 48 bytes, each once");
		ret->pcr[index] = value;
		count++;
	}
	if (count != HM_NITRO_PCRS)
		return hm_error_set(error, "nitrotpm_pcrs is not 24 registers of 48 bytes, each once");
	return true;
}

/* The bundle is root first; the path is leaf first. The leaf's place, 0, is filled by `certificate`. */
static bool read_bundle(struct hm_reader *c, struct hm_path *path, struct hm_error *error)
{
	uint64_t count = hm_cbor_get_array(c);

	if (c->failed || count == 0 || count > HM_PATH_MAX - 1)
		return hm_error_set(error, "cabundle has not 1 to %u certificates", HM_PATH_MAX - 1);
	for (uint64_t i = 0; i < count; i++)
		path->cert[count - i] = hm_cbor_get_bytes(c);
	path->count = (size_t)count + 1;
	return true;
}

static struct hm_bytes optional(struct hm_reader *c)
{
	bool null;

	return hm_cbor_get_bytes_or_null(c, &null);
}

static bool read_field(struct hm_reader *c, enum field field, struct hm_nitro *ret, struct hm_error *error)
{
	switch (field) {
	case MODULE_ID:
		ret->module_id = hm_cbor_get_text(c);
		return true;
	case DIGEST:
		if (!hm_bytes_equal_text(hm_cbor_get_text(c), "SHA384"))
			return hm_error_set(error, "digest is not SHA384");
		return true;
	case TIMESTAMP:
		ret->timestamp = hm_cbor_get_uint(c);
		return true;
	case PCRS:
		return read_pcrs(c, ret, error);
	case CERTIFICATE:
		ret->path.cert[0] = hm_cbor_get_bytes(c);
		return true;
	case CABUNDLE:
		return read_bundle(c, &ret->path, error);
	case PUBLIC_KEY:
		ret->public_key = optional(c);
		return true;
	case USER_DATA:
		ret->user_data = optional(c);
		return true;
	case NONCE:
		ret->nonce = optional(c);
		return true;
	case FIELD_COUNT:
		break;
	}
	return false;
}

static bool find_field(struct hm_bytes name, enum field *ret)
{
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (hm_bytes_equal_text(name, field_names[i])) {
			*ret = (enum field)i;
			return true;
		}
	}
	return false;
}

static bool read_payload(struct hm_nitro *ret, bool *ret_enclave, struct hm_error *error)
{
	struct hm_reader c = hm_reader_of(ret->payload);
	struct hm_cbor_map map = hm_cbor_get_map(&c);
	uint32_t seen = 0;

	while (hm_cbor_next_pair(&c, &map)) {
		struct hm_bytes name = hm_cbor_get_text(&c);
		enum field field;

		if (hm_bytes_equal_text(name, "pcrs")) {
			*ret_enclave = true;
			return hm_error_set(error, "it is an enclave's document: it has the field pcrs");
		}
		if (c.failed || !find_field(name, &field) || (seen & (1u << field)))
			return hm_error_set(error, "the payload has an unknown or repeated field");
		seen |= 1u << field;
		if (!read_field(&c, field, ret, error))
			return false;
		if (c.failed)
			return hm_error_set(error, "the payload's field %s is malformed", field_names[field]);
	}
	if (!hm_reader_done(&c))
		return hm_error_set(error, "the payload is not one CBOR map");
	if (seen != (1u << FIELD_COUNT) - 1)
		return hm_error_set(error, "the payload lacks a field");
	if (ret->public_key.len > FIELD_MAX || ret->user_data.len > FIELD_MAX || ret->nonce.len > FIELD_MAX)
		return hm_error_set(error, "a field of the payload is too long");
	return true;
}

static bool read_header(struct hm_bytes header)
{
	struct hm_reader c = hm_reader_of(header);
	struct hm_cbor_map map = hm_cbor_get_map(&c);
	bool one = hm_cbor_next_pair(&c, &map);
	uint64_t label = hm_cbor_get_uint(&c), alg = hm_cbor_get_negative(&c);

	/* The algorithm and nothing else: a critical header could change the meaning of the rest. */
	return one && !hm_cbor_next_pair(&c, &map) && hm_reader_done(&c) && label == COSE_ALG && alg == COSE_ES384;
}

bool hm_nitro_decode(struct hm_bytes document, struct hm_nitro *ret, bool *ret_enclave, struct hm_error *error)
{
	struct hm_reader c = hm_reader_of(document);
	struct hm_nitro nitro = {.timestamp = 0};
	struct hm_cbor_map unprotected;

	*ret_enclave = false;
	if (document.len == 0 || document.len > HM_NITRO_MAX)
		return hm_error_set(error, "the document is empty or larger than %u bytes", HM_NITRO_MAX);
	if (hm_cbor_get_array(&c) != 4)
		return hm_error_set(error, "not a COSE_Sign1");
	nitro.protected_header = hm_cbor_get_bytes(&c);
	unprotected = hm_cbor_get_map(&c);
	if (hm_cbor_next_pair(&c, &unprotected))
		return hm_error_set(error, "the document has unprotected headers");
	nitro.payload = hm_cbor_get_bytes(&c);
	nitro.signature = hm_cbor_get_bytes(&c);
	if (!hm_reader_done(&c) || nitro.signature.len != 2 * SCALAR_LEN)
		return hm_error_set(error, "not a COSE_Sign1");
	if (!read_header(nitro.protected_header))
		return hm_error_set(error, "the document is not signed with ES384");
	if (!read_payload(&nitro, ret_enclave, error))
		return false;
	*ret = nitro;
	return true;
}

/* RFC 9052, 4.4: Sig_structure = ["Signature1", protected, external_aad, payload]. */
static bool check_signature(const struct hm_nitro *nitro)
{
	uint8_t buffer[HM_NITRO_MAX + 64];
	struct hm_writer w = hm_writer_of(buffer, sizeof(buffer));
	struct hm_ecdsa signature = {
		.curve = HM_P384,
		.hash = HM_SHA384,
		.r = hm_bytes_of(nitro->signature.p, SCALAR_LEN),
		.s = hm_bytes_of(nitro->signature.p + SCALAR_LEN, SCALAR_LEN),
	};

	hm_cbor_array(&w, 4);
	hm_cbor_text(&w, "Signature1");
	hm_cbor_bytes(&w, nitro->protected_header);
	hm_cbor_bytes(&w, hm_bytes_of(NULL, 0));
	hm_cbor_bytes(&w, nitro->payload);
	return !w.failed && hm_crypto_ecdsa_certificate(nitro->path.cert[0], &signature, hm_writer_bytes(&w));
}

static bool is_nitro_tpm(struct hm_bytes module_id)
{
	/* "i-0123456789abcdef0-tpm0000000000000000"; an enclave's is "...-enc...". */
	return module_id.len > strlen(TPM_MARK) &&
	       memmem(module_id.p, module_id.len, TPM_MARK, strlen(TPM_MARK)) != NULL;
}

static bool check_path(const struct hm_nitro *nitro, const struct hm_nitro_policy *policy, int64_t as_of,
		       struct hm_error *error)
{
	struct hm_pin pins[HM_PATH_MAX];
	size_t count = 0;

	for (size_t i = 0; i < policy->root_count && count + 1 < HM_ARRAY_LEN(pins); i++)
		pins[count++] = policy->root[i];
	if (policy->aws_root)
		pins[count++] = aws_root;
	return hm_crypto_path_check(&nitro->path, pins, count, as_of, NULL, error);
}

static bool check_pcrs(const struct hm_nitro *nitro, const struct hm_evidence_facts *facts, size_t *ret_pcr)
{
	for (size_t i = 0; i < HM_PCR_QUOTED; i++) {
		*ret_pcr = i;
		if (!hm_bytes_equal(nitro->pcr[i], hm_bytes_of(facts->pcr[i], HM_NITRO_PCR_LEN)))
			return false;
	}
	return true;
}

bool hm_nitro_check(struct hm_bytes document, const struct hm_nitro_policy *policy,
		    const struct hm_evidence_facts *facts, struct hm_evidence_result *result)
{
	struct hm_error error = {0};
	struct hm_nitro nitro;
	bool enclave;
	size_t pcr = 0;

	if (!hm_nitro_decode(document, &nitro, &enclave, &error))
		return hm_evidence_refuse(result, enclave ? HALLMARK_NON_COMPLIANT_PLATFORM : HALLMARK_MALFORMED,
					  "NitroTPM document", "%s", error.text);
	if (!check_path(&nitro, policy, facts->as_of, &error))
		return hm_evidence_refuse(result, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM chain", "%s", error.text);
	if (!hm_crypto_crls_check(facts->crls, nitro.path.cert, nitro.path.count, facts->as_of, &error))
		return hm_evidence_refuse(result, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM revocation", "%s",
					  error.text);
	if (!check_signature(&nitro))
		return hm_evidence_refuse(result, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM signature",
					  "it is not by the document's certificate");
	if (!is_nitro_tpm(nitro.module_id))
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "NitroTPM module",
					  "module_id does not name a NitroTPM");
	if (!hm_bytes_equal(nitro.nonce, facts->nonce))
		return hm_evidence_refuse(result, HALLMARK_STALE_QUOTE, "NitroTPM nonce",
					  "the document's nonce is not the proof's");
	if (!hm_crypto_encoded_equals(&facts->ak, nitro.public_key))
		return hm_evidence_refuse(result, HALLMARK_INVALID_ATTESTATION_KEY, "NitroTPM key",
					  "public_key is not the key that signed the quote");
	if (facts->bank != HM_SHA384 || !facts->pcr)
		return hm_evidence_refuse(result, HALLMARK_NON_COMPLIANT_PLATFORM, "NitroTPM registers",
					  "the quote is not over the SHA-384 bank");
	if (!check_pcrs(&nitro, facts, &pcr))
		return hm_evidence_refuse(result, HALLMARK_PCR_MISMATCH, "NitroTPM registers",
					  "nitrotpm_pcrs[%zu] is not the quoted value", pcr);
	return true;
}
