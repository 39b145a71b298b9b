/* SPDX-License-Identifier: BSD-2-Clause */
/* foreign.h - reads the proof files of other systems into ours */
#ifndef HM_LIB_PROOF_FOREIGN_H
#define HM_LIB_PROOF_FOREIGN_H

#include "lib/base/error.h"
#include "core/digest.h"
#include "core/pcr.h"
#include "lib/hallmark.h"
#include "lib/proof/proof.h"

/* How another system's proof differs from ours. All false: ours. */
struct hm_foreign {
	bool foreign;
	bool raw_nonce; /* extraData is the nonce itself */
	bool no_nonce;	/* extraData is empty */
	bool no_public; /* no TPMT_PUBLIC: nothing but the certificate says what the key is */
	bool no_tls;	/* no TLS key */
	bool has_point; /* the key's coordinates on P-256 */
	uint8_t x[32], y[32];
	bool has_pcr15; /* what the file says was measured gives this register */
	uint8_t pcr15[HM_DIGEST_MAX];
	uint8_t selection[3];			  /* that its quotes are over */
	uint8_t pcr[HM_PCR_COUNT][HM_DIGEST_MAX]; /* all that are quoted; proof->pcr has the first 16 */
};

HM_MUST_CHECK bool hm_foreign_parse(enum hallmark_format format, struct hm_bytes file, struct hm_proof **ret,
				    struct hm_foreign *ret_foreign, struct hm_error *error);

#endif
