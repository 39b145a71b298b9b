/* SPDX-License-Identifier: BSD-2-Clause */
/* tpm.c - registers, through tpm2-tss */
#include "host/tpm/tpm.h"

#include <stdlib.h>
#include <string.h>

#include "host/tpm/internal.h"

#include <tss2/tss2_rc.h>
#include <tss2/tss2_sys.h>
#include <tss2/tss2_tctildr.h>

/* One bit for each register of a selection: 3 bytes, as PC Client TPMs have. */
#define SELECT_LEN 3u
#define ALL_PCRS ((1u << HM_PCR_COUNT) - 1u)
/*
 * A PCR_Read answers at most 8 digests; with 4 banks of 24 registers that is 12 commands. A TPM
 * that answers without getting anywhere is given up on at once, so this bound is only the
 * outermost.
 */
#define READS_MAX (HM_BANK_COUNT * HM_PCR_COUNT)

static void contexts_close(struct hm_tpm *tpm)
{
	if (tpm->esys)
		Esys_Finalize(&tpm->esys);
	if (tpm->tcti)
		Tss2_TctiLdr_Finalize(&tpm->tcti);
}

static uint32_t contexts_open(struct hm_tpm *tpm)
{
	TSS2_RC rc = Tss2_TctiLdr_Initialize(tpm->conf, &tpm->tcti);

	if (rc != TSS2_RC_SUCCESS)
		return rc;
	return Esys_Initialize(&tpm->esys, tpm->tcti, NULL);
}

uint32_t hm_tpm_command_begin(struct hm_tpm *tpm)
{
	if (!tpm->failed)
		return TSS2_RC_SUCCESS;
	contexts_close(tpm);
	return contexts_open(tpm);
}

uint32_t hm_tpm_command_end(struct hm_tpm *tpm, uint32_t rc)
{
	tpm->failed = rc != TSS2_RC_SUCCESS;
	return rc;
}

uint32_t hm_tpm_check_response_len(const struct hm_tpm *tpm, size_t len)
{
	TSS2_SYS_CONTEXT *sys = NULL;
	const uint8_t *params = NULL;
	size_t params_len = 0;
	TSS2_RC rc = Esys_GetSysContext(tpm->esys, &sys);

	if (rc == TSS2_RC_SUCCESS)
		rc = Tss2_Sys_GetRpBuffer(sys, &params_len, &params);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	return params_len == len ? TSS2_RC_SUCCESS : TSS2_ESYS_RC_MALFORMED_RESPONSE;
}

/* TPM 2.0 part 2, 10.9.7: a count, then algorithm, length and bitmap of each. */
static size_t selections_len(const TPML_PCR_SELECTION *selections)
{
	size_t len = sizeof(UINT32);

	for (size_t i = 0; i < selections->count; i++)
		len += sizeof(UINT16) + sizeof(UINT8) + selections->pcrSelections[i].sizeofSelect;
	return len;
}

uint32_t hm_tpm_open(const char *tcti, struct hm_tpm **ret)
{
	struct hm_tpm *tpm = calloc(1, sizeof(*tpm));
	TSS2_RC rc = TSS2_ESYS_RC_MEMORY;

	if (!tpm)
		return rc;
	/*
	 * The library prints to stderr on its own; our programs report once. Whoever debugs may set
	 * it.
	 */
	setenv("TSS2_LOG", "all+none", 0);
	tpm->conf = strdup(tcti);
	if (tpm->conf)
		rc = contexts_open(tpm);
	if (rc != TSS2_RC_SUCCESS) {
		hm_tpm_close(tpm);
		return rc;
	}
	*ret = tpm;
	return TSS2_RC_SUCCESS;
}

void hm_tpm_close(struct hm_tpm *tpm)
{
	if (!tpm)
		return;
	contexts_close(tpm);
	free(tpm->conf);
	free(tpm);
}

const char *hm_tpm_error(uint32_t rc)
{
	return Tss2_RC_Decode(rc);
}

static bool selection_is_active(const TPMS_PCR_SELECTION *selection)
{
	for (size_t i = 0; i < selection->sizeofSelect && i < sizeof(selection->pcrSelect); i++) {
		if (selection->pcrSelect[i])
			return true;
	}
	return false;
}

