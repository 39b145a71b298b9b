/* SPDX-License-Identifier: BSD-2-Clause */
/* check_quote.c - checks 1 to 8: the proof's form, the key and who vouches for it, the quote */
#include <stdio.h>
#include <string.h>

#include "lib/base/error.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/gce_instance.h"
#include "lib/proof/quoted.h"
#include "lib/verify/checks.h"

/* 1: the form, and nothing about the content. */
enum hm_outcome hm_check_proof(struct hm_run *run)
{
	struct hm_bytes file = hm_bytes_of(run->request->proof.p, run->request->proof.len);
	struct hm_error error = {0};

	if (!hm_proof_convert(run->request->format, file, &run->proof, &run->terms, &error))
		return hm_failed(run, HM_CHECK_PROOF, HALLMARK_MALFORMED, "a proof", "%s", error.text);
	snprintf(run->ret->platform, sizeof(run->ret->platform), "%s", run->proof->platform);
	snprintf(run->ret->bank, sizeof(run->ret->bank), "%s", hm_algs[run->proof->bank].name);
	return HM_PASSED;
}

/* Whose machine it is, where the certificate says so: shown, and nothing more. */
static void note_instance(struct hm_run *run, struct hm_bytes leaf)
{
	char text[HM_GCE_SHOWN_MAX];
	enum hm_gce kind = hm_crypto_gce_instance(leaf, text);

	if (kind != HM_GCE_NONE)
		hm_note(run, HM_CHECK_CHAIN, "%s",
			kind == HM_GCE_INSTANCE ? text : "the certificate's instance cannot be read");
}

/* A TPM may hold its leaf alone: then one or two of what the caller has are tried after it, under the same rules. */
static struct hm_key *complete(struct hm_run *run, const struct hm_chain_rules *rules, struct hm_bytes der[3],
			       size_t *ret_count, struct hm_validity *ret, struct hm_error *error)
{
	const struct hm_path *between = &run->v->intermediates;
	struct hm_key *key = NULL;

	for (size_t i = 0; i < between->count; i++) {
		der[1] = between->cert[i];
		*ret_count = 2;
		key = hm_crypto_chain_check(run->v->roots, der, 2, rules, run->request->as_of, ret, error);
		for (size_t k = 0; !key && k < between->count; k++) {
			struct hm_error longer = {0};

			/* The line that is kept is about the shorter path. */
			der[2] = between->cert[k];
			*ret_count = 3;
			key = k == i ? NULL
				     : hm_crypto_chain_check(run->v->roots, der, 3, rules, run->request->as_of, ret,
							     &longer);
		}
		if (key)
			break;
	}
	return key;
}

/* The chain as a whole, to a root and not revoked. */
static enum hm_outcome verify_chain(struct hm_run *run, struct hm_bytes *der, size_t count, struct hm_validity *ret)
{
	const struct hallmark_verifier *v = run->v;
	const struct hm_chain_rules rules = {.eku_required = v->platform->eku_required,
					     .eku_refused = v->platform->eku_refused,
					     .subject_word = v->platform->subject_word,
					     .subject_refused = v->platform->subject_refused,
					     .critical_san_allowed = v->platform->critical_san_allowed,
					     .chain_max = v->platform->chain_max};
	struct hm_error error = {0};

	run->key = hm_crypto_chain_check(v->roots, der, count, &rules, run->request->as_of, ret, &error);
	if (!run->key && count == 1)
		run->key = complete(run, &rules, der, &count, ret, &error);
	if (!run->key)
		return hm_failed(run, HM_CHECK_CHAIN, HALLMARK_INVALID_ATTESTATION_KEY, "a chain to one of the roots",
				 "%s", error.text);
	if (v->platforms &&
	    !hm_crypto_chain_crls(v->roots, der, count, v->platforms->crls, run->request->as_of, &error))
		return hm_failed(run, HM_CHECK_CHAIN, HALLMARK_INVALID_ATTESTATION_KEY, "no revoked certificate", "%s",
				 error.text);
	return HM_PASSED;
}

