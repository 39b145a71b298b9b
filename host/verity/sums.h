/* SPDX-License-Identifier: BSD-2-Clause */
/* sums.h - the flat SHA-256 of each file below a directory, many files side by side */
#ifndef HM_HOST_VERITY_SUMS_H
#define HM_HOST_VERITY_SUMS_H

#include "host/base/error.h"
#include "host/sha/sha256.h"

/*
 * For comparing weights with what their publisher says. A flat SHA-256 is one chain: one file cannot be hashed
 * faster than one lane goes, but many files fill the lanes. A digest of this kind is no root hash.
 *
 * Regular files, sorted by the bytes of their path below the directory. Symbolic links are left out, as they hold
 * no content; anything else that is neither file nor directory is an error.
 */
struct hm_sums;

/* NULL with the error. */
struct hm_sums *hm_sums_scan(const char *directory, struct hm_error *error);
/*
 * Hash them all. `kernel` NULL: the one that will be done first, by the files' lengths and a measurement of a
 * few milliseconds. False with the error, or without one (HM_ERROR_NONE) where hm_interrupted().
 */
HM_MUST_CHECK bool hm_sums_run(struct hm_sums *sums, const struct hm_sha256_kernel *kernel, unsigned int threads,
			       struct hm_error *error);
/* What sha256sum prints for them, to be freed; NULL: no memory. */
char *hm_sums_text(const struct hm_sums *sums, size_t *ret_len);
/* One of the files is `path`, by whatever name: it must not be written. */
HM_MUST_CHECK bool hm_sums_has(const struct hm_sums *sums, const char *path);
void hm_sums_free(struct hm_sums *sums);

#endif
