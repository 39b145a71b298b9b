/* SPDX-License-Identifier: BSD-2-Clause */
/* test_gpt.c - partition tables, ours and sfdisk's and sgdisk's: fields corrupted, bits flipped */
#include "core/gpt.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECTORS 4096u
#define FIRST_USABLE 34u
#define LAST_USABLE (SECTORS - 34)

/* Offsets in the header. */
#define H_REVISION 8u
#define H_LEN 12u
#define H_CRC 16u
#define H_RESERVED 20u
#define H_MY_LBA 24u
#define H_ALTERNATE 32u
#define H_FIRST 40u
#define H_LAST 48u
#define H_ENTRIES_LBA 72u
#define H_COUNT 80u
#define H_ENTRY_LEN 84u
#define H_ENTRIES_CRC 88u
/* Offsets in an entry. */
#define E_GUID 16u
#define E_FIRST 32u
#define E_LAST 40u
#define E_LABEL 56u

/* A disk in memory: only its first sectors have bytes, reading any other is a failure of the test.
 */
struct image {
	uint8_t *p;
	size_t stored;
	uint64_t len;
	uint32_t sector_len;
	unsigned int reads;
	unsigned int fail_at; /* this read fails; 0: none */
};

static enum hm_err image_read(void *ctx, uint64_t off, void *buf, size_t len)
{
	struct image *image = ctx;

	if (++image->reads == image->fail_at)
		return HM_E_IO;
	/* What the reader asks for must be on the disk. */
	assert_true(off <= image->len && len <= image->len - off);
	assert_true(off <= image->stored && len <= image->stored - off);
	memcpy(buf, image->p + off, len);
	return HM_OK;
}

static struct hm_disk disk_of(struct image *image)
{
	return (struct hm_disk){.ctx = image, .read = image_read, .len = image->len, .sector_len = image->sector_len};
}

static void set_u64(uint8_t *p, uint64_t v)
{
	support_set_u32(p, (uint32_t)v);
	support_set_u32(p + 4, (uint32_t)(v >> 32));
}

/* --- a table of our own --- */

static uint8_t *header(struct image *image)
{
	return image->p + image->sector_len;
}

static uint8_t *entry(struct image *image, size_t index)
{
	return image->p + 2 * (size_t)image->sector_len + index * HM_GPT_ENTRY_LEN;
}

static void seal(struct image *image)
{
	uint32_t count = support_get_u32(header(image) + H_COUNT);
	size_t room = image->stored - 2 * (size_t)image->sector_len;
	size_t len = count > room / HM_GPT_ENTRY_LEN ? room : (size_t)count * HM_GPT_ENTRY_LEN;

	support_set_u32(header(image) + H_ENTRIES_CRC, hm_crc32(0, hm_bytes_of(entry(image, 0), len)));
	support_set_u32(header(image) + H_CRC, 0);
	support_set_u32(header(image) + H_CRC, hm_crc32(0, hm_bytes_of(header(image), HM_GPT_HEADER_LEN)));
}

static void set_label(uint8_t *e, const char *label)
{
	memset(e + E_LABEL, 0, 72);
	for (size_t i = 0; label[i]; i++)
		e[E_LABEL + 2 * i] = (uint8_t)label[i];
}

static void set_entry(struct image *image, size_t index, uint64_t first, uint64_t last, const char *label)
{
	uint8_t *e = entry(image, index);

	memset(e, 0x11, 16);
	for (uint8_t i = 0; i < 16; i++)
		e[E_GUID + i] = (uint8_t)(16 * index + i);
	set_u64(e + E_FIRST, first);
	set_u64(e + E_LAST, last);
	set_u64(e + 48, 0);
	set_label(e, label);
	seal(image);
}

static void build(struct image *image, uint32_t sector_len)
{
	uint8_t *h;

	memset(image, 0, sizeof(*image));
	image->sector_len = sector_len;
	image->len = (uint64_t)SECTORS * sector_len;
	image->stored = 2 * (size_t)sector_len + HM_GPT_TABLE_LEN;
	image->p = calloc(1, image->stored);
	assert_non_null(image->p);
	h = header(image);
	memcpy(h, "EFI PART", 8);
	support_set_u32(h + H_REVISION, 0x00010000);
	support_set_u32(h + H_LEN, 92);
	set_u64(h + H_MY_LBA, 1);
	set_u64(h + H_ALTERNATE, SECTORS - 1);
	set_u64(h + H_FIRST, FIRST_USABLE);
	set_u64(h + H_LAST, LAST_USABLE);
	set_u64(h + H_ENTRIES_LBA, 2);
	support_set_u32(h + H_COUNT, 128);
	support_set_u32(h + H_ENTRY_LEN, 128);
	set_entry(image, 0, 34, 99, "hallmark-root");
	set_entry(image, 2, 200, 200, "hallmark-root-verity");
	set_entry(image, 127, 100, 199, "last entry");
}

