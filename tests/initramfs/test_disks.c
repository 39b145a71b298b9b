/* SPDX-License-Identifier: BSD-2-Clause */
/* test_disks.c - disks that lie, lack something, fail, or are there twice */
#include "machine.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTOR 512u
#define HEADER_OFF SECTOR
#define ENTRIES_OFF (2 * SECTOR)
#define ENTRIES_LEN (128u * 128u)
#define BLOCK 4096u

/* The disk that lib.sh made with sfdisk and veritysetup, a copy to be changed, and what of it is
 * written. */
static struct {
	uint8_t *p;
	size_t len;
	uint8_t *pristine;
	uint8_t *written;
} disk;

static void disk_load(void)
{
	if (!disk.pristine) {
		disk.pristine = machine_read("disk.img", &disk.len);
		disk.p = malloc(disk.len);
		disk.written = machine_read("disk.img", &disk.len);
		assert_non_null(disk.p);
		machine_write("changed.img", disk.written, disk.len);
	}
	memcpy(disk.p, disk.pristine, disk.len);
}

/* Only the blocks that differ from the last time: it is done some hundred times. */
static void disk_write(void)
{
	int fd = open(machine_path("changed.img"), O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t off = 0; off < disk.len; off += BLOCK) {
		if (memcmp(disk.p + off, disk.written + off, BLOCK) == 0)
			continue;
		assert_int_equal(pwrite(fd, disk.p + off, BLOCK, (off_t)off), BLOCK);
		memcpy(disk.written + off, disk.p + off, BLOCK);
	}
	close(fd);
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v = 0;

	for (unsigned int i = 8; i-- > 0;)
		v = v << 8 | p[i];
	return v;
}

static void set_uint(uint8_t *p, uint64_t v, unsigned int len)
{
	for (unsigned int i = 0; i < len; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

/* Both checksums as they have to be; UEFI 2.10, table 5.5. */
static void table_sum(void)
{
	uint8_t *header = disk.p + HEADER_OFF;

	set_uint(header + 88, hm_crc32(0, hm_bytes_of(disk.p + ENTRIES_OFF, ENTRIES_LEN)), 4);
	set_uint(header + 16, 0, 4);
	set_uint(header + 16, hm_crc32(0, hm_bytes_of(header, 92)), 4);
}

/* Partitions in their order: root, root's hashes, app, app's hashes, weights, weights' hashes. */
static uint8_t *entry(unsigned int index)
{
	return disk.p + ENTRIES_OFF + 128u * index;
}

static uint64_t entry_first(unsigned int index)
{
	return get_u64(entry(index) + 32);
}

static uint8_t *superblock(unsigned int layer)
{
	return disk.p + entry_first(2 * layer + 1) * SECTOR;
}

static void boot_with_disk(void)
{
	table_sum();
	disk_write();
	machine_on();
	machine_disks_none();
	machine_disk("vda", "changed.img");
	machine_boot();
}

static void expect_reason(enum hm_err err)
{
	expect(strstr(machine.console, hm_err_text(err)), "the reason is '%s'", hm_err_text(err));
}

static const char *const layer_name[] = {"root", "app", "weights"};

static void expect_superblock_refused(unsigned int layer, enum hm_err err)
{
	char line[64];

	snprintf(line, sizeof(line), "superblock: layer %s: ", layer_name[layer]);
	expect_stopped(line, layer, true, layer);
	expect_reason(err);
	expect_log(layer, "superblock", 5);
}

/* Accepted, and seen: not the register that the build predicts. */
static void expect_other_register(unsigned int layer)
{
	uint32_t pcr = machine.record_pcr[layer];
	struct registers want;

	expect(machine.seen->started, "the boot goes on");
	model_boot(MACHINE_RECORDS, NULL, &want);
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++)
		expect(memcmp(machine.registers.value[bank][pcr], want.value[bank][pcr], hm_algs[bank].len) != 0,
		       "PCR %u %s tells", pcr, hm_algs[bank].name);
}

/* --- which disk --- */

static void test_two_disks(void **state)
{
	static const char *const names[][2] = {{"vda", "vdb"}, {"vdb", "vda"}, {"sda", "vda"}};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(names); i++) {
		machine_label("the same disk as %s and %s", names[i][0], names[i][1]);
		machine_on();
		machine_disks_none();
		machine_disk(names[i][0], "disk.img");
		machine_disk(names[i][1], "disk.img");
		machine_boot();
		expect_stopped("disk: hallmark-root: ", 0, true, 0);
		expect_reason(HM_E_PART_DUPLICATE);
	}
}

