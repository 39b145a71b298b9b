/* SPDX-License-Identifier: BSD-2-Clause */
/* test_attest.c - what real TPMs said, and everything that is cut, longer or of another kind */
#include "core/attest.h"

#include "tests/support/support.h"
#include "lib/base/base64.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#define VECTORS "tests/vectors/tpm.json" /* by tpm2-tools and swtpm: tests/vectors/make-tpm */
#define WIRE_MAX 4096u

struct wire {
	uint8_t p[WIRE_MAX];
	size_t len;
};

static json_t *vectors;

static int load_vectors(void **state)
{
	(void)state;
	vectors = json_load_file(VECTORS, 0, NULL);
	return vectors ? 0 : -1;
}

static int free_vectors(void **state)
{
	(void)state;
	json_decref(vectors);
	return 0;
}

static struct wire of_hex(const char *hex)
{
	struct wire wire = {.len = strlen(hex) / 2};

	assert_true(wire.len > 0 && wire.len <= WIRE_MAX);
	assert_true(hm_parse_hex(hm_bytes_of_text(hex), wire.p, wire.len));
	return wire;
}

static const char *text_of(const char *name)
{
	const char *text = json_string_value(json_object_get(vectors, name));

	if (!text)
		print_error("%s is not in " VECTORS "\n", name);
	assert_non_null(text);
	return text;
}

static struct wire vector(const char *name)
{
	return of_hex(text_of(name));
}

static struct hm_bytes bytes_of(const struct wire *wire)
{
	return hm_bytes_of(wire->p, wire->len);
}

/* Every prefix is an error, and so is a byte more; the struct stays as it was. */
#define assert_exact(decode, type, good_wire, truncated, trailing) \
	do { \
		struct wire w = (good_wire); \
		type ret, before; \
		memset(&ret, 0x5a, sizeof(ret)); \
		memcpy(&before, &ret, sizeof(ret)); \
		for (size_t len = 0; len < w.len; len++) \
			assert_err(decode(hm_bytes_of(w.p, len), &ret), truncated); \
		w.p[w.len] = 0; \
		assert_err(decode(hm_bytes_of(w.p, w.len + 1), &ret), trailing); \
		assert_memory_equal(&ret, &before, sizeof(ret)); \
		assert_ok(decode(bytes_of(&w), &ret)); \
	} while (0)

/* --- TPMS_ATTEST --- */

static void test_quote(void **state)
{
	static const uint8_t zeros[16 * 32];
	static const char *const names[] = {"rsa_quote", "ecc_quote"};
	uint8_t digest[32];

	(void)state;
	/* A fresh TPM: registers 0 to 15 are zero. */
	assert_true(EVP_Digest(zeros, sizeof(zeros), digest, NULL, EVP_sha256(), NULL));
	for (size_t i = 0; ROW_NAMED(i, names, names[i]); i++) {
		struct wire wire = vector(names[i]);
		struct hm_attest attest;

		assert_ok(hm_attest_decode(bytes_of(&wire), &attest));
		assert_int_equal(attest.magic, 0xff544347);
		assert_int_equal(attest.type, HM_ATTEST_QUOTE);
		assert_int_equal(attest.qualified_signer.len, 34);
		assert_hex(attest.extra_data, "0011223344");
		assert_true(attest.safe);
		assert_int_equal(attest.reset_count, 1);
		assert_int_equal(attest.restart_count, 0);
		assert_int_equal(attest.selection_count, 1);
		assert_int_equal(attest.selection[0].alg, 0x000b);
		assert_int_equal(attest.selection[0].size, 3);
		assert_hex(hm_bytes_of(attest.selection[0].select, 4), "ffff0000");
		assert_true(hm_bytes_equal(attest.pcr_digest, hm_bytes_of(digest, sizeof(digest))));
	}
}

static void test_b03_three_selections(void **state)
{
	struct wire wire = vector("three_selections");
	struct hm_attest attest;

	(void)state;
	assert_ok(hm_attest_decode(bytes_of(&wire), &attest));
	assert_int_equal(attest.selection_count, 3);
	assert_hex(hm_bytes_of(attest.selection[0].select, 3), "0f0000");
	assert_hex(hm_bytes_of(attest.selection[1].select, 3), "000001");
	assert_hex(hm_bytes_of(attest.selection[2].select, 3), "e0fffe");
}

static void test_b02_other_types(void **state)
{
	static const struct {
		const char *name;
		uint16_t type;
		const char *text;
	} types[] = {{"certify", HM_ATTEST_CERTIFY, "certification"},
		     {"creation", HM_ATTEST_CREATION, "creation certification"},
		     {"time", HM_ATTEST_TIME, "time"},
		     {"nv", HM_ATTEST_NV, "NV certification"}};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, types, types[i].name); i++) {
		struct wire wire = vector(types[i].name);
		struct hm_attest attest;

		assert_ok(hm_attest_decode(bytes_of(&wire), &attest));
		assert_int_equal(attest.type, types[i].type);
		assert_string_equal(hm_attest_type_name(attest.type), types[i].text);
		assert_int_equal(attest.selection_count, 0);
	}
}