static enum hm_err read_image(struct image *image, struct hm_gpt *ret)
{
	struct hm_disk disk = disk_of(image);

	return hm_gpt_read(&disk, ret);
}

/* Refused with this code, and nothing given out. */
static void assert_refused(struct image *image, enum hm_err want, const char *what)
{
	struct hm_gpt *gpt = malloc(sizeof(*gpt)), *before = malloc(sizeof(*before));

	assert_non_null(gpt);
	assert_non_null(before);
	memset(gpt, 0x5a, sizeof(*gpt));
	memcpy(before, gpt, sizeof(*before));
	if (read_image(image, gpt) != want)
		print_error("table with %s\n", what);
	assert_err(read_image(image, gpt), want);
	assert_memory_equal(gpt, before, sizeof(*gpt));
	free(gpt);
	free(before);
}

static void assert_label(const struct hm_gpt_partition *partition, const char *want)
{
	assert_int_equal(partition->label_len, strlen(want));
	assert_memory_equal(partition->label, want, partition->label_len);
}

static void good_table(void **state)
{
	static const uint32_t sector_lens[] = {512, 4096};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint32_t sector_len = sector_lens[i];
		struct image image;
		struct hm_gpt gpt;

		build(&image, sector_len);
		assert_ok(read_image(&image, &gpt));
		assert_int_equal(gpt.entry_count, 128);
		assert_int_equal(gpt.partition_count, 3);
		assert_int_equal(gpt.partition[0].number, 1);
		assert_int_equal(gpt.partition[0].off, 34 * sector_len);
		assert_int_equal(gpt.partition[0].len, 66 * sector_len);
		assert_hex(hm_bytes_of(gpt.partition[0].type_guid, 16), "11111111111111111111111111111111");
		assert_hex(hm_bytes_of(gpt.partition[0].guid, 16), "000102030405060708090a0b0c0d0e0f");
		assert_label(&gpt.partition[0], "hallmark-root");
		assert_int_equal(gpt.partition[1].number, 3);
		assert_int_equal(gpt.partition[1].len, sector_len);
		assert_int_equal(gpt.partition[2].number, 128);
		assert_label(&gpt.partition[2], "last entry");
		assert_memory_equal(gpt.header, header(&image), HM_GPT_HEADER_LEN);
		assert_memory_equal(gpt.entries, entry(&image, 0), HM_GPT_TABLE_LEN);
		/* Each byte is asked for once. */
		assert_int_equal(image.reads, 2);
		free(image.p);
	}
}

/* --- the header --- */

