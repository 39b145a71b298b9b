/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outdir.h - writes several files into one directory, in a given order
 *
 * Each file appears under its name complete or not at all (hm_file_write_atomic). There is no such guarantee for the
 * files together: after a failure the first ones are new. So a caller puts the file that others look for last: where
 * that file is new, all are. Files of other names stay in the directory.
 */
#ifndef HM_HOST_BASE_OUTDIR_H
#define HM_HOST_BASE_OUTDIR_H

#include "core/bytes.h"
#include "lib/base/error.h"

struct hm_outdir_file {
	const char *name;
	struct hm_bytes content;
};

/* Makes the directory (not its parents) if it does not exist. Stops at the first failure, whose file `error` names. */
HM_MUST_CHECK bool hm_outdir_write(const char *dir, const struct hm_outdir_file *files, size_t count,
				   struct hm_error *error);

#endif