/* Another disk with one of the labels, whichever it is, and with other content. */
static void test_one_label_twice(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		machine_label("partition %u is on a second disk too", i);
		disk_load();
		for (unsigned int j = 0; j < 6; j++) {
			if (j != i)
				memset(entry(j), 0, 128);
		}
		table_sum();
		machine_write("other.img", disk.p, disk.len);
		machine_on();
		machine_disk("vdb", "other.img");
		machine_boot();
		expect_stopped("disk: hallmark-", 0, true, 0);
		expect_reason(HM_E_PART_DUPLICATE);
	}
}

static void test_same_disk_twice_inside(void **state)
{
	(void)state;
	machine_label("two partitions of a disk with one label");
	disk_load();
	memcpy(entry(4) + 56, entry(0) + 56, 72);
	boot_with_disk();
	expect_stopped("disk: hallmark-root: ", 0, true, 0);
	expect_reason(HM_E_PART_DUPLICATE);
}

static void attach_late(struct hm_boot *boot, unsigned int poll)
{
	(void)boot;
	if (poll == 0)
		machine_disk("vdb", "disk.img");
}

static void test_second_disk_late(void **state)
{
	(void)state;
	machine_label("the second disk comes a moment later");
	machine_on();
	machine.kernel.at_poll = attach_late;
	machine_boot();
	expect_stopped("disk: hallmark-root: ", 0, true, 0);
	expect_reason(HM_E_PART_DUPLICATE);
}

static void attach_first_late(struct hm_boot *boot, unsigned int poll)
{
	(void)boot;
	if (poll == 2)
		machine_disk("vda", "disk.img");
}

static void test_disk_late(void **state)
{
	(void)state;
	machine_label("the only disk comes late");
	machine_on();
	machine_disks_none();
	machine.kernel.at_poll = attach_first_late;
	machine_boot();
	expect_started();
}

/* The name comes to mean another disk: the one whose table was read stays open. */
static void swap(struct hm_boot *boot, unsigned int poll)
{
	(void)boot;
	if (poll != 0)
		return;
	machine_disks_none();
	machine_disk("vda", "zero.img");
}

static void test_name_changes(void **state)
{
	static const uint8_t zero[1 << 20];

	(void)state;
	machine_label("the disk's name is another disk's");
	machine_write("zero.img", zero, sizeof(zero));
	machine_on();
	machine.kernel.at_poll = swap;
	machine_boot();
	expect_started();
}

static void test_layers_on_two_disks(void **state)
{
	(void)state;
	machine_label("a layer on a disk of its own");
	machine_on();
	machine_disks_none();
	for (unsigned int i = 0; i < 2; i++) {
		disk_load();
		for (unsigned int j = 0; j < 6; j++) {
			if (i ? j < 4 : j >= 4)
				memset(entry(j), 0, 128);
		}
		table_sum();
		machine_write(i ? "second.img" : "first.img", disk.p, disk.len);
		machine_disk(i ? "vdb" : "vda", i ? "second.img" : "first.img");
	}
	machine_boot();
	expect_started();
	expect(machine.seen->read_only_count == 2, "both are set read-only");
}

