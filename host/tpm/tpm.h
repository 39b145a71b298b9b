/* SPDX-License-Identifier: BSD-2-Clause */
/* tpm.h - the only user of tpm2-tss */
#ifndef HM_HOST_TPM_TPM_H
#define HM_HOST_TPM_TPM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pcr.h"

/*
 * One TPM through ESYS. Functions return 0 or a TSS2_RC; hm_tpm_error turns that into one line.
 * TPM_RC_RETRY is tried again within a bound (tpm2-tss does so by itself), nothing else is.
 */
struct hm_tpm;

/* `tcti` as tpm2-tools writes it: "device:/dev/tpmrm0", "swtpm:path=/run/sock". */
HM_MUST_CHECK uint32_t hm_tpm_open(const char *tcti, struct hm_tpm **ret);
void hm_tpm_close(struct hm_tpm *tpm);
const char *hm_tpm_error(uint32_t rc);

/* *ret_unknown is the id of an active bank that is none of ours, or 0. A bank is active when any PCR is allocated in
 * it. */
HM_MUST_CHECK uint32_t hm_tpm_banks(struct hm_tpm *tpm, uint32_t *ret_banks, uint16_t *ret_unknown);
/* Registers [0, HM_PCR_COUNT) of every bank in `banks`; loops until the selection is answered in full. */
HM_MUST_CHECK uint32_t hm_tpm_read(struct hm_tpm *tpm, uint32_t banks, struct hm_pcrs *ret);
/* One register only, the others are zero in *ret: the read-back after an extend. */
HM_MUST_CHECK uint32_t hm_tpm_read_one(struct hm_tpm *tpm, uint32_t banks, uint32_t pcr, struct hm_pcrs *ret);
/* One TPM2_PCR_Extend with the digests of all banks in digests->banks; registers above 15 are refused. */
HM_MUST_CHECK uint32_t hm_tpm_extend(struct hm_tpm *tpm, uint32_t pcr, const struct hm_digests *digests);

#endif
