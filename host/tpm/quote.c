/* SPDX-License-Identifier: BSD-2-Clause */
/* quote.c - the attestation key, certificates, quotes */
#include "host/tpm/quote.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "host/tpm/internal.h"

/* TPM 2.0 part 2, 6.6.3: format one, the handle's number left out. */
#define RC_HANDLE_MASK 0x0bfu
/* What one TPM2_NV_Read can bring at least (MAX_NV_BUFFER_SIZE of any TPM that holds a certificate). */
#define NV_CHUNK 512u

bool hm_tpm_is_absent(uint32_t rc)
{
	return (rc & ~(uint32_t)TSS2_RC_LAYER_MASK & RC_HANDLE_MASK) == TPM2_RC_HANDLE;
}

/* An object that is in the TPM: ESYS asks for its public area and computes its name. */
static uint32_t handle_open(struct hm_tpm *tpm, uint32_t handle, ESYS_TR *ret)
{
	return Esys_TR_FromTPMPublic(tpm->esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ret);
}

/* --- public area --- */

static uint32_t read_public(struct hm_tpm *tpm, ESYS_TR object, struct hm_tpm_public_area *ret)
{
	TPM2B_NAME *name = NULL, *qualified = NULL;
	TPM2B_PUBLIC *public = NULL;
	struct hm_tpm_public_area out = {0};
	TSS2_RC rc = Esys_ReadPublic(tpm->esys, object, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public, &name,
				     &qualified);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	rc = Tss2_MU_TPMT_PUBLIC_Marshal(&public->publicArea, out.p, sizeof(out.p), &out.len);
	if (rc == TSS2_RC_SUCCESS)
		rc = hm_tpm_check_response_len(tpm, 3 * sizeof(UINT16) + out.len + name->size + qualified->size);
	Esys_Free(public);
	Esys_Free(name);
	Esys_Free(qualified);
	if (rc == TSS2_RC_SUCCESS)
		*ret = out;
	return rc;
}

uint32_t hm_tpm_read_public(struct hm_tpm *tpm, uint32_t handle, struct hm_tpm_public_area *ret)
{
	ESYS_TR object = ESYS_TR_NONE;
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = handle_open(tpm, handle, &object);
	if (rc == TSS2_RC_SUCCESS)
		rc = read_public(tpm, object, ret);
	if (object != ESYS_TR_NONE)
		(void)Esys_TR_Close(tpm->esys, &object);
	return hm_tpm_command_end(tpm, rc);
}

/* --- NV --- */

static uint32_t nv_public(struct hm_tpm *tpm, ESYS_TR index, size_t *ret_len, TPMA_NV *ret_attributes)
{
	TPM2B_NV_PUBLIC *public = NULL;
	TPM2B_NAME *name = NULL;
	TSS2_RC rc = Esys_NV_ReadPublic(tpm->esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public, &name);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	*ret_len = public->nvPublic.dataSize;
	*ret_attributes = public->nvPublic.attributes;
	Esys_Free(public);
	Esys_Free(name);
	return TSS2_RC_SUCCESS;
}

static uint32_t nv_read_chunk(struct hm_tpm *tpm, ESYS_TR auth, ESYS_TR index, size_t off, size_t len, uint8_t *ret)
{
	TPM2B_MAX_NV_BUFFER *data = NULL;
	TSS2_RC rc = Esys_NV_Read(tpm->esys, auth, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, (UINT16)len,
				  (UINT16)off, &data);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	if (data->size != len)
		rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	else
		rc = hm_tpm_check_response_len(tpm, sizeof(UINT16) + len);
	if (rc == TSS2_RC_SUCCESS)
		memcpy(ret, data->buffer, len);
	Esys_Free(data);
	return rc;
}

static uint32_t nv_read_open(struct hm_tpm *tpm, ESYS_TR index, uint8_t *ret, size_t cap, size_t *ret_len)
{
	TPMA_NV attributes = 0;
	size_t len = 0;
	TSS2_RC rc = nv_public(tpm, index, &len, &attributes);
	ESYS_TR auth = attributes & TPMA_NV_AUTHREAD ? index : ESYS_TR_RH_OWNER;

	if (rc == TSS2_RC_SUCCESS && len > cap)
		rc = TSS2_ESYS_RC_BAD_VALUE;
	for (size_t off = 0; rc == TSS2_RC_SUCCESS && off < len; off += NV_CHUNK)
		rc = nv_read_chunk(tpm, auth, index, off, len - off < NV_CHUNK ? len - off : NV_CHUNK, ret + off);
	if (rc == TSS2_RC_SUCCESS)
		*ret_len = len;
	return rc;
}

uint32_t hm_tpm_nv_read(struct hm_tpm *tpm, uint32_t index, uint8_t *ret, size_t cap, size_t *ret_len)
{
	ESYS_TR object = ESYS_TR_NONE;
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = handle_open(tpm, index, &object);
	if (rc == TSS2_RC_SUCCESS)
		rc = nv_read_open(tpm, object, ret, cap, ret_len);
	if (object != ESYS_TR_NONE)
		(void)Esys_TR_Close(tpm->esys, &object);
	return hm_tpm_command_end(tpm, rc);
}

/* --- quote --- */

static uint32_t quote_open(struct hm_tpm *tpm, ESYS_TR key, enum hm_bank bank, const uint8_t *extra,
			   struct hm_tpm_quote *ret)
{
	/* The scheme of a restricted key is its own. */
	const TPMT_SIG_SCHEME scheme = {.scheme = TPM2_ALG_NULL};
	/* Registers 0 to 15, three bytes: never one that can be reset. */
	const TPML_PCR_SELECTION selection = {
		.count = 1,
		.pcrSelections = {{.hash = hm_algs[bank].tpm_id, .sizeofSelect = 3, .pcrSelect = {0xff, 0xff, 0x00}}},
	};
	TPM2B_DATA data = {.size = HM_TPM_EXTRA_LEN};
	struct hm_tpm_quote out = {0};
	TPMT_SIGNATURE *signature = NULL;
	TPM2B_ATTEST *attest = NULL;
	TSS2_RC rc;

	memcpy(data.buffer, extra, HM_TPM_EXTRA_LEN);
	rc = Esys_Quote(tpm->esys, key, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &data, &scheme, &selection,
			&attest, &signature);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	rc = Tss2_MU_TPMT_SIGNATURE_Marshal(signature, out.signature, sizeof(out.signature), &out.signature_len);
	if (rc == TSS2_RC_SUCCESS && attest->size > sizeof(out.attest))
		rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	if (rc == TSS2_RC_SUCCESS)
		rc = hm_tpm_check_response_len(tpm, sizeof(UINT16) + attest->size + out.signature_len);
	if (rc == TSS2_RC_SUCCESS) {
		memcpy(out.attest, attest->attestationData, attest->size);
		out.attest_len = attest->size;
		*ret = out;
	}
	Esys_Free(attest);
	Esys_Free(signature);
	return rc;
}

uint32_t hm_tpm_quote(struct hm_tpm *tpm, uint32_t handle, enum hm_bank bank, const uint8_t extra[HM_TPM_EXTRA_LEN],
		      struct hm_tpm_quote *ret)
{
	ESYS_TR key = ESYS_TR_NONE;
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = handle_open(tpm, handle, &key);
	if (rc == TSS2_RC_SUCCESS)
		rc = quote_open(tpm, key, bank, extra, ret);
	if (key != ESYS_TR_NONE)
		(void)Esys_TR_Close(tpm->esys, &key);
	return hm_tpm_command_end(tpm, rc);
}

/* --- clock --- */
