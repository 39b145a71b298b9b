/* SPDX-License-Identifier: BSD-2-Clause */
/* error.h - what went wrong, for one line at the end: the thing, the reason, the exit status */
#ifndef HM_HOST_BASE_ERROR_H
#define HM_HOST_BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "core/bytes.h"
#include "core/err.h"
#include "host/base/file.h"
#include "lib/base/error.h"

/* docs/FORMATS.md, "Exit status". */
#define HM_EXIT_OK 0
#define HM_EXIT_REJECTED 1
#define HM_EXIT_INPUT 2 /* the caller's own input file is malformed */
#define HM_EXIT_USAGE 3
#define HM_EXIT_RUN 4 /* I/O, network, TPM */

/*
 * Print an error as "hallmark: THING: reason" on stderr, one line; everything that is not printable ASCII is escaped.
 * Returns the exit status of its kind. A program calls this once, at its end.
 */
int hm_report(const struct hm_error *error) HM_MUST_CHECK;
/* That status alone, for what is told otherwise. HM_ERROR_NONE: HM_EXIT_RUN, since nobody said what went wrong. */
int hm_exit_status(enum hm_error_kind kind) HM_MUST_CHECK;

/* Modules that print by themselves still use these. Each prints such a line and returns the exit status to use. */
int hm_fail_input(const char *thing, enum hm_err err);
int hm_fail_errno(const char *thing, int negative_errno);
int hm_fail_text(int status, const char *thing, const char *text);
int hm_fail_format(int status, const char *thing, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Read an input file of 1 to `max` bytes. */
HM_MUST_CHECK bool hm_file_load(const char *path, size_t max, struct hm_file *ret, struct hm_error *error);
/* The same, as a module that prints: HM_EXIT_OK, or the status to leave with. */
HM_MUST_CHECK int hm_input_read(const char *path, size_t max, struct hm_file *ret);

#endif