static const struct {
	const char *what;
	size_t off;
	uint64_t value;
	size_t len;
	enum hm_err err;
} header_cases[] = {
	{"another signature", 0, 'e', 1, HM_E_GPT_SIGNATURE},
	{"revision 0", H_REVISION, 0, 4, HM_E_GPT_HEADER},
	{"revision 2", H_REVISION, 0x00020000, 4, HM_E_GPT_HEADER},
	{"header of 91 bytes", H_LEN, 91, 4, HM_E_GPT_HEADER},
	{"header of 93 bytes", H_LEN, 93, 4, HM_E_GPT_HEADER},
	{"header of 2^32 - 1 bytes", H_LEN, 0xffffffff, 4, HM_E_GPT_HEADER},
	{"reserved not zero", H_RESERVED, 1, 4, HM_E_GPT_HEADER},
	{"MyLBA 0", H_MY_LBA, 0, 8, HM_E_GPT_HEADER},
	{"MyLBA of the backup", H_MY_LBA, SECTORS - 1, 8, HM_E_GPT_HEADER},
	{"MyLBA 2^32 + 1", H_MY_LBA, (UINT64_C(1) << 32) + 1, 8, HM_E_GPT_HEADER},
	{"backup in the usable part", H_ALTERNATE, LAST_USABLE, 8, HM_E_GPT_HEADER},
	{"backup at sector 1", H_ALTERNATE, 1, 8, HM_E_GPT_HEADER},
	{"backup behind the disk", H_ALTERNATE, SECTORS, 8, HM_E_GPT_HEADER},
	{"backup at 2^64 - 1", H_ALTERNATE, UINT64_MAX, 8, HM_E_GPT_HEADER},
	{"last usable behind the disk", H_LAST, SECTORS, 8, HM_E_GPT_HEADER},
	{"last usable 2^64 - 1", H_LAST, UINT64_MAX, 8, HM_E_GPT_HEADER},
	{"last usable before first", H_LAST, FIRST_USABLE - 1, 8, HM_E_GPT_HEADER},
	{"first usable behind last", H_FIRST, LAST_USABLE + 1, 8, HM_E_GPT_HEADER},
	{"first usable 2^64 - 1", H_FIRST, UINT64_MAX, 8, HM_E_GPT_HEADER},
	{"first usable inside the entries", H_FIRST, 5, 8, HM_E_GPT_ENTRIES},
	{"first usable 0", H_FIRST, 0, 8, HM_E_GPT_ENTRIES},
	{"entries at 0", H_ENTRIES_LBA, 0, 8, HM_E_GPT_ENTRIES},
	{"entries in the header's sector", H_ENTRIES_LBA, 1, 8, HM_E_GPT_ENTRIES},
	{"entries in the usable part", H_ENTRIES_LBA, FIRST_USABLE, 8, HM_E_GPT_ENTRIES},
	{"entries at 2^64 - 1", H_ENTRIES_LBA, UINT64_MAX, 8, HM_E_GPT_ENTRIES},
	{"entries at 2^55", H_ENTRIES_LBA, UINT64_C(1) << 55, 8, HM_E_GPT_ENTRIES},
	{"no entries", H_COUNT, 0, 4, HM_E_GPT_ENTRIES},
	{"129 entries", H_COUNT, 129, 4, HM_E_GPT_ENTRIES},
	{"2^32 - 1 entries", H_COUNT, 0xffffffff, 4, HM_E_GPT_ENTRIES},
	{"2^25 entries", H_COUNT, 1u << 25, 4, HM_E_GPT_ENTRIES},
	{"entries of 0 bytes", H_ENTRY_LEN, 0, 4, HM_E_GPT_ENTRIES},
	{"entries of 64 bytes", H_ENTRY_LEN, 64, 4, HM_E_GPT_ENTRIES},
	{"entries of 256 bytes", H_ENTRY_LEN, 256, 4, HM_E_GPT_ENTRIES},
	{"entries of 2^31 bytes", H_ENTRY_LEN, 0x80000000, 4, HM_E_GPT_ENTRIES},
	{"a byte behind the header", 92, 1, 1, HM_E_GPT_HEADER},
	{"a byte at the sector's end", 511, 1, 1, HM_E_GPT_HEADER},
};

static void header_fields(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, header_cases, header_cases[i].what); i++) {
		struct image image;

		build(&image, 512);
		for (size_t j = 0; j < header_cases[i].len; j++)
			header(&image)[header_cases[i].off + j] = (uint8_t)(header_cases[i].value >> (8 * j));
		seal(&image);
		assert_refused(&image, header_cases[i].err, header_cases[i].what);
		free(image.p);
	}
}

/* The full table is 32 sectors of 512, or 4 of 4096; it must end before the first usable one. */
static void entries_fit(void **state)
{
	struct image image;
	struct hm_gpt gpt;

	(void)state;
	build(&image, 512);
	set_u64(header(&image) + H_FIRST, 34);
	seal(&image);
	assert_ok(read_image(&image, &gpt));
	set_u64(header(&image) + H_FIRST, 33);
	seal(&image);
	assert_refused(&image, HM_E_GPT_ENTRIES, "31 sectors for 32 of entries");
	/* 124 entries are 31 sectors, 125 are 32. */
	memset(entry(&image, 127), 0, HM_GPT_ENTRY_LEN);
	support_set_u32(header(&image) + H_COUNT, 125);
	seal(&image);
	assert_refused(&image, HM_E_GPT_ENTRIES, "31 sectors for 125 entries");
	support_set_u32(header(&image) + H_COUNT, 124);
	seal(&image);
	assert_ok(read_image(&image, &gpt));
	assert_int_equal(gpt.entry_count, 124);
	free(image.p);
	build(&image, 4096);
	set_u64(header(&image) + H_FIRST, 6);
	seal(&image);
	assert_ok(read_image(&image, &gpt));
	set_u64(header(&image) + H_FIRST, 5);
	seal(&image);
	assert_refused(&image, HM_E_GPT_ENTRIES, "3 sectors of 4096 for the table");
	free(image.p);
}

