/* SPDX-License-Identifier: BSD-2-Clause */
/* test_tpm.c - a TPM that fails at each command of a boot, in each way there is */
#include "machine.h"

#include "swtpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What ESYS submits before it gives a RETRY back: the first time and four more. */
#define SUBMISSIONS_MAX 5u
#define HEADER_LEN 10u

/* The commands of a boot without faults. */
static struct {
	size_t count;
	struct tpm_command command[MACHINE_COMMANDS_MAX];
	size_t activation[MACHINE_LAYERS]; /* number of commands before each */
} plain;

static void boot_plain(void)
{
	machine_on();
	machine_label("a boot without faults");
	machine_boot();
	expect_started();
}

/* A matrix over no commands at all must not pass. */
static size_t commands(void)
{
	assert_true(plain.count > MACHINE_RECORDS);
	return plain.count;
}

static bool is_extend(size_t n)
{
	return plain.command[n].code == TPM_CC_PCR_EXTEND;
}

static size_t records_before(size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += is_extend(i);
	return count;
}

static size_t activated_before(size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < MACHINE_LAYERS; i++)
		count += plain.activation[i] <= n;
	return count;
}

static size_t extend_index(size_t record)
{
	size_t n = 0;

	while (records_before(n + 1) <= record)
		n++;
	return n;
}

/* What is said when command n fails. */
static const char *line_of(size_t n)
{
	static char line[64];
	size_t records = records_before(n + 1);

	if (records == 0)
		return "tpm: ";
	snprintf(line, sizeof(line), "extend: PCR %u%s: ", machine.record_pcr[records - 1],
		 is_extend(n) ? "" : " read");
	return line;
}

/* What is said when the deadline passes during command n. */
static const char *deadline_line_of(size_t n)
{
	static char line[64];
	const char *step = "tpm";

	if (records_before(n + 1) > 0)
		step = n < extend_index(MACHINE_LAYERS) ? "verity" : "lock";
	snprintf(line, sizeof(line), "%s: boot: not finished after %u seconds", step, MACHINE_DEADLINE_S);
	return line;
}

static void boot_with(size_t n, struct tpm_fault fault)
{
	machine_on();
	fault.first = n;
	if (!fault.count)
		fault.count = 1;
	machine.tpm_fault = fault;
	machine_boot();
	expect(machine.command_count > n, "the fault point is reached");
}

static void expect_stopped_at(size_t n, bool executed, bool capped)
{
	size_t records = records_before(n) + (executed && is_extend(n));

	expect_stopped(line_of(n), records, capped, activated_before(n));
	if (capped)
		expect_log(records_before(n + 1), machine_stage(), 5);
}

/* --- the boot itself --- */

static void test_no_fault(void **state)
{
	(void)state;
	boot_plain();
	plain.count = machine.command_count;
	memcpy(plain.command, machine.command, sizeof(plain.command));
	for (size_t i = 0; i < MACHINE_LAYERS; i++)
		plain.activation[i] = machine.seen->activation[i].commands;
	assert_int_equal(records_before(plain.count), MACHINE_RECORDS);
	/* Each layer right behind its own record: one extend, one read of each bank. */
	for (size_t i = 0; i < MACHINE_LAYERS; i++)
		assert_int_equal(plain.activation[i], extend_index(i) + 1 + HM_BANK_COUNT);
	/* And the lock behind all layers, with nothing after it. */
	assert_int_equal(plain.count, extend_index(MACHINE_RECORDS - 1) + 1 + HM_BANK_COUNT);
	printf("#! TPM commands of a boot: %zu\n", plain.count);
}

/* --- error codes --- */

static const uint32_t codes[] = {0x100, 0x101, 0x120, 0x128, 0x130, 0x901, 0x902, 0x903,
				 0x907, 0x908, 0x909, 0x90a, 0x920, 0x921, 0x922, 0x923};

/* TPM 2.0 part 2, 6.6.3: the command was not started, or is to be sent again to go on. */
static bool means_again(uint32_t rc)
{
	return rc == 0x908 || rc == 0x90a || rc == 0x922;
}

