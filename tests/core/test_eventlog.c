/* SPDX-License-Identifier: BSD-2-Clause */
/* test_eventlog.c - the firmware log: real logs, fields corrupted, bytes cut, bits flipped */
#include "core/eventlog.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MAX 4096u
#define SM3_ID 0x0012u

/* --- real logs --- */

/*
 * Events after the Spec ID header, and the first 8 bytes of PCR 0, 4 and 7: from the fixtures'
 * SOURCES.md, an independent replay.
 */
static const struct fixture {
	const char *file;
	size_t events;
	const char *pcr0, *pcr4, *pcr7;
	uint32_t banks;
} fixtures[] = {
	{"arch-linux-workstation.bin", 24, "758b773d94feabf5", "925d453d3dfef4ac", "3b4a4db44b7a8725", 0x3},
	{"azure-cvm.bin", 30, "4847edbe7ffb0705", "51ed638666eb8c26", "df7abc5dbe01e548", 0x7},
	{"cos-101-amd-sev.bin", 48, "0f35c214608d93c7", "6d9f1a1d461cf775", "2bc6edaa921f953c", 0x7},
	{"eventlogwithsp800155.bin", 53, "d0c70a9310cd0b55", "18314f0c33adea45", "8c5dc451764d0db9", 0x7},
	{"gce-tdx-uki.bin", 45, "0cca9ec161b09288", "7a94ffe8a7729a56", "02836eb5a7a5ba63", 0x7},
	{"keylime-secureboot.bin", 98, "0d993cf4baec1dc2", "ce5e8ef15f4c1db9", "2f96e1f1bf7f91b6", 0x2},
	{"moklisttrusted.bin", 96, "fcb620568efe4ac4", "83210a75db8818d9", "56c7ba6010e0a8a2", 0x2},
	{"sd-boot-fedora37.bin", 27, "464a812afa3f88d8", "7a94ffe8a7729a56", "b5710bf57d25623e", 0x2},
	{"ubuntu-1804-amd-sev.bin", 87, "0f35c214608d93c7", "b4b94e840fc9352e", "61af3f499f1a86be", 0x7},
};

static uint8_t *read_log(const char *file, struct hm_bytes *ret)
{
	char name[128];

	snprintf(name, sizeof(name), "eventlogs/%s", file);
	return support_fixture(name, ret);
}

static size_t count_events(struct hm_bytes bytes)
{
	struct hm_eventlog log;
	size_t count = 0;

	assert_ok(hm_eventlog_open(bytes, &log));
	for (;;) {
		struct hm_event event;
		bool end;

		assert_ok(hm_eventlog_next(&log, &event, &end));
		if (end)
			return count;
		assert_int_equal(event.index, count);
		assert_int_equal(event.digests.banks, log.banks);
		count++;
	}
}

/* Without filling. */
static size_t own_len(struct hm_bytes bytes)
{
	struct hm_eventlog log;
	struct hm_event event;
	bool end = false;

	assert_ok(hm_eventlog_open(bytes, &log));
	while (!end)
		assert_ok(hm_eventlog_next(&log, &event, &end));
	assert_true(hm_bytes_is_zero(hm_bytes_of(bytes.p + log.reader.off, bytes.len - log.reader.off)));
	return log.reader.off;
}

static void assert_pcr(const struct hm_pcrs *pcrs, uint32_t pcr, const char *first_8)
{
	assert_hex(hm_bytes_of(pcrs->value[HM_SHA256][pcr], 8), first_8);
}

static void real_logs_replay(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, fixtures, fixtures[i].file); i++) {
		const struct fixture *f = &fixtures[i];
		struct hm_bytes log;
		struct hm_pcrs pcrs;
		uint8_t *content = read_log(f->file, &log);

		assert_ok(hm_eventlog_replay(log, &hm_crypto_hasher, &pcrs));
		assert_int_equal(count_events(log), f->events);
		assert_int_equal(pcrs.banks, f->banks);
		assert_pcr(&pcrs, 0, f->pcr0);
		assert_pcr(&pcrs, 4, f->pcr4);
		assert_pcr(&pcrs, 7, f->pcr7);
		free(content);
	}
}

/* Of one log in full, from the quote that came with it. */
static void real_log_whole_value(void **state)
{
	struct hm_bytes log;
	struct hm_pcrs pcrs;
	uint8_t *content = read_log("azure-cvm.bin", &log);

	(void)state;
	assert_ok(hm_eventlog_replay(log, &hm_crypto_hasher, &pcrs));
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA256][0], 32),
		   "4847edbe7ffb070581e1da6d4f03f8019fd46b86cf97f2079cc400c62a662e0a");
	free(content);
}

/* Read and written again, a firmware's own log is the same. Azure's has its digests descending. */
static void real_logs_rewritten(void **state)
{
	(void)state;
	for (size_t i = 0; ROW_NAMED(i, fixtures, fixtures[i].file); i++) {
		struct hm_eventlog log;
		struct hm_bytes bytes;
		struct hm_writer w;
		uint8_t *content, *copy;
		bool end = false;

		if (strcmp(fixtures[i].file, "azure-cvm.bin") == 0)
			continue;
		content = read_log(fixtures[i].file, &bytes);
		copy = malloc(bytes.len);
		assert_non_null(copy);
		w = hm_writer_of(copy, bytes.len);
		assert_ok(hm_eventlog_open(bytes, &log));
		assert_ok(hm_eventlog_put_header(&w, log.banks));
		while (!end) {
			struct hm_event e;

			assert_ok(hm_eventlog_next(&log, &e, &end));
			if (!end)
				assert_ok(hm_eventlog_put_event(&w, e.pcr, e.type, &e.digests, e.data));
		}
		assert_int_equal(w.len, bytes.len);
		assert_memory_equal(copy, bytes.p, bytes.len);
		free(copy);
		free(content);
	}
}

