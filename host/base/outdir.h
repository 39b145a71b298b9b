/* SPDX-License-Identifier: BSD-2-Clause */
/* outdir.h - several files into one directory, the last one last */
#ifndef HM_HOST_BASE_OUTDIR_H
#define HM_HOST_BASE_OUTDIR_H

#include "core/bytes.h"
#include "lib/base/error.h"

struct hm_outdir_file {
	const char *name;
	struct hm_bytes content;
};

/* Makes the directory if it does not exist, and writes each file as a whole, in order: where the last one is, all are.
 */
HM_MUST_CHECK bool hm_outdir_write(const char *dir, const struct hm_outdir_file *files, size_t count,
				   struct hm_error *error);

#endif
