/* SPDX-License-Identifier: BSD-2-Clause */
/* test_tls_key.c - the enclave's TLS key and certificates: round trips, and what is refused */
#include "host/crypto/tls_key.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

static struct hm_bytes text_bytes(const char *text)
{
	return hm_bytes_of(text, strlen(text));
}

static void test_names(void **state)
{
	static const char *const good[] = {"a", "a-b.example", "xn--bcher-kva.example", "1.2.3.4", "0"};
	static const char *const bad[] = {"",  ".",   "a.", ".a",  "a..b", "-a",      "a-",   "a.-b",
					  "A", "a b", "a*", "*.a", "a_b",  "a,DNS:b", "a\nb", "\xc3\xa4"};
	char label[65], name[256];

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, good, good[i]); i++)
		assert_true(hm_tls_is_name(good[i]));
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++)
		assert_false(hm_tls_is_name(bad[i]));
	/* RFC 1035, 2.3.4: a label has at most 63 bytes, a name 253 without the last dot. */
	memset(label, 'a', sizeof(label));
	label[63] = '\0';
	assert_true(hm_tls_is_name(label));
	label[63] = 'a';
	label[64] = '\0';
	assert_false(hm_tls_is_name(label));
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 2 ? '.' : 'a';
	name[253] = '\0';
	assert_true(hm_tls_is_name(name));
	name[253] = '.';
	name[254] = 'a';
	name[255] = '\0';
	assert_false(hm_tls_is_name(name));
}

static void test_key_round_trip(void **state)
{
	struct hm_tls_key *key = hm_tls_key_make(), *again, *other = hm_tls_key_make();
	uint8_t a[32], b[32], c[32];
	char *text;

	(void)state;
	assert_non_null(key);
	assert_non_null(other);
	text = hm_tls_key_format(key);
	assert_non_null(text);
	again = hm_tls_key_read(text_bytes(text));
	assert_non_null(again);
	assert_true(hm_tls_key_spki(key, a));
	assert_true(hm_tls_key_spki(again, b));
	assert_true(hm_tls_key_spki(other, c));
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
	/* Cut anywhere but in what follows the last dash, it is no key. */
	for (size_t len = 0; len + 1 < strlen(text); len++)
		assert_null(hm_tls_key_read(hm_bytes_of(text, len)));
	hm_tls_text_free(text);
	hm_tls_key_free(key);
	hm_tls_key_free(again);
	hm_tls_key_free(other);
	hm_tls_key_free(NULL);
	hm_tls_text_free(NULL);
}

/* PEM of a certificate of `key`; `ret_key` may be NULL. */
static char *certificate(struct hm_tls_key **ret_key, const char *const *names, size_t count)
{
	struct hm_tls_key *key = hm_tls_key_make();
	char *text = hm_tls_certificate_make(key, names, count);

	assert_non_null(text);
	if (ret_key)
		*ret_key = key;
	else
		hm_tls_key_free(key);
	return text;
}

static void test_certificate(void **state)
{
	static const char *const names[] = {"enclave.example", "www.enclave.example"};
	static const char *const bad[] = {"enclave.example", "not a name"};
	struct hm_tls_key *key;
	char *text = certificate(&key, names, 2);
	struct hm_tls_chain chain;
	uint8_t spki[32];

	(void)state;
	assert_true(hm_tls_chain_read(text_bytes(text), &chain));
	assert_int_equal(chain.count, 1);
	assert_true(hm_tls_key_spki(key, spki));
	assert_memory_equal(chain.spki, spki, sizeof(spki));
	hm_tls_chain_free(&chain);
	hm_tls_text_free(text);
	assert_null(hm_tls_certificate_make(key, bad, 2));
	assert_null(hm_tls_request_make(key, bad, 2));
	assert_null(hm_tls_request_make(key, NULL, 0));
	text = hm_tls_request_make(key, names, 2);
	assert_non_null(text);
	/* A request is no certificate, and a certificate no key. */
	assert_false(hm_tls_chain_read(text_bytes(text), &chain));
	assert_null(hm_tls_key_read(text_bytes(text)));
	hm_tls_text_free(text);
	hm_tls_key_free(key);
}

static void test_chain_refused(void **state)
{
	char *one = certificate(NULL, NULL, 0), *two = certificate(NULL, NULL, 0);
	size_t len = strlen(one);
	char *text = calloc(10, len + 1);
	struct hm_tls_chain chain = {.count = 77};

	(void)state;
	assert_non_null(text);
	assert_false(hm_tls_chain_read(text_bytes(""), &chain));
	assert_false(hm_tls_chain_read(text_bytes("no certificate\n"), &chain));
	/* The second did not sign the first. */
	strcpy(text, one);
	strcat(text, two);
	assert_false(hm_tls_chain_read(text_bytes(text), &chain));
	/* One that signed itself may follow itself, up to eight. */
	text[0] = '\0';
	for (int i = 0; i < 8; i++)
		strcat(text, one);
	assert_true(hm_tls_chain_read(text_bytes(text), &chain));
	assert_int_equal(chain.count, 8);
	hm_tls_chain_free(&chain);
	chain.count = 77;
	strcat(text, one);
	assert_false(hm_tls_chain_read(text_bytes(text), &chain));
	/* Broken in the middle of its base64. */
	strcpy(text, one);
	text[len / 2] = '!';
	assert_false(hm_tls_chain_read(text_bytes(text), &chain));
	assert_int_equal(chain.count, 77);
	free(text);
	hm_tls_text_free(one);
	hm_tls_text_free(two);
}

/* As in a TPM's index: padded with zeros, or cut. */
static void test_certificate_len(void **state)
{
	char *text = certificate(NULL, NULL, 0);
	struct hm_tls_chain chain;
	uint8_t padded[2048] = {0};
	size_t len = 0, der_len;

	(void)state;
	assert_true(hm_tls_chain_read(text_bytes(text), &chain));
	der_len = chain.certificate[0].len;
	assert_true(der_len < sizeof(padded));
	memcpy(padded, chain.certificate[0].p, der_len);
	assert_true(hm_certificate_len(hm_bytes_of(padded, sizeof(padded)), &len));
	assert_int_equal(len, der_len);
	assert_true(hm_certificate_len(hm_bytes_of(padded, der_len), &len));
	for (size_t cut = 0; cut < der_len; cut++)
		assert_false(hm_certificate_len(hm_bytes_of(padded, cut), &len));
	memset(padded, 0, sizeof(padded));
	assert_false(hm_certificate_len(hm_bytes_of(padded, sizeof(padded)), &len));
	hm_tls_chain_free(&chain);
	hm_tls_text_free(text);
}

static void test_random(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0};

	(void)state;
	assert_int_equal(hm_random_wait(), 0);
	assert_true(hm_random(a, sizeof(a)));
	assert_true(hm_random(b, sizeof(b)));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),		cmocka_unit_test(test_key_round_trip),
		cmocka_unit_test(test_certificate),	cmocka_unit_test(test_chain_refused),
		cmocka_unit_test(test_certificate_len), cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
