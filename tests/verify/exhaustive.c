/* SPDX-License-Identifier: BSD-2-Clause */
/* exhaustive.c - every single-bit flip and every truncation of a proof, its logs and its golden file */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "core/attest.h"
#include "core/eventlog.h"
#include "lib/hallmark.h"
#include "host/base/file.h"
#include "lib/proof/proof.h"

/*
 * usage: exhaustive DIRECTORY [N]  DIRECTORY as tests/verify/maker.py makes it; of the flips every Nth bit (default 1:
 * all)
 *
 * TAP. A mutant must be refused; the verdict may stay only where what differs is on the list of what is shown and not
 * judged (struct shown). Each accepted mutant is decoded and compared field by field.
 */
#define AS_OF 1795694400 /* 2026-11-26 12:00 UTC */
#define THREADS 2u

struct sample {
	struct hallmark_verifier *verifier;
	struct hm_file golden, signature, key, roots, text;
	uint8_t nonce[32];
	struct hm_proof *proof;
};
static struct sample sample;
static unsigned int tests, failures;
static size_t stride = 1;

/* What a mutation is of: a whole text, or one log inside the proof, which is then written anew. */
enum subject { PROOF, FIRMWARE_LOG, RUNTIME_LOG, GOLDEN };

struct campaign {
	enum subject subject;
	struct hm_bytes original;
	atomic_size_t next;
	atomic_size_t refused, wrong;
	/* What is shown and not judged, in the order in which a mutant is put into one of them. */
	atomic_size_t certificate; /* the TLS certificate but for its key: trust is in the key */
	atomic_size_t attributes;  /* of the attestation key's public area: those that do not decide, as noDA */
	atomic_size_t other_bank;  /* digests of the log in banks that are not quoted, and the log's head */
	atomic_size_t type, data;  /* of the log's events: not hashed */
};

static void result(bool good, const char *name)
{
	tests++;
	failures += !good;
	printf("%s %u - %s\n", good ? "ok" : "not ok", tests, name);
}

static struct hallmark_bytes bytes(struct hm_bytes b)
{
	return (struct hallmark_bytes){b.p, b.len};
}

static struct hm_file load(const char *directory, const char *name)
{
	struct hm_file file = {0};
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	if (hm_file_read(path, 8u << 20, &file)) {
		printf("Bail out! %s\n", path);
		exit(1);
	}
	return file;
}

static struct hallmark_verifier *open_with(struct hm_bytes golden)
{
	/* The valid chain is remembered, so that one with a flipped bit has every chance to be taken for it. */
	struct hallmark_policy policy = {.allow_profile = "demo", .require_firmware_log = true, .remember = 1};
	struct hallmark_result ret;

	policy.golden = bytes(golden);
	policy.golden_signature = bytes(hm_file_bytes(&sample.signature));
	policy.golden_key = bytes(hm_file_bytes(&sample.key));
	policy.roots = bytes(hm_file_bytes(&sample.roots));
	return hallmark_open(&policy, &ret);
}

static bool accepted(struct hm_bytes text)
{
	struct hallmark_request request = {.nonce = sample.nonce, .as_of = AS_OF};
	struct hallmark_result ret;

	request.proof = bytes(text);
	return hallmark_verify(sample.verifier, &request, &ret);
}

static bool same_blob(const struct hm_blob *a, const struct hm_blob *b)
{
	return hm_bytes_equal(hm_blob_bytes(a), hm_blob_bytes(b));
}

/* Registers and digests of the quoted bank, event by event; *ret_type and *ret_bank say what else differs. */
static bool same_digests(struct hm_bytes a, struct hm_bytes b, bool *ret_type, bool *ret_bank)
{
	struct hm_eventlog x, y;
	struct hm_event e = {.index = 0}, f = {.index = 0};
	enum hm_bank bank = sample.proof->bank;
	bool end_x = false, end_y = false, data = false;

	if (hm_eventlog_open(a, &x) || hm_eventlog_open(b, &y))
		return false;
	for (;;) {
		if (hm_eventlog_next(&x, &e, &end_x) || hm_eventlog_next(&y, &f, &end_y) || end_x != end_y)
			return false;
		if (end_x)
			break;
		if (e.pcr != f.pcr || memcmp(e.digests.value[bank], f.digests.value[bank], hm_algs[bank].len) != 0)
			return false;
		*ret_type = *ret_type || e.type != f.type;
		data = data || !hm_bytes_equal(e.data, f.data);
	}
	*ret_bank = !*ret_type && !data;
	return true;
}