static void test_b14_attest_exact(void **state)
{
	static const char *const names[] = {"rsa_quote", "ecc_quote", "three_selections", "certify", "creation",
					    "time",	 "nv"};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, names, names[i]); i++)
		assert_exact(hm_attest_decode, struct hm_attest, vector(names[i]), HM_E_ATTEST_TRUNCATED,
			     HM_E_ATTEST_TRAILING);
}

/* Offsets in a quote with a name of 34 bytes and 5 bytes of extra data. */
enum {
	AT_TYPE = 4,
	AT_NAME = 6,
	AT_EXTRA = 8 + 34,
	AT_SAFE = AT_EXTRA + 2 + 5 + 16,
	AT_COUNT = AT_SAFE + 1 + 8,
	AT_SELECT_SIZE = AT_COUNT + 4 + 2,
	AT_DIGEST = AT_SELECT_SIZE + 1 + 3
};

static void assert_changed(size_t at, uint8_t value, enum hm_err want)
{
	struct wire wire = vector("rsa_quote");
	struct hm_attest attest;

	wire.p[at] = value;
	assert_err(hm_attest_decode(bytes_of(&wire), &attest), want);
}

static void test_b01_attest_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_changed(i, 0, HM_E_ATTEST_MAGIC);
	assert_changed(AT_TYPE, 0x81, HM_E_ATTEST_TYPE);
	assert_changed(AT_TYPE + 1, 0x1b, HM_E_ATTEST_TYPE); /* reserved */
	assert_changed(AT_TYPE + 1, 0x1d, HM_E_ATTEST_TYPE);
	assert_changed(AT_NAME, 0xff, HM_E_ATTEST_LENGTH);
	assert_changed(AT_NAME + 1, 67, HM_E_ATTEST_LENGTH);
	assert_changed(AT_EXTRA + 1, 67, HM_E_ATTEST_LENGTH);
	assert_changed(AT_SAFE, 2, HM_E_ATTEST_BOOL);
	assert_changed(AT_SAFE, 0xff, HM_E_ATTEST_BOOL);
	assert_changed(AT_SAFE, 0, HM_OK);
	assert_changed(AT_COUNT, 0xff, HM_E_ATTEST_SELECTION);
	assert_changed(AT_COUNT + 3, 17, HM_E_ATTEST_SELECTION);
	assert_changed(AT_SELECT_SIZE, 5, HM_E_ATTEST_SELECTION);
	assert_changed(AT_SELECT_SIZE, 255, HM_E_ATTEST_SELECTION);
	assert_changed(AT_DIGEST + 1, 65, HM_E_ATTEST_LENGTH);
	assert_changed(AT_DIGEST + 1, 31, HM_E_ATTEST_TRAILING);
	assert_changed(AT_DIGEST + 1, 33, HM_E_ATTEST_TRUNCATED);
}

/* --- TPMT_PUBLIC --- */

static EVP_PKEY *key_of_pem(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);

	assert_non_null(key);
	BIO_free(bio);
	return key;
}

static void assert_number(const EVP_PKEY *key, const char *param, struct hm_bytes want)
{
	BIGNUM *n = NULL;
	uint8_t value[512];

	assert_true(EVP_PKEY_get_bn_param(key, param, &n));
	assert_int_equal(BN_bn2binpad(n, value, (int)want.len), want.len);
	assert_memory_equal(value, want.p, want.len);
	BN_free(n);
}

static void test_public(void **state)
{
	/* fixedTPM fixedParent sensitiveDataOrigin userWithAuth restricted sign: what tpm2_createak makes */
	const uint32_t ak = HM_OBJECT_FIXED_TPM | HM_OBJECT_FIXED_PARENT | HM_OBJECT_SENSITIVE_DATA_ORIGIN |
			    HM_OBJECT_USER_WITH_AUTH | HM_OBJECT_RESTRICTED | HM_OBJECT_SIGN;
	struct wire wire = vector("rsa_public");
	EVP_PKEY *key = key_of_pem(text_of("rsa_pem"));
	struct hm_tpm_public public;

	(void)state;
	assert_ok(hm_tpm_public_decode(bytes_of(&wire), &public));
	assert_int_equal(public.type, HM_TPM_ALG_RSA);
	assert_int_equal(public.name_alg, 0x000b);
	assert_int_equal(public.attributes, ak);
	assert_int_equal(public.symmetric, HM_TPM_ALG_NULL);
	assert_int_equal(public.scheme, HM_TPM_ALG_RSASSA);
	assert_int_equal(public.scheme_hash, 0x000b);
	assert_int_equal(public.key_bits, 2048);
	assert_int_equal(public.exponent, 65537);
	assert_number(key, OSSL_PKEY_PARAM_RSA_N, public.modulus);
	EVP_PKEY_free(key);

	wire = vector("ecc_public");
	key = key_of_pem(text_of("ecc_pem"));
	assert_ok(hm_tpm_public_decode(bytes_of(&wire), &public));
	assert_int_equal(public.type, HM_TPM_ALG_ECC);
	assert_int_equal(public.attributes, ak);
	assert_int_equal(public.scheme, HM_TPM_ALG_ECDSA);
	assert_int_equal(public.scheme_hash, 0x000b);
	assert_int_equal(public.curve, HM_TPM_ECC_P256);
	assert_number(key, OSSL_PKEY_PARAM_EC_PUB_X, public.x);
	assert_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, public.y);
	EVP_PKEY_free(key);
}

