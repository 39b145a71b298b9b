/* SPDX-License-Identifier: BSD-2-Clause */
/* verify.c - hallmark verify: is this proof one of the machine that the golden file describes? */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/commands.h"
#include "host/client/attested.h"
#include "host/base/args.h"
#include "lib/proof/proof.h"
#include "host/client/trust.h"
#include "host/client/verdict.h"
#include "host/client/via.h"

#define CERTIFICATE_FILE_MAX 65536u

#define NONCE_LEN 32u
#define EXPORTER_LEN 32u
#define NONCE_MAX 64u

static const struct format {
	const char *name;
	enum hallmark_format format;
	const char *platform, *bank;
} formats[] = {
	{"hallmark", HALLMARK_FORMAT_HALLMARK, NULL, NULL},
	{"blindllama-v2", HALLMARK_FORMAT_BLINDLLAMA_V2, "azure-tl", "sha256"},
	{"gcp", HALLMARK_FORMAT_GCP, "gcp", "sha256"},
	{"aws", HALLMARK_FORMAT_AWS, "aws", "sha384"},
	{"az-snp-vtpm", HALLMARK_FORMAT_AZ_SNP_VTPM, "azure-cvm", "sha256"},
	{"az-tdx-vtpm", HALLMARK_FORMAT_AZ_TDX_VTPM, "azure-tdx", "sha256"},
};

struct options {
	struct hm_verify_args trust;
	const char *nonce, *as_of, *tls_spki, *tls_cert, *tls_exporter, *format, *save, *via;
	bool accept_stale, all, json;
};

/* What the request borrows. */
struct question {
	uint8_t nonce[NONCE_MAX];
	uint8_t spki_sha256[HM_SHA256_LEN];
	uint8_t exporter[EXPORTER_LEN];
	struct hallmark_epoch epoch;
	struct hm_file proof;
};

static int usage(const char *text)
{
	return hm_fail_format(HM_EXIT_USAGE, "verify", "%s (hallmark verify --help)", text);
}

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(formats); i++) {
		if (!strcmp(formats[i].name, name))
			return &formats[i];
	}
	return NULL;
}

static int read_tls(const struct options *o, struct question *question, struct hallmark_request *request)
{
	struct hm_file file;
	bool good;
	int status;

	if (o->tls_spki && !hm_parse_hex(hm_bytes_of_text(o->tls_spki), question->spki_sha256, 32))
		return usage("--tls-spki is not 64 lower-case hex digits");
	if (o->tls_cert) {
		status = hm_input_read(o->tls_cert, CERTIFICATE_FILE_MAX, &file);
		if (status != HM_EXIT_OK)
			return status;
		good = hallmark_spki_sha256((struct hallmark_bytes){file.p, file.len}, question->spki_sha256);
		hm_file_free(&file);
		if (!good)
			return hm_fail_text(HM_EXIT_INPUT, o->tls_cert, "not a certificate in DER or PEM");
	}
	if (o->tls_exporter && !hm_parse_hex(hm_bytes_of_text(o->tls_exporter), question->exporter, EXPORTER_LEN))
		return usage("--tls-exporter is not 64 lower-case hex digits");
	if (o->tls_exporter)
		request->exporter = question->exporter;
	if (o->tls_spki || o->tls_cert)
		request->tls_spki_sha256 = question->spki_sha256;
	return HM_EXIT_OK;
}

/* Whoever asked chose the length. */
static bool takes_any_nonce(enum hallmark_format format)
{
	return format == HALLMARK_FORMAT_AZ_SNP_VTPM || format == HALLMARK_FORMAT_AZ_TDX_VTPM;
}

static bool read_nonce(const char *text, enum hallmark_format format, struct question *question,
		       struct hallmark_request *request)
{
	size_t len = takes_any_nonce(format) ? strlen(text) / 2 : NONCE_LEN;

	if (len == 0 || len > NONCE_MAX || !hm_parse_hex(hm_bytes_of_text(text), question->nonce, len))
		return false;
	request->nonce = question->nonce;
	request->nonce_len = len;
	return true;
}

static int make_request(const struct options *o, const struct format *format, struct question *question,
			struct hallmark_request *request)
{
	struct hm_error error = {0};

	*request =
		(struct hallmark_request){.format = format->format, .accept_stale = o->accept_stale, .run_all = o->all};
	if (!o->nonce == !o->accept_stale)
		return usage("needs either --nonce or --accept-stale");
	if (o->nonce && !read_nonce(o->nonce, format->format, question, request))
		return usage(takes_any_nonce(format->format) ? "--nonce is not 2 to 128 lower-case hex digits"
							     : "--nonce is not 64 lower-case hex digits");
	if (!hm_verify_time(o->as_of, &request->as_of))
		return usage("--as-of is neither 2026-11-26T12:00:00Z nor @SECONDS");
	if (o->tls_spki && o->tls_cert)
		return usage("--tls-spki and --tls-cert exclude each other");
	if (!hm_verify_epoch(&o->trust, "verify", &question->epoch, &request->epoch, &error))
		return hm_report(&error);
	return read_tls(o, question, request);
}

