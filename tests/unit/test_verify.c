/* SPDX-License-Identifier: BSD-2-Clause */
/* test_verify.c - the verifier as a library: series of proofs, threads, memory that runs out, every bit of a proof */
#include "tools/hallmark.h"

#include "support.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AS_OF 1795694400 /* 2026-11-26T12:00:00Z */
#define THREADS 4
#define ROUNDS 25

/* The proofs of tests/verify/maker.py --bad, and the check that each must fail. */
static const struct bad {
	const char *name;
	int check;
	enum hallmark_code code;
} bad_proofs[] = {
	{ "bad-chain.json", 2, HALLMARK_INVALID_ATTESTATION_KEY },
	{ "bad-key.json", 3, HALLMARK_INVALID_ATTESTATION_KEY },
	{ "bad-signature.json", 4, HALLMARK_INVALID_QUOTE },
	{ "bad-attest.json", 5, HALLMARK_INVALID_QUOTE },
	{ "bad-freshness.json", 6, HALLMARK_STALE_QUOTE },
	{ "bad-clock.json", 7, HALLMARK_STALE_QUOTE },
	{ "bad-selection.json", 8, HALLMARK_WRONG_SELECTION },
	{ "bad-firmware.json", 9, HALLMARK_LOG_MISMATCH },
	{ "bad-runtime.json", 10, HALLMARK_LOG_MISMATCH },
	{ "bad-registers.json", 11, HALLMARK_PCR_MISMATCH },
	{ "bad-records.json", 12, HALLMARK_TLS_MISMATCH },
	{ "bad-tls.json", 13, HALLMARK_TLS_MISMATCH },
};

static char dir[] = "/tmp/hallmark-verify.XXXXXX";
static uint8_t *golden_memory, *signature_memory, *key_memory, *roots_memory;
static struct hallmark_policy policy;
static uint8_t nonce[32], spki[32];

/* --- allocations of OpenSSL and jansson that fail on demand --- */

static unsigned long allocations, fail_at; /* 0: none */

static bool fails(void)
{
	allocations++;
	return fail_at && allocations == fail_at;
}

static void *crypto_malloc(size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : malloc(len);
}

