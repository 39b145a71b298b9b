/* SPDX-License-Identifier: BSD-2-Clause */
/* test_measure.c - the walks of UKI and firmware against values of other programs and logs of real firmware */
#include "core/measure.h"

#include "tests/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(name, text) \
	{ \
		(name), (text), sizeof(text) - 1, 0, HM_PE_SCN_READ \
	}
#define CMDLINE "ro console=ttyS0"

static struct support_pe pe_file;
static struct support_recording recording;
static uint8_t scratch[2 * HM_FIRMWARE_SCRATCH];

static const struct support_pe_section small[] = {
	TEXT(".cmdline", CMDLINE),
	TEXT(".linux", "HALLO\n"),
	TEXT(".initrd", "foobar\n"),
};

static int set_up(void **state)
{
	(void)state;
	support_recording_init(&recording);
	support_pe_build_uki(&pe_file, small, HM_ARRAY_LEN(small));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_recording_free(&recording);
	return 0;
}

static void open_uki(struct hm_uki *ret)
{
	struct hm_pe pe;

	assert_ok(hm_pe_open_file(support_pe_bytes(&pe_file), &pe));
	assert_ok(hm_uki_open(&pe, ret));
}

static void measure_uki(const struct support_pe_section *sections, size_t count)
{
	struct hm_sink sink = support_recording_sink(&recording);
	struct hm_uki uki;

	support_pe_build_uki(&pe_file, sections, count);
	open_uki(&uki);
	assert_ok(hm_measure_uki(&uki, &sink));
}

/* systemd-measure calculate --linux=(HALLO) --initrd=(foobar), versions 252 and 257. */
static void test_uki_known_answer(void **state)
{
	static const struct support_pe_section sections[] = {
		TEXT(".initrd", "foobar\n"),
		TEXT(".linux", "HALLO\n"),
	};
	struct hm_bytes foo = hm_bytes_of_text("foo");
	struct hm_digests d;
	struct hm_pcrs pcrs;

	(void)state;
	measure_uki(sections, HM_ARRAY_LEN(sections));
	support_assert_pcr(&recording, 11, HM_SHA256,
			   "37b48bd0b222394dbe3cceff2fca4660c4b0a90ae9369ec90b42f14489989c13");
	support_recording_pcrs(&recording, &pcrs);
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &foo, 1, 0, &d));
	assert_ok(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, 11, &d));
	assert_hex(hm_bytes_of(pcrs.value[HM_SHA256][11], 32),
		   "21c49c1242042649e09c156546fd7d425ccc3c67359f840507b30be4e0f6f699");
}

/* The order in the file is not the order of measuring. */
static const struct support_pe_section all_sections[] = {
	TEXT(".hwids", "content of .hwids\n"),	   TEXT(".dtbauto", "content of .dtbauto\n"),
	TEXT(".profile", "content of .profile\n"), TEXT(".pcrpkey", "content of .pcrpkey\n"),
	TEXT(".pcrsig", "content of .pcrsig\n"),   TEXT(".sbat", "content of .sbat\n"),
	TEXT(".uname", "content of .uname\n"),	   TEXT(".dtb", "content of .dtb\n"),
	TEXT(".splash", "content of .splash\n"),   TEXT(".ucode", "content of .ucode\n"),
	TEXT(".initrd", "content of .initrd\n"),   TEXT(".cmdline", "content of .cmdline\n"),
	TEXT(".osrel", "content of .osrel\n"),	   TEXT(".linux", "content of .linux\n"),
	TEXT(".efifw", "content of .efifw\n"),
};

/*
 * systemd-measure 257 calculate with these thirteen; .pcrsig is not measured. It does not know
 * .efifw, and takes --dtbauto for .hwids and the reverse (corrected in later versions by systemd's
 * "sd-measure dtbauto and hwdids arg parsing"), so it was given them swapped.
 */
