/* SPDX-License-Identifier: BSD-2-Clause */
/* path_rules.h - what every certificate path asks beside OpenSSL's own checks (RFC 5280) */
#ifndef HM_LIB_CRYPTO_PATH_RULES_H
#define HM_LIB_CRYPTO_PATH_RULES_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base.h"

/*
 * Policies are not looked at here, so a certificate that critically demands them cannot be honoured: policyConstraints,
 * inhibitAnyPolicy, policyMappings (4.2.1.5, 11, 14). OpenSSL passes over these where it is not told to check policies.
 */
HM_MUST_CHECK bool hm_crypto_demands_policies(const X509 *cert);

/* Which revocation lists count: true between thisUpdate and nextUpdate. A list without nextUpdate is never current. */
HM_MUST_CHECK bool hm_crypto_crl_current(const X509_CRL *list, int64_t as_of);
/*
 * Not a delta list (5.2.4), not one of a part of what the CA has issued (5.2.5), of no other CA's certificates (5.3.3),
 * whether the extension that says so is critical or not; and without a critical extension that is not known here.
 */
HM_MUST_CHECK bool hm_crypto_crl_is_whole(X509_CRL *list);
/*
 * The list's issuer is the certificate's subject, whose key signed it with SHA-256, SHA-384 or SHA-512, and whose
 * keyUsage, where it has one, says cRLSign (4.2.1.3).
 */
HM_MUST_CHECK bool hm_crypto_crl_is_by(X509_CRL *list, X509 *issuer);

#endif