static void a13_real_log_truncated(void **state)
{
	struct hm_bytes log;
	uint8_t *content = read_log("sd-boot-fedora37.bin", &log);
	size_t whole = 0;

	(void)state;
	for (size_t len = 0; len < log.len; len++) {
		struct hm_pcrs pcrs;
		/* Exactly `len` bytes, so that a sanitizer sees one byte too many. */
		uint8_t *cut = malloc(len ? len : 1);
		enum hm_err err;

		assert_non_null(cut);
		memcpy(cut, log.p, len);
		err = hm_eventlog_replay(hm_bytes_of(cut, len), &hm_crypto_hasher, &pcrs);
		/* Where the next event begins with zeros, the cut leaves what reads as filling. */
		if (err == HM_OK)
			whole += own_len(hm_bytes_of(cut, len)) == len;
		else
			assert_err(err, HM_E_LOG_TRUNCATED);
		free(cut);
	}
	/* Cut between events it is a shorter log: after the header, and after each event but the
	 * last. */
	assert_int_equal(whole, 27);
	free(content);
}

/* --- a log of our own --- */

struct built {
	uint8_t p[LOG_MAX];
	size_t len;
	size_t first; /* offset of the first event */
	bool display_only[LOG_MAX];
};

static struct hm_bytes bytes_of(const struct built *b)
{
	return hm_bytes_of(b->p, b->len);
}

static void digests_of(const char *text, uint32_t banks, struct hm_digests *ret)
{
	struct hm_bytes part = hm_bytes_of_text(text);

	assert_ok(hm_digests_of(&hm_crypto_hasher, banks, &part, 1, 0, ret));
}

static void add(struct built *b, uint32_t banks, uint32_t pcr, uint32_t type, struct hm_bytes data)
{
	struct hm_writer w = hm_writer_of(b->p, sizeof(b->p));
	struct hm_digests digests;

	digests_of("some content", banks, &digests);
	w.len = b->len;
	assert_ok(hm_eventlog_put_event(&w, pcr, type, &digests, data));
	b->len = w.len;
	/* The data of an event is not hashed, nor is anything of an EV_NO_ACTION extended. */
	for (size_t i = 1; i <= data.len; i++)
		b->display_only[b->len - i] = true;
}

static void start(struct built *b, uint32_t banks)
{
	struct hm_writer w = hm_writer_of(b->p, sizeof(b->p));

	memset(b, 0, sizeof(*b));
	assert_ok(hm_eventlog_put_header(&w, banks));
	b->len = b->first = w.len;
}

static void add_locality(struct built *b, uint32_t banks, uint32_t pcr, uint8_t locality, size_t len)
{
	uint8_t data[32] = "StartupLocality";

	data[16] = locality;
	add(b, banks, pcr, HM_EV_NO_ACTION, hm_bytes_of(data, len));
}

static void build(struct built *b, uint32_t banks)
{
	start(b, banks);
	add_locality(b, banks, 0, 3, 17);
	add(b, banks, 0, HM_EV_S_CRTM_VERSION, hm_bytes_of_text("version"));
	add(b, banks, 4, HM_EV_SEPARATOR, hm_bytes_of("\0\0\0", 4));
	add(b, banks, 11, HM_EV_IPL, hm_bytes_of(NULL, 0));
}

static enum hm_err replay(const struct built *b)
{
	struct hm_pcrs pcrs, before;
	enum hm_err err;

	memset(&pcrs, 0xa5, sizeof(pcrs));
	before = pcrs;
	err = hm_eventlog_replay(bytes_of(b), &hm_crypto_hasher, &pcrs);
	if (err)
		assert_memory_equal(&pcrs, &before, sizeof(pcrs));
	return err;
}

/* As Debian 12's and Debian 13's OVMF write it with these four banks, and OVMF with SHA-256 alone.
 */
static void header_is_ovmfs(void **state)
{
	uint8_t buf[128];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));

	(void)state;
	assert_ok(hm_eventlog_put_header(&w, HM_BANKS_ALL));
	assert_hex(hm_writer_bytes(&w), "000000000300000000000000000000000000000000000000000000002d000000"
					"53706563204944204576656e7430330000000000000200020400000004001400"
					"0b0020000c0030000d00400000");
}

static void header_of_one_bank(void **state)
{
	uint8_t buf[128];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_eventlog log;

	(void)state;
	assert_ok(hm_eventlog_put_header(&w, HM_BANK_BIT(HM_SHA384)));
	assert_ok(hm_eventlog_open(hm_writer_bytes(&w), &log));
	assert_int_equal(log.banks, HM_BANK_BIT(HM_SHA384));
	assert_int_equal(log.alg_count, 1);
	assert_int_equal(log.alg[0].tpm_id, 0x000c);
	assert_int_equal(log.alg[0].size, 48);
}

/* The first event of PCR 7 in every log of edk2 with Secure Boot on, and one without a value. */
static void variable_data(void **state)
{
	static const uint8_t on = 1;
	uint8_t buf[HM_VARIABLE_HEADER_MAX + 1];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));

	(void)state;
	hm_eventlog_put_variable(&w, hm_guid_global, "SecureBoot", hm_bytes_of(&on, 1));
	assert_hex(hm_writer_bytes(&w), "61dfe48bca93d211aa0d00e098032b8c0a00000000000000010000000000000053006500"
					"6300750072006500"
					"42006f006f0074"
					"0001");
	w = hm_writer_of(buf, sizeof(buf));
	hm_eventlog_put_variable(&w, hm_guid_security, "db", hm_bytes_of(NULL, 0));
	assert_hex(hm_writer_bytes(&w), "cbb219d73a3d9645a3bcdad00e67656f0200000000000000000000000000000064006200");
	/* The longest name that HM_VARIABLE_HEADER_MAX has room for. */
	w = hm_writer_of(buf, sizeof(buf));
	hm_eventlog_put_variable(&w, hm_guid_global, "0123456789abcdef", hm_bytes_of(&on, 1));
	assert_false(w.failed);
	assert_int_equal(w.len, sizeof(buf));
}