static void test_uki_all_sections(void **state)
{
	(void)state;
	measure_uki(all_sections, HM_ARRAY_LEN(all_sections) - 1);
	assert_int_equal(recording.count, 26);
	support_assert_pcr(&recording, 11, HM_SHA1, "c3c69970ca6419093307f4dd7b69cd3d7f0231f0");
	support_assert_pcr(&recording, 11, HM_SHA256,
			   "7a8d3d0ca430fcacefa3c337eff07f8ed29f81d0229b872b44f8e32845ea616a");
	support_assert_pcr(&recording, 11, HM_SHA384,
			   "721bb8c7fb675323124d9a6beaea032c29af6acf1bafb290af80f2c02a6d4827"
			   "af58c7b2bbbb3427cef99dfecd9f3b0c");
	support_assert_pcr(&recording, 11, HM_SHA512,
			   "761ab6b166cd9a7fe84584904a81437b67fa1f989efed78a7fec5c37d59de9b0"
			   "5dd72a8166488f84cdfd176c282ceaf7b39db4df06726ced04681a157798be33");
}

static void test_uki_events(void **state)
{
	static const char *const order[] = {
		".linux", ".osrel", ".cmdline", ".initrd",  ".ucode",	".splash", ".dtb",
		".uname", ".sbat",  ".pcrpkey", ".profile", ".dtbauto", ".hwids",  ".efifw",
	};

	(void)state;
	measure_uki(all_sections, HM_ARRAY_LEN(all_sections));
	assert_int_equal(recording.count, 2 * HM_ARRAY_LEN(order));
	for (size_t i = 0; ROW_NAMED(i, order, order[i]); i++) {
		uint8_t utf16[18] = {0};
		char name[16];

		for (size_t c = 0; c < strlen(order[i]); c++)
			utf16[2 * c] = (uint8_t)order[i][c];
		snprintf(name, sizeof(name), "%s name", order[i]);
		support_assert_event(&recording, 2 * i, 11, 0x0d, name);
		support_assert_event(&recording, 2 * i + 1, 11, 0x0d, order[i]);
		support_assert_data(&recording, 2 * i, hm_bytes_of(utf16, 2 * strlen(order[i]) + 2));
		support_assert_data(&recording, 2 * i + 1, hm_bytes_of(utf16, 2 * strlen(order[i]) + 2));
	}
}

/* VirtualSize 1000, 512 bytes of file; systemd-measure 257 over "HALLO\n" and 994 zeros. */
static void test_uki_zero_tail(void **state)
{
	static const struct support_pe_section sections[] = {
		{".linux", "HALLO\n", 6, 994, HM_PE_SCN_READ},
		TEXT(".initrd", "foobar\n"),
	};

	(void)state;
	measure_uki(sections, HM_ARRAY_LEN(sections));
	support_assert_pcr(&recording, 11, HM_SHA256,
			   "87b9f6b5ce44d1bb06452f0d80314c53d78e40f81fac1b58bf78bdfab2e884ce");
}

/* The predictor reads the file, the stub its memory: the same walk must see the same. */
static void test_uki_both_layouts(void **state)
{
	static struct support_pe_section sections[HM_ARRAY_LEN(all_sections)];
	static struct support_recording loaded;
	struct hm_sink sink = support_recording_sink(&loaded);
	struct hm_bytes image;
	uint8_t *memory;
	struct hm_uki uki;
	struct hm_pe pe;

	(void)state;
	memcpy(sections, all_sections, sizeof(sections));
	sections[3].extra_virtual = 5;
	sections[7].extra_virtual = 0x2345;
	measure_uki(sections, HM_ARRAY_LEN(sections));
	support_recording_init(&loaded);
	memory = support_pe_load(&pe_file, &image);
	assert_ok(hm_pe_open_loaded(image, &pe));
	assert_ok(hm_uki_open(&pe, &uki));
	assert_ok(hm_measure_uki(&uki, &sink));
	assert_int_equal(loaded.count, 28);
	support_assert_same_recording(&recording, &loaded);
	support_recording_free(&loaded);
	free(memory);
}

static void test_uki_stops_at_an_error(void **state)
{
	struct hm_sink sink = support_recording_sink(&recording);
	struct hm_uki uki;

	(void)state;
	open_uki(&uki);
	for (size_t i = 0; i < 6; i++) {
		support_recording_free(&recording);
		recording.fail_at = i;
		assert_err(hm_measure_uki(&uki, &sink), HM_E_EXTEND);
		assert_int_equal(recording.count, i);
	}
}

