/* SPDX-License-Identifier: BSD-2-Clause */
/* test_golden.c - golden.json and the report: one form, everything else refused with a line */
#include "lib/base/error.h"
#include "lib/golden/golden.h"
#include "host/log/report.h"

#include "tests/support/support.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"
#include "host/predict/golden_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
/* printf 'hallmark-lock/1 layers=1' | openssl dgst -binary, behind zeros, hashed again */
#define LOCK_SHA256 "7b60a691174b89a8ddf9d3df6a7e3fc22087905f8920ab2625cb02d133773138"
#define LOCK_SHA384 "a3a52ef4ed84d85e0069c9e973e9e27d9154b7edbd71aac21de62413359151946d6e71ac0560054e18e5819f62e45620"

/* Register 0: a separator, as an event, or as a value that somebody has published. */
static struct hm_golden_profile *make_profile(const char *name, uint32_t banks, bool events)
{
	static const uint8_t zeros[4];
	const struct hm_bytes separator = hm_bytes_of(zeros, sizeof(zeros));
	struct hm_golden_profile *profile = calloc(1, sizeof(*profile));
	struct hm_golden_event *event;
	struct hm_pcrs pcrs;

	assert_non_null(profile);
	profile->name = strdup(name);
	profile->machine = strdup("q35, 1024 MiB");
	profile->firmware_known = events;
	profile->firmware_sha256[0] = 0xef;
	profile->registers = 1;
	profile->policy[0] = HM_POLICY_PINNED;
	profile->has_value[0] = true;
	event = &profile->event[0];
	*event = (struct hm_golden_event){.type = HM_EV_SEPARATOR, .what = strdup("first")};
	assert_ok(hm_digests_of(&hm_crypto_hasher, banks, &separator, 1, 0, &event->digests));
	hm_pcrs_init(&pcrs, banks, 0);
	assert_ok(hm_pcrs_extend(&pcrs, &hm_crypto_hasher, 0, &event->digests));
	hm_pcr_digests(&pcrs, 0, &profile->value[0]);
	profile->event_count = events;
	if (!events)
		hm_golden_event_free(event);
	return profile;
}

/* A golden file with one layer, a lock, and a separator in PCR 2. */
static struct hm_golden *make_golden(void)
{
	static const uint8_t zeros[4];
	const struct hm_bytes separator = hm_bytes_of(zeros, sizeof(zeros));
	const struct hm_measurement m = {.pcr = 2,
					 .type = HM_EV_SEPARATOR,
					 .parts = &separator,
					 .part_count = 1,
					 .data = separator,
					 .what = "separator"};
	const struct hm_bytes abc = hm_bytes_of_text("abc");
	const struct hm_measurement section = {
		.pcr = 11, .type = HM_EV_IPL, .parts = &abc, .part_count = 1, .what = ".abc"};
	struct hm_golden *golden = calloc(1, sizeof(*golden));
	struct hm_record record;
	struct hm_recorder recorder;
	struct hm_sink sink;

	assert_non_null(golden);
	golden->banks = HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384);
	golden->image_name = strdup("demo");
	golden->image_version = strdup("1.0 beta");
	golden->input[0] = (struct hm_golden_source){.name = strdup("uki"), .size = 123456, .sha256 = {0xab}};
	golden->input_count = 1;
	assert_true(hm_recorder_init(&recorder, golden));
	sink = hm_recorder_sink(&recorder);
	assert_ok(sink.extend(sink.ctx, &m));
	assert_ok(
		hm_record_parse(hm_bytes_of_text("hallmark-layer/1 name=root type=ram size=7 sha256=" ROOT), &record));
	assert_ok(hm_measure_record(&record, 11, &sink));
	assert_ok(hm_measure_lock(1, &sink));
	/* What the stub measures, and RTMR 2 by it: (48 zero bytes; sha384sum of abc) | sha384sum. */
	assert_ok(sink.extend(sink.ctx, &section));
	hm_recorder_free(&recorder);
	/* 2027-01-01T00:00:00Z and 2027-12-01T23:59:59Z, by date -u -d. */
	golden->has_not_before = golden->has_not_after = true;
	golden->not_before = 1798761600;
	golden->not_after = 1827705599;
	golden->parts[0] = (struct hm_golden_part){.name = strdup("weights"), .sha256 = {0xcd}};
	golden->part_count = 1;
	golden->policy[0] = HM_POLICY_ONE_OF;
	golden->profile[0] = make_profile("ovmf", golden->banks, true);
	golden->profile[1] = make_profile("cloud", golden->banks, false);
	golden->profile[1]->value[0].value[HM_SHA256][0] ^= 1;
	golden->profile_count = 2;
	return golden;
}