static void *crypto_realloc(void *p, size_t len, const char *file, int line)
{
	(void)file;
	(void)line;
	return fails() ? NULL : realloc(p, len);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static void *json_malloc(size_t len)
{
	return fails() ? NULL : malloc(len);
}

/* --- files --- */

static uint8_t *read_made(const char *name, struct hm_bytes *ret)
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

static uint8_t *read_into(const char *name, struct hallmark_bytes *ret)
{
	struct hm_bytes bytes;
	uint8_t *memory = read_made(name, &bytes);

	*ret = (struct hallmark_bytes){ bytes.p, bytes.len };
	return memory;
}

static void read_hex(const char *name, uint8_t ret[32])
{
	struct hm_bytes text;
	uint8_t *memory = read_made(name, &text);

	assert_true(hm_parse_hex(hm_bytes_of(text.p, 64), ret, 32));
	free(memory);
}

static int make_files(void **state)
{
	char command[128];

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(command, sizeof(command), "/usr/bin/python3 -B tests/verify/maker.py %s --bad", dir);
	if (system(command) != 0)
		return -1;
	golden_memory = read_into("golden.json", &policy.golden);
	signature_memory = read_into("golden.json.sig", &policy.golden_signature);
	key_memory = read_into("golden.pub", &policy.golden_key);
	roots_memory = read_into("roots.pem", &policy.roots);
	read_hex("nonce", nonce);
	read_hex("spki", spki);
	return 0;
}

static int remove_files(void **state)
{
	char command[64];

	(void)state;
	free(golden_memory);
	free(signature_memory);
	free(key_memory);
	free(roots_memory);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static struct hallmark_verifier *open_verifier(void)
{
	struct hallmark_result result;
	struct hallmark_verifier *verifier = hallmark_open(&policy, &result);

	if (!verifier)
		print_error("%s: %s\n", hallmark_code_name(result.code), result.check[0].seen);
	assert_non_null(verifier);
	return verifier;
}

static struct hallmark_request request_of(struct hm_bytes proof)
{
	return (struct hallmark_request){ .proof = { proof.p, proof.len }, .nonce = nonce, .as_of = AS_OF, .tls_spki_sha256 = spki };
}

static void assert_code(const struct hallmark_result *result, enum hallmark_code code, int check)
{
	if (result->code != code || result->failed_check != check)
		fail_msg("%s at %d, not %s at %d", hallmark_code_name(result->code), result->failed_check,
			 hallmark_code_name(code), check);
}

/* --- tests --- */

static void test_accepted(void **state)
{
	struct hallmark_verifier *verifier = open_verifier();
	struct hallmark_result result;
	struct hm_bytes proof;
	uint8_t *memory = read_made("proof.json", &proof);
	struct hallmark_request request = request_of(proof);

	(void)state;
	/* Whatever was in the result before. */
	memset(&result, 0xff, sizeof(result));
	assert_true(hallmark_verify(verifier, &request, &result));
	assert_true(result.accepted);
	assert_code(&result, HALLMARK_OK, -1);
	assert_memory_equal(result.tls_spki_sha256, spki, 32);
	assert_string_equal(result.image_name, "test");
	assert_string_equal(result.registers[15].expected, result.registers[15].seen);
	for (int i = 0; i < HALLMARK_CHECK_COUNT; i++)
		assert_int_equal(result.check[i].state, i == 15 ? HALLMARK_LEFT_OUT : HALLMARK_PASSED);
	free(memory);
	hallmark_close(verifier);
}

static void test_b07_each_bad_proof(void **state)
{
	struct hallmark_verifier *verifier = open_verifier();

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(bad_proofs); i++) {
		struct hallmark_result result;
		struct hm_bytes proof;
		uint8_t *memory = read_made(bad_proofs[i].name, &proof);
		struct hallmark_request request = request_of(proof);

		for (int all = 0; all < 2; all++) {
			request.run_all = all == 1;
			memset(&result, 0xff, sizeof(result));
			assert_false(hallmark_verify(verifier, &request, &result));
			assert_false(result.accepted);
			assert_code(&result, bad_proofs[i].code, bad_proofs[i].check);
		}
		free(memory);
	}
	hallmark_close(verifier);
}

static void test_b11_b12_i10_series(void **state)
{
	struct hallmark_verifier *verifier = open_verifier();
	struct hallmark_result result;
	struct hm_bytes proof;
	uint8_t *memory = read_made("proof.json", &proof);
	struct hallmark_request request = request_of(proof);
	struct hallmark_epoch epoch;

	(void)state;
	assert_true(hallmark_verify(verifier, &request, &result));
	assert_int_equal(result.epoch.reset_count, 3);
	assert_int_equal(result.epoch.restart_count, 1);
	epoch = result.epoch;
	request.epoch = &epoch;
	assert_true(hallmark_verify(verifier, &request, &result));
	epoch.reset_count++;
	assert_false(hallmark_verify(verifier, &request, &result));
	assert_code(&result, HALLMARK_STALE_QUOTE, 7);
	epoch.reset_count--;
	epoch.restart_count--;
	assert_false(hallmark_verify(verifier, &request, &result));
	assert_code(&result, HALLMARK_STALE_QUOTE, 7);
	epoch.restart_count++;
	/* Another key is another machine, whatever it is called. */
	epoch.ak_sha256[31] ^= 1;
	assert_false(hallmark_verify(verifier, &request, &result));
	assert_code(&result, HALLMARK_STALE_QUOTE, 7);
	free(memory);
	hallmark_close(verifier);
}

static void test_bad_requests(void **state)
{
	struct hallmark_verifier *verifier = open_verifier();
	struct hallmark_policy other = policy;
	struct hallmark_result result;
	struct hm_bytes proof;
	uint8_t *memory = read_made("proof.json", &proof);
	struct hallmark_request request = request_of(proof);

	(void)state;
	request.accept_stale = true;
	assert_false(hallmark_verify(verifier, &request, &result));
	assert_code(&result, HALLMARK_BAD_REQUEST, 0);
	request.accept_stale = false;
	request.nonce = NULL;
	assert_false(hallmark_verify(verifier, &request, &result));
	assert_code(&result, HALLMARK_BAD_REQUEST, 0);
	request = request_of(proof);
	request.format = HALLMARK_FORMAT_GCP;
	assert_false(hallmark_verify(verifier, &request, &result));
	assert_code(&result, HALLMARK_BAD_REQUEST, 0);
	/* c01: nothing given is nothing trusted. */
	other.golden = (struct hallmark_bytes){ NULL, 0 };
	assert_null(hallmark_open(&other, &result));
	assert_code(&result, HALLMARK_BAD_REQUEST, 0);
	other = policy;
	other.golden_key = (struct hallmark_bytes){ NULL, 0 };
	assert_null(hallmark_open(&other, &result));
	assert_code(&result, HALLMARK_BAD_REQUEST, 0);
	other = policy;
	other.roots = (struct hallmark_bytes){ NULL, 0 };
	assert_null(hallmark_open(&other, &result));
	assert_code(&result, HALLMARK_BAD_REQUEST, 0);
	free(memory);
	hallmark_close(verifier);
}

struct worker {
	const struct hallmark_verifier *verifier;
	struct hallmark_request good, bad;
	unsigned int accepted, rejected;
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct hallmark_result result;

	for (int i = 0; i < ROUNDS; i++) {
		worker->accepted += hallmark_verify(worker->verifier, &worker->good, &result);
		worker->rejected += !hallmark_verify(worker->verifier, &worker->bad, &result) &&
				    result.code == HALLMARK_PCR_MISMATCH;
	}
	return NULL;
}

static void test_threads(void **state)
{
	struct hallmark_verifier *verifier = open_verifier();
	struct hm_bytes good, bad;
	uint8_t *good_memory = read_made("proof.json", &good), *bad_memory = read_made("bad-registers.json", &bad);
	struct worker workers[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ verifier, request_of(good), request_of(bad), 0, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(workers[i].accepted, ROUNDS);
		assert_int_equal(workers[i].rejected, ROUNDS);
	}
	free(good_memory);
	free(bad_memory);
	hallmark_close(verifier);
}

/* Allocation number `at` of a verification fails; 0: none. Returns how many there were. */
static unsigned long verify_failing(const struct hallmark_verifier *verifier, struct hm_bytes proof, unsigned long at,
				    struct hallmark_result *ret)
{
	struct hallmark_request request = request_of(proof);

	allocations = 0;
	fail_at = at;
	if (hallmark_verify(verifier, &request, ret))
		assert_true(ret->accepted);
	fail_at = 0;
	return allocations;
}

/* A bad proof stays bad whatever fails; a good one may be refused, with a code, and nothing leaks. */
static void test_b07_memory_runs_out(void **state)
{
	struct hallmark_verifier *verifier = open_verifier();
	unsigned int refused = 0, runs = 0;

	(void)state;
	for (size_t i = 0; i <= HM_ARRAY_LEN(bad_proofs); i++) {
		bool good = i == HM_ARRAY_LEN(bad_proofs);
		struct hm_bytes proof;
		uint8_t *memory = read_made(good ? "proof.json" : bad_proofs[i].name, &proof);
		struct hallmark_result result;
		unsigned long count = verify_failing(verifier, proof, 0, &result);

		assert_int_equal(result.accepted, good);
		/* Steps that share no factor with what repeats. */
		for (unsigned long at = 1 + i; at <= count; at += good ? 17 : 131) {
			verify_failing(verifier, proof, at, &result);
			runs++;
			if (!good)
				assert_false(result.accepted);
			assert_int_equal(result.accepted, result.code == HALLMARK_OK);
			refused += good && !result.accepted;
		}
		free(memory);
	}
	print_message("#! allocations that failed: %u, good proof refused: %u\n", runs, refused);
	assert_true(refused > 10);
	hallmark_close(verifier);
}

static void test_b07_open_without_memory(void **state)
{
	struct hallmark_result result;
	unsigned long count;

	(void)state;
	allocations = 0;
	hallmark_close(open_verifier());
	count = allocations;
	for (unsigned long at = 1; at <= count; at += 13) {
		struct hallmark_verifier *verifier;

		allocations = 0;
		fail_at = at;
		verifier = hallmark_open(&policy, &result);
		fail_at = 0;
		assert_false(result.accepted);
		hallmark_close(verifier);
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(hallmark_code_name(HALLMARK_PCR_MISMATCH), "PcrMismatch");
	assert_string_equal(hallmark_code_name((enum hallmark_code)999), "InternalError");
	assert_string_equal(hallmark_code_name((enum hallmark_code)0), "InternalError");
	for (enum hallmark_code code = 0; code < HALLMARK_CODE_COUNT; code++)
		assert_true(strlen(hallmark_code_meaning(code)) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_b07_each_bad_proof),
		cmocka_unit_test(test_b11_b12_i10_series),
		cmocka_unit_test(test_bad_requests),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_b07_memory_runs_out),
		cmocka_unit_test(test_b07_open_without_memory),
		cmocka_unit_test(test_names),
	};

	/* Before either library allocates. */
	if (CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1)
		return 1;
	json_set_alloc_funcs(json_malloc, free);
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