/* A disk with one usable sector, and that one used. */
static void one_usable_sector(void **state)
{
	struct image image;
	struct hm_gpt gpt;

	(void)state;
	build(&image, 512);
	memset(entry(&image, 0), 0, HM_GPT_TABLE_LEN);
	set_u64(header(&image) + H_LAST, FIRST_USABLE);
	set_entry(&image, 0, FIRST_USABLE, FIRST_USABLE, "x");
	assert_ok(read_image(&image, &gpt));
	assert_int_equal(gpt.partition[0].len, 512);
	free(image.p);
}

/* What is behind the header's count is not read, and not given out. */
static void entry_count_respected(void **state)
{
	struct image image;
	struct hm_gpt gpt;

	(void)state;
	build(&image, 512);
	support_set_u32(header(&image) + H_COUNT, 1);
	seal(&image);
	assert_ok(read_image(&image, &gpt));
	assert_int_equal(gpt.partition_count, 1);
	for (size_t i = HM_GPT_ENTRY_LEN; i < HM_GPT_TABLE_LEN; i++)
		assert_int_equal(gpt.entries[i], 0);
	free(image.p);
}

static void checksums(void **state)
{
	struct image image;

	(void)state;
	build(&image, 512);
	header(&image)[H_CRC] ^= 1;
	assert_refused(&image, HM_E_GPT_HEADER_CRC, "another header checksum");
	seal(&image);
	header(&image)[56] ^= 1; /* the disk's GUID */
	assert_refused(&image, HM_E_GPT_HEADER_CRC, "another disk GUID");
	seal(&image);
	entry(&image, 64)[0] = 1;
	assert_refused(&image, HM_E_GPT_ENTRIES_CRC, "another entry");
	free(image.p);
}

static void disk_sizes(void **state)
{
	struct image image;
	struct hm_gpt gpt;

	(void)state;
	build(&image, 512);
	image.len += 1000 * 512u; /* made larger: the backup is not at its end any more */
	assert_ok(read_image(&image, &gpt));
	image.len = SECTORS * 512u + 511; /* no whole sector more */
	assert_ok(read_image(&image, &gpt));
	image.len = SECTORS * 512u - 1;
	assert_refused(&image, HM_E_GPT_HEADER, "a disk that is too small by a byte");
	image.len = (uint64_t)LAST_USABLE * 512;
	assert_refused(&image, HM_E_GPT_HEADER, "a disk without its last usable sector");
	image.len = 1023;
	assert_refused(&image, HM_E_GPT_SIGNATURE, "a disk of one sector");
	image.len = 0;
	assert_refused(&image, HM_E_GPT_SIGNATURE, "a disk of nothing");
	free(image.p);
	build(&image, 512);
	image.sector_len = 1024;
	assert_refused(&image, HM_E_GPT_HEADER, "sectors of 1024");
	image.sector_len = 0;
	assert_refused(&image, HM_E_GPT_HEADER, "sectors of 0");
	/* A table for 512 is not found with 4096. */
	image.sector_len = 4096;
	assert_refused(&image, HM_E_GPT_SIGNATURE, "the wrong sector size");
	free(image.p);
}

static void reads_fail(void **state)
{
	struct image image;

	(void)state;
	build(&image, 512);
	image.fail_at = 1;
	image.reads = 0;
	{
		struct hm_gpt gpt;

		assert_err(read_image(&image, &gpt), HM_E_IO);
		image.fail_at = 2;
		image.reads = 0;
		assert_err(read_image(&image, &gpt), HM_E_IO);
		image.fail_at = 0;
		assert_ok(read_image(&image, &gpt));
	}
	free(image.p);
}

/* 8 EiB less a sector: the largest a disk can be, and no product wraps. */
static void huge_disk(void **state)
{
	uint64_t sectors = UINT64_MAX / 512;
	struct image image;
	struct hm_gpt gpt;

	(void)state;
	build(&image, 512);
	image.len = UINT64_MAX;
	set_u64(header(&image) + H_ALTERNATE, sectors - 1);
	set_u64(header(&image) + H_LAST, sectors - 2);
	set_entry(&image, 2, UINT64_C(1) << 33, sectors - 2, "huge");
	assert_ok(read_image(&image, &gpt));
	assert_true(gpt.partition[1].off == UINT64_C(1) << 42);
	assert_true(gpt.partition[1].len == (sectors - 1 - (UINT64_C(1) << 33)) * 512);
	set_u64(header(&image) + H_LAST, sectors);
	set_u64(header(&image) + H_ALTERNATE, sectors + 1);
	seal(&image);
	assert_refused(&image, HM_E_GPT_HEADER, "a last usable sector behind 2^64 bytes");
	free(image.p);
}