static char *make_text(void)
{
	struct hm_golden *golden = make_golden();
	char *text = hm_golden_format(golden);

	assert_non_null(text);
	hm_golden_free(golden);
	return text;
}

/* A copy of `text` with the first `from` replaced. */
static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *copy = malloc(strlen(text) + strlen(to) + 1);

	if (!at)
		print_error("'%s' is not in the text\n", from);
	assert_non_null(at);
	assert_non_null(copy);
	memcpy(copy, text, (size_t)(at - text));
	strcpy(copy + (at - text), to);
	strcat(copy, at + strlen(from));
	return copy;
}

static void test_values(void **state)
{
	struct hm_golden *golden = make_golden();

	(void)state;
	assert_hex(hm_bytes_of(golden->pcrs.value[HM_SHA256][12], 32), LOCK_SHA256);
	assert_hex(hm_bytes_of(golden->pcrs.value[HM_SHA384][12], 48), LOCK_SHA384);
	/* RULES: a register with nothing but the separator. */
	assert_hex(hm_bytes_of(golden->pcrs.value[HM_SHA256][2], 32),
		   "3d458cfe55cc03ea1f443f1562beec8df51c75e14a9fcf9a7234a13f198e7969");
	assert_int_equal(golden->event_count, 8);
	assert_int_equal(golden->layer_count, 1);
	hm_golden_free(golden);
}

static void test_round_trip(void **state)
{
	char *text = make_text();
	struct hm_error error = {0};
	struct hm_golden *golden = NULL;
	char *again;

	(void)state;
	if (!hm_golden_parse(hm_bytes_of(text, strlen(text)), &golden, &error))
		fail_msg("%s", error.text);
	assert_string_equal(golden->image_name, "demo");
	assert_string_equal(golden->image_version, "1.0 beta");
	assert_int_equal(golden->input[0].size, 123456);
	assert_int_equal(golden->policy[0], HM_POLICY_ONE_OF);
	assert_int_equal(golden->policy[1], HM_POLICY_SHOWN);
	assert_false(golden->has_value[0] || golden->has_value[1]);
	assert_int_equal(golden->policy[15], HM_POLICY_REPLAYED);
	assert_true(golden->has_not_before && golden->has_not_after);
	assert_int_equal(golden->not_before, 1798761600);
	assert_int_equal(golden->not_after, 1827705599);
	assert_int_equal(golden->part_count, 1);
	assert_int_equal(golden->profile_count, 2);
	assert_true(golden->profile[0]->firmware_known);
	assert_false(golden->profile[1]->firmware_known);
	assert_int_equal(golden->policy[8], HM_POLICY_ZERO);
	assert_string_equal(golden->event[1].what, "layer root");
	again = hm_golden_format(golden);
	assert_string_equal(again, text);
	free(again);
	free(text);
	hm_golden_free(golden);
}

struct change {
	const char *from;
	const char *to;
	const char *why;
};

#define OPTION_ROMS "\"holds\": \"option ROMs\",\n      \"values\": {\n        "

#define PCR0 "\"pcr\": 0,\n      \"policy\": \"one-of\""

