/* SPDX-License-Identifier: BSD-2-Clause */
/* ak_chain.c - the certificates of an attestation key, up to a root that the caller trusts */
#include "lib/crypto/ak_chain.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/error.h"
#include "lib/crypto/key_internal.h"
#include "lib/crypto/path_rules.h"

/* Certificates of a proof and a root that it left out. */
#define PATH_MAX_LEN 9u
#define OID_AK "2.23.133.8.3" /* TCG EK Credential Profile 2.5, 3.1.3: tcg-kp-AIKCertificate */
#define OID_TEXT_MAX 80

struct hm_roots {
	size_t count;
	X509 *cert[HM_ROOTS_MAX];
};

struct path {
	size_t count;
	X509 *cert[PATH_MAX_LEN];
};

/* --- roots --- */

static bool self_issued(const X509 *x509)
{
	return X509_NAME_cmp(X509_get_subject_name(x509), X509_get_issuer_name(x509)) == 0;
}

static bool add_root(struct hm_roots *roots, X509 *x509, struct hm_error *error)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);

	if (roots->count == HM_ROOTS_MAX) {
		X509_free(x509);
		return hm_error_set(error, "more than %u certificates", HM_ROOTS_MAX);
	}
	roots->cert[roots->count++] = x509;
	if (X509_check_ca(x509) != 1 || !self_issued(x509) || !key || X509_verify(x509, key) != 1)
		return hm_error_set(error, "certificate %zu is not a self-signed CA certificate", roots->count);
	return true;
}

static bool read_roots(struct hm_bytes pem, struct hm_roots *roots, struct hm_error *error)
{
	BIO *bio = pem.len <= HM_ROOTS_FILE_MAX ? BIO_new_mem_buf(pem.p, (int)pem.len) : NULL;
	bool good = bio != NULL;
	X509 *x509;

	if (!bio)
		return hm_error_set(error, "the file is larger than %u bytes", HM_ROOTS_FILE_MAX);
	while (good && (x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		good = add_root(roots, x509, error);
	/* NO_START_LINE: the end of the text. Anything else: a block that cannot be read. */
	if (good && (roots->count == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE))
		good = hm_error_set(error, "not a list of certificates in PEM");
	BIO_free(bio);
	ERR_clear_error();
	return good;
}

struct hm_roots *hm_crypto_roots_parse(struct hm_bytes pem, struct hm_error *error)
{
	struct hm_roots *roots = calloc(1, sizeof(*roots));

	if (!roots) {
		(void)hm_error_set(error, "out of memory");
		return NULL;
	}
	if (read_roots(pem, roots, error))
		return roots;
	hm_crypto_roots_free(roots);
	return NULL;
}

void hm_crypto_roots_free(struct hm_roots *roots)
{
	if (!roots)
		return;
	for (size_t i = 0; i < roots->count; i++)
		X509_free(roots->cert[i]);
	free(roots);
}

/* The same bytes: what a fingerprint says, without the way round by a hash. */
static bool is_root(const struct hm_roots *roots, const X509 *x509)
{
	for (size_t i = 0; i < roots->count; i++) {
		if (X509_cmp(roots->cert[i], x509) == 0)
			return true;
	}
	return false;
}

/* --- one certificate --- */

static bool has_oid(X509 *x509, bool *ret_present)
{
	EXTENDED_KEY_USAGE *usages = X509_get_ext_d2i(x509, NID_ext_key_usage, NULL, NULL);
	bool found = false;

	*ret_present = usages != NULL;
	for (int i = 0; i < sk_ASN1_OBJECT_num(usages) && !found; i++) {
		char oid[OID_TEXT_MAX];

		found = OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(usages, i), 1) > 0 && !strcmp(oid, OID_AK);
	}
	sk_ASN1_OBJECT_pop_free(usages, ASN1_OBJECT_free);
	return found;
}

static bool check_extensions(const X509 *x509, size_t at, struct hm_error *error)
{
	int count = X509_get_ext_count(x509);

	for (int i = 0; i < count; i++) {
		const ASN1_OBJECT *object = X509_EXTENSION_get_object(X509_get_ext(x509, i));

		if (X509_get_ext_by_OBJ(x509, object, i) >= 0)
			return hm_error_set(error, "certificate %zu has an extension twice", at);
	}
	if (hm_crypto_demands_policies(x509))
		return hm_error_set(error, "certificate %zu demands policies, which are not looked at", at);
	return true;
}

static bool check_strength(X509 *x509, size_t at, bool root, struct hm_error *error)
{
	struct hm_error what = {0};
	EVP_PKEY *pkey = X509_get0_pubkey(x509);
	struct hm_key *key = pkey ? hm_crypto_key_of_pkey(pkey, &what) : NULL;
	int md = NID_undef, kind = NID_undef;

	if (!key)
		return hm_error_set(error, "certificate %zu has %.200s", at,
				    pkey ? what.text : "a key that cannot be read");
	hm_crypto_key_free(key);
	/* A root is trusted for what it is, whatever it signed itself with. */
	if (root)
		return true;
	if (X509_get_signature_info(x509, &md, &kind, NULL, NULL) != 1 ||
	    (md != NID_sha256 && md != NID_sha384 && md != NID_sha512))
		return hm_error_set(
			error, "certificate %zu is signed with another hash than SHA-256, SHA-384 and SHA-512", at);
	return true;
}

#define SUBJECT_SHOWN 64u /* bytes of a subject that a message shows */

/* "5efaacb0f4d9.TrustedVM.Azure.Microsoft": the CA says so which kind of machine it has certified. */
static bool check_subject(X509 *leaf, const char *word, struct hm_error *error)
{
	const X509_NAME *name = X509_get_subject_name(leaf);
	int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *text = at >= 0 ? X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)) : NULL;
	struct hm_bytes bytes =
		text ? hm_bytes_of(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text)) : hm_bytes_of("", 0);
	char shown[4 * SUBJECT_SHOWN + 1];

	if (at >= 0 && X509_NAME_get_index_by_NID(name, NID_commonName, at) < 0 && bytes.len > 1 &&
	    memmem(bytes.p + 1, bytes.len - 1, word, strlen(word)))
		return true;
	hm_escape(hm_bytes_of(bytes.p, bytes.len < SUBJECT_SHOWN ? bytes.len : SUBJECT_SHOWN), shown, sizeof(shown));
	return hm_error_set(error, "certificate 0 is of %.128s, not of a machine *%s*", shown, word);
}

