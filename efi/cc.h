/* SPDX-License-Identifier: BSD-2-Clause */
/* cc.h - the sink that extends through the firmware's confidential-computing protocol */
#ifndef HM_CC_H
#define HM_CC_H

#include "core/measure.h"
#include "firmware.h"

/*
 * A TDX machine has four runtime measurement registers (RTMR) of SHA-384 beside its TPM, or instead of one. Where the
 * protocol exists, the stub extends there, in the same order, everything that it extends in the TPM, and a failure ends
 * the boot. The protocol never stands in for a TPM, because the verifier's evidence comes from the TPM. The stub checks
 * every status and repeats no call. The firmware says which register takes a PCR's measurements (PCR 8 to 15: RTMR 2).
 * Source: UEFI 2.10, chapter 38.
 */
struct hm_cc {
	struct hm_efi *efi;
	struct hm_cc_protocol *protocol; /* NULL: there is none */
	const char *what;		 /* the measurement that was begun or failed; "": none */
	bool busy;			 /* a call into the firmware has not yet returned */
};

/*
 * Find the protocol; that there is none is no error. Refused: an unknown structure version, another
 * set of hashes than SHA-384. Also on failure *ret holds the protocol: for the cap.
 */
HM_MUST_CHECK enum hm_err hm_cc_open(struct hm_efi *efi, struct hm_cc *ret);

/* As hm_tcg2_extend. HM_OK and nothing else where there is no protocol. */
HM_MUST_CHECK enum hm_err hm_cc_extend(struct hm_cc *cc, const struct hm_measurement *m);

#endif
