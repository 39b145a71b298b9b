/* SPDX-License-Identifier: BSD-2-Clause */
/* test_registers.c - registers, banks, firmware logs and runtime logs that must not be accepted */
#include "machine.h"

#include "swtpm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char unexpected[] = "a register does not have the value that it must have";

static void expect_reason(const char *reason)
{
	expect(strstr(machine.console, reason), "the reason is '%s'", reason);
}

/* --- who was there before --- */

static void test_register_used_before(void **state)
{
	(void)state;
	for (uint32_t pcr = 11; pcr <= 15; pcr++) {
		for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
			char line[64];

			machine_label("PCR %u %s is extended before", pcr, hm_algs[bank].name);
			machine_on();
			machine_extend_bank(pcr, (enum hm_bank)bank, "somebody else");
			machine_boot();
			snprintf(line, sizeof(line), "tpm: PCR %u %s: ", pcr, hm_algs[bank].name);
			expect_stopped(line, 0, true, 0);
			expect_reason(unexpected);
			expect_log(0, "tpm", 5);
		}
	}
}

static void test_register_of_others(void **state)
{
	(void)state;
	for (uint32_t pcr = 0; pcr <= 9; pcr++) {
		machine_label("PCR %u is not ours", pcr);
		machine_on();
		machine_extend(pcr, "the firmware");
		machine_boot();
		expect_started();
	}
}

/* Kernels from 6.19 on start IMA although init_ima is blacklisted. */
static void test_ima_runs(void **state)
{
	(void)state;
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		char line[64];

		machine_label("IMA has extended PCR 10, %s", hm_algs[bank].name);
		machine_on();
		machine_extend_bank(10, (enum hm_bank)bank, "boot_aggregate");
		machine_boot();
		snprintf(line, sizeof(line), "cmdline: PCR 10 %s: ", hm_algs[bank].name);
		expect_stopped(line, 0, true, 0);
		expect_reason("IMA has extended PCR 10: this kernel wants another initcall_blacklist=");
		expect_log(0, "cmdline", 5);
	}
}

static void test_stub_did_not_measure(void **state)
{
	(void)state;
	machine_label("PCR 11 is zero, the log has its events");
	machine_on_bare();
	machine_boot();
	expect_stopped("tpm: PCR 11 sha1: ", 0, true, 0);
	expect_reason(unexpected);
	machine_label("PCR 11 is zero, there is no log");
	machine_on_bare();
	machine.config.firmware_log = machine_path("no-such-log");
	machine_boot();
	expect_stopped("tpm: PCR 11 sha1: ", 0, true, 0);
}

/* --- the firmware's log --- */

static void boot_with_log(const char *name, size_t banks, size_t events)
{
	machine_write_firmware_log(name, (uint32_t)banks, events);
	machine_on();
	machine.config.firmware_log = machine_path(name);
	machine_boot();
}

static void test_log_differs(void **state)
{
	(void)state;
	for (size_t events = 0; events <= 1; events++) {
		machine_label("the log has %zu of the stub's two events", events);
		boot_with_log("log-short", HM_BANKS_ALL, events);
		expect_stopped("tpm: PCR 11 sha1: ", 0, true, 0);
		expect_reason(unexpected);
	}
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		char line[64];

		machine_label("the log lacks %s", hm_algs[bank].name);
		boot_with_log("log-bank", HM_BANKS_ALL & ~HM_BANK_BIT(bank), 2);
		snprintf(line, sizeof(line), "tpm: PCR 11 %s: ", hm_algs[bank].name);
		expect_stopped(line, 0, true, 0);
	}
}

static void test_log_malformed(void **state)
{
	size_t len;
	uint8_t *log = machine_read("firmware-log", &len);

	(void)state;
	for (size_t cut = 1; cut < len; cut += 13) {
		machine_label("the log is cut off after %zu bytes", cut);
		machine_write("log-cut", log, cut);
		machine_on();
		machine.config.firmware_log = machine_path("log-cut");
		machine_boot();
		expect_stopped("tpm: ", 0, true, 0);
	}
	free(log);
	machine_label("the log is a directory");
	machine_on();
	machine.config.firmware_log = machine.dir;
	machine_boot();
	expect_stopped("tpm: ", 0, true, 0);
	expect_reason("Is a directory");
	machine_label("the log is larger than 1 MiB");
	log = calloc(1, HM_EVENTLOG_MAX + 1);
	assert_non_null(log);
	machine_write("log-large", log, HM_EVENTLOG_MAX + 1);
	free(log);
	machine_on();
	machine.config.firmware_log = machine_path("log-large");
	machine_boot();
	expect_stopped("tpm: ", 0, true, 0);
	expect_reason("File too large");
	machine_remove("log-large");
}