/* Revocation lists have times of their own: where there are any, they are asked each time. */
static enum hm_outcome find_or_verify_chain(struct hm_run *run, struct hm_bytes *der, size_t count)
{
	struct hm_memory *memory = run->v->platforms && run->v->platforms->crls ? NULL : run->v->memory;
	struct hm_validity validity;
	uint8_t spki[HM_SHA256_LEN];

	run->key = memory ? hm_memory_find_chain(memory, der, count, run->request->as_of) : NULL;
	if (run->key)
		return HM_PASSED;
	if (verify_chain(run, der, count, &validity) != HM_PASSED)
		return HM_FAILED;
	/* With its SPKI, which check 3 wants. */
	if (memory && hm_crypto_key_spki_sha256(run->key, spki))
		hm_memory_keep_chain(memory, der, count, &validity, run->key);
	return HM_PASSED;
}

/* 2: the platform is the policy's, and its chain leads to a root. */
enum hm_outcome hm_check_chain(struct hm_run *run)
{
	const struct hm_platform *platform = run->v->platform;
	const struct hm_proof *proof = run->proof;
	struct hm_bytes der[HM_PROOF_CERTIFICATES_MAX];

	if (strcmp(proof->platform, platform->name) != 0)
		return hm_failed(run, HM_CHECK_CHAIN, HALLMARK_NON_COMPLIANT_PLATFORM, platform->name, "%s",
				 proof->platform);
	if (!platform->ak_certified) {
		if (proof->ak_certificate_count)
			return hm_failed(run, HM_CHECK_CHAIN, HALLMARK_INVALID_ATTESTATION_KEY,
					 "no certificates on this platform", "%zu", proof->ak_certificate_count);
		return hm_left_out(run, HM_CHECK_CHAIN,
				   "the platform has no certificates: its hardware report vouches for the key");
	}
	if (run->terms.voucher == HM_VOUCHED_BY_HARDWARE) {
		if (!hm_platform_policy_lists_code(run->v->platforms, platform->report))
			return hm_failed(run, HM_CHECK_CHAIN, HALLMARK_INVALID_ATTESTATION_KEY,
					 "a certificate of the key, or a policy that lists whose code may vouch for it",
					 "neither (amd.measurements, tdx.mrtd)");
		return hm_left_out(run, HM_CHECK_CHAIN,
				   "the file has no certificate: the hardware report alone vouches for the key");
	}
	if (proof->ak_certificate_count == 0)
		return hm_failed(run, HM_CHECK_CHAIN, HALLMARK_INVALID_ATTESTATION_KEY, "a certificate chain", "none");
	for (size_t i = 0; i < proof->ak_certificate_count; i++)
		der[i] = hm_blob_bytes(&proof->ak_certificate[i]);
	if (find_or_verify_chain(run, der, proof->ak_certificate_count) != HM_PASSED)
		return HM_FAILED;
	if (run->v->platforms && run->v->platforms->issued_after_set &&
	    !hm_crypto_issued_after(der[0], run->v->platforms->ak_issued_after))
		return hm_failed(run, HM_CHECK_CHAIN, HALLMARK_INVALID_ATTESTATION_KEY,
				 "a certificate issued after the policy's time", "certificate 0 is older");
	note_instance(run, der[0]);
	return HM_PASSED;
}

