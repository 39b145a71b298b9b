/* SPDX-License-Identifier: BSD-2-Clause */
/* cmdline.h - the closed grammar of the kernel command line */
#ifndef HM_CMDLINE_H
#define HM_CMDLINE_H

#include "bytes.h"
#include "uki.h"
#include "err.h"

/*
 * The command line comes from the signed image's .cmdline alone; this check keeps
 * a builder from weakening an image by a word, at build time (hallmark uki) and
 * again at boot. Every word is in one table: unknown, repeated and missing words
 * are errors. docs/FORMATS.md lists the table; a test keeps the two equal.
 */
struct hm_cmdline_rule {
	const char *key;	   /* the word up to and including '=', or the whole word */
	const char *const *values; /* NULL-ended list of allowed values; NULL for a word without value */
	bool required;
};
extern const struct hm_cmdline_rule hm_cmdline_rules[];
extern const size_t hm_cmdline_rule_count;

/* On error *ret_word is the offending word (empty for a missing one: then *ret_missing names its key). */
HM_MUST_CHECK enum hm_err hm_cmdline_check(struct hm_bytes line, struct hm_bytes *ret_word, const char **ret_missing);

#endif
