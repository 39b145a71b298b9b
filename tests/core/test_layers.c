/* SPDX-License-Identifier: BSD-2-Clause */
/* test_layers.c - the layers file: the image's own, and every way to get it wrong */
#include "core/layers.h"

#include "tests/support/support.h"
#include "lib/crypto/hash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT "root 11 hallmark-root hallmark-root-verity / erofs -\n"
#define APP "app 13 hallmark-app hallmark-app-verity /hallmark/app erofs nodev,nosuid\n"
#define WEIGHTS \
	"weights 14 hallmark-weights hallmark-weights-verity /hallmark/weights erofs " \
	"nodev,nosuid,noexec\n"

static enum hm_err parse(const char *text, struct hm_layers *ret, uint32_t *ret_line)
{
	return hm_layers_parse(hm_bytes_of_text(text), ret, ret_line);
}

static void good_file(void **state)
{
	struct hm_layers layers;
	uint32_t line = 77;

	(void)state;
	assert_ok(parse(ROOT APP WEIGHTS, &layers, &line));
	assert_int_equal(line, 77);
	assert_int_equal(layers.count, 3);
	assert_true(hm_bytes_equal_text(layers.layer[0].name, "root"));
	assert_int_equal(layers.layer[0].pcr, 11);
	assert_true(hm_bytes_equal_text(layers.layer[0].data_label, "hallmark-root"));
	assert_true(hm_bytes_equal_text(layers.layer[0].hash_label, "hallmark-root-verity"));
	assert_true(hm_bytes_equal_text(layers.layer[0].mount_point, "/"));
	assert_true(hm_bytes_equal_text(layers.layer[0].fstype, "erofs"));
	assert_int_equal(layers.layer[0].options, 0);
	assert_int_equal(layers.layer[1].pcr, 13);
	assert_true(hm_bytes_equal_text(layers.layer[1].mount_point, "/hallmark/app"));
	assert_int_equal(layers.layer[1].options, HM_MOUNT_NODEV | HM_MOUNT_NOSUID);
	assert_int_equal(layers.layer[2].pcr, 14);
	assert_true(hm_bytes_equal_text(layers.layer[2].name, "weights"));
	assert_int_equal(layers.layer[2].options, HM_MOUNT_NODEV | HM_MOUNT_NOSUID | HM_MOUNT_NOEXEC);
}

/* The file that the image is built with. */
static void image_file(void **state)
{
	const char *source = getenv("HALLMARK_SRC");
	struct hm_layers layers;
	struct hm_bytes content;
	uint32_t line = 0;
	char path[512];
	uint8_t *p;

	(void)state;
	snprintf(path, sizeof(path), "%s/image/layers/default", source ? source : ".");
	p = support_read_file(path, &content);
	if (!p)
		fail_msg("%s cannot be read", path);
	assert_ok(hm_layers_parse(content, &layers, &line));
	assert_true(layers.count > 0);
	free(p);
}

static void good_forms(void **state)
{
	static const char *const files[] = {
		ROOT,
		"r 11 a b / squashfs -\n",
		"r 12 a b / ext4 noexec\n",
		"r 14 a b / ext4 noexec,nodev,nosuid\n",
		"abcdefghijklmnopqrstuvwxyz-01234 13 A.b_c-9 abcdefghijklmnopqrstuvwxyz0123456789 "
		"/ erofs -\n",
		ROOT "x 13 a b /x erofs -\n",
		ROOT "x 13 a b /.x erofs -\n",
		ROOT "x 13 a b /..x/x.. erofs -\n",
		ROOT "x 13 a b /... erofs -\n",
		ROOT "x 13 a b /a/b/c/d-e_f.g/Z9 erofs -\n",
		/* in memory */
		"r 11 a - / erofs -\n",
		ROOT "x 13 a - /x erofs -\n"
		     "y 14 c - /y erofs nodev,noexec\n",
		ROOT "x 13 a -- /x ext4 -\n",
		ROOT "x 11 a b /a erofs -\n"
		     "y 11 c d /a/b erofs -\n",
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, files, files[i]); i++) {
		struct hm_layers layers;
		uint32_t line = 0;

		if (parse(files[i], &layers, &line))
			print_error("file: %s", files[i]);
		assert_ok(parse(files[i], &layers, &line));
	}
}

