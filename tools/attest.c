/* SPDX-License-Identifier: BSD-2-Clause */
/* attest.c - hallmark-guest attest: in the enclave, measure the TLS key of this boot, quote, write and serve proofs */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/commands.h"
#include "host/base/args.h"
#include "guest/notify.h"
#include "guest/service.h"

struct options {
	const char *directory, *rate, *bank, *platform, *intermediates, *vcek, *firmware_log, *tcti, *tsm, *ccel, *csr,
		*certificate;
	bool serve, json;
	struct hm_list names;
};

/* What the options say, checked. */
struct setup {
	struct hm_enclave_config enclave;
	struct hm_prover_config prover;
	unsigned int rate;
	char proof_path[HM_ENCLAVE_PATH_MAX];
	char socket_path[HM_ENCLAVE_PATH_MAX];
	char bound_path[HM_ENCLAVE_PATH_MAX];
};

static int check_names(const struct options *o)
{
	for (size_t i = 0; i < o->names.count; i++) {
		if (!hm_tls_is_name(o->names.word[i]))
			return hm_fail_format(HM_EXIT_USAGE, "--name", "'%s' is not a DNS name in lower case",
					      o->names.word[i]);
	}
	if (o->names.count > HM_TLS_NAMES_MAX)
		return hm_fail_format(HM_EXIT_USAGE, "--name", "at most %u names", HM_TLS_NAMES_MAX);
	if (o->csr && o->names.count == 0)
		return hm_fail_text(HM_EXIT_USAGE, "--csr", "needs --name");
	return HM_EXIT_OK;
}

static int check_rate(const char *text, unsigned int *ret)
{
	uint64_t rate = HM_PROOF_RATE_DEFAULT;

	if (text && (!hm_parse_dec(hm_bytes_of_text(text), &rate) || rate == 0 || rate > HM_PROOF_RATE_MAX))
		return hm_fail_format(HM_EXIT_USAGE, "--rate", "'%s' is not a number from 1 to %u", text,
				      HM_PROOF_RATE_MAX);
	*ret = (unsigned int)rate;
	return HM_EXIT_OK;
}

static int check_platform(const struct options *o, struct hm_prover_config *ret)
{
	const char *bank = o->bank ? o->bank : "sha256";

	ret->platform = o->platform ? hm_platform_find(o->platform) : NULL;
	if (o->platform && !ret->platform)
		return hm_fail_format(HM_EXIT_USAGE, "--platform", "'%s' is not known", o->platform);
	/* Which platform it is may only be known later; no row has a quote over another bank than these two. */
	if (!hm_bank_of_name(hm_bytes_of_text(bank), &ret->bank) ||
	    (ret->bank != HM_SHA256 && ret->bank != HM_SHA384) ||
	    (o->bank && ret->platform && !(ret->platform->banks & HM_BANK_BIT(ret->bank))))
		return hm_fail_format(HM_EXIT_USAGE, "--bank", "'%s' cannot be quoted on %s", bank,
				      o->platform ? o->platform : "any platform");
	return HM_EXIT_OK;
}

static int check_paths(const char *directory, struct setup *s)
{
	int proof = snprintf(s->proof_path, sizeof(s->proof_path), "%s/proof.json", directory);
	int sock = snprintf(s->socket_path, sizeof(s->socket_path), "%s/attest.sock", directory);
	int bound = snprintf(s->bound_path, sizeof(s->bound_path), "%s/tls/" HM_BOUND_NAME, directory);

	if (proof < 0 || sock < 0 || bound < 0 || (size_t)bound >= sizeof(s->bound_path))
		return hm_fail_errno(directory, -ENAMETOOLONG);
	return HM_EXIT_OK;
}

static int set_up(const struct options *o, struct setup *s)
{
	const char *directory = o->directory ? o->directory : HM_ENCLAVE_DIR;
	int status = check_names(o);

	if (!status)
		status = check_rate(o->rate, &s->rate);
	if (!status)
		status = check_platform(o, &s->prover);
	if (!status)
		status = check_paths(directory, s);
	s->prover.sources = (struct hm_prover_sources){
		.tcti = o->tcti ? o->tcti : HM_ENCLAVE_TCTI, .vcek = o->vcek, .tsm = o->tsm, .ccel = o->ccel};
	s->prover.any_bank = !o->bank;
	s->prover.firmware_log = o->firmware_log;
	s->prover.intermediates = o->intermediates;
	s->enclave = (struct hm_enclave_config){.directory = directory,
						.tcti = s->prover.sources.tcti,
						.names = o->names.word,
						.name_count = o->names.count};
	return status;
}

static bool write_request(const struct options *o, const struct hm_enclave *enclave, struct hm_error *error)
{
	char *text;
	int r;

	if (!o->csr)
		return true;
	text = hm_tls_request_make(enclave->key, o->names.word, o->names.count);
	if (!text)
		return hm_error_of(error, HM_ERROR_RUN, o->csr, "the request cannot be made");
	r = hm_file_write_atomic(o->csr, hm_bytes_of(text, strlen(text)));
	hm_tls_text_free(text);
	return r < 0 ? hm_error_errno(error, o->csr, r) : true;
}

