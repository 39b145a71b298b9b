/* SPDX-License-Identifier: BSD-2-Clause */
/* test_verifier.c - the verifier as a library: series of proofs, threads, memory that runs out, every bit of a proof */
#include "lib/hallmark.h"

#include "tests/support/support.h"

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
	{"bad-chain.json", 2, HALLMARK_INVALID_ATTESTATION_KEY}, {"bad-key.json", 3, HALLMARK_INVALID_ATTESTATION_KEY},
	{"bad-signature.json", 4, HALLMARK_INVALID_QUOTE},	 {"bad-attest.json", 5, HALLMARK_INVALID_QUOTE},
	{"bad-freshness.json", 6, HALLMARK_STALE_QUOTE},	 {"bad-clock.json", 7, HALLMARK_STALE_QUOTE},
	{"bad-selection.json", 8, HALLMARK_WRONG_SELECTION},	 {"bad-firmware.json", 9, HALLMARK_LOG_MISMATCH},
	{"bad-runtime.json", 10, HALLMARK_LOG_MISMATCH},	 {"bad-registers.json", 11, HALLMARK_PCR_MISMATCH},
	{"bad-records.json", 12, HALLMARK_TLS_MISMATCH},	 {"bad-tls.json", 13, HALLMARK_TLS_MISMATCH},
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

	*ret = (struct hallmark_bytes){bytes.p, bytes.len};
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
	return (struct hallmark_request){
		.proof = {proof.p, proof.len}, .nonce = nonce, .as_of = AS_OF, .tls_spki_sha256 = spki};
}

static struct hallmark_verifier *open_remembering(unsigned int chains)
{
	struct hallmark_verifier *verifier;