static const struct {
	const char *file;
	enum hm_err err;
	uint32_t line;
} bad_files[] = {
	{"", HM_E_LAYERS_EMPTY, 1},
	/* lines */
	{"\n", HM_E_LAYERS_NEWLINE, 1},
	{ROOT "\n", HM_E_LAYERS_NEWLINE, 2},
	{"\n" ROOT, HM_E_LAYERS_NEWLINE, 1},
	{ROOT "\n" APP, HM_E_LAYERS_NEWLINE, 2},
	{"root 11 a b / erofs -", HM_E_LAYERS_NEWLINE, 1},
	{ROOT "app 13 c d /app erofs -", HM_E_LAYERS_NEWLINE, 2},
	{ROOT "#", HM_E_LAYERS_NEWLINE, 2},
	{ROOT "# a comment\n", HM_E_LAYERS_SYNTAX, 2},
	/* fields */
	{"root\n", HM_E_LAYERS_SYNTAX, 1},
	{"root 11 a b / erofs\n", HM_E_LAYERS_SYNTAX, 1},
	{"root 11 a b / erofs - more\n", HM_E_LAYERS_SYNTAX, 1},
	{"root 11 a b / erofs - \n", HM_E_LAYERS_SYNTAX, 1},
	{ROOT "app 13 a b /app\n", HM_E_LAYERS_SYNTAX, 2},
	{" root 11 a b / erofs -\n", HM_E_LAYERS_SYNTAX, 1},
	{"root  11 a b / erofs -\n", HM_E_LAYERS_SYNTAX, 1},
	{"root\t11\ta\tb\t/\terofs\t-\n", HM_E_LAYERS_SYNTAX, 1},
	/* name */
	{" 11 a b / erofs -\n", HM_E_LAYERS_NAME, 1},
	{"Root 11 a b / erofs -\n", HM_E_LAYERS_NAME, 1},
	{"ro_ot 11 a b / erofs -\n", HM_E_LAYERS_NAME, 1},
	{"abcdefghijklmnopqrstuvwxyz-012345 11 a b / erofs -\n", HM_E_LAYERS_NAME, 1},
	{"ro\"t 11 a b / erofs -\n", HM_E_LAYERS_NAME, 1},
	/* register */
	{"root 0 a b / erofs -\n", HM_E_LAYERS_PCR, 1},
	{"root 10 a b / erofs -\n", HM_E_LAYERS_PCR, 1},
	{"root 15 a b / erofs -\n", HM_E_LAYERS_PCR, 1},
	{"root 23 a b / erofs -\n", HM_E_LAYERS_PCR, 1},
	{"root 011 a b / erofs -\n", HM_E_LAYERS_PCR, 1},
	{"root 0xb a b / erofs -\n", HM_E_LAYERS_PCR, 1},
	{"root -11 a b / erofs -\n", HM_E_LAYERS_PCR, 1},
	{"root  a b / erofs -\n", HM_E_LAYERS_PCR, 1},
	{"root 4294967307 a b / erofs -\n", HM_E_LAYERS_PCR, 1},	   /* 2^32 + 11 */
	{"root 18446744073709551627 a b / erofs -\n", HM_E_LAYERS_PCR, 1}, /* 2^64 + 11 */
	/* labels */
	{"root 11  b / erofs -\n", HM_E_LAYERS_LABEL, 1},
	{"root 11 a  / erofs -\n", HM_E_LAYERS_LABEL, 1},
	{"root 11 a/b c / erofs -\n", HM_E_LAYERS_LABEL, 1},
	{"root 11 a b*c / erofs -\n", HM_E_LAYERS_LABEL, 1},
	{"root 11 \xc3\xa4 b / erofs -\n", HM_E_LAYERS_LABEL, 1},
	{"root 11 abcdefghijklmnopqrstuvwxyz01234567890 b / erofs -\n", HM_E_LAYERS_LABEL, 1},
	{"root 11 a abcdefghijklmnopqrstuvwxyz01234567890 / erofs -\n", HM_E_LAYERS_LABEL, 1},
	{"root 11 - b / erofs -\n", HM_E_LAYERS_LABEL, 1},
	{"root 11 - - / erofs -\n", HM_E_LAYERS_LABEL, 1},
	/* in memory */
	{ROOT "x 13 a - /x squashfs -\n", HM_E_LAYERS_RAM_FSTYPE, 2},
	{ROOT "x 13 a - /x ext4 -\n", HM_E_LAYERS_RAM_FSTYPE, 2},
	{ROOT "x 13 a - /x xfs -\n", HM_E_LAYERS_FSTYPE, 2},
	{ROOT "x 13 a - /x erofs rw\n", HM_E_LAYERS_OPTIONS, 2},
	{ROOT "x 13 a - /x erofs -\ny 13 a - /y erofs -\n", HM_E_LAYERS_DUPLICATE, 3},
	{ROOT "x 13 hallmark-root - /x erofs -\n", HM_E_LAYERS_DUPLICATE, 2},
	{ROOT "x 13 a - /x erofs -\ny 13 b a /y erofs -\n", HM_E_LAYERS_DUPLICATE, 3},
	/* mount point */
	{ROOT "x 13 a b x erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b  erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b // erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b /x/ erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b //x erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b /x//y erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b /. erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b /.. erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b /x/../etc erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b /x/.. erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b /x\\y erofs -\n", HM_E_LAYERS_MOUNT, 2},
	{ROOT "x 13 a b /x:y erofs -\n", HM_E_LAYERS_MOUNT, 2},
	/* file system */
	{"root 11 a b /  -\n", HM_E_LAYERS_FSTYPE, 1},
	{"root 11 a b / xfs -\n", HM_E_LAYERS_FSTYPE, 1},
	{"root 11 a b / EROFS -\n", HM_E_LAYERS_FSTYPE, 1},
	{"root 11 a b / ext -\n", HM_E_LAYERS_FSTYPE, 1},
	{"root 11 a b / ext4x -\n", HM_E_LAYERS_FSTYPE, 1},
	/* options */
	{"root 11 a b / erofs \n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs rw\n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs ro\n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs nodev,\n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs ,nodev\n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs nodev,,nosuid\n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs nodev,nodev\n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs -,nodev\n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs NODEV\n", HM_E_LAYERS_OPTIONS, 1},
	{"root 11 a b / erofs -\r\n", HM_E_LAYERS_OPTIONS, 1},
	/* the root layer */
	{"root 11 a b /root erofs -\n", HM_E_LAYERS_ROOT, 1},
	{APP ROOT, HM_E_LAYERS_ROOT, 1},
	{ROOT "x 13 a b / erofs -\n", HM_E_LAYERS_ROOT, 2},
	/* twice */
	{ROOT "root 13 a b /x erofs -\n", HM_E_LAYERS_DUPLICATE, 2},
	{ROOT APP "x 13 a b /hallmark/app erofs -\n", HM_E_LAYERS_DUPLICATE, 3},
	{ROOT "x 13 hallmark-root b /x erofs -\n", HM_E_LAYERS_DUPLICATE, 2},
	{ROOT "x 13 a hallmark-root /x erofs -\n", HM_E_LAYERS_DUPLICATE, 2},
	{ROOT "x 13 hallmark-root-verity b /x erofs -\n", HM_E_LAYERS_DUPLICATE, 2},
	{ROOT "x 13 a hallmark-root-verity /x erofs -\n", HM_E_LAYERS_DUPLICATE, 2},
	{"root 11 a a / erofs -\n", HM_E_LAYERS_DUPLICATE, 1},
	/* the first error is the one that is named */
	{ROOT "x 15 a b /x erofs -\n"
	      "y 99\n",
	 HM_E_LAYERS_PCR, 2},
};

