/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_key.c - the enclave's TLS key and its certificates */
#include "host/crypto/tls_key.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#define GROUP "prime256v1"
#define SERIAL_LEN 16
/* RFC 5280, 4.1.2.5: no well-defined expiration date. The start is before any enclave. */
#define NOT_BEFORE "20200101000000Z"
#define NOT_AFTER "99991231235959Z"
#define COMMON_NAME "hallmark enclave"
/* A TLS server looks for the name that the client sent, then for wildcards of as many labels. */
#define ANY_NAME "DNS:hallmark.invalid,DNS:*,DNS:*.*,DNS:*.*.*,DNS:*.*.*.*"

struct hm_tls_key {
	EVP_PKEY *pkey;
};

/* --- keys --- */

EVP_PKEY *hm_tls_key_pkey(const struct hm_tls_key *key)
{
	return key->pkey;
}

static struct hm_tls_key *key_of(EVP_PKEY *pkey)
{
	struct hm_tls_key *key = pkey ? malloc(sizeof(*key)) : NULL;

	if (!key) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	key->pkey = pkey;
	return key;
}

struct hm_tls_key *hm_tls_key_make(void)
{
	return key_of(EVP_EC_gen(GROUP));
}

/* No prompt: an encrypted key is not ours. */
static int no_password(char *buf, int size, int rwflag, void *ctx)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	(void)ctx;
	return -1;
}

static bool is_p256(const EVP_PKEY *pkey)
{
	char group[32];
	size_t len = 0;

	return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
	       EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) == 1 && !strcmp(group, GROUP);
}

struct hm_tls_key *hm_tls_key_read(struct hm_bytes pem)
{
	BIO *bio = pem.len <= HM_TLS_CERTIFICATE_MAX ? BIO_new_mem_buf(pem.p, (int)pem.len) : NULL;
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	if (pkey && !is_p256(pkey)) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	return key_of(pkey);
}

void hm_tls_key_free(struct hm_tls_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

/* The text of a memory BIO, which it takes. */
static char *bio_text(BIO *bio, bool good)
{
	char *data = NULL, *text = NULL;
	long len = good ? BIO_get_mem_data(bio, &data) : -1;

	if (len > 0)
		text = OPENSSL_malloc((size_t)len + 1);
	if (text) {
		memcpy(text, data, (size_t)len);
		text[len] = '\0';
	}
	BIO_free(bio);
	return text;
}

char *hm_tls_key_format(const struct hm_tls_key *key)
{
	BIO *bio = BIO_new(BIO_s_secmem());

	if (!bio)
		return NULL;
	return bio_text(bio, PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) == 1);
}

void hm_tls_text_free(char *text)
{
	if (text)
		OPENSSL_clear_free(text, strlen(text) + 1);
}

static bool spki_of(EVP_PKEY *pkey, uint8_t ret[32])
{
	unsigned char *der = NULL;
	int len = pkey ? i2d_PUBKEY(pkey, &der) : -1;
	bool good = len > 0 && EVP_Digest(der, (size_t)len, ret, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return good;
}

bool hm_tls_key_spki(const struct hm_tls_key *key, uint8_t ret[32])
{
	return spki_of(key->pkey, ret);
}

/* --- certificates and requests --- */

static bool is_label(const char *p, size_t len)
{
	if (len == 0 || len > 63 || p[0] == '-' || p[len - 1] == '-')
		return false;
	return strspn(p, "abcdefghijklmnopqrstuvwxyz0123456789-") >= len;
}

bool hm_tls_is_name(const char *name)
{
	size_t len = strlen(name);

	if (len == 0 || len > HM_TLS_NAME_MAX)
		return false;
	for (;;) {
		size_t label = strcspn(name, ".");

		if (!is_label(name, label))
			return false;
		if (name[label] == '\0')
			return true;
		name += label + 1;
	}
}

/* "DNS:a,DNS:b"; names have passed hm_tls_is_name. */
static bool alt_names(const char *const *names, size_t count, char *ret, size_t cap)
{
	size_t used = 0;

	if (count == 0)
		return (size_t)snprintf(ret, cap, "%s", ANY_NAME) < cap;
	for (size_t i = 0; i < count; i++) {
		int n;

		if (!hm_tls_is_name(names[i]))
			return false;
		n = snprintf(ret + used, cap - used, "%sDNS:%s", i ? "," : "", names[i]);
		if (n < 0 || (size_t)n >= cap - used)
			return false;
		used += (size_t)n;
	}
	return true;
}

static X509_EXTENSION *extension(X509V3_CTX *ctx, int nid, const char *value)
{
	return X509V3_EXT_conf_nid(NULL, ctx, nid, value);
}

static bool set_subject(X509_NAME *name, const char *const *names, size_t count)
{
	const char *cn = count > 0 && strlen(names[0]) <= HM_TLS_COMMON_NAME_MAX ? names[0] : COMMON_NAME;

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0) == 1;
}

static bool set_serial(X509 *certificate)
{
	unsigned char serial[SERIAL_LEN];
	BIGNUM *number;
	bool good;

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return false;
	/* Positive and not zero: RFC 5280, 4.1.2.2. */
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
	number = BN_bin2bn(serial, sizeof(serial), NULL);
	good = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return good;
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool good;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, certificate, certificate, NULL, NULL, 0);
	ext = extension(&ctx, nid, value);
	good = ext && X509_add_ext(certificate, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return good;
}

