/* SPDX-License-Identifier: BSD-2-Clause */
/* ak_chain.h - the certificates of an attestation key, up to a root that the caller trusts */
#ifndef HM_LIB_CRYPTO_AK_CHAIN_H
#define HM_LIB_CRYPTO_AK_CHAIN_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/crypto/crl.h"
#include "lib/crypto/key.h"

#define HM_ROOTS_MAX 64u
#define HM_ROOTS_FILE_MAX (1024u * 1024u)

/* Self-signed CA certificates; a certificate is trusted because it is one of these, byte for byte. Read-only once
 * parsed. */
struct hm_roots;
/* PEM; text between the blocks is skipped. NULL, and a line in `error`, where a block is no self-signed CA, or none is
 * there. */
HM_MUST_CHECK struct hm_roots *hm_crypto_roots_parse(struct hm_bytes pem, struct hm_error *error);
void hm_crypto_roots_free(struct hm_roots *roots);

/* What a platform demands of its chain. */
struct hm_chain_rules {
	bool eku_required; /* the leaf has EKU 2.23.133.8.3, and issuers with an EKU have it too */
	bool eku_refused;  /* the leaf has no EKU */
	const char *
		subject_word; /* in the leaf's one common name, after at least one other character; NULL: any subject */
	const char *subject_refused; /* in no common name of the leaf; NULL: nothing is refused */
	bool critical_san_allowed;
	size_t chain_max; /* certificates, leaf and root counted */
};

/* In seconds since 1970: every certificate of the path, root counted, is valid where from <= time < until. */
struct hm_validity {
	int64_t from, until;
};

/*
 * The certificates, leaf first, must be one path in exactly this order to one of the roots, which may be the last of
 * them or be left out. By OpenSSL (RFC 5280, 6.1, with X509_V_FLAG_X509_STRICT) at `as_of`, seconds since 1970:
 * signatures, names, validity, CA flags, path lengths, unknown critical extensions. Beside it: no extension twice, no
 * key and no signature below RSA-2048, P-256 and SHA-256, the leaf is no CA and has keyUsage digitalSignature. Returns
 * the leaf's key, or NULL and a line in `error` that says which certificate (0 is the leaf). *ret_validity: when the
 * path is valid, `as_of` being within; an empty time where the certificates' dates are not of this calendar. May be
 * NULL.
 */
HM_MUST_CHECK struct hm_key *hm_crypto_chain_check(const struct hm_roots *roots, const struct hm_bytes *der,
						   size_t count, const struct hm_chain_rules *rules, int64_t as_of,
						   struct hm_validity *ret_validity, struct hm_error *error);
/* Whether the certificate's notBefore is later than `time`, seconds since 1970; false too where it has none that can be
 * read. */
HM_MUST_CHECK bool hm_crypto_issued_after(struct hm_bytes der, int64_t time);
/* Whether one of these certificates, which were found good, is revoked (crl.h); false, and which one, where it
 * is. */
HM_MUST_CHECK bool hm_crypto_chain_crls(const struct hm_roots *roots, const struct hm_bytes *der, size_t count,
					const struct hm_crls *crls, int64_t as_of, struct hm_error *error);

#endif