static void bad_file(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad_files, bad_files[i].file); i++) {
		struct hm_layers layers, before;
		uint32_t line = 0;

		memset(&layers, 0x5a, sizeof(layers));
		memcpy(&before, &layers, sizeof(layers));
		assert_err(parse(bad_files[i].file, &layers, &line), bad_files[i].err);
		assert_int_equal(line, bad_files[i].line);
		assert_memory_equal(&layers, &before, sizeof(layers));
	}
}

/* A layer in memory has no second label; its size is bounded, from 1 byte to the limit. */
static void ram_layers(void **state)
{
	static const struct {
		uint64_t len;
		enum hm_err err;
	} cases[] = {
		{0, HM_E_LAYERS_RAM_SIZE},
		{1, HM_OK},
		{HM_LAYERS_RAM_MAX, HM_OK},
		{HM_LAYERS_RAM_MAX + 1u, HM_E_LAYERS_RAM_SIZE},
		{(UINT64_C(1) << 32) + 1, HM_E_LAYERS_RAM_SIZE},
		{UINT64_MAX, HM_E_LAYERS_RAM_SIZE},
	};
	struct hm_layers layers;
	uint32_t line = 0;

	(void)state;
	assert_ok(parse(ROOT "x 13 a - /x erofs nodev\n", &layers, &line));
	assert_false(layers.layer[0].ram);
	assert_true(layers.layer[1].ram);
	assert_true(hm_bytes_equal_text(layers.layer[1].data_label, "a"));
	assert_int_equal(layers.layer[1].hash_label.len, 0);
	assert_int_equal(layers.layer[1].options, HM_MOUNT_NODEV);
	for (size_t i = 0; ROW(i, cases); i++)
		assert_err(hm_layers_ram_check(cases[i].len), cases[i].err);
}

