/* SPDX-License-Identifier: BSD-2-Clause */
/* build.h - appends sections to a PE file, the same bytes each time */
#ifndef HM_HOST_UKI_BUILD_H
#define HM_HOST_UKI_BUILD_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "host/base/file.h"

/*
 * The sections of the stub stay where they are; new ones follow, in memory at the next multiple of 4096, in the file
 * at the next multiple of FileAlignment, without gaps: gaps are what readers of Authenticode disagree about.
 * VirtualSize is the content's true length. TimeDateStamp and CheckSum become 0, a COFF symbol table is dropped.
 */
#define HM_PE_BUILD_SECTIONS_MAX 16u

struct hm_pe_new_section {
	const char *name;	 /* 1 to 8 characters; must not exist in the stub */
	struct hm_bytes content; /* at least one byte */
};

/* On failure (the stub's fault, or no room) false, and one line in `error`. */
HM_MUST_CHECK bool hm_pe_build(struct hm_bytes stub, const struct hm_pe_new_section *sections, size_t count,
			       struct hm_file *ret, struct hm_error *error);

#endif
