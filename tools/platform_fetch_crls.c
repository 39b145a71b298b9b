/* SPDX-License-Identifier: BSD-2-Clause */
/* platform_fetch_crls.c - hallmark platform fetch-crls: the revocation lists that a proof's certificates name */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/error.h"
#include "core/tdx.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/crl.h"
#include "lib/crypto/pinned_path.h"
#include "host/base/curl.h"
#include "lib/platform/aws_nitro.h"
#include "host/client/proof_file.h"

#define ADDRESSES_MAX HM_CRLS_MAX
#define NAME_MAX_LEN 1024u
#define CERTIFICATES_MAX 128u
#define FRESH_SECONDS (24 * 60 * 60)
/*
 * The servers that certificates of the platform table's vendors name. A star is one label or a part of one, and the
 * same text each time: AWS has a bucket a region, and a bucket's name is anybody's to take where AWS has not taken it.
 */
static const char *const vendors[] = {"kdsintf.amd.com",
				      "www.microsoft.com",
				      "crl.microsoft.com",
				      "api.trustedservices.intel.com",
				      "certificates.trustedservices.intel.com",
				      "aws-nitro-enclaves-crl.s3.amazonaws.com",
				      "crl-*-aws-nitro-enclaves.s3.*.amazonaws.com",
				      "pki.goog",
				      "privateca-content-62d71773-0000-21da-852e-f4f5e80d7778.storage.googleapis.com"};

struct options {
	const char *cache, *output;
	struct hm_list certificates, hosts;
	bool offline;
};

/* The addresses, and every certificate that could have signed what they answer. */
struct addresses {
	char url[ADDRESSES_MAX][HM_CRL_URL_MAX];
	size_t count;
	struct hm_blob held[CERTIFICATES_MAX];
	struct hm_bytes cert[CERTIFICATES_MAX];
	size_t cert_count;
};

static int hold(struct addresses *all, struct hm_bytes cert)
{
	struct hm_blob *held = &all->held[all->cert_count];

	if (all->cert_count == CERTIFICATES_MAX)
		return hm_fail_format(HM_EXIT_REJECTED, "PROOF", "there are more than %u certificates",
				      CERTIFICATES_MAX);
	if (!hm_blob_set(held, cert))
		return hm_fail_text(HM_EXIT_RUN, "platform fetch-crls", "out of memory");
	all->cert[all->cert_count++] = hm_blob_bytes(held);
	return HM_EXIT_OK;
}

static int add(struct addresses *all, struct hm_bytes cert)
{
	char urls[HM_CRL_URLS_MAX][HM_CRL_URL_MAX];
	size_t count = hm_crypto_crl_urls(cert, urls);
	int status = hold(all, cert);

	if (status)
		return status;
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < all->count && strcmp(all->url[k], urls[i]) != 0)
			k++;
		if (k < all->count)
			continue;
		if (all->count == ADDRESSES_MAX)
			return hm_fail_format(HM_EXIT_REJECTED, "PROOF", "its certificates name more than %u lists",
					      ADDRESSES_MAX);
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
	struct hm_path path = {.count = 0};
	struct hm_error error = {0};
	int status;

	if (!hm_crypto_path_of_pem(pem, &path, &error))
		return hm_fail_text(failure, thing, error.text);
	status = add_path(all, &path);
	hm_crypto_path_free(&path);
	return status;
}

/* A part is a certificate, or evidence with a path in it; one that cannot be read is the verifier's to refuse. */
static int add_part(struct addresses *all, const struct hm_proof_part *part, const char *proof)
{
	static const char *const certificates[] = {"vcek", "ask", "ark"};
	struct hm_bytes data = hm_blob_bytes(&part->data);
	struct hm_tdx_quote quote;
	struct hm_nitro nitro;
	struct hm_error error = {0};
	bool enclave;

	for (size_t i = 0; i < HM_ARRAY_LEN(certificates); i++) {
		if (!strcmp(part->name, certificates[i]))
			return add(all, data);
	}
	if (!strcmp(part->name, "nitro_document") && hm_nitro_decode(data, &nitro, &enclave, &error))
		return add_path(all, &nitro.path);
	if (!strcmp(part->name, "quote") && !hm_tdx_quote_decode(data, &quote))
		return add_pem(all, quote.pck_chain, proof, HM_EXIT_REJECTED);
	return HM_EXIT_OK;
}

