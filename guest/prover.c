/* SPDX-License-Identifier: BSD-2-Clause */
/* prover.c - in the booted machine: makes proofs */
#include "guest/prover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/attest.h"
#include "core/eventlog.h"
#include "lib/proof/quoted.h"

#define FIRMWARE_LOG "/sys/kernel/security/tpm0/binary_bios_measurements"
/* Retries when a register changes between reading and quoting. After QUOTE_TRIES something keeps extending it. */
#define QUOTE_TRIES 8u
#define COUNTS_MAX 32u

/* --- what does not change in a boot --- */

/* The first failure of reading a key or index names it, so that a machine without an AK says so. */
static bool object_missing(struct hm_prover *p, struct hm_error *error, const char *what, uint32_t handle, uint32_t rc)
{
	return hm_error_of(error, HM_ERROR_RUN, p->config->sources.tcti, "%s 0x%08x: %s", what, (unsigned int)handle,
			   hm_tpm_is_absent(rc) ? "the TPM has none" : hm_tpm_error(rc));
}

static bool add_certificate(struct hm_proof *proof, struct hm_bytes der)
{
	if (proof->ak_certificate_count == HM_PROOF_CERTIFICATES_MAX || der.len > HM_PROOF_CERTIFICATE_MAX ||
	    !hm_blob_set(&proof->ak_certificate[proof->ak_certificate_count], der))
		return false;
	proof->ak_certificate_count++;
	return true;
}

/* Certificates one after the other, zeros after them: cloud providers pad. */
static bool add_from_index(struct hm_prover *p, uint32_t index, struct hm_bytes rest, size_t max,
			   struct hm_error *error)
{
	for (size_t i = 0; i < max && !hm_bytes_is_zero(rest); i++) {
		size_t len;

		if (!hm_certificate_len(rest, &len))
			return hm_error_of(error, HM_ERROR_RUN, p->config->sources.tcti,
					   "NV index 0x%08x: there is no certificate in it", (unsigned int)index);
		if (!add_certificate(p->proof, hm_bytes_of(rest.p, len)))
			return hm_error_of(error, HM_ERROR_RUN, p->config->sources.tcti,
					   "NV index 0x%08x: too many or too large certificates", (unsigned int)index);
		rest = hm_bytes_of(rest.p + len, rest.len - len);
	}
	return true;
}

static bool read_index(struct hm_prover *p, struct hm_tpm *tpm, uint32_t index, size_t max, struct hm_error *error)
{
	uint8_t *nv = malloc(HM_TPM_NV_MAX);
	size_t len = 0;
	uint32_t rc;
	bool good;

	if (!nv)
		return hm_error_memory(error, "proof");
	rc = hm_tpm_nv_read(tpm, index, nv, HM_TPM_NV_MAX, &len);
	if (rc)
		good = object_missing(p, error, "NV index", index, rc);
	else if (hm_bytes_is_zero(hm_bytes_of(nv, len)))
		good = hm_error_of(error, HM_ERROR_RUN, p->config->sources.tcti,
				   "NV index 0x%08x: there is no certificate in it", (unsigned int)index);
	else
		good = add_from_index(p, index, hm_bytes_of(nv, len), max, error);
	free(nv);
	return good;
}

static bool read_key(struct hm_prover *p, struct hm_tpm *tpm, struct hm_error *error)
{
	const struct hm_platform *platform = p->platform;

	if (!hm_prover_key_find(platform, tpm, p->config->sources.tcti, &p->key, error))
		return false;
	if (!hm_blob_set(&p->proof->ak_public, hm_bytes_of(p->key.area.p, p->key.area.len)))
		return hm_error_memory(error, "proof");
	/* The leaf alone stands in its index. */
	if (p->key.certificate_nv && !read_index(p, tpm, p->key.certificate_nv, 1, error))
		return false;
	return !platform->ak_intermediates_nv ||
	       read_index(p, tpm, platform->ak_intermediates_nv, HM_PROOF_CERTIFICATES_MAX, error);
}

static bool choose_platform(struct hm_prover *p, struct hm_tpm *tpm, struct hm_error *error)
{
	p->platform = p->config->platform ? p->config->platform : hm_prover_detect(tpm);
	if (!p->platform)
		return hm_error_of(
			error, HM_ERROR_RUN, p->config->sources.tcti,
			"the TPM has not all that a known platform has (--platform NAME says what is missing)");
	p->bank = p->config->bank;
	if (p->config->any_bank && !(p->platform->banks & HM_BANK_BIT(p->bank)))
		p->bank = HM_SHA384;
	if (!(p->platform->banks & HM_BANK_BIT(p->bank)))
		return hm_error_of(error, HM_ERROR_USAGE, "--bank", "'%s' cannot be quoted on %s",
				   hm_algs[p->bank].name, p->platform->name);
	if (!(p->enclave->banks & HM_BANK_BIT(p->bank)))
		return hm_error_of(error, HM_ERROR_RUN, p->config->sources.tcti, "the bank %s is not active",
				   hm_algs[p->bank].name);
	p->proof->bank = p->bank;
	p->proof->platform = strdup(p->platform->name);
	return p->proof->platform ? true : hm_error_memory(error, "proof");
}

