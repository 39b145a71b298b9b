/* SPDX-License-Identifier: BSD-2-Clause */
/* platform_fetch_token.c - hallmark platform fetch-token: a token of the attestation service, into the proof that it is
 * about */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/error.h"
#include "core/snp.h"
#include "tools/commands.h"
#include "lib/base/base64.h"
#include "host/base/args.h"
#include "lib/crypto/pinned_path.h"
#include "host/base/curl.h"
#include "lib/base/json.h"
#include "lib/platform/jwt.h"
#include "host/client/proof_file.h"

#define URL_MAX 1024u
#define ANSWER_MAX (2u * HM_JWT_MAX)

struct options {
	const char *url, *output, *vcek;
};

/* --- the request: Attestation - Attest Sev Snp Vm, 2022-08-01 --- */

static bool add_url(json_t *o, const char *name, struct hm_bytes bytes, bool *failed)
{
	char *text = hm_base64url_encode(bytes);

	hm_json_add(o, name, text ? json_string(text) : NULL, failed);
	free(text);
	return !*failed;
}

static char *chain_pem(const struct hm_bytes cert[3])
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	bool good = out && hm_base64_put_certificate(out, cert[0]) && hm_base64_put_certificate(out, cert[1]) &&
		    hm_base64_put_certificate(out, cert[2]);

	if (out && fclose(out) == 0 && good)
		return text;
	free(text);
	return NULL;
}

/* The report with its certificates is a text in itself. */
static char *make_report(const struct hm_hcl *hcl, const struct hm_bytes cert[3])
{
	json_t *o = json_object();
	char *chain = chain_pem(cert), *text;
	bool failed = !o || !chain;

	if (!failed)
		failed = !add_url(o, "SnpReport", hcl->report, &failed) ||
			 !add_url(o, "VcekCertChain", hm_bytes_of_text(chain), &failed);
	text = hm_json_finish(o, failed);
	free(chain);
	return text;
}

static char *make_request(const struct hm_proof *proof, const struct hm_hcl *hcl, const struct hm_bytes cert[3])
{
	char *report = make_report(hcl, cert),
	     *nonce = hm_base64_encode(hm_bytes_of(proof->nonce, sizeof(proof->nonce))), *text;
	json_t *o = json_object(), *runtime = json_object();
	bool failed = !o || !runtime || !report || !nonce;

	if (!failed) {
		add_url(o, "report", hm_bytes_of_text(report), &failed);
		add_url(runtime, "data", hcl->runtime, &failed);
		hm_json_add(runtime, "dataType", json_string("JSON"), &failed);
		hm_json_add(o, "runtimeData", json_incref(runtime), &failed);
		hm_json_add(o, "nonce", json_string(nonce), &failed);
	}
	json_decref(runtime);
	text = hm_json_finish(o, failed);
	free(report);
	free(nonce);
	return text;
}

/* --- the answer --- */

/* {"token": "..."}: whatever else is in it is none of ours. */
static int take_token(struct hm_bytes answer, const char *url, struct hm_blob *ret)
{
	json_t *root = NULL;
	const json_t *token;
	struct hm_jwt jwt;
	struct hm_error error = {0};
	int status = HM_EXIT_OK;

	if (!hm_json_load(answer, ANSWER_MAX, &root, &error))
		return hm_fail_text(HM_EXIT_RUN, url, error.text);
	token = json_object_get(root, "token");
	if (!json_is_string(token))
		status = hm_fail_text(HM_EXIT_RUN, url, "answers without a token");
	else if (!hm_jwt_parse(hm_json_bytes(token), &jwt, &error))
		status = hm_fail_text(HM_EXIT_RUN, url, error.text);
	else
		hm_jwt_free(&jwt);
	if (!status && !hm_blob_set(ret, hm_json_bytes(token)))
		status = hm_fail_text(HM_EXIT_RUN, url, "out of memory");
	json_decref(root);
	return status;
}

static int ask(const struct options *o, const char *request, struct hm_blob *ret)
{
	char url[URL_MAX], body[HM_FETCH_PATH_MAX], answer[HM_FETCH_PATH_MAX];
	struct hm_file file;
	struct hm_error error = {0};
	int status, r;

	if ((size_t)snprintf(url, URL_MAX, "%s/attest/SevSnpVm?api-version=2022-08-01", o->url) >= URL_MAX ||
	    (size_t)snprintf(body, HM_FETCH_PATH_MAX, "%s.request.%d", o->output, (int)getpid()) >= HM_FETCH_PATH_MAX ||
	    (size_t)snprintf(answer, HM_FETCH_PATH_MAX, "%s.answer.%d", o->output, (int)getpid()) >= HM_FETCH_PATH_MAX)
		return hm_fail_errno(o->output, -ENAMETOOLONG);
	r = hm_file_write_atomic(body, hm_bytes_of_text(request));
	if (r < 0)
		return hm_fail_errno(body, r);
	status = hm_fetch(url, body, answer, ANSWER_MAX, &error) ? HM_EXIT_OK : hm_report(&error);
	if (!status)
		status = hm_input_read(answer, ANSWER_MAX, &file) ? HM_EXIT_RUN : HM_EXIT_OK;
	if (!status) {
		status = take_token(hm_file_bytes(&file), url, ret);
		hm_file_free(&file);
	}
	unlink(body);
	unlink(answer);
	return status;
}

