/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_verify.c - the whole verdict: no proof but the seed's own is ever accepted */
#include "lib/base/error.h"
#include "tests/fuzz/fuzz.h"
#include "lib/hallmark.h"
#include "host/base/file.h"
#include "lib/proof/proof.h"

#define AS_OF 1795694400 /* 2026-11-26 12:00 UTC */

static struct hallmark_verifier *verifier;
static struct hm_file good;
static uint8_t nonce[32];

static struct hallmark_bytes read_file(const char *name, struct hm_file *ret)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", getenv("FUZZ_MACHINE") ? getenv("FUZZ_MACHINE") : ".", name);
	FUZZ_CHECK(!hm_file_read(path, 8u << 20, ret));
	return (struct hallmark_bytes){ret->p, ret->len};
}

static void begin(void)
{
	static struct hm_file golden, sig, key, roots, hex;
	struct hallmark_policy policy = {.allow_profile = "demo", .remember = 1};
	struct hallmark_result result;

	policy.golden = read_file("golden.json", &golden);
	policy.golden_signature = read_file("golden.json.sig", &sig);
	policy.golden_key = read_file("golden.pub", &key);
	policy.roots = read_file("roots.pem", &roots);
	verifier = hallmark_open(&policy, &result);
	FUZZ_CHECK(verifier);
	read_file("nonce", &hex);
	FUZZ_CHECK(hex.len >= 64 && hm_parse_hex(hm_bytes_of(hex.p, 64), nonce, 32));
	read_file("proof.json", &good);
}

/* The values that are signed or hashed, without the proof's own text form. */
static bool same_evidence(struct hm_bytes a, struct hm_bytes b)
{
	struct hm_proof *x = NULL, *y = NULL;
	struct hm_error error = {0};
	bool same = hm_proof_parse(a, &x, &error) && hm_proof_parse(b, &y, &error);

	same = same && hm_bytes_equal(hm_blob_bytes(&x->quote), hm_blob_bytes(&y->quote)) &&
	       memcmp(x->pcr, y->pcr, sizeof(x->pcr)) == 0;
	hm_proof_free(x);
	hm_proof_free(y);
	return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hallmark_request request = {.nonce = nonce, .as_of = AS_OF};
	struct hallmark_result result;

	if (!verifier)
		begin();
	request.proof = (struct hallmark_bytes){p, len};
	if (hallmark_verify(verifier, &request, &result)) {
		FUZZ_CHECK(same_evidence(hm_bytes_of(p, len), hm_file_bytes(&good)));
		FUZZ_CHECK(result.code == HALLMARK_OK && result.failed_check == -1);
	} else {
		FUZZ_CHECK(result.code != HALLMARK_OK && result.failed_check >= 0);
	}
	return 0;
}