/* The same key, and everything that makes it an attestation key; but for the four attributes that docs/FORMATS.md, 15
 * lists. */
static bool same_public(const struct hm_blob *a, const struct hm_blob *b)
{
	const uint32_t shown =
		HM_OBJECT_ST_CLEAR | HM_OBJECT_USER_WITH_AUTH | HM_OBJECT_ADMIN_WITH_POLICY | HM_OBJECT_NO_DA;
	struct hm_tpm_public x, y;

	return !hm_tpm_public_decode(hm_blob_bytes(a), &x) && !hm_tpm_public_decode(hm_blob_bytes(b), &y) &&
	       x.type == y.type && ((x.attributes ^ y.attributes) & ~shown) == 0 && x.name_alg == y.name_alg &&
	       hm_bytes_equal(x.auth_policy, y.auth_policy) && x.symmetric == y.symmetric && x.scheme == y.scheme &&
	       x.scheme_hash == y.scheme_hash && x.key_bits == y.key_bits && x.curve == y.curve &&
	       x.exponent == y.exponent && hm_bytes_equal(x.modulus, y.modulus) && hm_bytes_equal(x.x, y.x) &&
	       hm_bytes_equal(x.y, y.y);
}

static bool same_spki(const struct hm_blob *a, const struct hm_blob *b)
{
	uint8_t x[32], y[32];

	return hallmark_spki_sha256(bytes(hm_blob_bytes(a)), x) && hallmark_spki_sha256(bytes(hm_blob_bytes(b)), y) &&
	       memcmp(x, y, 32) == 0;
}

/* Everything that is judged is as in the sample. */
static bool same_judged(const struct hm_proof *a, const struct hm_proof *b)
{
	if (strcmp(a->platform, b->platform) != 0 || memcmp(a->nonce, b->nonce, 32) != 0 ||
	    !same_public(&a->ak_public, &b->ak_public) || a->ak_certificate_count != b->ak_certificate_count ||
	    !same_blob(&a->quote, &b->quote) || !same_blob(&a->signature, &b->signature) || a->bank != b->bank ||
	    memcmp(a->pcr, b->pcr, sizeof(a->pcr)) != 0 || !same_blob(&a->runtime_log, &b->runtime_log) ||
	    a->tls_certificate_count != b->tls_certificate_count || a->hardware_type || b->hardware_type)
		return false;
	for (size_t i = 0; i < a->ak_certificate_count; i++) {
		if (!same_blob(&a->ak_certificate[i], &b->ak_certificate[i]))
			return false;
	}
	return same_spki(&a->tls_certificate[0], &b->tls_certificate[0]);
}

static void accepted_mutant(struct campaign *c, struct hm_bytes text, size_t bit)
{
	struct hm_proof *proof = NULL;
	struct hm_error error = {0};
	bool type = false, bank = false, good;

	good = hm_proof_parse(text, &proof, &error) && same_judged(proof, sample.proof) &&
	       same_digests(hm_blob_bytes(&proof->firmware_log), hm_blob_bytes(&sample.proof->firmware_log), &type,
			    &bank);
	if (!good) {
		if (c->wrong++ < 5)
			printf("# accepted, and not on the list: bit %zu\n", bit);
	} else if (!same_blob(&proof->ak_public, &sample.proof->ak_public)) {
		c->attributes++;
	} else if (same_blob(&proof->firmware_log, &sample.proof->firmware_log)) {
		c->certificate++;
	} else if (bank) {
		c->other_bank++;
	} else if (type) {
		c->type++;
	} else {
		c->data++;
	}
	hm_proof_free(proof);
}

static void judge(struct campaign *c, struct hm_bytes mutant, size_t bit)
{
	struct hallmark_verifier *v;
	struct hm_proof proof = *sample.proof;
	char *text;

	switch (c->subject) {
	case GOLDEN:
		v = open_with(mutant);
		c->refused += !v;
		c->wrong += v != NULL;
		hallmark_close(v);
		return;
	case PROOF:
		if (accepted(mutant))
			accepted_mutant(c, mutant, bit);
		else
			c->refused++;
		return;
	default:
		/* Borrowed for the writing alone. */
		*(c->subject == FIRMWARE_LOG ? &proof.firmware_log : &proof.runtime_log) =
			(struct hm_blob){.p = (uint8_t *)(uintptr_t)mutant.p, .len = mutant.len};
		text = hm_proof_format(&proof);
		if (!text)
			abort();
		if (accepted(hm_bytes_of_text(text)))
			accepted_mutant(c, hm_bytes_of_text(text), bit);
		else
			c->refused++;
		free(text);
	}
}