/* Everything that hm_measure_firmware needs, of the UKI in pe_file. */
struct firmware {
	struct hm_secure_boot secure_boot;
	struct hm_authenticode image;
	struct hm_uki uki;
	struct hm_firmware_inputs in;
};

static void firmware_init(struct firmware *f)
{
	memset(f, 0, sizeof(*f));
	open_uki(&f->uki);
	assert_ok(hm_authenticode_parts(&f->uki.pe, &f->image));
	f->secure_boot.supported = true;
	f->in = (struct hm_firmware_inputs){
		.platform = &hm_platform_plain,
		.secure_boot = &f->secure_boot,
		.uki = &f->uki,
		.image = &f->image,
		.cmdline = f->uki.section[HM_UKI_CMDLINE].data,
		.initrd = hm_bytes_of_text("ucode|foobar\n"),
		.scratch = scratch,
		.scratch_len = sizeof(scratch),
	};
}

static void measure_firmware(const struct firmware *f)
{
	struct hm_sink sink = support_recording_sink(&recording);

	support_recording_free(&recording);
	assert_ok(hm_measure_firmware(&f->in, &sink));
}

struct expected {
	uint32_t pcr;
	uint32_t type;
};

static void assert_order(const struct expected *expected, size_t count)
{
	assert_int_equal(recording.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(recording.event[i].pcr, expected[i].pcr);
		assert_int_equal(recording.event[i].type, expected[i].type);
	}
}

/* Types by number, from the TCG PFP; order of keylime-secureboot.bin and gce-tdx-uki.bin. */
static void test_firmware_order(void **state)
{
	static const struct expected expected[] = {
		{7, 0x80000001}, {7, 0x80000001}, {7, 0x80000001}, {7, 0x80000001}, {7, 0x80000001}, {7, 4},
		{4, 0x80000007}, {2, 4},	  {3, 4},	   {4, 4},	    {5, 4},	     {6, 4},
		{4, 0x80000003}, {11, 0x0d},	  {11, 0x0d},	   {11, 0x0d},	    {11, 0x0d},	     {11, 0x0d},
		{11, 0x0d},	 {9, 6},	  {9, 6},	   {5, 0x80000007}, {5, 0x80000007},
	};
	struct firmware f;

	(void)state;
	firmware_init(&f);
	measure_firmware(&f);
	assert_order(expected, HM_ARRAY_LEN(expected));
}

/* With the platform's events, in the order of azure-cvm.bin and gce-tdx-uki.bin; then registers 0 and 1 have
 * separators. */
static void test_firmware_platform(void **state)
{
	static const struct expected expected[] = {
		{0, 8},		 {0, 0x80000008}, {7, 0x80000001}, {7, 0x80000001}, {7, 0x80000001},
		{7, 0x80000001}, {7, 0x80000001}, {7, 4},	   {6, 0x0c},	    {1, 0x80000002},
		{4, 0x80000007}, {0, 4},	  {1, 4},	   {2, 4},	    {3, 4},
		{4, 4},		 {5, 4},	  {6, 4},	   {2, 0x80000003},
	};
	const struct hm_platform_event events[] = {
		{.place = HM_PLACE_FIRST, .pcr = 0, .type = 8, .what = "version"},
		{.place = HM_PLACE_VARIABLES, .pcr = 6, .type = 0x0c, .what = "UUID"},
		{.place = HM_PLACE_FIRST, .pcr = 0, .type = 0x80000008, .what = "volume"},
		{.place = HM_PLACE_VARIABLES, .pcr = 1, .type = 0x80000002, .what = "BootOrder"},
	};
	const struct hm_platform_walk platform = {
		.event = events,
		.event_count = HM_ARRAY_LEN(events),
		.gpt_pcr = 2,
		.image_pcr = 2,
		.image_data = hm_bytes_of_text("data"),
	};
	struct firmware f;
	size_t count;

	(void)state;
	firmware_init(&f);
	f.in.platform = &platform;
	measure_firmware(&f);
	count = recording.count;
	recording.count = HM_ARRAY_LEN(expected);
	assert_order(expected, HM_ARRAY_LEN(expected));
	recording.count = count;
	/* RULES: what register 4 holds where the image is not in it. */
	support_assert_pcr(&recording, 4, HM_SHA256,
			   "7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35");
}

