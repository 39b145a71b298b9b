/* SPDX-License-Identifier: BSD-2-Clause */
/* digest.h - the four hash algorithms of PCR banks, and digests in all of them */
#ifndef HM_DIGEST_H
#define HM_DIGEST_H

#include "bytes.h"
#include "err.h"

/*
 * The order is an interface: ascending TCG algorithm id, which is the order of
 * banks in every file we write. Source: TCG Algorithm Registry, TPM_ALG_ID.
 * The core computes no hash; callers pass a struct hm_hasher.
 */
enum hm_bank { HM_SHA1, HM_SHA256, HM_SHA384, HM_SHA512, HM_BANK_COUNT };
#define HM_DIGEST_MAX 64
#define HM_SHA256_LEN 32u

struct hm_alg {
	const char *name; /* "sha256" */
	uint16_t tpm_id;  /* 0x000b */
	uint8_t len;	  /* bytes of a digest */
	uint8_t efi_bit;  /* EFI_TCG2_BOOT_HASH_ALG_* */
};
extern const struct hm_alg hm_algs[HM_BANK_COUNT];

/* A set of banks: bit (1 << enum hm_bank). */
#define HM_BANK_BIT(bank) (1u << (bank))
#define HM_BANKS_ALL 0x0fu

/* One digest for each bank in `banks`; the others are zero. */
struct hm_digests {
	uint32_t banks;
	uint8_t value[HM_BANK_COUNT][HM_DIGEST_MAX];
};

/* Hash `count` runs of bytes, one after the other, followed by `zero_tail` zero bytes. */
struct hm_hasher {
	void *ctx;
	enum hm_err (*hash)(void *ctx, enum hm_bank bank, const struct hm_bytes *parts, size_t count,
			    uint64_t zero_tail, uint8_t *ret);
};

/* The bank of a TPM algorithm id; false if it is none of ours. */
HM_MUST_CHECK bool hm_bank_of_tpm_id(uint16_t tpm_id, enum hm_bank *ret);
HM_MUST_CHECK bool hm_bank_of_name(struct hm_bytes name, enum hm_bank *ret);
/* The bank of a set to show to a person: SHA-256 where it is in it, else the largest. */
enum hm_bank hm_bank_shown(uint32_t banks);
/* Refuse a set of banks without SHA-256 and SHA-384 (BANK_MISSING). */
HM_MUST_CHECK enum hm_err hm_banks_check(uint32_t banks);
/* Hash one content in every bank of `banks`. */
HM_MUST_CHECK enum hm_err hm_digests_of(const struct hm_hasher *hasher, uint32_t banks, const struct hm_bytes *parts,
					size_t count, uint64_t zero_tail, struct hm_digests *ret);
/* The name of the first bank of a set, for messages; "" for the empty set. */
const char *hm_banks_first_name(uint32_t banks);
bool hm_digests_equal(const struct hm_digests *a, const struct hm_digests *b);

#endif
