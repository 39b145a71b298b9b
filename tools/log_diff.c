/* SPDX-License-Identifier: BSD-2-Clause */
/* log_diff.c - hallmark log diff: golden file against a report or a log */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "host/log/diff.h"
#include "host/log/json.h"
#include "host/log/reasons.h"

#define SHORT_DIGITS 16u
/* 16 digits and the dots. */
#define VALUE_WIDTH 18
#define MATCH_WIDTH 11

static void short_value(const struct hm_digests *value, enum hm_bank bank, char ret[VALUE_WIDTH + 1])
{
	struct hm_writer w = hm_writer_of(ret, VALUE_WIDTH + 1);

	if (!(value->banks & HM_BANK_BIT(bank))) {
		strcpy(ret, "-");
		return;
	}
	hm_put_hex(&w, hm_bytes_of(value->value[bank], SHORT_DIGITS / 2));
	hm_put_text(&w, "..");
	hm_put_u8(&w, 0);
}

static unsigned int count_banks(uint32_t banks)
{
	return (unsigned int)__builtin_popcount(banks);
}

/* "4/4 banks", or the banks that differ. */
static void bank_column(const struct hm_diff *diff, const struct hm_diff_row *row, char ret[64])
{
	size_t at = 0;

	if (!row->predicted) {
		strcpy(ret, "");
		return;
	}
	snprintf(ret, 64, "%u/%u banks", count_banks(diff->banks & ~row->differing),
		 count_banks(diff->banks | diff->banks_extra));
	if (!row->differing || row->differing == diff->banks)
		return;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (row->differing & HM_BANK_BIT(bank))
			at += (size_t)snprintf(ret + at, 64 - at, "%s ", hm_algs[bank].name);
	}
	snprintf(ret + at, 64 - at, "%s", count_banks(row->differing) > 1 ? "differ" : "differs");
}

static const char *match_word(const struct hm_diff_row *row)
{
	if (!row->predicted)
		return "shown";
	if (!row->differing && row->tls)
		return "yes (+ tls)";
	if (!row->differing)
		return row->expected.policy == HM_POLICY_SHOWN ? "yes (shown)" : "yes";
	return row->rejects ? "NO" : "no (shown)";
}

static void print_table(const struct hm_diff *diff, const struct hm_golden *golden, const struct hm_evidence *evidence)
{
	enum hm_bank bank = hm_bank_shown(diff->banks ? diff->banks : golden->banks);
	char title[32];

	snprintf(title, sizeof(title), "predicted %s", hm_algs[bank].name);
	printf("%3s  %-50s  %-*s  %-*s  %-*s  %s\n", "PCR", "holds", VALUE_WIDTH, title, VALUE_WIDTH, "seen",
	       MATCH_WIDTH, "match", "banks");
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		const struct hm_diff_row *row = &diff->row[pcr];
		struct hm_digests value;
		char wanted[VALUE_WIDTH + 1] = "-";
		char seen[VALUE_WIDTH + 1];
		char banks[64];

		if (row->expected.has_value)
			short_value(&row->expected.value, bank, wanted);
		hm_pcr_digests(&evidence->pcrs, pcr, &value);
		short_value(&value, bank, seen);
		bank_column(diff, row, banks);
		printf("%3u  %-50s  %-*s  %-*s  %s", pcr, hm_pcr_table[pcr].holds, VALUE_WIDTH, wanted, VALUE_WIDTH,
		       seen, match_word(row));
		if (*banks)
			printf("%*s  %s", MATCH_WIDTH - (int)strlen(match_word(row)), "", banks);
		putchar('\n');
	}
}

static void print_platform(const struct hm_diff *diff, const struct hm_golden *golden)
{
	if (!golden->profile_count)
		puts("platform: no profile: the firmware is not pinned, acpi=unmeasured");
	else if (diff->profile_fits)
		printf("platform: %s (%s)\n", golden->profile[diff->profile]->name,
		       golden->profile[diff->profile]->machine);
	else
		puts("platform: none of the golden file's profiles");
}