/* The certificates of a cloud's machines are no other platform's: what only that cloud's row checks would be left out.
 */
static bool check_no_cloud(X509 *leaf, const char *word, struct hm_error *error)
{
	const X509_NAME *name = X509_get_subject_name(leaf);

	for (int at = -1; (at = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;) {
		const ASN1_STRING *text = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));

		if (memmem(ASN1_STRING_get0_data(text), (size_t)ASN1_STRING_length(text), word, strlen(word)))
			return hm_error_set(error, "certificate 0 is of a machine *%s*, which is another platform's",
					    word);
	}
	return true;
}

static bool check_leaf(X509 *leaf, const struct hm_chain_rules *rules, struct hm_error *error)
{
	bool present;
	int san = X509_get_ext_by_NID(leaf, NID_subject_alt_name, -1);

	if (X509_check_ca(leaf) != 0)
		return hm_error_set(error, "certificate 0 is a CA's");
	if (!(X509_get_extension_flags(leaf) & EXFLAG_KUSAGE))
		return hm_error_set(error, "certificate 0 has no keyUsage");
	if (X509_get_key_usage(leaf) != X509v3_KU_DIGITAL_SIGNATURE)
		return hm_error_set(error, "certificate 0 has another keyUsage than digitalSignature alone");
	if (rules->eku_refused && X509_get_ext_by_NID(leaf, NID_ext_key_usage, -1) >= 0)
		return hm_error_set(error, "certificate 0 has an extended key usage, which this platform's have not");
	if (rules->subject_word && !check_subject(leaf, rules->subject_word, error))
		return false;
	if (rules->subject_refused && !check_no_cloud(leaf, rules->subject_refused, error))
		return false;
	if (!has_oid(leaf, &present) && (present || rules->eku_required))
		return hm_error_set(error,
				    "certificate 0 has not the extended key usage of an attestation key (" OID_AK ")");
	if (san >= 0 && X509_EXTENSION_get_critical(X509_get_ext(leaf, san)) && !rules->critical_san_allowed)
		return hm_error_set(error, "certificate 0 has a critical subjectAltName");
	return true;
}

static bool check_issuer(X509 *x509, size_t at, const struct hm_chain_rules *rules, struct hm_error *error)
{
	bool present;

	if (rules->eku_required && !has_oid(x509, &present) && present)
		return hm_error_set(error, "certificate %zu may not certify attestation keys (extended key usage)", at);
	return true;
}

/* --- the path --- */