/* The set of active banks; each may be listed once. */
static uint32_t take_banks(const TPML_PCR_SELECTION *assigned, uint32_t *ret_banks, uint16_t *ret_unknown)
{
	uint16_t unknown = 0;
	uint32_t banks = 0;

	for (size_t i = 0; i < assigned->count; i++) {
		const TPMS_PCR_SELECTION *selection = &assigned->pcrSelections[i];
		enum hm_bank bank;

		if (!selection_is_active(selection))
			continue;
		/* No algorithm has the id 0, which stands for "none" in *ret_unknown. */
		if (selection->hash == TPM2_ALG_ERROR)
			return TSS2_ESYS_RC_MALFORMED_RESPONSE;
		if (!hm_bank_of_tpm_id(selection->hash, &bank))
			unknown = selection->hash;
		else if (banks & HM_BANK_BIT(bank))
			return TSS2_ESYS_RC_MALFORMED_RESPONSE;
		else
			banks |= HM_BANK_BIT(bank);
	}
	*ret_banks = banks;
	*ret_unknown = unknown;
	return TSS2_RC_SUCCESS;
}

static uint32_t ask_banks(struct hm_tpm *tpm, uint32_t *ret_banks, uint16_t *ret_unknown)
{
	TPMS_CAPABILITY_DATA *data = NULL;
	const TPML_PCR_SELECTION *assigned;
	TPMI_YES_NO more = TPM2_NO;
	TSS2_RC rc;

	rc = Esys_GetCapability(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, TPM2_CAP_PCRS, 0, 1, &more, &data);
	if (rc != TSS2_RC_SUCCESS)
		return rc;
	assigned = &data->data.assignedPCR;
	/* TPM 2.0 part 3, 30.2.1: all banks come in one answer. */
	if (more != TPM2_NO || data->capability != TPM2_CAP_PCRS || assigned->count > TPM2_NUM_PCR_BANKS)
		rc = TSS2_ESYS_RC_MALFORMED_RESPONSE;
	else
		rc = hm_tpm_check_response_len(tpm, sizeof(UINT8) + sizeof(UINT32) + selections_len(assigned));
	if (rc == TSS2_RC_SUCCESS)
		rc = take_banks(assigned, ret_banks, ret_unknown);
	Esys_Free(data);
	return rc;
}

uint32_t hm_tpm_banks(struct hm_tpm *tpm, uint32_t *ret_banks, uint16_t *ret_unknown)
{
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = ask_banks(tpm, ret_banks, ret_unknown);
	return hm_tpm_command_end(tpm, rc);
}

static void select_mask(TPMS_PCR_SELECTION *selection, uint32_t mask)
{
	selection->sizeofSelect = SELECT_LEN;
	for (unsigned int i = 0; i < SELECT_LEN; i++)
		selection->pcrSelect[i] = (BYTE)(mask >> (8 * i));
}

static uint32_t mask_of(const TPMS_PCR_SELECTION *selection)
{
	uint32_t mask = 0;

	for (unsigned int i = 0; i < SELECT_LEN && i < selection->sizeofSelect; i++)
		mask |= (uint32_t)selection->pcrSelect[i] << (8 * i);
	return mask;
}

/* Store the digests of one answer for one bank; ret_got says which registers these were. */
static uint32_t take_answer(const TPML_PCR_SELECTION *answered, const TPML_DIGEST *values, enum hm_bank bank,
			    uint32_t wanted, struct hm_pcrs *pcrs, uint32_t *ret_got)
{
	uint32_t got;
	size_t next = 0;

	if (answered->count != 1 || answered->pcrSelections[0].hash != hm_algs[bank].tpm_id)
		return TSS2_ESYS_RC_MALFORMED_RESPONSE;
	got = mask_of(&answered->pcrSelections[0]);
	/*
	 * Nothing, or something that was not asked for: a register is missing in this bank, or the
	 * answer is bad.
	 */
	if (!got || (got & ~wanted) || values->count > HM_ARRAY_LEN(values->digests))
		return TSS2_ESYS_RC_MALFORMED_RESPONSE;
	for (uint32_t pcr = 0; pcr < HM_PCR_COUNT; pcr++) {
		if (!(got & HM_PCR_BIT(pcr)))
			continue;
		if (next >= values->count || values->digests[next].size != hm_algs[bank].len)
			return TSS2_ESYS_RC_MALFORMED_RESPONSE;
		memcpy(pcrs->value[bank][pcr], values->digests[next].buffer, hm_algs[bank].len);
		next++;
	}
	if (next != values->count)
		return TSS2_ESYS_RC_MALFORMED_RESPONSE;
	*ret_got = got;
	return TSS2_RC_SUCCESS;
}