/* --- the entries --- */

static void entry_bounds(void **state)
{
	static const struct {
		uint64_t first, last;
		enum hm_err err;
	} cases[] = {
		{FIRST_USABLE, FIRST_USABLE, HM_OK},
		{LAST_USABLE, LAST_USABLE, HM_OK},
		{FIRST_USABLE, LAST_USABLE, HM_OK},
		{FIRST_USABLE - 1, 100, HM_E_GPT_ENTRY_BOUNDS},
		{0, 100, HM_E_GPT_ENTRY_BOUNDS},
		{100, LAST_USABLE + 1, HM_E_GPT_ENTRY_BOUNDS},
		{101, 100, HM_E_GPT_ENTRY_BOUNDS},
		{100, 0, HM_E_GPT_ENTRY_BOUNDS},
		{100, UINT64_MAX, HM_E_GPT_ENTRY_BOUNDS},
		{UINT64_MAX, 100, HM_E_GPT_ENTRY_BOUNDS},
		{UINT64_MAX, UINT64_MAX, HM_E_GPT_ENTRY_BOUNDS},
		{UINT64_C(1) << 32, (UINT64_C(1) << 32) + 100, HM_E_GPT_ENTRY_BOUNDS},
		{0, 0, HM_E_GPT_ENTRY_BOUNDS},
	};

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		struct image image;
		struct hm_gpt gpt;

		build(&image, 512);
		memset(entry(&image, 0), 0, HM_GPT_TABLE_LEN);
		set_entry(&image, 5, cases[i].first, cases[i].last, "x");
		if (cases[i].err)
			assert_refused(&image, cases[i].err, "such bounds");
		else
			assert_ok(read_image(&image, &gpt));
		free(image.p);
	}
}

static void entry_overlap(void **state)
{
	/* Against entry 0 at 34 to 99 and entry 127 at 100 to 199. */
	static const struct {
		uint64_t first, last;
		enum hm_err err;
	} cases[] = {
		{200, 300, HM_OK},
		{199, 300, HM_E_GPT_ENTRY_OVERLAP},
		{34, 34, HM_E_GPT_ENTRY_OVERLAP},
		{99, 99, HM_E_GPT_ENTRY_OVERLAP},
		{34, 99, HM_E_GPT_ENTRY_OVERLAP},
		{50, 60, HM_E_GPT_ENTRY_OVERLAP},
		{34, 1000, HM_E_GPT_ENTRY_OVERLAP},
		{100, 199, HM_E_GPT_ENTRY_OVERLAP},
		{150, 1000, HM_E_GPT_ENTRY_OVERLAP},
	};

	(void)state;
	for (size_t i = 0; ROW(i, cases); i++) {
		struct image image;
		struct hm_gpt gpt;

		build(&image, 512);
		set_entry(&image, 2, cases[i].first, cases[i].last, "x");
		if (cases[i].err)
			assert_refused(&image, cases[i].err, "overlap");
		else
			assert_ok(read_image(&image, &gpt));
		free(image.p);
	}
}

/* An unused entry is one without a type; whatever else it holds is nobody's. */
static void entry_unused(void **state)
{
	struct image image;
	struct hm_gpt gpt;

	(void)state;
	build(&image, 512);
	set_entry(&image, 2, 34, 99, "hallmark-root");
	memset(entry(&image, 2), 0, 16);
	seal(&image);
	assert_ok(read_image(&image, &gpt));
	assert_int_equal(gpt.partition_count, 2);
	/* One bit of the type makes it used. */
	entry(&image, 2)[15] = 0x80;
	seal(&image);
	assert_refused(&image, HM_E_GPT_ENTRY_OVERLAP, "a used entry over another");
	free(image.p);
}