/* FIPS 180-2, appendix B.1: the digest of "abc". */
static void ram_record(void **state)
{
	static const char want[] = "hallmark-layer/1 name=x type=ram size=3 sha256="
				   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	struct hm_record record, before;
	struct hm_layers layers;
	uint8_t text[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(text, sizeof(text));
	uint32_t line = 0;

	(void)state;
	assert_ok(parse(ROOT "x 13 a - /x erofs -\n", &layers, &line));
	memset(&record, 0x5a, sizeof(record));
	memcpy(&before, &record, sizeof(record));
	assert_err(hm_layers_ram_record(&layers.layer[1], hm_bytes_of("", 0), &hm_crypto_hasher, &record),
		   HM_E_LAYERS_RAM_SIZE);
	assert_memory_equal(&record, &before, sizeof(record));
	layers.layer[0].name = hm_bytes_of_text("not a name");
	assert_err(hm_layers_ram_record(&layers.layer[0], hm_bytes_of("abc", 3), &hm_crypto_hasher, &record),
		   HM_E_LAYERS_NAME);
	assert_memory_equal(&record, &before, sizeof(record));
	assert_ok(hm_layers_ram_record(&layers.layer[1], hm_bytes_of("abc", 3), &hm_crypto_hasher, &record));
	assert_ok(hm_record_format(&record, &w));
	assert_true(hm_bytes_equal_text(hm_writer_bytes(&w), want));
}

/* A disk in memory that notes what is read of it. */
struct disk {
	uint8_t bytes[3 * 4096];
	unsigned int reads;
	uint64_t off;
	size_t len;
	enum hm_err err;
};

static enum hm_err disk_read(void *ctx, uint64_t off, void *buf, size_t len)
{
	struct disk *disk = ctx;

	disk->reads++;
	disk->off = off;
	disk->len = len;
	if (disk->err)
		return disk->err;
	assert_true(off <= sizeof(disk->bytes) && len <= sizeof(disk->bytes) - off);
	memcpy(buf, disk->bytes + off, len);
	return HM_OK;
}

#define HASH_OFF 4096u

/* `veritysetup format --salt 00ff` of one block: the tree has no block of its own, its root stands in the GUIDs. */
static void disk_init(struct disk *disk)
{
	static const uint8_t start[] = {'v', 'e', 'r', 'i', 't', 'y', 0, 0, 1, 0, 0, 0, 1};
	static const uint8_t sizes[] = {0, 0x10, 0, 0, 0, 0x10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0};

	memset(disk, 0, sizeof(*disk));
	memcpy(disk->bytes + HASH_OFF, start, sizeof(start));
	memcpy(disk->bytes + HASH_OFF + 32, "sha256", 6);
	memcpy(disk->bytes + HASH_OFF + 64, sizes, sizeof(sizes));
	disk->bytes[HASH_OFF + 89] = 0xff;
}

static const struct hm_gpt_partition data_partition = {
	.len = 4096,
	/* 00112233-4455-6677-8899-aabbccddeeff: a GUID stores its first three fields in little-endian order. */
	.guid = {0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff},
};
static const struct hm_gpt_partition hash_partition = {
	.off = HASH_OFF,
	.len = 2 * 4096,
	.guid = {0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff},
};

static void verity_record(void **state)
{
	static const char want[] =
		"hallmark-layer/1 name=x type=dm-verity hash-type=1 hash=sha256 data-block-size=4096 "
		"hash-block-size=4096 data-blocks=1 hash-offset=4096 salt=00ff root="
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	const struct hm_layer layer = {.name = hm_bytes_of_text("x")};
	uint8_t text[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(text, sizeof(text));
	struct hm_record record;
	struct disk disk;
	const struct hm_disk view = {.ctx = &disk, .read = disk_read, .len = sizeof(disk.bytes), .sector_len = 512};

	(void)state;
	disk_init(&disk);
	assert_ok(hm_layers_verity_record(&layer, &data_partition, &hash_partition, &view, &record));
	assert_ok(hm_record_format(&record, &w));
	assert_true(hm_bytes_equal_text(hm_writer_bytes(&w), want));
	/* The host may answer the next read otherwise: there is none. */
	assert_int_equal(disk.reads, 1);
	assert_int_equal(disk.off, HASH_OFF);
	assert_int_equal(disk.len, HM_VERITY_SUPERBLOCK_LEN);
}

/* Each guard, what it refuses, and whether the disk was read before it. */
static void verity_record_refused(void **state)
{
	static const struct {
		const char *what;
		const char *name;
		uint64_t data_len, hash_len;
		enum hm_err disk_err;
		uint8_t flip; /* of the signature */
		enum hm_err err;
		unsigned int reads;
	} cases[] = {
		{"hash partition ends in the superblock", "x", 4096, 511, HM_OK, 0, HM_E_VERITY_HASH_SHORT, 0},
		{"hash partition of nothing", "x", 4096, 0, HM_OK, 0, HM_E_VERITY_HASH_SHORT, 0},
		{"hash partition ends after the superblock", "x", 4096, 512, HM_OK, 0, HM_E_VERITY_HASH_SHORT, 1},
		{"data partition of nothing", "x", 0, 8192, HM_OK, 0, HM_E_VERITY_DATA_SHORT, 1},
		{"no name", "", 4096, 8192, HM_OK, 0, HM_E_LAYERS_NAME, 0},
		{"a name with other characters", "x y", 4096, 8192, HM_OK, 0, HM_E_LAYERS_NAME, 0},
		{"a name of 33 characters", "abcdefghijklmnopqrstuvwxyz0123456", 4096, 8192, HM_OK, 0, HM_E_LAYERS_NAME,
		 0},
		{"a disk that fails", "x", 4096, 8192, HM_E_IO, 0, HM_E_IO, 1},
		{"a disk that ends", "x", 4096, 8192, HM_E_SHORT_READ, 0, HM_E_SHORT_READ, 1},
		{"no superblock", "x", 4096, 8192, HM_OK, 1, HM_E_VERITY_SIGNATURE, 1},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].name); i++) {
		const struct hm_layer layer = {.name = hm_bytes_of_text(cases[i].name)};
		struct hm_gpt_partition data = data_partition, hash = hash_partition;
		struct hm_record record, before;
		struct disk disk;
		const struct hm_disk view = {.ctx = &disk, .read = disk_read, .len = sizeof(disk.bytes)};
		enum hm_err err;

		disk_init(&disk);
		disk.err = cases[i].disk_err;
		disk.bytes[HASH_OFF] ^= cases[i].flip;
		data.len = cases[i].data_len;
		hash.len = cases[i].hash_len;
		memset(&record, 0x5a, sizeof(record));
		memcpy(&before, &record, sizeof(record));
		err = hm_layers_verity_record(&layer, &data, &hash, &view, &record);
		assert_err(err, cases[i].err);
		assert_int_equal(disk.reads, cases[i].reads);
		assert_memory_equal(&record, &before, sizeof(record));
	}
}

