/* SPDX-License-Identifier: BSD-2-Clause */
/* page.h - a log as one HTML page: the chain as a picture, the registers, the events */
#ifndef HM_HOST_LOG_PAGE_H
#define HM_HOST_LOG_PAGE_H

#include <stdio.h>

#include "host/log/align.h"
#include "host/log/diff.h"

/*
 * The page is one file without scripts, links or anything to load; a policy inside it forbids them, too. What a log
 * says is text from a machine that is not trusted: it goes through hm_page_text, always.
 */
struct hm_page {
	const char *title; /* the log's file name */
	const struct hm_evidence *evidence;
	const struct hm_golden *golden; /* NULL: nothing to compare with */
	const struct hm_diff *diff;	/* NULL without a golden file */
	const struct hm_align *align;
	enum hm_bank bank; /* whose digests are shown */
};

/* To `out`, whose error flag is the caller's to look at. */
void hm_page_write(FILE *out, const struct hm_page *page);

/* How good something is, in one word and one colour. The order is an interface: later ones are worse. */
enum hm_page_tone { HM_TONE_PLAIN, HM_TONE_GOOD, HM_TONE_SHOWN, HM_TONE_BAD, HM_TONE_COUNT };
extern const char *const hm_page_tone_class[HM_TONE_COUNT];

/* Text for an element or a quoted attribute: the five characters of HTML as entities, what is not printable ASCII as
 * \xNN. */
void hm_page_text(FILE *out, const char *text);
/* The first sixteen bytes as a row of cells; with `wanted` a second row beneath, and what differs is marked. */
void hm_page_bar(FILE *out, const uint8_t *seen, const uint8_t *wanted, size_t len, enum hm_page_tone tone);
/* The digest, or the register's value, that the page shows: NULL where there is none in that bank. */
const uint8_t *hm_page_digest(const struct hm_digests *digests, enum hm_bank bank);
/* The whole picture, an <svg> element. */
void hm_page_chain(FILE *out, const struct hm_page *page);

#endif
