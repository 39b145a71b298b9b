/* SPDX-License-Identifier: BSD-2-Clause */
/* proof.h - what every harness needs: inputs that may be anything, up to a bound */
#ifndef HM_PROOF_H
#define HM_PROOF_H

#include "core/bytes.h"

#include <stdlib.h>

/* CBMC gives a function without a body any result. */
uint8_t nondet_u8(void);
uint32_t nondet_u32(void);
uint64_t nondet_u64(void);
size_t nondet_size(void);
bool nondet_bool(void);

/* With PLANTED each input has one byte less than is said: CBMC has to find the access to it, or the harness proves
 * nothing. */
#ifdef PLANTED
#define PLANTED_LEN 1u
#else
#define PLANTED_LEN 0u
#endif

/*
 * Any bytes, any length up to `max`, at the end of their memory: the first byte behind them is an error to read, and so
 * is the first one before them where they fill it.
 */
static inline struct hm_bytes any_bytes(size_t max)
{
	size_t len = nondet_size();
	uint8_t *p = malloc(max - PLANTED_LEN);

	__CPROVER_assume(p != NULL);
	__CPROVER_assume(len <= max);
	return hm_bytes_of(p + (max - len), len);
}

/* Any bytes of this length. Where a format has fixed offsets this is much quicker: the solver knows them. */
static inline struct hm_bytes any_bytes_of_len(size_t len)
{
	uint8_t *p = malloc(len - PLANTED_LEN);

	__CPROVER_assume(p != NULL);
	return hm_bytes_of(p, len);
}

/* Every byte of a view that code under proof returned exists. */
static inline void check_view(struct hm_bytes b)
{
	if (b.len > 0)
		__CPROVER_assert(__CPROVER_r_ok(b.p, b.len), "a returned view lies in memory");
}

#endif