/* TPM 2.0 Library, Part 1, 25.1.5: only a restricted key refuses to sign what looks like a quote and is none. */
static const char *attribute_defect(uint32_t attributes)
{
	static const struct {
		uint32_t bit;
		bool set;
		const char *text;
	} wanted[] = {
		{HM_OBJECT_RESTRICTED, true, "a key that is not restricted"},
		{HM_OBJECT_SIGN, true, "a key that is not for signing"},
		{HM_OBJECT_DECRYPT, false, "a key that is for decrypting"},
		{HM_OBJECT_FIXED_TPM, true, "a key that can leave its TPM (fixedTPM)"},
		{HM_OBJECT_FIXED_PARENT, true, "a key that can leave its parent (fixedParent)"},
		{HM_OBJECT_SENSITIVE_DATA_ORIGIN, true, "a key that was not made in its TPM (sensitiveDataOrigin)"},
		{HM_OBJECT_ENCRYPTED_DUPLICATION, false, "a key that is for duplication"},
		{HM_OBJECT_X509_SIGN, false, "a key that signs certificates"},
	};

	for (size_t i = 0; i < HM_ARRAY_LEN(wanted); i++) {
		if (((attributes & wanted[i].bit) != 0) != wanted[i].set)
			return wanted[i].text;
	}
	return NULL;
}

/* The scheme is fixed by the key's kind: RSASSA with SHA-256 or SHA-384; ECDSA with the hash as long as the curve. */
static const char *scheme_defect(const struct hm_tpm_public *public, enum hm_bank *ret_hash)
{
	bool rsa = public->type == HM_TPM_ALG_RSA;

	if (public->symmetric != HM_TPM_ALG_NULL)
		return "a key with a symmetric algorithm";
	if (public->scheme != (rsa ? HM_TPM_ALG_RSASSA : HM_TPM_ALG_ECDSA))
		return rsa ? "an RSA key of another scheme than RSASSA" : "an ECC key of another scheme than ECDSA";
	if (!hm_bank_of_tpm_id(public->scheme_hash, ret_hash) || *ret_hash == HM_SHA1)
		return "a key of another hash than SHA-256, SHA-384 and SHA-512";
	if (rsa && *ret_hash == HM_SHA512)
		return "an RSA key with SHA-512";
	if (!rsa && !((public->curve == HM_TPM_ECC_P256 && *ret_hash == HM_SHA256) ||
		      (public->curve == HM_TPM_ECC_P384 && *ret_hash == HM_SHA384)))
		return "an ECC key that is not P-256 with SHA-256 or P-384 with SHA-384";
	if (public->name_alg != hm_algs[HM_SHA256].tpm_id && public->name_alg != hm_algs[HM_SHA384].tpm_id)
		return "a key whose name is not by SHA-256 or SHA-384";
	return NULL;
}

static enum hm_outcome known_machine(struct hm_run *run)
{
	const uint8_t *ak = run->ret->epoch.ak_sha256;
	uint8_t digest[HM_SHA256_LEN];
	char text[2 * HM_SHA256_LEN + 1];
	bool certified = run->proof->ak_certificate_count > 0;

	if (!run->v->machines)
		return HM_PASSED;
	if (certified) {
		const struct hm_bytes leaf = hm_blob_bytes(&run->proof->ak_certificate[0]);

		if (!hm_sha256(&leaf, 1, digest))
			return hm_failed(run, HM_CHECK_KEY, HALLMARK_INTERNAL_ERROR, "a certificate", "out of memory");
	}
	if (hm_machines_have(run->v->machines, ak, certified ? digest : NULL))
		return HM_PASSED;
	hm_hex_text(hm_bytes_of(ak, HM_SHA256_LEN), text, sizeof(text));
	return hm_failed(run, HM_CHECK_KEY, HALLMARK_UNKNOWN_MACHINE, "a machine of the list",
			 "the one of ak_sha256 %s", text);
}

/* Which machine it is: by the key that all that follows rests on. */
static enum hm_outcome note_key(struct hm_run *run)
{
	if (!hm_crypto_key_spki_sha256(run->key, run->ret->epoch.ak_sha256))
		return hm_failed(run, HM_CHECK_KEY, HALLMARK_INTERNAL_ERROR, "a key", "out of memory");
	return known_machine(run);
}

