/* SPDX-License-Identifier: BSD-2-Clause */
/* pcr.c - registers in every bank */
#include "pcr.h"

#define DRTM_FIRST 17u
#define DRTM_LAST 22u

/* This order is an interface: the index is the register. docs/FORMATS.md, "Registers". */
const struct hm_pcr_info hm_pcr_table[HM_PCR_QUOTED] = {
	{HM_PCR_FIRMWARE_CODE, HM_POLICY_ONE_OF, "firmware code"},
	{HM_PCR_FIRMWARE_CONFIG, HM_POLICY_ONE_OF, "platform configuration"},
	{HM_PCR_OPTION_ROM, HM_POLICY_PINNED, "option ROMs"},
	{HM_PCR_OPTION_ROM_CONFIG, HM_POLICY_PINNED, "option ROM configuration"},
	{HM_PCR_BOOT_APPLICATION, HM_POLICY_PINNED, "the UKI, nothing else"},
	{HM_PCR_PARTITIONS, HM_POLICY_SHOWN, "partition table of the boot disk, ExitBootServices"},
	{HM_PCR_HOST, HM_POLICY_SHOWN, "host events"},
	{HM_PCR_SECURE_BOOT, HM_POLICY_PINNED, "Secure Boot policy"},
	{HM_PCR_BOOT_LOADER, HM_POLICY_ZERO, "nothing"},
	{HM_PCR_KERNEL_STUB, HM_POLICY_PINNED, "kernel: load options, initrd"},
	{HM_PCR_IMA, HM_POLICY_ZERO, "nothing (IMA is off)"},
	{HM_PCR_OS, HM_POLICY_PINNED, "the custom OS"},
	{HM_PCR_CONFIG, HM_POLICY_PINNED, "lock"},
	{HM_PCR_APP, HM_POLICY_PINNED, "the application"},
	{HM_PCR_WEIGHTS, HM_POLICY_PINNED, "the model weights"},
	{HM_PCR_TLS, HM_POLICY_REPLAYED, "lock, then the TLS key"},
};

const char *hm_policy_name(enum hm_pcr_policy policy)
{
	switch (policy) {
	case HM_POLICY_ONE_OF:
		return "one-of";
	case HM_POLICY_PINNED:
		return "pinned";
	case HM_POLICY_ZERO:
		return "zero";
	case HM_POLICY_SHOWN:
		return "shown";
	case HM_POLICY_REPLAYED:
		return "replayed";
	}
	return "unknown";
}

void hm_pcrs_init(struct hm_pcrs *pcrs, uint32_t banks, uint8_t locality)
{
	memset(pcrs, 0, sizeof(*pcrs));
	pcrs->banks = banks;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		/* TCG PC Client Platform TPM Profile: the DRTM registers start as all ones. */
		for (uint32_t pcr = DRTM_FIRST; pcr <= DRTM_LAST; pcr++)
			memset(pcrs->value[bank][pcr], 0xff, hm_algs[bank].len);
		pcrs->value[bank][0][hm_algs[bank].len - 1] = locality;
	}
}

enum hm_err hm_pcrs_extend(struct hm_pcrs *pcrs, const struct hm_hasher *hasher, uint32_t pcr,
			   const struct hm_digests *digests)
{
	struct hm_digests next = {.banks = pcrs->banks};

	if (pcr >= HM_PCR_COUNT)
		return HM_E_LOG_PCR;
	if (pcrs->banks & ~digests->banks)
		return HM_E_BANK_DIGEST;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		struct hm_bytes parts[2];
		enum hm_err err;

		if (!(pcrs->banks & HM_BANK_BIT(bank)))
			continue;
		parts[0] = hm_bytes_of(pcrs->value[bank][pcr], hm_algs[bank].len);
		parts[1] = hm_bytes_of(digests->value[bank], hm_algs[bank].len);
		err = hasher->hash(hasher->ctx, bank, parts, HM_ARRAY_LEN(parts), 0, next.value[bank]);
		if (err)
			return err;
	}
	/* Only now, so that a failing hash leaves the banks in step. */
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (pcrs->banks & HM_BANK_BIT(bank))
			memcpy(pcrs->value[bank][pcr], next.value[bank], hm_algs[bank].len);
	}
	return HM_OK;
}

void hm_pcr_digests(const struct hm_pcrs *pcrs, uint32_t pcr, struct hm_digests *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (pcr >= HM_PCR_COUNT)
		return;
	ret->banks = pcrs->banks;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (pcrs->banks & HM_BANK_BIT(bank))
			memcpy(ret->value[bank], pcrs->value[bank][pcr], hm_algs[bank].len);
	}
}

uint32_t hm_pcr_differing(const struct hm_pcrs *a, const struct hm_pcrs *b, uint32_t banks, uint32_t pcr)
{
	uint32_t differing = 0;

	if (pcr >= HM_PCR_COUNT)
		return banks;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if ((banks & HM_BANK_BIT(bank)) &&
		    memcmp(a->value[bank][pcr], b->value[bank][pcr], hm_algs[bank].len) != 0)
			differing |= HM_BANK_BIT(bank);
	}
	return differing;
}

bool hm_pcr_is_zero(const struct hm_pcrs *pcrs, uint32_t pcr)
{
	static const uint8_t zero[HM_DIGEST_MAX];

	if (pcr >= HM_PCR_COUNT)
		return false;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(pcrs->banks & HM_BANK_BIT(bank)))
			continue;
		if (memcmp(pcrs->value[bank][pcr], zero, hm_algs[bank].len) != 0)
			return false;
	}
	return true;
}
