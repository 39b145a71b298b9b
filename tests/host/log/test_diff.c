/* SPDX-License-Identifier: BSD-2-Clause */
/* test_diff.c - the verdict comes from registers in every bank, the reasons from events */
#include "host/log/diff.h"
#include "host/log/reasons.h"

#include "tests/support/support.h"
#include "lib/base/error.h"
#include "host/log/report.h"
#include "host/predict/golden_sink.h"

#include <stdlib.h>
#include <string.h>

#define ROOT_A "aa02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define ROOT_B "bb02030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define HEAD "hallmark-layer/1 name=app type=dm-verity hash-type=1 hash=sha256"
#define TAIL " data-block-size=4096 hash-block-size=4096 data-blocks=300 hash-offset=4096 salt=- root="

/* What one boot measures; a test changes one thing of it. */
struct boot {
	const char *cmdline;
	const char *layer;  /* NULL: none */
	const char *extra;  /* an action into PCR 4, NULL: none */
	uint32_t stray_pcr; /* an action into this register too, 0: none */
	uint64_t lock;	    /* 0: no lock */
};
static const struct boot good_boot = {"ro quiet", HEAD TAIL ROOT_A, NULL, 0, 1};

struct machine {
	struct hm_golden *golden;
	struct hm_recorder recorder;
};

static void act(const struct hm_sink *sink, uint32_t pcr, const char *text, const char *what)
{
	const struct hm_bytes data = hm_bytes_of_text(text);
	const struct hm_measurement m = {.pcr = pcr,
					 .type = pcr == HM_PCR_OS ? HM_EV_IPL : HM_EV_EFI_ACTION,
					 .parts = &data,
					 .part_count = 1,
					 .data = data,
					 .what = what};

	assert_ok(sink->extend(sink->ctx, &m));
}

static void machine_init(struct machine *m, const struct boot *boot, uint32_t banks)
{
	struct hm_record record;
	struct hm_sink sink;

	m->golden = calloc(1, sizeof(*m->golden));
	assert_non_null(m->golden);
	m->golden->banks = banks;
	m->golden->image_name = strdup("demo");
	m->golden->image_version = strdup("1");
	assert_true(hm_recorder_init(&m->recorder, m->golden));
	sink = hm_recorder_sink(&m->recorder);
	act(&sink, 4, "Calling", "Calling");
	if (boot->extra)
		act(&sink, 4, boot->extra, "extra");
	if (boot->stray_pcr)
		act(&sink, boot->stray_pcr, "stray", "stray");
	act(&sink, 4, "image", "UKI");
	act(&sink, HM_PCR_OS, "linux", ".linux");
	act(&sink, HM_PCR_OS, boot->cmdline, ".cmdline");
	act(&sink, HM_PCR_OS, "initrd", ".initrd");
	if (boot->layer) {
		assert_ok(hm_record_parse(hm_bytes_of_text(boot->layer), &record));
		assert_ok(hm_measure_record(&record, 13, &sink));
	}
	if (boot->lock)
		assert_ok(hm_measure_lock(boot->lock, &sink));
}

static void machine_free(struct machine *m)
{
	hm_recorder_free(&m->recorder);
	hm_golden_free(m->golden);
}

/* What the machine would send, as the text that a host reads. */
static char *machine_report(const struct machine *m, bool logs)
{
	struct hm_report report = {.pcrs = m->golden->pcrs};

	if (logs) {
		report.firmware_log = m->recorder.tcglog_memory;
		report.firmware_log_len = m->recorder.tcglog.len;
		report.runtime_log = m->recorder.cel_memory;
		report.runtime_log_len = m->recorder.cel.len;
	}
	return hm_report_format(&report);
}

struct comparison {
	struct machine golden, machine;
	char *text;
	struct hm_evidence *evidence;
	struct hm_diff *diff;
};

static void compare_text(struct comparison *c)
{
	struct hm_error error = {0};

	assert_non_null(c->text);
	if (!hm_evidence_parse(hm_bytes_of(c->text, strlen(c->text)), &c->evidence, &error))
		fail_msg("%s", error.text);
	c->diff = hm_diff_make(c->golden.golden, c->evidence);
	assert_true(c->diff && hm_reasons_make(c->diff, c->golden.golden, c->evidence));
	assert_non_null(c->diff);
}

static void compare(struct comparison *c, const struct boot *boot, uint32_t golden_banks, uint32_t banks, bool logs)
{
	machine_init(&c->golden, &good_boot, golden_banks);
	machine_init(&c->machine, boot, banks);
	c->text = machine_report(&c->machine, logs);
	compare_text(c);
}

static void comparison_free(struct comparison *c)
{
	hm_diff_free(c->diff);
	hm_evidence_free(c->evidence);
	free(c->text);
	machine_free(&c->machine);
	machine_free(&c->golden);
}