static void writer_refuses(void **state)
{
	uint8_t buf[256];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_digests digests, none = {.banks = 0}, alien = {.banks = 0x10};
	struct hm_bytes huge = hm_bytes_of(buf, HM_EVENTLOG_MAX + 1);

	(void)state;
	digests_of("x", HM_BANKS_ALL, &digests);
	assert_err(hm_eventlog_put_header(&w, 0), HM_E_BANK_DIGEST);
	assert_err(hm_eventlog_put_header(&w, 0x10), HM_E_BANK_UNKNOWN);
	assert_err(hm_eventlog_put_event(&w, 24, HM_EV_IPL, &digests, hm_bytes_of(NULL, 0)), HM_E_LOG_PCR);
	assert_err(hm_eventlog_put_event(&w, 4, HM_EV_IPL, &none, hm_bytes_of(NULL, 0)), HM_E_BANK_DIGEST);
	assert_err(hm_eventlog_put_event(&w, 4, HM_EV_IPL, &alien, hm_bytes_of(NULL, 0)), HM_E_BANK_UNKNOWN);
	assert_err(hm_eventlog_put_event(&w, 4, HM_EV_IPL, &digests, huge), HM_E_LOG_TOO_LARGE);
	assert_int_equal(w.len, 0);
}

/* One byte short is BUFFER, and leaves no half of an event behind. */
static void writer_buffer(void **state)
{
	uint8_t buf[512];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	struct hm_digests digests;
	size_t header_len, event_len;

	(void)state;
	digests_of("x", HM_BANKS_ALL, &digests);
	assert_ok(hm_eventlog_put_header(&w, HM_BANKS_ALL));
	header_len = w.len;
	assert_ok(hm_eventlog_put_event(&w, 4, HM_EV_IPL, &digests, hm_bytes_of_text("data")));
	event_len = w.len - header_len;
	for (size_t cap = 0; cap < header_len; cap++) {
		w = hm_writer_of(buf, cap);
		assert_err(hm_eventlog_put_header(&w, HM_BANKS_ALL), HM_E_BUFFER);
		assert_int_equal(w.len, 0);
	}
	for (size_t cap = 0; cap < event_len; cap++) {
		w = hm_writer_of(buf, cap);
		assert_err(hm_eventlog_put_event(&w, 4, HM_EV_IPL, &digests, hm_bytes_of_text("data")), HM_E_BUFFER);
		assert_int_equal(w.len, 0);
	}
}

/* --- the header's fields --- */

#define HEADER_DATA 32u /* offset of the Spec ID event's data */

static void a11_header_fields(void **state)
{
	static const struct {
		const char *what;
		size_t off;
		uint8_t value;
		enum hm_err err;
	} cases[] = {
		{"PCR 2", 0, 2, HM_E_LOG_HEADER},
		{"PCR 257", 1, 1, HM_E_LOG_HEADER},
		{"type EV_POST_CODE", 4, 1, HM_E_LOG_HEADER},
		{"a digest", 8, 1, HM_E_LOG_HEADER},
		{"a digest's last byte", 27, 1, HM_E_LOG_HEADER},
		{"data shorter than its table", 28, 44, HM_E_LOG_HEADER},
		{"data of 27 bytes", 28, 27, HM_E_LOG_ALGORITHMS},
		{"data of 23 bytes", 28, 23, HM_E_LOG_HEADER},
		{"data cut inside the table", 28, 31, HM_E_LOG_HEADER},
		{"data longer than the log", 31, 1, HM_E_LOG_TRUNCATED},
		{"signature of the TPM 1.2 log", HEADER_DATA + 14, '2', HM_E_LOG_HEADER},
		{"signature without NUL", HEADER_DATA + 15, ' ', HM_E_LOG_HEADER},
		{"platform class 2", HEADER_DATA + 16, 2, HM_E_LOG_HEADER},
		{"minor 1", HEADER_DATA + 20, 1, HM_E_LOG_VERSION},
		{"major 1", HEADER_DATA + 21, 1, HM_E_LOG_VERSION},
		{"major 3", HEADER_DATA + 21, 3, HM_E_LOG_VERSION},
		{"uintn size 0", HEADER_DATA + 23, 0, HM_E_LOG_HEADER},
		{"uintn size 3", HEADER_DATA + 23, 3, HM_E_LOG_HEADER},
		{"no algorithm", HEADER_DATA + 24, 0, HM_E_LOG_ALGORITHMS},
		{"9 algorithms", HEADER_DATA + 24, 9, HM_E_LOG_ALGORITHMS},
		{"2^24 algorithms", HEADER_DATA + 27, 1, HM_E_LOG_ALGORITHMS},
		{"5 algorithms in the room of 4", HEADER_DATA + 24, 5, HM_E_LOG_HEADER},
		{"3 algorithms in the room of 4", HEADER_DATA + 24, 3, HM_E_LOG_HEADER},
		{"SHA-1 twice", HEADER_DATA + 32, 0x04, HM_E_LOG_ALGORITHMS},
		{"SHA-1 of 32 bytes", HEADER_DATA + 30, 32, HM_E_LOG_ALGORITHMS},
		{"SHA-1 of 0 bytes", HEADER_DATA + 30, 0, HM_E_LOG_ALGORITHMS},
		{"SHA-512 of 63 bytes", HEADER_DATA + 42, 63, HM_E_LOG_ALGORITHMS},
		{"vendorInfo of 1 byte that is not there", HEADER_DATA + 44, 1, HM_E_LOG_HEADER},
	};

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].what); i++) {
		struct hm_eventlog log, before;
		struct built b;

		build(&b, HM_BANKS_ALL);
		b.p[cases[i].off] = cases[i].value;
		memset(&log, 0x5a, sizeof(log));
		before = log;
		assert_err(hm_eventlog_open(bytes_of(&b), &log), cases[i].err);
		assert_memory_equal(&log, &before, sizeof(log));
		assert_err(replay(&b), cases[i].err);
	}
}