static int status_of(const struct hallmark_result *result)
{
	return result->accepted ? HM_EXIT_OK : hm_exit_status(hm_verdict_kind(result));
}

static int show(const struct hallmark_result *result, bool json)
{
	char *text;

	if (!json) {
		hm_verdict_print(result);
		return status_of(result);
	}
	text = hm_verdict_json(result);
	if (!text)
		return hm_fail_text(HM_EXIT_RUN, "verify", "out of memory");
	fputs(text, stdout);
	free(text);
	return status_of(result);
}

static int answer(const struct hallmark_verifier *verifier, const struct hallmark_request *request, bool json)
{
	struct hallmark_result result;

	if (!hallmark_verify(verifier, request, &result) && result.code == HALLMARK_BAD_REQUEST)
		return usage(result.check[0].seen);
	return show(&result, json);
}

/* What a machine sent and cannot be read is rejected; a file that is not there is the caller's trouble. */
static int read_proof(const char *path, struct hm_file *ret)
{
	int err = hm_file_read(path, HM_PROOF_MAX, ret);

	/* Check 1 refuses it for its length; no byte of it is looked at. */
	if (err == -EFBIG) {
		*ret = (struct hm_file){calloc(1, HM_PROOF_MAX + 1), HM_PROOF_MAX + 1};
		err = ret->p ? 0 : -ENOMEM;
	}
	return err ? hm_fail_errno(path, err) : HM_EXIT_OK;
}

static int judge_server(const struct options *o, const char *url, const struct hm_endpoint *endpoint, int64_t as_of,
			const struct hallmark_epoch *epoch)
{
	struct hallmark_verifier *verifier = NULL;
	struct hm_attestation attestation;
	struct hm_tls *tls = NULL;
	struct hm_error error = {0};
	int err;

	if (!hm_verify_open(&o->trust, "verify", &verifier, &error))
		return hm_report(&error);
	/* The server may be gone at any write: that is no verdict, and not our end. */
	signal(SIGPIPE, SIG_IGN);
	hm_attested_connect(endpoint, verifier, as_of, epoch, o->all, &tls, &attestation);
	hm_tls_close(tls);
	hallmark_close(verifier);
	err = o->save && attestation.proof.len ? hm_file_write_atomic(o->save, hm_file_bytes(&attestation.proof)) : 0;
	hm_file_free(&attestation.proof);
	if (err)
		return hm_fail_errno(o->save, err);
	if (attestation.state == HM_ATTESTED_NO_PROOF)
		return hm_fail_text(HM_EXIT_RUN, url, attestation.error.text);
	return show(&attestation.result, o->json);
}

static int run_url(const struct options *o, const char *url)
{
	const struct hallmark_epoch *epoch;
	struct hallmark_epoch space;
	struct hm_endpoint endpoint;
	int64_t as_of;
	struct hm_error error = {0};

	if (o->nonce || o->accept_stale || o->tls_spki || o->tls_cert || o->tls_exporter || o->format)
		return usage("nonce, key and format of a URL's proof are not options: they come from the connection");
	if (!hm_endpoint_parse(url, &endpoint))
		return hm_fail_text(HM_EXIT_USAGE, url, "not https://HOST[:PORT]");
	if (!hm_verify_time(o->as_of, &as_of))
		return usage("--as-of is neither 2026-11-26T12:00:00Z nor @SECONDS");
	if (!hm_via_set(o->via, &endpoint, &error) || !hm_verify_epoch(&o->trust, "verify", &space, &epoch, &error))
		return hm_report(&error);
	return judge_server(o, url, &endpoint, as_of, epoch);
}

static int run(struct options *o, const char *path)
{
	const struct format *format = find_format(o->format ? o->format : "hallmark");
	struct hallmark_verifier *verifier = NULL;
	struct hallmark_request request;
	struct question question = {.proof = {NULL, 0}};
	struct hm_error error = {0};
	int status;

	if (!format)
		return usage("--format is not hallmark, blindllama-v2, gcp, aws, az-snp-vtpm or az-tdx-vtpm");
	if (format->format != HALLMARK_FORMAT_HALLMARK && !o->trust.platform_only)
		return usage("another system's proof needs --platform-only");
	if (!o->trust.platform)
		o->trust.platform = format->platform;
	if (!o->trust.bank)
		o->trust.bank = format->bank;
	status = make_request(o, format, &question, &request);
	if (status == HM_EXIT_OK && !hm_verify_open(&o->trust, "verify", &verifier, &error))
		status = hm_report(&error);
	if (status == HM_EXIT_OK)
		status = read_proof(path, &question.proof);
	if (status == HM_EXIT_OK) {
		request.proof = (struct hallmark_bytes){question.proof.p, question.proof.len};
		status = answer(verifier, &request, o->json);
		hm_file_free(&question.proof);
	}
	hallmark_close(verifier);
	return status;
}