static int collect(const char *path, const struct options *o, struct addresses *all)
{
	struct hm_proof *proof = NULL;
	struct hm_error error = {0};
	int status = hm_proof_load(path, &proof, &error) ? HM_EXIT_OK : hm_report(&error);

	if (status)
		return status;
	for (size_t i = 0; !status && i < proof->ak_certificate_count; i++)
		status = add(all, hm_blob_bytes(&proof->ak_certificate[i]));
	for (size_t i = 0; !status && i < proof->part_count; i++)
		status = add_part(all, &proof->part[i], path);
	hm_proof_free(proof);
	for (size_t i = 0; !status && i < o->certificates.count; i++) {
		struct hm_file file;

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
	size_t pattern_len = strlen(pattern), stars = 0, star = strcspn(pattern, "*"), part;

	for (size_t i = 0; i < pattern_len; i++)
		stars += pattern[i] == '*';
	if (len < pattern_len || (stars && (len - (pattern_len - stars)) % stars != 0) ||
	    (!stars && len != pattern_len))
		return false;
	part = stars ? (len - (pattern_len - stars)) / stars : 0;
	if (memchr(host + star, '.', part))
		return false;
	for (size_t i = 0, at = 0; i < pattern_len; i++) {
		size_t n = pattern[i] == '*' ? part : 1;

		if (strncasecmp(host + at, pattern[i] == '*' ? host + star : pattern + i, n) != 0)
			return false;
		at += n;
	}
	return true;
}

static bool is_usual(const char *port, size_t len)
{
	return len == 0 || (len == 3 && !strncmp(port, ":80", 3)) || (len == 4 && !strncmp(port, ":443", 4));
}

/* Of "http://HOST[:PORT]/...", HOST of letters, digits, points and dashes alone: curl would resolve %xx, and cut a user
 * off. */
static bool is_allowed(const char *url, const struct options *o)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	const char *host = strstr(url, "://") + 3;
	size_t all = strcspn(host, "/?#"), len = strspn(host, plain);
	bool usual = len <= all && is_usual(host + len, all - len);

	for (size_t i = 0; usual && i < HM_ARRAY_LEN(vendors); i++) {
		if (matches(host, len, vendors[i]))
			return true;
	}
	for (size_t i = 0; i < o->hosts.count; i++) {
		const char *word = o->hosts.word[i];
		size_t want = strchr(word, ':') ? all : len;

		if ((usual || want == all) && strlen(word) == want && !strncasecmp(host, word, want))
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

	if (!hm_sha256(&text, 1, digest))
		return false;
	hm_put_hex(&w, hm_bytes_of(digest, 32));
	hex[w.len] = '\0';
	return (size_t)snprintf(ret, NAME_MAX_LEN, "%s/%s.crl", o->cache, hex) < NAME_MAX_LEN;
}

static bool read_answer(const char *path, const struct addresses *all, struct hm_crl_answer *ret,
			struct hm_error *error)
{
	struct hm_file file;
	bool good;
	int r = hm_file_read(path, HM_CRL_FILE_MAX, &file);

	if (r < 0)
		return hm_error_set(error, "what cannot be read: %s", strerror(-r));
	good = hm_crypto_crl_answer(hm_file_bytes(&file), all->cert, all->cert_count, (int64_t)time(NULL), ret, error);
	hm_file_free(&file);
	return good;
}

/* Asked for within a day. A file from the future says nothing. */
static bool is_fresh(const char *name)
{
	struct stat file;
	time_t now = time(NULL);

	return stat(name, &file) == 0 && file.st_mtime <= now && now - file.st_mtime < FRESH_SECONDS;
}

static int fetch_one(const char *url, const char *name, const struct addresses *all, struct hm_crl_answer *ret)
{
	struct hm_error error = {0};
	char partial[NAME_MAX_LEN + 32];
	int status;

	snprintf(partial, sizeof(partial), "%s.%d", name, (int)getpid());
	status = hm_fetch(url, NULL, partial, HM_CRL_FILE_MAX, &error) ? HM_EXIT_OK : hm_report(&error);
	if (!status && !read_answer(partial, all, ret, &error))
		status = hm_fail_format(HM_EXIT_RUN, url, "answers with %s", error.text);
	unlink(partial);
	return status;
}

/* `kept`, with or without a list in it, becomes the one to use: the answer, if it is not older. */
static int renew(const char *url, const char *name, const struct addresses *all, struct hm_crl_answer *kept)
{
	struct hm_crl_answer answer = {.pem = NULL};
	int status = fetch_one(url, name, all, &answer), r;

	if (!status && kept->pem && answer.this_update < kept->this_update) {
		hm_crypto_crl_answer_free(&answer);
		status = hm_fail_text(HM_EXIT_RUN, url,
				      "answers with an older revocation list than the one in the cache");
	}
	if (status && kept->pem) {
		/* A line and no failure: its status is not the command's. */
		(void)hm_fail_text(HM_EXIT_RUN, url,
				   "warning: the list in the cache, which is still current, is used instead");
		return HM_EXIT_OK;
	}
	if (status)
		return status;
	hm_crypto_crl_answer_free(kept);
	*kept = answer;
	r = hm_file_write_atomic(name, hm_bytes_of_text(answer.pem));
	return r < 0 ? hm_fail_errno(name, r) : HM_EXIT_OK;
}

static int get(const char *url, const struct options *o, const struct addresses *all, FILE *out)
{
	struct hm_crl_answer list = {.pem = NULL};
	struct hm_error error = {0};
	char name[NAME_MAX_LEN];
	int status = HM_EXIT_OK;
	bool have;

	if (!is_allowed(url, o))
		return hm_fail_text(HM_EXIT_REJECTED, url, "is no address of a vendor's (--allow-host)");
	if (!name_of(url, o, name))
		return hm_fail_errno(o->cache, -ENAMETOOLONG);
	have = read_answer(name, all, &list, &error);
	if (!have && o->offline && access(name, F_OK) != 0)
		return hm_fail_text(HM_EXIT_REJECTED, url, "is missing in the cache");
	if (!have && o->offline)
		return hm_fail_format(HM_EXIT_REJECTED, url, "has in the cache %s", error.text);
	if (!o->offline && (!have || !is_fresh(name)))
		status = renew(url, name, all, &list);
	if (!status)
		fputs(list.pem, out);
	hm_crypto_crl_answer_free(&list);
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
		int one = get(all->url[i], o, all, out);

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
	for (size_t i = 0; i < all->cert_count; i++)
		free(all->held[i].p);
	free(all);
	return status;
}

static int command(void *options, const struct hm_words *words)
{
	return fetch_all(words->word[0], options);
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(struct options, cache, "--cache", "DIR",
			   "Where the lists are kept, one file for each address."),
	HM_OPTION_REQUIRED(struct options, output, "--output", "FILE", "All of them."),
	HM_OPTION(struct options, certificates, "--certificates", "FILE",
		  "PEM: certificates that the proof does not carry (--roots, --intermediates, --vcek of "
		  "verify). May be repeated."),
	HM_OPTION(struct options, hosts, "--allow-host", "HOST",
		  "One more server, HOST or HOST:PORT, that may be asked. A proof is not trusted yet, so only "
		  "the servers that certificates of AMD, Microsoft, Intel, AWS and Google name are asked, on "
		  "port 80 or 443. May be repeated."),
	HM_OPTION(struct options, offline, "--offline", NULL,
		  "Look into DIR only: status 1 and the missing addresses where one is not there or cannot be "
		  "used."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_platform_fetch_crls = {
	.name = "platform fetch-crls",
	.summary = "the revocation lists that a proof's certificates name",
	.words = "PROOF",
	.description = "Collects the revocation lists of every certificate in PROOF (of the attestation key, of the "
		       "hardware report) that says where its issuer's is: from that address, by curl, into DIR, or "
		       "from DIR where one has been there for less than a day. Writes them to FILE, in PEM, for "
		       "hallmark verify --crls. A list must be signed by one of the certificates at hand, be a "
		       "whole one and current; of two the later is kept. Where an address does not answer so, one "
		       "in DIR that is current is used, with a warning.",
	.example = "hallmark platform fetch-crls proof.json --certificates chip.pem --certificates roots.pem \\\n"
		   "    --cache crls --output crls.pem",
	.see_also = "hallmark-verify(1), curl(1)",
	.args = {.tables = {{options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command,
};
