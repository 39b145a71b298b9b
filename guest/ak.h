/* SPDX-License-Identifier: BSD-2-Clause */
/* ak.h - in the booted machine: which platform this is, and its attestation key */
#ifndef HM_GUEST_AK_H
#define HM_GUEST_AK_H

#include "guest/boot_key.h"
#include "lib/platform/table.h"
#include "host/tpm/primary.h"

/*
 * The platform table says which key is used: the one at a persistent handle, or one that is made from a template for
 * each use. The template is the platform's, or our own where a hardware report vouches for any key.
 */
struct hm_prover_key {
	uint32_t handle; /* 0: made from the template */
	uint32_t certificate_nv;
	uint8_t template[HM_TPM_PUBLIC_MAX];
	size_t template_len;
	struct hm_tpm_public_area area;
};

/* *error names what is missing. A platform may have an RSA and an ECC key: the ECC key is taken, which is made faster.
 */
HM_MUST_CHECK bool hm_prover_key_find(const struct hm_platform *platform, struct hm_tpm *tpm, const char *tcti,
				      struct hm_prover_key *ret, struct hm_error *error);
/* A handle to quote with on this connection, until hm_prover_key_done. */
HM_MUST_CHECK uint32_t hm_prover_key_use(const struct hm_prover_key *key, struct hm_tpm *tpm, uint32_t *ret);
void hm_prover_key_done(const struct hm_prover_key *key, struct hm_tpm *tpm, uint32_t handle);

/*
 * The row of the platform table whose handles and indices all are in this TPM; of several such rows the one with the
 * most. NULL: none. No security rests on this choice: a verifier decides which platform it accepts, and checks that
 * platform's evidence.
 */
const struct hm_platform *hm_prover_detect(struct hm_tpm *tpm);

#endif
