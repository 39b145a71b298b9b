/* SPDX-License-Identifier: BSD-2-Clause */
/* log.c - hallmark log: show and replay firmware logs, runtime logs and reports */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "core/eventlog.h"
#include "core/tdx.h"
#include "tools/commands.h"
#include "host/base/args.h"
#include "host/log/event_text.h"
#include "host/log/diff.h"
#include "host/log/json.h"
#include "host/log/page.h"
#include "host/log/reasons.h"

#define SHORT_DIGITS 16u

struct options {
	const char *bank, *golden;
	bool json, html, all;
};

static int read_evidence(const char *path, struct hm_file *ret_file, struct hm_evidence **ret)
{
	struct hm_error error = {0};
	int status = hm_input_read(path, HM_EVIDENCE_MAX, ret_file);

	if (status)
		return status;
	if (hm_evidence_parse(hm_file_bytes(ret_file), ret, &error))
		return HM_EXIT_OK;
	hm_file_free(ret_file);
	return hm_fail_text(HM_EXIT_INPUT, path, error.text);
}

/* The banks that are asked for; `have` is what there is. */
static int choose_banks(const char *path, const char *name, bool all, uint32_t have, uint32_t *ret)
{
	enum hm_bank bank = hm_bank_shown(have);

	if (name && !hm_bank_of_name(hm_bytes_of(name, strlen(name)), &bank))
		return hm_fail_text(HM_EXIT_USAGE, "--bank", "is not sha1, sha256, sha384 or sha512");
	if (!(have & HM_BANK_BIT(bank)))
		return hm_fail_format(HM_EXIT_INPUT, path, "there is no bank %s", hm_algs[bank].name);
	*ret = all ? have : HM_BANK_BIT(bank);
	return HM_EXIT_OK;
}

static void print_event(const struct hm_seen_event *event, enum hm_bank bank)
{
	char type[HM_EVENT_NAME_MAX];
	char what[HM_DESCRIBE_MAX];
	char hex[SHORT_DIGITS + 1] = "-";
	struct hm_writer w = hm_writer_of(hex, sizeof(hex));

	if (event->digests.banks & HM_BANK_BIT(bank)) {
		hm_put_hex(&w, hm_bytes_of(event->digests.value[bank], SHORT_DIGITS / 2));
		hm_put_u8(&w, 0);
	}
	hm_golden_type_name(event->type, type);
	hm_describe_event(event, what);
	printf("%-8s  %4zu  %3u  %-32s  %-*s  %s\n", event->runtime ? "runtime" : "firmware", event->index, event->pcr,
	       type, (int)SHORT_DIGITS, hex, what);
}

static int show(const char *path, const struct hm_evidence *evidence, const char *bank_name, bool json)
{
	uint32_t banks;
	int status = choose_banks(path, bank_name, false, evidence->pcrs.banks, &banks);
	char *text;

	if (status)
		return status;
	if (json) {
		text = hm_json_events(evidence);
		if (!text)
			return hm_fail_text(HM_EXIT_RUN, "log show", "out of memory");
		fputs(text, stdout);
		free(text);
		return HM_EXIT_OK;
	}
	printf("%-8s  %4s  %3s  %-32s  %-*s  %s\n", "log", "#", "PCR", "type", (int)SHORT_DIGITS,
	       hm_algs[hm_bank_shown(banks)].name, "description");
	for (size_t i = 0; i < evidence->event_count; i++)
		print_event(&evidence->event[i], hm_bank_shown(banks));
	return HM_EXIT_OK;
}

static int write_page(struct hm_page *page)
{
	struct hm_align align = {0};
	struct hm_diff *diff = page->golden ? hm_diff_make(page->golden, page->evidence) : NULL;
	const struct hm_golden_profile *profile = NULL;
	int status = HM_EXIT_OK;

	if (diff && diff->profile < page->golden->profile_count)
		profile = page->golden->profile[diff->profile];
	if ((page->golden && !(diff && hm_reasons_make(diff, page->golden, page->evidence))) ||
	    !hm_align_make(page->evidence, page->golden, profile, &align)) {
		status = hm_fail_text(HM_EXIT_RUN, "log show", "out of memory");
	} else {
		page->diff = diff;
		page->align = &align;
		hm_page_write(stdout, page);
	}
	hm_align_free(&align);
	hm_diff_free(diff);
	return status;
}

