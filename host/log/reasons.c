/* SPDX-License-Identifier: BSD-2-Clause */
/* reasons.c - why registers differ: the first event that is not as predicted */
#include "host/log/reasons.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cmdline.h"
#include "core/eventlog.h"
#include "host/base/args.h"
#include "host/log/event_text.h"

#define LINE_LEN 4096u
#define SHORT_DIGITS 16u
/* How many events in a row are looked for as left out or put in; a section is two. */
#define SHIFT_MAX 8u

/* The events of one register, of both sides, in order. */
struct pair {
	const struct hm_golden_event *wanted[HM_GOLDEN_EVENTS_MAX];
	size_t wanted_count;
	const struct hm_seen_event **seen;
	size_t seen_count;
	uint32_t banks; /* in which digests are compared */
};

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
	enum hm_bank bank = hm_diff_shown_bank(banks);
	char hex[SHORT_DIGITS];
	struct hm_writer w = hm_writer_of(hex, sizeof(hex));

	hm_put_hex(&w, hm_bytes_of(digests->value[bank], SHORT_DIGITS / 2));
	snprintf(ret, 64, "%s %.*s...", hm_algs[bank].name, (int)SHORT_DIGITS, hex);
}

static bool same_event(const struct pair *pair, size_t wanted, size_t seen)
{
	if (wanted >= pair->wanted_count || seen >= pair->seen_count)
		return false;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if ((pair->banks & HM_BANK_BIT(bank)) &&
		    memcmp(pair->wanted[wanted]->digests.value[bank], pair->seen[seen]->digests.value[bank],
			   hm_algs[bank].len) != 0)
			return false;
	}
	return true;
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
static bool event_reason(struct hm_diff *diff, const struct pair *pair, uint32_t pcr, size_t at)
{
	const struct hm_golden_event *wanted = pair->wanted[at];
	const struct hm_seen_event *seen = pair->seen[at];
	bool section = pcr == HM_PCR_OS && wanted->what[0] == '.';
	char golden_digest[64], seen_digest[64];
	char said[HM_DESCRIBE_MAX];

	short_digest(&wanted->digests, pair->banks, golden_digest);
	short_digest(&seen->digests, pair->banks, seen_digest);
	hm_describe_event(seen, said);
	if (wanted->type == HM_EV_HALLMARK || seen->type == HM_EV_HALLMARK)
		return add_line(diff, "PCR %u event %zu: golden has %s, seen %s '%s'", pcr, at + 1, wanted->what,
				seen->type == HM_EV_HALLMARK ? "the record" : "a firmware event", said);
	if (wanted->content &&
	    !add_line(diff, "PCR %u event %zu: golden %s is '%s'", pcr, at + 1, wanted->what, wanted->content))
		return false;
	return add_line(diff, "PCR %u event %zu: %s%s differs: golden %s, seen %s; the log says '%s'", pcr, at + 1,
			section ? "section " : "", wanted->what, golden_digest, seen_digest, said);
}

/* How many events behind `wanted` and `seen` are the same on both sides. */
static size_t run_length(const struct pair *pair, size_t wanted, size_t seen)
{
	size_t length = 0;

	while (same_event(pair, wanted + length, seen + length))
		length++;
	return length;
}

