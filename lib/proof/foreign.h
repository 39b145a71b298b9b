/* SPDX-License-Identifier: BSD-2-Clause */
/* foreign.h - reads the proof files of other systems into ours */
#ifndef HM_LIB_PROOF_FOREIGN_H
#define HM_LIB_PROOF_FOREIGN_H

#include "lib/base/error.h"
#include "core/digest.h"
#include "core/pcr.h"
#include "lib/hallmark.h"
#include "lib/proof/proof.h"

#define HM_FOREIGN_NONCE_MAX 64u /* what Azure's vTPM and a report have room for */

/* How another system's proof differs from ours. All false: ours. */
struct hm_foreign {
	bool foreign;
	bool raw_nonce;	     /* extraData is the nonce itself */
	bool no_nonce;	     /* extraData is empty */
	bool no_public;	     /* no TPMT_PUBLIC: nothing but the certificate says what the key is */
	bool no_tls;	     /* no TLS key */
	bool has_key;	     /* proof->ak_public is the key, with attributes that are not the TPM's */
	bool no_certificate; /* no certificate of the key: the hardware report alone vouches for it */
	bool nonce_in_quote; /* no nonce beside the one that the quote has, of any length */
	bool has_pcr15;	     /* what the file says was measured gives this register */
	uint8_t pcr15[HM_DIGEST_MAX];
	uint8_t selection[3];			  /* that its quotes are over */
	uint8_t pcr[HM_PCR_COUNT][HM_DIGEST_MAX]; /* all that are quoted; proof->pcr has the first 16 */
};

HM_MUST_CHECK bool hm_foreign_parse(enum hallmark_format format, struct hm_bytes file, struct hm_proof **ret,
				    struct hm_foreign *ret_foreign, struct hm_error *error);

#endif