static bool has_line(const struct hm_diff *diff, const char *part)
{
	for (size_t i = 0; i < diff->line_count; i++) {
		if (strstr(diff->line[i], part))
			return true;
	}
	for (size_t i = 0; i < diff->line_count; i++)
		print_message("line: %s\n", diff->line[i]);
	print_message("no line has: %s\n", part);
	return false;
}

/* The registers that reject, as a bit mask. */
static uint32_t rejecting(const struct hm_diff *diff)
{
	uint32_t mask = 0;

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (diff->row[pcr].rejects)
			mask |= 1u << pcr;
	}
	return mask;
}

static void assert_rejected(const struct boot *boot, uint32_t registers, const char *reason)
{
	struct comparison c;

	compare(&c, boot, HM_BANKS_ALL, HM_BANKS_ALL, true);
	assert_false(c.diff->accepted);
	assert_int_equal(rejecting(c.diff), registers);
	assert_true(has_line(c.diff, reason));
	comparison_free(&c);
}

static void test_accepted(void **state)
{
	struct comparison c;

	(void)state;
	compare(&c, &good_boot, HM_BANKS_ALL, HM_BANKS_ALL, true);
	assert_true(c.diff->accepted);
	assert_int_equal(rejecting(c.diff), 0);
	assert_int_equal(c.diff->line_count, 0);
	comparison_free(&c);
}

/* The log explains and never decides: without one the verdict is the same. */
static void test_without_logs(void **state)
{
	struct boot other = good_boot;
	struct comparison c;

	(void)state;
	compare(&c, &good_boot, HM_BANKS_ALL, HM_BANKS_ALL, false);
	assert_true(c.diff->accepted);
	assert_true(has_line(c.diff, "the report has no firmware log"));
	assert_true(has_line(c.diff, "PCR 13: the log does not explain its value"));
	comparison_free(&c);

	other.cmdline = "ro debug";
	compare(&c, &other, HM_BANKS_ALL, HM_BANKS_ALL, false);
	assert_false(c.diff->accepted);
	assert_int_equal(rejecting(c.diff), 1u << 11);
	comparison_free(&c);
}

static void test_reasons(void **state)
{
	struct boot b = good_boot;

	(void)state;
	b.cmdline = "ro debug";
	assert_rejected(&b, 1u << 11, "PCR 11 event 2: section .cmdline differs: golden sha256 ");
	assert_rejected(&b, 1u << 11, "golden .cmdline is 'ro quiet'");
	b = good_boot;
	b.layer = HEAD TAIL ROOT_B;
	assert_rejected(&b, 1u << 13, "PCR 13: layer app: root hash differs: golden " ROOT_A ", seen " ROOT_B);
	b.layer =
		HEAD " data-block-size=4096 hash-block-size=4096 data-blocks=301 hash-offset=4096 salt=- root=" ROOT_A;
	assert_rejected(&b, 1u << 13, "PCR 13: layer app: number of data blocks differs: golden 300, seen 301");
	b.layer =
		HEAD " data-block-size=4096 hash-block-size=4096 data-blocks=300 hash-offset=4096 salt=00 root=" ROOT_A;
	assert_rejected(&b, 1u << 13, "PCR 13: layer app: salt differs");
	b.layer = NULL;
	assert_rejected(&b, 1u << 13, "PCR 13 event 1: layer app missing");
	b = good_boot;
	b.lock = 0;
	assert_rejected(&b, 0x1fu << 11, "PCR 12 event 1: lock missing");
	b.lock = 2;
	assert_rejected(&b, 0x1fu << 11, "PCR 12: lock differs: golden says 1 layers, seen 2");
	b = good_boot;
	b.extra = "Returning from EFI Application";
	assert_rejected(&b, 1u << 4, "PCR 4 event 2: extra event EV_EFI_ACTION 'Returning from EFI Application'");
	b = good_boot;
	b.stray_pcr = 10;
	assert_rejected(&b, 1u << 10, "PCR 10 event 1: extra event EV_EFI_ACTION 'stray'");
	b.stray_pcr = 8;
	assert_rejected(&b, 1u << 8, "PCR 8 event 1: extra event");
}