static bool extra_reason(struct hm_diff *diff, uint32_t pcr, const struct pair *pair, size_t at, size_t count)
{
	char type[HM_EVENT_NAME_MAX];
	char said[HM_DESCRIBE_MAX];
	char digest[64];
	char more[48] = "";

	hm_golden_type_name(pair->seen[at]->type, type);
	hm_describe_event(pair->seen[at], said);
	short_digest(&pair->seen[at]->digests, pair->banks, digest);
	if (count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", count - 1);
	return add_line(diff, "PCR %u event %zu: extra event %s '%s', %s%s", pcr, at + 1, type, said, digest, more);
}

static bool missing_reason(struct hm_diff *diff, uint32_t pcr, const struct pair *pair, size_t at, size_t count)
{
	char more[48] = "";

	if (count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", count - 1);
	return add_line(diff, "PCR %u event %zu: %s missing%s", pcr, at + 1, pair->wanted[at]->what, more);
}

static bool changed_reason(struct hm_diff *diff, uint32_t pcr, const struct pair *pair, size_t at)
{
	if (pair->wanted[at]->type == HM_EV_HALLMARK && pair->seen[at]->type == HM_EV_HALLMARK)
		return record_reason(diff, pcr, pair->wanted[at], pair->seen[at]);
	return event_reason(diff, pair, pcr, at);
}

static bool first_difference(struct hm_diff *diff, uint32_t pcr, const struct pair *pair)
{
	size_t at = run_length(pair, 0, 0);
	size_t missing = 0, extra = 0, best;

	if (at == pair->wanted_count && at == pair->seen_count)
		return add_line(
			diff, "PCR %u: the log has exactly the predicted events, but they do not give this value", pcr);
	if (at == pair->seen_count)
		return missing_reason(diff, pcr, pair, at, pair->wanted_count - at);
	if (at == pair->wanted_count)
		return extra_reason(diff, pcr, pair, at, pair->seen_count - at);
	/* Whichever makes more of what follows fit: one event changed, or some left out, or some put in. */
	best = run_length(pair, at + 1, at + 1);
	for (size_t shift = 1; shift <= SHIFT_MAX; shift++) {
		if (run_length(pair, at + shift, at) > best) {
			best = run_length(pair, at + shift, at);
			missing = shift;
			extra = 0;
		}
		if (run_length(pair, at, at + shift) > best) {
			best = run_length(pair, at, at + shift);
			extra = shift;
			missing = 0;
		}
	}
	if (missing)
		return missing_reason(diff, pcr, pair, at, missing);
	return extra ? extra_reason(diff, pcr, pair, at, extra) : changed_reason(diff, pcr, pair, at);
}

static void collect_wanted(const struct hm_golden_event *event, size_t count, uint32_t pcr, struct pair *pair)
{
	for (size_t i = 0; i < count; i++) {
		if (event[i].pcr == pcr)
			pair->wanted[pair->wanted_count++] = &event[i];
	}
}

/* False when out of memory. */
static bool collect(const struct hm_diff *diff, const struct hm_golden *golden, const struct hm_evidence *evidence,
		    uint32_t pcr, struct pair *pair)
{
	const struct hm_golden_profile *profile =
		golden->policy[pcr] == HM_POLICY_ONE_OF && diff->profile < golden->profile_count
			? golden->profile[diff->profile]
			: NULL;

	pair->banks = diff->banks & evidence->replayed.banks;
	pair->wanted_count = 0;
	pair->seen_count = 0;
	pair->seen = calloc(evidence->event_count + 1, sizeof(*pair->seen));
	if (!pair->seen)
		return false;
	if (profile)
		collect_wanted(profile->event, profile->event_count, pcr, pair);
	else
		collect_wanted(golden->event, golden->event_count, pcr, pair);
	for (size_t i = 0; i < evidence->event_count; i++) {
		const struct hm_seen_event *seen = &evidence->event[i];

		if (seen->pcr == pcr && seen->type != HM_EV_NO_ACTION)
			pair->seen[pair->seen_count++] = seen;
	}
	return true;
}

static bool add_register(struct hm_diff *diff, const struct hm_golden *golden, const struct hm_evidence *evidence,
			 uint32_t pcr)
{
	struct pair pair;
	bool good;

	if (hm_evidence_has_registers(evidence) && hm_evidence_unexplained(evidence, pcr)) {
		if (!add_line(diff, "PCR %u: differs, and the log does not explain its value%s", pcr,
			      diff->row[pcr].rejects ? "" : " (shown only)"))
			return false;
	}
	if (!collect(diff, golden, evidence, pcr, &pair))
		return false;
	/* A profile may have a value without events: one that the platform's maker publishes. */
	good = pair.banks && (pair.wanted_count || golden->policy[pcr] != HM_POLICY_ONE_OF)
		       ? first_difference(diff, pcr, &pair)
		       : true;
	free(pair.seen);
	return good;
}

static bool add_bank_lines(struct hm_diff *diff)
{
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if ((diff->banks_missing & HM_BANK_BIT(bank)) &&
		    !add_line(diff, "bank %s is predicted but not active", hm_algs[bank].name))
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

bool hm_diff_add_reasons(struct hm_diff *diff, const struct hm_golden *golden, const struct hm_evidence *evidence)
{
	if (!add_bank_lines(diff) || !add_profile_line(diff, golden))
		return false;
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (diff->row[pcr].differing && !add_register(diff, golden, evidence, pcr))
			return false;
	}
	return add_unexplained(diff, evidence);
}