/* Each takes the good text and damages one thing. */
#define RTMR2_HEAD "93732e37"
static const struct change golden_changes[] = {
	{"\"rtmr\": 2", "\"rtmr\": 3", "rtmrs[0].rtmr is not 2"},
	{RTMR2_HEAD, "0" RTMR2_HEAD, "rtmrs[0].value is not"},
	{"\"" RTMR2_HEAD, "\"00000000", "rtmrs[0].value is not what the events give"},
	{"\"rtmrs\": [", "\"rtmrs\": [{},", "rtmrs has not exactly the registers that the events give"},
	{"\"rtmrs\": [", "\"rtmr\": [", "rtmr is not a known field"},
	{"hallmark-golden/1", "hallmark-golden/2", "version is not hallmark-golden/1"},
	{"\"version\": \"hallmark-golden/1\",", "", "version is missing"},
	{"\"version\": \"hallmark-golden/1\",", "\"version\": 1,", "version is not a string"},
	{"\"version\": \"hallmark-golden/1\",",
	 "\"version\": \"hallmark-golden/1\", \"version\": \"hallmark-golden/1\",", "duplicate object key"},
	{"\"image\": {", "\"extra\": 1, \"image\": {", "extra is not a known field"},
	{"\"version\": \"hallmark-golden/1\",\n  \"image\": {\n    \"name\": \"demo\",\n    \"version\": \"1.0 beta\"\n  },",
	 "\"image\": {\"name\": \"demo\", \"version\": \"1.0 beta\"},\n  \"version\": \"hallmark-golden/1\",",
	 "image is out of order"},
	{"\"image\": {", "\"image\": [{", "']' expected"},
	{"\"name\": \"demo\"", "\"name\": \"De mo\"", "image.name is not of [a-z0-9-]{1,32}"},
	{"\"name\": \"demo\",", "", "image.name is missing"},
	{"\"1.0 beta\"", "\"\"", "image.version is not of 1 to 64 characters"},
	{"\"1.0 beta\"", "\"\\u00e9\"", "image.version has a character that is not printable ASCII"},
	{"\"1.0 beta\"", "\"a\\nb\"", "image.version has a character that is not printable ASCII"},
	{"\"1.0 beta\"", "null", "image.version is not a string"},
	{"\"sha256\",\n    \"sha384\"", "\"sha384\",\n    \"sha256\"", "banks[1] is out of order"},
	{"\"sha256\",\n    \"sha384\"", "\"sha256\",\n    \"sha256\"", "banks[1] is out of order"},
	{"\"sha256\",\n    \"sha384\"", "\"sha256\",\n    \"md5\"", "banks[1] is not sha1, sha256, sha384 or sha512"},
	{"\"sha256\",\n    \"sha384\"", "\"sha1\"", "banks: neither"},
	{"\"sha256\",\n    \"sha384\"", "\"sha256\"", "profiles[0].pcrs[0].values.sha384 is not a known field"},
	{"\"sha256\",\n    \"sha384\"", "\"sha256\",\n    \"sha384\", \"sha512\"",
	 "profiles[0].pcrs[0].values.sha512 is missing"},
	{"123456", "-1", "inputs[0].size is not from 0"},
	{"123456", "1.5", "inputs[0].size is not an integer"},
	{"123456", "\"123456\"", "inputs[0].size is not an integer"},
	{"\"name\": \"uki\",", "", "inputs[0].name is missing"},
	{"\"sha256\": \"ab00", "\"sha256\": \"AB00", "inputs[0].sha256 is not 64 lower-case hex digits"},
	{"\"sha256\": \"ab00", "\"sha256\": \"ab", "inputs[0].sha256 is not 64 lower-case hex digits"},
	{"\"layers\": [\n    \"hallmark-layer/1", "\"layers\": [\n    \"hallmark-layer/2",
	 "layers[0] is not a layer's record"},
	{"\"layers\": [\n    \"hallmark-layer/1 name=root", "\"layers\": [\n    \"hallmark-layer/1 name=boot",
	 "events[1] is not the next one of layers"},
	{"\"layers\": [\n    \"hallmark-layer/1 name=root type=ram size=7 sha256=" ROOT "\"", "\"layers\": [",
	 "events[1] is not the next one of layers"},
	{"\"layers\": [", "\"layers\": [\"hallmark-layer/1 name=root type=ram size=7 sha256=" ROOT "\",",
	 "layers[1] is not among the events"},
	{"\"layers\": [", "\"layers\": [7,", "layers[0] is not a layer's record"},
	{PCR0, "\"pcr\": 1,\n      \"policy\": \"one-of\"", "pcrs[0].pcr is not 0"},
	{PCR0, "\"policy\": \"one-of\"", "pcrs[0].pcr is missing"},
	{PCR0, "\"pcr\": 0.0,\n      \"policy\": \"one-of\"", "pcrs[0].pcr is not an integer"},
	{"\"policy\": \"one-of\"", "\"policy\": \"One-of\"",
	 "pcrs[0].policy is not one-of, pinned, zero, shown or replayed"},
	{"\"policy\": \"one-of\"", "\"policy\": \"platform\"",
	 "pcrs[0].policy is not one-of, pinned, zero, shown or replayed"},
	{"\"policy\": \"one-of\"", "\"policy\": \"pinned\"", "pcrs[0].values is missing"},
	{"\"policy\": \"one-of\"", "\"policy\": \"zero\"", "pcrs[0].values is missing"},
	{"\"policy\": \"one-of\"", "\"policy\": \"replayed\"",
	 "pcrs[0].policy is replayed, which is for register 15 only"},
	{"\"policy\": \"one-of\"", "\"policy\": \"shown\"", "profiles[0].pcrs has register 0"},
	{"\"policy\": \"shown\"", "\"policy\": \"one-of\"", "profiles[0].pcrs lacks register 1"},
	{"\"policy\": \"pinned\",\n      \"holds\": \"option ROMs\"",
	 "\"policy\": \"one-of\",\n      \"holds\": \"option ROMs\"",
	 "pcrs[2].values exists for a register that is one of the profiles'"},
	{"\"policy\": \"pinned\",\n      \"holds\": \"option ROMs\"",
	 "\"policy\": \"zero\",\n      \"holds\": \"option ROMs\"",
	 "pcrs[2] is extended by the events though its policy is zero"},
	{"\"not_before\": \"2027-01-01T00:00:00Z\"", "\"not_before\": \"2027-01-01T00:00:00+00:00\"",
	 "valid.not_before is not a time like"},
	{"2027-01-01", "2027-02-29", "valid.not_before is not a time like"},
	{"2027-01-01", "2028-01-01", "valid.not_after is before not_before"},
	{"\"not_before\": \"2027-01-01T00:00:00Z\",\n    \"not_after\": \"2027-12-01T23:59:59Z\"", "",
	 "valid is empty"},
	{"\"not_before\"", "\"before\"", "valid.before is not a known field"},
	{"\"name\": \"weights\"", "\"name\": \"We\"", "parts[0].name is not of [a-z0-9-]{1,32}"},
	{"\"sha256\": \"cd00", "\"sha256\": \"cd", "parts[0].sha256 is not 64 lower-case hex digits"},
	{"\"name\": \"cloud\"", "\"name\": \"ovmf\"", "profiles[1].name is also that of another profile"},
	{"\"name\": \"ovmf\"", "\"name\": \"\"", "profiles[0].name is not of"},
	{"\"firmware_sha256\": \"ef00", "\"firmware_sha256\": \"EF00", "profiles[0].firmware_sha256 is not 64"},
	{"\"machine\": \"q35, 1024 MiB\",", "", "profiles[0].machine is missing"},
	{"\"pcrs\": [\n        {\n          \"pcr\": 0", "\"pcrs\": [\n        {\n          \"pcr\": 1",
	 "profiles[0].events[0].pcr is not a register with values"},
	{"\"policy\": \"pinned\",\n          \"values\"", "\"policy\": \"zero\",\n          \"values\"",
	 "profiles[0].pcrs[0].policy is not pinned or shown"},
	{"\"policy\": \"pinned\",\n          \"values\"", "\"policy\": \"one-of\",\n          \"values\"",
	 "profiles[0].pcrs[0].policy is not pinned or shown"},
	{"\"events\": [\n        {\n          \"pcr\": 0", "\"events\": [\n        {\n          \"pcr\": 2",
	 "profiles[0].events[0].pcr is not a register with values"},
	{"\"sha256\": \"3d458c", "\"sha256\": \"3d458d",
	 "profiles[0]: the sha256 value of register 0 is not what the events give"},
	{"\"holds\": \"firmware code\"", "\"holds\": \"\"", "pcrs[0].holds is not of 1 to 128 characters"},
	{"\"pcrs\": [", "\"pcrs\": [{},", "profiles[0].pcrs[0].pcr is missing"},
	{"\"pcrs\": [\n    {\n      \"pcr\": 0", "\"pcrs\": [{},\n    {\n      \"pcr\": 0",
	 "pcrs does not have the registers 0 to 15"},
	{OPTION_ROMS "\"sha256\": \"3d458c", OPTION_ROMS "\"sha256\": \"3d458d",
	 "pcrs[2].values.sha256 is not what the events give"},
	{"\"events\": [\n    {\n      \"pcr\": 2", "\"events\": [\n    {\n      \"pcr\": 3",
	 "pcrs[2].values.sha256 is not what"},
	{"\"events\": [\n    {\n      \"pcr\": 2", "\"events\": [\n    {\n      \"pcr\": 16",
	 "events[0].pcr is not from 0 to 15"},
	{"\"events\": [\n    {\n      \"pcr\": 2", "\"events\": [\n    {\n      \"pcr\": 1",
	 "events[0].pcr is a register without values"},
	{"EV_SEPARATOR", "EV_SEPARATORS", "events[0].type is not a known event type"},
	{"\"what\": \"separator\",", "", "events[0].what is missing"},
	{"\"what\": \"separator\",", "\"what\": \"\",", "events[0].what is not of 1 to 64 characters"},
	{"\"type\": \"hallmark\",\n      \"what\": \"layer root\",\n      \"content\": \"hallmark-layer/1 name=root",
	 "\"type\": \"hallmark\",\n      \"what\": \"layer root\",\n      \"content\": \"hallmark-layer/1 name=boot",
	 "events[1].digests are not those of its content"},
	{"\"content\": \"hallmark-lock/1 layers=1\",", "", "events[2].content is missing"},
	{"\"content\": \"hallmark-lock/1 layers=1\",", "\"content\": \"hallmark-lock/1 layers=01\",",
	 "events[2].content is not a record"},
	{"\"digests\": {", "\"digests\": {\"sha1\": \"00\",", "events[0].digests.sha1 is not a known field"},
};