static bool fill_certificate(X509 *x, EVP_PKEY *pkey, const char *const *names, size_t count, const char *alt)
{
	return X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) &&
	       ASN1_TIME_set_string_X509(X509_getm_notBefore(x), NOT_BEFORE) == 1 &&
	       ASN1_TIME_set_string_X509(X509_getm_notAfter(x), NOT_AFTER) == 1 &&
	       set_subject(X509_get_subject_name(x), names, count) &&
	       X509_set_issuer_name(x, X509_get_subject_name(x)) == 1 && X509_set_pubkey(x, pkey) == 1 &&
	       add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(x, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(x, NID_ext_key_usage, "serverAuth") && add_extension(x, NID_subject_alt_name, alt) &&
	       add_extension(x, NID_subject_key_identifier, "hash") && X509_sign(x, pkey, EVP_sha256()) > 0;
}

#define ALT_NAMES_MAX (HM_TLS_NAMES_MAX * (HM_TLS_NAME_MAX + 5u) + 1u)

char *hm_tls_certificate_make(const struct hm_tls_key *key, const char *const *names, size_t count)
{
	char alt[ALT_NAMES_MAX];
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *x = X509_new();
	bool good = bio && x && count <= HM_TLS_NAMES_MAX && alt_names(names, count, alt, sizeof(alt)) &&
		    fill_certificate(x, key->pkey, names, count, alt) && PEM_write_bio_X509(bio, x) == 1;

	X509_free(x);
	ERR_clear_error();
	return bio ? bio_text(bio, good) : NULL;
}

static bool fill_request(X509_REQ *req, EVP_PKEY *pkey, const char *const *names, size_t count, const char *alt)
{
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
	X509_EXTENSION *ext = extension(NULL, NID_subject_alt_name, alt);
	bool good = list && ext && sk_X509_EXTENSION_push(list, ext) > 0;

	if (!good)
		X509_EXTENSION_free(ext);
	good = good && X509_REQ_set_version(req, X509_REQ_VERSION_1) == 1 &&
	       set_subject(X509_REQ_get_subject_name(req), names, count) && X509_REQ_set_pubkey(req, pkey) == 1 &&
	       X509_REQ_add_extensions(req, list) == 1 && X509_REQ_sign(req, pkey, EVP_sha256()) > 0;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return good;
}

char *hm_tls_request_make(const struct hm_tls_key *key, const char *const *names, size_t count)
{
	char alt[ALT_NAMES_MAX];
	BIO *bio = BIO_new(BIO_s_mem());
	X509_REQ *req = X509_REQ_new();
	bool good = bio && req && count > 0 && count <= HM_TLS_NAMES_MAX && alt_names(names, count, alt, sizeof(alt)) &&
		    fill_request(req, key->pkey, names, count, alt) && PEM_write_bio_X509_REQ(bio, req) == 1;

	X509_REQ_free(req);
	ERR_clear_error();
	return bio ? bio_text(bio, good) : NULL;
}

/* --- chains --- */

static bool chain_add(struct hm_tls_chain *chain, X509 *x)
{
	unsigned char *p = NULL;
	int len = i2d_X509(x, NULL);
	unsigned char *end;

	if (len <= 0 || (size_t)len > HM_TLS_CERTIFICATE_MAX || chain->count == HM_TLS_CHAIN_MAX)
		return false;
	p = malloc((size_t)len);
	if (!p)
		return false;
	end = p;
	i2d_X509(x, &end);
	chain->certificate[chain->count].p = p;
	chain->certificate[chain->count].len = (size_t)len;
	chain->count++;
	return true;
}

/* Adds each certificate; false unless the text ends where there is no further one. */
static bool chain_read(BIO *bio, struct hm_tls_chain *chain)
{
	X509 *before = NULL, *x;
	bool good = true;

	while (good && (x = PEM_read_bio_X509(bio, NULL, no_password, NULL))) {
		if (!before)
			good = spki_of(X509_get0_pubkey(x), chain->spki);
		else
			good = X509_verify(before, X509_get0_pubkey(x)) == 1;
		good = good && chain_add(chain, x);
		X509_free(before);
		before = x;
	}
	X509_free(before);
	return good && chain->count > 0 && ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

bool hm_tls_chain_read(struct hm_bytes pem, struct hm_tls_chain *ret)
{
	struct hm_tls_chain chain = {0};
	BIO *bio;
	bool good;

	if (pem.len > HM_TLS_CHAIN_MAX * 2 * HM_TLS_CERTIFICATE_MAX)
		return false;
	ERR_clear_error();
	bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	good = bio && chain_read(bio, &chain);
	BIO_free(bio);
	ERR_clear_error();
	if (good)
		*ret = chain;
	else
		hm_tls_chain_free(&chain);
	return good;
}

void hm_tls_chain_free(struct hm_tls_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		free(chain->certificate[i].p);
	memset(chain, 0, sizeof(*chain));
}

bool hm_certificate_len(struct hm_bytes bytes, size_t *ret)
{
	const unsigned char *p = bytes.p;
	X509 *x = bytes.len <= INT32_MAX ? d2i_X509(NULL, &p, (long)bytes.len) : NULL;

	ERR_clear_error();
	if (!x)
		return false;
	X509_free(x);
	*ret = (size_t)(p - bytes.p);
	return true;
}

/* --- random numbers --- */

int hm_random_wait(void)
{
	uint8_t byte;

	/* Without GRND_NONBLOCK: returns when the generator is initialised, and never before. */
	while (getrandom(&byte, sizeof(byte), 0) < 0) {
		if (errno != EINTR)
			return -errno;
	}
	return 0;
}

bool hm_random(void *ret, size_t len)
{
	return len <= INT32_MAX && RAND_bytes(ret, (int)len) == 1;
}
