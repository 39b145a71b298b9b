/* SPDX-License-Identifier: BSD-2-Clause */
/* crl.c - revocation lists that the caller brings */
#include "lib/crypto/crl.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/base/error.h"
#include "lib/crypto/path_rules.h"
#include "lib/crypto/key_internal.h"

#define SUBJECT_MAX 128
#define PEM_BEGIN "-----BEGIN X509 CRL-----"
#define PEM_END "-----END X509 CRL-----"

struct hm_crls {
	X509_CRL *list[HM_CRLS_MAX];
	size_t count;
};

/* --- reading --- */

static bool is_base64(struct hm_bytes line)
{
	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = line.p[i];

		if (!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '+' &&
		    c != '/' && c != '=')
			return false;
	}
	return true;
}

/*
 * Begin and end take turns, with nothing but base64 between: OpenSSL would read a block without an end into the next
 * one, and takes a '-' for the end of what is encoded, and so loses a list.
 */
static bool only_blocks(struct hm_bytes pem)
{
	bool inside = false;
	struct hm_bytes line;

	while (hm_next_field(&pem, '\n', &line)) {
		if (line.len && line.p[line.len - 1] == '\r')
			line.len--;
		if (line.len >= 5 && !memcmp(line.p, "-----", 5)) {
			if (!hm_bytes_equal_text(line, inside ? PEM_END : PEM_BEGIN))
				return false;
			inside = !inside;
		} else if (line.len && (!inside || !is_base64(line))) {
			return false;
		}
	}
	return !inside;
}

static bool read_blocks(BIO *bio, struct hm_crls *crls, struct hm_error *error)
{
	for (;;) {
		X509_CRL *list = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);

		if (!list)
			break;
		if (crls->count == HM_CRLS_MAX || !hm_crypto_crl_is_whole(list)) {
			X509_CRL_free(list);
			return crls->count == HM_CRLS_MAX
				       ? hm_error_set(error, "more than %u revocation lists", HM_CRLS_MAX)
				       : hm_error_set(
						 error,
						 "revocation list %zu is not a whole one (delta, partial, indirect)",
						 crls->count + 1);
		}
		crls->list[crls->count++] = list;
	}
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE || !crls->count)
		return hm_error_set(error, "not 1 to %u revocation lists in PEM", HM_CRLS_MAX);
	return true;
}

bool hm_crypto_crls_parse(struct hm_bytes pem, struct hm_crls **ret, struct hm_error *error)
{
	struct hm_crls *crls;
	BIO *bio;
	bool good;

	if (!pem.len || pem.len > HM_CRL_FILE_MAX || !only_blocks(pem))
		return hm_error_set(error, "not 1 to %u revocation lists in PEM", HM_CRLS_MAX);
	crls = calloc(1, sizeof(*crls));
	bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	good = crls && bio ? read_blocks(bio, crls, error) : hm_error_set(error, "out of memory");
	BIO_free(bio);
	ERR_clear_error();
	if (good)
		*ret = crls;
	else
		hm_crypto_crls_free(crls);
	return good;
}

void hm_crypto_crls_free(struct hm_crls *crls)
{
	if (!crls)
		return;
	for (size_t i = 0; i < crls->count; i++)
		X509_CRL_free(crls->list[i]);
	free(crls);
}

/* --- checking --- */

static const char *name_of(const X509_NAME *name, char ret[4 * SUBJECT_MAX])
{
	char text[SUBJECT_MAX] = "";

	/* The last common name is the most particular; where there is none, the whole name. */
	if (X509_NAME_get_text_by_NID(name, NID_commonName, text, sizeof(text)) < 0)
		X509_NAME_oneline(name, text, sizeof(text));
	hm_escape(hm_bytes_of_text(text), ret, 4 * SUBJECT_MAX);
	return ret;
}

static bool names_a_point(const X509 *cert)
{
	return X509_get_ext_by_NID(cert, NID_crl_distribution_points, -1) >= 0;
}

struct lists {
	size_t of_issuer, signed_by_it, current;
	bool listed;
};

static struct lists look(const struct hm_crls *crls, X509 *cert, X509 *issuer, int64_t as_of)
{
	struct lists found = {.of_issuer = 0};

	for (size_t i = 0; i < crls->count; i++) {
		X509_REVOKED *entry = NULL;

		if (X509_NAME_cmp(X509_CRL_get_issuer(crls->list[i]), X509_get_subject_name(issuer)) != 0)
			continue;
		found.of_issuer++;
		if (!hm_crypto_crl_is_by(crls->list[i], issuer))
			continue;
		found.signed_by_it++;
		if (!hm_crypto_crl_current(crls->list[i], as_of))
			continue;
		found.current++;
		/* 2: taken off the list again (RFC 5280, 5.3.1, removeFromCRL), which only a delta list may say: it
		 * counts as listed. */
		found.listed |= X509_CRL_get0_by_cert(crls->list[i], &entry, cert) != 0;
	}
	return found;
}

