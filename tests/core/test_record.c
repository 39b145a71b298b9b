/* SPDX-License-Identifier: BSD-2-Clause */
/* test_record.c - records and the runtime log: one canonical form, everything else refused */
#include "core/record.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX64 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define LAYER_HEAD "hallmark-layer/1 name=root type=dm-verity hash-type=1 hash=sha256"
#define LAYER_LINE \
	LAYER_HEAD \
	" data-block-size=4096 hash-block-size=4096 data-blocks=131072 hash-offset=4096" \
	" salt=00ff root=" HEX64
#define RAM_LINE "hallmark-layer/1 name=config type=ram size=1234 sha256=" HEX64
#define LOCK_LINE "hallmark-lock/1 layers=3"
#define TLS_LINE "hallmark-tls/1 spki-sha256=" HEX64
#define FAIL_LINE "hallmark-fail/1 stage=verity"

static const char *const good_lines[] = {
	LAYER_LINE,
	LAYER_HEAD " data-block-size=4096 hash-block-size=4096 data-blocks=1 hash-offset=4096 "
		   "salt=- root=" HEX64,
	"hallmark-layer/1 name=a-very-long-name-of-32-characte type=ram size=18446744073709551615 "
	"sha256=" HEX64,
	RAM_LINE,
	LOCK_LINE,
	"hallmark-lock/1 layers=1",
	"hallmark-lock/1 layers=32",
	TLS_LINE,
	"hallmark-fail/1 stage=stub",
	"hallmark-fail/1 stage=mount",
	"hallmark-fail/1 stage=modules",
	"hallmark-fail/1 stage=tpm",
	"hallmark-fail/1 stage=cmdline",
	"hallmark-fail/1 stage=layers",
	"hallmark-fail/1 stage=disk",
	"hallmark-fail/1 stage=superblock",
	"hallmark-fail/1 stage=record",
	"hallmark-fail/1 stage=extend",
	"hallmark-fail/1 stage=verity",
	"hallmark-fail/1 stage=filesystem",
	"hallmark-fail/1 stage=writable",
	"hallmark-fail/1 stage=lock",
	"hallmark-fail/1 stage=switch",
};

static enum hm_err parse(const char *line, struct hm_record *ret)
{
	return hm_record_parse(hm_bytes_of_text(line), ret);
}

static void assert_line(const struct hm_record *record, const char *want)
{
	uint8_t buf[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));

	assert_ok(hm_record_format(record, &w));
	assert_int_equal(w.len, strlen(want));
	assert_memory_equal(buf, want, w.len);
}

/* --- format --- */

static struct hm_record layer(void)
{
	struct hm_record record = {.kind = HM_RECORD_LAYER, .name_len = 4, .name = "root"};

	record.verity = (struct hm_verity){.data_block_len = 4096,
					   .hash_block_len = 4096,
					   .data_blocks = 131072,
					   .hash_off = 4096,
					   .salt_len = 2,
					   .salt = {0x00, 0xff}};
	for (uint8_t i = 0; i < 32; i++)
		record.verity.root[i] = record.sha256[i] = i;
	return record;
}

static void format_each_kind(void **state)
{
	struct hm_record r = layer();

	(void)state;
	assert_line(&r, LAYER_LINE);
	r.verity.salt_len = 0;
	r.verity.data_blocks = 1;
	assert_line(&r, good_lines[1]);
	r.kind = HM_RECORD_RAM;
	r.size = 1234;
	r.name_len = 6;
	memcpy(r.name, "config", 6);
	assert_line(&r, RAM_LINE);
	r.kind = HM_RECORD_LOCK;
	r.layers = 3;
	assert_line(&r, LOCK_LINE);
	r.kind = HM_RECORD_TLS;
	assert_line(&r, TLS_LINE);
}

static void format_stages(void **state)
{
	(void)state;
	for (enum hm_stage stage = 0; stage < HM_STAGE_COUNT; stage++) {
		uint8_t buf[64];
		char want[64];
		struct hm_writer w = hm_writer_of(buf, sizeof(buf));
		struct hm_record record = hm_record_of_stage(stage);

		assert_ok(hm_record_format(&record, &w));
		snprintf(want, sizeof(want), "hallmark-fail/1 stage=%s", hm_stage_word(stage));
		assert_int_equal(w.len, strlen(want));
		assert_memory_equal(buf, want, w.len);
		assert_ok(hm_record_parse(hm_writer_bytes(&w), &record));
		assert_int_equal(record.kind, HM_RECORD_FAIL);
	}
	assert_int_equal(HM_STAGE_COUNT, 15);
	assert_string_equal(hm_stage_word(HM_STAGE_SWITCH), "switch");
}

static void format_no_stage(void **state)
{
	uint8_t buf[64];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_record record = hm_record_of_stage(HM_STAGE_COUNT);

	(void)state;
	assert_err(hm_record_format(&record, &w), HM_E_RECORD_VALUE);
	record = hm_record_of_stage((enum hm_stage)1000);
	assert_err(hm_record_format(&record, &w), HM_E_RECORD_VALUE);
	assert_int_equal(w.len, 0);
}

