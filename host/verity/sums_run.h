/* SPDX-License-Identifier: BSD-2-Clause */
/* sums_run.h - between sums.c and sums_run.c: the list of files */
#ifndef HM_HOST_VERITY_SUMS_RUN_H
#define HM_HOST_VERITY_SUMS_RUN_H

#include "host/verity/sums.h"

struct hm_sums_file {
	char *path;  /* from the directory's name on */
	size_t skip; /* the name below the directory is path + skip */
	uint64_t len;
	uint8_t digest[HM_SHA256_LEN];
};

struct hm_sums {
	char *directory; /* ends in '/' */
	struct hm_sums_file *files;
	size_t count, cap;
};

#endif