/* A header of chosen algorithms, then one event with them. */
static void build_algs(struct built *b, const struct hm_eventlog_alg *algs, uint32_t count)
{
	struct hm_writer w = hm_writer_of(b->p, sizeof(b->p));

	memset(b, 0, sizeof(*b));
	assert_ok(hm_eventlog_put_header(&w, HM_BANK_BIT(HM_SHA256)));
	w.len = HEADER_DATA + 24;
	support_set_u32(b->p + 28, 28 + 4 * count + 1);
	hm_put_u32le(&w, count);
	for (uint32_t i = 0; i < count; i++) {
		hm_put_u16le(&w, algs[i].tpm_id);
		hm_put_u16le(&w, algs[i].size);
	}
	hm_put_u8(&w, 0);
	b->first = w.len;
	hm_put_u32le(&w, 4);
	hm_put_u32le(&w, HM_EV_IPL);
	hm_put_u32le(&w, count);
	for (uint32_t i = 0; i < count; i++) {
		hm_put_u16le(&w, algs[i].tpm_id);
		for (uint32_t j = 0; j < algs[i].size; j++)
			hm_put_u8(&w, (uint8_t)(0x11 * (i + 1)));
	}
	hm_put_u32le(&w, 0);
	assert_false(w.failed);
	b->len = w.len;
}

static void a11_foreign_algorithms(void **state)
{
	const struct hm_eventlog_alg with_sm3[] = {{0x000b, 32}, {SM3_ID, 32}};
	const struct hm_eventlog_alg eight[] = {{0x000b, 32}, {0x27, 28}, {0x28, 48}, {0x29, 64},
						{SM3_ID, 32}, {0x70, 1},  {0x71, 64}, {0x04, 20}};
	const struct hm_eventlog_alg only_sm3[] = {{SM3_ID, 32}};
	const struct hm_eventlog_alg twice[] = {{0x000b, 32}, {SM3_ID, 32}, {SM3_ID, 32}};
	const struct hm_eventlog_alg empty[] = {{0x000b, 32}, {SM3_ID, 0}};
	const struct hm_eventlog_alg large[] = {{0x000b, 32}, {SM3_ID, 65}};
	struct hm_eventlog log;
	struct hm_event event;
	struct built b;
	bool end;

	(void)state;
	build_algs(&b, with_sm3, 2);
	assert_ok(replay(&b));
	assert_ok(hm_eventlog_open(bytes_of(&b), &log));
	assert_int_equal(log.banks, HM_BANK_BIT(HM_SHA256));
	assert_ok(hm_eventlog_next(&log, &event, &end));
	assert_int_equal(event.digests.banks, HM_BANK_BIT(HM_SHA256));
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(event.digests.value[HM_SHA256][i], 0x11);
	build_algs(&b, eight, 8);
	assert_ok(replay(&b));
	build_algs(&b, only_sm3, 1);
	assert_err(replay(&b), HM_E_LOG_ALGORITHMS);
	build_algs(&b, twice, 3);
	assert_err(replay(&b), HM_E_LOG_ALGORITHMS);
	build_algs(&b, empty, 2);
	assert_err(replay(&b), HM_E_LOG_ALGORITHMS);
	build_algs(&b, large, 2);
	assert_err(replay(&b), HM_E_LOG_ALGORITHMS);
	/* A digest that we do not know is still one that must be there. */
	build_algs(&b, with_sm3, 2);
	b.len -= 5;
	assert_err(replay(&b), HM_E_LOG_TRUNCATED);
}

static void vendor_info(void **state)
{
	struct hm_eventlog log;
	struct built b;

	(void)state;
	start(&b, HM_BANKS_ALL);
	b.p[HEADER_DATA + 44] = 3;
	support_set_u32(b.p + 28, 48);
	memcpy(b.p + b.len, "abc", 3);
	b.len += 3;
	assert_ok(hm_eventlog_open(bytes_of(&b), &log));
	support_set_u32(b.p + 28, 47);
	assert_err(hm_eventlog_open(bytes_of(&b), &log), HM_E_LOG_HEADER);
}

/* --- events --- */

static void a09_pcr_index(void **state)
{
	static const uint32_t good[] = {0, 1, 15, 16, 22, 23};
	static const uint32_t bad[] = {24, 25, 31, 32, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff};
	struct built b;

	(void)state;
	build(&b, HM_BANKS_ALL);
	start(&b, HM_BANKS_ALL);
	add(&b, HM_BANKS_ALL, 4, HM_EV_IPL, hm_bytes_of_text("x"));
	for (size_t i = 0; ROW(i, good); i++) {
		support_set_u32(b.p + b.first, good[i]);
		assert_ok(replay(&b));
	}
	for (size_t i = 0; ROW(i, bad); i++) {
		support_set_u32(b.p + b.first, bad[i]);
		assert_err(replay(&b), HM_E_LOG_PCR);
		/* The reader refuses it by itself, also where nothing would be extended. */
		support_set_u32(b.p + b.first + 4, HM_EV_NO_ACTION);
		assert_err(replay(&b), HM_E_LOG_PCR);
		support_set_u32(b.p + b.first + 4, HM_EV_IPL);
	}
}

