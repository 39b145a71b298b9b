/* SPDX-License-Identifier: BSD-2-Clause */
/* audit.c - what an audit found, row by row */
#include "host/audit/audit.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const kind_names[] = {"signature", "list",  "published", "source",	"rebuild",
					 "artefact",  "input", "layer",	    "register", "golden"};
_Static_assert(HM_ARRAY_LEN(kind_names) == HM_AUDIT_KINDS, "one name a kind");

const char *hm_audit_kind_name(enum hm_audit_kind kind)
{
	return kind_names[kind];
}

void hm_audit_add(struct hm_audit *audit, enum hm_audit_kind kind, bool equal, const char *name, const char *format,
		  ...)
{
	struct hm_audit_row *more = realloc(audit->row, (audit->count + 1) * sizeof(*more));
	char detail[HM_ERROR_TEXT_MAX];
	va_list args;

	if (!more) {
		audit->out_of_memory = true;
		return;
	}
	audit->row = more;
	va_start(args, format);
	vsnprintf(detail, sizeof(detail), format, args);
	va_end(args);
	more += audit->count;
	*more = (struct hm_audit_row){kind, equal, strdup(name), strdup(detail)};
	if (!more->name || !more->detail) {
		free(more->name);
		free(more->detail);
		audit->out_of_memory = true;
		return;
	}
	audit->count++;
}

void hm_audit_free(struct hm_audit *audit)
{
	for (size_t i = 0; i < audit->count; i++) {
		free(audit->row[i].name);
		free(audit->row[i].detail);
	}
	free(audit->row);
	*audit = (struct hm_audit){0};
}

const struct hm_audit_row *hm_audit_first(const struct hm_audit *audit)
{
	static const struct hm_audit_row nothing = {HM_AUDIT_REBUILD, false, NULL, NULL};

	for (size_t i = 0; i < audit->count; i++)
		if (!audit->row[i].equal)
			return &audit->row[i];
	return audit->out_of_memory || !audit->count ? &nothing : NULL;
}

const struct hm_audit_row *hm_audit_first_of(const struct hm_audit *audit, enum hm_audit_kind kind)
{
	for (size_t i = 0; i < audit->count; i++)
		if (!audit->row[i].equal && audit->row[i].kind == kind)
			return &audit->row[i];
	return NULL;
}

