/* SPDX-License-Identifier: BSD-2-Clause */
/* pinned_path.c - a certificate path that evidence carries whole, to a root that is pinned by fingerprint */
#include "lib/crypto/pinned_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509_vfy.h>

#include "lib/base/error.h"
#include "lib/crypto/path_rules.h"
#include "lib/crypto/key_internal.h"

static X509 *decode(struct hm_bytes der)
{
	const unsigned char *p = der.p;
	X509 *cert;

	if (der.len == 0 || der.len > HM_CERT_MAX)
		return NULL;
	cert = d2i_X509(NULL, &p, (long)der.len);
	if (cert && p != der.p + der.len) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

static bool find_pin(struct hm_bytes root, const struct hm_pin *pins, size_t count, size_t *ret)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(root.p, root.len, digest);
	for (size_t i = 0; i < count; i++) {
		if (!memcmp(pins[i].sha256, digest, sizeof(digest))) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* The path that OpenSSL found must be the given one: it may leave out or reorder what it is offered. */
static bool same_path(X509_STORE_CTX *ctx, X509 *const *cert, size_t count)
{
	const STACK_OF(X509) *found = X509_STORE_CTX_get0_chain(ctx);

	if (!found || sk_X509_num(found) != (int)count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (X509_cmp(sk_X509_value(found, (int)i), cert[i]) != 0)
			return false;
	}
	return true;
}

static bool verify(X509_STORE_CTX *ctx, X509_STORE *store, STACK_OF(X509) * between, X509 *const *cert, size_t count,
		   int64_t as_of, struct hm_error *error)
{
	X509_VERIFY_PARAM *param;

	if (X509_STORE_add_cert(store, cert[count - 1]) != 1)
		return hm_error_set(error, "out of memory");
	for (size_t i = 1; i + 1 < count; i++) {
		if (!sk_X509_push(between, cert[i]))
			return hm_error_set(error, "out of memory");
	}
	if (X509_STORE_CTX_init(ctx, store, cert[0], between) != 1)
		return hm_error_set(error, "out of memory");
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)as_of);
	X509_VERIFY_PARAM_set_depth(param, HM_PATH_MAX);
	/* The root's own signature too: it costs nothing and a damaged root is a damaged proof. */
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CHECK_SS_SIGNATURE);
	if (X509_verify_cert(ctx) != 1)
		return hm_error_set(error, "certificate %d of the path: %s", X509_STORE_CTX_get_error_depth(ctx),
				    X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	if (!same_path(ctx, cert, count))
		return hm_error_set(error, "the certificates are not one path, leaf first");
	return true;
}

static bool check(X509 *const *cert, size_t count, int64_t as_of, struct hm_error *error)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	bool ok;

	if (store && ctx && between)
		ok = verify(ctx, store, between, cert, count, as_of, error);
	else
		ok = hm_error_set(error, "out of memory");
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(between);
	return ok;
}

bool hm_crypto_path_check(const struct hm_path *path, const struct hm_pin *pins, size_t pin_count, int64_t as_of,
			  size_t *ret_root, struct hm_error *error)
{
	X509 *cert[HM_PATH_MAX] = {NULL};
	size_t root = 0;
	bool ok = true;

	if (path->count < 2 || path->count > HM_PATH_MAX)
		return hm_error_set(error, "a path of %zu certificates", path->count);
	for (size_t i = 0; i < path->count && ok; i++) {
		cert[i] = decode(path->cert[i]);
		if (!cert[i])
			ok = hm_error_set(error, "certificate %zu of the path is not DER", i);
	}
	for (size_t i = 0; i < path->count && ok; i++)
		ok = !hm_crypto_demands_policies(cert[i]) ||
		     hm_error_set(error, "certificate %zu of the path demands policies, which are not looked at", i);
	/* The pin first: what is not under a known root is not looked at. */
	if (ok && !find_pin(path->cert[path->count - 1], pins, pin_count, &root))
		ok = hm_error_set(error, "the path's root is not a trusted one");
	if (ok)
		ok = check(cert, path->count, as_of, error);
	for (size_t i = 0; i < path->count; i++)
		X509_free(cert[i]);
	if (ok && ret_root)
		*ret_root = root;
	return ok;
}

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

