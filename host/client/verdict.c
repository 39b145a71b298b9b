/* SPDX-License-Identifier: BSD-2-Clause */
/* verdict.c - a verdict in print */
#include "host/client/verdict.h"

#include <stdio.h>
#include <string.h>

#include "core/pcr.h"

#define SHORT_DIGITS 16

enum hm_error_kind hm_verdict_kind(const struct hallmark_result *result)
{
	if (result->accepted)
		return HM_ERROR_NONE;
	switch (result->code) {
	case HALLMARK_BAD_REQUEST:
		return HM_ERROR_USAGE;
	case HALLMARK_GOLDEN_INVALID:
	case HALLMARK_ROOTS_INVALID:
	case HALLMARK_PLATFORMS_INVALID:
	case HALLMARK_MACHINES_INVALID:
	case HALLMARK_LOG_POLICY_INVALID:
		return HM_ERROR_INPUT;
	case HALLMARK_INTERNAL_ERROR:
		return HM_ERROR_RUN;
	default:
		return HM_ERROR_REJECTED;
	}
}

void hm_verdict_line(const struct hallmark_result *result, char ret[HM_VERDICT_MAX])
{
	const struct hallmark_check *check;

	if (result->accepted && result->image_name[0]) {
		snprintf(ret, HM_VERDICT_MAX, "accepted: %s %s on %s%s%s%s%s", result->image_name,
			 result->image_version, result->platform, result->profile[0] ? "" : ", firmware not pinned",
			 result->acpi_unmeasured ? ", acpi=unmeasured" : "",
			 result->stale ? ", of an unknown time" : "",
			 result->clock_skew_s > 0   ? ", by a clock that is behind"
			 : result->clock_skew_s < 0 ? ", by a clock that is ahead"
						    : "");
		return;
	}
	if (result->accepted) {
		snprintf(ret, HM_VERDICT_MAX, "accepted: a quote of %s%s; nothing is said about the image",
			 result->platform, result->stale ? " of an unknown time" : "");
		return;
	}
	if (result->failed_check < 0) {
		snprintf(ret, HM_VERDICT_MAX, "rejected: %s: %s", hallmark_code_name(result->code),
			 hallmark_code_meaning(result->code));
		return;
	}
	check = &result->check[result->failed_check];
	snprintf(ret, HM_VERDICT_MAX, "rejected: %s: check %d, %s: expected %s, seen %s",
		 hallmark_code_name(result->code), result->failed_check, check->name, check->expected, check->seen);
}

static const char *state_word(enum hallmark_state state)
{
	static const char *const words[] = {[HALLMARK_NOT_RUN] = "not made",
					    [HALLMARK_PASSED] = "passed",
					    [HALLMARK_FAILED] = "FAILED",
					    [HALLMARK_LEFT_OUT] = "left out"};

	return words[state];
}

static void print_checks(const struct hallmark_result *result)
{
	puts("check");
	for (int i = 0; i < HALLMARK_CHECK_COUNT; i++) {
		const struct hallmark_check *check = &result->check[i];

		printf("%5d  %-12s  %-8s", i, check->name, state_word(check->state));
		if (check->state == HALLMARK_FAILED)
			printf("  %s: expected %s, seen %s", hallmark_code_name(check->code), check->expected,
			       check->seen);
		else if (check->note[0])
			printf("  %s", check->note);
		putchar('\n');
	}
}

static const char *match_word(enum hallmark_register_state state)
{
	static const char *const words[] = {[HALLMARK_REGISTER_NOT_JUDGED] = "not judged",
					    [HALLMARK_REGISTER_EQUAL] = "equal",
					    [HALLMARK_REGISTER_DIFFERS] = "DIFFERS",
					    [HALLMARK_REGISTER_SHOWN] = "shown"};

	return words[state];
}

static void short_value(const char *hex, char ret[SHORT_DIGITS + 3])
{
	snprintf(ret, SHORT_DIGITS + 3, "%.*s%s", SHORT_DIGITS, hex[0] ? hex : "-",
		 strlen(hex) > SHORT_DIGITS ? ".." : "");
}

static void print_registers(const struct hallmark_result *result)
{
	puts("  PCR  policy    golden              seen                verdict     holds");
	for (int pcr = 0; pcr < (int)HM_PCR_QUOTED; pcr++) {
		const struct hallmark_register *row = &result->registers[pcr];
		char expected[SHORT_DIGITS + 3], seen[SHORT_DIGITS + 3];

		short_value(row->expected, expected);
		short_value(row->seen, seen);
		printf("%5d  %-8s  %-18s  %-18s  %-10s  %s\n", pcr, row->policy[0] ? row->policy : "-", expected, seen,
		       match_word(row->state), row->holds);
	}
}

void hm_verdict_print(const struct hallmark_result *result)
{
	char line[HM_VERDICT_MAX];

	hm_verdict_line(result, line);
	puts(line);
	putchar('\n');
	print_checks(result);
	/* Only registers that the quote has been checked for are shown. */
	if (result->registers[0].seen[0]) {
		putchar('\n');
		print_registers(result);
	}
}