/* Names that are no disks, disks without a table, and a name without a node. */
static void test_others_do_not_matter(void **state)
{
	static const char *const names[] = {"loop0", "ram0", "dm-0", "zram0", "md0", "sr0", "fd0", "nbd0"};
	static const uint8_t zero[1 << 20];

	(void)state;
	machine_label("names that are skipped");
	machine_on();
	for (size_t i = 0; i < HM_ARRAY_LEN(names); i++)
		machine_disk(names[i], "disk.img");
	machine_write("zero.img", zero, sizeof(zero));
	machine_disk("vdb", "zero.img");
	machine_write_text("tiny.img", "tiny");
	machine_disk("vdc", "tiny.img");
	machine_disk("vdd", "no-such-file");
	machine_boot();
	expect_started();
	/* The three that could be opened, although one alone is used. */
	expect(machine.seen->read_only_count == 3, "%zu disks are set read-only", machine.seen->read_only_count);
}

static void test_too_many_disks(void **state)
{
	(void)state;
	machine_label("65 disks");
	machine_on();
	machine_write_text("tiny.img", "tiny");
	for (unsigned int i = 0; i < HM_BOOT_DISKS_MAX; i++) {
		char name[16];

		snprintf(name, sizeof(name), "vd%u", i);
		machine_disk(name, "tiny.img");
	}
	machine_boot();
	expect_stopped("disk: ", 0, true, 0);
	expect(strstr(machine.console, "too many disks"), "the reason");
}

/* --- what is missing --- */

static void test_partition_missing(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 6; i++) {
		machine_label("partition %u is missing", i);
		disk_load();
		memset(entry(i), 0, 128);
		boot_with_disk();
		expect_stopped("disk: hallmark-", 0, true, 0);
		expect_reason(HM_E_PART_MISSING);
		expect(machine.seen->line_count == 5, "only the cap is in the log");
	}
	machine_label("no disk");
	machine_on();
	machine_disks_none();
	machine_boot();
	expect_stopped("disk: hallmark-root: ", 0, true, 0);
	expect_reason(HM_E_PART_MISSING);
	expect(strstr(machine.console, "not on AHCI or USB"), "the line says where disks are looked for");
}

static void test_truncated(void **state)
{
	size_t cuts[] = {0, 1, SECTOR - 1, SECTOR, 2 * SECTOR - 1, 2 * SECTOR, 3 * SECTOR, ENTRIES_OFF + ENTRIES_LEN,
			 0, 0, 0,	   0};
	size_t count = HM_ARRAY_LEN(cuts);

	(void)state;
	disk_load();
	cuts[count - 4] = disk.len / 2;
	cuts[count - 3] = disk.len - BLOCK;
	cuts[count - 2] = disk.len - SECTOR;
	cuts[count - 1] = disk.len - 1;
	for (size_t i = 0; i < count; i++) {
		bool no_table = cuts[i] < 2 * SECTOR;

		machine_label("the disk has %zu bytes", cuts[i]);
		machine_write("cut.img", disk.p, cuts[i]);
		machine_on();
		machine_disks_none();
		machine_disk("vda", "cut.img");
		machine_boot();
		expect_stopped(no_table ? "disk: hallmark-root: " : "disk: vda: ", 0, true, 0);
		expect_reason(no_table ? HM_E_PART_MISSING : HM_E_GPT_HEADER);
	}
}

/* The partition's last sector, so that it is this many bytes long. */
static void entry_shorten(unsigned int index, uint64_t sectors_less)
{
	uint64_t last = get_u64(entry(index) + 40);

	set_uint(entry(index) + 40, last - sectors_less, 8);
}

static void test_partition_short(void **state)
{
	(void)state;
	for (unsigned int layer = 0; layer < MACHINE_LAYERS; layer++) {
		for (unsigned int half = 0; half < 2; half++) {
			unsigned int index = 2 * layer + half;
			uint64_t sectors;
			uint64_t less[4] = {1, BLOCK / SECTOR};

			disk_load();
			sectors = get_u64(entry(index) + 40) - entry_first(index) + 1;
			less[2] = sectors / 2;
			less[3] = sectors - 1;
			for (size_t i = 0; i < HM_ARRAY_LEN(less); i++) {
				machine_label("partition %u is %u sectors shorter", index, (unsigned int)less[i]);
				disk_load();
				entry_shorten(index, less[i]);
				boot_with_disk();
				expect_superblock_refused(layer,
							  half ? HM_E_VERITY_HASH_SHORT : HM_E_VERITY_DATA_SHORT);
			}
		}
	}
}

