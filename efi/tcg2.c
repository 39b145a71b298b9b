/* SPDX-License-Identifier: BSD-2-Clause */
/* tcg2.c - the sink that extends through the firmware's TCG2 protocol */
#include "tcg2.h"

#include "event.h"

static EFI_GUID tcg2_guid = {0x607f766c, 0x7455, 0x42be, {0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f}};

/* Every bit must be a bank that we know, so that nothing is active but not predicted. */
static enum hm_err banks_of_efi(uint32_t efi_banks, uint32_t *ret)
{
	uint32_t banks = 0;

	for (uint32_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (efi_banks & hm_algs[bank].efi_bit)
			banks |= HM_BANK_BIT(bank);
		efi_banks &= ~(uint32_t)hm_algs[bank].efi_bit;
	}
	if (efi_banks)
		return HM_E_BANK_UNKNOWN;
	*ret = banks;
	return HM_OK;
}

static enum hm_err check_capability(const struct hm_tcg2_capability *cap, uint32_t active)
{
	/* 1.0 is the TrEE protocol, which has no banks; another major number is not defined. */
	if (cap->size < sizeof(*cap) || cap->structure_major != 1 || cap->structure_minor < 1)
		return HM_E_EFI_TPM_CAPABILITY;
	if (!cap->tpm_present)
		return HM_E_EFI_TPM_ABSENT;
	if (cap->active_banks != active)
		return HM_E_EFI_BANKS;
	/*
	 * A bank that the firmware leaves as it is lets anyone extend a history of his own into
	 * it.
	 */
	if (active & ~cap->hash_algorithms)
		return HM_E_EFI_BANK_NOT_EXTENDED;
	return HM_OK;
}

enum hm_err hm_tcg2_open(struct hm_efi *efi, struct hm_tcg2 *ret)
{
	struct hm_tcg2_capability cap = {.size = sizeof(cap)};
	struct hm_tcg2_protocol *protocol = NULL;
	uint32_t active = 0, banks = 0;
	enum hm_err err;

	*ret = (struct hm_tcg2){.efi = efi, .what = ""};
	err = hm_efi_check(efi, efi->bs->LocateProtocol(&tcg2_guid, NULL, (void **)&protocol), HM_E_EFI_NO_TPM);
	if (err)
		return err;
	ret->protocol = protocol;
	err = hm_efi_check(efi, protocol->get_capability(protocol, &cap), HM_E_EFI_TPM_CAPABILITY);
	if (err)
		return err;
	err = hm_efi_check(efi, protocol->get_active_banks(protocol, &active), HM_E_EFI_BANKS);
	if (err)
		return err;
	err = check_capability(&cap, active);
	if (err)
		return err;
	err = banks_of_efi(active, &banks);
	if (err)
		return err;
	ret->banks = banks;
	return hm_banks_check(banks);
}

enum hm_err hm_tcg2_extend(struct hm_tcg2 *tcg2, const struct hm_measurement *m)
{
	_Alignas(8) uint8_t event[HM_EVENT_MAX];
	struct hm_writer w = hm_writer_of(event, sizeof(event));
	EFI_PHYSICAL_ADDRESS content;
	EFI_STATUS status;
	enum hm_err err;

	tcg2->what = m->what;
	err = hm_event_put(m, m->pcr, &w);
	if (err)
		return err;
	content = (EFI_PHYSICAL_ADDRESS)(uintptr_t)m->parts[0].p;
	tcg2->busy = true;
	status = tcg2->protocol->hash_log_extend_event(tcg2->protocol, 0, content, m->parts[0].len, event);
	tcg2->busy = false;
	if (status == EFI_SUCCESS)
		tcg2->what = "";

	/*
	 * Extended, but a log without this event can never be replayed: TCG EFI 6.6,
	 * EFI_VOLUME_FULL.
	 */
	if (status == EFI_VOLUME_FULL)
		return hm_efi_check(tcg2->efi, status, HM_E_EFI_LOG_FULL);
	return hm_efi_check(tcg2->efi, status, HM_E_EXTEND);
}
