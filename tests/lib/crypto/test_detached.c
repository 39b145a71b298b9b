/* SPDX-License-Identifier: BSD-2-Clause */
/* test_detached.c - detached signatures: what the openssl command makes is accepted, nothing else is */
#include "lib/base/error.h"
#include "lib/crypto/detached.h"

#include "tests/support/support.h"
#include "host/base/args.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[] = "/tmp/hallmark-sign.XXXXXX";

/* Keys and signatures by the openssl command, so that the bytes on disk are others' bytes. */
static int make_files(void **state)
{
	static const char *const script =
		"cd %s && head -c 5000 /dev/urandom >file && "
		"openssl genpkey -quiet -algorithm ed25519 -out ed.key && openssl pkey -in ed.key -pubout -out ed.pub && "
		"openssl genpkey -quiet -algorithm ed25519 -out other.key && openssl pkey -in other.key -pubout -out other.pub && "
		"openssl pkeyutl -sign -inkey ed.key -rawin -in file -out ed.sig && "
		"openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out ec.key && "
		"openssl pkey -in ec.key -pubout -out ec.pub && openssl dgst -sha384 -sign ec.key -out ec.sig file && "
		"openssl dgst -sha256 -sign ec.key -out ec256.sig file && "
		"openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out p256.key && "
		"openssl pkey -in p256.key -pubout -out p256.pub && openssl dgst -sha384 -sign p256.key -out p256.sig file && "
		"openssl genpkey -quiet -algorithm RSA -out rsa.key && openssl pkey -in rsa.key -pubout -out rsa.pub && "
		"openssl pkey -in ed.key -aes256 -passout pass:x -out encrypted.key && "
		"cat ed.pub ec.pub >two.pub";
	char command[2048];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(command, sizeof(command), script, dir);
	return system(command);
}

static int remove_files(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static uint8_t *file_of(const char *name, struct hm_bytes *ret)
{
	char path[128];
	uint8_t *memory;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	memory = support_read_file(path, ret);
	if (!memory)
		print_error("%s cannot be read\n", path);
	assert_non_null(memory);
	return memory;
}

static bool verify(struct hm_bytes content, struct hm_bytes sig, const char *key_name, struct hm_error *error)
{
	struct hm_bytes key;
	uint8_t *memory = file_of(key_name, &key);
	bool good;

	error->text[0] = '\0';
	good = hm_crypto_verify_detached(content, sig, key, error);
	assert_int_equal(good, error->text[0] == '\0');
	free(memory);
	return good;
}

static void assert_verdict(const char *sig_name, const char *key_name, const char *want)
{
	struct hm_bytes content, sig;
	uint8_t *content_memory = file_of("file", &content), *sig_memory = file_of(sig_name, &sig);
	struct hm_error error = {0};
	bool good = verify(content, sig, key_name, &error);

	if (good != !want || (want && !strstr(error.text, want)))
		fail_msg("%s by %s: '%s', not '%s'", sig_name, key_name, error.text, want ? want : "");
	free(content_memory);
	free(sig_memory);
}

static void test_openssl_signatures(void **state)
{
	(void)state;
	assert_verdict("ed.sig", "ed.pub", NULL);
	assert_verdict("ec.sig", "ec.pub", NULL);
}

static void test_c10_others_refused(void **state)
{
	static const char *const bad = "the signature is not one of this file";
	static const char *const kind = "neither Ed25519 nor ECDSA on P-384";
	static const char *const form = "the key is not one PEM public key";

	(void)state;
	assert_verdict("ed.sig", "other.pub", bad);
	assert_verdict("ed.sig", "ec.pub", bad);
	assert_verdict("ec.sig", "ed.pub", bad);
	assert_verdict("ec256.sig", "ec.pub", bad);
	assert_verdict("p256.sig", "p256.pub", kind);
	assert_verdict("ed.sig", "rsa.pub", kind);
	assert_verdict("ed.sig", "two.pub", form);
	assert_verdict("ed.sig", "ed.key", form);
	assert_verdict("ed.sig", "file", form);
}

static void assert_all_changes_refused(const char *sig_name, const char *key_name)
{
	struct hm_bytes content, sig;
	uint8_t *content_memory = file_of("file", &content), *sig_memory = file_of(sig_name, &sig);
	uint8_t longer[HM_CRYPTO_SIGNATURE_MAX + 1] = {0};
	struct hm_error error = {0};

	for (size_t bit = 0; bit < 8 * sig.len; bit++) {
		sig_memory[bit / 8] ^= (uint8_t)(1 << (bit % 8));
		assert_false(verify(content, sig, key_name, &error));
		sig_memory[bit / 8] ^= (uint8_t)(1 << (bit % 8));
	}
	for (size_t len = 0; len < sig.len; len++)
		assert_false(verify(content, hm_bytes_of(sig.p, len), key_name, &error));
	memcpy(longer, sig.p, sig.len);
	assert_false(verify(content, hm_bytes_of(longer, sig.len + 1), key_name, &error));
	assert_false(verify(content, hm_bytes_of(longer, sizeof(longer)), key_name, &error));
	assert_false(verify(hm_bytes_of(content.p, content.len - 1), sig, key_name, &error));
	content_memory[4999] ^= 1;
	assert_false(verify(content, sig, key_name, &error));
	content_memory[4999] ^= 1;
	assert_true(verify(content, sig, key_name, &error));
	free(content_memory);
	free(sig_memory);
}

static void test_c10_every_change_refused(void **state)
{
	(void)state;
	assert_all_changes_refused("ed.sig", "ed.pub");
	assert_all_changes_refused("ec.sig", "ec.pub");
}

static void test_sign(void **state)
{
	static const char *const keys[][2] = {{"ed.key", "ed.pub"}, {"ec.key", "ec.pub"}};
	struct hm_bytes content, key;
	uint8_t *content_memory = file_of("file", &content), *key_memory;
	uint8_t sig[HM_CRYPTO_SIGNATURE_MAX];
	struct hm_error error = {0};
	size_t len = 0;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, keys, keys[i][0]); i++) {
		key_memory = file_of(keys[i][0], &key);
		assert_true(hm_crypto_sign_detached(content, key, sig, &len, &error));
		assert_true(verify(content, hm_bytes_of(sig, len), keys[i][1], &error));
		free(key_memory);
	}
	/* Ed25519 is deterministic: the very bytes that openssl made. */
	key_memory = file_of("ed.key", &key);
	assert_true(hm_crypto_sign_detached(content, key, sig, &len, &error));
	free(key_memory);
	key_memory = file_of("ed.sig", &key);
	assert_true(hm_bytes_equal(hm_bytes_of(sig, len), key));
	free(key_memory);
	free(content_memory);
}

static void test_sign_refuses(void **state)
{
	static const char *const keys[] = {"p256.key", "rsa.key", "encrypted.key", "ed.pub", "file"};
	struct hm_bytes key;
	uint8_t sig[HM_CRYPTO_SIGNATURE_MAX];
	size_t len = 77;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, keys, keys[i]); i++) {
		uint8_t *memory = file_of(keys[i], &key);
		struct hm_error error = {0};

		assert_false(hm_crypto_sign_detached(hm_bytes_of_text("x"), key, sig, &len, &error));
		assert_true(strstr(error.text, i < 2 ? "neither Ed25519" : "not one PEM unencrypted private key"));
		assert_int_equal(len, 77);
		free(memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openssl_signatures),
		cmocka_unit_test(test_c10_others_refused),
		cmocka_unit_test(test_c10_every_change_refused),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_sign_refuses),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