static void assert_golden_refused(const char *text, size_t len, const char *want)
{
	struct hm_golden *golden = NULL;
	struct hm_error error = {0};

	if (hm_golden_parse(hm_bytes_of(text, len), &golden, &error)) {
		hm_golden_free(golden);
		fail_msg("accepted, although: %s", want);
	}
	assert_null(golden);
	if (!strstr(error.text, want))
		fail_msg("refused with '%s', not with '%s'", error.text, want);
	assert_null(strchr(error.text, '\n'));
}

static void test_golden_refused(void **state)
{
	char *text = make_text();

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, golden_changes, golden_changes[i].why); i++) {
		char *bad = replaced(text, golden_changes[i].from, golden_changes[i].to);

		assert_golden_refused(bad, strlen(bad), golden_changes[i].why);
		free(bad);
	}
	free(text);
}

static void test_golden_cut(void **state)
{
	char *text = make_text();
	size_t len = strlen(text);
	char *longer = malloc(len + 3);

	(void)state;
	assert_non_null(longer);
	assert_golden_refused(text, 0, "the file is empty");
	/* Without the closing brace or less; the newline at the end is not needed to parse. */
	for (size_t cut = 1; cut < len - 1; cut += 37)
		assert_golden_refused(text, cut, "line ");
	memcpy(longer, text, len);
	memcpy(longer + len, "{}", 3);
	assert_golden_refused(longer, len + 2, "end of file expected");
	free(longer);
	free(text);
}

