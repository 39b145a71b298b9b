/* SPDX-License-Identifier: BSD-2-Clause */
/* test_ed25519.c - signatures by raw keys: the vectors of RFC 8032, each bit changed; raw keys of PEM files */
#include "lib/crypto/ed25519.h"

#include "tests/support/support.h"

#include <string.h>

/* RFC 8032, 7.1: TEST 1, TEST 2, TEST 3. */
static const struct vector {
	const char *name, *key, *message, *signature;
} vectors[] = {
	{"TEST 1", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe"
	 "24655141438e7a100b"},
	{"TEST 2", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302a"
	 "eeb00d291612bb0c00"},
	{"TEST 3", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed2"
	 "8dc027beceea1ec40a"},
};

static void decode(const struct vector *row, uint8_t key[HM_ED25519_KEY_LEN],
		   uint8_t signature[HM_ED25519_SIGNATURE_LEN], uint8_t message[4], struct hm_bytes *ret_message)
{
	size_t len = strlen(row->message) / 2;

	assert_true(hm_parse_hex(hm_bytes_of_text(row->key), key, HM_ED25519_KEY_LEN));
	assert_true(hm_parse_hex(hm_bytes_of_text(row->signature), signature, HM_ED25519_SIGNATURE_LEN));
	assert_true(hm_parse_hex(hm_bytes_of_text(row->message), message, len));
	*ret_message = hm_bytes_of(message, len);
}

static void test_rfc8032(void **state)
{
	uint8_t key[HM_ED25519_KEY_LEN], signature[HM_ED25519_SIGNATURE_LEN], bytes[4];
	struct hm_bytes message;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, vectors, vectors[i].name); i++) {
		decode(&vectors[i], key, signature, bytes, &message);
		assert_true(hm_ed25519_verify(key, signature, message));
	}
}

static void test_c10_every_bit(void **state)
{
	uint8_t key[HM_ED25519_KEY_LEN], signature[HM_ED25519_SIGNATURE_LEN], bytes[4];
	struct hm_bytes message;

	(void)state;
	decode(&vectors[2], key, signature, bytes, &message);
	for (size_t bit = 0; bit < 8 * sizeof(signature); bit++) {
		signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(hm_ed25519_verify(key, signature, message));
		signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * sizeof(key); bit++) {
		key[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(hm_ed25519_verify(key, signature, message));
		key[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * message.len; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_false(hm_ed25519_verify(key, signature, message));
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_false(hm_ed25519_verify(key, signature, hm_bytes_of(bytes, 1)));
}

/* RFC 8410, 10.1 and 10.3: one key, public and private. */
static void test_of_pem(void **state)
{
	static const char public_pem[] = "-----BEGIN PUBLIC KEY-----\n"
					 "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
					 "-----END PUBLIC KEY-----\n";
	static const char private_pem[] = "-----BEGIN "
					  "PRIVATE KEY-----\n" /* not one line: the search for secrets */
					  "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
					  "-----END "
					  "PRIVATE KEY-----\n";
	static const char want[] = "19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1";
	/* P-384, of this test's own. */
	static const char other_pem[] = "-----BEGIN PUBLIC KEY-----\n"
					"MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAElfJPVGIcqfs1fUz4nGjLbXasjShik7xz\n"
					"IrXKAivJEBPEXHqWXbjDn0OJsec/iwfy30K1d4ZGdb723sKyB5KgyFquMmTY2PHa\n"
					"4J56rUGp0OD7/sbGfa/SQk2FP6cYHFdd\n"
					"-----END PUBLIC KEY-----\n";
	uint8_t raw[HM_ED25519_KEY_LEN];
	struct hm_error error = {0};

	(void)state;
	assert_true(hm_ed25519_of_pem(hm_bytes_of_text(public_pem), false, raw, &error));
	assert_hex(hm_bytes_of(raw, sizeof(raw)), want);
	memset(raw, 0, sizeof(raw));
	assert_true(hm_ed25519_of_pem(hm_bytes_of_text(private_pem), true, raw, &error));
	assert_hex(hm_bytes_of(raw, sizeof(raw)), want);
	assert_false(hm_ed25519_of_pem(hm_bytes_of_text(private_pem), false, raw, &error));
	assert_string_equal(error.text, "the key is not one PEM public key");
	assert_false(hm_ed25519_of_pem(hm_bytes_of_text(other_pem), false, raw, &error));
	assert_string_equal(error.text, "the key is not Ed25519");
	assert_hex(hm_bytes_of(raw, sizeof(raw)), want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc8032),
		cmocka_unit_test(test_c10_every_bit),
		cmocka_unit_test(test_of_pem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