/* A stub that lets the firmware load the kernel: its image event stands between the sections and the kernel's. */
static void test_firmware_inner(void **state)
{
	struct hm_authenticode inner = {.count = 1, .parts = {hm_bytes_of_text("kernel")}};
	struct firmware f;
	size_t at;

	(void)state;
	firmware_init(&f);
	measure_firmware(&f);
	at = recording.count - 4;
	f.in.inner = &inner;
	measure_firmware(&f);
	assert_int_equal(recording.event[at].pcr, 4);
	assert_int_equal(recording.event[at].type, 0x80000003);
	assert_int_equal(recording.event[at - 1].pcr, 11);
	assert_int_equal(recording.event[at + 1].pcr, 9);
}

static void test_firmware_separators(void **state)
{
	static const uint32_t only_separator[] = {2, 3, 6};
	struct firmware f;

	(void)state;
	firmware_init(&f);
	measure_firmware(&f);
	for (size_t i = 0; ROW(i, only_separator); i++) {
		support_assert_pcr(&recording, only_separator[i], HM_SHA1, "b2a83b0ebf2f8374299a5b2bdfc31ea955ad7236");
		support_assert_pcr(&recording, only_separator[i], HM_SHA256,
				   "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969");
		support_assert_pcr(&recording, only_separator[i], HM_SHA384,
				   "518923b0f955d08da077c96aaba522b9decede61c599cea6c41889cfbea4ae4d"
				   "50529d96fe4d1afdafb65e7f95bf23c4");
	}
	support_assert_data(&recording, 7, hm_bytes_of("\0\0\0\0", 4));
}

/* Read from virtual machines: Secure Boot compiled in but off, and not compiled in. */
static void test_firmware_pcr7_empty(void **state)
{
	struct firmware f;

	(void)state;
	firmware_init(&f);
	measure_firmware(&f);
	support_assert_pcr(&recording, 7, HM_SHA256,
			   "65caf8dd1e0ea7a6347b635d2b379c93b9a1351edc2afc3ecda700e534eb3068");
	support_assert_pcr(&recording, 7, HM_SHA384,
			   "98441c7f7625d10058c47683aec486ce311c633235eb555593a7ee791121e357"
			   "8ae72d04ecef661f272d59058b77af35");
	f.secure_boot.supported = false;
	measure_firmware(&f);
	support_assert_pcr(&recording, 7, HM_SHA256,
			   "b5710bf57d25623e4019027da116821fa99f5c81e9e38b87671cc574f9281439");
}

static void test_firmware_pcr4(void **state)
{
	struct hm_sink sink = support_recording_sink(&recording);
	struct hm_digests image;
	struct firmware f;

	(void)state;
	firmware_init(&f);
	/* Up to the image, which is event 12: a value that every cloud's log shows. */
	recording.fail_at = 12;
	assert_err(hm_measure_firmware(&f.in, &sink), HM_E_EXTEND);
	support_assert_pcr(&recording, 4, HM_SHA256,
			   "7a94ffe8a7729a566d3d3c577fcb4b6b1e671f31540375f80eae6382ab785e35");
	support_assert_pcr(&recording, 4, HM_SHA384,
			   "70bc457e087464760a8927d6312248dc117663410914ff8b1e42fd5dc91e16f5"
			   "fe3f15ca64372d3e47af8b4c53b01df9");
	support_assert_data(&recording, 6, hm_bytes_of_text("Calling EFI Application from Boot Option"));
	measure_firmware(&f);
	support_assert_event(&recording, 12, 4, HM_EV_EFI_BOOT_SERVICES_APPLICATION, "UKI");
	/* Depends on the VM. */
	assert_int_equal(recording.event[12].data_len, 0);
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, f.image.parts, f.image.count, 0, &image));
	assert_true(hm_digests_equal(&image, &recording.event[12].digests));
}

static void test_firmware_pcr5_without_gpt(void **state)
{
	struct firmware f;

	(void)state;
	firmware_init(&f);
	measure_firmware(&f);
	support_assert_pcr(&recording, 5, HM_SHA256,
			   "a5ceb755d043f32431d63e39f5161464620a3437280494b5850dc1b47cc074e0");
	support_assert_pcr(&recording, 5, HM_SHA384,
			   "c50b529497c7f441ea47305587d6ce83e2e31f7b4fab6c13dc0b0c3c900e1d0c"
			   "af0768321100927862df142bf0465ee4");
	support_assert_data(&recording, 21, hm_bytes_of_text("Exit Boot Services Invocation"));
	support_assert_data(&recording, 22, hm_bytes_of_text("Exit Boot Services Returned with Success"));
}