/* --- report --- */

static char *make_report_text(void)
{
	static const uint8_t firmware[] = "firmware log, any bytes";
	struct hm_report *report = calloc(1, sizeof(*report));
	char *text;

	assert_non_null(report);
	hm_pcrs_init(&report->pcrs, HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA256), 0);
	report->pcrs.value[HM_SHA256][15][31] = 0x7f;
	report->firmware_log = malloc(sizeof(firmware));
	assert_non_null(report->firmware_log);
	memcpy(report->firmware_log, firmware, sizeof(firmware));
	report->firmware_log_len = sizeof(firmware);
	text = hm_report_format(report);
	assert_non_null(text);
	hm_report_free(report);
	return text;
}

static void test_report_round_trip(void **state)
{
	char *text = make_report_text();
	struct hm_report *report = NULL;
	struct hm_error error = {0};
	char *again;

	(void)state;
	if (!hm_report_parse(hm_bytes_of(text, strlen(text)), &report, &error))
		fail_msg("%s", error.text);
	assert_int_equal(report->pcrs.banks, HM_BANK_BIT(HM_SHA1) | HM_BANK_BIT(HM_SHA256));
	assert_int_equal(report->pcrs.value[HM_SHA256][15][31], 0x7f);
	assert_int_equal(report->firmware_log_len, sizeof("firmware log, any bytes"));
	assert_int_equal(report->runtime_log_len, 0);
	again = hm_report_format(report);
	assert_string_equal(again, text);
	free(again);
	free(text);
	hm_report_free(report);
}