static void say(const struct options *o, const struct setup *s, const struct hm_enclave *enclave)
{
	char hex[2 * sizeof(enclave->spki) + 1];
	struct hm_writer w = hm_writer_of(hex, sizeof(hex) - 1);
	char path[2 * HM_ENCLAVE_PATH_MAX];

	if (!o->json)
		return;
	hm_put_hex(&w, hm_bytes_of(enclave->spki, sizeof(enclave->spki)));
	hex[sizeof(hex) - 1] = '\0';
	hm_escape(hm_bytes_of_text(s->proof_path), path, sizeof(path));
	printf("{\"spki_sha256\": \"%s\", \"proof\": \"%s\"}\n", hex, path);
	fflush(stdout);
}

/* The service goes on: its exit status is not this error's. */
static void report_and_go_on(const struct hm_error *error)
{
	int ignored = hm_report(error);

	(void)ignored;
}

/* Who waits for it and does not get it says so itself. */
static void notify_ready(void)
{
	struct hm_error error = {0};

	if (!hm_notify_ready(&error))
		report_and_go_on(&error);
}

static bool prove(const struct options *o, const struct setup *s, struct hm_enclave *enclave, struct hm_prover *prover,
		  struct hm_error *error)
{
	const struct hm_proof_service_config service = {.prover = prover,
							.socket = s->socket_path,
							.bound_socket = s->bound_path,
							.proof_path = s->proof_path,
							.rate = s->rate,
							.check_s = 5,
							.report = report_and_go_on};

	if (!hm_proof_write(prover, s->proof_path, NULL, error))
		return false;
	say(o, s, enclave);
	return !o->serve || hm_proof_service_run(&service, notify_ready, error);
}

static bool attest(const struct options *o, const struct setup *s, struct hm_enclave *enclave, struct hm_error *error)
{
	struct hm_prover prover;
	bool good;

	if (!write_request(o, enclave, error))
		return false;
	if (o->certificate && !hm_enclave_set_chain(enclave, o->certificate, error))
		return false;
	if (!hm_prover_open(&s->prover, enclave, &prover, error))
		return false;
	good = prove(o, s, enclave, &prover, error);
	hm_prover_close(&prover);
	return good;
}

static int run(const struct options *o)
{
	struct hm_enclave enclave;
	struct hm_error error = {0};
	struct setup s = {0};
	int status = set_up(o, &s);
	bool good;

	if (status)
		return status;
	if (!hm_enclave_open(&s.enclave, &enclave, &error))
		return hm_report(&error);
	good = attest(o, &s, &enclave, &error);
	hm_enclave_close(&enclave);
	return good ? HM_EXIT_OK : hm_report(&error);
}

static int command(void *options, const struct hm_words *words)
{
	(void)words;
	return run(options);
}

static const struct hm_option options[] = {
	HM_OPTION(struct options, directory, "--directory", "DIR",
		  "In memory. It has the runtime log 'log', and gets proof.json, tls/key.pem, tls/cert.pem, "
		  "tls/bound.sock and attest.sock (default: /run/hallmark)."),
	HM_OPTION(struct options, serve, "--serve", NULL,
		  "Then answer GET /.well-known/hallmark/proof[?nonce=<64 hex digits>] on DIR/attest.sock, and "
		  "hallmark-guest tls on DIR/tls/bound.sock."),
	HM_OPTION(struct options, rate, "--rate", "N",
		  "At most so many proofs for nonces a second; ten times as many at once (default: 100)."),
	HM_OPTION(struct options, bank, "--bank", "NAME",
		  "The bank to quote, sha256 or sha384 (default: sha256 where the platform has quotes over it)."),
	HM_OPTION(struct options, platform, "--platform", "NAME",
		  "Where the attestation key is: a name of hallmark platform list (default: the platform whose "
		  "handles and indices the TPM has)."),
	HM_OPTION(struct options, vcek, "--vcek", "FILE",
		  "PEM: VCEK, ASK and ARK of this machine, for the proof (default: the verifier has them)."),
	HM_OPTION(struct options, intermediates, "--intermediates", "FILE",
		  "PEM certificates between the attestation key's and the root."),
	HM_OPTION(struct options, firmware_log, "--firmware-log", "FILE",
		  "Default: /sys/kernel/security/tpm0/binary_bios_measurements, which may be absent."),
	HM_OPTION(struct options, tcti, "--tcti", "TEXT", "How to reach the TPM (default: device:/dev/tpmrm0)."),
	HM_OPTION(struct options, tsm, "--tsm", "DIR",
		  "Where the kernel makes a TD's quotes (default: /sys/kernel/config/tsm/report/hallmark)."),
	HM_OPTION(struct options, ccel, "--ccel", "FILE",
		  "The TD's log (default: /sys/firmware/acpi/tables/data/CCEL)."),
	HM_OPTION(struct options, names, "--name", "DNS",
		  "A name for the self-signed certificate and for --csr. May be repeated."),
	HM_OPTION(struct options, csr, "--csr", "FILE",
		  "Write a request for a certificate of this boot's key, for an operator's CA."),
	HM_OPTION(struct options, certificate, "--certificate", "FILE",
		  "Use this chain (PEM, leaf first) from now on. It must be for this boot's key."),
	HM_OPTION(struct options, json, "--json", NULL, "Say what was done as JSON."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_attest = {
	.name = "attest",
	.summary = "measure the TLS key of this boot, quote, write and serve proofs",
	.description = "In the locked machine, before anything listens: makes the TLS key of this boot in memory, "
		       "records it in PCR 15 (once: a run after that finds it there), leaves key and certificate "
		       "for the TLS server, and writes a proof.",
	.example = "hallmark-guest attest --serve",
	.see_also = "hallmark-verify(1), docs/PLATFORMS.md",
	.args = {.tables = {{options, 0}}},
	.size = sizeof(struct options),
	.run = command,
};