/* --- the superblock --- */

static void test_superblock_fields(void **state)
{
	static const struct {
		const char *what;
		size_t off;
		uint64_t value;
		unsigned int len;
		enum hm_err err;
	} cases[] = {
		{"signature", 0, 'V', 1, HM_E_VERITY_SIGNATURE},
		{"signature's padding", 7, 1, 1, HM_E_VERITY_SIGNATURE},
		{"version 0", 8, 0, 4, HM_E_VERITY_VERSION},
		{"version 2", 8, 2, 4, HM_E_VERITY_VERSION},
		{"hash type 0", 12, 0, 4, HM_E_VERITY_HASH_TYPE},
		{"hash type 2", 12, 2, 4, HM_E_VERITY_HASH_TYPE},
		{"algorithm sha512", 35, 0x323135, 3, HM_E_VERITY_ALGORITHM},
		{"algorithm with a tail", 32 + 31, 1, 1, HM_E_VERITY_ALGORITHM},
		{"data blocks of 512", 64, 512, 4, HM_E_VERITY_BLOCK_SIZE},
		{"data blocks of 8192", 64, 8192, 4, HM_E_VERITY_BLOCK_SIZE},
		{"hash blocks of 512", 68, 512, 4, HM_E_VERITY_BLOCK_SIZE},
		{"hash blocks of 0", 68, 0, 4, HM_E_VERITY_BLOCK_SIZE},
		{"no data blocks", 72, 0, 8, HM_E_VERITY_DATA_BLOCKS},
		{"2^51 data blocks", 72, UINT64_C(1) << 51, 8, HM_E_VERITY_DATA_BLOCKS},
		{"2^64-1 data blocks", 72, UINT64_MAX, 8, HM_E_VERITY_DATA_BLOCKS},
		{"2^32 data blocks", 72, UINT64_C(1) << 32, 8, HM_E_VERITY_DATA_SHORT},
		{"a salt of 257", 80, 257, 2, HM_E_VERITY_SALT},
		{"a salt of 65535", 80, 65535, 2, HM_E_VERITY_SALT},
		{"a shorter salt with a tail", 80, 1, 2, HM_E_VERITY_RESERVED},
		{"reserved byte before the salt", 82, 1, 1, HM_E_VERITY_RESERVED},
		{"reserved byte at the end", 511, 1, 1, HM_E_VERITY_RESERVED},
	};

	(void)state;
	for (unsigned int layer = 0; layer < MACHINE_LAYERS; layer++) {
		for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
			machine_label("layer %u: %s", layer, cases[i].what);
			disk_load();
			set_uint(superblock(layer) + cases[i].off, cases[i].value, cases[i].len);
			boot_with_disk();
			expect_superblock_refused(layer, cases[i].err);
		}
	}
}

/*
 * Every byte: what steers dm-verity is either refused or in the record, hence in the register. Only
 * the UUID, bytes 16 to 31, steers nothing.
 */
static void test_superblock_bytes(void **state)
{
	unsigned int layer = 1;
	size_t other = 0;

	(void)state;
	for (size_t i = 0; i < HM_VERITY_SUPERBLOCK_LEN; i++) {
		machine_label("byte %zu of the superblock", i);
		disk_load();
		superblock(layer)[i] ^= 0x04;
		boot_with_disk();
		if (i >= 16 && i < 32) {
			expect_started();
		} else if (machine.seen->started) {
			expect_other_register(layer);
			other++;
		} else {
			expect_stopped("superblock: layer app: ", layer, true, layer);
		}
	}
	/* Fewer data blocks than there are, or another salt. */
	expect(other >= 2, "%zu bytes are in the record", other);
}