static void *flips(void *arg)
{
	struct campaign *c = arg;
	uint8_t *copy = malloc(c->original.len);
	size_t at;

	if (!copy)
		abort();
	memcpy(copy, c->original.p, c->original.len);
	while ((at = c->next++) < c->original.len) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			if ((at * 8 + bit) % stride)
				continue;
			copy[at] ^= (uint8_t)(1u << bit);
			judge(c, hm_bytes_of(copy, c->original.len), at * 8 + bit);
			copy[at] ^= (uint8_t)(1u << bit);
		}
	}
	free(copy);
	return NULL;
}

static void *truncations(void *arg)
{
	struct campaign *c = arg;
	size_t at;

	while ((at = c->next++) < c->original.len) {
		/* A copy of exactly that length: a reader that goes on is seen by the sanitizer. */
		uint8_t *copy = malloc(at + !at);

		if (!copy)
			abort();
		memcpy(copy, c->original.p, at);
		judge(c, hm_bytes_of(copy, at), at * 8);
		free(copy);
	}
	return NULL;
}

static void run(const char *name, const char *what, enum subject subject, struct hm_bytes original,
		void *(*work)(void *), size_t expected)
{
	struct campaign c = {.subject = subject, .original = original};
	pthread_t thread[THREADS];
	char line[512];
	size_t shown;

	for (size_t i = 0; i < THREADS; i++) {
		if (pthread_create(&thread[i], NULL, work, &c))
			abort();
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	shown = c.certificate + c.attributes + c.other_bank + c.type + c.data;
	snprintf(line, sizeof(line),
		 "%s: %s: %zu of %zu refused; not judged: %zu TLS certificate, %zu attributes of the key, "
		 "%zu banks not quoted, %zu event types, %zu event data",
		 name, what, (size_t)c.refused, expected, (size_t)c.certificate, (size_t)c.attributes,
		 (size_t)c.other_bank, (size_t)c.type, (size_t)c.data);
	result(c.wrong == 0 && c.refused + shown == expected, line);
}

static void both(const char *name, enum subject subject, struct hm_bytes original)
{
	run(name, stride == 1 ? "every bit flipped" : "some bits flipped", subject, original, flips,
	    (original.len * 8 + stride - 1) / stride);
	run(name, "cut at every byte", subject, original, truncations, original.len);
}

int main(int argc, char **argv)
{
	struct hm_file hex;
	struct hm_error error = {0};

	if (argc == 3)
		stride = strtoul(argv[2], NULL, 10);
	if (argc < 2 || argc > 3 || stride == 0) {
		fputs("usage: exhaustive DIRECTORY [N]\n", stderr);
		return 3;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	sample.golden = load(argv[1], "golden.json");
	sample.signature = load(argv[1], "golden.json.sig");
	sample.key = load(argv[1], "golden.pub");
	sample.roots = load(argv[1], "roots.pem");
	sample.text = load(argv[1], "proof.json");
	hex = load(argv[1], "nonce");
	sample.verifier = open_with(hm_file_bytes(&sample.golden));
	if (!sample.verifier || hex.len < 64 || !hm_parse_hex(hm_bytes_of(hex.p, 64), sample.nonce, 32) ||
	    !hm_proof_parse(hm_file_bytes(&sample.text), &sample.proof, &error)) {
		puts("Bail out! the sample cannot be read");
		return 1;
	}
	result(accepted(hm_file_bytes(&sample.text)), "the twin of all of them is accepted");
	both("proof", PROOF, hm_file_bytes(&sample.text));
	both("firmware log", FIRMWARE_LOG, hm_blob_bytes(&sample.proof->firmware_log));
	both("runtime log", RUNTIME_LOG, hm_blob_bytes(&sample.proof->runtime_log));
	both("golden file", GOLDEN, hm_file_bytes(&sample.golden));
	printf("1..%u\n", tests);
	return failures ? 1 : 0;
}
