/* SPDX-License-Identifier: BSD-2-Clause */
/* test_align.c - each event of a log beside the one that is predicted in its place */
#include "host/log/align.h"

#include "core/eventlog.h"
#include "tests/support/support.h"

#include <stdlib.h>
#include <string.h>

#define EVENTS_MAX 64u

static char what[] = "event";

/* An event is a letter, and its digest that letter over and over; the register is 4 but for capitals, which are 11. */
static uint32_t pcr_of(char letter)
{
	return letter >= 'a' ? 4 : HM_PCR_OS;
}

static void set_digests(struct hm_digests *digests, char letter)
{
	digests->banks = HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384);
	memset(digests->value[HM_SHA256], letter, 32);
	memset(digests->value[HM_SHA384], letter, 48);
}

struct fixture {
	struct hm_golden *golden;
	struct hm_evidence evidence;
	struct hm_seen_event seen[EVENTS_MAX];
};

static void fixture_init(struct fixture *f, const char *wanted, const char *seen)
{
	*f = (struct fixture){.golden = calloc(1, sizeof(*f->golden))};
	assert_non_null(f->golden);
	f->golden->banks = HM_BANKS_ALL;
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		f->golden->policy[pcr] = HM_POLICY_PINNED;
	f->golden->policy[8] = HM_POLICY_ZERO;
	f->golden->policy[0] = HM_POLICY_SHOWN;
	for (; *wanted; wanted++) {
		struct hm_golden_event *event = &f->golden->event[f->golden->event_count++];

		*event = (struct hm_golden_event){.pcr = pcr_of(*wanted), .type = HM_EV_IPL, .what = what};
		set_digests(&event->digests, *wanted);
	}
	for (; *seen; seen++) {
		struct hm_seen_event *event = &f->seen[f->evidence.event_count++];

		*event = (struct hm_seen_event){.pcr = pcr_of(*seen), .type = HM_EV_IPL};
		set_digests(&event->digests, *seen);
	}
	f->evidence.kind = HM_EVIDENCE_FIRMWARE_LOG;
	f->evidence.replayed.banks = HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384);
	f->evidence.event = f->seen;
}

/* One sign for each row: = match, ~ changed, + extra, - missing, . not judged. */
static void assert_rows(struct fixture *f, const char *want)
{
	static const char signs[] = {[HM_ALIGN_UNJUDGED] = '.',
				     [HM_ALIGN_MATCH] = '=',
				     [HM_ALIGN_CHANGED] = '~',
				     [HM_ALIGN_EXTRA] = '+',
				     [HM_ALIGN_MISSING] = '-'};
	char got[2 * EVENTS_MAX + 1] = "";
	struct hm_align align;

	assert_true(hm_align_make(&f->evidence, f->golden, NULL, &align));
	assert_true(align.count <= 2 * EVENTS_MAX);
	for (size_t i = 0; i < align.count; i++) {
		const struct hm_align_row *row = &align.row[i];

		got[i] = signs[row->state];
		assert_true(row->seen || row->state == HM_ALIGN_MISSING);
		assert_true(!row->seen || row->state != HM_ALIGN_MISSING);
		assert_int_equal(row->wanted != NULL, row->state == HM_ALIGN_MATCH || row->state == HM_ALIGN_CHANGED ||
							      row->state == HM_ALIGN_MISSING);
	}
	assert_string_equal(got, want);
	hm_align_free(&align);
}

static void check(const char *wanted, const char *seen, const char *rows)
{
	struct fixture f;

	fixture_init(&f, wanted, seen);
	assert_rows(&f, rows);
	free(f.golden);
}

static void test_rows(void **state)
{
	(void)state;
	check("abc", "abc", "===");
	check("abc", "axc", "=~=");
	check("abc", "abcx", "===+");
	check("abc", "ab", "==-");
	check("abc", "xabc", "+===");
	check("abc", "bc", "-==");
	check("abcd", "ad", "=--=");
	check("ad", "abcd", "=++=");
	check("abc", "", "---");
	check("", "abc", "...");
	check("ab", "xy", "~~");
	check("abcdefghijkl", "akl", "=~~---------");
	/* The order of different registers among each other says nothing. */
	check("aAbB", "ABab", "====");
	check("aAbB", "AXab", "=~==");
	check("aAbB", "Aab", "===-");
}