/* Values by Python's hashlib over UTF-16LE with NUL, and the initrd as given. */
static void test_firmware_pcr9(void **state)
{
	static const char options[] = "\xed\x22\x3b\x8f\x1a\0\0\0LOADED_IMAGE::LoadOptions";
	static const char initrd[] = "\xec\x22\x3b\x8f\x0d\0\0\0Linux initrd";
	struct firmware f;

	(void)state;
	firmware_init(&f);
	measure_firmware(&f);
	support_assert_pcr(&recording, 9, HM_SHA256,
			   "ccd40885c2a55389d16cc2606714cc21f1f9054b735fc7d2785e980557de963a");
	support_assert_pcr(&recording, 9, HM_SHA384,
			   "ed5e5f3c26a8c5e263b93d095c5da02c7fe24a905ae19b5f021214450249d804"
			   "a8e5740221b5d910004a30d5ba3fdd2a");
	support_assert_data(&recording, 19, hm_bytes_of(options, sizeof(options)));
	support_assert_data(&recording, 20, hm_bytes_of(initrd, sizeof(initrd)));
}

static void test_firmware_longest_cmdline(void **state)
{
	static char line[2047];
	const struct support_pe_section sections[] = {
		{".cmdline", line, sizeof(line), 0, HM_PE_SCN_READ},
		TEXT(".linux", "HALLO\n"),
		TEXT(".initrd", "foobar\n"),
	};
	struct firmware f;

	(void)state;
	memset(line, 'a', sizeof(line));
	support_pe_build_uki(&pe_file, sections, HM_ARRAY_LEN(sections));
	firmware_init(&f);
	f.in.scratch_len = HM_FIRMWARE_SCRATCH;
	measure_firmware(&f);
	assert_int_equal(recording.count, 23);
}

static void test_firmware_refuses(void **state)
{
	struct hm_sink sink = support_recording_sink(&recording);
	struct firmware f;

	(void)state;
	firmware_init(&f);
	f.in.scratch_len = HM_FIRMWARE_SCRATCH - 1;
	assert_err(hm_measure_firmware(&f.in, &sink), HM_E_BUFFER);
	f.in.scratch_len = HM_FIRMWARE_SCRATCH;
	f.uki.present[HM_UKI_INITRD] = false;
	assert_err(hm_measure_firmware(&f.in, &sink), HM_E_UKI_NO_INITRD);
	assert_int_equal(recording.count, 0);
	/* A variable with its header must fit. */
	f.uki.present[HM_UKI_INITRD] = true;
	f.secure_boot.dbx = hm_bytes_of(scratch, HM_FIRMWARE_SCRATCH - 37);
	assert_err(hm_measure_firmware(&f.in, &sink), HM_E_BUFFER);
	assert_int_equal(recording.count, 4);
}

static void test_firmware_stops_at_an_error(void **state)
{
	struct hm_sink sink = support_recording_sink(&recording);
	static struct hm_gpt gpt;
	struct firmware f;

	(void)state;
	firmware_init(&f);
	f.secure_boot.enabled = true;
	f.in.gpt = &gpt;
	for (size_t i = 0; i < 25; i++) {
		support_recording_free(&recording);
		recording.fail_at = i;
		assert_err(hm_measure_firmware(&f.in, &sink), HM_E_EXTEND);
		assert_int_equal(recording.count, i);
	}
	measure_firmware(&f);
	assert_int_equal(recording.count, 25);
}

/* A log of a real machine, held open. */
struct log {
	uint8_t *content;
	size_t count;
	struct hm_event event[128];
};

static void open_log(struct log *log, const char *name)
{
	struct hm_eventlog reader;
	struct hm_bytes bytes;
	bool end = false;

	log->content = support_fixture(name, &bytes);
	log->count = 0;
	assert_ok(hm_eventlog_open(bytes, &reader));
	for (;;) {
		assert_true(log->count < HM_ARRAY_LEN(log->event));
		assert_ok(hm_eventlog_next(&reader, &log->event[log->count], &end));
		if (end)
			return;
		log->count++;
	}
}

