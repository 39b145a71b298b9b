/* SPDX-License-Identifier: BSD-2-Clause */
/* crl.h - revocation lists that the caller brings, and where a certificate says that its issuer's is */
#ifndef HM_LIB_CRYPTO_CRL_H
#define HM_LIB_CRYPTO_CRL_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/bytes.h"

/*
 * RFC 5280, 5 and 6.3, with what clouds have: one whole list an issuer, signed by the issuer's own key. Nothing is
 * fetched here. A certificate that names a distribution point needs its issuer's list among those given, current at the
 * time that is asked about; where a certificate names none, a list of its issuer counts all the same if it is there. A
 * list with a critical extension (a partial or an indirect one) is none.
 */
#define HM_CRLS_MAX 32u
#define HM_CRL_FILE_MAX (4u * 1024u * 1024u) /* PEM; AMD's have 1 KB, Microsoft's and Intel's up to some 100 KB */
#define HM_CRL_URLS_MAX 8u
#define HM_CRL_URL_MAX 512u

struct hm_crls;
/* PEM blocks "X509 CRL", 1 to HM_CRLS_MAX, and nothing but white space between them. Read-only once parsed. */
HM_MUST_CHECK bool hm_crypto_crls_parse(struct hm_bytes pem, struct hm_crls **ret, struct hm_error *error);
void hm_crypto_crls_free(struct hm_crls *crls);

/*
 * `cert`: DER, each issued by the next, the root last; their signatures have been checked. The root's own revocation is
 * not looked at: who pins it decides. `crls` NULL: true. The line in `error` names the certificate by its subject.
 */
HM_MUST_CHECK bool hm_crypto_crls_check(const struct hm_crls *crls, const struct hm_bytes *cert, size_t count,
					int64_t as_of, struct hm_error *error);

/* The addresses (http or https) of the distribution points that a certificate names; those that do not fit are left
 * out. 0: none. */
size_t hm_crypto_crl_urls(struct hm_bytes cert, char ret[HM_CRL_URLS_MAX][HM_CRL_URL_MAX]);

/* A list that a server has answered, or a cache kept. */
struct hm_crl_answer {
	char *pem;	     /* one block; release with hm_crypto_crl_answer_free */
	int64_t this_update; /* seconds since 1970 */
};
/*
 * `answer`: DER or PEM. It must be a whole list, be current at `now`, and be signed by one of the certificates `cert`
 * (DER) that has its issuer's name. That is no verdict: who brings the certificates decides what they are worth.
 */
HM_MUST_CHECK bool hm_crypto_crl_answer(struct hm_bytes answer, const struct hm_bytes *cert, size_t count, int64_t now,
					struct hm_crl_answer *ret, struct hm_error *error);
void hm_crypto_crl_answer_free(struct hm_crl_answer *answer);

#endif