/* The longest record there can be fits the limit, hence no real record can be cut. */
static void format_longest(void **state)
{
	uint8_t buf[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_record r = layer(), back;

	(void)state;
	r.name_len = 32;
	memset(r.name, 'n', 32);
	r.verity.data_blocks = HM_VERITY_DATA_BLOCKS_MAX;
	r.verity.salt_len = HM_VERITY_SALT_MAX;
	memset(r.verity.salt, 0xab, HM_VERITY_SALT_MAX);
	assert_ok(hm_record_format(&r, &w));
	assert_ok(hm_record_parse(hm_writer_bytes(&w), &back));
	assert_int_equal(back.verity.salt_len, 256);
	assert_memory_equal(back.verity.salt, r.verity.salt, 256);
	assert_true(back.verity.data_blocks == HM_VERITY_DATA_BLOCKS_MAX);
}

static void format_impossible(void **state)
{
	uint8_t buf[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_record r;

	(void)state;
#define REFUSED(change) \
	do { \
		r = layer(); \
		change; \
		assert_err(hm_record_format(&r, &w), HM_E_RECORD_VALUE); \
		assert_int_equal(w.len, 0); \
	} while (0)
	REFUSED(r.name_len = 0);
	REFUSED(r.name_len = 33);
	REFUSED(r.name_len = 255);
	REFUSED(r.name[0] = 'R');
	REFUSED(r.name[3] = ' ');
	REFUSED(r.name[3] = '\0');
	REFUSED(r.verity.data_block_len = 512);
	REFUSED(r.verity.hash_block_len = 1024);
	REFUSED(r.verity.data_blocks = 0);
	REFUSED(r.verity.data_blocks = HM_VERITY_DATA_BLOCKS_MAX + 1);
	REFUSED(r.verity.data_blocks = UINT64_MAX);
	REFUSED(r.verity.hash_off = 0);
	REFUSED(r.verity.hash_off = 8192);
	REFUSED(r.verity.salt_len = 257);
	REFUSED((r.kind = HM_RECORD_RAM, r.size = 0));
	REFUSED((r.kind = HM_RECORD_LOCK, r.layers = 0));
	REFUSED((r.kind = HM_RECORD_LOCK, r.layers = 33));
	REFUSED(r.kind = HM_RECORD_FAIL); /* "root" is no stage */
	REFUSED(r.kind = (enum hm_record_kind)99);
#undef REFUSED
}

static void format_buffer(void **state)
{
	uint8_t buf[HM_RECORD_MAX];
	struct hm_record r = layer();
	size_t len = strlen(LAYER_LINE);

	(void)state;
	for (size_t cap = 0; cap < len; cap++) {
		struct hm_writer w = hm_writer_of(buf, cap);

		assert_err(hm_record_format(&r, &w), HM_E_BUFFER);
		assert_int_equal(w.len, 0);
	}
}

/* --- parse --- */

static void parse_good(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, good_lines, good_lines[i]); i++) {
		struct hm_record record;

		assert_ok(parse(good_lines[i], &record));
		assert_line(&record, good_lines[i]);
	}
}

static void parse_layer_fields(void **state)
{
	struct hm_record want = layer(), got;

	(void)state;
	assert_ok(parse(LAYER_LINE, &got));
	assert_int_equal(got.kind, HM_RECORD_LAYER);
	assert_int_equal(got.name_len, 4);
	assert_memory_equal(got.name, "root", 4);
	assert_int_equal(got.verity.data_block_len, 4096);
	assert_int_equal(got.verity.hash_block_len, 4096);
	assert_int_equal(got.verity.data_blocks, 131072);
	assert_int_equal(got.verity.hash_off, 4096);
	assert_int_equal(got.verity.salt_len, 2);
	assert_memory_equal(got.verity.salt, want.verity.salt, HM_VERITY_SALT_MAX);
	assert_memory_equal(got.verity.root, want.verity.root, 32);
	assert_ok(parse(RAM_LINE, &got));
	assert_int_equal(got.kind, HM_RECORD_RAM);
	assert_int_equal(got.size, 1234);
	assert_memory_equal(got.sha256, want.sha256, 32);
	assert_ok(parse(LOCK_LINE, &got));
	assert_int_equal(got.kind, HM_RECORD_LOCK);
	assert_int_equal(got.layers, 3);
	assert_ok(parse(TLS_LINE, &got));
	assert_int_equal(got.kind, HM_RECORD_TLS);
	assert_memory_equal(got.sha256, want.sha256, 32);
	assert_ok(parse(FAIL_LINE, &got));
	assert_int_equal(got.kind, HM_RECORD_FAIL);
	assert_int_equal(got.name_len, 6);
	assert_memory_equal(got.name, "verity", 6);
}

#define TAIL " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt=- root=" HEX64
#define DATA_SIZE LAYER_HEAD " data-block-size=4096"

