/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz.h - what the fuzzers share: a hash that costs nothing, and an end that the fuzzer sees */
#ifndef HM_FUZZ_H
#define HM_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/digest.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

/* A property that holds for every input. */
#define FUZZ_CHECK(what) \
	do { \
		if (!(what)) { \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #what); \
			abort(); \
		} \
	} while (0)

/* Borrowed views lie inside of what they were borrowed from. */
static inline bool fuzz_inside(struct hm_bytes view, const uint8_t *p, size_t len)
{
	uintptr_t start = (uintptr_t)p, at = (uintptr_t)view.p;

	return view.len == 0 || (at >= start && at - start <= len && view.len <= len - (at - start));
}

/* Not a hash: a sum over everything, so that every byte is read (the sanitizer looks) and the fuzzer is not slowed
 * down. */
static inline enum hm_err fuzz_hash(void *ctx, enum hm_bank bank, const struct hm_bytes *parts, size_t count,
				    uint64_t zero_tail, uint8_t *ret)
{
	uint8_t sum = (uint8_t)zero_tail;

	(void)ctx;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < parts[i].len; k++)
			sum = (uint8_t)(sum * 31u + parts[i].p[k]);
	}
	memset(ret, sum, hm_algs[bank].len);
	return HM_OK;
}
static const struct hm_hasher fuzz_hasher = {.ctx = NULL, .hash = fuzz_hash};

#endif
