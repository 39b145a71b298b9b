/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.h - what the decoders of the platforms' evidence share: what they are told, and how they refuse */
#ifndef HM_LIB_PLATFORM_EVIDENCE_H
#define HM_LIB_PLATFORM_EVIDENCE_H

#include <stdbool.h>

#include "core/attest.h"
#include "core/bytes.h"
#include "core/digest.h"
#include "lib/hallmark.h"
#include "lib/crypto/crl.h"
#include "lib/base/error.h"

/*
 * A platform's evidence is checked against what the proof's quote has already shown: the attestation key, the
 * nonce, the registers. Each decoder answers with a code of docs/ERRORS.md, the check that failed, and one line.
 * A result that nobody filled in (all zero) is a refusal: InternalError.
 */
#define HM_EVIDENCE_TEXT_MAX 512u
struct hm_evidence_result {
	enum hallmark_code code;
	char expected[HM_EVIDENCE_TEXT_MAX]; /* the check that failed: "SEV-SNP policy" */
	char seen[HM_EVIDENCE_TEXT_MAX];     /* what failed it, one line */
};
/* Fills *result; returns false, for `return hm_evidence_refuse(...)`. */
bool hm_evidence_refuse(struct hm_evidence_result *result, enum hallmark_code code, const char *check,
			const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What the proof's quote has shown already. */
struct hm_evidence_facts {
	int64_t as_of;			     /* seconds since 1970 */
	struct hm_bytes nonce;		     /* the proof's, 32 bytes */
	struct hm_tpm_public ak;	     /* the public half of the key that signed the quote */
	struct hm_bytes ak_public;	     /* TPMT_PUBLIC as the proof has it */
	enum hm_bank bank;		     /* of the quote */
	const uint8_t (*pcr)[HM_DIGEST_MAX]; /* the quoted registers 0 to 15 of that bank; NULL: not known */
	const struct hm_crls *crls;	     /* the verifier's; NULL: revocation is not looked at */
};

#endif
