/* SPDX-License-Identifier: BSD-2-Clause */
/* extend.h - one record, into the runtime log and then into its register */
#ifndef HM_EXTEND_H
#define HM_EXTEND_H

#include "record.h"
#include "sink.h"

/*
 * User space extends a record in this order: hash, log, extend, read back. A record that is in the log and not in the
 * register can be found and made up for after a power cut; one in the register and not in the log could never be
 * explained. No extend is ever repeated, since a call that reports a failure may have extended. docs/FORMATS.md, 2.
 *
 * The two halves are separate, because the guest finds a record that an earlier run has logged and not extended. How
 * the log and the TPM are reached is the caller's; what a call of theirs returns is returned.
 */
struct hm_extend {
	void *ctx;
	const struct hm_hasher *hasher;
	/* Append one line, LF included; when this returns, the line has to survive whatever comes next. */
	enum hm_err (*log)(void *ctx, struct hm_bytes line);
	/* Extend the register once, in all banks of `digests`. */
	enum hm_err (*extend)(void *ctx, uint32_t pcr, const struct hm_digests *digests);
	/* The register's value in all banks, as the TPM has it now. */
	enum hm_err (*read)(void *ctx, uint32_t pcr, struct hm_pcrs *ret);
};

/*
 * Hash the record of `m` (one part, as core/measure_record makes them) in `banks` and log it as record *recnum, which
 * then counts up. *ret_digests is also set where only the log failed; else its banks are 0.
 */
HM_MUST_CHECK enum hm_err hm_extend_log(const struct hm_extend *to, const struct hm_measurement *m, uint32_t banks,
					uint64_t *recnum, struct hm_digests *ret_digests);
/*
 * Extend the register and believe only what it then holds: PCR_UNEXPECTED where that is not *pcrs extended by `digests`
 * in every bank of `digests`, and *ret_differing has the banks. On success *pcrs is extended too.
 */
HM_MUST_CHECK enum hm_err hm_extend_register(const struct hm_extend *to, uint32_t pcr, const struct hm_digests *digests,
					     struct hm_pcrs *pcrs, uint32_t *ret_differing);

#endif