/* EV_NO_ACTION extends nothing: it is neither an extra event nor counted. */
static void test_no_action(void **state)
{
	const struct hm_digests zeros = {.banks = HM_BANKS_ALL};
	struct boot b = good_boot;
	struct comparison c;

	(void)state;
	b.stray_pcr = 4;
	machine_init(&c.golden, &good_boot, HM_BANKS_ALL);
	machine_init(&c.machine, &b, HM_BANKS_ALL);
	/* Behind all events of the log, where it would be the last one of PCR 10. */
	assert_ok(hm_eventlog_put_event(&c.machine.recorder.tcglog, 10, HM_EV_NO_ACTION, &zeros,
					hm_bytes_of_text("says nothing")));
	c.machine.golden->pcrs.value[HM_SHA256][10][0] = 1;
	c.text = machine_report(&c.machine, true);
	compare_text(&c);
	assert_int_equal(rejecting(c.diff), 1u << 4 | 1u << 10);
	assert_true(has_line(c.diff, "PCR 4 event 2: extra event EV_EFI_ACTION 'stray'"));
	assert_true(
		has_line(c.diff, "PCR 10: the log has exactly the predicted events, but they do not give this value"));
	comparison_free(&c);
}

/* Registers 5 and 6 are shown, of 0 and 1 nothing is known: different, explained, accepted. */
static void test_shown(void **state)
{
	struct boot b = good_boot;
	struct comparison c;

	(void)state;
	for (uint32_t pcr = 5; pcr <= 6; pcr++) {
		b.stray_pcr = pcr;
		compare(&c, &b, HM_BANKS_ALL, HM_BANKS_ALL, true);
		assert_true(c.diff->accepted);
		assert_int_equal(c.diff->row[pcr].differing, HM_BANKS_ALL);
		assert_true(has_line(c.diff, "extra event EV_EFI_ACTION 'stray'"));
		comparison_free(&c);
	}
	b.stray_pcr = 1;
	compare(&c, &b, HM_BANKS_ALL, HM_BANKS_ALL, true);
	assert_true(c.diff->accepted);
	assert_int_equal(c.diff->line_count, 0);
	comparison_free(&c);
}

static void test_banks(void **state)
{
	const uint32_t sha256 = HM_BANK_BIT(HM_SHA256), sha1 = HM_BANK_BIT(HM_SHA1);
	struct comparison c;

	(void)state;
	compare(&c, &good_boot, sha256 | sha1, sha256, true);
	assert_true(c.diff->accepted);
	assert_true(has_line(c.diff, "bank sha1 is predicted but not active: not compared"));
	comparison_free(&c);
	compare(&c, &good_boot, sha256, sha256 | sha1, true);
	assert_false(c.diff->accepted);
	assert_true(has_line(c.diff, "bank sha1 is active but not predicted"));
	comparison_free(&c);
	compare(&c, &good_boot, sha256, HM_BANK_BIT(HM_SHA384), true);
	assert_false(c.diff->accepted);
	comparison_free(&c);
}

/* One register wrong in one bank alone, which its log cannot explain. */
static void test_one_bank(void **state)
{
	struct comparison c;

	(void)state;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		machine_init(&c.golden, &good_boot, HM_BANKS_ALL);
		machine_init(&c.machine, &good_boot, HM_BANKS_ALL);
		c.machine.golden->pcrs.value[bank][14][hm_algs[bank].len - 1] ^= 1;
		c.text = machine_report(&c.machine, true);
		compare_text(&c);
		assert_false(c.diff->accepted);
		assert_int_equal(c.diff->row[14].differing, HM_BANK_BIT(bank));
		assert_true(has_line(c.diff, "PCR 14: differs, and the log does not explain its value"));
		comparison_free(&c);
	}
}

/* Extends PCR 15 by records behind the lock, as the attest service does: the golden file has none of them. */
static void compare_tls(struct comparison *c, const char *const *lines, size_t count)
{
	struct hm_sink sink;

	machine_init(&c->golden, &good_boot, HM_BANKS_ALL);
	machine_init(&c->machine, &good_boot, HM_BANKS_ALL);
	sink = hm_recorder_sink(&c->machine.recorder);
	for (size_t i = 0; i < count; i++) {
		struct hm_record record;

		assert_ok(hm_record_parse(hm_bytes_of_text(lines[i]), &record));
		assert_ok(hm_measure_record(&record, 15, &sink));
	}
	c->text = machine_report(&c->machine, true);
	compare_text(c);
}

/* Register 15 is replayed: none or one TLS key, and nothing else, after the lock. */
static void test_tls(void **state)
{
	static const char *const lines[] = {"hallmark-tls/1 spki-sha256=" ROOT_A, "hallmark-tls/1 spki-sha256=" ROOT_B};
	static const char *const cap[] = {"hallmark-fail/1 stage=lock"};
	struct comparison c;

	(void)state;
	compare_tls(&c, lines, 1);
	assert_true(c.diff->accepted);
	assert_true(c.diff->row[15].tls);
	assert_int_equal(c.diff->line_count, 0);
	comparison_free(&c);
	compare_tls(&c, lines, 2);
	assert_false(c.diff->accepted);
	assert_int_equal(rejecting(c.diff), 1u << 15);
	comparison_free(&c);
	compare_tls(&c, cap, 1);
	assert_false(c.diff->accepted);
	assert_int_equal(rejecting(c.diff), 1u << 15);
	comparison_free(&c);
}

