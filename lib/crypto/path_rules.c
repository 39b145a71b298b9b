/* SPDX-License-Identifier: BSD-2-Clause */
/* path_rules.c - what every certificate path asks beside OpenSSL's own checks */
#include "lib/crypto/path_rules.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <time.h>

bool hm_crypto_demands_policies(const X509 *cert)
{
	static const int demands[] = {NID_policy_constraints, NID_inhibit_any_policy, NID_policy_mappings};

	for (size_t i = 0; i < HM_ARRAY_LEN(demands); i++) {
		int at = X509_get_ext_by_NID(cert, demands[i], -1);

		if (at >= 0 && X509_EXTENSION_get_critical(X509_get_ext(cert, at)))
			return true;
	}
	return false;
}

bool hm_crypto_crl_current(const X509_CRL *list, int64_t as_of)
{
	time_t at = (time_t)as_of;
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(list);

	/* X509_cmp_time is 0 where a time is malformed. */
	return X509_cmp_time(X509_CRL_get0_lastUpdate(list), &at) < 0 && next && X509_cmp_time(next, &at) > 0;
}

static bool has_critical(const STACK_OF(X509_EXTENSION) * extensions)
{
	for (int i = 0; i < sk_X509_EXTENSION_num(extensions); i++) {
		if (X509_EXTENSION_get_critical(sk_X509_EXTENSION_value(extensions, i)))
			return true;
	}
	return false;
}

bool hm_crypto_crl_is_whole(X509_CRL *list)
{
	const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(list);

	if (X509_CRL_get_ext_by_NID(list, NID_issuing_distribution_point, -1) >= 0 ||
	    X509_CRL_get_ext_by_NID(list, NID_delta_crl, -1) >= 0 || has_critical(X509_CRL_get0_extensions(list)))
		return false;
	for (int i = 0; i < sk_X509_REVOKED_num(entries); i++) {
		const X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);

		if (X509_REVOKED_get_ext_by_NID(entry, NID_certificate_issuer, -1) >= 0 ||
		    has_critical(X509_REVOKED_get0_extensions(entry)))
			return false;
	}
	return true;
}

static bool is_strong(int md)
{
	return md == NID_sha256 || md == NID_sha384 || md == NID_sha512;
}

/* RFC 4055, 3.1: the hash is among RSASSA-PSS's parameters, SHA-1 where it is not. */
static bool pss_is_strong(const X509_ALGOR *algorithm)
{
	const void *value = NULL;
	int type = V_ASN1_UNDEF;
	RSA_PSS_PARAMS *params = NULL;
	bool strong;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type == V_ASN1_SEQUENCE)
		params = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	strong = params && params->hashAlgorithm && is_strong(OBJ_obj2nid(params->hashAlgorithm->algorithm));
	RSA_PSS_PARAMS_free(params);
	return strong;
}

static bool signature_is_strong(const X509_CRL *list)
{
	const X509_ALGOR *algorithm = NULL;
	int md = NID_undef, kind = NID_undef;

	X509_CRL_get0_signature(list, NULL, &algorithm);
	if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(list), &md, &kind) != 1)
		return false;
	return X509_CRL_get_signature_nid(list) == NID_rsassaPss ? pss_is_strong(algorithm) : is_strong(md);
}

bool hm_crypto_crl_is_by(X509_CRL *list, X509 *issuer)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	/* Without keyUsage X509_get_key_usage has every bit. */
	return X509_NAME_cmp(X509_CRL_get_issuer(list), X509_get_subject_name(issuer)) == 0 && key &&
	       (X509_get_key_usage(issuer) & X509v3_KU_CRL_SIGN) && signature_is_strong(list) &&
	       X509_CRL_verify(list, key) == 1;
}
