/* SPDX-License-Identifier: BSD-2-Clause */
/* chain_cache.h - what a verifier remembers: certificate chains that it accepted, and TLS certificates that it read */
#ifndef HM_LIB_VERIFY_CHAIN_CACHE_H
#define HM_LIB_VERIFY_CHAIN_CACHE_H

#include "lib/crypto/ak_chain.h"

/*
 * Most of a verification is the certificates, and a machine shows the same ones with every proof. Only what was
 * accepted is kept, of one verifier (its roots, its platform's rules), found by the SHA-256 of the exact bytes of all
 * certificates, each with its length before it. Outside of the time in which every certificate of the path is valid
 * nothing is found, and the whole check is made, which then says why. The oldest entry makes room. Any number of
 * threads may use one.
 */
#define HM_MEMORY_MAX 1024u

struct hm_memory;

/* 1 to HM_MEMORY_MAX chains, and as many TLS certificates; NULL when out of memory. */
HM_MUST_CHECK struct hm_memory *hm_memory_new(size_t count);
void hm_memory_free(struct hm_memory *memory);

/* The key of a chain that was accepted, the caller's own; NULL: not known, or not at that time. */
HM_MUST_CHECK struct hm_key *hm_memory_find_chain(struct hm_memory *memory, const struct hm_bytes *der, size_t count,
						  int64_t as_of);
/* What cannot be kept is not: the next proof is checked in full. */
void hm_memory_keep_chain(struct hm_memory *memory, const struct hm_bytes *der, size_t count,
			  const struct hm_validity *validity, const struct hm_key *key);

/* hm_crypto_spki_sha256, once for each certificate; it depends on nothing but the bytes. `memory` may be NULL. */
HM_MUST_CHECK bool hm_memory_spki_sha256(struct hm_memory *memory, struct hm_bytes certificate, uint8_t ret[32]);

#endif