/* Offsets in an event with all four banks. */
#define DIGEST_COUNT 8u
#define SHA1_ID 12u
#define SHA256_ID (SHA1_ID + 2 + 20)
#define DATA_LEN (SHA256_ID + 2 + 32 + 2 + 48 + 2 + 64)

static void a10_event_fields(void **state)
{
	static const struct {
		const char *what;
		size_t off;
		uint32_t value;
		enum hm_err err;
	} cases[] = {
		{"no digest", DIGEST_COUNT, 0, HM_E_LOG_DIGEST_COUNT},
		{"3 digests", DIGEST_COUNT, 3, HM_E_LOG_DIGEST_COUNT},
		{"5 digests", DIGEST_COUNT, 5, HM_E_LOG_DIGEST_COUNT},
		{"2^32 - 1 digests", DIGEST_COUNT, 0xffffffff, HM_E_LOG_DIGEST_COUNT},
		{"data of 2^32 - 1 bytes", DATA_LEN, 0xffffffff, HM_E_LOG_TRUNCATED},
		{"data of 2^31 bytes", DATA_LEN, 0x80000000, HM_E_LOG_TRUNCATED},
		{"data of one byte more", DATA_LEN, 5, HM_E_LOG_TRUNCATED},
		{"data of one byte less", DATA_LEN, 3, HM_E_LOG_TRUNCATED},
	};
	struct built b;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, cases, cases[i].what); i++) {
		start(&b, HM_BANKS_ALL);
		add(&b, HM_BANKS_ALL, 4, HM_EV_IPL, hm_bytes_of_text("data"));
		support_set_u32(b.p + b.first + cases[i].off, cases[i].value);
		assert_err(replay(&b), cases[i].err);
	}
	start(&b, HM_BANKS_ALL);
	add(&b, HM_BANKS_ALL, 4, HM_EV_IPL, hm_bytes_of_text("data"));
	support_set_u16(b.p + b.first + SHA1_ID, SM3_ID);
	assert_err(replay(&b), HM_E_LOG_DIGEST_ALG);
	support_set_u16(b.p + b.first + SHA1_ID, 0xffff);
	assert_err(replay(&b), HM_E_LOG_DIGEST_ALG);
	support_set_u16(b.p + b.first + SHA1_ID, 0);
	assert_err(replay(&b), HM_E_LOG_DIGEST_ALG);
}

/* The same algorithm twice, another one missing. */
static void digest_repeated(void **state)
{
	const struct hm_eventlog_alg algs[] = {{0x000b, 32}, {SM3_ID, 32}};
	const struct hm_eventlog_alg three[] = {{0x000b, 32}, {SM3_ID, 32}, {0x27, 32}};
	struct built b;

	(void)state;
	build_algs(&b, algs, 2);
	support_set_u16(b.p + b.first + 12 + 34, 0x000b);
	assert_err(replay(&b), HM_E_LOG_DIGEST_COUNT);
	/* an algorithm 0 of no bytes in its place */
	build_algs(&b, algs, 2);
	memset(b.p + b.first + 12 + 34, 0, 6);
	b.len = b.first + 12 + 34 + 6;
	assert_err(replay(&b), HM_E_LOG_DIGEST_ALG);
	/* and with another one between the two */
	build_algs(&b, three, 3);
	support_set_u16(b.p + b.first + 12 + 34 + 34, 0x000b);
	assert_err(replay(&b), HM_E_LOG_DIGEST_COUNT);
}

/* Filling is 00 or ff throughout, and changes nothing. One other byte in it is an event that is malformed. */
static void a10_trailing_bytes(void **state)
{
	static const struct {
		uint8_t fill;
		enum hm_err other; /* of 200 bytes, one of which is another */
	} cases[] = {{0x00, HM_E_LOG_DIGEST_COUNT}, {0xff, HM_E_LOG_PCR}};
	struct hm_pcrs want, got;
	struct built b;

	(void)state;
	build(&b, HM_BANKS_ALL);
	assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &want));
	for (size_t i = 0; i < HM_ARRAY_LEN(cases); i++) {
		for (size_t count = 1; count <= 200; count++) {
			build(&b, HM_BANKS_ALL);
			memset(b.p + b.len, cases[i].fill, count);
			b.len += count;
			assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &got));
			assert_memory_equal(&got, &want, sizeof(want));
		}
		for (size_t at = 12; at < 200; at++) {
			b.p[b.len - 200 + at] ^= 0xff;
			assert_err(replay(&b), cases[i].other);
			b.p[b.len - 200 + at] ^= 0x01;
			assert_err(replay(&b), cases[i].other);
			b.p[b.len - 200 + at] ^= 0xfe;
		}
	}
	build(&b, HM_BANKS_ALL);
	b.p[b.len++] = 4;
	assert_err(replay(&b), HM_E_LOG_TRUNCATED);
	b.p[b.len - 1] = 0x01;
	assert_err(replay(&b), HM_E_LOG_TRUNCATED);
}