static void test_b08_other_publics(void **state)
{
	struct hm_tpm_public public;
	struct wire wire = vector("storage_public");

	(void)state;
	assert_ok(hm_tpm_public_decode(bytes_of(&wire), &public));
	assert_true(public.attributes & HM_OBJECT_DECRYPT);
	assert_false(public.attributes & HM_OBJECT_SIGN);
	assert_int_equal(public.scheme, HM_TPM_ALG_NULL);
	assert_int_equal(public.symmetric, 0x0006); /* AES */
	wire = vector("unrestricted_p384_public");
	assert_ok(hm_tpm_public_decode(bytes_of(&wire), &public));
	assert_false(public.attributes & HM_OBJECT_RESTRICTED);
	assert_int_equal(public.curve, HM_TPM_ECC_P384);
	assert_int_equal(public.scheme_hash, 0x000c);
	assert_int_equal(public.x.len, 48);
	wire = vector("unrestricted_pss_public");
	assert_ok(hm_tpm_public_decode(bytes_of(&wire), &public));
	assert_int_equal(public.scheme, HM_TPM_ALG_RSAPSS);
	wire = vector("hmac_public");
	assert_err(hm_tpm_public_decode(bytes_of(&wire), &public), HM_E_PUBLIC_TYPE);
}

static void test_b14_public_exact(void **state)
{
	static const char *const names[] = {"rsa_public", "ecc_public", "storage_public", "unrestricted_p384_public",
					    "unrestricted_pss_public"};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, names, names[i]); i++)
		assert_exact(hm_tpm_public_decode, struct hm_tpm_public, vector(names[i]), HM_E_PUBLIC_TRUNCATED,
			     HM_E_PUBLIC_TRAILING);
}

static void assert_public_changed(const char *name, size_t at, uint8_t value, enum hm_err want)
{
	struct wire wire = vector(name);
	struct hm_tpm_public public;

	wire.p[at] = value;
	assert_err(hm_tpm_public_decode(bytes_of(&wire), &public), want);
}

static void test_b06_public_fields(void **state)
{
	/* type 2, name algorithm 2, attributes 4, policy 2, symmetric 2, scheme 2 + 2, bits 2, exponent 4, modulus 2 */
	(void)state;
	assert_public_changed("rsa_public", 1, 0x25, HM_E_PUBLIC_TYPE); /* SYMCIPHER */
	assert_public_changed("rsa_public", 4, 0x80, HM_E_PUBLIC_ATTRIBUTES);
	assert_public_changed("rsa_public", 7, 0x73, HM_E_PUBLIC_ATTRIBUTES); /* bit 0 */
	assert_public_changed("rsa_public", 8, 0x01, HM_E_PUBLIC_LENGTH);
	assert_public_changed("rsa_public", 13, 0x05, HM_E_PUBLIC_SCHEME); /* HMAC */
	assert_public_changed("rsa_public", 16, 0x04, HM_E_PUBLIC_RSA);	   /* 1024 bits */
	assert_public_changed("rsa_public", 24, 0x7f, HM_E_PUBLIC_RSA);	   /* the top bit */
	assert_public_changed("rsa_public", 22, 0x03, HM_E_PUBLIC_LENGTH);
	assert_public_changed("ecc_public", 20, 0x01, HM_E_PUBLIC_LENGTH);
}

/* --- TPMT_SIGNATURE --- */

