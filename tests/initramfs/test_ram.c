/* SPDX-License-Identifier: BSD-2-Clause */
/* test_ram.c - a layer in memory: what is read, measured and mounted, and every way to fail */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512u
/* Read before the layer: header, entries, two superblocks. */
#define READS_BEFORE 4u
#define LAYERS_BEFORE 2u

static uint64_t ram_size(void)
{
	const char *size = strstr(machine.record[2], " size=");

	assert_non_null(size);
	return strtoull(size + 6, NULL, 10);
}

static void expect_ram_mounted(void)
{
	const char *want = strstr(machine.record[2], " sha256=") + 8;
	char hex[65] = "";

	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", machine.seen->ram_sha256[i]);
	expect(machine.seen->ram_mount_count == 1, "%zu mounts from memory", machine.seen->ram_mount_count);
	expect(machine.seen->ram_size == ram_size(), "%llu bytes", (unsigned long long)machine.seen->ram_size);
	expect(strcmp(hex, want) == 0, "what is mounted is what is measured: %s", hex);
	expect(!machine.seen->ram_has_name, "the file has no name");
}

static void expect_started_from_ram(void)
{
	struct registers want;

	expect(machine.status == 0 && machine.seen->started && !machine.seen->late, "the OS is started");
	expect(machine.seen->activation_count == LAYERS_BEFORE, "two dm-verity devices");
	expect(machine.seen->mount_count == MACHINE_LAYERS + 1, "%zu mounts", machine.seen->mount_count);
	expect_ram_mounted();
	model_boot(MACHINE_RECORDS, NULL, &want);
	expect_registers(&want);
	expect_log(MACHINE_RECORDS, NULL, 0);
}

static void test_boot(void **state)
{
	uint64_t next = 0, start = 0;

	(void)state;
	machine_label("a layer in memory");
	machine_on();
	machine_boot();
	expect_started_from_ram();
	/* Its partition from the first to the last byte, each once; nothing is read afterwards. */
	for (size_t i = READS_BEFORE; i < machine.seen->read_count; i++) {
		const struct seen_read *r = &machine.seen->read[i];

		if (i == READS_BEFORE)
			start = next = r->off;
		expect(r->off == next, "read %zu follows the one before", i);
		next += r->len;
	}
	expect(next - start == ram_size(), "%llu bytes are read", (unsigned long long)(next - start));
}

static void test_other_bytes(void **state)
{
	(void)state;
	machine_label("other bytes at a second read");
	machine_on();
	machine.kernel.read = READ_OTHER_BYTES;
	machine_boot();
	expect_started_from_ram();
}

static void test_read_faults(void **state)
{
	size_t reads;

	(void)state;
	machine_label("counting reads");
	machine_on();
	machine_boot();
	reads = machine.seen->read_count;
	expect(reads > READS_BEFORE + 2, "%zu reads", reads);
	for (size_t i = READS_BEFORE; i < reads; i++) {
		static const struct {
			enum read_fault fault;
			enum hm_err err;
		} faults[] = {
			{READ_EIO, HM_E_IO},
			{READ_ENDS, HM_E_SHORT_READ},
			{READ_HALF, HM_OK},
			{READ_INTERRUPTED, HM_OK},
		};

		for (size_t j = 0; j < HM_ARRAY_LEN(faults); j++) {
			machine_label("read %zu, fault %zu", i, j);
			machine_on();
			machine.kernel.read = faults[j].fault;
			machine.kernel.read_index = i;
			machine_boot();
			if (!faults[j].err) {
				expect_started_from_ram();
				continue;
			}
			expect_stopped("disk: layer weights: ", 2, true, LAYERS_BEFORE);
			expect(strstr(machine.console, hm_err_text(faults[j].err)), "the reason");
			expect_log(2, "disk", 5);
			expect(machine.seen->ram_mount_count == 0, "nothing is mounted from memory");
		}
	}
}

static void test_read_hangs(void **state)
{
	(void)state;
	machine_label("no answer while it is copied");
	machine_on();
	machine.kernel.read = READ_HANGS;
	machine.kernel.read_index = READS_BEFORE + 1;
	machine_boot();
	expect_stopped("verity: boot: not finished after ", 2, true, LAYERS_BEFORE);
	expect(machine.seen->ram_mount_count == 0, "nothing is mounted from memory");
}

static void test_no_memory(void **state)
{
	(void)state;
	machine_label("no place in memory");
	machine_on();
	machine.kernel.fail_ram_mount = true;
	machine_boot();
	expect_stopped("mount: /ram: ", 2, true, LAYERS_BEFORE);
	machine_label("no file in memory");
	machine_on();
	machine.config.ram = machine_path("no-such-directory");
	machine_boot();
	expect_stopped("record: ", 2, true, LAYERS_BEFORE);
	expect(strstr(machine.console, "no-such-directory: No such file"), "the reason");
}

static void test_mount_fails(void **state)
{
	(void)state;
	machine_label("the file system is refused");
	machine_on();
	machine.kernel.fail_mount = MACHINE_LAYERS;
	machine_boot();
	expect_stopped("filesystem: erofs on /hallmark/weights: ", 3, true, LAYERS_BEFORE);
	expect_log(3, "filesystem", 5);
}

static void test_extend_fails(void **state)
{
	(void)state;
	machine_label("the TPM refuses the record");
	machine_on();
	machine_boot();
	for (size_t i = 0, extends = 0; i < machine.command_count; i++) {
		/* The third PCR_Extend is the layer's. */
		if (machine.command[i].code != 0x182 || ++extends != 3)
			continue;
		machine_on();
		machine.tpm_fault = (struct tpm_fault){.kind = TPM_RC, .first = i, .count = 1, .rc = 0x101};
		machine_boot();
		expect_stopped("extend: PCR 14", 2, true, LAYERS_BEFORE);
		expect(machine.seen->ram_mount_count == 0, "nothing is mounted from memory");
		return;
	}
	fail_msg("no third PCR_Extend");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{"g01_ram_layer_is_read_once", test_boot, NULL, NULL, NULL},
		{"g01_ram_layer_other_bytes_later", test_other_bytes, NULL, NULL, NULL},
		{"j17_ram_layer_read_faults", test_read_faults, NULL, NULL, NULL},
		{"j17_ram_layer_read_hangs", test_read_hangs, NULL, NULL, NULL},
		{"j19_ram_layer_no_memory", test_no_memory, NULL, NULL, NULL},
		{"g11_ram_layer_mount_fails", test_mount_fails, NULL, NULL, NULL},
		{"j08_ram_layer_extend_fails", test_extend_fails, NULL, NULL, NULL},
	};

	return machine_run("ram", tests, HM_ARRAY_LEN(tests), machine_teardown);
}