/* The nth event (from 0) of a register and type; -1 takes any type. */
static const struct hm_event *log_event(const struct log *log, uint32_t pcr, int64_t type, size_t nth)
{
	for (size_t i = 0; i < log->count; i++) {
		const struct hm_event *e = &log->event[i];

		if (e->pcr == pcr && (type == -1 || e->type == type) && nth-- == 0)
			return e;
	}
	fail_msg("the log has no such event");
	return NULL;
}

static struct hm_bytes variable_data(const struct hm_event *e)
{
	struct hm_reader r = hm_reader_of(e->data);
	uint64_t chars, len;
	struct hm_bytes data;

	hm_skip(&r, 16);
	chars = hm_get_u64le(&r);
	len = hm_get_u64le(&r);
	hm_skip(&r, 2 * chars);
	data = hm_get_bytes(&r, len);
	assert_true(hm_reader_done(&r));
	return data;
}

static void assert_like_log(size_t index, const struct hm_event *want)
{
	const struct support_recorded *got = &recording.event[index];

	assert_true(index < recording.count);
	assert_int_equal(got->pcr, want->pcr);
	assert_int_equal(got->type, want->type);
	support_assert_data(&recording, index, want->data);
	for (enum hm_bank bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (want->digests.banks & HM_BANK_BIT(bank))
			assert_memory_equal(got->digests.value[bank], want->digests.value[bank], hm_algs[bank].len);
	}
}

static void gpt_of_event(const struct hm_event *e, struct hm_gpt *ret)
{
	struct hm_reader r = hm_reader_of(e->data);
	struct hm_bytes entries;

	memset(ret, 0, sizeof(*ret));
	memcpy(ret->header, hm_get_bytes(&r, HM_GPT_HEADER_LEN).p, HM_GPT_HEADER_LEN);
	ret->entry_count = HM_GPT_ENTRIES_MAX;
	ret->partition_count = (uint32_t)hm_get_u64le(&r);
	assert_true(ret->partition_count <= HM_GPT_ENTRIES_MAX);
	entries = hm_get_bytes(&r, (uint64_t)ret->partition_count * HM_GPT_ENTRY_LEN);
	assert_true(hm_reader_done(&r));
	memcpy(ret->entries, entries.p, entries.len);
	for (uint32_t i = 0; i < ret->partition_count; i++)
		ret->partition[i].number = i + 1;
}

/*
 * OVMF with Secure Boot on: with the log's variables, authority and GPT as inputs, the events,
 * bytes and digests of PCR 2 to 7 up to the image are the log's, in its order.
 */
static void test_firmware_like_secure_boot_log(void **state)
{
	static struct hm_gpt gpt;
	static struct log log;
	struct firmware f;
	size_t next = 0;

	(void)state;
	open_log(&log, "eventlogs/keylime-secureboot.bin");
	firmware_init(&f);
	f.secure_boot = (struct hm_secure_boot){
		.supported = true,
		.enabled = true,
		.pk = variable_data(log_event(&log, 7, HM_EV_EFI_VARIABLE_DRIVER_CONFIG, 1)),
		.kek = variable_data(log_event(&log, 7, HM_EV_EFI_VARIABLE_DRIVER_CONFIG, 2)),
		.db = variable_data(log_event(&log, 7, HM_EV_EFI_VARIABLE_DRIVER_CONFIG, 3)),
		.dbx = variable_data(log_event(&log, 7, HM_EV_EFI_VARIABLE_DRIVER_CONFIG, 4)),
		.authority = variable_data(log_event(&log, 7, HM_EV_EFI_VARIABLE_AUTHORITY, 0)),
	};
	gpt_of_event(log_event(&log, 5, HM_EV_EFI_GPT_EVENT, 0), &gpt);
	f.in.gpt = &gpt;
	measure_firmware(&f);
	for (size_t i = 0; i < log.count; i++) {
		const struct hm_event *e = &log.event[i];

		/* Not walked, and the option ROM of that machine's network card. */
		if (e->pcr < 2 || e->type == 0x80000004)
			continue;
		if (e->type == HM_EV_EFI_BOOT_SERVICES_APPLICATION)
			break;
		assert_like_log(next++, e);
	}
	assert_int_equal(next, 14);
	support_assert_event(&recording, next, 4, HM_EV_EFI_BOOT_SERVICES_APPLICATION, "UKI");
	assert_like_log(recording.count - 2, log_event(&log, 5, HM_EV_EFI_ACTION, 0));
	assert_like_log(recording.count - 1, log_event(&log, 5, HM_EV_EFI_ACTION, 1));
	free(log.content);
}

