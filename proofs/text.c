/* SPDX-License-Identifier: BSD-2-Clause */
/* text.c - hm_parse_dec, hm_parse_hex, hm_next_field, the tests of a word, over any bytes */
#include "proof.h"

#define LEN 22 /* the longest decimal has 20 digits */

int main(void)
{
	struct hm_bytes text = any_bytes(LEN), rest = text, field;
	uint8_t hex[4];
	uint64_t v;

	switch (nondet_u8()) {
	case 0:
		if (hm_parse_dec(text, &v))
			__CPROVER_assert(text.len <= 20, "no number is longer");
		break;
	case 1:
		if (hm_parse_hex(text, hex, sizeof(hex)))
			__CPROVER_assert(text.len == 8, "all of the text is the value");
		break;
	case 2:
		if (hm_is_path_component(text))
			__CPROVER_assert(!hm_bytes_has(text, '/') && !hm_bytes_has(text, 0), "nothing leads elsewhere");
		break;
	case 3:
		if (hm_is_name(text))
			__CPROVER_assert(text.len >= 1 && text.len <= 32, "a name");
		break;
	default:
		/* One call: the rest is shorter each time, so any number of calls ends. */
		if (!hm_next_field(&rest, ' ', &field))
			return 0;
		check_view(field);
		check_view(rest);
		__CPROVER_assert(rest.p ? field.len + 1 + rest.len == text.len : field.len == text.len,
				 "every byte is in the field, ends it, or is left");
	}
	return 0;
}