/* Fewer blocks than the partition has: pinned in the record, so somebody else's image. */
static void test_fewer_blocks(void **state)
{
	(void)state;
	for (unsigned int layer = 0; layer < MACHINE_LAYERS; layer++) {
		uint64_t blocks;

		machine_label("layer %u has one data block less", layer);
		disk_load();
		blocks = get_u64(superblock(layer) + 72);
		set_uint(superblock(layer) + 72, blocks - 1, 8);
		boot_with_disk();
		expect_other_register(layer);
		expect(machine.seen->activation[layer].record.verity.data_blocks == blocks - 1,
		       "activated as measured");
		machine_label("layer %u has one data block more", layer);
		set_uint(superblock(layer) + 72, blocks + 1, 8);
		boot_with_disk();
		expect_superblock_refused(layer, HM_E_VERITY_DATA_SHORT);
	}
}

/* The partition grows behind its data: nothing is measured of that, and nothing of it is used. */
static void test_longer_partition(void **state)
{
	(void)state;
	machine_label("the last partition is longer");
	disk_load();
	entry_shorten(5, (uint64_t)-8);
	boot_with_disk();
	expect_started();
}

/* The root hash is in the partitions' ids: each byte of them is in the record. */
static void test_root_hash(void **state)
{
	(void)state;
	for (unsigned int layer = 0; layer < MACHINE_LAYERS; layer++) {
		for (unsigned int i = 0; i < 32; i++) {
			machine_label("byte %u of layer %u's ids", i, layer);
			disk_load();
			entry(2 * layer + i / 16)[16 + i % 16] ^= 0x80;
			boot_with_disk();
			expect_other_register(layer);
			expect(memcmp(machine.seen->activation[layer].record.verity.root,
				      machine.seen->activation[(layer + 1) % 3].record.verity.root, 32) != 0,
			       "activated with the ids' root");
		}
	}
}

/* --- the table --- */

static void test_table(void **state)
{
	static const struct {
		const char *what;
		size_t off; /* in the disk */
		uint64_t value;
		unsigned int len;
		enum hm_err err;
	} cases[] = {
		{"revision 2", HEADER_OFF + 8, 0x20000, 4, HM_E_GPT_HEADER},
		{"header of 512 bytes", HEADER_OFF + 12, 512, 4, HM_E_GPT_HEADER},
		{"reserved field", HEADER_OFF + 20, 1, 4, HM_E_GPT_HEADER},
		{"reserved tail", HEADER_OFF + 92, 1, 1, HM_E_GPT_HEADER},
		{"header says sector 2", HEADER_OFF + 24, 2, 8, HM_E_GPT_HEADER},
		{"backup inside", HEADER_OFF + 32, 3, 8, HM_E_GPT_HEADER},
		{"backup beyond the disk", HEADER_OFF + 32, UINT64_MAX, 8, HM_E_GPT_HEADER},
		{"last usable beyond", HEADER_OFF + 48, UINT64_MAX, 8, HM_E_GPT_HEADER},
		{"first usable behind", HEADER_OFF + 40, UINT64_MAX, 8, HM_E_GPT_HEADER},
		{"entries at sector 1", HEADER_OFF + 72, 1, 8, HM_E_GPT_ENTRIES},
		{"entries far away", HEADER_OFF + 72, UINT64_MAX, 8, HM_E_GPT_ENTRIES},
		{"no entries", HEADER_OFF + 80, 0, 4, HM_E_GPT_ENTRIES},
		{"129 entries", HEADER_OFF + 80, 129, 4, HM_E_GPT_ENTRIES},
		{"2^32-1 entries", HEADER_OFF + 80, UINT32_MAX, 4, HM_E_GPT_ENTRIES},
		{"entries of 256", HEADER_OFF + 84, 256, 4, HM_E_GPT_ENTRIES},
		{"entry before the usable part", ENTRIES_OFF + 32, 1, 8, HM_E_GPT_ENTRY_BOUNDS},
		{"entry beyond", ENTRIES_OFF + 40, UINT64_MAX, 8, HM_E_GPT_ENTRY_BOUNDS},
		{"entry with its end first", ENTRIES_OFF + 40, 100, 8, HM_E_GPT_ENTRY_BOUNDS},
		{"entry into the next", ENTRIES_OFF + 40, 0, 0, HM_E_GPT_ENTRY_OVERLAP},
		{"label with more behind its end", ENTRIES_OFF + 126, 'x', 2, HM_E_GPT_LABEL},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		machine_label("%s", cases[i].what);
		disk_load();
		if (cases[i].err == HM_E_GPT_ENTRY_OVERLAP)
			set_uint(entry(0) + 40, entry_first(1), 8);
		else
			set_uint(disk.p + cases[i].off, cases[i].value, cases[i].len);
		boot_with_disk();
		expect_stopped("disk: vda: ", 0, true, 0);
		expect_reason(cases[i].err);
	}
}

