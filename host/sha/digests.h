/* SPDX-License-Identifier: BSD-2-Clause */
/* digests.h - digests of several long contents in all banks, by several threads */
#ifndef HM_HOST_SHA_DIGESTS_H
#define HM_HOST_SHA_DIGESTS_H

#include "core/measure.h"

/*
 * Digests of long contents, computed in advance. Looked up by address, so that the memory that was hashed must stay
 * where it is and as it is.
 */
struct hm_known_digests {
	struct hm_authenticode parts; /* or one run of bytes */
	uint64_t zero_tail;
	struct hm_digests digests;
};
#define HM_KNOWN_DIGESTS_MAX 32u
struct hm_known_list {
	size_t count;
	struct hm_known_digests entry[HM_KNOWN_DIGESTS_MAX];
};

/*
 * Each entry of *list has its content (parts, zero_tail) and digests.banks, the banks that are wanted; the digests are
 * filled in. A content in one bank is one piece of work; the longest are begun first. False when hashing failed.
 */
HM_MUST_CHECK bool hm_digest_pool(struct hm_known_list *list);
/* A content of one run of bytes; false where the list is full. */
HM_MUST_CHECK bool hm_known_add(struct hm_known_list *list, struct hm_bytes content, uint64_t zero_tail,
				uint32_t banks);

#endif