static void test_code_once(void **state)
{
	uint32_t rc = *(const uint32_t *)*state;

	for (size_t n = 0; n < commands(); n++) {
		machine_label("0x%03x at command %zu", rc, n);
		boot_with(n, (struct tpm_fault){.kind = TPM_RC, .rc = rc});
		if (means_again(rc))
			expect_started();
		else
			expect_stopped_at(n, false, true);
	}
}

/* The command and all later ones: no cap, the same end. */
static void code_always(uint32_t rc)
{
	for (size_t n = 0; n < commands(); n++) {
		size_t records = records_before(n + 1);
		/* Asked for its banks once more, it cannot be capped without an answer. */
		size_t caps = n == 0 ? 1 : 5;

		machine_label("0x%03x from command %zu on", rc, n);
		boot_with(n, (struct tpm_fault){.kind = TPM_RC, .rc = rc, .count = SIZE_MAX});
		expect_stopped_at(n, false, false);
		expect(machine.command_count - n == (1 + caps) * (means_again(rc) ? SUBMISSIONS_MAX : 1),
		       "%zu commands after the first code", machine.command_count - n);
		if (n > 0)
			expect_log(records, machine_stage(), 5);
	}
}

static void test_code_always(void **state)
{
	code_always(*(const uint32_t *)*state);
}

static void test_every_code_always(void **state)
{
	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(codes); i++)
		code_always(codes[i]);
}

/* As often as ESYS asks again, and once more than that. */
static void test_retry_then_ok(void **state)
{
	uint32_t rc = *(const uint32_t *)*state;

	for (size_t n = 0; n < commands(); n++) {
		for (size_t times = SUBMISSIONS_MAX - 1; times <= SUBMISSIONS_MAX; times++) {
			machine_label("0x%03x %zu times at command %zu", rc, times, n);
			boot_with(n, (struct tpm_fault){.kind = TPM_RC, .rc = rc, .count = times});
			if (times < SUBMISSIONS_MAX)
				expect_started();
			else
				expect_stopped_at(n, false, true);
		}
	}
}

/*
 * Codes of other layers of the stack, which only a broken TPM can send, among them those that ESYS
 * takes for its own "try again".
 */
static void test_code_of_another_layer(void **state)
{
	static const uint32_t other[] = {0x00000009, 0x00070009, 0x000a0009, 0x00080009,
					 0x000b0922, 0x000a0922, 0xffffffff, 0x00000001};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(other); i++) {
		for (size_t n = 0; n < commands(); n++) {
			machine_label("0x%08x at command %zu", other[i], n);
			boot_with(n, (struct tpm_fault){.kind = TPM_RC, .rc = other[i]});
			expect_stopped_at(n, false, true);
		}
	}
}

/* Executed all the same: extended once, and once only. */
static void test_code_after_execution(void **state)
{
	(void)state;
	for (size_t n = 0; n < commands(); n++) {
		machine_label("0x101 after command %zu", n);
		boot_with(n, (struct tpm_fault){.kind = TPM_RC, .rc = 0x101, .executes = true});
		expect_stopped_at(n, true, true);
	}
}

/* A TPM that has extended and says that it has not: the register tells. */
static void test_retry_after_execution(void **state)
{
	(void)state;
	for (size_t record = 0; commands() && record < MACHINE_RECORDS; record++) {
		size_t n = extend_index(record);
		struct registers want;
		char line[64];

		machine_label("0x922 after extend %zu", record);
		boot_with(n, (struct tpm_fault){.kind = TPM_RC, .rc = 0x922, .executes = true});
		snprintf(line, sizeof(line), "extend: PCR %u sha1: a register does not have",
			 machine.record_pcr[record]);
		expect(strstr(machine.console, line), "%s", line);
		expect(machine.seen->activation_count == activated_before(n), "no layer more");
		model_boot(record + 1, NULL, &want);
		model_extend(&want, machine.record_pcr[record], machine.record[record]);
		for (uint32_t pcr = 11; pcr <= 15; pcr++)
			model_extend(&want, pcr, "hallmark-fail/1 stage=extend");
		expect_registers(&want);
	}
}

