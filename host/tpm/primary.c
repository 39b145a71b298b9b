/* SPDX-License-Identifier: BSD-2-Clause */
/* primary.c - keys that a template makes: primary objects of the endorsement hierarchy */
#include "host/tpm/primary.h"

#include <tss2/tss2_mu.h>

#include "host/tpm/internal.h"

static uint32_t create(struct hm_tpm *tpm, const TPM2B_PUBLIC *public, ESYS_TR *ret_object,
		       struct hm_tpm_public_area *ret)
{
	const TPM2B_SENSITIVE_CREATE sensitive = {0};
	const TPM2B_DATA outside = {0};
	const TPML_PCR_SELECTION none = {0};
	TPM2B_PUBLIC *made = NULL;
	struct hm_tpm_public_area out = {0};
	TSS2_RC rc = Esys_CreatePrimary(tpm->esys, ESYS_TR_RH_ENDORSEMENT, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
					&sensitive, public, &outside, &none, ret_object, &made, NULL, NULL, NULL);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	rc = Tss2_MU_TPMT_PUBLIC_Marshal(&made->publicArea, out.p, sizeof(out.p), &out.len);
	Esys_Free(made);
	if (rc == TSS2_RC_SUCCESS)
		*ret = out;
	return rc;
}

uint32_t hm_tpm_primary(struct hm_tpm *tpm, struct hm_bytes template, uint32_t *ret_handle,
			struct hm_tpm_public_area *ret)
{
	TPM2B_PUBLIC public = {0};
	ESYS_TR object = ESYS_TR_NONE;
	TPM2_HANDLE handle = 0;
	size_t off = 0;
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_MU_TPMT_PUBLIC_Unmarshal(template.p, template.len, &off, &public.publicArea);
	if (rc == TSS2_RC_SUCCESS)
		rc = create(tpm, &public, &object, ret);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_GetTpmHandle(tpm->esys, object, &handle);
	if (rc == TSS2_RC_SUCCESS)
		*ret_handle = handle;
	else if (object != ESYS_TR_NONE)
		(void)Esys_FlushContext(tpm->esys, object);
	return hm_tpm_command_end(tpm, rc);
}

void hm_tpm_flush(struct hm_tpm *tpm, uint32_t handle)
{
	ESYS_TR object = ESYS_TR_NONE;
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &object);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_FlushContext(tpm->esys, object);
	(void)hm_tpm_command_end(tpm, rc);
}