/* Without a public area: the file has the key's numbers, beside a certificate or alone, or the certificate alone. */
static const char *bare_key_defect(struct hm_run *run)
{
	struct hm_tpm_public public;
	struct hm_error error = {0};

	if (run->terms.key == HM_KEY_OF_CERTIFICATE)
		return run->key ? NULL : "no key";
	if (hm_tpm_public_decode(hm_blob_bytes(&run->proof->ak_public), &public))
		return "no key";
	if (!run->key)
		run->key = hm_crypto_key_of_tpm(&public, &error);
	if (!run->key)
		return "no key";
	return hm_crypto_key_equals_tpm(run->key, &public) ? NULL : "the certificate's is another";
}

/* 3: what kind of key it is. The certificate's key is the one that counts; the proof's must be the same. */
enum hm_outcome hm_check_key(struct hm_run *run)
{
	const enum hallmark_code code = HALLMARK_INVALID_ATTESTATION_KEY;
	struct hm_error error = {0};
	const char *defect;
	enum hm_err err;

	if (run->terms.key != HM_KEY_PUBLIC_AREA) {
		defect = bare_key_defect(run);
		if (defect)
			return hm_failed(run, HM_CHECK_KEY, code, "one key", "%s", defect);
		run->hash = hm_crypto_key_curve(run->key) == HM_TPM_ECC_P384 ? HM_SHA384 : HM_SHA256;
		if (note_key(run) != HM_PASSED)
			return HM_FAILED;
		return hm_left_out(
			run, HM_CHECK_KEY,
			run->terms.voucher == HM_VOUCHED_BY_HARDWARE
				? "the file has no public area: the hardware report alone says what the key is"
				: "the file has no public area: its certificate alone says what the key is");
	}
	err = hm_tpm_public_decode(hm_blob_bytes(&run->proof->ak_public), &run->public);
	if (err)
		return hm_failed(run, HM_CHECK_KEY, HALLMARK_MALFORMED, "a TPMT_PUBLIC", "%s", hm_err_text(err));
	defect = attribute_defect(run->public.attributes);
	if (!defect)
		defect = scheme_defect(&run->public, &run->hash);
	if (defect)
		return hm_failed(run, HM_CHECK_KEY, code, "a restricted signing key that never leaves its TPM", "%s",
				 defect);
	if (!run->key)
		run->key = hm_crypto_key_of_tpm(&run->public, &error);
	if (!run->key)
		return hm_failed(run, HM_CHECK_KEY, code, "an RSA or ECC key", "%s", error.text);
	if (!hm_crypto_key_equals_tpm(run->key, &run->public))
		return hm_failed(run, HM_CHECK_KEY, code, "the key of the leaf certificate", "another key");
	return note_key(run);
}

/* 4: over the exact bytes, before anything in them is read. */
enum hm_outcome hm_check_signature(struct hm_run *run)
{
	struct hm_tpm_signature signature;
	struct hm_error error = {0};
	enum hm_err err = hm_tpm_signature_decode(hm_blob_bytes(&run->proof->signature), &signature);

	if (err == HM_E_SIGNATURE_SCHEME)
		return hm_failed(run, HM_CHECK_SIGNATURE, HALLMARK_INVALID_QUOTE, "a signature of the key's scheme",
				 "%s", hm_err_text(err));
	if (err)
		return hm_failed(run, HM_CHECK_SIGNATURE, HALLMARK_MALFORMED, "a TPMT_SIGNATURE", "%s",
				 hm_err_text(err));
	if (!hm_crypto_key_verify(run->key, &signature, run->hash, hm_blob_bytes(&run->proof->quote), &error))
		return hm_failed(run, HM_CHECK_SIGNATURE, HALLMARK_INVALID_QUOTE, "a signature of the quote by the key",
				 "%s", error.text);
	return HM_PASSED;
}

/* 5: the TPM itself says that this is a quote. */
enum hm_outcome hm_check_attest(struct hm_run *run)
{
	enum hm_err err = hm_attest_decode(hm_blob_bytes(&run->proof->quote), &run->attest);