/* --- no answer --- */

/* The deadline ends it; there is nothing to cap with while the command hangs. */
static void test_silence(void **state)
{
	bool executes = *(const bool *)*state;

	for (size_t n = 0; n < commands(); n++) {
		size_t records = records_before(n) + (executes && is_extend(n));

		machine_label("no answer %s command %zu", executes ? "after" : "to", n);
		boot_with(n, (struct tpm_fault){.kind = TPM_SILENT, .executes = executes});
		expect_stopped(deadline_line_of(n), records, false, activated_before(n));
	}
}

/* The answer comes while the machine goes off: no extend, no layer and no OS after it. */
static void test_late(void **state)
{
	(void)state;
	for (size_t n = 0; n < commands(); n++) {
		machine_label("the answer to command %zu comes after the deadline", n);
		boot_with(n, (struct tpm_fault){.kind = TPM_LATE});
		expect_stopped(deadline_line_of(n), records_before(n + 1), false, activated_before(n));
	}
}

/* A driver's timeout: this command has no answer, the next one has. */
static void test_hangs_up(void **state)
{
	bool executes = *(const bool *)*state;

	for (size_t n = 0; n < commands(); n++) {
		machine_label("hangs up %s command %zu", executes ? "after" : "at", n);
		boot_with(n, (struct tpm_fault){.kind = TPM_HANGS_UP, .executes = executes});
		expect_stopped_at(n, executes, true);
	}
}

static void test_gone(void **state)
{
	bool executes = *(const bool *)*state;

	for (size_t n = 0; n < commands(); n++) {
		machine_label("gone %s command %zu", executes ? "after" : "at", n);
		boot_with(n, (struct tpm_fault){.kind = TPM_GONE, .executes = executes});
		expect_stopped_at(n, executes, false);
		expect(machine.command_count == n + 1, "no command reaches it");
	}
}

static void test_never_there(void **state)
{
	(void)state;
	machine_on();
	machine_label("no TPM");
	machine.config.tcti = "swtpm:path=/nonexistent/tpm";
	machine_boot();
	expect_stopped("tpm: swtpm:path=/nonexistent/tpm: ", 0, false, 0);
	machine_on();
	machine.config.tpm_device = machine_path("no-such-node");
	machine_boot();
	expect_stopped("tpm: ", 0, true, 0);
	expect(strstr(machine.console, "no-such-node: no TPM"), "the node is named");
}

/* --- malformed answers --- */

static void set_len(struct tpm_message *m, size_t len)
{
	m->len = len;
	tpm_set_u32(m->p + 2, (uint32_t)len);
}

static void mutate_header_only(struct tpm_message *m, size_t arg)
{
	(void)arg;
	set_len(m, HEADER_LEN);
}

static void mutate_half(struct tpm_message *m, size_t arg)
{
	(void)arg;
	set_len(m, HEADER_LEN + (m->len - HEADER_LEN) / 2);
}

static void mutate_one_less(struct tpm_message *m, size_t arg)
{
	(void)arg;
	set_len(m, m->len - 1);
}

static void mutate_tag(struct tpm_message *m, size_t arg)
{
	tpm_set_u16(m->p, (uint16_t)arg);
}

/* The field alone; as many bytes come as before. */
static void mutate_size(struct tpm_message *m, size_t arg)
{
	tpm_set_u32(m->p + 2, (uint32_t)arg);
}

static void mutate_size_by(struct tpm_message *m, size_t arg)
{
	tpm_set_u32(m->p + 2, (uint32_t)(m->len + arg));
}

static void mutate_garbage(struct tpm_message *m, size_t arg)
{
	uint32_t x = (uint32_t)arg;

	for (size_t i = 0; i < m->len; i++) {
		x = x * 1664525u + 1013904223u;
		m->p[i] = (uint8_t)(x >> 24);
	}
}

