/* SPDX-License-Identifier: BSD-2-Clause */
/* lines.c - lines of text, with their numbers */
#include "lib/tlog/lines.h"

#include <string.h>

#include "lib/crypto/ed25519.h"

bool hm_tlog_next_line(struct hm_tlog_lines *lines, struct hm_bytes *ret, struct hm_error *error)
{
	size_t len = 0;

	if (lines->rest.len == 0)
		return hm_error_set(error, "the text ends after line %zu", lines->number);
	while (len < lines->rest.len && lines->rest.p[len] != '\n')
		len++;
	lines->number++;
	if (len == lines->rest.len)
		return hm_error_set(error, "line %zu: the line has no end", lines->number);
	*ret = hm_bytes_of(lines->rest.p, len);
	lines->rest = hm_bytes_of(lines->rest.p + len + 1, lines->rest.len - len - 1);
	return true;
}

bool hm_tlog_in_line(const struct hm_tlog_lines *lines, struct hm_error *error)
{
	enum hm_error_kind kind = error->kind;
	char text[sizeof(error->text)];

	memcpy(text, error->text, sizeof(text));
	/* Room for the prefix; a longer text is cut, as everywhere. */
	(void)hm_error_set(error, "line %zu: %.480s", lines->number, text); /* always false */
	error->kind = kind;
	return false;
}

bool hm_tlog_hex(struct hm_bytes text, uint8_t *ret, size_t len)
{
	uint8_t lower[2 * HM_ED25519_SIGNATURE_LEN];

	if (text.len > sizeof(lower))
		return false;
	for (size_t i = 0; i < text.len; i++)
		lower[i] = text.p[i] >= 'A' && text.p[i] <= 'F' ? (uint8_t)(text.p[i] - 'A' + 'a') : text.p[i];
	return hm_parse_hex(hm_bytes_of(lower, text.len), ret, len);
}