	if (err == HM_E_ATTEST_MAGIC || err == HM_E_ATTEST_TYPE)
		return hm_failed(run, HM_CHECK_ATTEST, HALLMARK_INVALID_QUOTE, "a quote", "%s", hm_err_text(err));
	if (err)
		return hm_failed(run, HM_CHECK_ATTEST, HALLMARK_MALFORMED, "a TPMS_ATTEST", "%s", hm_err_text(err));
	if (run->attest.type != HM_ATTEST_QUOTE)
		return hm_failed(run, HM_CHECK_ATTEST, HALLMARK_INVALID_QUOTE, "a quote", "a %s",
				 hm_attest_type_name(run->attest.type));
	return HM_PASSED;
}

static enum hm_outcome stale(struct hm_run *run, const char *expected, const char *seen)
{
	return hm_failed(run, HM_CHECK_FRESHNESS, HALLMARK_STALE_QUOTE, expected, "%s", seen);
}

/* extraData is the nonce that the file names. */
static enum hm_outcome fresh_by_file_nonce(struct hm_run *run)
{
	struct hm_bytes nonce = hm_bytes_of(run->proof->nonce, HM_PROOF_NONCE_LEN);

	if (run->request->nonce && !hm_crypto_equal(run->request->nonce, nonce.p, nonce.len))
		return stale(run, "a proof for the nonce of the request", "a proof for another nonce");
	/* The file's own must be the quoted one in any case. */
	if (run->attest.extra_data.len != nonce.len || !hm_crypto_equal(run->attest.extra_data.p, nonce.p, nonce.len))
		return stale(run, "the nonce in the quote", "another one");
	return HM_PASSED;
}

/* extraData is the nonce, which stands nowhere else. */
static enum hm_outcome fresh_by_nonce(struct hm_run *run)
{
	size_t len = run->request->nonce_len ? run->request->nonce_len : HM_PROOF_NONCE_LEN;

	if (run->request->nonce &&
	    (run->attest.extra_data.len != len || !hm_crypto_equal(run->attest.extra_data.p, run->request->nonce, len)))
		return stale(run, "the nonce of the request in the quote", "another one");
	return HM_PASSED;
}

static enum hm_outcome without_nonce(struct hm_run *run)
{
	if (run->request->nonce)
		return stale(run, "the nonce in the quote", "a file that has none");
	return run->attest.extra_data.len == 0 ? HM_PASSED : stale(run, "a quote without a nonce", "one with");
}

/* Whether the quote is of this kind, and over the request's connection where the kind is of one. */
static bool quote_is(struct hm_run *run, enum hm_quoted_kind kind, bool *ret)
{
	const struct hm_quoted quoted = {.kind = kind,
					 .nonce = run->proof->nonce,
					 .spki_sha256 = run->spki_sha256,
					 .exporter = kind == HM_QUOTED_BOUND ? run->request->exporter : NULL};
	struct hm_bytes seen = run->attest.extra_data;
	uint8_t expected[HM_QUOTED_LEN];

	if (!hm_quoted_data(&quoted, expected))
		return false;
	*ret = seen.len == HM_QUOTED_LEN && hm_crypto_equal(seen.p, expected, HM_QUOTED_LEN);
	return true;
}

static enum hm_outcome unbound(struct hm_run *run, const char *seen)
{
	return hm_failed(run, HM_CHECK_FRESHNESS, HALLMARK_UNBOUND_CHANNEL,
			 "nonce, TLS key and this connection in the quote", "%s", seen);
}

/*
 * The caller's mode says which kind is due, and the proof never does: on a connection one that is bound to it, else one
 * for the nonce, or an unsolicited one.
 */
static enum hm_outcome judge_kind(struct hm_run *run, bool bound, bool fresh, bool unsolicited)
{
	const struct hallmark_request *request = run->request;