/* A sound header in front of nonsense, longer than any real answer. */
static void mutate_garbage_body(struct tpm_message *m, size_t arg)
{
	uint16_t tag = (uint16_t)(m->p[0] << 8 | m->p[1]);

	m->len = TPM_MESSAGE_MAX;
	mutate_garbage(m, arg);
	tpm_set_u16(m->p, tag);
	tpm_set_u32(m->p + 6, 0);
	set_len(m, TPM_MESSAGE_MAX);
}

static void mutate_ones(struct tpm_message *m, size_t arg)
{
	(void)arg;
	memset(m->p + HEADER_LEN, 0xff, m->len - HEADER_LEN);
}

struct malformed {
	const char *what;
	void (*mutate)(struct tpm_message *response, size_t arg);
	size_t arg;
};

static void test_malformed(void **state)
{
	const struct malformed *malformed = *state;

	for (size_t n = 0; n < commands(); n++) {
		machine_label("%s at command %zu", malformed->what, n);
		boot_with(n,
			  (struct tpm_fault){.kind = TPM_MUTATES, .mutate = malformed->mutate, .arg = malformed->arg});
		expect_stopped_at(n, true, true);
	}
}

static void mutate_flip(struct tpm_message *m, size_t arg)
{
	if (arg / 8 < m->len)
		m->p[arg / 8] ^= (uint8_t)(1u << arg % 8);
}

/* The commands of each kind: banks, registers at the start, first extend, its read-back. */
static size_t flip_points(size_t *ret)
{
	size_t extend = commands() ? extend_index(0) : 0;

	ret[0] = 0;
	ret[1] = 1;
	ret[2] = extend;
	ret[3] = extend + 1;
	return 4;
}

/*
 * One bit of one answer: either the boot stops, or the bit steers nothing (a counter, the bank that
 * ESYS asked for anyway) and every register is as it has to be. Nothing is extended twice.
 */
static void flip(size_t n, size_t bit)
{
	size_t records = records_before(n) + is_extend(n);
	bool capped;

	machine_label("bit %zu of the answer to command %zu", bit, n);
	boot_with(n, (struct tpm_fault){.kind = TPM_MUTATES, .mutate = mutate_flip, .arg = bit});
	if (machine.seen->started) {
		expect_started();
		return;
	}
	/* A TPM whose banks are not what it says cannot be capped in all of them. */
	capped = n > 0;
	if (capped)
		expect_stopped("", records, true, activated_before(n));
	else
		expect(machine.seen->powered_off && machine.seen->activation_count == 0, "stopped");
}

static void test_flips(void **state)
{
	size_t points[4];
	size_t count = flip_points(points);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		size_t bits = 8 * HEADER_LEN;

		/* Another answer each time: its length is known after one boot. */
		switch (plain.command[points[i]].code) {
		case TPM_CC_GET_CAPABILITY:
			bits = 8 * (HEADER_LEN + 1 + 4 + 4 + 4 * 6);
			break;
		case TPM_CC_PCR_READ:
			bits = 8 * (HEADER_LEN + 4 + 4 + 6 + 4 + 22);
			break;
		case TPM_CC_PCR_EXTEND:
			bits = 8 * (HEADER_LEN + 4 + 5);
			break;
		}
		for (size_t bit = 0; bit < bits; bit++)
			flip(points[i], bit);
	}
}

/* --- answers that are well-formed and wrong --- */

static void mutate_value(struct tpm_message *m, size_t arg)
{
	(void)arg;
	m->p[m->len - 1] ^= 1;
}

