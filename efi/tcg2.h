/* SPDX-License-Identifier: BSD-2-Clause */
/* tcg2.h - the sink that extends through the firmware's TCG2 protocol */
#ifndef HM_TCG2_H
#define HM_TCG2_H

#include "core/digest.h"
#include "core/measure.h"
#include "firmware.h"

/*
 * The firmware hashes, extends every active bank and logs, in one call for each measurement. Every
 * status is looked at and no call is ever repeated: one that reports a failure may have extended.
 * Source: TCG EFI Protocol Specification, family 2.0, rev. 00.13.
 *
 * A TPM is required, also on a machine that has runtime measurement registers (cc.h).
 */
struct hm_tcg2 {
	struct hm_efi *efi;
	struct hm_tcg2_protocol *protocol; /* NULL: there is none */
	uint32_t banks;			   /* the active banks */
	const char *what;		   /* the measurement that was begun or failed; "": none */
	bool busy;			   /* a call into the firmware has not yet returned */
};

/*
 * Find the TPM. Refused: no protocol or no TPM, an unknown structure version, active banks that
 * the firmware reports in two ways or would not extend, an active bank that we do not know (SM3),
 * neither SHA-256 nor SHA-384. Also on failure *ret holds the protocol, where there is one: for
 * the cap.
 */
HM_MUST_CHECK enum hm_err hm_tcg2_open(struct hm_efi *efi, struct hm_tcg2 *ret);

/*
 * Extend one measurement. EXTEND: the firmware reports a failure, after which nobody knows what the
 * register holds; EFI_LOG_FULL: extended, not logged.
 */
HM_MUST_CHECK enum hm_err hm_tcg2_extend(struct hm_tcg2 *tcg2, const struct hm_measurement *m);

#endif