	if (request->accept_stale) {
		if (fresh)
			return stale(run, "an unsolicited proof", "one for a verifier's nonce");
		return unsolicited ? HM_PASSED : stale(run, "nonce and TLS key in the quote", "other qualifying data");
	}
	if (unsolicited)
		return stale(run, "a proof that was asked for", "an unsolicited one");
	if (!request->exporter)
		return fresh ? HM_PASSED
			     : stale(run, "nonce and TLS key in the quote",
				     "other qualifying data; a quote that is bound to a connection needs its exporter");
	if (bound) {
		run->ret->bound = true;
		return HM_PASSED;
	}
	if (!fresh)
		return unbound(run, "other qualifying data");
	if (!run->v->allow_unbound)
		return unbound(run, "nonce and TLS key alone");
	hm_note(run, HM_CHECK_FRESHNESS, "not bound to this connection, which the policy allows");
	return HM_PASSED;
}

/* extraData is a hash over nonce, TLS key, connection and devices. */
static enum hm_outcome fresh_by_nonce_and_tls(struct hm_run *run)
{
	bool bound = false, fresh, unsolicited;

	if (!hm_memory_spki_sha256(run->v->memory, hm_blob_bytes(&run->proof->tls_certificate[0]), run->spki_sha256))
		return hm_failed(run, HM_CHECK_FRESHNESS, HALLMARK_MALFORMED, "a TLS certificate in DER",
				 "something else");
	if (run->request->nonce && !hm_crypto_equal(run->request->nonce, run->proof->nonce, HM_PROOF_NONCE_LEN))
		return stale(run, "a proof for the nonce of the request", "a proof for another nonce");
	if (!quote_is(run, HM_QUOTED_FRESH, &fresh) || !quote_is(run, HM_QUOTED_UNSOLICITED, &unsolicited) ||
	    (run->request->exporter && !quote_is(run, HM_QUOTED_BOUND, &bound)))
		return hm_failed(run, HM_CHECK_FRESHNESS, HALLMARK_INTERNAL_ERROR, "a hash", "none");
	if (judge_kind(run, bound, fresh, unsolicited) != HM_PASSED)
		return HM_FAILED;
	memcpy(run->ret->tls_spki_sha256, run->spki_sha256, sizeof(run->spki_sha256));
	return HM_PASSED;
}

/* 6: the nonce is in what the TPM signed, in the way that the proof's format has it. */
enum hm_outcome hm_check_freshness(struct hm_run *run)
{
	switch (run->terms.binding) {
	case HM_BINDS_NONCE_AND_TLS:
		return fresh_by_nonce_and_tls(run);
	case HM_BINDS_FILE_NONCE:
		return fresh_by_file_nonce(run);
	case HM_BINDS_NONCE:
		return fresh_by_nonce(run);
	case HM_BINDS_NOTHING:
		return without_nonce(run);
	}
	return stale(run, "a nonce", "a form that is not known");
}

/* 7: the TPM's clock, and in a series the same key and boot. */
enum hm_outcome hm_check_clock(struct hm_run *run)
{
	const struct hallmark_epoch *before = run->request->epoch;
	struct hallmark_epoch *epoch = &run->ret->epoch;

	run->ret->clock_ms = run->attest.clock;
	run->ret->clock_safe = run->attest.safe;
	run->ret->tpm_firmware_version = run->attest.firmware_version;
	epoch->reset_count = run->attest.reset_count;
	epoch->restart_count = run->attest.restart_count;
	if (!run->attest.safe && !run->v->allow_unsafe_clock)
		return hm_failed(run, HM_CHECK_CLOCK, HALLMARK_STALE_QUOTE, "a clock that is safe", "one that is not");
	if (before && !hm_crypto_equal(before->ak_sha256, epoch->ak_sha256, sizeof(epoch->ak_sha256)))
		return hm_failed(run, HM_CHECK_CLOCK, HALLMARK_STALE_QUOTE, "the machine of the proof before",
				 "another key");
	if (before && (before->reset_count != epoch->reset_count || before->restart_count != epoch->restart_count))
		return hm_failed(run, HM_CHECK_CLOCK, HALLMARK_STALE_QUOTE, "the boot of the proof before",
				 "reset %u, restart %u, not %u, %u", epoch->reset_count, epoch->restart_count,
				 before->reset_count, before->restart_count);
	return HM_PASSED;
}