static bool add_intermediates(struct hm_prover *p, struct hm_error *error)
{
	const char *path = p->config->intermediates;
	struct hm_tls_chain chain;
	struct hm_file file;
	bool good = true;
	int r;

	if (!path)
		return true;
	r = hm_file_read(path, HM_TLS_CHAIN_MAX * 2 * HM_TLS_CERTIFICATE_MAX, &file);
	if (r < 0)
		return hm_error_errno(error, path, r);
	if (!hm_tls_chain_read(hm_file_bytes(&file), &chain)) {
		hm_file_free(&file);
		return hm_error_of(error, HM_ERROR_INPUT, path, "it is not a chain of PEM certificates");
	}
	hm_file_free(&file);
	for (size_t i = 0; good && i < chain.count; i++)
		good = add_certificate(p->proof, hm_bytes_of(chain.certificate[i].p, chain.certificate[i].len)) ||
		       hm_error_of(error, HM_ERROR_INPUT, path, "too many certificates for a proof");
	hm_tls_chain_free(&chain);
	return good;
}

static bool read_firmware_log(struct hm_prover *p, struct hm_error *error)
{
	const char *path = p->config->firmware_log ? p->config->firmware_log : FIRMWARE_LOG;
	struct hm_file file = {0};
	int r = hm_file_read(path, HM_EVENTLOG_MAX, &file);

	if (r == -ENOENT && !p->config->firmware_log)
		return true;
	if (r < 0)
		return hm_error_errno(error, path, r);
	r = hm_blob_set(&p->proof->firmware_log, hm_file_bytes(&file)) ? 0 : -ENOMEM;
	hm_file_free(&file);
	return r < 0 ? hm_error_errno(error, path, r) : true;
}

/* "RESET RESTART" and LF, in decimal. */
static bool counts_parse(struct hm_bytes text, struct hm_prover *p)
{
	struct hm_bytes line, reset, restart;
	uint64_t counts[2];

	if (!hm_next_field(&text, '\n', &line) || !text.p || text.len || !hm_next_field(&line, ' ', &reset) ||
	    !hm_next_field(&line, ' ', &restart) || line.p || !hm_parse_dec(reset, &counts[0]) ||
	    !hm_parse_dec(restart, &counts[1]) || counts[0] > UINT32_MAX || counts[1] > UINT32_MAX)
		return false;
	p->reset_count = (uint32_t)counts[0];
	p->restart_count = (uint32_t)counts[1];
	return true;
}

/* What an earlier run in this boot has seen. */
static bool counts_recall(struct hm_prover *p, struct hm_error *error)
{
	struct hm_file file = {0};
	int r = hm_file_read(p->enclave->counts_path, COUNTS_MAX, &file);

	if (r == -ENOENT)
		return true;
	if (r < 0)
		return hm_error_errno(error, p->enclave->counts_path, r);
	p->counted = counts_parse(hm_file_bytes(&file), p);
	hm_file_free(&file);
	return p->counted ||
	       hm_error_of(error, HM_ERROR_REJECTED, p->enclave->counts_path, "it is not resetCount and restartCount");
}

static bool counts_keep(const struct hm_prover *p, struct hm_error *error)
{
	uint8_t text[COUNTS_MAX];
	struct hm_writer w = hm_writer_of(text, sizeof(text));
	int r;

	hm_put_dec(&w, p->reset_count);
	hm_put_u8(&w, ' ');
	hm_put_dec(&w, p->restart_count);
	hm_put_u8(&w, '\n');
	r = w.failed ? -EOVERFLOW : hm_file_write_atomic(p->enclave->counts_path, hm_writer_bytes(&w));
	return r < 0 ? hm_error_errno(error, p->enclave->counts_path, r) : true;
}

