/* SPDX-License-Identifier: BSD-2-Clause */
/* quoted.h - what a quote covers: nonce, TLS key, connection and devices in its qualifying data, and the registers */
#ifndef HM_LIB_PROOF_QUOTED_H
#define HM_LIB_PROOF_QUOTED_H

#include "core/digest.h"
#include "core/pcr.h"

/*
 * One rule for both sides: guest/prover.c asks the TPM for a quote over this, lib/verify/check_quote.c computes the
 * same. docs/FORMATS.md, "The proof".
 */
#define HM_QUOTED_LEN 32u /* of the qualifying data: a SHA-256 */
#define HM_QUOTED_NONCE_LEN 32u
#define HM_QUOTED_EXPORTER_LEN 32u /* RFC 9266: of the TLS exporter that names a connection */
#define HM_QUOTED_SELECT_LEN 3u	   /* bytes of a TPM's selection of 24 registers */

/* Which tag begins the hashed text, so that no proof of one kind passes for another. */
enum hm_quoted_kind {
	HM_QUOTED_BOUND,       /* "hallmark-quote-bound/2": for a verifier's nonce, on one TLS connection */
	HM_QUOTED_FRESH,       /* "hallmark-quote/2": for a verifier's nonce */
	HM_QUOTED_UNSOLICITED, /* "hallmark-quote-unsolicited/2": for nobody's, the nonce is the machine's own */
};

/* Everything is borrowed. */
struct hm_quoted {
	enum hm_quoted_kind kind;
	const uint8_t *nonce;	    /* HM_QUOTED_NONCE_LEN */
	const uint8_t *spki_sha256; /* of the TLS key's DER SubjectPublicKeyInfo */
	const uint8_t *exporter;    /* HM_QUOTED_EXPORTER_LEN; where the kind is BOUND, and NULL otherwise */
	const uint8_t *devices;	    /* SHA-256 of the list of device evidence; NULL: there is none, 32 bytes of zero */
};

/*
 * SHA-256 of tag, a byte 0, nonce, spki_sha256, exporter (BOUND alone) and devices. False: hashing failed, or the
 * exporter does not fit the kind.
 */
HM_MUST_CHECK bool hm_quoted_data(const struct hm_quoted *quoted, uint8_t ret[HM_QUOTED_LEN]);

/* Registers 0 to 15, as TPMS_PCR_SELECTION has them. */
extern const uint8_t hm_quoted_select[HM_QUOTED_SELECT_LEN];
/*
 * TPMS_QUOTE_INFO.pcrDigest: over the selected registers, ascending, by the hash of the signature's scheme, whatever
 * the registers' bank is (TPM 2.0 Library, Part 3, 18.4). `pcr` has all that `select` names. False: hashing failed.
 */
HM_MUST_CHECK bool hm_quoted_registers(const uint8_t (*pcr)[HM_DIGEST_MAX], enum hm_bank bank,
				       const uint8_t select[HM_QUOTED_SELECT_LEN], enum hm_bank scheme_hash,
				       uint8_t ret[HM_DIGEST_MAX]);

#endif
