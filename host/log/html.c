/* SPDX-License-Identifier: BSD-2-Clause */
/* html.c - the elements of a page: text, digests as rows of cells */
#include "host/log/html.h"

#define CELLS 16u
#define CELL_WIDTH 8u
#define CELL_HEIGHT 9u

const char *const hm_tone_class[HM_TONE_COUNT] = {"plain", "good", "shown", "bad"};

void hm_html_text(FILE *out, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		switch (*p) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		case '\'':
			fputs("&#39;", out);
			break;
		default:
			if (*p >= 0x20 && *p <= 0x7e)
				fputc(*p, out);
			else
				fprintf(out, "\\x%02x", *p);
		}
	}
}

static void put_cells(FILE *out, const uint8_t *bytes, const uint8_t *other, size_t len, unsigned int y)
{
	for (unsigned int i = 0; i < CELLS && i < len; i++)
		fprintf(out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\" opacity=\".%02u\"%s/>", i * CELL_WIDTH,
			y, CELL_WIDTH - 1, CELL_HEIGHT, 15 + bytes[i] * 84u / 255,
			other && other[i] != bytes[i] ? " class=\"off\"" : "");
}

void hm_html_bar(FILE *out, const uint8_t *seen, const uint8_t *wanted, size_t len, enum hm_tone tone)
{
	fprintf(out, "<svg class=\"bar %s\" width=\"%u\" height=\"%u\">", hm_tone_class[tone], CELLS * CELL_WIDTH,
		2 * CELL_HEIGHT + 1);
	if (seen)
		put_cells(out, seen, wanted, len, 0);
	if (wanted)
		put_cells(out, wanted, NULL, len, CELL_HEIGHT + 1);
	fputs("</svg>", out);
}

const uint8_t *hm_html_digest(const struct hm_digests *digests, enum hm_bank bank)
{
	return digests->banks & HM_BANK_BIT(bank) ? digests->value[bank] : NULL;
}
