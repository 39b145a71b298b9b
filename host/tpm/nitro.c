/* SPDX-License-Identifier: BSD-2-Clause */
/* nitro.c - AWS: a request to the Nitro security module, through the TPM */
#include "host/tpm/nitro.h"

#include <string.h>

#include <tss2/tss2_tcti.h>

#include "host/tpm/internal.h"
#include "host/tpm/quote.h"

#define HEADER_LEN 10u
/* As tpm2-tss has it for its own commands. */
#define RETRIES 5u
HM_STATIC_ASSERT(HM_TPM_NSM_LEN <= HM_TPM_NV_MAX, "the response can be read");

/* --- the index --- */

static uint32_t index_open(struct hm_tpm *tpm, ESYS_TR *ret)
{
	return Esys_TR_FromTPMPublic(tpm->esys, HM_TPM_NSM_INDEX, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, ret);
}

static uint32_t undefine(struct hm_tpm *tpm)
{
	ESYS_TR index = ESYS_TR_NONE;
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = index_open(tpm, &index);
	/* ESYS forgets the object with the index. */
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_NV_UndefineSpace(tpm->esys, ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
					   ESYS_TR_NONE);
	return hm_tpm_command_end(tpm, rc);
}

static uint32_t define(struct hm_tpm *tpm)
{
	const TPM2B_AUTH empty = {0};
	const TPM2B_NV_PUBLIC public = {.nvPublic = {.nvIndex = HM_TPM_NSM_INDEX,
						     .nameAlg = TPM2_ALG_SHA256,
						     .attributes = TPMA_NV_AUTHREAD | TPMA_NV_AUTHWRITE,
						     .dataSize = HM_TPM_NSM_LEN}};
	ESYS_TR index = ESYS_TR_NONE;
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_NV_DefineSpace(tpm->esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
					 &empty, &public, &index);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_TR_Close(tpm->esys, &index);
	return hm_tpm_command_end(tpm, rc);
}

static uint32_t write_request(struct hm_tpm *tpm, struct hm_bytes request)
{
	TPM2B_MAX_NV_BUFFER data = {.size = (UINT16)request.len};
	ESYS_TR index = ESYS_TR_NONE;
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (request.len > sizeof(data.buffer))
		rc = TSS2_ESYS_RC_BAD_VALUE;
	if (rc == TSS2_RC_SUCCESS)
		rc = index_open(tpm, &index);
	if (rc == TSS2_RC_SUCCESS) {
		memcpy(data.buffer, request.p, request.len);
		rc = Esys_NV_Write(tpm->esys, index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &data, 0);
	}
	if (index != ESYS_TR_NONE)
		(void)Esys_TR_Close(tpm->esys, &index);
	return hm_tpm_command_end(tpm, rc);
}

/* --- the command, which no library knows --- */

static void put_u32(uint8_t *p, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

/* TPM 2.0 part 1, 18: header, handles, size of the authorizations, one of them: TPM_RS_PW, no nonce, no attributes, no
 * password. */
static void make_command(uint8_t ret[HEADER_LEN + 8 + 4 + 9])
{
	memset(ret, 0, HEADER_LEN + 8 + 4 + 9);
	ret[0] = TPM2_ST_SESSIONS >> 8;
	ret[1] = TPM2_ST_SESSIONS & 0xff;
	put_u32(ret + 2, HEADER_LEN + 8 + 4 + 9);
	put_u32(ret + 6, HM_TPM_NSM_COMMAND);
	put_u32(ret + 10, HM_TPM_NSM_INDEX);
	put_u32(ret + 14, HM_TPM_NSM_INDEX);
	put_u32(ret + 18, 9);
	put_u32(ret + 22, TPM2_RS_PW);
}

static uint32_t transmit(struct hm_tpm *tpm)
{
	uint8_t command[HEADER_LEN + 8 + 4 + 9], answer[4096];
	struct hm_reader r;
	size_t len = sizeof(answer);
	uint32_t size, code;
	TSS2_RC rc;

	make_command(command);
	rc = Tss2_Tcti_Transmit(tpm->tcti, sizeof(command), command);
	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_Tcti_Receive(tpm->tcti, &len, answer, TSS2_TCTI_TIMEOUT_BLOCK);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	r = hm_reader_of(hm_bytes_of(answer, len));
	hm_skip(&r, 2);
	size = hm_get_u32be(&r);
	code = hm_get_u32be(&r);
	if (r.failed || size != len)
		return TSS2_ESYS_RC_MALFORMED_RESPONSE;
	return code;
}

static uint32_t vendor_command(struct hm_tpm *tpm)
{
	TSS2_RC rc = hm_tpm_command_begin(tpm);
	unsigned int tries = 0;

	if (rc == TSS2_RC_SUCCESS) {
		do {
			rc = transmit(tpm);
		} while (rc == TPM2_RC_RETRY && ++tries < RETRIES);
	}
	return hm_tpm_command_end(tpm, rc);
}

static uint32_t ask(struct hm_tpm *tpm, struct hm_bytes request, uint8_t ret[HM_TPM_NSM_LEN])
{
	size_t len = 0;
	TSS2_RC rc = write_request(tpm, request);

	if (rc == TSS2_RC_SUCCESS)
		rc = vendor_command(tpm);
	if (rc == TSS2_RC_SUCCESS)
		rc = hm_tpm_nv_read(tpm, HM_TPM_NSM_INDEX, ret, HM_TPM_NSM_LEN, &len);
	if (rc == TSS2_RC_SUCCESS && len != HM_TPM_NSM_LEN)
		rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	return rc;
}

uint32_t hm_tpm_nsm(struct hm_tpm *tpm, struct hm_bytes request, uint8_t ret[HM_TPM_NSM_LEN])
{
	TSS2_RC rc = define(tpm), undefined;

	if (rc == TPM2_RC_NV_DEFINED) {
		rc = undefine(tpm);
		if (rc == TSS2_RC_SUCCESS)
			rc = define(tpm);
	}
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	rc = ask(tpm, request, ret);
	undefined = undefine(tpm);
	return rc != TSS2_RC_SUCCESS ? rc : undefined;
}

/* --- who made the TPM --- */

static uint32_t read_vendor(struct hm_tpm *tpm, char ret[HM_TPM_VENDOR_MAX + 1])
{
	char text[HM_TPM_VENDOR_MAX + 1] = "";
	TPMS_CAPABILITY_DATA *data = NULL;
	const TPML_TAGGED_TPM_PROPERTY *list;
	TPMI_YES_NO more;
	TSS2_RC rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_TPM_PROPERTIES,
					TPM2_PT_VENDOR_STRING_1, HM_TPM_VENDOR_MAX / 4, &more, &data);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	list = &data->data.tpmProperties;
	if (data->capability != TPM2_CAP_TPM_PROPERTIES || list->count > HM_TPM_VENDOR_MAX / 4)
		rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	for (uint32_t i = 0; rc == TSS2_RC_SUCCESS && i < list->count; i++) {
		uint8_t word[4];

		put_u32(word, list->tpmProperty[i].value);
		if (list->tpmProperty[i].property == TPM2_PT_VENDOR_STRING_1 + i)
			memcpy(text + (size_t)4 * i, word, sizeof(word));
		else
			rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	}
	Esys_Free(data);
	if (rc == TSS2_RC_SUCCESS)
		memcpy(ret, text, sizeof(text));
	return rc;
}

uint32_t hm_tpm_vendor(struct hm_tpm *tpm, char ret[HM_TPM_VENDOR_MAX + 1])
{
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = read_vendor(tpm, ret);
	return hm_tpm_command_end(tpm, rc);
}