static int show_html(const char *path, const struct hm_evidence *evidence, const char *bank_name,
		     const char *golden_path)
{
	struct hm_page page = {.title = path, .evidence = evidence};
	struct hm_golden *golden = NULL;
	struct hm_file file = {0};
	struct hm_error error = {0};
	uint32_t banks;
	int status = choose_banks(path, bank_name, false, evidence->pcrs.banks, &banks);

	if (status)
		return status;
	page.bank = hm_bank_shown(banks);
	if (!golden_path)
		return write_page(&page);
	status = hm_input_read(golden_path, HM_GOLDEN_MAX, &file);
	if (status)
		return status;
	if (hm_golden_parse(hm_file_bytes(&file), &golden, &error)) {
		page.golden = golden;
		status = write_page(&page);
		hm_golden_free(golden);
	} else {
		status = hm_fail_text(HM_EXIT_INPUT, golden_path, error.text);
	}
	hm_file_free(&file);
	return status;
}

static int command_show(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	const char *path = words->word[0];
	struct hm_evidence *evidence;
	struct hm_file file;
	int status;

	if (o->json && o->html)
		return hm_fail_text(HM_EXIT_USAGE, "log show", "--json and --html exclude each other");
	if (o->golden && !o->html)
		return hm_fail_text(HM_EXIT_USAGE, "log show", "--golden goes with --html; hallmark log diff compares");
	status = read_evidence(path, &file, &evidence);
	if (status)
		return status;
	if (o->html && evidence->kind == HM_EVIDENCE_TD_LOG)
		status = hm_fail_text(HM_EXIT_USAGE, "--html", "shows PCRs; a TD's log has RTMRs");
	else
		status = o->html ? show_html(path, evidence, o->bank, o->golden)
				 : show(path, evidence, o->bank, o->json);
	hm_evidence_free(evidence);
	hm_file_free(&file);
	return status;
}

static bool is_extended(const struct hm_evidence *evidence, uint32_t pcr)
{
	for (size_t i = 0; i < evidence->event_count; i++) {
		if (evidence->event[i].pcr == pcr && evidence->event[i].type != HM_EV_NO_ACTION)
			return true;
	}
	return false;
}

/* 0 to 15; of a runtime log alone 11 to 15; of a TD's log the four RTMRs; above 15 only what some event extends. */
static bool is_printed(const struct hm_evidence *evidence, uint32_t pcr)
{
	if (evidence->kind == HM_EVIDENCE_TD_LOG)
		return pcr >= HM_TDX_REGISTER_RTMR0 && pcr - HM_TDX_REGISTER_RTMR0 < HM_TDX_RTMRS;
	if (pcr >= HM_PCR_QUOTED)
		return is_extended(evidence, pcr);
	return evidence->kind != HM_EVIDENCE_RUNTIME_LOG || pcr >= HM_PCR_OWNED_FIRST;
}

static void print_value(const uint8_t *value, enum hm_bank bank)
{
	char hex[2 * HM_DIGEST_MAX];
	struct hm_writer w = hm_writer_of(hex, sizeof(hex));

	hm_put_hex(&w, hm_bytes_of(value, hm_algs[bank].len));
	fwrite(hex, 1, w.len, stdout);
}

static bool print_register(const struct hm_evidence *evidence, enum hm_bank bank, uint32_t pcr)
{
	bool same = !hm_evidence_has_registers(evidence) || pcr >= HM_PCR_QUOTED ||
		    !(hm_evidence_unexplained(evidence, pcr) & HM_BANK_BIT(bank));

	if (evidence->kind == HM_EVIDENCE_TD_LOG)
		printf("%s:rtmr%u ", hm_algs[bank].name, pcr - HM_TDX_REGISTER_RTMR0);
	else
		printf("%s:%u ", hm_algs[bank].name, pcr);
	print_value(evidence->replayed.value[bank][pcr], bank);
	if (!same) {
		fputs(" differs from the register ", stdout);
		print_value(evidence->pcrs.value[bank][pcr], bank);
	}
	putchar('\n');
	return same;
}