static void test_table_sums(void **state)
{
	static const struct {
		size_t off;
		enum hm_err err;
	} cases[] = {
		{HEADER_OFF + 16, HM_E_GPT_HEADER_CRC},
		{HEADER_OFF + 56, HM_E_GPT_HEADER_CRC},
		{ENTRIES_OFF + 16, HM_E_GPT_ENTRIES_CRC},
		{ENTRIES_OFF + ENTRIES_LEN - 1, HM_E_GPT_ENTRIES_CRC},
	};

	(void)state;
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		machine_label("byte %zu", cases[i].off);
		disk_load();
		disk.p[cases[i].off] ^= 1;
		disk_write();
		machine_on();
		machine_disks_none();
		machine_disk("vda", "changed.img");
		machine_boot();
		expect_stopped("disk: vda: ", 0, true, 0);
		expect_reason(cases[i].err);
	}
}

/* The damaged one of two disks is not passed over in favour of the other. */
static void test_damaged_second_disk(void **state)
{
	(void)state;
	machine_label("a second disk has a damaged table");
	disk_load();
	disk.p[HEADER_OFF + 16] ^= 1;
	machine_write("other.img", disk.p, disk.len);
	machine_on();
	machine_disk("vdb", "other.img");
	machine_boot();
	expect_stopped("disk: vdb: ", 0, true, 0);
	expect_reason(HM_E_GPT_HEADER_CRC);
}

/* --- reading --- */

/* Header, entries, and one superblock for each layer; nothing else, and nothing twice. */
static void test_reads(void **state)
{
	const struct seen *seen = machine.seen;

	(void)state;
	machine_label("what is read");
	disk_load();
	machine_on();
	machine_boot();
	expect_started();
	expect(seen->read_count == 2 + MACHINE_LAYERS, "%zu reads", seen->read_count);
	expect(seen->read[0].off == HEADER_OFF && seen->read[0].len == SECTOR, "header");
	expect(seen->read[1].off == ENTRIES_OFF && seen->read[1].len == ENTRIES_LEN, "entries");
	for (unsigned int i = 0; i < MACHINE_LAYERS; i++)
		expect(seen->read[2 + i].off == entry_first(2 * i + 1) * SECTOR &&
			       seen->read[2 + i].len == HM_VERITY_SUPERBLOCK_LEN,
		       "superblock %u", i);
}

static void test_other_bytes_later(void **state)
{
	(void)state;
	machine_label("other bytes at a second read");
	machine_on();
	machine.kernel.read = READ_OTHER_BYTES;
	machine_boot();
	expect_started();
}

static void boot_with_read(size_t index, enum read_fault fault)
{
	machine_on();
	machine.kernel.read = fault;
	machine.kernel.read_index = index;
	machine_boot();
}

