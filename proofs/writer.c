/* SPDX-License-Identifier: BSD-2-Clause */
/* writer.c - hm_put_*: one call on a writer in any state keeps it inside its buffer, and what does not fit changes
 * nothing */
#include "proof.h"

#define LEN 40
#define IN_LEN 12

int main(void)
{
	struct hm_bytes buf = any_bytes(LEN), in = any_bytes(IN_LEN);
	struct hm_writer w = hm_writer_of((void *)buf.p, buf.len);
	size_t before;
	bool failed;

	w.len = before = nondet_size();
	w.failed = failed = nondet_bool();
	__CPROVER_assume(before <= w.cap);
	switch (nondet_u8()) {
	case 0:
		hm_put_u8(&w, nondet_u8());
		break;
	case 1:
		hm_put_u16le(&w, (uint16_t)nondet_u32());
		break;
	case 2:
		hm_put_u32le(&w, nondet_u32());
		break;
	case 3:
		hm_put_u64le(&w, nondet_u64());
		break;
	case 4:
		hm_put_hex(&w, in);
		break;
	case 5:
		hm_put_text(&w, "a text");
		break;
	case 6:
		hm_put_dec(&w, nondet_u64());
		break;
	default:
		hm_put_bytes(&w, in);
	}
	__CPROVER_assert(w.len <= w.cap && w.p == buf.p && w.cap == buf.len, "the writer stays inside");
	__CPROVER_assert(!w.failed || w.len == before, "what does not fit leaves no half of itself");
	__CPROVER_assert(!failed || w.failed, "a failure stays");
	return 0;
}
