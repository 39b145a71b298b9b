/* SPDX-License-Identifier: BSD-2-Clause */
/* audit.h - what an audit found, row by row, and the steps that find it */
#ifndef HM_HOST_AUDIT_AUDIT_H
#define HM_HOST_AUDIT_AUDIT_H

#include "host/audit/artefacts.h"
#include "host/base/args.h"
#include "lib/golden/golden.h"

/*
 * An audit compares a rebuild with what was published. It never stops at the first difference: rows are in the order
 * in which one thing causes the next (published files, sources, artefacts, layers, registers, files), so the first row
 * that differs is the one to look at.
 */
enum hm_audit_kind {
	HM_AUDIT_SIGNATURE,
	HM_AUDIT_LIST,
	HM_AUDIT_PUBLISHED,
	HM_AUDIT_SOURCE,
	HM_AUDIT_REBUILD,
	HM_AUDIT_ARTEFACT,
	HM_AUDIT_INPUT,
	HM_AUDIT_LAYER,
	HM_AUDIT_REGISTER,
	HM_AUDIT_GOLDEN,
	HM_AUDIT_KINDS
};
const char *hm_audit_kind_name(enum hm_audit_kind kind);

struct hm_audit_row {
	enum hm_audit_kind kind;
	bool equal;
	char *name;
	char *detail; /* printable ASCII; "" where there is nothing to say */
};

struct hm_audit {
	size_t count;
	struct hm_audit_row *row;
	bool out_of_memory; /* sticky: a row is missing */
};

void hm_audit_add(struct hm_audit *audit, enum hm_audit_kind kind, bool equal, const char *name, const char *format,
		  ...) __attribute__((format(printf, 5, 6)));
void hm_audit_free(struct hm_audit *audit);
/* NULL: every row is equal, and there is one. Fails closed: with `out_of_memory` never NULL. */
const struct hm_audit_row *hm_audit_first(const struct hm_audit *audit);
/* The first of a kind that differs, or NULL. */
const struct hm_audit_row *hm_audit_first_of(const struct hm_audit *audit, enum hm_audit_kind kind);
/* JSON text with LF at the end; release with free(). NULL when out of memory. */
char *hm_json_audit(const struct hm_audit *audit, const struct hm_golden *golden);

/* That each artefact which stands among the published files is the listed one: who takes it from there must get that
 * one. */
void hm_audit_published(struct hm_audit *audit, const struct hm_artefacts *list, const char *published);
/* Names among the published files that the caller was given. */
struct hm_audit_files_known {
	const char *golden, *signature, *log_proof; /* without directories */
};
/*
 * A row for each published file that the list does not name: certificates against the variables that golden.json
 * predicts (one certificate each, as image/enroll makes them), the SBOM against its digest there. Every other name
 * differs: who takes it from there gets what nobody signed.
 */
void hm_audit_unlisted(struct hm_audit *audit, const struct hm_artefacts *list, const struct hm_golden *golden,
		       const char *published, const struct hm_audit_files_known *known);
/* That the files of the published list are in `source` as listed. */
void hm_audit_sources(struct hm_audit *audit, const struct hm_artefacts *list, const char *source);
/* Rebuilt artefacts, in build/image or build/target, with the list and where they are there with the published files.
 */
void hm_audit_artefacts(struct hm_audit *audit, const struct hm_artefacts *list, const char *build,
			const char *published);
/* Inputs, layers, registers, events: what two golden files say. */
void hm_audit_golden(struct hm_audit *audit, const struct hm_golden *published, const struct hm_golden *rebuilt);
/* Bytes that were read once, and checked: a file that is opened again may be another. */
void hm_audit_bytes(struct hm_audit *audit, const char *name, struct hm_bytes published, struct hm_bytes rebuilt);
/* Two files byte by byte; where `rebuilt` cannot be read the row differs. */
void hm_audit_files(struct hm_audit *audit, const char *name, const char *published, const char *rebuilt);

/* A copy of exactly the listed files of `source`, in a new directory `copy`. */
HM_MUST_CHECK bool hm_rebuild_copy(const struct hm_artefacts *list, const char *source, const char *copy,
				   struct hm_error *error);
/*
 * make in `copy` with these words, output to `log`; no variable of the environment steers the build. *ret_failed: make
 * was run, and failed.
 */
HM_MUST_CHECK bool hm_rebuild_make(const char *copy, const char *log, const char *const *words, size_t count,
				   bool *ret_failed, struct hm_error *error);

#endif
