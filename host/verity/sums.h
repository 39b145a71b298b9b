/* SPDX-License-Identifier: BSD-2-Clause */
/* sums.h - the flat SHA-256 of each file below a directory, many files side by side */
#ifndef HM_HOST_VERITY_SUMS_H
#define HM_HOST_VERITY_SUMS_H

#include "host/base/error.h"
#include "core/digest.h"

/*
 * For comparing weights with what their publisher says. A flat SHA-256 is one chain: one file cannot be hashed
 * faster than one lane goes, but many files fill the lanes. A digest of this kind is no root hash.
 *
 * Regular files, sorted by the bytes of their path below the directory. Symbolic links are left out, as they hold
 * no content; anything else that is neither file nor directory is an error.
 */
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

/* NULL with the error. */
struct hm_sums *hm_sums_scan(const char *directory, struct hm_error *error);
/* What sha256sum prints for them, to be freed; NULL: no memory. */
char *hm_sums_text(const struct hm_sums *sums, size_t *ret_len);
/* One of the files is `path`, by whatever name: it must not be written. */
HM_MUST_CHECK bool hm_sums_has(const struct hm_sums *sums, const char *path);
void hm_sums_free(struct hm_sums *sums);

#endif
