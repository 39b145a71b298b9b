/* SPDX-License-Identifier: BSD-2-Clause */
/* azure_maa.h - a token of Azure's attestation service (MAA), for confidential VMs and for BlindBox's containers */
#ifndef HM_LIB_PLATFORM_AZURE_MAA_H
#define HM_LIB_PLATFORM_AZURE_MAA_H

#include "lib/platform/evidence.h"
#include "lib/platform/jwt.h"

/*
 * The service looked at the SEV-SNP report and says what it saw. Nothing in the token is believed before its
 * signature, its service and its time; every claim that is looked at must be there with exactly the JSON type that
 * the service writes ("false" is not false). Claims: Microsoft, "Azure Attestation claim sets".
 */

/* Where the SEV-SNP claims stand, and which compliance the service must have found. */
enum hm_maa_profile {
	HM_MAA_CVM, /* x-ms-attestation-type azurevm; the claims in x-ms-isolation-tee; azure-compliant-cvm */
	HM_MAA_SNP, /* x-ms-attestation-type sevsnpvm; the claims at the top, and the nonce; azure-compliant-cvm */
	HM_MAA_UVM, /* x-ms-attestation-type sevsnpvm; the claims at the top; azure-compliant-uvm */
};

struct hm_maa_policy {
	enum hm_maa_profile profile;
	const char *issuer;		/* must be equal to iss */
	const char *jku;		/* must be equal to the header's jku; it is never fetched */
	const json_t *jwks;		/* hm_jwks_parse; NULL: no key is known, every signature is refused */
	const uint8_t (*host_data)[32]; /* x-ms-sevsnpvm-hostdata must be one of these */
	size_t host_data_count;		/* 0: not looked at */
};

/* The order is that of the checks. */
enum hm_maa_check {
	HM_MAA_SERVICE,	  /* WrongAttester: jku, iss */
	HM_MAA_SIGNATURE, /* WrongAttester */
	HM_MAA_TIME,	  /* StaleQuote: nbf, iat <= as_of < exp */
	HM_MAA_TYPE,	  /* NonCompliantUvm: attestation type, compliance status */
	HM_MAA_DEBUG,	  /* DebugMode: is-debuggable is false */
	HM_MAA_HOST_DATA, /* InvalidEnclaveCode */
	HM_MAA_NONCE, /* StaleQuote: x-ms-runtime.client-payload.nonce (SNP: nonce) is base64 of the proof's nonce */
	HM_MAA_KEY,   /* InvalidAttestationKey: HCLAkPub in the runtime keys signed the quote */
	HM_MAA_CHECK_COUNT
};

/*
 * All checks run. True when none fails; else *result is the first failure, and *ret_failed (may be NULL) has bit
 * (1 << check) for each. A text that is no token is Malformed, with every bit set.
 */
HM_MUST_CHECK bool hm_maa_check(struct hm_bytes token, const struct hm_maa_policy *policy,
				const struct hm_evidence_facts *facts, struct hm_evidence_result *result,
				uint32_t *ret_failed);

#endif
