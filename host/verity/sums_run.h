/* SPDX-License-Identifier: BSD-2-Clause */
/* sums_run.h - hashes a list of files by several threads and lanes */
#ifndef HM_HOST_VERITY_SUMS_RUN_H
#define HM_HOST_VERITY_SUMS_RUN_H

#include "host/sha/sha256.h"
#include "host/verity/sums.h"

/*
 * Hash them all. `kernel` NULL: the one that will be done first, by the files' lengths and a measurement of a
 * few milliseconds. False with the error, or without one (HM_ERROR_NONE) where hm_interrupted().
 */
HM_MUST_CHECK bool hm_sums_run(struct hm_sums *sums, const struct hm_sha256_kernel *kernel, unsigned int threads,
			       struct hm_error *error);

#endif