/* --- the proof --- */

static bool put_token(struct hm_proof *proof, struct hm_blob *token)
{
	struct hm_proof_part *last = proof->part_count ? &proof->part[proof->part_count - 1] : NULL;

	if (last && !strcmp(last->name, "maa_token")) {
		free(last->data.p);
		last->data = *token;
	} else {
		if (proof->part_count == HM_PROOF_PARTS_MAX)
			return false;
		last = &proof->part[proof->part_count];
		last->name = strdup("maa_token");
		if (!last->name)
			return false;
		last->data = *token;
		proof->part_count++;
	}
	*token = (struct hm_blob){0};
	return true;
}

static int write_proof(const struct hm_proof *proof, const char *path)
{
	char *text = hm_proof_format(proof);
	int r = text ? hm_file_write_atomic(path, hm_bytes_of_text(text)) : -ENOMEM;

	free(text);
	return r < 0 ? hm_fail_errno(path, r) : HM_EXIT_OK;
}

static int with_chain(struct hm_proof *proof, const struct hm_hcl *hcl, const struct hm_bytes cert[3],
		      const struct options *o)
{
	char *request = make_request(proof, hcl, cert);
	struct hm_blob token = {0};
	int status = request ? ask(o, request, &token) : hm_fail_text(HM_EXIT_RUN, o->output, "out of memory");

	if (!status && !put_token(proof, &token))
		status = hm_fail_text(HM_EXIT_RUN, o->output, "there is no room for a token in the proof");
	if (!status)
		status = write_proof(proof, o->output);
	free(token.p);
	free(request);
	return status;
}

static int with_hcl(struct hm_proof *proof, const struct hm_hcl *hcl, const char *path, const struct options *o)
{
	struct hm_path given = {.count = 0};
	struct hm_bytes cert[3];
	struct hm_file file;
	struct hm_error error = {.text = "not the three certificates VCEK, ASK and ARK"};
	bool good;
	int status;

	if (hm_proof_part_find(proof, "vcek", &cert[0]) && hm_proof_part_find(proof, "ask", &cert[1]) &&
	    hm_proof_part_find(proof, "ark", &cert[2]))
		return with_chain(proof, hcl, cert, o);
	if (!o->vcek)
		return hm_fail_text(HM_EXIT_USAGE, path,
				    "has not the chip's certificates: --vcek is needed (hallmark platform fetch-vcek)");
	status = hm_input_read(o->vcek, HM_PATH_MAX * HM_CERT_MAX, &file);
	if (status)
		return status;
	good = hm_crypto_path_of_pem(hm_file_bytes(&file), &given, &error) && given.count == 3;
	hm_file_free(&file);
	status = good ? with_chain(proof, hcl, given.cert, o) : hm_fail_text(HM_EXIT_INPUT, o->vcek, error.text);
	hm_crypto_path_free(&given);
	return status;
}

static int with_proof(const char *path, const struct options *o)
{
	struct hm_proof *proof = NULL;
	struct hm_bytes part;
	struct hm_hcl hcl;
	struct hm_error error = {0};
	int status = hm_proof_load(path, &proof, &error) ? HM_EXIT_OK : hm_report(&error);

	if (status)
		return status;
	if (!hm_proof_part_find(proof, "hcl_report", &part) || hm_hcl_decode(part, &hcl) ||
	    hcl.report_type != HM_HCL_TYPE_SNP)
		status = hm_fail_text(HM_EXIT_REJECTED, path, "there is no SEV-SNP report in it");
	else
		status = with_hcl(proof, &hcl, path, o);
	hm_proof_free(proof);
	return status;
}

static int command(void *options, const struct hm_words *words)
{
	return with_proof(words->word[0], options);
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(struct options, url, "--url", "BASE",
			   "The service's instance: POST BASE/attest/SevSnpVm?api-version=2022-08-01."),
	HM_OPTION_REQUIRED(struct options, output, "--output", "FILE",
			   "The proof with the token; a token that was there is replaced."),
	HM_OPTION(struct options, vcek, "--vcek", "FILE",
		  "PEM: VCEK, ASK and ARK, for a proof that does not carry them (hallmark platform fetch-vcek)."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_platform_fetch_token = {
	.name = "platform fetch-token",
	.summary = "a token of Azure's attestation service, into a proof",
	.words = "PROOF",
	.description = "Gives the SEV-SNP report, the chip's certificates, the runtime data and the nonce of PROOF "
		       "(of azure-cvm) to Azure's attestation service at BASE, by curl, and writes the proof with "
		       "the service's token in it. Nothing is trusted here: the verifier checks the token where its "
		       "policy demands one (maa, profile snp), with keys that it has from elsewhere.",
	.example = "hallmark platform fetch-token proof.json --url https://sharedweu.weu.attest.azure.net "
		   "--output with-token.json",
	.see_also = "hallmark-verify(1), curl(1)",
	.args = {.tables = {{options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command,
};