static bool same_path(X509_STORE_CTX *ctx, const struct path *path)
{
	const STACK_OF(X509) *found = X509_STORE_CTX_get0_chain(ctx);

	if (!found || sk_X509_num(found) != (int)path->count)
		return false;
	for (size_t i = 0; i < path->count; i++) {
		if (X509_cmp(sk_X509_value(found, (int)i), path->cert[i]) != 0)
			return false;
	}
	return true;
}

static bool run_openssl(X509_STORE_CTX *ctx, X509_STORE *store, STACK_OF(X509) * between, const struct path *path,
			int64_t as_of, struct hm_error *error)
{
	X509_VERIFY_PARAM *param;

	if (X509_STORE_add_cert(store, path->cert[path->count - 1]) != 1)
		return hm_error_set(error, "out of memory");
	for (size_t i = 1; i + 1 < path->count; i++) {
		if (!sk_X509_push(between, path->cert[i]))
			return hm_error_set(error, "out of memory");
	}
	if (X509_STORE_CTX_init(ctx, store, path->cert[0], between) != 1)
		return hm_error_set(error, "out of memory");
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_time(param, (time_t)as_of);
	X509_VERIFY_PARAM_set_depth(param, (int)PATH_MAX_LEN);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT);
	if (X509_verify_cert(ctx) != 1)
		return hm_error_set(error, "certificate %d: %s", X509_STORE_CTX_get_error_depth(ctx),
				    X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	if (!same_path(ctx, path))
		return hm_error_set(error, "the certificates are not one path, leaf first");
	return true;
}

static bool check_path(const struct path *path, int64_t as_of, struct hm_error *error)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *between = sk_X509_new_null();
	bool good = store && ctx && between ? run_openssl(ctx, store, between, path, as_of, error)
					    : hm_error_set(error, "out of memory");

	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(between);
	ERR_clear_error();
	return good;
}

/* Without rules: the path alone. */
static bool check_all(const struct path *path, const struct hm_chain_rules *rules, int64_t as_of,
		      struct hm_error *error)
{
	if (rules && path->count > rules->chain_max)
		return hm_error_set(error, "a chain of %zu certificates, root counted", path->count);
	/* What is wrong with a single certificate is said before what is wrong with them together. */
	for (size_t i = 0; i < path->count; i++) {
		if (!check_extensions(path->cert[i], i, error) ||
		    !check_strength(path->cert[i], i, i + 1 == path->count, error))
			return false;
	}
	if (!check_path(path, as_of, error) || (rules && !check_leaf(path->cert[0], rules, error)))
		return false;
	for (size_t i = 1; rules && i + 1 < path->count; i++) {
		if (!check_issuer(path->cert[i], i, rules, error))
			return false;
	}
	return true;
}

static bool decode_all(const struct hm_bytes *der, size_t count, struct path *given, struct hm_error *error)
{
	if (count == 0 || count >= PATH_MAX_LEN)
		return hm_error_set(error, "a chain of %zu certificates", count);
	for (size_t i = 0; i < count; i++) {
		X509 *x509 = hm_crypto_x509_of_der(der[i]);

		if (!x509)
			return hm_error_set(error, "certificate %zu is not an X.509 certificate in DER", i);
		given->cert[given->count++] = x509;
	}
	return true;
}

/* The line that is kept is about the first path that was tried. */
static bool try_path(const struct path *path, const struct hm_chain_rules *rules, int64_t as_of, bool *tried,
		     struct hm_error *error)
{
	struct hm_error later = {0};
	bool first = !*tried;

	*tried = true;
	return check_all(path, rules, as_of, first ? error : &later);
}

/* The same name, and signed by the same key that it has: whoever had the root's key said so. */
static bool is_double(const X509 *root, X509 *x509)
{
	EVP_PKEY *key = X509_get0_pubkey(root), *other = X509_get0_pubkey(x509);

	return self_issued(x509) && X509_NAME_cmp(X509_get_subject_name(root), X509_get_subject_name(x509)) == 0 &&
	       key && other && EVP_PKEY_eq(key, other) == 1 && X509_verify(x509, key) == 1;
}

/*
 * Every path that these certificates and one root make: the last of them is a root itself; or a root has issued it; or
 * the last one is a root's double, the same CA with other dates, and the root stands for it. A CA that renews its root,
 * or that rolls over to a new key by a certificate that its old key has signed, has several with one name: whichever
 * makes a good path will do, in any order. `given` is of certificates, *ret of borrowed ones.
 */
