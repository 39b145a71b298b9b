/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_key.h - the enclave's TLS key and its certificates */
#ifndef HM_HOST_CRYPTO_TLS_KEY_H
#define HM_HOST_CRYPTO_TLS_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/digest.h"

/*
 * ECDSA P-256. A client of an enclave trusts the key's SubjectPublicKeyInfo and nothing else of a certificate; names
 * and dates are there for the TLS server, which picks certificates by name, and for an operator's CA. Texts are PEM,
 * NUL-terminated, from OpenSSL's secure free: release with hm_tls_text_free. On failure functions return false or NULL
 * and leave their results untouched; the reason is out of memory or, for what is read, that it is no such thing.
 */
struct hm_tls_key;

/* A new key. The caller has waited for the kernel's generator (hm_random_wait). */
struct hm_tls_key *hm_tls_key_make(void);
/* Exactly one unencrypted P-256 private key. NULL for anything else. */
struct hm_tls_key *hm_tls_key_read(struct hm_bytes pem);
void hm_tls_key_free(struct hm_tls_key *key);
char *hm_tls_key_format(const struct hm_tls_key *key);
void hm_tls_text_free(char *text);
/* OpenSSL's EVP_PKEY, for a TLS server; borrowed. */
struct evp_pkey_st *hm_tls_key_pkey(const struct hm_tls_key *key);
/* SHA-256 over the DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). */
HM_MUST_CHECK bool hm_tls_key_spki(const struct hm_tls_key *key, uint8_t ret[32]);

#define HM_TLS_NAMES_MAX 16u
#define HM_TLS_NAME_MAX 253u	   /* RFC 1035, 3.1, without the last dot */
#define HM_TLS_COMMON_NAME_MAX 64u /* RFC 5280, ub-common-name */
/* A DNS name as it may stand in a certificate: labels of [a-z0-9-], lower case, no label empty or above 63. */
HM_MUST_CHECK bool hm_tls_is_name(const char *name);
/*
 * A self-signed certificate for server authentication, valid as long as a certificate can be (the clock is the host's).
 * `count` may be 0: then for every name of up to four labels.
 */
char *hm_tls_certificate_make(const struct hm_tls_key *key, const char *const *names, size_t count);
/* A PKCS#10 request for an operator's CA; at least one name. */
char *hm_tls_request_make(const struct hm_tls_key *key, const char *const *names, size_t count);

#define HM_TLS_CHAIN_MAX 8u
#define HM_TLS_CERTIFICATE_MAX 16384u
struct hm_tls_chain {
	size_t count;
	struct {
		uint8_t *p; /* DER, from malloc */
		size_t len;
	} certificate[HM_TLS_CHAIN_MAX]; /* leaf first */
	uint8_t spki[HM_SHA256_LEN];	 /* of the leaf */
};
/* 1 to 8 PEM certificates, leaf first, each signed by the key of the next one; text around them is passed over. */
HM_MUST_CHECK bool hm_tls_chain_read(struct hm_bytes pem, struct hm_tls_chain *ret);
void hm_tls_chain_free(struct hm_tls_chain *chain);

/* The length of the DER certificate at the start of `bytes`, which may go on; false where there is none. */
HM_MUST_CHECK bool hm_certificate_len(struct hm_bytes bytes, size_t *ret);

/* Waits until the kernel's generator has been initialised (getrandom(2)). 0 or a negative errno. */
HM_MUST_CHECK int hm_random_wait(void);
/* Random bytes; false where the generator fails. */
HM_MUST_CHECK bool hm_random(void *ret, size_t len);

#endif
