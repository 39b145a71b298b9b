/* SPDX-License-Identifier: BSD-2-Clause */
/* digest.c - the table of hash algorithms, and digests in several banks */
#include "digest.h"

/*
 * This order is an interface: enum hm_bank.
 * TCG Algorithm Registry, TPM_ALG_ID; TCG EFI Protocol, EFI_TCG2_BOOT_HASH_ALG_*.
 */
const struct hm_alg hm_algs[HM_BANK_COUNT] = {
	[HM_SHA1] = {"sha1", 0x0004, 20, 0x1},
	[HM_SHA256] = {"sha256", 0x000b, 32, 0x2},
	[HM_SHA384] = {"sha384", 0x000c, 48, 0x4},
	[HM_SHA512] = {"sha512", 0x000d, 64, 0x8},
};
HM_STATIC_ASSERT(HM_BANKS_ALL == (1u << HM_BANK_COUNT) - 1, "one bit for each bank");

bool hm_bank_of_tpm_id(uint16_t tpm_id, enum hm_bank *ret)
{
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (hm_algs[bank].tpm_id == tpm_id) {
			*ret = bank;
			return true;
		}
	}
	return false;
}

bool hm_bank_of_name(struct hm_bytes name, enum hm_bank *ret)
{
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (hm_bytes_equal_text(name, hm_algs[bank].name)) {
			*ret = bank;
			return true;
		}
	}
	return false;
}

enum hm_bank hm_bank_shown(uint32_t banks)
{
	enum hm_bank bank = HM_SHA512;

	if (banks & HM_BANK_BIT(HM_SHA256))
		return HM_SHA256;
	while (bank > HM_SHA1 && !(banks & HM_BANK_BIT(bank)))
		bank--;
	return bank;
}

enum hm_err hm_banks_check(uint32_t banks)
{
	if (banks & ~HM_BANKS_ALL)
		return HM_E_BANK_UNKNOWN;
	if (!(banks & (HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384))))
		return HM_E_BANK_MISSING;
	return HM_OK;
}

enum hm_err hm_digests_of(const struct hm_hasher *hasher, uint32_t banks, const struct hm_bytes *parts, size_t count,
			  uint64_t zero_tail, struct hm_digests *ret)
{
	struct hm_digests digests = {.banks = banks};

	if (banks & ~HM_BANKS_ALL)
		return HM_E_BANK_UNKNOWN;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		enum hm_err err;

		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		err = hasher->hash(hasher->ctx, bank, parts, count, zero_tail, digests.value[bank]);
		if (err)
			return err;
	}
	*ret = digests;
	return HM_OK;
}

const char *hm_banks_first_name(uint32_t banks)
{
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (banks & HM_BANK_BIT(bank))
			return hm_algs[bank].name;
	}
	return "";
}

bool hm_digests_equal(const struct hm_digests *a, const struct hm_digests *b)
{
	if (a->banks != b->banks)
		return false;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(a->banks & HM_BANK_BIT(bank)))
			continue;
		if (memcmp(a->value[bank], b->value[bank], hm_algs[bank].len) != 0)
			return false;
	}
	return true;
}
