/* SPDX-License-Identifier: BSD-2-Clause */
/* primary.h - keys that a template makes: primary objects of the endorsement hierarchy */
#ifndef HM_HOST_TPM_PRIMARY_H
#define HM_HOST_TPM_PRIMARY_H

#include "core/bytes.h"
#include "host/tpm/quote.h"

/*
 * TPM2_CreatePrimary (part 3, 24.1) with an empty authorization, as in tpm_quote.h. The same template gives the same
 * key at each boot: on Google's clouds the certified attestation key is made so. The object is loaded until it is
 * flushed, or until the connection ends.
 */
HM_MUST_CHECK uint32_t hm_tpm_primary(struct hm_tpm *tpm, struct hm_bytes template, uint32_t *ret_handle,
				      struct hm_tpm_public_area *ret);
/* TPM2_FlushContext. What cannot be flushed is gone with the connection. */
void hm_tpm_flush(struct hm_tpm *tpm, uint32_t handle);

#endif