static const struct {
	const char *line;
	enum hm_err err;
} bad_lines[] = {
	{"", HM_E_RECORD_LENGTH},
	/* type and version */
	{" ", HM_E_RECORD_TYPE},
	{"hallmark-layer/2 name=root", HM_E_RECORD_TYPE},
	{"hallmark-layer/0 name=root", HM_E_RECORD_TYPE},
	{"hallmark-layer name=root", HM_E_RECORD_TYPE},
	{"Hallmark-lock/1 layers=3", HM_E_RECORD_TYPE},
	{" hallmark-lock/1 layers=3", HM_E_RECORD_TYPE},
	{"hallmark-lock/1\tlayers=3", HM_E_RECORD_TYPE},
	{"hallmark-lock/11 layers=3", HM_E_RECORD_TYPE},
	{"hallmark-config/1 layers=3", HM_E_RECORD_TYPE},
	{"hallmark-layer/1 name=root type=dm-crypt", HM_E_RECORD_TYPE},
	{"hallmark-layer/1 name=root type=", HM_E_RECORD_TYPE},
	{"hallmark-layer/1 name=root type=RAM size=1 sha256=" HEX64, HM_E_RECORD_TYPE},
	/* fields */
	{"hallmark-lock/1", HM_E_RECORD_FIELD},
	{"hallmark-lock/1 ", HM_E_RECORD_FIELD},
	{"hallmark-lock/1  layers=3", HM_E_RECORD_FIELD},
	{"hallmark-lock/1 layers=3 ", HM_E_RECORD_FIELD},
	{"hallmark-lock/1 layers=3 layers=3", HM_E_RECORD_FIELD},
	{"hallmark-lock/1 layers", HM_E_RECORD_FIELD},
	{"hallmark-lock/1 Layers=3", HM_E_RECORD_FIELD},
	{"hallmark-lock/1 layer=3", HM_E_RECORD_FIELD},
	{"hallmark-layer/1 type=ram name=config size=1234 sha256=" HEX64, HM_E_RECORD_FIELD},
	{"hallmark-layer/1 name=config type=ram sha256=" HEX64 " size=1234", HM_E_RECORD_FIELD},
	{"hallmark-layer/1 name=config type=ram size=1234", HM_E_RECORD_FIELD},
	{RAM_LINE " extra=1", HM_E_RECORD_FIELD},
	{LAYER_LINE " ", HM_E_RECORD_FIELD},
	{LAYER_LINE " root=" HEX64, HM_E_RECORD_FIELD},
	{DATA_SIZE " data-blocks=8 hash-offset=4096 salt=- root=" HEX64, HM_E_RECORD_FIELD},
	{TLS_LINE " " TLS_LINE, HM_E_RECORD_FIELD},
	/* values */
	{"hallmark-lock/1 layers=", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=0", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=03", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=+3", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=-3", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=0x3", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=3.0", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=33", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=18446744073709551619", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=3\n", HM_E_RECORD_VALUE},
	{"hallmark-lock/1 layers=3\r", HM_E_RECORD_VALUE},
	{"hallmark-fail/1 stage=", HM_E_RECORD_VALUE},
	{"hallmark-fail/1 stage=boot", HM_E_RECORD_VALUE},
	{"hallmark-fail/1 stage=Verity", HM_E_RECORD_VALUE},
	{"hallmark-fail/1 stage=unknown", HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name= type=ram size=1234 sha256=" HEX64, HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=Config type=ram size=1234 sha256=" HEX64, HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=con_fig type=ram size=1234 sha256=" HEX64, HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=abcdefghijklmnopqrstuvwxyzabcdefg type=ram size=1 sha256=" HEX64, HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=config type=ram size=0 sha256=" HEX64, HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=config type=ram size=01 sha256=" HEX64, HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=config type=ram size=18446744073709551616 sha256=" HEX64, HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=config type=ram size=1 sha256=" HEX64 "0", HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=config type=ram size=1 sha256=" HEX64 "00", HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=config type=ram size=1 sha256=00", HM_E_RECORD_VALUE},
	{"hallmark-tls/1 "
	 "spki-sha256=000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f",
	 HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=root type=dm-verity hash-type=0 hash=sha256 "
	 "data-block-size=4096" TAIL,
	 HM_E_RECORD_VALUE},
	{"hallmark-layer/1 name=root type=dm-verity hash-type=1 hash=sha512 "
	 "data-block-size=4096" TAIL,
	 HM_E_RECORD_VALUE},
	{LAYER_HEAD " data-block-size=512" TAIL, HM_E_RECORD_VALUE},
	{LAYER_HEAD " data-block-size=4294971392" TAIL, HM_E_RECORD_VALUE}, /* 2^32 + 4096 */
	{DATA_SIZE " hash-block-size=512 data-blocks=8 hash-offset=4096 salt=- root=" HEX64, HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=0 hash-offset=4096 salt=- root=" HEX64, HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=2251799813685248 hash-offset=4096 salt=- root=" HEX64,
	 HM_E_RECORD_VALUE}, /* 2^51 */
	{DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=0 salt=- root=" HEX64, HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=8192 salt=- root=" HEX64, HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt= root=" HEX64, HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt=0 root=" HEX64, HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt=-- root=" HEX64, HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt=0G root=" HEX64, HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt=- root=00", HM_E_RECORD_VALUE},
	{DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt=- root=-", HM_E_RECORD_VALUE},
};

static void parse_bad(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad_lines, bad_lines[i].line); i++) {
		struct hm_record record, before;

		memset(&record, 0x5a, sizeof(record));
		memcpy(&before, &record, sizeof(record));
		assert_err(parse(bad_lines[i].line, &record), bad_lines[i].err);
		assert_memory_equal(&record, &before, sizeof(record));
	}
}

/* A salt of 256 bytes is the last one that fits. */
static void parse_salt_length(void **state)
{
	char salt[2 * 257 + 1], line[HM_RECORD_MAX + 1];
	struct hm_record record;

	(void)state;
	for (size_t len = 1; len <= 257; len++) {
		memset(salt, 'a', 2 * len);
		salt[2 * len] = '\0';
		snprintf(line, sizeof(line),
			 DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt=%s root=" HEX64, salt);
		assert_err(parse(line, &record), len <= 256 ? HM_OK : HM_E_RECORD_VALUE);
		if (len <= 256)
			assert_int_equal(record.verity.salt_len, len);
	}
}

/* Far longer than the fields of the struct: refused before anything is copied. */
static void parse_overlong(void **state)
{
	char filler[HM_RECORD_MAX], line[HM_RECORD_MAX + 1];
	struct hm_record record;

	(void)state;
	memset(filler, 'a', sizeof(filler));
	snprintf(line, sizeof(line), "hallmark-layer/1 name=%.900s type=ram size=1 sha256=" HEX64, filler);
	assert_err(parse(line, &record), HM_E_RECORD_VALUE);
	snprintf(line, sizeof(line), "hallmark-fail/1 stage=%.1000s", filler);
	assert_err(parse(line, &record), HM_E_RECORD_VALUE);
	snprintf(line, sizeof(line),
		 DATA_SIZE " hash-block-size=4096 data-blocks=8 hash-offset=4096 salt=%.770s root=" HEX64, filler);
	assert_err(parse(line, &record), HM_E_RECORD_VALUE);
}

static void parse_length(void **state)
{
	uint8_t line[HM_RECORD_MAX + 1];
	struct hm_record record;

	(void)state;
	memset(line, 'a', sizeof(line));
	assert_err(hm_record_parse(hm_bytes_of(line, HM_RECORD_MAX), &record), HM_E_RECORD_TYPE);
	assert_err(hm_record_parse(hm_bytes_of(line, HM_RECORD_MAX + 1), &record), HM_E_RECORD_LENGTH);
	assert_err(hm_record_parse(hm_bytes_of(NULL, 0), &record), HM_E_RECORD_LENGTH);
}

/* Same meaning only for the same bytes: a mutant is refused, or it is another record. */
static void assert_mutant(struct hm_bytes mutant, size_t *refused, size_t *other)
{
	uint8_t buf[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_record record;

	if (hm_record_parse(mutant, &record)) {
		(*refused)++;
		return;
	}
	assert_ok(hm_record_format(&record, &w));
	assert_true(hm_bytes_equal(hm_writer_bytes(&w), mutant));
	(*other)++;
}

static void every_bit_flipped(void **state)
{
	size_t refused = 0, other = 0;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, good_lines, good_lines[i]); i++) {
		size_t len = strlen(good_lines[i]);
		uint8_t *line = malloc(len);

		assert_non_null(line);
		memcpy(line, good_lines[i], len);
		for (size_t bit = 0; bit < 8 * len; bit++) {
			line[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_mutant(hm_bytes_of(line, len), &refused, &other);
			line[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		free(line);
	}
	print_message("#! record flips: %zu refused, %zu are another record, written as it was read\n", refused, other);
	assert_true(refused > 0 && other > 0);
}

static void every_length(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, good_lines, good_lines[i]); i++) {
		size_t whole = strlen(good_lines[i]), refused = 0, other = 0;

		for (size_t len = 1; len < whole; len++) {
			uint8_t *line = malloc(len);

			assert_non_null(line);
			memcpy(line, good_lines[i], len);
			assert_mutant(hm_bytes_of(line, len), &refused, &other);
			free(line);
		}
		/* Only a decimal at the end can be cut: layers=32 is also layers=3. */
		assert_true(other <= 1);
	}
}

/* --- the runtime log --- */

#define BANKS (HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA256))
/* Digests of LOCK_LINE by coreutils. */
#define LOCK_SHA1 "431a23f8a120df5baa76e2bc033efaf8df928fac"
#define LOCK_SHA256 "ddb424aec2a82d8822aa936ea099eaddaa6102874992548df731cc8316668ef5"
#define CEL_DIGESTS \
	"{\"hashAlg\":\"sha1\",\"digest\":\"" LOCK_SHA1 "\"},{\"hashAlg\":\"sha256\",\"digest\":\"" LOCK_SHA256 "\"}"
#define CEL_TAIL ",\"content_type\":\"hallmark\",\"content\":\"" LOCK_LINE "\"}"
#define CEL_LINE "{\"recnum\":0,\"pcr\":11,\"digests\":[" CEL_DIGESTS "]" CEL_TAIL
#define CEL_LINE_1 "{\"recnum\":1,\"pcr\":12,\"digests\":[" CEL_DIGESTS "]" CEL_TAIL

static struct hm_cel_record cel_record(const char *content, uint64_t recnum, uint32_t pcr, uint32_t banks)
{
	struct hm_cel_record record = {.recnum = recnum, .pcr = pcr, .content = hm_bytes_of_text(content)};

	assert_ok(hm_digests_of(&hm_crypto_hasher, banks & HM_BANKS_ALL, &record.content, 1, 0, &record.digests));
	record.digests.banks = banks;
	return record;
}

static void cel_format(void **state)
{
	uint8_t buf[HM_CEL_LINE_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_cel_record record = cel_record(LOCK_LINE, 0, 11, BANKS);

	(void)state;
	assert_ok(hm_cel_format(&record, &w));
	assert_int_equal(w.len, strlen(CEL_LINE "\n"));
	assert_memory_equal(buf, CEL_LINE "\n", w.len);
}

static void cel_format_refuses(void **state)
{
	char longest[HM_RECORD_MAX + 2];
	uint8_t buf[HM_CEL_LINE_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_cel_record r;

	(void)state;
#define REFUSED(record, err) \
	do { \
		r = record; \
		assert_err(hm_cel_format(&r, &w), err); \
		assert_int_equal(w.len, 0); \
	} while (0)
	REFUSED(cel_record(LOCK_LINE, 0, 10, BANKS), HM_E_CEL_PCR);
	REFUSED(cel_record(LOCK_LINE, 0, 16, BANKS), HM_E_CEL_PCR);
	REFUSED(cel_record(LOCK_LINE, 0, 0xffffffff, BANKS), HM_E_CEL_PCR);
	REFUSED(cel_record(LOCK_LINE, 0, 11, 0), HM_E_CEL_BANKS);
	REFUSED(cel_record(LOCK_LINE, 0, 11, 0x12), HM_E_CEL_BANKS);
	REFUSED(cel_record("", 0, 11, BANKS), HM_E_RECORD_LENGTH);
	REFUSED(cel_record("a\"b", 0, 11, BANKS), HM_E_CEL_SYNTAX);
	REFUSED(cel_record("a\\b", 0, 11, BANKS), HM_E_CEL_SYNTAX);
	REFUSED(cel_record("a\nb", 0, 11, BANKS), HM_E_CEL_SYNTAX);
	REFUSED(cel_record("a\x7f", 0, 11, BANKS), HM_E_CEL_SYNTAX);
	REFUSED(cel_record("\xc3\xa4", 0, 11, BANKS), HM_E_CEL_SYNTAX);
	memset(longest, 'a', sizeof(longest));
	longest[HM_RECORD_MAX + 1] = '\0';
	REFUSED(cel_record(longest, 0, 11, BANKS), HM_E_RECORD_LENGTH);
#undef REFUSED
	/* The first and the last printable character. */
	r = cel_record(" ~", 0, 11, BANKS);
	assert_ok(hm_cel_format(&r, &w));
	/* The longest record in all banks fits a line. */
	w = hm_writer_of(buf, sizeof(buf));
	longest[HM_RECORD_MAX] = '\0';
	r = cel_record(longest, UINT64_MAX, 15, HM_BANKS_ALL);
	assert_ok(hm_cel_format(&r, &w));
	for (size_t cap = 0, len = w.len; cap < len; cap++) {
		w = hm_writer_of(buf, cap);
		assert_err(hm_cel_format(&r, &w), HM_E_BUFFER);
		assert_int_equal(w.len, 0);
	}
}

static void cel_parse_good(void **state)
{
	struct hm_cel_record want = cel_record(LOCK_LINE, 0, 11, BANKS), got;

	(void)state;
	assert_ok(hm_cel_parse(hm_bytes_of_text(CEL_LINE), &got));
	assert_int_equal(got.recnum, 0);
	assert_int_equal(got.pcr, 11);
	assert_true(hm_digests_equal(&got.digests, &want.digests));
	assert_true(hm_bytes_equal_text(got.content, LOCK_LINE));
}

#define D1 "{\"hashAlg\":\"sha1\",\"digest\":\"" LOCK_SHA1 "\"}"
#define D256 "{\"hashAlg\":\"sha256\",\"digest\":\"" LOCK_SHA256 "\"}"
#define WITH(digests) "{\"recnum\":0,\"pcr\":11,\"digests\":[" digests "]" CEL_TAIL
#define SHORT WITH(D256)
#define CONTENT(text) \
	"{\"recnum\":0,\"pcr\":11,\"digests\":[" D256 "],\"content_type\":\"hallmark\",\"content\":\"" text "\"}"

static const struct {
	const char *line;
	enum hm_err err;
} bad_cel[] = {
	{"", HM_E_CEL_SYNTAX},
	{"{}", HM_E_CEL_SYNTAX},
	{" " SHORT, HM_E_CEL_SYNTAX},
	{SHORT " ", HM_E_CEL_SYNTAX},
	{SHORT "\r", HM_E_CEL_SYNTAX},
	{SHORT ",", HM_E_CEL_SYNTAX},
	{SHORT SHORT, HM_E_CEL_SYNTAX},
	{"{ \"recnum\":0,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\": 0,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":00,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":-1,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":0.0,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":0e0,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":\"0\",\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":18446744073709551616,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"recnum\":0,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"pcr\":11,\"recnum\":0,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"pcr\":011,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"index\":11,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"pcr\":10,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_PCR},
	{"{\"recnum\":0,\"pcr\":16,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_PCR},
	{"{\"recnum\":0,\"pcr\":0,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_PCR},
	{"{\"recnum\":0,\"pcr\":4294967307,\"digests\":[" D256 "]" CEL_TAIL, HM_E_CEL_PCR}, /* 2^32 + 11 */
	{WITH(""), HM_E_CEL_SYNTAX},
	{WITH(D256 ","), HM_E_CEL_SYNTAX},
	{WITH("," D256), HM_E_CEL_SYNTAX},
	{WITH(D1 D256), HM_E_CEL_SYNTAX},
	{WITH(D256 "," D1), HM_E_CEL_BANKS},
	{WITH(D256 "," D256), HM_E_CEL_BANKS},
	{WITH(D1 "," D256 "," D1), HM_E_CEL_BANKS},
	{WITH("{\"hashAlg\":\"sm3_256\",\"digest\":\"" LOCK_SHA256 "\"}"), HM_E_CEL_BANKS},
	{WITH("{\"hashAlg\":\"SHA256\",\"digest\":\"" LOCK_SHA256 "\"}"), HM_E_CEL_BANKS},
	{WITH("{\"hashAlg\":\"\",\"digest\":\"" LOCK_SHA256 "\"}"), HM_E_CEL_BANKS},
	{WITH("{\"digest\":\"" LOCK_SHA256 "\",\"hashAlg\":\"sha256\"}"), HM_E_CEL_SYNTAX},
	{WITH("{\"hashAlg\":\"sha256\",\"digest\":\"" LOCK_SHA1 "\"}"), HM_E_CEL_SYNTAX},
	{WITH("{\"hashAlg\":\"sha256\",\"digest\":\"\"}"), HM_E_CEL_SYNTAX},
	{WITH("{\"hashAlg\":\"sha1\",\"digest\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}"), HM_E_CEL_SYNTAX},
	{WITH("{\"hashAlg\":\"sha1\",\"digest\":\"" LOCK_SHA1 "\",\"x\":1}"), HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"pcr\":11,\"digests\":{" D256 "}" CEL_TAIL, HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"pcr\":11,\"digests\":[" D256 "],\"content_type\":\"systemd\",\"content\":\"a\"}",
	 HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"pcr\":11,\"digests\":[" D256 "],\"content\":\"a\",\"content_type\":\"hallmark\"}",
	 HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"pcr\":11,\"digests\":[" D256 "],\"content_type\":\"hallmark\"}", HM_E_CEL_SYNTAX},
	{CONTENT(""), HM_E_RECORD_LENGTH},
	{CONTENT("a\\u0062"), HM_E_CEL_SYNTAX},
	{CONTENT("a\\\"b"), HM_E_CEL_SYNTAX},
	{CONTENT("a\tb"), HM_E_CEL_SYNTAX},
	{CONTENT("a\",\"content\":\"b"), HM_E_CEL_SYNTAX},
	{CONTENT("\xc3\xa4"), HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"pcr\":11,\"digests\":[" D256 "],\"content_type\":\"hallmark\",\"content\":\"a\"",
	 HM_E_CEL_SYNTAX},
	{"{\"recnum\":0,\"pcr\":11,\"digests\":[" D256 "],\"content_type\":\"hallmark\",\"content\":\"a",
	 HM_E_CEL_SYNTAX},
};

static void a22_cel_parse_bad(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad_cel, bad_cel[i].line); i++) {
		struct hm_bytes line = hm_bytes_of_text(bad_cel[i].line);
		struct hm_cel_record record, before;

		memset(&record, 0x5a, sizeof(record));
		memcpy(&before, &record, sizeof(record));
		assert_err(hm_cel_parse(line, &record), bad_cel[i].err);
		assert_memory_equal(&record, &before, sizeof(record));
	}
}

/* Every flipped bit of a log is refused: the digests are over the content, and the rest is fixed.
 */
static void cel_every_bit_flipped(void **state)
{
	static const char text[] = CEL_LINE "\n" CEL_LINE_1 "\n";
	size_t len = sizeof(text) - 1, refused = 0, registers = 0;
	uint8_t *log = malloc(len);
	struct hm_pcrs start, want;

	(void)state;
	assert_non_null(log);
	memcpy(log, text, len);
	hm_pcrs_init(&start, BANKS, 0);
	want = start;
	assert_ok(hm_cel_replay(hm_bytes_of(log, len), &hm_crypto_hasher, &want));
	for (size_t bit = 0; bit < 8 * len; bit++) {
		struct hm_pcrs got = start;

		log[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (hm_cel_replay(hm_bytes_of(log, len), &hm_crypto_hasher, &got)) {
			assert_memory_equal(&got, &start, sizeof(got));
			refused++;
		} else {
			/* The register's number alone is in no digest: it decides which register
			 * moves. */
			assert_memory_not_equal(&got, &want, sizeof(got));
			registers++;
		}
		log[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	print_message("#! runtime log flips: %zu refused, %zu name another register\n", refused, registers);
	/* One bit makes 13 and 15 of 11, and 13 of 12. */
	assert_int_equal(registers, 3);
	free(log);
}

static void cel_every_length(void **state)
{
	static const char text[] = CEL_LINE "\n" CEL_LINE_1 "\n";

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		uint8_t *log = malloc(len ? len : 1);
		struct hm_pcrs pcrs;
		enum hm_err err;

		assert_non_null(log);
		memcpy(log, text, len);
		hm_pcrs_init(&pcrs, BANKS, 0);
		err = hm_cel_replay(hm_bytes_of(log, len), &hm_crypto_hasher, &pcrs);
		if (len == 0 || len == strlen(CEL_LINE "\n") || len == strlen(text))
			assert_ok(err);
		else
			assert_err(err, HM_E_CEL_NEWLINE);
		free(log);
	}
}

/* PCR 11 after the lock record, by coreutils: SHA-256 of 32 zeros and the digest above. */
static void cel_replay(void **state)
{
	struct hm_pcrs pcrs;

	(void)state;
	hm_pcrs_init(&pcrs, HM_BANK_BIT(HM_SHA256), 0);
	assert_ok(hm_cel_replay(hm_bytes_of_text(CEL_LINE "\n" CEL_LINE_1 "\n"), &hm_crypto_hasher, &pcrs));
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA256][11], 32),
		   "f8e6a3f52a54af3dbab1f4eeec1353e016f94a0f96f4876fca9d6c6afeb6126c");
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA256][12], 32),
		   "f8e6a3f52a54af3dbab1f4eeec1353e016f94a0f96f4876fca9d6c6afeb6126c");
	assert_true(hm_pcr_is_zero(&pcrs, 13));
}

static void assert_log(const char *text, enum hm_err want)
{
	struct hm_pcrs pcrs, before;

	hm_pcrs_init(&pcrs, BANKS, 0);
	before = pcrs;
	if (hm_cel_replay(hm_bytes_of_text(text), &hm_crypto_hasher, &pcrs) != want)
		print_error("log: %s\n", text);
	pcrs = before;
	assert_err(hm_cel_replay(hm_bytes_of_text(text), &hm_crypto_hasher, &pcrs), want);
	if (want)
		assert_memory_equal(&pcrs, &before, sizeof(pcrs));
}

static void cel_log_refused(void **state)
{
	(void)state;
	assert_log("", HM_OK);
	assert_log(CEL_LINE "\n", HM_OK);
	assert_log(CEL_LINE, HM_E_CEL_NEWLINE);
	assert_log("\n", HM_E_CEL_SYNTAX);
	assert_log(CEL_LINE "\n\n", HM_E_CEL_SYNTAX);
	assert_log(CEL_LINE "\r\n", HM_E_CEL_SYNTAX);
	assert_log(CEL_LINE "\n" CEL_LINE "\n", HM_E_CEL_RECNUM);
	assert_log(CEL_LINE_1 "\n", HM_E_CEL_RECNUM);
	assert_log(CEL_LINE "\n{\"recnum\":2,\"pcr\":11,\"digests\":[" CEL_DIGESTS "]" CEL_TAIL "\n", HM_E_CEL_RECNUM);
	/* other banks than the registers', other banks than the first line's */
	assert_log(SHORT "\n", HM_E_CEL_BANKS);
	assert_log(CEL_LINE "\n{\"recnum\":1,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL "\n", HM_E_CEL_BANKS);
	/* a digest of something else, in one bank only */
	assert_log(WITH("{\"hashAlg\":\"sha1\",\"digest\":"
			"\"0000000000000000000000000000000000000000\"}," D256) "\n",
		   HM_E_CEL_DIGEST);
	assert_log(WITH(D1 ",{\"hashAlg\":\"sha256\",\"digest\":\"" HEX64 "\"}") "\n", HM_E_CEL_DIGEST);
}

/* Also where every line has the bank that is replayed. */
static void cel_banks_change(void **state)
{
	static const char text[] = CEL_LINE "\n{\"recnum\":1,\"pcr\":11,\"digests\":[" D256 "]" CEL_TAIL "\n";
	struct hm_pcrs pcrs;

	(void)state;
	hm_pcrs_init(&pcrs, HM_BANK_BIT(HM_SHA256), 0);
	assert_err(hm_cel_replay(hm_bytes_of_text(text), &hm_crypto_hasher, &pcrs), HM_E_CEL_BANKS);
}

/* Without a hasher the digests are taken as they stand. */
static void cel_without_hasher(void **state)
{
	static const char text[] = WITH(D1 ",{\"hashAlg\":\"sha256\",\"digest\":\"" HEX64 "\"}") "\n";
	struct hm_cel_record record;
	struct hm_cel cel;
	bool end = true;

	(void)state;
	assert_ok(hm_cel_open(hm_bytes_of_text(text), &cel));
	assert_ok(hm_cel_next(&cel, NULL, &record, &end));
	assert_false(end);
	assert_hex(hm_bytes_of(record.digests.value[HM_SHA256], 32), HEX64);
	assert_ok(hm_cel_next(&cel, NULL, &record, &end));
	assert_true(end);
}

/* 64 records are the most there can be; one more is refused, and so is a log that is larger than
 * they could be. */
static void cel_records_max(void **state)
{
	size_t cap = 65 * HM_CEL_LINE_MAX;
	uint8_t *buf = malloc(cap);
	struct hm_writer w;
	struct hm_pcrs pcrs;
	struct hm_cel cel;

	(void)state;
	assert_non_null(buf);
	w = hm_writer_of(buf, cap);
	hm_pcrs_init(&pcrs, BANKS, 0);
	for (uint64_t i = 0; i < HM_CEL_RECORDS_MAX; i++) {
		struct hm_cel_record record = cel_record(LOCK_LINE, i, 11, BANKS);

		assert_ok(hm_cel_format(&record, &w));
	}
	assert_ok(hm_cel_replay(hm_writer_bytes(&w), &hm_crypto_hasher, &pcrs));
	{
		struct hm_cel_record record = cel_record(LOCK_LINE, HM_CEL_RECORDS_MAX, 11, BANKS);

		assert_ok(hm_cel_format(&record, &w));
	}
	assert_err(hm_cel_replay(hm_writer_bytes(&w), &hm_crypto_hasher, &pcrs), HM_E_CEL_RECNUM);
	memset(buf, '\n', cap);
	assert_err(hm_cel_open(hm_bytes_of(buf, 64 * HM_CEL_LINE_MAX + 1), &cel), HM_E_CEL_SYNTAX);
	assert_ok(hm_cel_open(hm_bytes_of(buf, 64 * HM_CEL_LINE_MAX), &cel));
	free(buf);
}

static void cel_long_line(void **state)
{
	size_t len = 10000;
	uint8_t *buf = malloc(len);
	struct hm_pcrs pcrs;

	(void)state;
	assert_non_null(buf);
	memset(buf, 'a', len);
	memcpy(buf, CEL_LINE, strlen(CEL_LINE) - 2);
	memcpy(buf + len - 3, "\"}\n", 3);
	hm_pcrs_init(&pcrs, BANKS, 0);
	assert_err(hm_cel_replay(hm_bytes_of(buf, len), &hm_crypto_hasher, &pcrs), HM_E_RECORD_LENGTH);
	free(buf);
}

static void cel_hash_fails(void **state)
{
	unsigned int calls = 0;
	enum hm_err err;

	(void)state;
	do {
		struct support_failing_hasher f;
		struct hm_pcrs pcrs, before;

		support_failing_hasher_init(&f, calls);
		hm_pcrs_init(&pcrs, BANKS, 0);
		before = pcrs;
		err = hm_cel_replay(hm_bytes_of_text(CEL_LINE "\n" CEL_LINE_1 "\n"), &f.hasher, &pcrs);
		if (err) {
			assert_err(err, HM_E_HASH);
			assert_memory_equal(&pcrs, &before, sizeof(pcrs));
			calls++;
		}
	} while (err);
	/* Two records, two banks, content and extend. */
	assert_int_equal(calls, 8);
}

/* A word for each record: L layer, R in memory, K lock, T key, F failure, each with its register. */
static enum hm_err walk_order(const char *words, struct hm_record_order *order)
{
	static const struct {
		char letter;
		enum hm_record_kind kind;
	} kinds[] = {{'L', HM_RECORD_LAYER},
		     {'R', HM_RECORD_RAM},
		     {'K', HM_RECORD_LOCK},
		     {'T', HM_RECORD_TLS},
		     {'F', HM_RECORD_FAIL}};
	struct hm_bytes rest = hm_bytes_of_text(words), word;

	while (rest.len > 0 && hm_next_field(&rest, ' ', &word)) {
		const struct hm_record_order before = *order;
		uint64_t pcr;
		enum hm_err err;

		assert_true(hm_parse_dec(hm_bytes_of(word.p + 1, word.len - 1), &pcr));
		for (size_t i = 0; i < HM_ARRAY_LEN(kinds); i++) {
			if (kinds[i].letter != (char)word.p[0])
				continue;
			err = hm_record_order_next(order, (uint32_t)pcr, kinds[i].kind);
			if (err) {
				assert_int_equal(order->locks, before.locks);
				assert_int_equal(order->tls, before.tls);
				assert_int_equal(rest.len, 0); /* the last word is the one that is refused */
				return err;
			}
		}
	}
	return hm_record_order_check(order);
}

#define LOCKS "K11 K12 K13 K14 K15"

static void record_order(void **state)
{
	static const struct {
		const char *words;
		enum hm_err err;
	} cases[] = {
		{"L11 " LOCKS, HM_OK},
		{"L11 L13 R14 L11 R12 " LOCKS " T15", HM_OK},
		{LOCKS, HM_OK},
		{"", HM_E_ORDER_NOT_LOCKED},
		{"L11", HM_E_ORDER_NOT_LOCKED},
		{"L11 K11 K12 K13 K14", HM_E_ORDER_NOT_LOCKED},
		/* a layer: after the lock has begun, in the key's register, in one that is not ours */
		{"L11 K11 L12", HM_E_ORDER_LAYER},
		{"L11 K11 R12", HM_E_ORDER_LAYER},
		{LOCKS " L14", HM_E_ORDER_LAYER},
		{"L15", HM_E_ORDER_LAYER},
		{"R15", HM_E_ORDER_LAYER},
		{"L10", HM_E_ORDER_LAYER},
		{"L0", HM_E_ORDER_LAYER},
		/* the lock: left out, twice, another order, once more, in another register */
		{"L11 K12", HM_E_ORDER_LOCK},
		{"L11 K11 K11", HM_E_ORDER_LOCK},
		{"L11 K11 K13", HM_E_ORDER_LOCK},
		{"L11 K15", HM_E_ORDER_LOCK},
		{LOCKS " K15", HM_E_ORDER_LOCK},
		{LOCKS " K11", HM_E_ORDER_LOCK},
		{LOCKS " K16", HM_E_ORDER_LOCK},
		/* the key: before the lock is complete, in another register, twice, not the last */
		{"T15", HM_E_ORDER_NOT_LOCKED},
		{"K11 K12 K13 K14 T15", HM_E_ORDER_NOT_LOCKED},
		{LOCKS " T14", HM_E_ORDER_TLS},
		{LOCKS " T16", HM_E_ORDER_TLS},
		{LOCKS " T15 T15", HM_E_ORDER_AFTER_TLS},
		{LOCKS " T15 L11", HM_E_ORDER_AFTER_TLS},
		{LOCKS " T15 K11", HM_E_ORDER_AFTER_TLS},
		{LOCKS " T15 F15", HM_E_ORDER_AFTER_TLS},
		/* a boot that failed, at any time */
		{"F11", HM_E_ORDER_FAILED},
		{"L11 K11 F12", HM_E_ORDER_FAILED},
		{LOCKS " F11", HM_E_ORDER_FAILED},
	};
	struct hm_record_order order = {.locks = 0};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].words); i++) {
		order = (struct hm_record_order){.locks = 0};
		assert_err(walk_order(cases[i].words, &order), cases[i].err);
	}
	order = hm_record_order_locked;
	assert_ok(walk_order("T15", &order));
	assert_true(order.tls);
	order = hm_record_order_locked;
	assert_err(walk_order("L11", &order), HM_E_ORDER_LAYER);
	assert_err(hm_record_order_next(&order, 15, (enum hm_record_kind)99), HM_E_RECORD_TYPE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(format_each_kind),
		cmocka_unit_test(format_stages),
		cmocka_unit_test(format_no_stage),
		cmocka_unit_test(format_longest),
		cmocka_unit_test(format_impossible),
		cmocka_unit_test(format_buffer),
		cmocka_unit_test(parse_good),
		cmocka_unit_test(parse_layer_fields),
		cmocka_unit_test(parse_bad),
		cmocka_unit_test(parse_salt_length),
		cmocka_unit_test(parse_overlong),
		cmocka_unit_test(parse_length),
		cmocka_unit_test(every_bit_flipped),
		cmocka_unit_test(every_length),
		cmocka_unit_test(cel_format),
		cmocka_unit_test(cel_format_refuses),
		cmocka_unit_test(cel_parse_good),
		cmocka_unit_test(a22_cel_parse_bad),
		cmocka_unit_test(cel_every_bit_flipped),
		cmocka_unit_test(cel_every_length),
		cmocka_unit_test(cel_replay),
		cmocka_unit_test(cel_log_refused),
		cmocka_unit_test(cel_banks_change),
		cmocka_unit_test(cel_without_hasher),
		cmocka_unit_test(cel_records_max),
		cmocka_unit_test(cel_long_line),
		cmocka_unit_test(cel_hash_fails),
		cmocka_unit_test(record_order),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