static bool fill_fixed(struct hm_prover *p, struct hm_error *error)
{
	const struct hm_prover_config *config = p->config;
	struct hm_tpm *tpm;
	uint32_t rc;
	bool good;

	if (!hm_blob_set(&p->proof->runtime_log, hm_file_bytes(&p->enclave->log)))
		return hm_error_memory(error, "proof");
	if (!read_firmware_log(p, error) || !counts_recall(p, error))
		return false;
	rc = hm_tpm_open(config->sources.tcti, &tpm);
	if (rc)
		return hm_error_tpm(error, config->sources.tcti, rc);
	good = choose_platform(p, tpm, error) && read_key(p, tpm, error) &&
	       hm_prover_evidence_fixed(&config->sources, p->platform, tpm, p->proof, error);
	p->fixed_parts = p->proof->part_count;
	hm_tpm_close(tpm);
	return good && add_intermediates(p, error);
}

bool hm_prover_open(const struct hm_prover_config *config, const struct hm_enclave *enclave, struct hm_prover *ret,
		    struct hm_error *error)
{
	struct hm_prover prover = {.config = config, .enclave = enclave, .proof = calloc(1, sizeof(struct hm_proof))};

	if (!prover.proof)
		return hm_error_memory(error, "proof");
	if (!fill_fixed(&prover, error)) {
		hm_prover_close(&prover);
		return false;
	}
	*ret = prover;
	return true;
}

void hm_prover_close(struct hm_prover *prover)
{
	hm_proof_free(prover->proof);
	prover->proof = NULL;
}

/* --- one proof --- */

/* The quote is over these values, and not over those that a register was given meanwhile. */
static bool is_over(const struct hm_tpm_quote *quote, const struct hm_attest *attest, const struct hm_pcrs *pcrs,
		    enum hm_bank bank)
{
	struct hm_tpm_signature signature;
	const uint8_t(*pcr)[HM_DIGEST_MAX] = pcrs->value[bank];
	uint8_t digest[HM_DIGEST_MAX];
	enum hm_bank scheme_bank;

	if (hm_tpm_signature_decode(hm_bytes_of(quote->signature, quote->signature_len), &signature) ||
	    !hm_bank_of_tpm_id(signature.hash, &scheme_bank))
		return false;
	return hm_quoted_registers(pcr, bank, hm_quoted_select, scheme_bank, digest) &&
	       hm_bytes_equal(attest->pcr_digest, hm_bytes_of(digest, hm_algs[scheme_bank].len));
}

static uint32_t quote(const struct hm_prover *p, struct hm_tpm *tpm, const uint8_t extra[HM_TPM_EXTRA_LEN],
		      struct hm_tpm_quote *ret)
{
	uint32_t handle = 0, rc = hm_prover_key_use(&p->key, tpm, &handle);

	if (rc)
		return rc;
	rc = hm_tpm_quote(tpm, handle, p->bank, extra, ret);
	hm_prover_key_done(&p->key, tpm, handle);
	return rc;
}

/* Registers and a quote over exactly these. */
static bool read_and_quote(struct hm_prover *p, struct hm_tpm *tpm, const uint8_t extra[HM_TPM_EXTRA_LEN],
			   struct hm_tpm_quote *ret_quote, struct hm_attest *ret_attest, struct hm_pcrs *ret_pcrs,
			   struct hm_error *error)
{
	enum hm_bank bank = p->bank;

	for (unsigned int i = 0; i < QUOTE_TRIES; i++) {
		uint32_t rc = hm_tpm_read(tpm, HM_BANK_BIT(bank), ret_pcrs);
		enum hm_err err;

		if (!rc)
			rc = quote(p, tpm, extra, ret_quote);
		if (rc)
			return hm_error_tpm(error, p->config->sources.tcti, rc);
		err = hm_attest_decode(hm_bytes_of(ret_quote->attest, ret_quote->attest_len), ret_attest);
		if (err)
			return hm_error_of(error, HM_ERROR_RUN, p->config->sources.tcti, "the quote: %s",
					   hm_err_text(err));
		if (is_over(ret_quote, ret_attest, ret_pcrs, bank))
			return true;
	}
	return hm_error_of(error, HM_ERROR_RUN, p->config->sources.tcti, "registers change while they are quoted");
}

/* clockInfo of the first quote of this boot is that of all, whichever run of this program made it. */
static bool check_counts(struct hm_prover *p, const struct hm_attest *attest, struct hm_error *error)
{
	if (!p->counted) {
		p->reset_count = attest->reset_count;
		p->restart_count = attest->restart_count;
		if (!counts_keep(p, error))
			return false;
		p->counted = true;
	}
	if (attest->reset_count == p->reset_count && attest->restart_count == p->restart_count)
		return true;
	return hm_error_of(error, HM_ERROR_REJECTED, "TPM", "it was reset or restarted under the running machine");
}