static bool selection_is(const struct hm_attest *attest, enum hm_bank bank, const uint8_t select[HM_QUOTED_SELECT_LEN])
{
	return attest->selection_count == 1 && attest->selection[0].alg == hm_algs[bank].tpm_id &&
	       attest->selection[0].size == HM_QUOTED_SELECT_LEN &&
	       !memcmp(attest->selection[0].select, select, HM_QUOTED_SELECT_LEN);
}

static void selection_text(const struct hm_attest *attest, char *ret, size_t cap)
{
	size_t at = (size_t)snprintf(ret, cap, "%u selection%s", attest->selection_count,
				     attest->selection_count == 1 ? "" : "s");

	for (uint32_t i = 0; i < attest->selection_count && at < cap; i++) {
		const struct hm_pcr_selection *s = &attest->selection[i];
		const char *alg = hm_tpm_alg_name(s->alg);
		char hex[2 * HM_ATTEST_SELECT_SIZE + 1];

		hm_hex_text(hm_bytes_of(s->select, s->size), hex, sizeof(hex));
		at += (size_t)snprintf(ret + at, cap - at, "%s %s:%s", i ? "," : ":", alg ? alg : "unknown", hex);
	}
}

/* 8: which registers the quote is over, and that the values shown are theirs. */
enum hm_outcome hm_check_selection(struct hm_run *run)
{
	const uint8_t *select = run->terms.selection;
	const uint8_t(*pcr)[HM_DIGEST_MAX] = run->terms.pcr;
	uint8_t digest[HM_DIGEST_MAX];
	char text[HALLMARK_TEXT_MAX], expected[HALLMARK_TEXT_MAX], hex[2 * HM_QUOTED_SELECT_LEN + 1];

	if (run->proof->bank != run->v->bank)
		return hm_failed(run, HM_CHECK_SELECTION, HALLMARK_WRONG_SELECTION, hm_algs[run->v->bank].name, "%s",
				 hm_algs[run->proof->bank].name);
	hm_hex_text(hm_bytes_of(select, HM_QUOTED_SELECT_LEN), hex, sizeof(hex));
	if (!selection_is(&run->attest, run->v->bank, select)) {
		selection_text(&run->attest, text, sizeof(text));
		snprintf(expected, sizeof(expected), "1 selection: %s:%s",
			 hm_tpm_alg_name(hm_algs[run->v->bank].tpm_id), hex);
		return hm_failed(run, HM_CHECK_SELECTION, HALLMARK_WRONG_SELECTION, expected, "%s", text);
	}
	if (!hm_quoted_registers(pcr, run->proof->bank, select, run->hash, digest))
		return hm_failed(run, HM_CHECK_SELECTION, HALLMARK_INTERNAL_ERROR, "a hash", "none");
	if (!hm_bytes_equal(run->attest.pcr_digest, hm_bytes_of(digest, hm_algs[run->hash].len)))
		return hm_failed(run, HM_CHECK_SELECTION, HALLMARK_INVALID_QUOTE, "the values of the quoted registers",
				 "other values than those that were quoted");
	for (size_t i = 0; i < HM_PCR_QUOTED; i++)
		hm_hex_text(hm_bytes_of(run->proof->pcr[i], hm_algs[run->proof->bank].len), run->ret->registers[i].seen,
			    sizeof(run->ret->registers[i].seen));
	return HM_PASSED;
}