static size_t skip_space(struct hm_bytes pem, size_t at)
{
	while (at < pem.len && (pem.p[at] == '\n' || pem.p[at] == '\r' || pem.p[at] == ' '))
		at++;
	return at;
}

/* The length of the PEM block at `at`, 0 if there is none. */
static size_t block_length(struct hm_bytes pem, size_t at)
{
	const uint8_t *end;

	if (pem.len - at < strlen(PEM_BEGIN) || memcmp(pem.p + at, PEM_BEGIN, strlen(PEM_BEGIN)) != 0)
		return 0;
	end = memmem(pem.p + at, pem.len - at, PEM_END, strlen(PEM_END));
	return end ? (size_t)(end - (pem.p + at)) + strlen(PEM_END) : 0;
}

static bool read_block(struct hm_bytes block, struct hm_bytes *ret)
{
	BIO *bio = BIO_new_mem_buf(block.p, (int)block.len);
	X509 *cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	unsigned char *der = NULL;
	int len = cert ? i2d_X509(cert, &der) : -1;

	X509_free(cert);
	BIO_free(bio);
	if (len <= 0)
		return false;
	*ret = hm_bytes_of(der, (size_t)len);
	return true;
}

bool hm_crypto_path_of_pem(struct hm_bytes pem, struct hm_path *ret, struct hm_error *error)
{
	struct hm_path path = {.count = 0};
	size_t at = skip_space(pem, 0);

	if (pem.len > HM_PATH_MAX * HM_CERT_MAX)
		return hm_error_set(error, "the certificates are too large");
	while (at < pem.len) {
		size_t len = block_length(pem, at);

		if (len == 0 || path.count == HM_PATH_MAX ||
		    !read_block(hm_bytes_of(pem.p + at, len), &path.cert[path.count])) {
			hm_crypto_path_free(&path);
			return hm_error_set(error, "not 1 to %u certificates in PEM", HM_PATH_MAX);
		}
		path.count++;
		at = skip_space(pem, at + len);
	}
	if (path.count == 0)
		return hm_error_set(error, "not 1 to %u certificates in PEM", HM_PATH_MAX);
	*ret = path;
	return true;
}

void hm_crypto_path_free(struct hm_path *path)
{
	for (size_t i = 0; i < path->count; i++) {
		unsigned char *der;

		/* The one owner: read_block allocated it, and only the view of it is const. */
		memcpy(&der, &path->cert[i].p, sizeof(der));
		OPENSSL_free(der);
	}
	path->count = 0;
}

static bool crl_lists(X509_CRL *crl, X509 *cert)
{
	X509_REVOKED *entry = NULL;

	return X509_CRL_get0_by_cert(crl, &entry, cert) != 0;
}

static bool crl_check(X509_CRL *crl, X509 *issuer, X509 *cert, int64_t as_of, struct hm_error *error)
{
	if (!hm_crypto_crl_is_whole(crl))
		return hm_error_set(error, "the revocation list is not a whole one (delta, partial, indirect)");
	if (!hm_crypto_crl_is_by(crl, issuer))
		return hm_error_set(error, "the revocation list is not signed by the certificate's issuer");
	if (!hm_crypto_crl_current(crl, as_of))
		return hm_error_set(error, "the revocation list is not current at that time");
	if (crl_lists(crl, cert))
		return hm_error_set(error, "the certificate is revoked");
	return true;
}

bool hm_crypto_crl_check(struct hm_bytes crl, struct hm_bytes issuer, struct hm_bytes cert, int64_t as_of,
			 struct hm_error *error)
{
	const unsigned char *p = crl.p;
	X509_CRL *list = crl.len > 0 && crl.len <= INT_MAX ? d2i_X509_CRL(NULL, &p, (long)crl.len) : NULL;
	X509 *by = decode(issuer), *subject = decode(cert);
	bool ok;

	if (!list || p != crl.p + crl.len || !by || !subject)
		ok = hm_error_set(error, "the revocation list or a certificate is not DER");
	else
		ok = crl_check(list, by, subject, as_of, error);
	X509_CRL_free(list);
	X509_free(by);
	X509_free(subject);
	return ok;
}