static void test_other_value(void **state)
{
	(void)state;
	for (size_t n = 1; n < commands(); n++) {
		/* At the start only registers 11 to 15 are compared, the second answer of a bank.
		 */
		bool compared = n >= extend_index(0) || (n - 1) % 3 == 1;

		if (is_extend(n))
			continue;
		machine_label("the last register of answer %zu is another", n);
		boot_with(n, (struct tpm_fault){.kind = TPM_MUTATES, .mutate = mutate_value});
		if (!compared) {
			expect_started();
			continue;
		}
		expect_stopped(n < extend_index(0) ? "tpm: PCR " : "extend: PCR ", records_before(n), true,
			       activated_before(n));
		expect(strstr(machine.console, "a register does not have the value"), "the reason");
	}
}

/* --- the cap itself --- */

/* A failure before the TPM was opened: its six commands are the question and the five caps. */
static void boot_into_cap(size_t n, struct tpm_fault fault)
{
	machine_on();
	machine_write_text("cmdline-bad", "ro quiet init=/bin/sh\n");
	machine.config.cmdline = machine_path("cmdline-bad");
	fault.first = n;
	fault.count = 1;
	machine.tpm_fault = fault;
	machine_boot();
}

/* The cap of this failure, in the registers from `first` to `last` but one. */
static void expect_caps(uint32_t first, uint32_t last, uint32_t but)
{
	struct registers want;

	model_boot(0, NULL, &want);
	for (uint32_t pcr = first; pcr <= last; pcr++) {
		if (pcr != but)
			model_extend(&want, pcr, "hallmark-fail/1 stage=cmdline");
	}
	expect_registers(&want);
	expect(strcmp(machine_stage(), "cmdline") == 0, "the first failure is told");
	expect(machine.seen->powered_off && machine.seen->activation_count == 0, "stopped");
}

static void test_cap_of_others(void **state)
{
	static const struct tpm_fault faults[] = {
		{.kind = TPM_RC, .rc = 0x101},
		{.kind = TPM_HANGS_UP},
		{.kind = TPM_MUTATES, .mutate = mutate_half},
		{.kind = TPM_MUTATES, .mutate = mutate_size, .arg = 0xffffffff},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(faults); i++) {
		for (uint32_t n = 1; n <= 5; n++) {
			machine_label("fault %zu at the cap of PCR %u", i, 10 + n);
			boot_into_cap(n, faults[i]);
			expect_caps(11, 15, faults[i].kind == TPM_MUTATES ? 0 : 10 + n);
		}
	}
}

/* A cap that hangs: the deadline passes, and does not say a second thing. */
static void test_cap_hangs(void **state)
{
	static const char line[] = "hallmark: stopped: ";

	(void)state;
	for (uint32_t n = 0; n <= 5; n++) {
		const char *said;

		machine_label("no answer to command %u of the cap", n);
		boot_into_cap(n, (struct tpm_fault){.kind = TPM_SILENT});
		expect_caps(11, 9 + n, 0);
		said = strstr(machine.console, line);
		expect(!strstr(said + 1, line), "one line on the console");
	}
}

static const bool no = false, yes = true;
#define CODE(text, index, function) \
	{ \
		.name = text, .test_func = function, .initial_state = (void *)(uintptr_t)&codes[index] \
	}

