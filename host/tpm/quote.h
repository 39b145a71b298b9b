/* SPDX-License-Identifier: BSD-2-Clause */
/* quote.h - the attestation key: its public part, certificates beside it, quotes; and the reset counter */
#ifndef HM_HOST_TPM_QUOTE_H
#define HM_HOST_TPM_QUOTE_H

#include <stddef.h>

#include "host/tpm/tpm.h"

/*
 * Structures leave the TPM as bytes: what they say is core/attest's to read. As in tpm.h, functions return 0 or a
 * TSS2_RC, TPM_RC_RETRY is tried again within tpm2-tss's bound of five, nothing else is, and *ret is untouched on
 * failure. Every object that is made in the process is flushed. Sizes: TPM 2.0 part 2, 10.12.13
 * (TPM2B_ATTEST), 11.3.4, 12.2.4.
 */
#define HM_TPM_PUBLIC_MAX 1024u
#define HM_TPM_ATTEST_MAX 2304u
#define HM_TPM_SIGNATURE_MAX 1024u
#define HM_TPM_NV_MAX 8192u /* Azure's indices have up to 4096 bytes */
#define HM_TPM_EXTRA_LEN 32u

struct hm_tpm_quote {
	uint8_t attest[HM_TPM_ATTEST_MAX]; /* TPMS_ATTEST */
	size_t attest_len;
	uint8_t signature[HM_TPM_SIGNATURE_MAX]; /* TPMT_SIGNATURE */
	size_t signature_len;
};

struct hm_tpm_public_area {
	uint8_t p[HM_TPM_PUBLIC_MAX]; /* TPMT_PUBLIC */
	size_t len;
};

HM_MUST_CHECK uint32_t hm_tpm_read_public(struct hm_tpm *tpm, uint32_t handle, struct hm_tpm_public_area *ret);
/* The whole index, padding and all, into `ret` of `cap` bytes; one that is larger is an error (TSS2_ESYS_RC_BAD_VALUE).
 */
HM_MUST_CHECK uint32_t hm_tpm_nv_read(struct hm_tpm *tpm, uint32_t index, uint8_t *ret, size_t cap, size_t *ret_len);
/* The TPM has no such handle: the error of the functions above for a key or an index that is not there. */
HM_MUST_CHECK bool hm_tpm_is_absent(uint32_t rc);
/* TPM2_Quote over registers 0 to 15 of one bank by the persistent key, in the scheme that the key has. */
HM_MUST_CHECK uint32_t hm_tpm_quote(struct hm_tpm *tpm, uint32_t handle, enum hm_bank bank,
				    const uint8_t extra[HM_TPM_EXTRA_LEN], struct hm_tpm_quote *ret);

#endif
