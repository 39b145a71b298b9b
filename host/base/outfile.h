/* SPDX-License-Identifier: BSD-2-Clause */
/* outfile.h - a file that is written in place, by many threads, and appears complete or not at all */
#ifndef HM_HOST_BASE_OUTFILE_H
#define HM_HOST_BASE_OUTFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"
#include "lib/base/error.h"

/*
 * For what is too large for hm_file_write_atomic. A new file is a temporary one beside the final name until
 * it is complete. An appended one grows at the end of a file that exists, and is cut back on failure.
 * Functions return 0 or a negative errno.
 */
struct hm_outfile {
	int fd;		  /* -1: nothing open */
	const char *path; /* borrowed */
	char *temp;	  /* NULL: appended */
	uint64_t old_len; /* of the file that is appended to */
};

/* Refuses a name that is there and no regular file: -EISDIR, -ENOTSUP. */
HM_MUST_CHECK int hm_outfile_create(const char *path, struct hm_outfile *ret);
HM_MUST_CHECK int hm_outfile_append(const char *path, struct hm_outfile *ret);
/* Room for bytes [off, end), and the length becomes `end`: a full disk says so before the work. */
HM_MUST_CHECK int hm_outfile_reserve(const struct hm_outfile *out, uint64_t off, uint64_t end);
/* pwrite(2) until all is written. */
HM_MUST_CHECK bool hm_outfile_write(const struct hm_outfile *out, uint64_t off, const void *p, size_t len,
				    struct hm_error *error);
/* Mode 0644, on the disk, under its name. On failure nothing is left; either way it is closed. */
HM_MUST_CHECK int hm_outfile_commit(struct hm_outfile *out);
/* Leave nothing behind. Does nothing after hm_outfile_commit, and on one that was never opened (fd -1). */
void hm_outfile_discard(struct hm_outfile *out);

/* True where both names are the same file, or would be: by another path, by a link, or not made yet. */
HM_MUST_CHECK bool hm_path_same(const char *a, const char *b);
/*
 * Before anything is written: no output may be an input or another output. NULLs are left out.
 */
HM_MUST_CHECK bool hm_outputs_check(const char *const *outputs, size_t output_count, const char *const *inputs,
				    size_t input_count, struct hm_error *error);

#endif