/* A log that OVMF marks as a TD's can be read, and is never replayed to PCRs. */
/* As firmware logs for a TPM 1.2: TCG EFI Platform Specification 1.22, 7.2. */
static void put_sha1_event(struct hm_writer *w, uint32_t pcr, uint32_t type)
{
	hm_put_u32le(w, pcr);
	hm_put_u32le(w, type);
	hm_put_bytes(w, hm_bytes_of_text("a SHA-1 of 20 bytes."));
	hm_put_u32le(w, 4);
	hm_put_bytes(w, hm_bytes_of_text("data"));
}

static void log_of_tpm12(void **state)
{
	struct hm_eventlog log;
	uint8_t bytes[256];
	struct hm_writer w = hm_writer_of(bytes, sizeof(bytes));

	(void)state;
	put_sha1_event(&w, 0, HM_EV_S_CRTM_VERSION);
	assert_err(hm_eventlog_open(hm_writer_bytes(&w), &log), HM_E_LOG_HEADER);
	put_sha1_event(&w, 23, HM_EV_SEPARATOR);
	assert_err(hm_eventlog_open(hm_writer_bytes(&w), &log), HM_E_LOG_SHA1);
	/* Filling ends it, as it ends any log. */
	for (size_t i = 0; i < 40; i++)
		hm_put_u8(&w, 0xff);
	assert_err(hm_eventlog_open(hm_writer_bytes(&w), &log), HM_E_LOG_SHA1);
	/* What is no event of such a log to its end is not called one. */
	hm_put_u8(&w, 0);
	assert_err(hm_eventlog_open(hm_writer_bytes(&w), &log), HM_E_LOG_HEADER);
	w.len -= 41;
	put_sha1_event(&w, 24, HM_EV_SEPARATOR);
	assert_err(hm_eventlog_open(hm_writer_bytes(&w), &log), HM_E_LOG_HEADER);
}

static void a11_log_of_a_td(void **state)
{
	struct hm_eventlog log;
	struct built b;

	(void)state;
	build(&b, HM_BANKS_ALL);
	assert_ok(hm_eventlog_open(bytes_of(&b), &log));
	assert_false(log.td);
	b.p[0] = 1;
	assert_ok(hm_eventlog_open(bytes_of(&b), &log));
	assert_true(log.td);
	assert_err(replay(&b), HM_E_LOG_HEADER);
}

/* A whole event more replays to other registers: nothing is removed by guessing. */
static void a12_event_appended(void **state)
{
	struct hm_pcrs a, c;
	struct built b;

	(void)state;
	build(&b, HM_BANKS_ALL);
	assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &a));
	add(&b, HM_BANKS_ALL, 11, HM_EV_IPL, hm_bytes_of(NULL, 0));
	assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &c));
	assert_memory_not_equal(a.value[HM_SHA256][11], c.value[HM_SHA256][11], 32);
	assert_memory_equal(a.value[HM_SHA256][4], c.value[HM_SHA256][4], 32);
}

static void too_large(void **state)
{
	uint8_t *p = calloc(1, HM_EVENTLOG_MAX + 1);
	struct hm_eventlog log;
	struct built b;

	(void)state;
	assert_non_null(p);
	build(&b, HM_BANKS_ALL);
	memcpy(p, b.p, b.len);
	assert_ok(hm_eventlog_open(hm_bytes_of(p, HM_EVENTLOG_MAX), &log));
	assert_err(hm_eventlog_open(hm_bytes_of(p, HM_EVENTLOG_MAX + 1), &log), HM_E_LOG_TOO_LARGE);
	free(p);
}

static void empty_log(void **state)
{
	struct hm_eventlog log;
	struct hm_event event;
	struct built b;
	bool end = false;

	(void)state;
	assert_err(hm_eventlog_open(hm_bytes_of(NULL, 0), &log), HM_E_LOG_TRUNCATED);
	start(&b, HM_BANKS_ALL);
	assert_ok(hm_eventlog_open(bytes_of(&b), &log));
	assert_ok(hm_eventlog_next(&log, &event, &end));
	assert_true(end);
	/* And again: the end stays the end. */
	end = false;
	assert_ok(hm_eventlog_next(&log, &event, &end));
	assert_true(end);
}

/* EV_NO_ACTION never extends, whatever digest it carries. */
static void a02_no_action(void **state)
{
	struct hm_pcrs pcrs;
	struct built b;

	(void)state;
	start(&b, HM_BANKS_ALL);
	add(&b, HM_BANKS_ALL, 11, HM_EV_NO_ACTION, hm_bytes_of_text("with a digest"));
	assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &pcrs));
	for (uint32_t pcr = 0; pcr < 16; pcr++)
		assert_true(hm_pcr_is_zero(&pcrs, pcr));
}

/* --- StartupLocality --- */

static void a02_locality_values(void **state)
{
	(void)state;
	for (unsigned int value = 0; value < 256; value++) {
		bool good = value == 0 || value == 3 || value == 4;
		struct hm_pcrs pcrs;
		struct built b;

		start(&b, HM_BANKS_ALL);
		add_locality(&b, HM_BANKS_ALL, 0, (uint8_t)value, 17);
		assert_err(replay(&b), good ? HM_OK : HM_E_LOG_LOCALITY);
		if (!good)
			continue;
		assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &pcrs));
		assert_int_equal(pcrs.value[HM_SHA256][0][31], value);
		assert_int_equal(pcrs.value[HM_SHA384][0][47], value);
		assert_int_equal(pcrs.value[HM_SHA256][0][30], 0);
		assert_int_equal(pcrs.value[HM_SHA256][1][31], 0);
	}
}