static bool find_path(const struct hm_roots *roots, const struct path *given, const struct hm_chain_rules *rules,
		      int64_t as_of, struct path *ret, struct hm_error *error)
{
	X509 *last = given->cert[given->count - 1];
	bool tried = false;

	*ret = *given;
	if (is_root(roots, last)) {
		if (given->count == 1)
			return hm_error_set(error, "the only certificate is a root");
		if (try_path(ret, rules, as_of, &tried, error))
			return true;
	}
	for (size_t keep = given->count; keep > 0 && keep + 1 >= given->count; keep--) {
		/* What signed itself has no other issuer. A leaf is nobody's double. */
		if (keep == given->count ? is_double(last, last) : keep == 0)
			continue;
		for (size_t i = 0; i < roots->count; i++) {
			if (X509_cmp(roots->cert[i], last) == 0 ||
			    X509_check_issued(roots->cert[i], given->cert[keep - 1]) != X509_V_OK ||
			    (keep < given->count && !is_double(roots->cert[i], last)))
				continue;
			*ret = *given;
			ret->cert[keep] = roots->cert[i];
			ret->count = keep + 1;
			if (try_path(ret, rules, as_of, &tried, error))
				return true;
		}
	}
	return tried ? false : hm_error_set(error, "the last certificate is none of the roots, nor issued by one");
}

static void path_free(struct path *path)
{
	for (size_t i = 0; i < path->count; i++)
		X509_free(path->cert[i]);
}

/* As X509_cmp_time has it: valid from notBefore on, and at notAfter no more. */
static void note_validity(const struct path *path, struct hm_validity *ret)
{
	struct hm_validity all = {INT64_MIN, INT64_MAX};

	for (size_t i = 0; i < path->count; i++) {
		int64_t from, until;

		if (!hm_crypto_time_seconds(X509_get0_notBefore(path->cert[i]), &from) ||
		    !hm_crypto_time_seconds(X509_get0_notAfter(path->cert[i]), &until)) {
			*ret = (struct hm_validity){0, 0};
			return;
		}
		all.from = from > all.from ? from : all.from;
		all.until = until < all.until ? until : all.until;
	}
	*ret = all;
}

struct hm_key *hm_crypto_chain_check(const struct hm_roots *roots, const struct hm_bytes *der, size_t count,
				     const struct hm_chain_rules *rules, int64_t as_of,
				     struct hm_validity *ret_validity, struct hm_error *error)
{
	struct path given = {.count = 0}, path;
	struct hm_key *key = NULL;

	if (decode_all(der, count, &given, error) && find_path(roots, &given, rules, as_of, &path, error))
		key = hm_crypto_key_of_pkey(X509_get0_pubkey(path.cert[0]), error);
	if (key && ret_validity)
		note_validity(&path, ret_validity);
	path_free(&given);
	ERR_clear_error();
	return key;
}

static bool check_crls(const struct path *path, const struct hm_bytes *der, const struct hm_crls *crls, int64_t as_of,
		       struct hm_error *error)
{
	struct hm_bytes all[PATH_MAX_LEN];
	unsigned char *root = NULL;
	int root_len = i2d_X509(path->cert[path->count - 1], &root);
	bool good;

	if (root_len <= 0)
		return hm_error_set(error, "out of memory");
	for (size_t i = 0; i + 1 < path->count; i++)
		all[i] = der[i];
	all[path->count - 1] = hm_bytes_of(root, (size_t)root_len);
	good = hm_crypto_crls_check(crls, all, path->count, as_of, error);
	OPENSSL_free(root);
	return good;
}

bool hm_crypto_chain_crls(const struct hm_roots *roots, const struct hm_bytes *der, size_t count,
			  const struct hm_crls *crls, int64_t as_of, struct hm_error *error)
{
	struct path given = {.count = 0}, path;
	bool good;

	if (!crls)
		return true;
	good = decode_all(der, count, &given, error) && find_path(roots, &given, NULL, as_of, &path, error) &&
	       check_crls(&path, der, crls, as_of, error);
	path_free(&given);
	ERR_clear_error();
	return good;
}

bool hm_crypto_issued_after(struct hm_bytes der, int64_t time)
{
	X509 *x509 = hm_crypto_x509_of_der(der);
	time_t at = (time_t)time;
	/* 0 is an error, 1 is later. */
	bool after = x509 && X509_cmp_time(X509_get0_notBefore(x509), &at) > 0;

	X509_free(x509);
	ERR_clear_error();
	return after;
}
