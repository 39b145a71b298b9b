/* SPDX-License-Identifier: BSD-2-Clause */
/* reasons.c - why registers differ: the first event that is not as predicted */
#include "host/log/reasons.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cmdline.h"
#include "core/eventlog.h"
#include "host/log/align.h"
#include "host/log/event_text.h"

#define LINE_LEN 4096u
#define SHORT_DIGITS 16u
static bool add_line(struct hm_diff *diff, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool add_line(struct hm_diff *diff, const char *format, ...)
{
	char text[LINE_LEN];
	char safe[LINE_LEN];
	va_list ap;

	if (diff->line_count >= HM_DIFF_LINES_MAX)
		return true;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	hm_escape(hm_bytes_of(text, strlen(text)), safe, sizeof(safe));
	diff->line[diff->line_count] = strdup(safe);
	return diff->line[diff->line_count++] != NULL;
}

/* "sha256 3d458cfe55cc03ea..." */
static void short_digest(const struct hm_digests *digests, uint32_t banks, char ret[64])
{
	enum hm_bank bank = hm_bank_shown(banks);
	char hex[SHORT_DIGITS];
	struct hm_writer w = hm_writer_of(hex, sizeof(hex));

	hm_put_hex(&w, hm_bytes_of(digests->value[bank], SHORT_DIGITS / 2));
	snprintf(ret, 64, "%s %.*s...", hm_algs[bank].name, (int)SHORT_DIGITS, hex);
}

/* One word for a field of two layer records, or NULL where they are equal. */
static bool compare_records(const struct hm_record *a, const struct hm_record *b, char *ret, size_t cap)
{
	char ha[65] = "", hb[65] = "";
	struct hm_writer wa = hm_writer_of(ha, 64), wb = hm_writer_of(hb, 64);

	if (memcmp(a->verity.root, b->verity.root, HM_VERITY_ROOT_LEN) != 0) {
		hm_put_hex(&wa, hm_bytes_of(a->verity.root, HM_VERITY_ROOT_LEN));
		hm_put_hex(&wb, hm_bytes_of(b->verity.root, HM_VERITY_ROOT_LEN));
		snprintf(ret, cap, "root hash differs: golden %s, seen %s", ha, hb);
		return true;
	}
	if (a->verity.data_blocks != b->verity.data_blocks) {
		snprintf(ret, cap, "number of data blocks differs: golden %llu, seen %llu",
			 (unsigned long long)a->verity.data_blocks, (unsigned long long)b->verity.data_blocks);
		return true;
	}
	if (a->verity.salt_len != b->verity.salt_len ||
	    memcmp(a->verity.salt, b->verity.salt, a->verity.salt_len) != 0) {
		snprintf(ret, cap, "salt differs");
		return true;
	}
	return false;
}

/* Both are records: say which field. `what` is "layer app". */
static bool record_reason(struct hm_diff *diff, uint32_t pcr, const struct hm_golden_event *wanted,
			  const struct hm_seen_event *seen)
{
	struct hm_record a, b;
	char field[256];

	if (hm_record_parse(hm_bytes_of_text(wanted->content), &a) || hm_record_parse(seen->data, &b))
		return add_line(diff, "PCR %u: %s differs: golden '%s', seen '%.*s'", pcr, wanted->what,
				wanted->content, (int)seen->data.len, (const char *)seen->data.p);
	if (a.kind == HM_RECORD_LOCK && b.kind == HM_RECORD_LOCK)
		return add_line(diff, "PCR %u: lock differs: golden says %llu layers, seen %llu", pcr,
				(unsigned long long)a.layers, (unsigned long long)b.layers);
	if (b.kind == HM_RECORD_FAIL)
		return add_line(diff, "PCR %u: %s missing: the boot was given up at stage '%.*s'", pcr, wanted->what,
				(int)b.name_len, b.name);
	if (a.kind == HM_RECORD_LAYER && b.kind == HM_RECORD_LAYER && a.name_len == b.name_len &&
	    !memcmp(a.name, b.name, a.name_len) && compare_records(&a, &b, field, sizeof(field)))
		return add_line(diff, "PCR %u: %s: %s", pcr, wanted->what, field);
	return add_line(diff, "PCR %u: golden has '%s', seen '%.*s'", pcr, wanted->content, (int)seen->data.len,
			(const char *)seen->data.p);
}

/* An event of the firmware's log, of which the log has a digest and, not to be trusted, a description. */
static bool event_reason(struct hm_diff *diff, const struct hm_align_row *row, uint32_t banks, size_t number)
{
	const struct hm_golden_event *wanted = row->wanted;
	const struct hm_seen_event *seen = row->seen;
	bool section = row->pcr == HM_PCR_OS && wanted->what[0] == '.';
	char golden_digest[64], seen_digest[64];
	char said[HM_DESCRIBE_MAX];

	short_digest(&wanted->digests, banks, golden_digest);
	short_digest(&seen->digests, banks, seen_digest);
	hm_describe_event(seen, said);
	if (wanted->type == HM_EV_HALLMARK || seen->type == HM_EV_HALLMARK)
		return add_line(diff, "PCR %u event %zu: golden has %s, seen %s '%s'", row->pcr, number, wanted->what,
				seen->type == HM_EV_HALLMARK ? "the record" : "a firmware event", said);
	if (wanted->content &&
	    !add_line(diff, "PCR %u event %zu: golden %s is '%s'", row->pcr, number, wanted->what, wanted->content))
		return false;
	return add_line(diff, "PCR %u event %zu: %s%s differs: golden %s, seen %s; the log says '%s'", row->pcr, number,
			section ? "section " : "", wanted->what, golden_digest, seen_digest, said);
}

static bool extra_reason(struct hm_diff *diff, const struct hm_align_row *row, uint32_t banks, size_t number,
			 const char *more)
{
	char type[HM_EVENT_NAME_MAX];
	char said[HM_DESCRIBE_MAX];
	char digest[64];

	hm_golden_type_name(row->seen->type, type);
	hm_describe_event(row->seen, said);
	short_digest(&row->seen->digests, banks, digest);
	return add_line(diff, "PCR %u event %zu: extra event %s '%s', %s%s", row->pcr, number, type, said, digest,
			more);
}

static bool changed_reason(struct hm_diff *diff, const struct hm_align_row *row, uint32_t banks, size_t number)
{
	if (row->wanted->type == HM_EV_HALLMARK && row->seen->type == HM_EV_HALLMARK)
		return record_reason(diff, row->pcr, row->wanted, row->seen);
	return event_reason(diff, row, banks, number);
}

/* What is not judged was not predicted: here, where the register differs, it is an event too many. */
static enum hm_align_state state_of(const struct hm_align_row *row)
{
	return row->state == HM_ALIGN_UNJUDGED ? HM_ALIGN_EXTRA : row->state;
}

/* The next row of a register from number `at` on; NULL: none. */
static const struct hm_align_row *next_row(const struct hm_align *align, uint32_t pcr, size_t *at)
{
	for (; *at < align->count; (*at)++) {
		const struct hm_align_row *row = &align->row[*at];

		if (row->pcr == pcr && (!row->seen || row->seen->type != HM_EV_NO_ACTION))
			return &align->row[(*at)++];
	}
	return NULL;
}

static bool first_difference(struct hm_diff *diff, const struct hm_align *align, uint32_t banks, uint32_t pcr)
{
	size_t at = 0, number = 1, others = 0;
	const struct hm_align_row *row = next_row(align, pcr, &at), *next;
	char more[48] = "";

	for (; row && row->state == HM_ALIGN_MATCH; number++)
		row = next_row(align, pcr, &at);
	if (!row)
		return add_line(
			diff, "PCR %u: the log has exactly the predicted events, but they do not give this value", pcr);
	while ((next = next_row(align, pcr, &at)) && state_of(next) == state_of(row))
		others++;
	if (others)
		snprintf(more, sizeof(more), " (and %zu more)", others);
	if (state_of(row) == HM_ALIGN_MISSING)
		return add_line(diff, "PCR %u event %zu: %s missing%s", pcr, number, row->wanted->what, more);
	return state_of(row) == HM_ALIGN_EXTRA ? extra_reason(diff, row, banks, number, more)
					       : changed_reason(diff, row, banks, number);
}

static bool has_wanted(const struct hm_align *align, uint32_t pcr)
{
	for (size_t i = 0; i < align->count; i++) {
		if (align->row[i].pcr == pcr && align->row[i].wanted)
			return true;
	}
	return false;
}

static bool add_register(struct hm_diff *diff, const struct hm_golden *golden, const struct hm_evidence *evidence,
			 const struct hm_align *align, uint32_t pcr)
{
	uint32_t banks = diff->banks & evidence->replayed.banks;

	if (hm_evidence_has_registers(evidence) && hm_evidence_unexplained(evidence, pcr)) {
		if (!add_line(diff, "PCR %u: differs, and the log does not explain its value%s", pcr,
			      diff->row[pcr].rejects ? "" : " (shown only)"))
			return false;
	}
	/* A profile may have a value without events: one that the platform's maker publishes. */
	if (!banks || (golden->policy[pcr] == HM_POLICY_ONE_OF && !has_wanted(align, pcr)))
		return true;
	return first_difference(diff, align, banks, pcr);
}

static bool add_bank_lines(struct hm_diff *diff)
{
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if ((diff->banks_missing & HM_BANK_BIT(bank)) &&
		    !add_line(diff, "bank %s is predicted but not active: not compared", hm_algs[bank].name))
			return false;
		if ((diff->banks_extra & HM_BANK_BIT(bank)) &&
		    !add_line(diff, "bank %s is active but not predicted", hm_algs[bank].name))
			return false;
	}
	return true;
}