static void a02_locality_misplaced(void **state)
{
	struct built b;

	(void)state;
	for (uint32_t pcr = 1; pcr < HM_PCR_COUNT; pcr++) {
		start(&b, HM_BANKS_ALL);
		add_locality(&b, HM_BANKS_ALL, pcr, 3, 17);
		assert_err(replay(&b), HM_E_LOG_LOCALITY);
	}
	start(&b, HM_BANKS_ALL);
	add_locality(&b, HM_BANKS_ALL, 0, 3, 17);
	add_locality(&b, HM_BANKS_ALL, 0, 3, 17);
	assert_err(replay(&b), HM_E_LOG_LOCALITY);
	start(&b, HM_BANKS_ALL);
	add(&b, HM_BANKS_ALL, 0, HM_EV_POST_CODE, hm_bytes_of_text("x"));
	add_locality(&b, HM_BANKS_ALL, 0, 3, 17);
	assert_err(replay(&b), HM_E_LOG_LOCALITY);
	start(&b, HM_BANKS_ALL);
	add_locality(&b, HM_BANKS_ALL, 0, 3, 16);
	assert_err(replay(&b), HM_E_LOG_LOCALITY);
	start(&b, HM_BANKS_ALL);
	add_locality(&b, HM_BANKS_ALL, 0, 3, 18);
	assert_err(replay(&b), HM_E_LOG_LOCALITY);
}

/* Events of other registers, and what never extends, may stand before it. */
static void locality_late_but_in_time(void **state)
{
	struct hm_pcrs pcrs;
	struct built b;

	(void)state;
	start(&b, HM_BANKS_ALL);
	add(&b, HM_BANKS_ALL, 0, HM_EV_NO_ACTION, hm_bytes_of_text("SP800-155 Event3"));
	add(&b, HM_BANKS_ALL, 7, HM_EV_SEPARATOR, hm_bytes_of("\0\0\0", 4));
	add_locality(&b, HM_BANKS_ALL, 0, 3, 17);
	assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &pcrs));
	assert_int_equal(pcrs.value[HM_SHA256][0][31], 3);
	assert_false(hm_pcr_is_zero(&pcrs, 7));
}

/* Only EV_NO_ACTION can say a locality: the same data in any other event is just data. */
static void locality_of_another_type(void **state)
{
	uint8_t data[17] = "StartupLocality";
	struct hm_pcrs pcrs;
	struct built b;

	(void)state;
	data[16] = 4;
	start(&b, HM_BANKS_ALL);
	add(&b, HM_BANKS_ALL, 9, HM_EV_POST_CODE, hm_bytes_of(data, sizeof(data)));
	assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &pcrs));
	assert_true(hm_pcr_is_zero(&pcrs, 0));
}

/* SHA-256 of 31 zeros and a 3, then the digest: computed by coreutils. */
static void locality_changes_the_start(void **state)
{
	struct hm_digests digests = {.banks = HM_BANK_BIT(HM_SHA256)};
	uint8_t buf[LOG_MAX];
	struct hm_writer w = hm_writer_of(buf, sizeof(buf));
	uint8_t data[17] = "StartupLocality";
	struct hm_pcrs pcrs;

	(void)state;
	data[16] = 3;
	assert_ok(hm_eventlog_put_header(&w, HM_BANK_BIT(HM_SHA256)));
	assert_ok(hm_eventlog_put_event(&w, 0, HM_EV_NO_ACTION, &digests, hm_bytes_of(data, 17)));
	memset(digests.value[HM_SHA256], 0x22, 32);
	assert_ok(hm_eventlog_put_event(&w, 0, HM_EV_POST_CODE, &digests, hm_bytes_of(NULL, 0)));
	assert_ok(hm_eventlog_replay(hm_writer_bytes(&w), &hm_crypto_hasher, &pcrs));
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA256][0], 32),
		   "d872eaf4c7d40d8ed61bd2f7d0406647fdcad10358bd11f82ad6b696802f87ea");
}

/* --- robustness --- */

/* The verdict does not depend on a type, as long as it is not the one that never extends. */
static void types_are_not_hashed(void **state)
{
	struct hm_pcrs want, got;
	struct built b;

	(void)state;
	start(&b, HM_BANKS_ALL);
	add(&b, HM_BANKS_ALL, 4, HM_EV_SEPARATOR, hm_bytes_of_text("x"));
	assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &want));
	for (uint32_t type = 0; type < 0x100; type++) {
		support_set_u32(b.p + b.first + 4, type < 0x80 ? type : 0x80000000u + type);
		assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &got));
		if (type != HM_EV_NO_ACTION)
			assert_memory_equal(&want, &got, sizeof(want));
	}
}

/* Bytes of the header that steer nothing: platform class client or server, errata. */
static bool is_free_header_bit(size_t off, unsigned int bit)
{
	return off == HEADER_DATA + 22 || (off == HEADER_DATA + 16 && bit == 0);
}

/* Of the log that build() makes; its first event is an EV_NO_ACTION. */
static bool is_not_hashed(const struct built *b, size_t off, unsigned int bit)
{
	if (b->display_only[off] || is_free_header_bit(off, bit))
		return true;
	if (off >= b->first + SHA1_ID + 2 && off < b->first + DATA_LEN)
		return true;
	for (size_t at = b->first; at < b->len;) {
		if (off >= at + 4 && off < at + 8)
			return true;
		at += DATA_LEN + 4 + support_get_u32(b->p + at + DATA_LEN);
	}
	return false;
}

/*
 * Every flipped bit is refused, or gives other registers, or is in what is not hashed: event data,
 * event types, the digests of EV_NO_ACTION, two fields of the header.
 */
