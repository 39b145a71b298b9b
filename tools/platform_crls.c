/* SPDX-License-Identifier: BSD-2-Clause */
/* platform_crls.c - hallmark platform fetch-crls: the revocation lists that a proof's certificates name */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/tdx.h"
#include "tools/host/cli.h"
#include "tools/host/crypto.h"
#include "tools/host/crypto_crl.h"
#include "tools/host/crypto_path.h"
#include "tools/host/fetch.h"
#include "tools/host/nitro.h"
#include "tools/host/proof.h"

static const char help[] =
	"usage: hallmark platform fetch-crls PROOF --cache DIR --output FILE [--certificates FILE...] [--allow-host HOST...] [--offline]\n"
	"\n"
	"Collects the revocation lists of every certificate in PROOF (of the attestation key, of the hardware report) that says where its\n"
	"issuer's is: from DIR where one is there and current, else from that address, by curl, into DIR. Writes them to FILE, in PEM, for\n"
	"`hallmark verify --crls`. What is fetched is not trusted here: the verifier checks each list's signature and time.\n"
	"\n"
	"  --cache DIR          one file an address\n"
	"  --output FILE        all of them\n"
	"  --certificates FILE  PEM: certificates that the proof does not carry (--intermediates, --vcek of verify); repeat for more\n"
	"  --allow-host HOST    a proof is not trusted yet, so only addresses of AMD, Microsoft, Intel, AWS and Google are asked; one more\n"
	"  --offline            look into DIR only; status 1 and the missing addresses where one is not there or out of date\n"
	"\n"
	"example: hallmark platform fetch-crls proof.json --certificates chip.pem --cache crls --output crls.pem\n";

#define ADDRESSES_MAX HM_CRLS_MAX
#define NAME_MAX_LEN 1024u
/* Where the certificates of the platform table's vendors point to; a leading dot: and everything below. */
static const char *const vendors[] = { "kdsintf.amd.com", ".microsoft.com", ".azure.net", ".trustedservices.intel.com", ".amazonaws.com",
				       ".storage.googleapis.com", "pki.goog", ".pki.goog" };

struct options {
	const char *cache, *output;
	struct hm_list certificates, hosts;
	bool offline;
};

struct addresses {
	char url[ADDRESSES_MAX][HM_CRL_URL_MAX];
	size_t count;
};

static int add(struct addresses *all, struct hm_bytes cert)
{
	char urls[HM_CRL_URLS_MAX][HM_CRL_URL_MAX];
	size_t count = hm_crypto_crl_urls(cert, urls);

	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < all->count && strcmp(all->url[k], urls[i]) != 0)
			k++;
		if (k < all->count)
			continue;
		if (all->count == ADDRESSES_MAX)
			return hm_fail_format(HM_EXIT_REJECTED, "PROOF", "its certificates name more than %u lists", ADDRESSES_MAX);
		memcpy(all->url[all->count++], urls[i], HM_CRL_URL_MAX);
	}
	return HM_EXIT_OK;
}

static int add_path(struct addresses *all, const struct hm_path *path)
{
	int status = HM_EXIT_OK;

	for (size_t i = 0; !status && i < path->count; i++)
		status = add(all, path->cert[i]);
	return status;
}

static int add_pem(struct addresses *all, struct hm_bytes pem, const char *thing, int failure)
{
	struct hm_path path = { .count = 0 };
	char why[HM_WHY_MAX];
	int status;

	if (!hm_crypto_path_of_pem(pem, &path, why, sizeof(why)))
		return hm_fail_text(failure, thing, why);
	status = add_path(all, &path);
	hm_crypto_path_free(&path);
	return status;
}