	policy.remember = chains;
	verifier = open_verifier();
	policy.remember = 0;
	return verifier;
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

static void check_bad_proofs(struct hallmark_verifier *verifier)
{
	for (size_t i = 0; ROW_NAMED(i, bad_proofs, bad_proofs[i].name); i++) {
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

static void test_b07_each_bad_proof(void **state)
{
	(void)state;
	check_bad_proofs(open_verifier());
}

/* --- what is remembered --- */

static struct hallmark_verifier *open_and_accept(unsigned int chains, struct hm_bytes proof)
{
	struct hallmark_verifier *verifier = open_remembering(chains);
	struct hallmark_request request = request_of(proof);
	struct hallmark_result result;

	assert_true(hallmark_verify(verifier, &request, &result));
	return verifier;
}

/* A chain that is remembered makes nothing good that is bad. */
static void test_b07_each_bad_proof_remembered(void **state)
{
	struct hm_bytes proof;
	uint8_t *memory = read_made("proof.json", &proof);

	(void)state;
	check_bad_proofs(open_and_accept(4, proof));
	free(memory);
}

/* OpenSSL's work is what it saves; the verdict is the same to the last byte. */
static void test_remembered_is_the_same(void **state)
{
	struct hm_bytes proof;
	uint8_t *memory = read_made("proof.json", &proof);
	struct hallmark_verifier *verifier = open_remembering(1);
	struct hallmark_request request = request_of(proof);
	static struct hallmark_result first, second;
	unsigned long count;

	(void)state;
	allocations = 0;
	assert_true(hallmark_verify(verifier, &request, &first));
	count = allocations;
	allocations = 0;
	assert_true(hallmark_verify(verifier, &request, &second));
	assert_true(allocations < count / 2);
	assert_memory_equal(&first, &second, sizeof(first));
	free(memory);
	hallmark_close(verifier);
}

/* maker.py's certificates are valid from 100 days before AS_OF, for 1100 days; that is looked at each time. */
static void test_a_remembered_chain_expires(void **state)
{
	const int64_t from = AS_OF - 100 * 86400, until = AS_OF + 1000 * (int64_t)86400;
	const struct {
		int64_t as_of;
		bool valid;
	} times[] = {{from - 1, false},	 {from, true}, {until - 1, true},  {until, false},
		     {until + 1, false}, {0, false},   {INT64_MAX, false}, {AS_OF, true}};
	struct hm_bytes proof;
	uint8_t *memory = read_made("proof.json", &proof);

	(void)state;
	for (unsigned int chains = 0; chains < 2; chains++) {
		struct hallmark_verifier *verifier = open_and_accept(chains, proof);

		for (size_t i = 0; ROW(i, times); i++) {
			struct hallmark_request request = request_of(proof);
			struct hallmark_result result;

			request.as_of = times[i].as_of;
			assert_int_equal(hallmark_verify(verifier, &request, &result), times[i].valid);
			assert_code(&result, times[i].valid ? HALLMARK_OK : HALLMARK_INVALID_ATTESTATION_KEY,
				    times[i].valid ? -1 : 2);
		}
		hallmark_close(verifier);
	}
	free(memory);
}

/* The proof with another list of AK certificates, in its one form. */
static char *with_certificates(struct hm_bytes proof, json_t *certificates)
{
	json_t *root = json_loadb((const char *)proof.p, proof.len, 0, NULL);
	char *text, *ret;

	assert_int_equal(json_object_set_new(root, "ak_certificates", certificates), 0);
	text = json_dumps(root, JSON_INDENT(2));
	ret = malloc(strlen(text) + 2);
	assert_non_null(ret);
	sprintf(ret, "%s\n", text);
	free(text);
	json_decref(root);
	return ret;
}

static json_t *certificates_of(struct hm_bytes proof)
{
	json_t *root = json_loadb((const char *)proof.p, proof.len, 0, NULL);
	json_t *copy = json_deep_copy(json_object_get(root, "ak_certificates"));

	json_decref(root);
	assert_true(json_array_size(copy) >= 2);
	return copy;
}

static void assert_chain_refused(struct hallmark_verifier *verifier, struct hm_bytes proof, json_t *certificates)
{
	char *text = with_certificates(proof, certificates);
	struct hallmark_request request = request_of(hm_bytes_of(text, strlen(text)));
	struct hallmark_result result;

	assert_false(hallmark_verify(verifier, &request, &result));
	assert_code(&result, HALLMARK_INVALID_ATTESTATION_KEY, 2);
	free(text);
}

/* Other bytes are another chain: one character of base64 at a time, one certificate fewer or more, another order. */
static void test_a_remembered_chain_changed(void **state)
{
	struct hm_bytes proof;
	uint8_t *memory = read_made("proof.json", &proof);
	struct hallmark_verifier *verifier = open_and_accept(4, proof);
	struct hallmark_request request = request_of(proof);
	struct hallmark_result result;
	unsigned int changes = 0;
	json_t *list, *moved;

	(void)state;
	for (size_t certificate = 0; certificate < 2; certificate++) {
		json_t *right = certificates_of(proof);
		size_t len = json_string_length(json_array_get(right, certificate));

		for (size_t at = 0; at + 4 < len; at += 5) {
			char *text = strdup(json_string_value(json_array_get(right, certificate)));

			assert_non_null(text);
			text[at] = text[at] == 'A' ? 'B' : 'A';
			list = json_deep_copy(right);
			json_array_set_new(list, certificate, json_string(text));
			free(text);
			assert_chain_refused(verifier, proof, list);
			changes++;
		}
		json_decref(right);
	}
	list = certificates_of(proof);
	json_array_remove(list, 1);
	assert_chain_refused(verifier, proof, list);
	list = certificates_of(proof);
	json_array_append_new(list, json_deep_copy(json_array_get(list, 1)));
	assert_chain_refused(verifier, proof, list);
	list = certificates_of(proof);
	moved = json_deep_copy(json_array_get(list, 0));
	json_array_remove(list, 0);
	json_array_append_new(list, moved);
	assert_chain_refused(verifier, proof, list);
	assert_true(changes > 300);
	/* And the right one is still remembered. */
	assert_true(hallmark_verify(verifier, &request, &result));
	free(memory);
	hallmark_close(verifier);
}

/* Revocation lists end sooner than certificates: with them nothing is remembered. */
static void test_a_remembered_chain_revoked(void **state)
{
	static const char *const names[] = {"crls.pem", "revoked.pem"};
	struct hm_bytes proof;
	uint8_t *memory = read_made("proof.json", &proof);

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, names, names[i]); i++) {
		uint8_t *crls = read_into(names[i], &policy.crls);
		struct hallmark_verifier *verifier = open_remembering(4);
		struct hallmark_request request = request_of(proof);
		struct hallmark_result result;

		for (int round = 0; round < 3; round++) {
			/* The chain is valid then; the lists are not current. */
			request.as_of = AS_OF + round % 2 * 2 * 86400;
			assert_int_equal(hallmark_verify(verifier, &request, &result), i == 0 && round % 2 == 0);
			if (!result.accepted)
				assert_code(&result, HALLMARK_INVALID_ATTESTATION_KEY, 2);
		}
		hallmark_close(verifier);
		free(crls);
		policy.crls = (struct hallmark_bytes){NULL, 0};
	}
	free(memory);
}

/* What one verifier remembers is not another's, which trusts other roots; and one that trusts both remembers both in
 * turn. */
static void test_a_remembered_chain_other_roots(void **state)
{
	struct hm_bytes mine = {policy.roots.p, policy.roots.len}, proof, other_proof, other_roots;
	uint8_t *memory = read_made("proof.json", &proof), *other_memory, *roots_other_memory;
	struct hallmark_verifier *verifier = open_and_accept(4, proof), *other;
	struct hallmark_request request = request_of(proof), other_request;
	struct hallmark_result result;
	char command[128];
	json_t *root;
	char *both, *text;

	(void)state;
	snprintf(command, sizeof(command), "/usr/bin/python3 -B tests/verify/maker.py %s/other", dir);
	assert_int_equal(system(command), 0);
	other_memory = read_made("other/proof.json", &other_proof);
	roots_other_memory = read_made("other/roots.pem", &other_roots);
	policy.roots = (struct hallmark_bytes){other_roots.p, other_roots.len};
	other = open_remembering(4);
	for (int i = 0; i < 2; i++) {
		assert_false(hallmark_verify(other, &request, &result));
		assert_code(&result, HALLMARK_INVALID_ATTESTATION_KEY, 2);
		assert_true(hallmark_verify(verifier, &request, &result));
	}
	hallmark_close(other);

	/* The other machine's chain under this machine's quote: accepted as a chain, remembered, and not this key's. */
	both = malloc(mine.len + other_roots.len);
	assert_non_null(both);
	memcpy(both, mine.p, mine.len);
	memcpy(both + mine.len, other_roots.p, other_roots.len);
	policy.roots = (struct hallmark_bytes){both, mine.len + other_roots.len};
	root = json_loadb((const char *)other_proof.p, other_proof.len, 0, NULL);
	text = with_certificates(proof, json_deep_copy(json_object_get(root, "ak_certificates")));
	json_decref(root);
	other_request = request_of(hm_bytes_of(text, strlen(text)));
	for (unsigned int chains = 1; chains < 3; chains++) {
		other = open_remembering(chains);
		for (int i = 0; i < 3; i++) {
			assert_true(hallmark_verify(other, &request, &result));
			assert_false(hallmark_verify(other, &other_request, &result));
			assert_code(&result, HALLMARK_INVALID_ATTESTATION_KEY, 3);
		}
		hallmark_close(other);
	}
	policy.roots = (struct hallmark_bytes){mine.p, mine.len};
	free(text);
	free(both);
	free(memory);
	free(other_memory);
	free(roots_other_memory);
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
	other.golden = (struct hallmark_bytes){NULL, 0};
	assert_null(hallmark_open(&other, &result));
	assert_code(&result, HALLMARK_BAD_REQUEST, 0);
	other = policy;
	other.golden_key = (struct hallmark_bytes){NULL, 0};
	assert_null(hallmark_open(&other, &result));
	assert_code(&result, HALLMARK_BAD_REQUEST, 0);
	other = policy;
	other.roots = (struct hallmark_bytes){NULL, 0};
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

static void check_threads(struct hallmark_verifier *verifier)
{
	struct hm_bytes good, bad;
	uint8_t *good_memory = read_made("proof.json", &good), *bad_memory = read_made("bad-registers.json", &bad);
	struct worker workers[THREADS];
	pthread_t threads[THREADS];

	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){verifier, request_of(good), request_of(bad), 0, 0};
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

static void test_threads(void **state)
{
	(void)state;
	check_threads(open_verifier());
	check_threads(open_remembering(1));
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
		cmocka_unit_test(test_b07_each_bad_proof_remembered),
		cmocka_unit_test(test_remembered_is_the_same),
		cmocka_unit_test(test_a_remembered_chain_expires),
		cmocka_unit_test(test_a_remembered_chain_changed),
		cmocka_unit_test(test_a_remembered_chain_revoked),
		cmocka_unit_test(test_a_remembered_chain_other_roots),
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
