/* SPDX-License-Identifier: BSD-2-Clause */
/* test_measure_record.c - the walks of our own records: what is extended, where, and what an error does */
#include "core/measure_record.h"

#include "tests/support/support.h"

#include <string.h>

static struct support_recording recording;

static int set_up(void **state)
{
	(void)state;
	support_recording_init(&recording);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	support_recording_free(&recording);
	return 0;
}

static void test_record(void **state)
{
	static const char line[] = "hallmark-layer/1 name=config type=ram size=1234 "
				   "sha256=0101010101010101010101010101010101010101010101010101010101010101";
	struct hm_record record = {.kind = HM_RECORD_RAM, .name_len = 6, .name = "config", .size = 1234};
	struct hm_sink sink = support_recording_sink(&recording);
	struct hm_bytes content = hm_bytes_of_text(line);
	struct hm_digests d;

	(void)state;
	memset(record.sha256, 1, sizeof(record.sha256));
	assert_ok(hm_measure_record(&record, 13, &sink));
	assert_int_equal(recording.count, 1);
	support_assert_event(&recording, 0, 13, HM_EV_HALLMARK, "layer config");
	support_assert_data(&recording, 0, content);
	assert_ok(hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &content, 1, 0, &d));
	assert_true(hm_digests_equal(&d, &recording.event[0].digests));
}

static void test_record_longest_name(void **state)
{
	struct hm_record record = {.kind = HM_RECORD_RAM, .name_len = HM_RECORD_NAME_MAX, .size = 1};
	struct hm_sink sink = support_recording_sink(&recording);

	(void)state;
	memset(record.name, 'n', sizeof(record.name));
	assert_ok(hm_measure_record(&record, 11, &sink));
	support_assert_event(&recording, 0, 11, HM_EV_HALLMARK, "layer nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
}

static void test_record_verity(void **state)
{
	static const char line[] = "hallmark-layer/1 name=root type=dm-verity hash-type=1 hash=sha256 "
				   "data-block-size=4096 "
				   "hash-block-size=4096 data-blocks=131072 hash-offset=4096 salt=0a0b "
				   "root=0202020202020202020202020202020202020202020202020202020202020202";
	struct hm_record record = {
		.kind = HM_RECORD_LAYER,
		.name_len = 4,
		.name = "root",
		.verity =
			{
				.data_block_len = 4096,
				.hash_block_len = 4096,
				.data_blocks = 131072,
				.hash_off = 4096,
				.salt_len = 2,
				.salt = {0x0a, 0x0b},
			},
	};
	struct hm_sink sink = support_recording_sink(&recording);

	(void)state;
	memset(record.verity.root, 2, sizeof(record.verity.root));
	assert_ok(hm_measure_record(&record, 11, &sink));
	support_assert_event(&recording, 0, 11, HM_EV_HALLMARK, "layer root");
	support_assert_data(&recording, 0, hm_bytes_of_text(line));
}

static void test_record_tls(void **state)
{
	struct hm_sink sink = support_recording_sink(&recording);
	uint8_t spki_sha256[32];

	(void)state;
	memset(spki_sha256, 0xab, sizeof(spki_sha256));
	assert_ok(hm_measure_tls(spki_sha256, &sink));
	assert_int_equal(recording.count, 1);
	support_assert_event(&recording, 0, 15, HM_EV_HALLMARK, "tls");
	support_assert_data(&recording, 0,
			    hm_bytes_of_text("hallmark-tls/1 spki-sha256="
					     "abababababababababababababababababababababababababababababababab"));
}

static void test_record_refuses(void **state)
{
	static const uint32_t bad[] = {0, 10, 16, 23, UINT32_MAX};
	struct hm_record record = {.kind = HM_RECORD_LOCK, .layers = 1};
	struct hm_sink sink = support_recording_sink(&recording);

	(void)state;
	for (size_t i = 0; ROW(i, bad); i++)
		assert_err(hm_measure_record(&record, bad[i], &sink), HM_E_CEL_PCR);
	record.kind = HM_RECORD_RAM;
	record.name_len = HM_RECORD_NAME_MAX + 1;
	assert_err(hm_measure_record(&record, 12, &sink), HM_E_RECORD_VALUE);
	record.name_len = 0;
	assert_err(hm_measure_record(&record, 12, &sink), HM_E_RECORD_VALUE);
	assert_int_equal(recording.count, 0);
}

/* Values by sha256sum over the line, extended onto zeros. */
static void test_lock(void **state)
{
	struct hm_sink sink = support_recording_sink(&recording);

	(void)state;
	assert_ok(hm_measure_lock(3, &sink));
	assert_int_equal(recording.count, 5);
	for (uint32_t i = 0; i < 5; i++) {
		support_assert_event(&recording, i, 11 + i, HM_EV_HALLMARK, "lock");
		support_assert_data(&recording, i, hm_bytes_of_text("hallmark-lock/1 layers=3"));
		support_assert_pcr(&recording, 11 + i, HM_SHA256,
				   "f8e6a3f52a54af3dbab1f4eeec1353e016f94a0f96f4876fca9d6c6afeb6126c");
	}
}

static void test_lock_stops_at_an_error(void **state)
{
	struct hm_sink sink = support_recording_sink(&recording);

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		support_recording_free(&recording);
		recording.fail_at = i;
		assert_err(hm_measure_lock(3, &sink), HM_E_EXTEND);
		assert_int_equal(recording.count, i);
	}
}

static void test_cap(void **state)
{
	struct hm_sink sink = support_recording_sink(&recording);

	(void)state;
	assert_ok(hm_measure_cap(HM_STAGE_STUB, &sink));
	assert_int_equal(recording.count, 5);
	for (uint32_t i = 0; i < 5; i++) {
		support_assert_event(&recording, i, 11 + i, HM_EV_HALLMARK, "fail stub");
		support_assert_data(&recording, i, hm_bytes_of_text("hallmark-fail/1 stage=stub"));
	}
	assert_err(hm_measure_cap(HM_STAGE_COUNT, &sink), HM_E_RECORD_VALUE);
	assert_int_equal(recording.count, 5);
}

static uint32_t failing_pcr;
static unsigned int cap_calls;

static enum hm_err fail_at_pcr(void *ctx, const struct hm_measurement *m)
{
	(void)ctx;
	cap_calls |= 1u << m->pcr;
	return m->pcr == failing_pcr ? HM_E_EXTEND : HM_OK;
}

/* A register that cannot be extended keeps no other one open, and is told. */
static void test_cap_goes_on_after_an_error(void **state)
{
	const struct hm_sink sink = {.extend = fail_at_pcr};

	(void)state;
	for (failing_pcr = 11; failing_pcr <= 15; failing_pcr++) {
		cap_calls = 0;
		assert_err(hm_measure_cap(HM_STAGE_LOCK, &sink), HM_E_EXTEND);
		assert_int_equal(cap_calls, 0xf800);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_record),
		TEST(test_record_longest_name),
		TEST(test_record_verity),
		TEST(test_record_tls),
		TEST(test_record_refuses),
		TEST(test_lock),
		TEST(test_lock_stops_at_an_error),
		TEST(test_cap),
		TEST(test_cap_goes_on_after_an_error),
	};

	return cmocka_run_group_tests_name("measure_record", tests, NULL, NULL);
}