#define ZERO_SHA1 "0000000000000000000000000000000000000000"

static const struct change report_changes[] = {
	{"hallmark-report/1", "hallmark-report/0", "version is not hallmark-report/1"},
	{"\"pcrs\":", "\"pcr\":", "pcrs is missing"},
	{"\"sha1\": [", "\"sha384\": [", "pcrs.sha256 is out of order"},
	{"\"sha1\": [", "\"md5\": [", "pcrs.md5 is not a known field"},
	{"\"sha1\": [", "\"sha1\": 1, \"x\": [", "pcrs.sha1 is not an array"},
	{"\"sha1\": [\n      \"" ZERO_SHA1 "\",", "\"sha1\": [", "pcrs.sha1 does not have 16 registers"},
	{"\"" ZERO_SHA1 "\"", "\"00\"", "pcrs.sha1[0] is not 40 lower-case hex digits"},
	{"\"" ZERO_SHA1 "\"", "0", "pcrs.sha1[0] is not a string"},
	{"\"firmware_log\": \"", "\"firmware_log\": \"=", "firmware_log is not base64"},
	{"\"firmware_log\": \"", "\"firmware_log\": \"AAA", "firmware_log is not base64"},
	{"\"runtime_log\": \"\"", "\"runtime_log\": null", "runtime_log is not a string"},
	{"\"runtime_log\": \"\"", "\"runtime_log\": \"\", \"x\": 1", "x is not a known field"},
	{"\"runtime_log\": \"\"", "\"runtime_log\": \"\", \"runtime_log\": \"\"", "duplicate object key"},
};

static void test_report_refused(void **state)
{
	char *text = make_report_text();

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, report_changes, report_changes[i].why); i++) {
		char *bad = replaced(text, report_changes[i].from, report_changes[i].to);
		struct hm_report *report = NULL;
		struct hm_error error = {0};

		if (hm_report_parse(hm_bytes_of(bad, strlen(bad)), &report, &error))
			fail_msg("accepted, although: %s", report_changes[i].why);
		if (!strstr(error.text, report_changes[i].why))
			fail_msg("refused with '%s', not with '%s'", error.text, report_changes[i].why);
		assert_null(report);
		free(bad);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_golden_refused),
		cmocka_unit_test(test_golden_cut),
		cmocka_unit_test(test_report_round_trip),
		cmocka_unit_test(test_report_refused),
	};

	return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
