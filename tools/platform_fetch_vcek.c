/* SPDX-License-Identifier: BSD-2-Clause */
/* platform_fetch_vcek.c - hallmark platform fetch-vcek: the certificates of the chip that signed a proof's report */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/error.h"
#include "core/snp.h"
#include "tools/commands.h"
#include "lib/base/base64.h"
#include "host/base/args.h"
#include "lib/crypto/vcek.h"
#include "host/base/curl.h"
#include "host/client/proof_file.h"

#define URL_MAX 1024u
#define FETCH_MAX (64u * 1024u)
#define TURIN_CHIP_LEN 8u

struct options {
	const char *cache, *product, *url;
	bool offline;
};

/* What AMD's server is asked, and the file where the answer is kept. AMD 57230, 4.1. */
struct names {
	char vcek_url[URL_MAX], chain_url[URL_MAX], file[URL_MAX];
};

static int choose_product(const struct hm_snp_report *report, const char *word, enum hm_snp_product *ret)
{
	for (size_t i = 0; i < HM_SNP_PRODUCT_COUNT; i++) {
		enum hm_snp_product product = (enum hm_snp_product)i;

		if (word ? !strcmp(word, hm_snp_product_name(product))
			 : report->has_cpuid && hm_snp_product_has_cpu(product, report->family, report->model)) {
			*ret = product;
			return HM_EXIT_OK;
		}
	}
	return hm_fail_text(HM_EXIT_USAGE, "--product",
			    word ? "is not Milan, Genoa or Turin" : "is needed: the report does not say the product");
}

static void hex(struct hm_bytes bytes, char *ret, size_t cap)
{
	struct hm_writer w = hm_writer_of(ret, cap - 1);

	hm_put_hex(&w, bytes);
	ret[w.len] = '\0';
}

static bool make_names(const struct hm_snp_report *report, enum hm_snp_product product, const struct options *o,
		       struct names *ret)
{
	const char *base = o->url ? o->url : "https://kdsintf.amd.com", *name = hm_snp_product_name(product);
	size_t chip_len = product == HM_SNP_TURIN ? TURIN_CHIP_LEN : HM_SNP_CHIP_ID_LEN;
	char chip[2 * HM_SNP_CHIP_ID_LEN + 1], fmc[32] = "";
	struct hm_snp_tcb tcb;

	if (hm_snp_tcb_decode(product, report->reported_tcb, &tcb))
		return false;
	hex(hm_bytes_of(report->chip_id.p, chip_len), chip, sizeof(chip));
	if (product == HM_SNP_TURIN)
		snprintf(fmc, sizeof(fmc), "fmcSPL=%02u&", tcb.fmc);
	return (size_t)snprintf(ret->vcek_url, URL_MAX,
				"%s/vcek/v1/%s/%s?%sblSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u", base, name, chip,
				fmc, tcb.bootloader, tcb.tee, tcb.snp, tcb.microcode) < URL_MAX &&
	       (size_t)snprintf(ret->chain_url, URL_MAX, "%s/vcek/v1/%s/cert_chain", base, name) < URL_MAX &&
	       (size_t)snprintf(ret->file, URL_MAX, "%s/%s-%.32s-%016llx.pem", o->cache, name, chip,
				(unsigned long long)report->reported_tcb) < URL_MAX;
}

/* The VCEK must be the one for this report; otherwise the next verification would say less clearly what is wrong. */
static int join(const struct names *names, const struct hm_snp_report *report, struct hm_bytes vcek,
		struct hm_bytes chain)
{
	struct hm_path path = {.count = 0};
	struct hm_vcek decoded;
	struct hm_error error = {.text = "not the ASK and the ARK"};
	char *text = NULL;
	size_t len = 0;
	FILE *out;
	int r;

	if (!hm_crypto_vcek_decode(vcek, &decoded, &error) || !hm_crypto_snp_signature(report, vcek, &error))
		return hm_fail_text(HM_EXIT_RUN, names->vcek_url, error.text);
	if (!hm_crypto_path_of_pem(chain, &path, &error) || path.count != 2) {
		hm_crypto_path_free(&path);
		return hm_fail_text(HM_EXIT_RUN, names->chain_url, error.text);
	}
	out = open_memstream(&text, &len);
	r = out && hm_base64_put_certificate(out, vcek) && hm_base64_put_certificate(out, path.cert[0]) &&
			    hm_base64_put_certificate(out, path.cert[1])
		    ? 0
		    : -ENOMEM;
	if (out && fclose(out) != 0)
		r = -ENOMEM;
	if (!r)
		r = hm_file_write_atomic(names->file, hm_bytes_of(text, len));
	free(text);
	hm_crypto_path_free(&path);
	return r < 0 ? hm_fail_errno(names->file, r) : HM_EXIT_OK;
}

