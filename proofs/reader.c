/* SPDX-License-Identifier: BSD-2-Clause */
/* reader.c - hm_get_*, hm_skip: one call on a reader in any state keeps it inside its bytes, hence any number of calls
 * does */
#include "proof.h"

#define LEN 40

int main(void)
{
	struct hm_bytes b = any_bytes(LEN), part;
	struct hm_reader r = hm_reader_of(b);
	uint64_t v = 0;

	__CPROVER_assert(r.off <= r.len && !r.failed, "a new reader stands inside");
	r.off = nondet_size();
	r.failed = nondet_bool();
	__CPROVER_assume(r.off <= r.len);
	switch (nondet_u8()) {
	case 0:
		v = hm_get_u8(&r);
		break;
	case 1:
		v = hm_get_u16le(&r);
		break;
	case 2:
		v = hm_get_u32le(&r);
		break;
	case 3:
		v = hm_get_u64le(&r);
		break;
	case 4:
		v = hm_get_u16be(&r);
		break;
	case 5:
		v = hm_get_u32be(&r);
		break;
	case 6:
		v = hm_get_u64be(&r);
		break;
	case 7:
		hm_skip(&r, nondet_u64());
		break;
	case 8:
		if (hm_bytes_slice(b, nondet_u64(), nondet_u64(), &part))
			check_view(part);
		break;
	default:
		part = hm_get_bytes(&r, nondet_u64());
		check_view(part);
	}
	__CPROVER_assert(r.off <= r.len && r.len == b.len && r.p == b.p, "the reader stays inside");
	__CPROVER_assert(!r.failed || v == 0, "what does not fit is 0");
	__CPROVER_assert(hm_reader_left(&r) <= b.len, "no more is left than there was");
	return 0;
}
