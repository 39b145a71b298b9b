/* SPDX-License-Identifier: BSD-2-Clause */
/* artefacts.h - the list of what a build made and of the sources it was made from, by SHA-256 */
#ifndef HM_HOST_AUDIT_ARTEFACTS_H
#define HM_HOST_AUDIT_ARTEFACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "core/digest.h"

/*
 * docs/FORMATS.md, 18. Strict: a list that parses is, formatted again, the same bytes. Artefacts are in the order in
 * which a build makes them, so that the first one that differs is the cause and the later ones its effects. Each has
 * the SHA-256 of each of its blocks too: who has the list and not the file can still say where another file differs.
 */
#define HM_ARTEFACTS_VERSION "hallmark-artefacts/1"
#define HM_ARTEFACTS_MAX (64u * 1024u * 1024u)
#define HM_ARTEFACT_BLOCK (1024u * 1024u)
#define HM_ARTEFACT_COUNT_MAX 64u
#define HM_SOURCE_COUNT_MAX 16384u
#define HM_ARTEFACT_NAME_MAX 64u /* [a-zA-Z0-9._-] */
#define HM_SOURCE_PATH_MAX 255u	 /* printable ASCII, relative, without "." and ".." */

struct hm_artefact {
	char *name;
	uint64_t size;
	uint8_t sha256[HM_SHA256_LEN];
	size_t block_count; /* whole file in blocks, the last one may be short */
	uint8_t (*block)[32];
};

/* What is in a checkout: a file, one that its owner may execute, a symbolic link. Each is a word of the list. */
enum hm_source_kind { HM_SOURCE_FILE, HM_SOURCE_PROGRAM, HM_SOURCE_LINK, HM_SOURCE_KINDS };

struct hm_source {
	enum hm_source_kind kind;
	char *path;
	uint8_t sha256[HM_SHA256_LEN]; /* of the content; of a link: of the path that it holds */
};

struct hm_artefacts {
	size_t artefact_count;
	struct hm_artefact artefact[HM_ARTEFACT_COUNT_MAX];
	size_t source_count;
	struct hm_source *source; /* sorted by the bytes of the path */
};

/* NULL when out of memory. */
struct hm_artefacts *hm_artefacts_new(void);
void hm_artefacts_free(struct hm_artefacts *list);
/* Hashes the file and appends it; false with one line in `error`. */
HM_MUST_CHECK bool hm_artefacts_add(struct hm_artefacts *list, const char *name, const char *path,
				    struct hm_error *error);
/* `path` below `directory`; added in any order, sorted by hm_artefacts_format. */
HM_MUST_CHECK bool hm_artefacts_add_source(struct hm_artefacts *list, const char *directory, const char *path,
					   struct hm_error *error);
/* Kind and digest of a file as it is there. 0 or a negative errno; -ENOTSUP for what is neither file nor link. */
HM_MUST_CHECK int hm_source_read(const char *full_path, enum hm_source_kind *ret_kind, uint8_t ret[32]);
HM_MUST_CHECK bool hm_artefacts_parse(struct hm_bytes text, struct hm_artefacts **ret, struct hm_error *error);
/* Text with LF at the end; release with free(). NULL when out of memory. */
char *hm_artefacts_format(struct hm_artefacts *list);

/* Where a file differs from an artefact: in bytes [from, to) as far as is known. */
struct hm_artefact_difference {
	bool differs;
	uint64_t from, to;
};
/* 0 or a negative errno. A difference in size alone is one at the end of the shorter one. */
HM_MUST_CHECK int hm_artefact_compare(const struct hm_artefact *artefact, const char *path,
				      struct hm_artefact_difference *ret);
/* The first byte in which two files differ; ret->to is from + 1. 0 or a negative errno. */
HM_MUST_CHECK int hm_artefact_compare_files(const char *a, const char *b, struct hm_artefact_difference *ret);

#endif