static void test_banks(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "ab", "ab");
	f.seen[1].digests.value[HM_SHA384][47] ^= 1;
	assert_rows(&f, "=~");
	/* In a bank that only one side has nothing is compared. */
	f.golden->banks = HM_BANK_BIT(HM_SHA256);
	assert_rows(&f, "==");
	f.golden->banks = HM_BANK_BIT(HM_SHA512);
	assert_rows(&f, "~~");
	free(f.golden);
}

static void test_registers(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, "ab", "abcde");
	f.seen[2].pcr = 8; /* must be zero */
	f.seen[3].pcr = 0; /* shown, nothing predicted */
	f.seen[4].pcr = 23;
	assert_rows(&f, "==+..");
	f.seen[2] = f.seen[1];
	f.seen[1].type = HM_EV_NO_ACTION; /* never extends */
	assert_rows(&f, "=.=..");
	free(f.golden);
}

static void test_no_golden(void **state)
{
	struct fixture f;
	struct hm_align align;

	(void)state;
	fixture_init(&f, "", "abc");
	assert_true(hm_align_make(&f.evidence, NULL, NULL, &align));
	assert_int_equal(align.count, 3);
	for (size_t i = 0; i < align.count; i++)
		assert_int_equal(align.row[i].state, HM_ALIGN_UNJUDGED);
	hm_align_free(&align);
	free(f.golden);
}

static void test_tls(void **state)
{
	static const char line[] = "hallmark-tls/1 spki-sha256="
				   "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
	struct fixture f;

	(void)state;
	fixture_init(&f, "a", "abb");
	f.golden->event[0].pcr = HM_PCR_TLS;
	f.golden->policy[HM_PCR_TLS] = HM_POLICY_REPLAYED;
	for (size_t i = 0; i < 3; i++) {
		f.seen[i].pcr = HM_PCR_TLS;
		f.seen[i].type = HM_EV_HALLMARK;
		f.seen[i].data = hm_bytes_of_text(line);
	}
	/* One, after what is predicted; a second one is too many. */
	assert_rows(&f, "=.+");
	f.golden->policy[HM_PCR_TLS] = HM_POLICY_PINNED;
	assert_rows(&f, "=++");
	f.golden->policy[HM_PCR_TLS] = HM_POLICY_REPLAYED;
	f.seen[1].data = hm_bytes_of_text("hallmark-lock/1 layers=1");
	assert_rows(&f, "=+.");
	/* Before it: another record in its place. */
	set_digests(&f.seen[0].digests, 'x');
	assert_rows(&f, "~+.");
	free(f.golden);
}

static void test_profile(void **state)
{
	struct hm_golden_profile *profile = calloc(1, sizeof(*profile));
	struct hm_align align;
	struct fixture f;

	(void)state;
	assert_non_null(profile);
	fixture_init(&f, "", "ab");
	f.golden->policy[4] = HM_POLICY_ONE_OF;
	profile->event_count = 2;
	for (size_t i = 0; i < 2; i++) {
		profile->event[i] = (struct hm_golden_event){.pcr = i ? 5 : 4, .type = HM_EV_IPL, .what = what};
		set_digests(&profile->event[i].digests, 'a');
	}
	assert_true(hm_align_make(&f.evidence, f.golden, profile, &align));
	/* Of register 5 the golden file itself decides: the profile's event is none of it. */
	assert_int_equal(align.count, 2);
	assert_int_equal(align.row[0].state, HM_ALIGN_MATCH);
	assert_int_equal(align.row[1].state, HM_ALIGN_EXTRA);
	hm_align_free(&align);
	free(f.golden);
	free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),	  cmocka_unit_test(test_banks), cmocka_unit_test(test_registers),
		cmocka_unit_test(test_no_golden), cmocka_unit_test(test_tls),	cmocka_unit_test(test_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