static void labels(void **state)
{
	struct image image;
	struct hm_gpt gpt;
	uint8_t *label;

	(void)state;
	build(&image, 512);
	label = entry(&image, 0) + E_LABEL;
	/* all 36 characters, without a NUL */
	set_label(entry(&image, 0), "abcdefghijklmnopqrstuvwxyz0123456789");
	seal(&image);
	assert_ok(read_image(&image, &gpt));
	assert_label(&gpt.partition[0], "abcdefghijklmnopqrstuvwxyz0123456789");
	/* the first and the last printable character */
	set_label(entry(&image, 0), " x~");
	seal(&image);
	assert_ok(read_image(&image, &gpt));
	assert_label(&gpt.partition[0], " x~");
	/* empty */
	set_label(entry(&image, 0), "");
	seal(&image);
	assert_ok(read_image(&image, &gpt));
	assert_label(&gpt.partition[0], "");
	/* U+00E4, U+FF41 (whose low byte is 'A'), a control character, DEL */
	for (size_t i = 0; i < 4; i++) {
		static const uint16_t units[] = {0x00e4, 0xff41, 0x0007, 0x007f};

		set_label(entry(&image, 0), "hallmark-root");
		support_set_u16(label + 8, units[i]);
		seal(&image);
		assert_ok(read_image(&image, &gpt));
		assert_int_equal(gpt.partition[0].label_len, 0);
		for (size_t j = 0; j < HM_GPT_LABEL_MAX; j++)
			assert_int_equal(gpt.partition[0].label[j], 0);
	}
	/* something behind the NUL */
	set_label(entry(&image, 0), "root");
	support_set_u16(label + 10, 'x');
	seal(&image);
	assert_refused(&image, HM_E_GPT_LABEL, "a label behind its NUL");
	set_label(entry(&image, 0), "root");
	label[71] = 1;
	seal(&image);
	assert_refused(&image, HM_E_GPT_LABEL, "a byte at the label's end");
	free(image.p);
}

/* --- event data --- */

static void event_data(void **state)
{
	uint8_t buf[92 + 8 + 3 * 128];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct image image;
	struct hm_gpt gpt;

	(void)state;
	build(&image, 512);
	assert_ok(read_image(&image, &gpt));
	assert_ok(hm_gpt_event_data(&gpt, &w));
	assert_int_equal(w.len, sizeof(buf));
	assert_memory_equal(buf, header(&image), 92);
	assert_hex(hm_bytes_of(buf + 92, 8), "0300000000000000");
	assert_memory_equal(buf + 100, entry(&image, 0), 128);
	assert_memory_equal(buf + 228, entry(&image, 2), 128);
	assert_memory_equal(buf + 356, entry(&image, 127), 128);
	for (size_t cap = 0; cap < sizeof(buf); cap++) {
		w = hm_writer_of(buf, cap);
		assert_err(hm_gpt_event_data(&gpt, &w), HM_E_BUFFER);
		assert_int_equal(w.len, 0);
	}
	free(image.p);
}

/* --- finding a partition --- */

static void find(void **state)
{
	struct image a, b;
	struct hm_gpt gpt[2];
	const struct hm_gpt *gpts[2] = {&gpt[0], &gpt[1]};
	struct hm_gpt_match match = {.disk = 77};

	(void)state;
	build(&a, 512);
	build(&b, 512);
	memset(entry(&b, 0), 0, HM_GPT_TABLE_LEN);
	set_entry(&b, 9, 40, 50, "hallmark-app");
	set_entry(&b, 10, 60, 70, "");
	assert_ok(read_image(&a, &gpt[0]));
	assert_ok(read_image(&b, &gpt[1]));
	assert_ok(hm_gpt_find(gpts, 2, hm_bytes_of_text("hallmark-app"), &match));
	assert_int_equal(match.disk, 1);
	assert_int_equal(match.partition->number, 10);
	assert_ok(hm_gpt_find(gpts, 2, hm_bytes_of_text("hallmark-root"), &match));
	assert_int_equal(match.disk, 0);
	assert_ptr_equal(match.partition, &gpt[0].partition[0]);
	match.disk = 77;
	match.partition = NULL;
	assert_err(hm_gpt_find(gpts, 2, hm_bytes_of_text("hallmark"), &match), HM_E_PART_MISSING);
	assert_err(hm_gpt_find(gpts, 2, hm_bytes_of_text("hallmark-root2"), &match), HM_E_PART_MISSING);
	assert_err(hm_gpt_find(gpts, 2, hm_bytes_of_text("Hallmark-root"), &match), HM_E_PART_MISSING);
	/* no label is no match */
	assert_err(hm_gpt_find(gpts, 2, hm_bytes_of(NULL, 0), &match), HM_E_PART_MISSING);
	assert_err(hm_gpt_find(gpts, 1, hm_bytes_of_text("hallmark-app"), &match), HM_E_PART_MISSING);
	assert_err(hm_gpt_find(gpts, 0, hm_bytes_of_text("hallmark-root"), &match), HM_E_PART_MISSING);
	/* twice: on one disk, and on two in both orders */
	set_entry(&b, 11, 80, 90, "hallmark-app");
	assert_ok(read_image(&b, &gpt[1]));
	assert_err(hm_gpt_find(gpts, 2, hm_bytes_of_text("hallmark-app"), &match), HM_E_PART_DUPLICATE);
	set_entry(&b, 11, 80, 90, "hallmark-root");
	assert_ok(read_image(&b, &gpt[1]));
	assert_err(hm_gpt_find(gpts, 2, hm_bytes_of_text("hallmark-root"), &match), HM_E_PART_DUPLICATE);
	gpts[0] = &gpt[1];
	gpts[1] = &gpt[0];
	assert_err(hm_gpt_find(gpts, 2, hm_bytes_of_text("hallmark-root"), &match), HM_E_PART_DUPLICATE);
	assert_int_equal(match.disk, 77);
	assert_null(match.partition);
	free(a.p);
	free(b.p);
}