static const struct malformed malformed[] = {
	{"a header alone", mutate_header_only, 0},
	{"half an answer", mutate_half, 0},
	{"a byte too few", mutate_one_less, 0},
	{"tag 0x00c4", mutate_tag, 0x00c4},
	{"tag 0", mutate_tag, 0},
	{"size 0", mutate_size, 0},
	{"size 9", mutate_size, 9},
	{"size 2^32-1", mutate_size, 0xffffffff},
	{"size 4097", mutate_size, 4097},
	{"size one more than there is", mutate_size_by, 1},
	{"garbage", mutate_garbage, 1},
	{"4096 bytes of garbage", mutate_garbage_body, 2},
	{"all ones", mutate_ones, 0},
};
#define MALFORMED(text, index) \
	{ \
		.name = text, .test_func = test_malformed, .initial_state = (void *)(uintptr_t)&malformed[index] \
	}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_fault),
		CODE("j07_rc_100_initialize", 0, test_code_once),
		CODE("j08_rc_101_failure", 1, test_code_once),
		CODE("j08_rc_120_disabled", 2, test_code_once),
		CODE("j08_rc_128_pcr_changed", 3, test_code_once),
		CODE("j07_rc_130_reboot", 4, test_code_once),
		CODE("j10_rc_901_context_gap", 5, test_code_once),
		CODE("j10_rc_902_object_memory", 6, test_code_once),
		CODE("j10_rc_903_session_memory", 7, test_code_once),
		CODE("j30_rc_907_locality", 8, test_code_once),
		CODE("j05_rc_908_yielded", 9, test_code_once),
		CODE("j30_rc_909_canceled", 10, test_code_once),
		CODE("j05_rc_90a_testing", 11, test_code_once),
		CODE("j05_rc_920_nv_rate", 12, test_code_once),
		CODE("j09_rc_921_lockout", 13, test_code_once),
		CODE("j05_rc_922_retry", 14, test_code_once),
		CODE("j08_rc_923_nv_unavailable", 15, test_code_once),
		CODE("j08_rc_101_from_there_on", 1, test_code_always),
		CODE("j05_rc_922_for_ever", 14, test_code_always),
		CODE("j05_rc_922_some_times_then_ok", 14, test_retry_then_ok),
		{"j06_rc_101_after_execution", test_code_after_execution, NULL, NULL, NULL},
		{"j05_rc_922_after_execution", test_retry_after_execution, NULL, NULL, NULL},
		{"j06_silence_before_execution", test_silence, NULL, NULL, (void *)(uintptr_t)&no},
		{"j06_silence_after_execution", test_silence, NULL, NULL, (void *)(uintptr_t)&yes},
		{"j06_answer_after_the_deadline", test_late, NULL, NULL, NULL},
		{"j06_hangs_up_before_execution", test_hangs_up, NULL, NULL, (void *)(uintptr_t)&no},
		{"j06_hangs_up_after_execution", test_hangs_up, NULL, NULL, (void *)(uintptr_t)&yes},
		{"j13_gone_before_execution", test_gone, NULL, NULL, (void *)(uintptr_t)&no},
		{"j13_gone_after_execution", test_gone, NULL, NULL, (void *)(uintptr_t)&yes},
		{"j01_never_there", test_never_there, NULL, NULL, NULL},
		MALFORMED("j12_header_alone", 0),
		MALFORMED("j12_half", 1),
		MALFORMED("j12_one_byte_less", 2),
		MALFORMED("j12_tag_of_tpm_1_2", 3),
		MALFORMED("j12_tag_0", 4),
		MALFORMED("j12_size_0", 5),
		MALFORMED("j12_size_9", 6),
		MALFORMED("j12_size_ffffffff", 7),
		MALFORMED("j12_size_4097", 8),
		MALFORMED("j12_size_one_more", 9),
		MALFORMED("j12_garbage", 10),
		MALFORMED("j12_garbage_4096", 11),
		MALFORMED("j12_ones", 12),
		{"j12_every_bit", test_flips, NULL, NULL, NULL},
		{"j12_code_of_another_layer", test_code_of_another_layer, NULL, NULL, NULL},
		{"j12_other_value", test_other_value, NULL, NULL, NULL},
		{"j08_cap_of_the_other_registers", test_cap_of_others, NULL, NULL, NULL},
		{"j06_cap_hangs", test_cap_hangs, NULL, NULL, NULL},
	};
	static const struct CMUnitTest long_tests[] = {
		cmocka_unit_test(test_no_fault),
		{"j05_every_code_from_there_on", test_every_code_always, NULL, NULL, NULL},
		{"j12_code_of_another_layer", test_code_of_another_layer, NULL, NULL, NULL},
	};

	if (argc > 1 && strcmp(argv[1], "long") == 0)
		return machine_run("TPM, long", long_tests, HM_ARRAY_LEN(long_tests), machine_teardown);
	return machine_run("TPM", tests, HM_ARRAY_LEN(tests), machine_teardown);
}
