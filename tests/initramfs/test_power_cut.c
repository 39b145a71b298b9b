/* SPDX-License-Identifier: BSD-2-Clause */
/* test_power_cut.c - the power goes at each point of a boot; the next boot is as if it was the
 * first */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static size_t commands;
static uint8_t *disk_before;
static size_t disk_len;

static void cut(void)
{
	size_t len;
	uint8_t *disk;

	machine_boot();
	expect(WIFSIGNALED(machine.status) && WTERMSIG(machine.status) == 9, "it is dead");
	expect(!machine.seen->started && !machine.seen->powered_off, "in the middle of the boot");
	disk = machine_read("disk.img", &len);
	expect(len == disk_len && memcmp(disk, disk_before, len) == 0, "nothing is written to the disk");
	free(disk);
	/* /run was memory: machine_on removes it, as it resets the TPM. */
	machine_on();
	machine_boot();
	expect_started();
}

static void test_no_cut(void **state)
{
	(void)state;
	disk_before = machine_read("disk.img", &disk_len);
	machine_on();
	machine_label("no cut");
	machine_boot();
	expect_started();
	commands = machine.command_count;
}

static void cut_at_commands(bool executes, bool answers)
{
	assert_true(commands >= 20);
	for (size_t n = 0; n < commands; n++) {
		/* After its last answer the boot may have reached its end. */
		if (answers && n + 1 == commands)
			break;
		machine_label("cut at command %zu%s%s", n, executes ? ", executed" : "", answers ? ", answered" : "");
		machine_on();
		machine.tpm_fault = (struct tpm_fault){
			.kind = TPM_POWER_CUT, .first = n, .count = 1, .executes = executes, .answers = answers};
		cut();
	}
}

static void test_before_command(void **state)
{
	(void)state;
	cut_at_commands(false, false);
}

static void test_after_command(void **state)
{
	(void)state;
	cut_at_commands(true, false);
}

static void test_after_answer(void **state)
{
	(void)state;
	cut_at_commands(true, true);
}

static void test_at_log(void **state)
{
	static const enum write_fault faults[] = {WRITE_POWER_CUT, WRITE_HALF_POWER_CUT, WRITE_WHOLE_POWER_CUT};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(faults); i++) {
		for (size_t line = 0; line < MACHINE_RECORDS; line++) {
			machine_label("cut %zu of log line %zu", i, line);
			machine_on();
			machine.kernel.write = faults[i];
			machine.kernel.write_index = line;
			cut();
		}
	}
}

/* A cap is cut off, and leaves no trace either. */
static void test_in_cap(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 5; n++) {
		machine_label("cut at command %zu of the cap", n);
		machine_on();
		machine_write_text("cmdline-bad", "ro\n");
		machine.config.cmdline = machine_path("cmdline-bad");
		machine.tpm_fault = (struct tpm_fault){.kind = TPM_POWER_CUT, .first = n, .count = 1, .executes = true};
		cut();
	}
}

/* The machine starts again without its TPM: it must not get anywhere. */
static void test_tpm_keeps_its_registers(void **state)
{
	(void)state;
	assert_true(commands >= 20);
	for (size_t n = 13; n < commands; n++) {
		machine_label("CPU reset after command %zu, the TPM's registers stay", n);
		machine_on();
		machine.tpm_fault = (struct tpm_fault){.kind = TPM_POWER_CUT, .first = n, .count = 1, .executes = true};
		machine_boot();
		machine.tpm_fault = (struct tpm_fault){.kind = TPM_FINE};
		machine_remove("run/hallmark/log");
		machine.power_on = machine.registers;
		machine_boot();
		expect_stopped("tpm: PCR ", 0, true, 0);
	}
}

static int free_disk(void **state)
{
	free(disk_before);
	return machine_teardown(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_cut),
		{"j16_before_each_command", test_before_command, NULL, NULL, NULL},
		{"j16_after_each_command", test_after_command, NULL, NULL, NULL},
		{"j16_after_each_answer", test_after_answer, NULL, NULL, NULL},
		{"j16_at_each_line_of_the_log", test_at_log, NULL, NULL, NULL},
		{"j16_in_the_cap", test_in_cap, NULL, NULL, NULL},
		{"j16_registers_that_stay", test_tpm_keeps_its_registers, NULL, NULL, NULL},
	};

	return machine_run("power cuts", tests, HM_ARRAY_LEN(tests), free_disk);
}