/* --- robustness --- */

/* Two checksums see every bit of header, rest of the sector and entries. */
static void every_bit_flipped(void **state)
{
	struct image image;
	struct hm_gpt gpt;
	size_t count = 0;

	(void)state;
	build(&image, 512);
	assert_ok(read_image(&image, &gpt));
	for (size_t bit = 8 * 512; bit < 8 * image.stored; bit++) {
		/* The middle of the table is zeros like any other zeros: every 61st bit of it will
		 * do. */
		if (bit > 8 * 2048 && bit < 8 * (image.stored - 256) && bit % 61 != 0)
			continue;
		image.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (read_image(&image, &gpt) == HM_OK)
			fail_msg("flip of bit %zu is not seen", bit);
		image.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		count++;
	}
	print_message("#! partition table flips: %zu, all refused\n", count);
	free(image.p);
}

/*
 * With checksums made good again: whatever a header says, nothing outside of the disk is read
 * (image_read asserts that) or given out.
 */
static void every_bit_flipped_and_sealed(void **state)
{
	struct image image;
	size_t accepted = 0;

	(void)state;
	build(&image, 512);
	/* The reader may ask for any part of the disk. */
	image.p = realloc(image.p, image.len);
	assert_non_null(image.p);
	memset(image.p + image.stored, 0, image.len - image.stored);
	image.stored = image.len;
	for (size_t bit = 8 * 512; bit < 8 * (1024 + 3 * 128); bit++) {
		struct hm_gpt gpt;

		image.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		seal(&image);
		if (read_image(&image, &gpt) == HM_OK) {
			accepted++;
			for (uint32_t i = 0; i < gpt.partition_count; i++) {
				assert_true(gpt.partition[i].off <= image.len);
				assert_true(gpt.partition[i].len <= image.len - gpt.partition[i].off);
			}
		}
		image.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_true(accepted > 0);
	free(image.p);
}

/* --- real tools --- */

static void crc(void **state)
{
	(void)state;
	/* The check value of CRC-32/ISO-HDLC, and gzip's of nothing. */
	assert_int_equal(hm_crc32(0, hm_bytes_of_text("123456789")), 0xcbf43926);
	assert_int_equal(hm_crc32(0, hm_bytes_of(NULL, 0)), 0);
	/* in two parts */
	assert_int_equal(hm_crc32(hm_crc32(0, hm_bytes_of_text("1234")), hm_bytes_of_text("56789")), 0xcbf43926);
}

static void guid_text(void **state)
{
	/* The type of the EFI system partition, as UEFI 2.10 has it in text and tools on the disk.
	 */
	static const uint8_t esp[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
					0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
	uint8_t in_place[16], order[16];
	char text[37] = "";

	(void)state;
	hm_guid_text(esp, text);
	assert_string_equal(text, "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
	hm_guid_text_order(esp, order);
	assert_hex(hm_bytes_of(order, 16), "c12a7328f81f11d2ba4b00a0c93ec93b");
	memcpy(in_place, esp, 16);
	hm_guid_text_order(in_place, in_place);
	assert_memory_equal(in_place, order, 16);
}

/* A table by another tool, in a file under TMPDIR; skips loudly where the tool is absent. */
static uint8_t *make_by(const char *tool, const char *command, struct image *image)
{
	char path[128], line[1024];
	struct hm_bytes content;
	uint8_t *p;

	snprintf(line, sizeof(line), "PATH=$PATH:/usr/sbin:/sbin; command -v %s >/dev/null 2>&1", tool);
	if (system(line) != 0) {
		print_error("SKIPPED: %s is not installed\n", tool);
		skip();
	}
	snprintf(path, sizeof(path), "%s/hallmark-gpt-%d.img", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp",
		 (int)getpid());
	snprintf(line, sizeof(line), "PATH=$PATH:/usr/sbin:/sbin; rm -f %s && truncate -s 8M %s && %s %s >/dev/null",
		 path, path, command, path);
	if (system(line) != 0)
		fail_msg("%s failed", tool);
	p = support_read_file(path, &content);
	remove(path);
	assert_non_null(p);
	*image = (struct image){.p = p, .stored = content.len, .len = content.len, .sector_len = 512};
	return p;
}

#define ROOT_GUID "0396ca16-1122-3344-5566-778899aabbcc"
#define TYPE_GUID "4f68bce3-e8cd-4db1-96e7-fbcaf984b709"

static void assert_tool_table(struct image *image)
{
	uint8_t data[92 + 8 + 2 * 128];
	struct hm_writer w = hm_writer_of(data, sizeof(data));
	char text[37] = "";
	struct hm_gpt gpt;

	assert_ok(read_image(image, &gpt));
	assert_int_equal(gpt.entry_count, 128);
	assert_int_equal(gpt.partition_count, 2);
	assert_int_equal(gpt.partition[0].number, 1);
	assert_int_equal(gpt.partition[0].off, 2048 * 512);
	assert_int_equal(gpt.partition[0].len, 2048 * 512);
	assert_label(&gpt.partition[0], "hallmark-root");
	hm_guid_text(gpt.partition[0].guid, text);
	assert_string_equal(text, ROOT_GUID);
	hm_guid_text(gpt.partition[0].type_guid, text);
	assert_string_equal(text, TYPE_GUID);
	assert_hex(hm_bytes_of(gpt.partition[0].guid, 4), "16ca9603");
	assert_int_equal(gpt.partition[1].number, 2);
	assert_int_equal(gpt.partition[1].off, 4096 * 512);
	assert_int_equal(gpt.partition[1].len, 1024 * 512);
	assert_label(&gpt.partition[1], "hallmark-root-verity");
	assert_ok(hm_gpt_event_data(&gpt, &w));
	assert_int_equal(w.len, sizeof(data));
}

static void table_by_sfdisk(void **state)
{
	struct image image;
	uint8_t *p = make_by("sfdisk",
			     "printf 'label: gpt\\nstart=2048, size=2048, type=" TYPE_GUID ", uuid=" ROOT_GUID
			     ", name=hallmark-root\\nstart=4096, size=1024, "
			     "name=hallmark-root-verity\\n' | sfdisk -q",
			     &image);

	(void)state;
	assert_tool_table(&image);
	free(p);
}

static void table_by_sgdisk(void **state)
{
	struct image image;
	uint8_t *p = make_by("sgdisk",
			     "sgdisk -n 1:2048:4095 -t 1:" TYPE_GUID " -u 1:" ROOT_GUID
			     " -c 1:hallmark-root -n 2:4096:5119 -c 2:hallmark-root-verity",
			     &image);

	(void)state;
	assert_tool_table(&image);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_table),
		cmocka_unit_test(header_fields),
		cmocka_unit_test(entries_fit),
		cmocka_unit_test(one_usable_sector),
		cmocka_unit_test(entry_count_respected),
		cmocka_unit_test(checksums),
		cmocka_unit_test(disk_sizes),
		cmocka_unit_test(reads_fail),
		cmocka_unit_test(huge_disk),
		cmocka_unit_test(entry_bounds),
		cmocka_unit_test(entry_overlap),
		cmocka_unit_test(entry_unused),
		cmocka_unit_test(labels),
		cmocka_unit_test(event_data),
		cmocka_unit_test(find),
		cmocka_unit_test(every_bit_flipped),
		cmocka_unit_test(every_bit_flipped_and_sealed),
		cmocka_unit_test(crc),
		cmocka_unit_test(guid_text),
		cmocka_unit_test(table_by_sfdisk),
		cmocka_unit_test(table_by_sgdisk),
	};

	return cmocka_run_group_tests_name("gpt", tests, NULL, NULL);
}