/* A part is a certificate, or evidence with a path in it; one that cannot be read is the verifier's to refuse. */
static int add_part(struct addresses *all, const struct hm_proof_part *part, const char *proof)
{
	static const char *const certificates[] = { "vcek", "ask", "ark" };
	struct hm_bytes data = hm_blob_bytes(&part->data);
	struct hm_tdx_quote quote;
	struct hm_nitro nitro;
	char why[HM_WHY_MAX];
	bool enclave;

	for (size_t i = 0; i < HM_ARRAY_LEN(certificates); i++) {
		if (!strcmp(part->name, certificates[i]))
			return add(all, data);
	}
	if (!strcmp(part->name, "nitro_document") && hm_nitro_decode(data, &nitro, &enclave, why, sizeof(why)))
		return add_path(all, &nitro.path);
	if (!strcmp(part->name, "quote") && !hm_tdx_quote_decode(data, &quote))
		return add_pem(all, quote.pck_chain, proof, HM_EXIT_REJECTED);
	return HM_EXIT_OK;
}

static int collect(const char *path, const struct options *o, struct addresses *all)
{
	struct hm_proof *proof = NULL;
	struct hm_file file;
	char why[HM_WHY_MAX];
	int status = hm_input_read(path, HM_PROOF_MAX, &file);
	bool good;

	if (status)
		return status == HM_EXIT_INPUT ? HM_EXIT_REJECTED : status;
	good = hm_proof_parse(hm_file_bytes(&file), &proof, why, sizeof(why));
	hm_file_free(&file);
	if (!good)
		return hm_fail_format(HM_EXIT_REJECTED, path, "Malformed: proof: %s", why);
	for (size_t i = 0; !status && i < proof->ak_certificate_count; i++)
		status = add(all, hm_blob_bytes(&proof->ak_certificate[i]));
	for (size_t i = 0; !status && i < proof->part_count; i++)
		status = add_part(all, &proof->part[i], path);
	hm_proof_free(proof);
	for (size_t i = 0; !status && i < o->certificates.count; i++) {
		status = hm_input_read(o->certificates.word[i], HM_PATH_MAX * HM_CERT_MAX, &file);
		if (status)
			break;
		status = add_pem(all, hm_file_bytes(&file), o->certificates.word[i], HM_EXIT_INPUT);
		hm_file_free(&file);
	}
	return status;
}

/* --- one list --- */

static bool matches(const char *host, size_t len, const char *pattern)
{
	size_t tail = strlen(pattern);

	if (pattern[0] != '.')
		return len == tail && !strncasecmp(host, pattern, len);
	return len > tail && !strncasecmp(host + len - tail, pattern, tail);
}

/* The host of "http://HOST[:PORT]/..."; an address with a user in it has none. */
static bool is_allowed(const char *url, const struct options *o)
{
	const char *host = strstr(url, "://") + 3;
	size_t all = strcspn(host, "/?#"), len = strcspn(host, ":/?#");

	if (memchr(host, '@', all) || memchr(host, '\\', all))
		return false;
	for (size_t i = 0; i < HM_ARRAY_LEN(vendors); i++) {
		if (matches(host, len, vendors[i]))
			return true;
	}
	for (size_t i = 0; i < o->hosts.count; i++) {
		if (matches(host, len, o->hosts.word[i]))
			return true;
	}
	return false;
}

static bool name_of(const char *url, const struct options *o, char ret[NAME_MAX_LEN])
{
	struct hm_bytes text = hm_bytes_of_text(url);
	uint8_t digest[HM_DIGEST_MAX];
	char hex[65];
	struct hm_writer w = hm_writer_of(hex, sizeof(hex) - 1);

	if (hm_crypto_hasher.hash(NULL, HM_SHA256, &text, 1, 0, digest))
		return false;
	hm_put_hex(&w, hm_bytes_of(digest, 32));
	hex[w.len] = '\0';
	return (size_t)snprintf(ret, NAME_MAX_LEN, "%s/%s.crl", o->cache, hex) < NAME_MAX_LEN;
}

/* The cached list; NULL where there is none that can be used now. */
static char *cached(const char *name)
{
	struct hm_file file;
	bool current = false;
	char *pem;

	if (hm_file_read(name, HM_CRL_FILE_MAX, &file) < 0)
		return NULL;
	pem = hm_crypto_crl_pem(hm_file_bytes(&file), (int64_t)time(NULL), &current);
	hm_file_free(&file);
	if (!current) {
		hm_crypto_crl_text_free(pem);
		return NULL;
	}
	return pem;
}

