/* SPDX-License-Identifier: BSD-2-Clause */
/* html.h - the elements of a page: text, digests as rows of cells */
#ifndef HM_HOST_LOG_HTML_H
#define HM_HOST_LOG_HTML_H

#include <stdio.h>

#include "core/digest.h"

/*
 * What a log says is text from a machine that is not trusted. It reaches a page through hm_html_text alone, which
 * leaves nothing that a browser would read as markup.
 */

/* How good something is, in one word and one colour. The order is an interface: later ones are worse. */
enum hm_tone { HM_TONE_PLAIN, HM_TONE_GOOD, HM_TONE_SHOWN, HM_TONE_BAD, HM_TONE_COUNT };
extern const char *const hm_tone_class[HM_TONE_COUNT];

/*
 * Text for an element or a quoted attribute: the five characters of HTML as entities, what is not printable ASCII as
 * \xNN.
 */
void hm_html_text(FILE *out, const char *text);
/* The first sixteen bytes as a row of cells; with `wanted` a second row beneath, and what differs is marked. */
void hm_html_bar(FILE *out, const uint8_t *seen, const uint8_t *wanted, size_t len, enum hm_tone tone);
/* The digest, or the register's value, that a page shows: NULL where there is none in that bank. */
const uint8_t *hm_html_digest(const struct hm_digests *digests, enum hm_bank bank);

#endif