/* A NUL in the file ends nothing. */
static void nul_byte(void **state)
{
	static const char text[] = ROOT "x 13 a b /x erofs -\0\n";
	struct hm_layers layers;
	uint32_t line = 0;

	(void)state;
	assert_err(hm_layers_parse(hm_bytes_of(text, sizeof(text) - 1), &layers, &line), HM_E_LAYERS_OPTIONS);
	assert_int_equal(line, 2);
}

static size_t put_lines(char *text, size_t cap, size_t count)
{
	size_t len = (size_t)snprintf(text, cap, "%s", ROOT);

	for (size_t i = 1; i < count; i++)
		len += (size_t)snprintf(text + len, cap - len, "x%zu 13 a%zu b%zu /x%zu erofs -\n", i, i, i, i);
	return len;
}

static void line_count(void **state)
{
	struct hm_layers layers;
	uint32_t line = 0;
	char text[4096];

	(void)state;
	put_lines(text, sizeof(text), 32);
	assert_ok(parse(text, &layers, &line));
	assert_int_equal(layers.count, 32);
	put_lines(text, sizeof(text), 33);
	assert_err(parse(text, &layers, &line), HM_E_LAYERS_COUNT);
	assert_int_equal(line, 33);
}

static void file_length(void **state)
{
	char *text = malloc(HM_LAYERS_FILE_MAX + 1);
	static const char head[] = ROOT "x 13 a b /", tail[] = " erofs -\n";
	struct hm_layers layers;
	uint32_t line = 0;

	(void)state;
	assert_non_null(text);
	for (size_t len = HM_LAYERS_FILE_MAX; len <= HM_LAYERS_FILE_MAX + 1; len++) {
		memset(text, 'm', len);
		memcpy(text, head, sizeof(head) - 1);
		memcpy(text + len - (sizeof(tail) - 1), tail, sizeof(tail) - 1);
		assert_err(hm_layers_parse(hm_bytes_of(text, len), &layers, &line),
			   len == HM_LAYERS_FILE_MAX ? HM_OK : HM_E_LAYERS_COUNT);
	}
	free(text);
}