static bool check_one(const struct hm_crls *crls, X509 *cert, X509 *issuer, int64_t as_of, struct hm_error *error)
{
	char subject[4 * SUBJECT_MAX], by[4 * SUBJECT_MAX];
	struct lists found = look(crls, cert, issuer, as_of);

	name_of(X509_get_subject_name(cert), subject);
	name_of(X509_get_subject_name(issuer), by);
	if (found.listed)
		return hm_error_set(error, "the certificate of %.100s is revoked by %.100s", subject, by);
	if (found.current || (!found.of_issuer && !names_a_point(cert)))
		return true;
	if (!found.of_issuer)
		return hm_error_set(error, "no revocation list of %.100s was given, for %.100s", by, subject);
	return hm_error_set(error, "the revocation list of %.100s is not %s", by,
			    found.signed_by_it ? "current at that time"
					       : "signed by it, as a CA that may sign lists, with SHA-256 or more");
}

static X509 *decode(struct hm_bytes der)
{
	const unsigned char *p = der.p;

	return der.len && der.len <= LONG_MAX ? d2i_X509(NULL, &p, (long)der.len) : NULL;
}

bool hm_crypto_crls_check(const struct hm_crls *crls, const struct hm_bytes *cert, size_t count, int64_t as_of,
			  struct hm_error *error)
{
	bool good = true;

	for (size_t i = 0; crls && good && i + 1 < count; i++) {
		X509 *subject = decode(cert[i]), *issuer = decode(cert[i + 1]);

		good = subject && issuer ? check_one(crls, subject, issuer, as_of, error)
					 : hm_error_set(error, "certificate %zu is not DER", i);
		X509_free(subject);
		X509_free(issuer);
	}
	ERR_clear_error();
	return good;
}

/* --- for who fetches --- */

static bool take_url(const GENERAL_NAME *name, char ret[HM_CRL_URL_MAX])
{
	const ASN1_IA5STRING *text;
	const char *p;
	size_t len;

	if (name->type != GEN_URI)
		return false;
	text = name->d.uniformResourceIdentifier;
	p = (const char *)ASN1_STRING_get0_data(text);
	len = (size_t)ASN1_STRING_length(text);
	if (len >= HM_CRL_URL_MAX || (strncmp(p, "http://", 7) != 0 && strncmp(p, "https://", 8) != 0))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (p[i] <= ' ' || p[i] > '~')
			return false;
	}
	memcpy(ret, p, len);
	ret[len] = '\0';
	return true;
}

size_t hm_crypto_crl_urls(struct hm_bytes der, char ret[HM_CRL_URLS_MAX][HM_CRL_URL_MAX])
{
	X509 *cert = decode(der);
	CRL_DIST_POINTS *points = cert ? X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL) : NULL;
	size_t count = 0;

	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);
		const GENERAL_NAMES *names =
			point->distpoint && point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;

		for (int k = 0; k < sk_GENERAL_NAME_num(names) && count < HM_CRL_URLS_MAX; k++)
			count += take_url(sk_GENERAL_NAME_value(names, k), ret[count]);
	}
	CRL_DIST_POINTS_free(points);
	X509_free(cert);
	ERR_clear_error();
	return count;
}

static X509_CRL *read_any(struct hm_bytes answer)
{
	const unsigned char *p = answer.p;
	X509_CRL *list = answer.len && answer.len <= INT_MAX ? d2i_X509_CRL(NULL, &p, (long)answer.len) : NULL;
	BIO *bio;

	if (list || !answer.len || answer.len > INT_MAX)
		return list;
	bio = BIO_new_mem_buf(answer.p, (int)answer.len);
	list = bio ? PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL) : NULL;
	BIO_free(bio);
	return list;
}

static bool is_signed(X509_CRL *list, const struct hm_bytes *cert, size_t count)
{
	bool good = false;

	for (size_t i = 0; !good && i < count; i++) {
		X509 *issuer = decode(cert[i]);

		good = issuer && hm_crypto_crl_is_by(list, issuer);
		X509_free(issuer);
	}
	return good;
}

static bool write_answer(X509_CRL *list, struct hm_crl_answer *ret)
{
	BIO *bio = BIO_new(BIO_s_mem());
	const char *data = NULL;
	int64_t this_update;
	long len;

	ret->pem = NULL;
	if (bio && PEM_write_bio_X509_CRL(bio, list) == 1 &&
	    hm_crypto_time_seconds(X509_CRL_get0_lastUpdate(list), &this_update)) {
		len = BIO_get_mem_data(bio, &data);
		ret->pem = len > 0 ? strndup(data, (size_t)len) : NULL;
		ret->this_update = this_update;
	}
	BIO_free(bio);
	return ret->pem != NULL;
}

bool hm_crypto_crl_answer(struct hm_bytes answer, const struct hm_bytes *cert, size_t count, int64_t now,
			  struct hm_crl_answer *ret, struct hm_error *error)
{
	X509_CRL *list = read_any(answer);
	bool good;

	if (!list)
		good = hm_error_set(error, "no revocation list");
	else if (!hm_crypto_crl_is_whole(list))
		good = hm_error_set(
			error,
			"a revocation list that is no whole one (delta, partial, indirect, or with a critical extension)");
	else if (!hm_crypto_crl_current(list, now))
		good = hm_error_set(error, "a revocation list that is not current");
	else if (!is_signed(list, cert, count))
		good = hm_error_set(error, "a revocation list that no certificate at hand has signed (--certificates)");
	else
		good = write_answer(list, ret) || hm_error_set(error, "a revocation list that cannot be written");
	X509_CRL_free(list);
	ERR_clear_error();
	return good;
}

void hm_crypto_crl_answer_free(struct hm_crl_answer *answer)
{
	free(answer->pem);
	answer->pem = NULL;
}