/* Azure hands over a log of 0 bytes, others none. */
static void test_log_absent(void **state)
{
	(void)state;
	machine_write_text("log-empty", "");
	machine_label("the log has 0 bytes");
	machine_on();
	machine.config.firmware_log = machine_path("log-empty");
	machine_boot();
	expect_started();
	machine_label("there is no log");
	machine_on();
	machine.config.firmware_log = machine_path("no-such-log");
	machine_boot();
	expect_started();
}

/* --- banks --- */

static void boot_with_banks(uint32_t banks)
{
	machine_set_banks(banks);
	machine_on();
	machine_boot();
}

static void test_banks(void **state)
{
	(void)state;
	for (uint32_t banks = 1; banks <= HM_BANKS_ALL; banks++) {
		bool enough = banks & (HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384));

		machine_label("banks 0x%x", banks);
		boot_with_banks(banks);
		if (enough) {
			expect_started();
			continue;
		}
		expect_stopped("tpm: swtpm:", 0, true, 0);
		expect_reason("neither the SHA-256 nor the SHA-384 bank is active");
	}
	boot_with_banks(HM_BANKS_ALL);
	expect_started();
}

/* GetCapability: header, moreData, capability, count, then six bytes for each bank. */
#define COUNT_OFF 15u
#define BANK_OFF(i) (19u + 6u * (i))

static void mutate_unknown_bank(struct tpm_message *m, size_t arg)
{
	/* SM3_256, which TPMs sold in China have. */
	tpm_set_u16(m->p + BANK_OFF(arg), 0x0012);
}

static void mutate_bank_twice(struct tpm_message *m, size_t arg)
{
	memmove(m->p + BANK_OFF(arg), m->p + BANK_OFF((arg + 1) % 4), 6);
}

static void mutate_fifth_bank(struct tpm_message *m, size_t arg)
{
	static const uint8_t sm3[] = {0x00, 0x12, 3, 0xff, 0xff, 0xff};

	(void)arg;
	tpm_set_u32(m->p + COUNT_OFF, 5);
	memcpy(m->p + m->len, sm3, sizeof(sm3));
	m->len += sizeof(sm3);
	tpm_set_u32(m->p + 2, (uint32_t)m->len);
}

static void mutate_count(struct tpm_message *m, size_t arg)
{
	tpm_set_u32(m->p + COUNT_OFF, (uint32_t)arg);
}

static void mutate_more_data(struct tpm_message *m, size_t arg)
{
	(void)arg;
	m->p[10] = 1;
}

static void mutate_capability(struct tpm_message *m, size_t arg)
{
	tpm_set_u32(m->p + 11, (uint32_t)arg);
}

/* The first answer that is asked for the banks; the cap asks again, and gets the truth. */
static void boot_with_capability(void (*mutate)(struct tpm_message *m, size_t arg), size_t arg)
{
	machine_on();
	machine.tpm_fault = (struct tpm_fault){.kind = TPM_MUTATES, .count = 1, .mutate = mutate, .arg = arg};
	machine_boot();
	expect(machine.seen->activation_count == 0 && machine.seen->powered_off, "stopped");
	expect(strcmp(machine_stage(), "tpm") == 0, "at the TPM");
}

static void test_unknown_bank(void **state)
{
	struct registers want;

	(void)state;
	for (size_t i = 0; i < HM_BANK_COUNT; i++) {
		machine_label("bank %zu is SM3", i);
		boot_with_capability(mutate_unknown_bank, i);
		expect_reason("algorithm 0x0012: an active bank uses an algorithm");
		/* What can be computed is capped. */
		model_boot(0, "tpm", &want);
		memcpy(want.value[i], machine.power_on.value[i], sizeof(want.value[i]));
		expect_registers(&want);
	}
	machine_label("a fifth bank is SM3");
	boot_with_capability(mutate_fifth_bank, 0);
	expect_stopped("tpm: algorithm 0x0012: ", 0, true, 0);
}

static void test_bank_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < HM_BANK_COUNT; i++) {
		machine_label("bank %zu is another one once more", i);
		boot_with_capability(mutate_bank_twice, i);
		expect_stopped("tpm: ", 0, true, 0);
	}
}