/* A TLS record in the log that the register does not hold, and a register with one that the log does not have. */
static void test_tls_log_lies(void **state)
{
	static const char *const lines[] = {"hallmark-tls/1 spki-sha256=" ROOT_A};
	struct comparison c;

	(void)state;
	compare_tls(&c, lines, 1);
	assert_true(c.diff->accepted);
	c.evidence->pcrs.value[HM_SHA384][15][0] ^= 1;
	hm_diff_free(c.diff);
	c.diff = hm_diff_make(c.golden.golden, c.evidence);
	assert_true(c.diff && hm_reasons_make(c.diff, c.golden.golden, c.evidence));
	assert_false(c.diff->accepted);
	assert_false(c.diff->row[15].tls);
	assert_int_equal(rejecting(c.diff), 1u << 15);
	c.evidence->pcrs.value[HM_SHA384][15][0] ^= 1;
	c.evidence->event_count--;
	hm_diff_free(c.diff);
	c.diff = hm_diff_make(c.golden.golden, c.evidence);
	assert_true(c.diff && hm_reasons_make(c.diff, c.golden.golden, c.evidence));
	assert_false(c.diff->accepted);
	comparison_free(&c);
}

/* One-of: registers 0 and 1 of one machine, by values alone; `first` is the first byte of both. */
static struct hm_golden_profile *make_profile(const char *name, uint8_t first)
{
	struct hm_golden_profile *profile = calloc(1, sizeof(*profile));

	assert_non_null(profile);
	profile->name = strdup(name);
	profile->machine = strdup("machine");
	profile->registers = 3;
	for (uint32_t pcr = 0; pcr < 2; pcr++) {
		profile->policy[pcr] = HM_POLICY_PINNED;
		profile->has_value[pcr] = true;
		profile->value[pcr].banks = HM_BANKS_ALL;
		for (size_t bank = 0; bank < HM_BANK_COUNT; bank++)
			profile->value[pcr].value[bank][0] = first;
	}
	return profile;
}

static void judge_one_of(struct comparison *c, uint8_t pcr0, uint8_t pcr1)
{
	machine_init(&c->golden, &good_boot, HM_BANKS_ALL);
	machine_init(&c->machine, &good_boot, HM_BANKS_ALL);
	c->golden.golden->policy[0] = c->golden.golden->policy[1] = HM_POLICY_ONE_OF;
	c->golden.golden->profile[0] = make_profile("one", 0x11);
	c->golden.golden->profile[1] = make_profile("two", 0x22);
	c->golden.golden->profile_count = 2;
	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		c->machine.golden->pcrs.value[bank][0][0] = pcr0;
		c->machine.golden->pcrs.value[bank][1][0] = pcr1;
	}
	c->text = machine_report(&c->machine, true);
	compare_text(c);
}

static void test_one_of(void **state)
{
	struct comparison c;

	(void)state;
	judge_one_of(&c, 0x22, 0x22);
	assert_true(c.diff->accepted);
	assert_true(c.diff->profile_fits);
	assert_int_equal(c.diff->profile, 1);
	comparison_free(&c);
	/* A register of each is neither. */
	judge_one_of(&c, 0x11, 0x22);
	assert_false(c.diff->accepted);
	assert_int_equal(rejecting(c.diff), 1u << 1);
	assert_true(
		has_line(c.diff, "no profile of the golden file fits; compared with the nearest one, one (machine)"));
	comparison_free(&c);
	judge_one_of(&c, 0x33, 0x33);
	assert_false(c.diff->accepted);
	assert_int_equal(rejecting(c.diff), 3);
	comparison_free(&c);
	/* What a profile shows, it does not judge. */
	judge_one_of(&c, 0x33, 0x22);
	c.golden.golden->profile[1]->policy[0] = HM_POLICY_SHOWN;
	hm_diff_free(c.diff);
	c.diff = hm_diff_make(c.golden.golden, c.evidence);
	assert_true(c.diff && hm_reasons_make(c.diff, c.golden.golden, c.evidence));
	assert_true(c.diff->accepted);
	comparison_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),     cmocka_unit_test(test_without_logs),
		cmocka_unit_test(test_reasons),	     cmocka_unit_test(test_shown),
		cmocka_unit_test(test_banks),	     cmocka_unit_test(test_one_bank),
		cmocka_unit_test(test_no_action),    cmocka_unit_test(test_tls),
		cmocka_unit_test(test_tls_log_lies), cmocka_unit_test(test_one_of),
	};

	return cmocka_run_group_tests_name("diff", tests, NULL, NULL);
}