static int fetch_both(const struct names *names, const struct hm_snp_report *report, const char *vcek_path,
		      const char *chain_path)
{
	struct hm_file vcek = {NULL, 0}, chain = {NULL, 0};
	struct hm_error error = {0};
	int status;

	if (hm_fetch(names->vcek_url, NULL, vcek_path, FETCH_MAX, &error) &&
	    hm_fetch(names->chain_url, NULL, chain_path, FETCH_MAX, &error) &&
	    hm_file_load(vcek_path, FETCH_MAX, &vcek, &error) && hm_file_load(chain_path, FETCH_MAX, &chain, &error))
		status = join(names, report, hm_file_bytes(&vcek), hm_file_bytes(&chain));
	else
		status = hm_report(&error);
	hm_file_free(&vcek);
	hm_file_free(&chain);
	return status;
}

static int fill_cache(const struct names *names, const struct hm_snp_report *report, const struct options *o)
{
	char vcek_path[2 * URL_MAX], chain_path[2 * URL_MAX];
	int status;

	if (mkdir(o->cache, 0755) < 0 && errno != EEXIST)
		return hm_fail_errno(o->cache, -errno);
	snprintf(vcek_path, sizeof(vcek_path), "%s.vcek.%d", names->file, (int)getpid());
	snprintf(chain_path, sizeof(chain_path), "%s.chain.%d", names->file, (int)getpid());
	status = fetch_both(names, report, vcek_path, chain_path);
	unlink(vcek_path);
	unlink(chain_path);
	return status;
}

static int find(const struct hm_snp_report *report, const struct options *o)
{
	enum hm_snp_product product = HM_SNP_MILAN;
	struct names names;
	int status;

	if (report->signer == HM_SNP_SIGNER_VLEK)
		return hm_fail_text(
			HM_EXIT_REJECTED, "PROOF",
			"there is no VCEK for it: the report is signed by a VLEK, which AMD gives to the cloud "
			"and the cloud to its guests");
	if (report->signer != HM_SNP_SIGNER_VCEK)
		return hm_fail_text(HM_EXIT_REJECTED, "PROOF", "there is no VCEK for it: the report is not signed");
	status = choose_product(report, o->product, &product);
	if (status)
		return status;
	if (!make_names(report, product, o, &names))
		return hm_fail_text(HM_EXIT_REJECTED, "PROOF",
				    "the report's TCB is not one of that product, or --cache or --url is too long");
	if (access(names.file, R_OK) != 0) {
		if (o->offline)
			return hm_fail_format(HM_EXIT_REJECTED, names.file, "is missing; it is made from %s",
					      names.vcek_url);
		status = fill_cache(&names, report, o);
	}
	if (!status)
		puts(names.file);
	return status;
}

static int with_proof(const char *path, const struct options *o)
{
	struct hm_proof *proof = NULL;
	struct hm_snp_report report;
	struct hm_bytes part;
	struct hm_hcl hcl;
	struct hm_error error = {0};
	int status = hm_proof_load(path, &proof, &error) ? HM_EXIT_OK : hm_report(&error);

	if (status)
		return status;
	if (!hm_proof_part_find(proof, "hcl_report", &part) || hm_hcl_decode(part, &hcl) ||
	    hcl.report_type != HM_HCL_TYPE_SNP || hm_snp_report_decode(hcl.report, &report))
		status = hm_fail_text(HM_EXIT_REJECTED, path, "there is no SEV-SNP report in it");
	else
		status = find(&report, o);
	hm_proof_free(proof);
	return status;
}

static int command(void *options, const struct hm_words *words)
{
	return with_proof(words->word[0], options);
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(struct options, cache, "--cache", "DIR",
			   "Where the files are, one for each chip and firmware version."),
	HM_OPTION(struct options, product, "--product", "NAME",
		  "Milan, Genoa or Turin. It is needed for reports of version 2, which do not say it."),
	HM_OPTION(struct options, offline, "--offline", NULL,
		  "Look into DIR only: status 1 and the missing address where it is not there."),
	HM_OPTION(struct options, url, "--url", "BASE", "The server instead of https://kdsintf.amd.com."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_platform_fetch_vcek = {
	.name = "platform fetch-vcek",
	.summary = "the certificates of the chip that signed a proof's report",
	.words = "PROOF",
	.description = "Finds the VCEK, ASK and ARK of the chip that signed the SEV-SNP report in PROOF: in DIR, "
		       "else from AMD's key server, by curl, into DIR. Prints the name of the PEM file, for "
		       "hallmark verify --vcek. What is fetched is not trusted here: the verifier checks it to a "
		       "pinned root. Only this, fetch-crls and fetch-token use a network.",
	.example = "hallmark platform fetch-vcek proof.json --product Milan --cache vceks",
	.see_also = "hallmark-verify(1), curl(1)",
	.args = {.tables = {{options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command,
};