static void test_capability(void **state)
{
	static const size_t count[] = {1, 3, 5, 17, 0x7fffffff, 0xffffffff};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(count); i++) {
		machine_label("%zu banks are announced where four follow", count[i]);
		boot_with_capability(mutate_count, count[i]);
		expect_stopped("tpm: ", 0, true, 0);
	}
	machine_label("more data is announced");
	boot_with_capability(mutate_more_data, 0);
	expect_stopped("tpm: ", 0, true, 0);
	machine_label("another capability is answered");
	boot_with_capability(mutate_capability, 6);
	expect_stopped("tpm: ", 0, true, 0);
}

/* --- PCR_Read: header, counter, count, selection, count, digests --- */

static void mutate_fewer_selected(struct tpm_message *m, size_t arg)
{
	(void)arg;
	/* The bitmap names one register less than there are digests. */
	for (size_t i = 21; i < 24; i++)
		m->p[i] = (uint8_t)(m->p[i] & (m->p[i] - 1));
}

static void mutate_none_selected(struct tpm_message *m, size_t arg)
{
	(void)arg;
	m->len = 10 + 4 + 4 + 6 + 4;
	memset(m->p + 21, 0, 3);
	tpm_set_u32(m->p + 24, 0);
	tpm_set_u32(m->p + 2, (uint32_t)m->len);
}

static void mutate_other_bank(struct tpm_message *m, size_t arg)
{
	(void)arg;
	m->p[19] ^= 1;
}

static void mutate_other_register(struct tpm_message *m, size_t arg)
{
	(void)arg;
	/* Register 23, which nobody asks for at this point. */
	m->p[21] = 0;
	m->p[22] = 0;
	m->p[23] = 0x80;
}

static void mutate_digest_count(struct tpm_message *m, size_t arg)
{
	tpm_set_u32(m->p + 24, (uint32_t)arg);
}

static void mutate_digest_len(struct tpm_message *m, size_t arg)
{
	tpm_set_u16(m->p + 28, (uint16_t)arg);
}

static void test_read(void **state)
{
	static const struct {
		const char *what;
		void (*mutate)(struct tpm_message *m, size_t arg);
		size_t arg;
	} cases[] = {
		{"one register less is selected", mutate_fewer_selected, 0},
		{"nothing is selected", mutate_none_selected, 0},
		{"another bank is answered", mutate_other_bank, 0},
		{"another register is answered", mutate_other_register, 0},
		{"no digest", mutate_digest_count, 0},
		{"nine digests are announced", mutate_digest_count, 9},
		{"2^32-1 digests are announced", mutate_digest_count, 0xffffffff},
		{"a digest of 0 bytes", mutate_digest_len, 0},
		{"a digest of 19 bytes", mutate_digest_len, 19},
		{"a digest of 65 bytes", mutate_digest_len, 65},
		{"a digest of 65535 bytes", mutate_digest_len, 0xffff},
	};
	/* The first three are SHA-1's registers; 14 is the first read-back. */
	static const size_t index[] = {1, 2, 3, 14};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		for (size_t j = 0; j < HM_ARRAY_LEN(index); j++) {
			machine_label("%s, command %zu", cases[i].what, index[j]);
			machine_on();
			machine.tpm_fault = (struct tpm_fault){.kind = TPM_MUTATES,
							       .first = index[j],
							       .count = 1,
							       .mutate = cases[i].mutate,
							       .arg = cases[i].arg};
			machine_boot();
			expect_stopped(index[j] < 13 ? "tpm: PCR read: " : "extend: PCR 11 read: ",
				       index[j] < 13 ? 0 : 1, true, 0);
		}
	}
}

/* A TPM that answers, and never gets anywhere, is given up on. */
static void test_read_never_ends(void **state)
{
	(void)state;
	machine_label("nothing is selected, for ever");
	machine_on();
	machine.tpm_fault =
		(struct tpm_fault){.kind = TPM_MUTATES, .first = 1, .count = 12, .mutate = mutate_none_selected};
	machine_boot();
	expect(machine.seen->powered_off, "stopped");
	expect(machine.command_count < 10, "%zu commands", machine.command_count);
}

/* --- the runtime log --- */

/* Every line of the log that a boot writes, and both halves of the call. */
static void test_log_not_writable(void **state)
{
	static const struct {
		enum write_fault fault;
		const char *reason;
	} cases[] = {
		{WRITE_FULL, "No space left on device"},
		{WRITE_HALF_FULL, "No space left on device"},
		{WRITE_SYNC_FAILS, "Input/output error"},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		for (size_t line = 0; line < MACHINE_RECORDS; line++) {
			machine_label("log fault %u at line %zu", cases[i].fault, line);
			machine_on();
			machine.kernel.write = cases[i].fault;
			machine.kernel.write_index = line;
			machine.kernel.write_for_good = cases[i].fault == WRITE_FULL;
			machine_boot();
			/* What is not in the log is not extended, but the registers are capped. */
			expect_stopped("record: ", line, true, line < MACHINE_LAYERS ? line : MACHINE_LAYERS);
			expect_reason(cases[i].reason);
			/* The cap is made, and the line about it says what was not. */
			expect(cases[i].fault != WRITE_FULL ||
				       strstr(machine.kmsg, "PCR 15 is capped, but not in ") != NULL,
			       "the cap is told");
			expect(!strstr(machine.kmsg, ": cap: "), "no cap has failed");
		}
	}
}