static void expect_read_refused(size_t index, enum hm_err err)
{
	if (index < 2) {
		expect_stopped("disk: vda: ", 0, true, 0);
		expect_reason(err);
		return;
	}
	expect_superblock_refused((unsigned int)index - 2, err);
}

static void test_read_faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 + MACHINE_LAYERS; i++) {
		machine_label("EIO at read %zu", i);
		boot_with_read(i, READ_EIO);
		expect_read_refused(i, HM_E_IO);
		machine_label("the disk ends at read %zu", i);
		boot_with_read(i, READ_ENDS);
		expect_read_refused(i, HM_E_SHORT_READ);
		machine_label("half of read %zu", i);
		boot_with_read(i, READ_HALF);
		expect_started();
		machine_label("a signal at read %zu", i);
		boot_with_read(i, READ_INTERRUPTED);
		expect_started();
	}
}

/*
 * The disk does not answer: the deadline passes, the registers are capped, and when the data comes
 * after all nothing goes on.
 */
static void test_read_hangs(void **state)
{
	static const enum read_fault faults[] = {READ_HANGS, READ_HANGS_THEN_FAILS};

	(void)state;
	for (size_t i = 0; i < 2 + MACHINE_LAYERS; i++) {
		for (size_t j = 0; j < HM_ARRAY_LEN(faults); j++) {
			size_t layers = i < 2 ? 0 : i - 2;
			char line[64];

			machine_label("no answer to read %zu, way %zu", i, j);
			boot_with_read(i, faults[j]);
			snprintf(line, sizeof(line), "%s: boot: not finished after %u seconds",
				 i < 2 ? "disk" : "verity", MACHINE_DEADLINE_S);
			expect_stopped(line, layers, true, layers);
			expect_log(layers, machine_stage(), 5);
		}
	}
}

static int free_disk(void **state)
{
	(void)state;
	free(disk.p);
	free(disk.pristine);
	free(disk.written);
	return machine_teardown(state);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		{"j17_what_is_read", test_reads, NULL, NULL, NULL},
		{"e07_two_disks", test_two_disks, NULL, NULL, NULL},
		{"e07_one_label_twice", test_one_label_twice, NULL, NULL, NULL},
		{"e07_twice_on_one_disk", test_same_disk_twice_inside, NULL, NULL, NULL},
		{"e07_second_disk_late", test_second_disk_late, NULL, NULL, NULL},
		{"e07_name_changes", test_name_changes, NULL, NULL, NULL},
		{"e07_damaged_second_disk", test_damaged_second_disk, NULL, NULL, NULL},
		{"j11_disk_late", test_disk_late, NULL, NULL, NULL},
		{"g19_layers_on_two_disks", test_layers_on_two_disks, NULL, NULL, NULL},
		{"g20_other_disks", test_others_do_not_matter, NULL, NULL, NULL},
		{"e10_too_many_disks", test_too_many_disks, NULL, NULL, NULL},
		{"g17_partition_missing", test_partition_missing, NULL, NULL, NULL},
		{"g17_truncated", test_truncated, NULL, NULL, NULL},
		{"g17_partition_short", test_partition_short, NULL, NULL, NULL},
		{"g02_superblock_fields", test_superblock_fields, NULL, NULL, NULL},
		{"g02_superblock_bytes", test_superblock_bytes, NULL, NULL, NULL},
		{"g05_block_count", test_fewer_blocks, NULL, NULL, NULL},
		{"g05_longer_partition", test_longer_partition, NULL, NULL, NULL},
		{"g10_root_hash", test_root_hash, NULL, NULL, NULL},
		{"d18_table", test_table, NULL, NULL, NULL},
		{"d18_table_sums", test_table_sums, NULL, NULL, NULL},
		{"g01_other_bytes_later", test_other_bytes_later, NULL, NULL, NULL},
		{"j17_read_faults", test_read_faults, NULL, NULL, NULL},
		{"j17_read_hangs", test_read_hangs, NULL, NULL, NULL},
	};

	return machine_run("disks", tests, HM_ARRAY_LEN(tests), free_disk);
}