/* The update counter, the selection, and each digest with its length. */
static uint32_t check_answer_len(const struct hm_tpm *tpm, const TPML_PCR_SELECTION *answered,
				 const TPML_DIGEST *values)
{
	size_t len = sizeof(UINT32) + selections_len(answered) + sizeof(UINT32);

	for (size_t i = 0; i < values->count; i++)
		len += sizeof(UINT16) + values->digests[i].size;
	return hm_tpm_check_response_len(tpm, len);
}

static uint32_t read_bank(struct hm_tpm *tpm, enum hm_bank bank, uint32_t wanted, struct hm_pcrs *pcrs)
{
	for (unsigned int i = 0; wanted && i < READS_MAX; i++) {
		TPML_PCR_SELECTION selection = {.count = 1};
		TPML_PCR_SELECTION *answered = NULL;
		TPML_DIGEST *values = NULL;
		uint32_t counter, got = 0;
		TSS2_RC rc;

		selection.pcrSelections[0].hash = hm_algs[bank].tpm_id;
		select_mask(&selection.pcrSelections[0], wanted);
		rc = Esys_PCR_Read(tpm->esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &selection, &counter, &answered,
				   &values);
		if (rc != TSS2_RC_SUCCESS)
			return rc;
		rc = take_answer(answered, values, bank, wanted, pcrs, &got);
		if (rc == TSS2_RC_SUCCESS)
			rc = check_answer_len(tpm, answered, values);
		Esys_Free(answered);
		Esys_Free(values);
		if (rc != TSS2_RC_SUCCESS)
			return rc;
		wanted &= ~got;
	}
	return wanted ? TSS2_ESYS_RC_MALFORMED_RESPONSE : TSS2_RC_SUCCESS;
}

static uint32_t read_banks(struct hm_tpm *tpm, uint32_t banks, uint32_t mask, struct hm_pcrs *ret)
{
	struct hm_pcrs pcrs;

	memset(&pcrs, 0, sizeof(pcrs));
	pcrs.banks = banks;
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		TSS2_RC rc;

		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		rc = read_bank(tpm, (enum hm_bank)bank, mask, &pcrs);
		if (rc != TSS2_RC_SUCCESS)
			return rc;
	}
	*ret = pcrs;
	return TSS2_RC_SUCCESS;
}

static uint32_t read_mask(struct hm_tpm *tpm, uint32_t banks, uint32_t mask, struct hm_pcrs *ret)
{
	TSS2_RC rc = hm_tpm_command_begin(tpm);

	if (rc == TSS2_RC_SUCCESS)
		rc = read_banks(tpm, banks, mask, ret);
	return hm_tpm_command_end(tpm, rc);
}

uint32_t hm_tpm_read(struct hm_tpm *tpm, uint32_t banks, struct hm_pcrs *ret)
{
	return read_mask(tpm, banks, ALL_PCRS, ret);
}

uint32_t hm_tpm_read_one(struct hm_tpm *tpm, uint32_t banks, uint32_t pcr, struct hm_pcrs *ret)
{
	if (pcr >= HM_PCR_COUNT)
		return TSS2_ESYS_RC_BAD_VALUE;
	return read_mask(tpm, banks, HM_PCR_BIT(pcr), ret);
}

uint32_t hm_tpm_extend(struct hm_tpm *tpm, uint32_t pcr, const struct hm_digests *digests)
{
	TPML_DIGEST_VALUES values = {0};
	TSS2_RC rc;

	/* Never 16 to 23: those can be reset. ESYS_TR_PCR0 + n is the handle of register n. */
	if (pcr >= HM_PCR_QUOTED || !digests->banks || (digests->banks & ~HM_BANKS_ALL))
		return TSS2_ESYS_RC_BAD_VALUE;
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		TPMT_HA *value = &values.digests[values.count];

		if (!(digests->banks & HM_BANK_BIT(bank)))
			continue;
		value->hashAlg = hm_algs[bank].tpm_id;
		memcpy(&value->digest, digests->value[bank], hm_algs[bank].len);
		values.count++;
	}
	rc = hm_tpm_command_begin(tpm);
	if (rc == TSS2_RC_SUCCESS)
		rc = Esys_PCR_Extend(tpm->esys, ESYS_TR_PCR0 + pcr, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE,
				     &values);
	if (rc == TSS2_RC_SUCCESS)
		rc = hm_tpm_check_response_len(tpm, 0);
	return hm_tpm_command_end(tpm, rc);
}
