/* SPDX-License-Identifier: BSD-2-Clause */
/* error.h - what went wrong, carried up to the program that reports it */
#ifndef HM_LIB_BASE_ERROR_H
#define HM_LIB_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"
#include "core/err.h"

/*
 * Outside of core/, a function that can fail returns false and fills a struct hm_error. Nothing below a program prints,
 * and nothing below a program knows an exit status: a program maps the kind to one, and prints the line once.
 *
 * The caller owns the struct, and it is all zero before the first use. Whoever finds the defect sets kind and text.
 * Whoever knows which file, option or register it is about sets thing, if none is set.
 */
#define HM_ERROR_THING_MAX 512u
#define HM_ERROR_TEXT_MAX 512u

enum hm_error_kind {
	HM_ERROR_NONE,
	HM_ERROR_INPUT,	   /* the caller's own input is malformed */
	HM_ERROR_REJECTED, /* the input is well formed, and refused */
	HM_ERROR_USAGE,	   /* an option or argument is wrong */
	HM_ERROR_RUN,	   /* I/O, network, TPM, memory */
};

struct hm_error {
	enum hm_error_kind kind;
	char thing[HM_ERROR_THING_MAX]; /* file, option or register; "" where the caller is to say */
	char text[HM_ERROR_TEXT_MAX];	/* one line, as it was found: not escaped yet */
};

/*
 * Each returns false, for `return hm_error_set(...)`. Texts are cut to the room that there is.
 * hm_error_set: malformed input; leaves thing alone.
 */
bool hm_error_set(struct hm_error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool hm_error_of(struct hm_error *error, enum hm_error_kind kind, const char *thing, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* HM_ERROR_RUN where reading, hashing or extending failed, which are not the file's content; else HM_ERROR_INPUT. */
bool hm_error_err(struct hm_error *error, const char *thing, enum hm_err err);
bool hm_error_errno(struct hm_error *error, const char *thing, int negative_errno);
bool hm_error_memory(struct hm_error *error, const char *thing);
/* What the error is about, where whoever found it did not know. */
bool hm_error_about(struct hm_error *error, const char *thing);

/* Write `text` as one line: printable ASCII as it is, all else as \xNN. NUL-terminated, cut to `cap` bytes. */
void hm_escape(struct hm_bytes text, char *ret, size_t cap);

#endif