/* A changed file is seen in the initrd's measurement; here it must only never be misread. */
static void every_mutant(void **state)
{
	static const char text[] = ROOT APP WEIGHTS;
	size_t len = sizeof(text) - 1, refused = 0, accepted = 0;
	struct hm_layers layers;

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		char *p = malloc(cut ? cut : 1);
		uint32_t line = 0;
		enum hm_err err;

		assert_non_null(p);
		memcpy(p, text, cut);
		err = hm_layers_parse(hm_bytes_of(p, cut), &layers, &line);
		if (cut == strlen(ROOT) || cut == strlen(ROOT APP))
			assert_ok(err);
		else
			assert_err(err, cut ? HM_E_LAYERS_NEWLINE : HM_E_LAYERS_EMPTY);
		free(p);
	}
	for (size_t bit = 0; bit < 8 * len; bit++) {
		char *p = malloc(len);
		uint32_t line = 0;

		assert_non_null(p);
		memcpy(p, text, len);
		p[bit / 8] ^= (char)(1u << bit % 8);
		if (hm_layers_parse(hm_bytes_of(p, len), &layers, &line)) {
			assert_true(line >= 1 && line <= 3);
			refused++;
		} else {
			assert_int_equal(layers.count, 3);
			accepted++;
		}
		free(p);
	}
	print_message("#! layers file flips: %zu refused, %zu are another valid file\n", refused, accepted);
	assert_true(refused > accepted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_file),	 cmocka_unit_test(image_file),
		cmocka_unit_test(good_forms),	 cmocka_unit_test(bad_file),
		cmocka_unit_test(ram_layers),	 cmocka_unit_test(ram_record),
		cmocka_unit_test(nul_byte),	 cmocka_unit_test(line_count),
		cmocka_unit_test(file_length),	 cmocka_unit_test(every_mutant),
		cmocka_unit_test(verity_record), cmocka_unit_test(verity_record_refused),
	};

	return cmocka_run_group_tests_name("layers", tests, NULL, NULL);
}