static int command(void *options, const struct hm_words *words)
{
	struct options *o = options;

	if (!strncmp(words->word[0], "https://", 8))
		return run_url(o, words->word[0]);
	return o->save || o->via ? usage("--save and --via are for a URL") : run(o, words->word[0]);
}

static const struct hm_option options[] = {
	HM_OPTION(
		struct options, nonce, "--nonce", "HEX",
		"The 32 bytes that the proof was asked with, 64 lower-case digits; with the formats az-snp-vtpm and az-tdx-vtpm "
		"1 to 64 bytes. They must be random and used once."),
	HM_OPTION(struct options, accept_stale, "--accept-stale", NULL,
		  "The proof was not asked for: it may be of any time since the machine was started, and "
		  "whoever sends it may have it from elsewhere."),
	HM_OPTION(struct options, as_of, "--as-of", "TIME",
		  "Check validity at that time, 2026-11-26T12:00:00Z or @SECONDS since 1970 (default: now)."),
	HM_OPTION(struct options, tls_spki, "--tls-spki", "HEX",
		  "SHA-256 of the connection's key (DER SubjectPublicKeyInfo). Without this or the next option "
		  "a proof says nothing about who is at the other end."),
	HM_OPTION(struct options, tls_cert, "--tls-cert", "FILE", "The connection's certificate, DER or PEM, instead."),
	HM_OPTION(
		struct options, tls_exporter, "--tls-exporter", "HEX",
		"The connection's exporter (RFC 9266), 64 lower-case digits, as the client's own end of the connection "
		"computes it: the proof must be bound to it. Beside --nonce and one of the two before."),
	HM_OPTION(
		struct options, format, "--format", "FORMAT",
		"hallmark (default), or with --platform-only files of other systems: blindllama-v2, gcp, aws, az-snp-vtpm, "
		"az-tdx-vtpm."),
	HM_OPTION(struct options, save, "--save", "FILE", "With a URL: keep the proof; its nonce is in it."),
	HM_OPTION(
		struct options, via, "--via", "http://HOST[:PORT]",
		"With a URL: through this HTTP proxy, which carries TLS and does not end it (default: HTTPS_PROXY, but for "
		"what NO_PROXY names and this machine)."),
	HM_OPTION(struct options, all, "--all", NULL,
		  "Go on after the first failure, to list all. What rests on a failed check is not made."),
	HM_OPTION(struct options, json, "--json", NULL, "The verdict as JSON: code, checks, registers, image, TPM."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_verify = {
	.name = "verify",
	.summary = "check a proof against golden values and trusted roots",
	.words = "PROOF",
	.synopsis = "verify PROOF --golden FILE --golden-key FILE --roots FILE (--nonce HEX | --accept-stale) "
		    "[option...]\n"
		    "verify PROOF --platform-only --roots FILE (--nonce HEX | --accept-stale) [option...]\n"
		    "verify https://HOST[:PORT] --golden FILE --golden-key FILE --roots FILE [option...]",
	.description = "Checks a proof without a TPM and without a network: the golden file, then 15 checks of the "
		       "proof, from its form over the attestation key's certificates, the quote, the nonce, every "
		       "register and both logs to the lock and the TLS key. The first failure is the verdict. What "
		       "the policy or the platform leaves out is listed as left out, and nothing else is.\n"
		       "\n"
		       "With a URL: makes a connection, asks for a proof over it with a nonce of its own, and "
		       "checks the proof together with the connection's key. Web certificates and names are not "
		       "looked at.\n"
		       "\n"
		       "What is trusted is what is named on the command line: the key that signs golden files, and "
		       "the roots. A proof says nothing about which platform, bank or kind of proof is enough.",
	.exit_status = "0 accepted, 1 rejected (a malformed proof too), 2 a file of the caller's is malformed, 3 "
		       "usage, 4 could not run. docs/ERRORS.md has each code with cause and cure.",
	.example = "hallmark verify proof.json --golden golden.json --golden-key pub.pem --roots roots.pem "
		   "--nonce $NONCE\n"
		   "hallmark verify proof.json ... --tls-cert server.der --json | jq -r .code",
	.see_also = "docs/ERRORS.md (each code with cause and cure), docs/FORMATS.md (sections 9, 14, 15, 17), "
		    "docs/THREATS.md (what is promised, and what is not), hallmark.h (the same as a library)",
	.args = {.tables = {{hm_trust_options, offsetof(struct options, trust)}, {options, 0}},
		 .words_min = 1,
		 .words_max = 1},
	.size = sizeof(struct options),
	.run = command,
};