static bool quote_into_proof(struct hm_prover *p, struct hm_tpm *tpm, enum hm_quoted_kind kind, const uint8_t *exporter,
			     struct hm_error *error)
{
	const struct hm_quoted quoted = {
		.kind = kind, .nonce = p->proof->nonce, .spki_sha256 = p->enclave->spki, .exporter = exporter};
	enum hm_bank bank = p->bank;
	uint8_t extra[HM_TPM_EXTRA_LEN];
	struct hm_tpm_quote quote;
	struct hm_attest attest;
	struct hm_pcrs pcrs;

	if (!hm_quoted_data(&quoted, extra))
		return hm_error_memory(error, "proof");
	if (!read_and_quote(p, tpm, extra, &quote, &attest, &pcrs, error) ||
	    !hm_enclave_check(p->enclave, &pcrs, bank, error) || !check_counts(p, &attest, error))
		return false;
	for (size_t i = 0; i < HM_PCR_QUOTED; i++)
		memcpy(p->proof->pcr[i], pcrs.value[bank][i], hm_algs[bank].len);
	return (hm_blob_set(&p->proof->quote, hm_bytes_of(quote.attest, quote.attest_len)) &&
		hm_blob_set(&p->proof->signature, hm_bytes_of(quote.signature, quote.signature_len))) ||
	       hm_error_memory(error, "proof");
}

static void clear_blob(struct hm_blob *blob)
{
	free(blob->p);
	*blob = (struct hm_blob){0};
}

/* What the last proof left behind. */
static void clear_proof(struct hm_proof *proof, size_t fixed_parts)
{
	while (proof->part_count > fixed_parts) {
		struct hm_proof_part *part = &proof->part[--proof->part_count];

		free(part->name);
		clear_blob(&part->data);
	}
	clear_blob(&proof->quote);
	clear_blob(&proof->signature);
	while (proof->tls_certificate_count > 0)
		clear_blob(&proof->tls_certificate[--proof->tls_certificate_count]);
}

/* A renewed certificate is seen here; one for another key is refused. */
static bool fill_chain(struct hm_prover *p, struct hm_error *error)
{
	struct hm_tls_chain chain;
	bool good = true;

	if (!hm_enclave_chain(p->enclave, &chain, error))
		return false;
	for (size_t i = 0; good && i < chain.count; i++) {
		good = hm_blob_set(&p->proof->tls_certificate[i],
				   hm_bytes_of(chain.certificate[i].p, chain.certificate[i].len)) ||
		       hm_error_memory(error, "proof");
		p->proof->tls_certificate_count = i + 1;
	}
	hm_tls_chain_free(&chain);
	return good;
}

bool hm_prove(struct hm_prover *prover, const uint8_t *nonce, const uint8_t *exporter, char **ret,
	      struct hm_error *error)
{
	const enum hm_quoted_kind kind = exporter ? HM_QUOTED_BOUND : nonce ? HM_QUOTED_FRESH : HM_QUOTED_UNSOLICITED;
	struct hm_proof *proof = prover->proof;
	struct hm_tpm *tpm;
	char *text;
	uint32_t rc;
	bool good;

	if (exporter && !nonce)
		return hm_error_of(error, HM_ERROR_RUN, "proof", "a connection without a nonce");
	clear_proof(proof, prover->fixed_parts);
	if (nonce)
		memcpy(proof->nonce, nonce, sizeof(proof->nonce));
	else if (!hm_random(proof->nonce, sizeof(proof->nonce)))
		return hm_error_of(error, HM_ERROR_RUN, "nonce", "no random bytes");
	if (!fill_chain(prover, error))
		return false;
	/* A connection for each proof: one that broke is no trouble for the next. */
	rc = hm_tpm_open(prover->config->sources.tcti, &tpm);
	if (rc)
		return hm_error_tpm(error, prover->config->sources.tcti, rc);
	good = quote_into_proof(prover, tpm, kind, exporter, error);
	hm_tpm_close(tpm);
	if (!good ||
	    !hm_prover_evidence_fresh(&prover->config->sources, prover->platform, &prover->key.area, proof, error))
		return false;
	text = hm_proof_format(proof);
	if (!text)
		return hm_error_memory(error, "proof");
	*ret = text;
	return true;
}

bool hm_prover_check(struct hm_prover *prover, struct hm_error *error)
{
	enum hm_bank bank = prover->bank;
	struct hm_pcrs pcrs;
	struct hm_tpm *tpm;
	uint32_t rc = hm_tpm_open(prover->config->sources.tcti, &tpm);

	if (rc)
		return hm_error_tpm(error, prover->config->sources.tcti, rc);
	rc = hm_tpm_read(tpm, HM_BANK_BIT(bank), &pcrs);
	hm_tpm_close(tpm);
	return rc ? hm_error_tpm(error, prover->config->sources.tcti, rc)
		  : hm_enclave_check(prover->enclave, &pcrs, bank, error);
}