static void every_bit_flipped(void **state)
{
	struct hm_pcrs want;
	struct built b;
	size_t refused = 0, differs = 0, shown = 0;

	(void)state;
	build(&b, HM_BANKS_ALL);
	assert_ok(hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &want));
	for (size_t i = 0; i < 8 * b.len; i++) {
		struct hm_pcrs got;
		size_t off = i / 8;
		unsigned int bit = i % 8;
		enum hm_err err;

		b.p[off] ^= (uint8_t)(1u << bit);
		err = hm_eventlog_replay(bytes_of(&b), &hm_crypto_hasher, &got);
		b.p[off] ^= (uint8_t)(1u << bit);
		if (err) {
			refused++;
		} else if (memcmp(&want, &got, sizeof(want)) != 0) {
			differs++;
		} else {
			if (!is_not_hashed(&b, off, bit))
				fail_msg("flip of bit %u at %zu is not seen", bit, off);
			shown++;
		}
	}
	print_message("#! flips: %zu refused, %zu give other registers, %zu in bytes that are not "
		      "hashed\n",
		      refused, differs, shown);
	assert_true(refused > 0 && differs > 0 && shown > 0);
}

static void a10_a13_every_length(void **state)
{
	struct built b;

	(void)state;
	build(&b, HM_BANKS_ALL);
	for (size_t len = 0; len < b.len; len++) {
		uint8_t *cut = malloc(len ? len : 1);
		struct hm_pcrs pcrs;
		enum hm_err err;

		assert_non_null(cut);
		memcpy(cut, b.p, len);
		err = hm_eventlog_replay(hm_bytes_of(cut, len), &hm_crypto_hasher, &pcrs);
		assert_true(err == HM_OK || err == HM_E_LOG_TRUNCATED);
		free(cut);
	}
}

static void next_leaves_outputs(void **state)
{
	struct hm_eventlog log, before;
	struct hm_event event, untouched;
	struct built b;
	bool end = true;

	(void)state;
	build(&b, HM_BANKS_ALL);
	b.len -= 1;
	assert_ok(hm_eventlog_open(bytes_of(&b), &log));
	for (size_t i = 0; i < 3; i++)
		assert_ok(hm_eventlog_next(&log, &event, &end));
	memset(&event, 0x77, sizeof(event));
	memcpy(&untouched, &event, sizeof(event));
	memcpy(&before, &log, sizeof(log));
	end = true;
	assert_err(hm_eventlog_next(&log, &event, &end), HM_E_LOG_TRUNCATED);
	assert_memory_equal(&event, &untouched, sizeof(event));
	assert_memory_equal(&log, &before, sizeof(log));
	assert_true(end);
}

/* A hash that fails at any call fails the replay; no register is given out. */
static void hash_fails(void **state)
{
	struct support_failing_hasher f;
	struct hm_pcrs pcrs, before;
	struct built b;
	unsigned int calls = 0;
	enum hm_err err;

	(void)state;
	build(&b, HM_BANKS_ALL);
	do {
		support_failing_hasher_init(&f, calls);
		memset(&pcrs, 0xa5, sizeof(pcrs));
		before = pcrs;
		err = hm_eventlog_replay(bytes_of(&b), &f.hasher, &pcrs);
		if (err) {
			assert_err(err, HM_E_HASH);
			assert_memory_equal(&pcrs, &before, sizeof(pcrs));
			calls++;
		}
	} while (err);
	/* Three events that extend, in four banks. */
	assert_int_equal(calls, 12);
}

static void type_names(void **state)
{
	(void)state;
	assert_string_equal(hm_event_type_name(HM_EV_SEPARATOR), "EV_SEPARATOR");
	assert_string_equal(hm_event_type_name(HM_EV_EFI_VARIABLE_AUTHORITY), "EV_EFI_VARIABLE_AUTHORITY");
	assert_string_equal(hm_event_type_name(HM_EV_NO_ACTION), "EV_NO_ACTION");
	assert_string_equal(hm_event_type_name(HM_EV_EFI_GPT_EVENT), "EV_EFI_GPT_EVENT");
	assert_null(hm_event_type_name(0x12345678));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_logs_replay),
		cmocka_unit_test(real_log_whole_value),
		cmocka_unit_test(real_logs_rewritten),
		cmocka_unit_test(a13_real_log_truncated),
		cmocka_unit_test(header_is_ovmfs),
		cmocka_unit_test(header_of_one_bank),
		cmocka_unit_test(variable_data),
		cmocka_unit_test(writer_refuses),
		cmocka_unit_test(writer_buffer),
		cmocka_unit_test(a11_header_fields),
		cmocka_unit_test(a11_foreign_algorithms),
		cmocka_unit_test(vendor_info),
		cmocka_unit_test(a09_pcr_index),
		cmocka_unit_test(a10_event_fields),
		cmocka_unit_test(digest_repeated),
		cmocka_unit_test(a10_trailing_bytes),
		cmocka_unit_test(a11_log_of_a_td),
		cmocka_unit_test(log_of_tpm12),
		cmocka_unit_test(a12_event_appended),
		cmocka_unit_test(too_large),
		cmocka_unit_test(empty_log),
		cmocka_unit_test(a02_no_action),
		cmocka_unit_test(a02_locality_values),
		cmocka_unit_test(a02_locality_misplaced),
		cmocka_unit_test(locality_late_but_in_time),
		cmocka_unit_test(locality_of_another_type),
		cmocka_unit_test(locality_changes_the_start),
		cmocka_unit_test(types_are_not_hashed),
		cmocka_unit_test(every_bit_flipped),
		cmocka_unit_test(a10_a13_every_length),
		cmocka_unit_test(next_leaves_outputs),
		cmocka_unit_test(hash_fails),
		cmocka_unit_test(type_names),
	};

	return cmocka_run_group_tests_name("eventlog", tests, NULL, NULL);
}