static int fetch_one(const char *url, const char *name, char **ret)
{
	char partial[NAME_MAX_LEN + 32];
	struct hm_file file;
	bool current = false;
	char *pem = NULL;
	int status;

	snprintf(partial, sizeof(partial), "%s.%d", name, (int)getpid());
	status = hm_fetch(url, NULL, partial, HM_CRL_FILE_MAX);
	if (!status)
		status = hm_input_read(partial, HM_CRL_FILE_MAX, &file) ? HM_EXIT_RUN : HM_EXIT_OK;
	if (!status) {
		pem = hm_crypto_crl_pem(hm_file_bytes(&file), (int64_t)time(NULL), &current);
		hm_file_free(&file);
		if (!pem || !current)
			status = hm_fail_text(HM_EXIT_RUN, url, pem ? "answers with a revocation list that is not current" : "answers with no revocation list");
	}
	unlink(partial);
	if (!status) {
		int r = hm_file_write_atomic(name, hm_bytes_of_text(pem));

		status = r < 0 ? hm_fail_errno(name, r) : HM_EXIT_OK;
	}
	if (status)
		hm_crypto_crl_text_free(pem);
	else
		*ret = pem;
	return status;
}

static int get(const char *url, const struct options *o, FILE *out)
{
	char name[NAME_MAX_LEN], *pem;
	int status = HM_EXIT_OK;

	if (!is_allowed(url, o))
		return hm_fail_text(HM_EXIT_REJECTED, url, "is no address of a vendor's (--allow-host)");
	if (!name_of(url, o, name))
		return hm_fail_errno(o->cache, -ENAMETOOLONG);
	pem = cached(name);
	if (!pem && o->offline)
		return hm_fail_text(HM_EXIT_REJECTED, url, "is missing in the cache, or out of date there");
	if (!pem)
		status = fetch_one(url, name, &pem);
	if (!status)
		fputs(pem, out);
	if (!status)
		hm_crypto_crl_text_free(pem);
	return status;
}

static int write_all(const struct addresses *all, const struct options *o)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int status = HM_EXIT_OK, r = 0;

	if (!out)
		return hm_fail_errno(o->output, -ENOMEM);
	/* Every address that is missing is named, not the first alone. */
	for (size_t i = 0; i < all->count; i++) {
		int one = get(all->url[i], o, out);

		status = status ? status : one;
	}
	if (fclose(out) != 0)
		r = -ENOMEM;
	if (!status && !r)
		r = hm_file_write_atomic(o->output, hm_bytes_of(text, len));
	free(text);
	return r < 0 ? hm_fail_errno(o->output, r) : status;
}

static int fetch_all(const char *path, const struct options *o)
{
	struct addresses *all = calloc(1, sizeof(*all));
	int status;

	if (!all)
		return hm_fail_text(HM_EXIT_RUN, "platform fetch-crls", "out of memory");
	status = collect(path, o, all);
	if (!status && !all->count)
		status = hm_fail_text(HM_EXIT_REJECTED, path, "no certificate in it says where a revocation list is");
	if (!status && !o->offline && mkdir(o->cache, 0755) < 0 && errno != EEXIST)
		status = hm_fail_errno(o->cache, -errno);
	if (!status)
		status = write_all(all, o);
	if (!status)
		printf("%zu revocation lists in %s\n", all->count, o->output);
	free(all);
	return status;
}

int hm_cmd_platform_crls(int argc, char **argv)
{
	struct options o = { .offline = false };
	const struct hm_option options[] = {
		{ .name = "--cache", .value = &o.cache, .required = true },
		{ .name = "--output", .value = &o.output, .required = true },
		{ .name = "--certificates", .list = &o.certificates },
		{ .name = "--allow-host", .list = &o.hosts },
		{ .name = "--offline", .flag = &o.offline },
	};
	const struct hm_args args = { .command = "platform fetch-crls", .help = help, .options = options,
				      .option_count = HM_ARRAY_LEN(options), .words_min = 1, .words_max = 1 };
	struct hm_list words;
	int status = hm_args_parse(&args, argc, argv, &words);

	return status == HM_ARGS_GO ? fetch_all(words.word[0], &o) : status;
}