static bool join(char ret[PATH_MAX], const char *directory, const char *name)
{
	return (size_t)snprintf(ret, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

void hm_audit_published(struct hm_audit *audit, const struct hm_artefacts *list, const char *published)
{
	for (size_t i = 0; i < list->artefact_count; i++) {
		const struct hm_artefact *a = &list->artefact[i];
		struct hm_artefact_difference at = {0};
		char path[PATH_MAX];
		int err = join(path, published, a->name) ? hm_artefact_compare(a, path, &at) : -ENAMETOOLONG;

		if (err == -ENOENT)
			continue;
		if (err)
			hm_audit_add(audit, HM_AUDIT_PUBLISHED, false, a->name, "cannot be read: %s", strerror(-err));
		else if (at.differs)
			hm_audit_add(audit, HM_AUDIT_PUBLISHED, false, a->name,
				     "is not the listed file, first in bytes %llu to %llu", (unsigned long long)at.from,
				     (unsigned long long)at.to - 1);
		else
			hm_audit_add(audit, HM_AUDIT_PUBLISHED, true, a->name, "as listed");
	}
}

void hm_audit_sources(struct hm_audit *audit, const struct hm_artefacts *list, const char *source)
{
	char path[PATH_MAX];
	size_t differ = 0;

	for (size_t i = 0; i < list->source_count; i++) {
		const struct hm_source *s = &list->source[i];
		enum hm_source_kind kind = HM_SOURCE_FILE;
		uint8_t sha256[HM_SHA256_LEN];
		int err = join(path, source, s->path) ? hm_source_read(path, &kind, sha256) : -ENAMETOOLONG;

		if (err)
			hm_audit_add(audit, HM_AUDIT_SOURCE, false, s->path, "%s", strerror(-err));
		else if (kind != s->kind || memcmp(sha256, s->sha256, 32) != 0)
			hm_audit_add(audit, HM_AUDIT_SOURCE, false, s->path, "is not the published file");
		else
			continue;
		differ++;
	}
	if (!differ)
		hm_audit_add(audit, HM_AUDIT_SOURCE, list->source_count > 0, "files", "%zu as published",
			     list->source_count);
}

static void add_difference(struct hm_audit *audit, const char *name, const struct hm_artefact_difference *at)
{
	if (at->to - at->from == 1)
		hm_audit_add(audit, HM_AUDIT_ARTEFACT, false, name, "differs, first at byte %llu",
			     (unsigned long long)at->from);
	else
		hm_audit_add(audit, HM_AUDIT_ARTEFACT, false, name, "differs, first in bytes %llu to %llu",
			     (unsigned long long)at->from, (unsigned long long)at->to - 1);
}

static void audit_artefact(struct hm_audit *audit, const struct hm_artefact *a, const char *build,
			   const char *published)
{
	struct hm_artefact_difference at = {0}, exact = {0};
	char path[PATH_MAX], theirs[PATH_MAX];
	int err;

	if ((size_t)snprintf(path, sizeof(path), "%s/image/%s", build, a->name) >= sizeof(path) ||
	    !join(theirs, published, a->name)) {
		hm_audit_add(audit, HM_AUDIT_ARTEFACT, false, a->name, "%s", strerror(ENAMETOOLONG));
		return;
	}
	if (access(path, F_OK) != 0)
		snprintf(path, sizeof(path), "%s/target/%s", build, a->name);
	err = hm_artefact_compare(a, path, &at);
	if (err) {
		hm_audit_add(audit, HM_AUDIT_ARTEFACT, false, a->name,
			     err == -ENOENT ? "was not built" : "cannot be read: %s", strerror(-err));
		return;
	}
	if (!at.differs) {
		hm_audit_add(audit, HM_AUDIT_ARTEFACT, true, a->name, "%llu bytes", (unsigned long long)a->size);
		return;
	}
	/* The published file says it to the byte, if it is the listed one. */
	if (!hm_artefact_compare(a, theirs, &exact) && !exact.differs &&
	    !hm_artefact_compare_files(theirs, path, &exact))
		at = exact;
	add_difference(audit, a->name, &at);
}

void hm_audit_artefacts(struct hm_audit *audit, const struct hm_artefacts *list, const char *build,
			const char *published)
{
	for (size_t i = 0; i < list->artefact_count; i++)
		audit_artefact(audit, &list->artefact[i], build, published);
}

static const struct hm_golden_source *find_input(const struct hm_golden *golden, const char *name, size_t nth)
{
	for (size_t i = 0; i < golden->input_count; i++)
		if (!strcmp(golden->input[i].name, name) && nth-- == 0)
			return &golden->input[i];
	return NULL;
}

/* Inputs of one name (several disks, several profiles) are compared in their order. */
static void audit_inputs(struct hm_audit *audit, const struct hm_golden *published, const struct hm_golden *rebuilt)
{
	for (size_t i = 0; i < published->input_count; i++) {
		const struct hm_golden_source *p = &published->input[i], *r;
		size_t nth = 0;

		for (size_t j = 0; j < i; j++)
			nth += !strcmp(published->input[j].name, p->name);
		r = find_input(rebuilt, p->name, nth);
		if (!r)
			hm_audit_add(audit, HM_AUDIT_INPUT, false, p->name, "the rebuild has no such input");
		else if (r->size != p->size || memcmp(r->sha256, p->sha256, 32) != 0)
			hm_audit_add(audit, HM_AUDIT_INPUT, false, p->name, "the rebuild used another file");
	}
	if (rebuilt->input_count != published->input_count)
		hm_audit_add(audit, HM_AUDIT_INPUT, false, "inputs", "%zu published, %zu in the rebuild",
			     published->input_count, rebuilt->input_count);
}

static void audit_layers(struct hm_audit *audit, const struct hm_golden *published, const struct hm_golden *rebuilt)
{
	if (published->layer_count != rebuilt->layer_count)
		hm_audit_add(audit, HM_AUDIT_LAYER, false, "layers", "%zu published, %zu rebuilt",
			     published->layer_count, rebuilt->layer_count);
	for (size_t i = 0; i < published->layer_count && i < rebuilt->layer_count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%zu", i + 1);
		hm_audit_add(audit, HM_AUDIT_LAYER, !strcmp(published->layer[i], rebuilt->layer[i]), name,
			     "published %.160s, rebuilt %.160s", published->layer[i], rebuilt->layer[i]);
	}
}

static void audit_register(struct hm_audit *audit, uint32_t pcr, const struct hm_golden *published,
			   const struct hm_golden *rebuilt)
{
	char name[8], p[17], r[17];
	struct hm_writer pw = hm_writer_of(p, sizeof(p)), rw = hm_writer_of(r, sizeof(r));

	snprintf(name, sizeof(name), "%u", pcr);
	if (published->policy[pcr] != rebuilt->policy[pcr] || published->has_value[pcr] != rebuilt->has_value[pcr]) {
		hm_audit_add(audit, HM_AUDIT_REGISTER, false, name, "published %s, rebuilt %s",
			     hm_policy_name(published->policy[pcr]), hm_policy_name(rebuilt->policy[pcr]));
		return;
	}
	for (enum hm_bank bank = 0; published->has_value[pcr] && bank < HM_BANK_COUNT; bank++) {
		const uint8_t *a = published->pcrs.value[bank][pcr], *b = rebuilt->pcrs.value[bank][pcr];

		if (!(published->banks & rebuilt->banks & HM_BANK_BIT(bank)) || !memcmp(a, b, hm_algs[bank].len))
			continue;
		hm_put_hex(&pw, hm_bytes_of(a, 8));
		hm_put_u8(&pw, 0);
		hm_put_hex(&rw, hm_bytes_of(b, 8));
		hm_put_u8(&rw, 0);
		hm_audit_add(audit, HM_AUDIT_REGISTER, false, name, "%s: published %s.., rebuilt %s..",
			     hm_algs[bank].name, p, r);
		return;
	}
	hm_audit_add(audit, HM_AUDIT_REGISTER, true, name, "%s", hm_policy_name(published->policy[pcr]));
}

void hm_audit_golden(struct hm_audit *audit, const struct hm_golden *published, const struct hm_golden *rebuilt)
{
	audit_inputs(audit, published, rebuilt);
	audit_layers(audit, published, rebuilt);
	if (published->banks != rebuilt->banks)
		hm_audit_add(audit, HM_AUDIT_REGISTER, false, "banks",
			     "the published file has other banks than the rebuild");
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		audit_register(audit, pcr, published, rebuilt);
}

void hm_audit_bytes(struct hm_audit *audit, const char *name, struct hm_bytes published, struct hm_bytes rebuilt)
{
	size_t at = 0;

	while (at < published.len && at < rebuilt.len && published.p[at] == rebuilt.p[at])
		at++;
	if (at < published.len || at < rebuilt.len)
		hm_audit_add(audit, HM_AUDIT_GOLDEN, false, name, "differs, first at byte %zu", at);
	else
		hm_audit_add(audit, HM_AUDIT_GOLDEN, true, name, "the same bytes");
}

void hm_audit_files(struct hm_audit *audit, const char *name, const char *published, const char *rebuilt)
{
	struct hm_artefact_difference at;
	int err = hm_artefact_compare_files(published, rebuilt, &at);

	if (err)
		hm_audit_add(audit, HM_AUDIT_GOLDEN, false, name, "cannot be compared: %s", strerror(-err));
	else if (at.differs)
		hm_audit_add(audit, HM_AUDIT_GOLDEN, false, name, "differs, first at byte %llu",
			     (unsigned long long)at.from);
	else
		hm_audit_add(audit, HM_AUDIT_GOLDEN, true, name, "the same bytes");
}