/* Which machine the one-of registers were compared with. */
static bool add_profile_line(struct hm_diff *diff, const struct hm_golden *golden)
{
	if (!golden->profile_count || diff->profile_fits)
		return true;
	return add_line(diff, "no profile of the golden file fits; compared with the nearest one, %s (%s)",
			golden->profile[diff->profile]->name, golden->profile[diff->profile]->machine);
}

/* Registers that are as they must be, or about which nothing is known, but that the machine's own logs do not give. */
static bool add_unexplained(struct hm_diff *diff, const struct hm_evidence *evidence)
{
	const char *name = evidence->kind == HM_EVIDENCE_PROOF ? "proof" : "report";

	if (!hm_evidence_has_registers(evidence))
		return true;
	if (!evidence->firmware_log && !add_line(diff, "the %s has no firmware log", name))
		return false;
	if (!evidence->runtime_log && !add_line(diff, "the %s has no runtime log", name))
		return false;
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (diff->row[pcr].differing || !hm_evidence_unexplained(evidence, pcr))
			continue;
		if (!add_line(diff, "PCR %u: the log does not explain its value", pcr))
			return false;
	}
	return true;
}

bool hm_reasons_make(struct hm_diff *diff, const struct hm_golden *golden, const struct hm_evidence *evidence)
{
	const struct hm_golden_profile *profile =
		diff->profile < golden->profile_count ? golden->profile[diff->profile] : NULL;
	struct hm_align align;
	bool good;

	if (!hm_align_make(evidence, golden, profile, &align))
		return false;
	good = add_bank_lines(diff) && add_profile_line(diff, golden);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED && good; pcr++)
		good = !diff->row[pcr].differing || add_register(diff, golden, evidence, &align, pcr);
	hm_align_free(&align);
	return good && add_unexplained(diff, evidence);
}