static void test_log_short_writes(void **state)
{
	static const enum write_fault faults[] = {WRITE_HALF, WRITE_INTERRUPTED};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(faults); i++) {
		for (size_t line = 0; line < MACHINE_RECORDS; line++) {
			machine_label("log fault %u at line %zu", faults[i], line);
			machine_on();
			machine.kernel.write = faults[i];
			machine.kernel.write_index = line;
			machine_boot();
			expect_started();
		}
	}
}

static void expect_no_log(const char *reason)
{
	machine_boot();
	expect_stopped("record: ", 0, true, 0);
	expect_reason(reason);
}

static void test_log_path(void **state)
{
	(void)state;
	machine_label("the log's directory cannot be made");
	machine_on();
	machine.config.log = machine_path("cmdline/hallmark/log");
	expect_no_log("Not a directory");
	machine_on();
	machine.config.log = machine_path("no/such/log");
	expect_no_log("No such file or directory");
	machine_label("a log is there already");
	machine_on();
	assert_int_equal(mkdir(machine_path("run/hallmark"), 0755), 0);
	machine_write_text("run/hallmark/log", "{}\n");
	expect_no_log("File exists");
	machine_label("a link is there");
	machine_on();
	assert_int_equal(mkdir(machine_path("run/hallmark"), 0755), 0);
	assert_int_equal(symlink("/dev/null", machine_path("run/hallmark/log")), 0);
	expect_no_log("File exists");
	machine_label("a directory is there");
	machine_on();
	machine.config.log = machine_path("sysctl/log");
	assert_int_equal(mkdir(machine_path("sysctl/log"), 0755), 0);
	expect_no_log("File exists");
	machine_remove("sysctl/log");
}

static void test_log_on_small_tmpfs(void **state)
{
	size_t records = 0;
	struct registers want;

	(void)state;
	machine_label("the log is on a tmpfs of one page");
	machine_on();
	machine.kernel.small_log = true;
	machine_boot();
	if (machine.seen->no_small_log) {
		print_message("# no mount name space here\n");
		skip();
	}
	/* How many lines fit follows from their length; the records in the registers are as many.
	 */
	records = machine.seen->line_count;
	expect(records > 0 && records < MACHINE_RECORDS, "%zu lines fit", records);
	expect_stopped("record: ", records, true, records < MACHINE_LAYERS ? records : MACHINE_LAYERS);
	expect_reason("No space left on device");
	model_boot(records, "record", &want);
	expect_registers(&want);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{"b16_register_used_before", test_register_used_before, NULL, NULL, NULL},
		{"b16_registers_of_others", test_register_of_others, NULL, NULL, NULL},
		{"b16_ima_runs", test_ima_runs, NULL, NULL, NULL},
		{"d01_stub_did_not_measure", test_stub_did_not_measure, NULL, NULL, NULL},
		{"a01_log_differs", test_log_differs, NULL, NULL, NULL},
		{"a01_log_malformed", test_log_malformed, NULL, NULL, NULL},
		{"a01_log_absent", test_log_absent, NULL, NULL, NULL},
		{"j14_every_set_of_banks", test_banks, NULL, NULL, NULL},
		{"j29_unknown_bank", test_unknown_bank, NULL, NULL, NULL},
		{"j29_bank_twice", test_bank_twice, NULL, NULL, NULL},
		{"j12_capability", test_capability, NULL, NULL, NULL},
		{"j12_pcr_read", test_read, NULL, NULL, NULL},
		{"j12_pcr_read_never_ends", test_read_never_ends, NULL, NULL, NULL},
		{"j18_log_not_writable", test_log_not_writable, NULL, NULL, NULL},
		{"j20_log_short_writes", test_log_short_writes, NULL, NULL, NULL},
		{"j18_log_path", test_log_path, NULL, NULL, NULL},
		{"j18_log_on_small_tmpfs", test_log_on_small_tmpfs, NULL, NULL, NULL},
	};

	return machine_run("registers and logs", tests, HM_ARRAY_LEN(tests), machine_teardown);
}