static int replay(const char *path, const struct hm_evidence *evidence, const char *bank_name, bool all)
{
	uint32_t banks;
	unsigned int wrong = 0;
	int status = choose_banks(path, bank_name, all, evidence->pcrs.banks, &banks);

	if (status)
		return status;
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		for (uint32_t pcr = 0; pcr < HM_PCR_COUNT; pcr++) {
			if (is_printed(evidence, pcr) && !print_register(evidence, bank, pcr))
				wrong++;
		}
	}
	if (wrong)
		return hm_fail_format(HM_EXIT_REJECTED, path, "%u registers are not what the logs replay to", wrong);
	return HM_EXIT_OK;
}

static int command_replay(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	struct hm_evidence *evidence;
	struct hm_file file;
	int status;

	if (o->bank && o->all)
		return hm_fail_text(HM_EXIT_USAGE, "log replay", "--bank and --all exclude each other");
	status = read_evidence(words->word[0], &file, &evidence);
	if (status)
		return status;
	status = replay(words->word[0], evidence, o->bank, o->all);
	hm_evidence_free(evidence);
	hm_file_free(&file);
	return status;
}

const struct hm_command hm_cmd_log = {
	.name = "log",
	.summary = "show, replay and compare event logs",
	.description = "A log is a firmware log (TCG2, crypto-agile), a runtime log of Hallmark, a TD's log (ACPI "
		       "CCEL), a report or a proof: its first bytes tell which. Of a proof nothing is verified "
		       "here: hallmark verify does that. Descriptions are what a log says; only digests count.",
	.example = "hallmark log replay report.json --all",
};

static const struct hm_option show_options[] = {
	HM_OPTION(struct options, bank, "--bank", "BANK",
		  "Whose digests to show (default: sha256, else the largest); their first 16 digits."),
	HM_OPTION(struct options, json, "--json", NULL, "For programs, all digests in full."),
	HM_OPTION(struct options, html, "--html", NULL,
		  "One page for a browser, that loads nothing: the chain from the firmware to the TLS key as a "
		  "picture, the registers, the events."),
	HM_OPTION(struct options, golden, "--golden", "GOLDEN",
		  "With --html: mark what is and what is not as golden.json predicts. It only shows; hallmark "
		  "log diff gives the exit status."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_log_show = {
	.name = "log show",
	.summary = "the events of a log or report, as a table",
	.words = "FILE",
	.synopsis = "log show FILE [--bank BANK] [--json | --html [--golden GOLDEN]]",
	.description = "Shows the events of a firmware log, a runtime log, a TD's log (ACPI CCEL), or both logs of "
		       "a report or proof. Descriptions are what the log says; only digests count. Of a TD's log "
		       "the second number is the measurement register: 1 to 4 are RTMR 0 to 3.",
	.example = "hallmark log show /sys/kernel/security/tpm0/binary_bios_measurements\n"
		   "hallmark log show report.json --html --golden golden/golden.json > report.html",
	.see_also = "tpm2_eventlog(1)",
	.args = {.tables = {{show_options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command_show,
};

static const struct hm_option replay_options[] = {
	HM_OPTION(struct options, bank, "--bank", "BANK",
		  "Whose registers to print (default: sha256, else the largest)."),
	HM_OPTION(struct options, all, "--all", NULL, "Every bank."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_log_replay = {
	.name = "log replay",
	.summary = "the registers that a log gives; for a report compared with its own",
	.words = "FILE",
	.synopsis = "log replay FILE [--bank BANK | --all]",
	.description = "Prints the registers after replay, one a line: BANK:PCR VALUE. For a report or proof both "
		       "logs are replayed, one after the other, and the result is compared with the report's "
		       "registers. For a TD's log (ACPI CCEL) the four registers are sha384:rtmr0 to sha384:rtmr3.",
	.exit_status = "0 done, 1 a register differs, 2 malformed input file, 3 usage, 4 could not run.",
	.example = "hallmark log replay report.json --all",
	.args = {.tables = {{replay_options, 0}}, .words_min = 1, .words_max = 1},
	.size = sizeof(struct options),
	.run = command_replay,
};
