/* SPDX-License-Identifier: BSD-2-Clause */
/* test_difference.c - the first difference that a message names, and what it costs where the log is a hostile one */
#include "lib/verify/difference.h"

#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

#include "core/eventlog.h"

#define REGISTER 4u
#define LOG_EVENTS 20000u

/* The linker puts these between difference.c and core/ (tests/Makefile.inc): each event that is read counts. */
enum hm_err __real_hm_eventlog_next(struct hm_eventlog *log, struct hm_event *ret, bool *ret_end);
enum hm_err __wrap_hm_eventlog_next(struct hm_eventlog *log, struct hm_event *ret, bool *ret_end);
static size_t reads;

enum hm_err __wrap_hm_eventlog_next(struct hm_eventlog *log, struct hm_event *ret, bool *ret_end)
{
	reads++;
	return __real_hm_eventlog_next(log, ret, ret_end);
}

static struct hm_digests digest_of(uint8_t byte)
{
	struct hm_digests digests = {.banks = HM_BANK_BIT(HM_SHA256)};

	memset(digests.value[HM_SHA256], byte, 32);
	return digests;
}

/* A log of `count` events of one register, of which the one at `changed` is another. */
static uint8_t *make_log(size_t count, size_t changed, size_t *ret_len)
{
	size_t cap = 256 + 64 * count;
	uint8_t *log = malloc(cap);
	struct hm_writer w = hm_writer_of(log, cap);

	assert_non_null(log);
	assert_int_equal(hm_eventlog_put_header(&w, HM_BANK_BIT(HM_SHA256)), HM_OK);
	for (size_t i = 0; i < count; i++) {
		struct hm_digests digests = digest_of(i == changed ? 0xff : 0x11);

		assert_int_equal(hm_eventlog_put_event(&w, REGISTER, HM_EV_IPL, &digests, hm_bytes_of(NULL, 0)), HM_OK);
	}
	assert_false(w.failed);
	*ret_len = w.len;
	return log;
}

static void check(size_t golden_events, size_t log_events, size_t changed, const char *want, size_t reads_max)
{
	static char what[] = "an event of the golden file";
	struct hm_golden *golden = calloc(1, sizeof(*golden));
	struct hallmark_verifier verifier = {.golden = golden, .bank = HM_SHA256};
	struct hm_proof proof = {.platform = NULL};
	struct hm_run run = {.v = &verifier, .proof = &proof, .firmware_log = true};
	char text[HALLMARK_TEXT_MAX];

	assert_non_null(golden);
	golden->event_count = golden_events;
	for (size_t i = 0; i < golden_events; i++)
		golden->event[i] = (struct hm_golden_event){
			.pcr = REGISTER, .type = HM_EV_IPL, .what = what, .digests = digest_of(0x11)};
	proof.firmware_log.p = make_log(log_events, changed, &proof.firmware_log.len);
	reads = 0;
	hm_verify_first_difference(&run, REGISTER, text, sizeof(text));
	assert_string_equal(text, want);
	assert_true(reads <= reads_max);
	/* Another register has no events, neither here nor there. */
	hm_verify_first_difference(&run, REGISTER + 1, text, sizeof(text));
	assert_string_equal(text, "");
	free(proof.firmware_log.p);
	free(golden);
}

static void test_texts(void **state)
{
	(void)state;
	check(3, 3, SIZE_MAX, "", 4);
	check(3, 3, 2, "an event of the golden file", 3);
	check(3, 2, SIZE_MAX, "an event of the golden file", 3);
	check(3, 4, SIZE_MAX, "an event more", 4);
}

/* Each event is read once at most, however many golden events there are. */
static void test_one_pass(void **state)
{
	(void)state;
	check(HM_GOLDEN_EVENTS_MAX, LOG_EVENTS, SIZE_MAX, "an event more", HM_GOLDEN_EVENTS_MAX + 1);
	check(HM_GOLDEN_EVENTS_MAX, HM_GOLDEN_EVENTS_MAX, SIZE_MAX, "", HM_GOLDEN_EVENTS_MAX + 1);
	check(HM_GOLDEN_EVENTS_MAX, HM_GOLDEN_EVENTS_MAX - 1, SIZE_MAX, "an event of the golden file",
	      HM_GOLDEN_EVENTS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_one_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