static void print_verdict(const struct hm_diff *diff, const struct hm_golden *golden)
{
	unsigned int judged = 0, wrong = 0;

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (diff->row[pcr].expected.policy != HM_POLICY_SHOWN)
			judged++;
		if (diff->row[pcr].rejects)
			wrong++;
	}
	putchar('\n');
	for (size_t i = 0; i < diff->line_count; i++)
		puts(diff->line[i]);
	if (diff->line_count)
		putchar('\n');
	print_platform(diff, golden);
	if (diff->accepted)
		printf("accepted: %s %s: all %u judged registers match in all %u banks\n", golden->image_name,
		       golden->image_version, judged, count_banks(diff->banks));
	else
		printf("rejected: %s %s: %u of %u judged registers differ%s\n", golden->image_name,
		       golden->image_version, wrong, judged,
		       diff->banks_extra	     ? ", and a bank is active that is not predicted"
		       : hm_banks_check(diff->banks) ? ", and neither SHA-256 nor SHA-384 is in both"
						     : "");
}

static int print_diff(const struct hm_golden *golden, const struct hm_evidence *evidence, bool json)
{
	struct hm_diff *diff = hm_diff_make(golden, evidence);
	bool reasons = diff && hm_reasons_make(diff, golden, evidence);
	char *text = reasons && json ? hm_json_diff(diff, golden, evidence) : NULL;
	int status = HM_EXIT_RUN;

	if (reasons && (text || !json)) {
		status = diff->accepted ? HM_EXIT_OK : HM_EXIT_REJECTED;
		if (json) {
			fputs(text, stdout);
		} else {
			print_table(diff, golden, evidence);
			print_verdict(diff, golden);
		}
	} else {
		hm_fail_text(status, "log diff", "out of memory");
	}
	free(text);
	hm_diff_free(diff);
	return status;
}

static int compare(const char *path, const struct hm_golden *golden, bool json)
{
	struct hm_evidence *evidence;
	struct hm_file file;
	struct hm_error error = {0};
	int status = hm_input_read(path, HM_EVIDENCE_MAX, &file);

	/* What a machine sent and cannot be read is rejected: it is not the caller's mistake. */
	if (status)
		return status == HM_EXIT_INPUT ? HM_EXIT_REJECTED : status;
	if (hm_evidence_parse(hm_file_bytes(&file), &evidence, &error)) {
		if (evidence->kind == HM_EVIDENCE_TD_LOG)
			status = hm_fail_text(HM_EXIT_REJECTED, path,
					      "is a TD's log, of RTMRs; a golden file predicts PCRs");
		else
			status = print_diff(golden, evidence, json);
		hm_evidence_free(evidence);
	} else {
		status = hm_fail_text(HM_EXIT_REJECTED, path, error.text);
	}
	hm_file_free(&file);
	return status;
}

struct options {
	bool json, table;
};

static int command(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	struct hm_golden *golden;
	struct hm_file file;
	struct hm_error error = {0};
	int status;

	if (o->json && o->table)
		return hm_fail_text(HM_EXIT_USAGE, "log diff", "--json and --table exclude each other");
	status = hm_input_read(words->word[0], HM_GOLDEN_MAX, &file);
	if (status)
		return status;
	if (hm_golden_parse(hm_file_bytes(&file), &golden, &error)) {
		status = compare(words->word[1], golden, o->json);
		hm_golden_free(golden);
	} else {
		status = hm_fail_text(HM_EXIT_INPUT, words->word[0], error.text);
	}
	hm_file_free(&file);
	return status;
}

static const struct hm_option options[] = {
	HM_OPTION(struct options, table, "--table", NULL, "The table, which is the default."),
	HM_OPTION(struct options, json, "--json", NULL, "The same as JSON, with all digests in full."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_log_diff = {
	.name = "log diff",
	.summary = "golden values against a report or log, with the reasons",
	.words = "GOLDEN REPORT|PROOF|LOG",
	.synopsis = "log diff GOLDEN REPORT|PROOF|LOG [--table | --json]",
	.description = "Compares the registers that golden.json predicts with those of a machine: a table, then for "
		       "each register that differs the first event that is not as predicted.",
	.exit_status =
		"0 only if every pinned register is equal, every zero register zero, the one-of registers as "
		"one platform profile has them, and the replayed one explained by the runtime log, in every "
		"active bank; a TPM may have fewer banks than predicted, SHA-256 or SHA-384 among them. Else 1. Registers with the policy 'shown' reject nothing. 2 malformed golden "
		"file, 3 usage, 4 could not run.",
	.example = "hallmark log diff golden/golden.json report.json",
	.args = {.tables = {{options, 0}}, .words_min = 2, .words_max = 2},
	.size = sizeof(struct options),
	.run = command,
};