static void test_signature(void **state)
{
	struct wire wire = vector("rsa_quote_signature");
	struct hm_tpm_signature signature;

	(void)state;
	assert_ok(hm_tpm_signature_decode(bytes_of(&wire), &signature));
	assert_int_equal(signature.scheme, HM_TPM_ALG_RSASSA);
	assert_int_equal(signature.hash, 0x000b);
	assert_int_equal(signature.rsa.len, 256);
	wire = vector("ecc_quote_signature");
	assert_ok(hm_tpm_signature_decode(bytes_of(&wire), &signature));
	assert_int_equal(signature.scheme, HM_TPM_ALG_ECDSA);
	assert_in_range(signature.r.len, 30, 32);
	assert_in_range(signature.s.len, 30, 32);
	assert_exact(hm_tpm_signature_decode, struct hm_tpm_signature, vector("rsa_quote_signature"),
		     HM_E_SIGNATURE_TRUNCATED, HM_E_SIGNATURE_TRAILING);
	assert_exact(hm_tpm_signature_decode, struct hm_tpm_signature, vector("ecc_quote_signature"),
		     HM_E_SIGNATURE_TRUNCATED, HM_E_SIGNATURE_TRAILING);
}

static void test_b05_other_signatures(void **state)
{
	struct wire wire = vector("rsa_quote_signature");
	struct hm_tpm_signature signature;
	/* NULL; HMAC with a SHA-256 digest; ECDAA: all are legal TPMT_SIGNATUREs and none is a quote's */
	static const uint8_t schemes[] = {0x10, 0x05, 0x1a, 0x1b, 0x1c, 0x00, 0x17};

	(void)state;
	for (size_t i = 0; ROW(i, schemes); i++) {
		wire.p[1] = schemes[i];
		assert_err(hm_tpm_signature_decode(bytes_of(&wire), &signature), HM_E_SIGNATURE_SCHEME);
	}
	wire = vector("rsa_quote_signature");
	wire.p[4] = 0x03;
	assert_err(hm_tpm_signature_decode(bytes_of(&wire), &signature), HM_E_SIGNATURE_LENGTH);
	/* An RSA signature under an ECDSA tag. */
	wire = vector("rsa_quote_signature");
	wire.p[1] = 0x18;
	assert_err(hm_tpm_signature_decode(bytes_of(&wire), &signature), HM_E_SIGNATURE_LENGTH);
}

/* --- real machines --- */

static void assert_real_quote(const uint8_t *p, size_t len, uint16_t alg, const char *extra, const char *digest)
{
	struct hm_attest attest;

	assert_ok(hm_attest_decode(hm_bytes_of(p, len), &attest));
	assert_int_equal(attest.type, HM_ATTEST_QUOTE);
	assert_int_equal(attest.selection_count, 1);
	assert_int_equal(attest.selection[0].alg, alg);
	assert_hex(attest.extra_data, extra);
	if (digest)
		assert_hex(attest.pcr_digest, digest);
}

static json_t *fixture_json(const char *name, uint8_t **ret_memory)
{
	struct hm_bytes file;
	json_t *json;

	*ret_memory = support_fixture(name, &file);
	json = json_loadb((const char *)file.p, file.len, 0, NULL);
	assert_non_null(json);
	return json;
}

static void test_real_quotes(void **state)
{
	uint8_t *memory, *quote;
	size_t len;
	json_t *json = fixture_json("azure-tl/blindllama-v2.json", &memory);
	const char *text;
	struct wire wire;

	(void)state;
	text = json_string_value(json_object_get(json_object_get(json, "quote"), "message"));
	assert_true(hm_base64_decode(hm_bytes_of_text(text), &quote, &len));
	assert_real_quote(quote, len, 0x000b, "", NULL);
	free(quote);
	json_decref(json);
	free(memory);
	json = fixture_json("gcp/gcp-sev.json", &memory);
	assert_int_equal(json_unpack(json, "{s:{s:{s:{s:s}}}}", "attestation", "tpm", "ecc_p256", "attest_data", &text),
			 0);
	wire = of_hex(text);
	assert_real_quote(wire.p, wire.len, 0x000b, json_string_value(json_object_get(json, "nonce")), NULL);
	json_decref(json);
	free(memory);
	json = fixture_json("aws/nitrotpm.json", &memory);
	assert_int_equal(json_unpack(json, "{s:{s:{s:{s:s}}}}", "attestation", "tpm", "ecc_p256", "attest_data", &text),
			 0);
	wire = of_hex(text);
	assert_real_quote(wire.p, wire.len, 0x000c, json_string_value(json_object_get(json, "nonce")), NULL);
	json_decref(json);
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quote),
		cmocka_unit_test(test_b03_three_selections),
		cmocka_unit_test(test_b02_other_types),
		cmocka_unit_test(test_b14_attest_exact),
		cmocka_unit_test(test_b01_attest_fields),
		cmocka_unit_test(test_public),
		cmocka_unit_test(test_b08_other_publics),
		cmocka_unit_test(test_b14_public_exact),
		cmocka_unit_test(test_b06_public_fields),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_b05_other_signatures),
		cmocka_unit_test(test_real_quotes),
	};

	return cmocka_run_group_tests(tests, load_vectors, free_vectors);
}