/* edk2 measures dbt behind dbx, and, unlike the others, only where it is set. */
static void test_firmware_dbt(void **state)
{
	struct firmware f;
	size_t without;

	(void)state;
	firmware_init(&f);
	measure_firmware(&f);
	without = recording.count;
	support_assert_event(&recording, 4, 7, HM_EV_EFI_VARIABLE_DRIVER_CONFIG, "dbx");
	firmware_init(&f);
	f.secure_boot.dbt = hm_bytes_of("stamps", 6);
	measure_firmware(&f);
	assert_int_equal(recording.count, without + 1);
	support_assert_event(&recording, 4, 7, HM_EV_EFI_VARIABLE_DRIVER_CONFIG, "dbx");
	support_assert_event(&recording, 5, 7, HM_EV_EFI_VARIABLE_DRIVER_CONFIG, "dbt");
}

/* OVMF without Secure Boot: the whole of PCR 2 to 7 up to the boot loader. */
static void test_firmware_like_plain_log(void **state)
{
	static struct log log;
	struct firmware f;
	size_t next = 0;

	(void)state;
	open_log(&log, "eventlogs/sd-boot-fedora37.bin");
	firmware_init(&f);
	f.secure_boot.supported = false;
	measure_firmware(&f);
	for (size_t i = 0; i < log.count && next < 12; i++) {
		if (log.event[i].pcr >= 2)
			assert_like_log(next++, &log.event[i]);
	}
	assert_int_equal(next, 12);
	free(log.content);
}

/* A UKI on Google TDX: what stub and kernel log, in order; the contents are others. */
static void test_firmware_like_uki_log(void **state)
{
	static struct log log;
	struct firmware f;
	size_t last = 0;

	(void)state;
	open_log(&log, "eventlogs/gce-tdx-uki.bin");
	firmware_init(&f);
	measure_firmware(&f);
	for (uint32_t nth = 0; nth < 2; nth++) {
		const struct hm_event *tag = log_event(&log, 9, -1, nth);
		const struct hm_event *linux_event = log_event(&log, 11, -1, nth);

		assert_int_equal(tag->type, recording.event[19 + nth].type);
		support_assert_data(&recording, 19 + nth, tag->data);
		support_assert_data(&recording, 13 + nth, linux_event->data);
		assert_true(tag->index > linux_event->index);
		last = tag->index;
	}
	/* The name's digest is over the name alone: the same in every UKI. */
	assert_memory_equal(recording.event[13].digests.value[HM_SHA256],
			    log_event(&log, 11, -1, 0)->digests.value[HM_SHA256], 32);
	for (uint32_t nth = 0; nth < 2; nth++) {
		const struct hm_event *action = log_event(&log, 5, HM_EV_EFI_ACTION, nth);

		assert_like_log(21 + nth, action);
		assert_true(action->index > last);
	}
	free(log.content);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_uki_known_answer),
		TEST(test_uki_all_sections),
		TEST(test_uki_events),
		TEST(test_uki_zero_tail),
		TEST(test_uki_both_layouts),
		TEST(test_uki_stops_at_an_error),
		TEST(test_firmware_order),
		TEST(test_firmware_platform),
		TEST(test_firmware_inner),
		TEST(test_firmware_separators),
		TEST(test_firmware_pcr7_empty),
		TEST(test_firmware_pcr4),
		TEST(test_firmware_pcr5_without_gpt),
		TEST(test_firmware_pcr9),
		TEST(test_firmware_longest_cmdline),
		TEST(test_firmware_refuses),
		TEST(test_firmware_stops_at_an_error),
		TEST(test_firmware_like_secure_boot_log),
		TEST(test_firmware_dbt),
		TEST(test_firmware_like_plain_log),
		TEST(test_firmware_like_uki_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
