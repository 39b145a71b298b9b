/* SPDX-License-Identifier: BSD-2-Clause */
/* check_golden.c - checks 0, 11 and 14: the golden file itself, the registers that it pins, and what kind of image it
 * is of */
#include <stdio.h>
#include <string.h>

#include "core/cmdline.h"
#include "core/eventlog.h"
#include "lib/base/error.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/detached.h"
#include "lib/base/rfc3339.h"
#include "lib/verify/checks.h"
#include "lib/verify/difference.h"
#include "lib/golden/expect.h"

static const char cmdline_name[] = ".cmdline"; /* measured with its NUL */
#define PROFILE_KEY "hallmark.profile="

/* --- opening --- */

static const char *policy_defect(const struct hm_golden *golden, uint32_t pcr)
{
	enum hm_pcr_policy policy = golden->policy[pcr];

	switch (hm_pcr_table[pcr].policy) {
	case HM_POLICY_PINNED:
		for (size_t i = 0; policy == HM_POLICY_ONE_OF && i < golden->profile_count; i++) {
			if (golden->profile[i]->policy[pcr] != HM_POLICY_PINNED)
				return "is not pinned in a profile";
		}
		return policy == HM_POLICY_PINNED || policy == HM_POLICY_ZERO || policy == HM_POLICY_ONE_OF
			       ? NULL
			       : "is not pinned";
	case HM_POLICY_ZERO:
		return policy == HM_POLICY_ZERO || policy == HM_POLICY_PINNED ? NULL : "is neither zero nor pinned";
	case HM_POLICY_REPLAYED:
		return policy == HM_POLICY_REPLAYED ? NULL : "is not replayed";
	case HM_POLICY_ONE_OF:
	case HM_POLICY_SHOWN:
		return NULL;
	}
	return "has no policy";
}

/* Registers as they are when the initramfs writes its first record. */
static bool find_runtime_start(struct hallmark_verifier *v)
{
	hm_pcrs_init(&v->runtime_start, HM_BANK_BIT(v->bank), 0);
	for (size_t i = 0; i < v->golden->event_count; i++) {
		const struct hm_golden_event *event = &v->golden->event[i];

		if (event->type != HM_EV_HALLMARK &&
		    hm_pcrs_extend(&v->runtime_start, &hm_crypto_hasher, event->pcr, &event->digests))
			return false;
	}
	return true;
}

bool hm_verify_golden_open(struct hallmark_verifier *v, const struct hallmark_policy *policy, struct hm_error *error)
{
	struct hm_bytes file = hm_bytes_of(policy->golden.p, policy->golden.len);

	/* Not a byte of the file is read before somebody answers for it. */
	if (!hm_crypto_verify_detached(file, hm_bytes_of(policy->golden_signature.p, policy->golden_signature.len),
				       hm_bytes_of(policy->golden_key.p, policy->golden_key.len), error))
		return false;
	if (!hm_golden_parse(file, &v->golden, error))
		return false;
	if (!(v->golden->banks & HM_BANK_BIT(v->bank)))
		return hm_error_set(error, "it has no values of the bank %s", hm_algs[v->bank].name);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		const char *defect = policy_defect(v->golden, pcr);

		if (defect)
			return hm_error_set(error, "register %u %s: anything would be accepted there", pcr, defect);
	}
	return find_runtime_start(v) ? true : hm_error_set(error, "its events cannot be replayed");
}

/* --- check 0 --- */

/* The next number of "1.20.3"; false at the end or where there is none. */
static bool next_number(struct hm_bytes *rest, uint64_t *ret)
{
	struct hm_bytes field;

	return hm_next_field(rest, '.', &field) && hm_parse_dec(field, ret);
}

bool hm_version_parse(const char *text)
{
	struct hm_bytes rest = hm_bytes_of_text(text);
	uint64_t number;

	/* hm_next_field says nothing of an empty last field. */
	if (!*text || text[strlen(text) - 1] == '.')
		return false;
	while (rest.p) {
		if (!next_number(&rest, &number))
			return false;
	}
	return true;
}

/* Number by number; a missing one is 0. Both are versions. */
static bool version_below(const char *version, const char *minimum)
{
	struct hm_bytes a = hm_bytes_of_text(version), b = hm_bytes_of_text(minimum);

	while (a.p || b.p) {
		uint64_t x = 0, y = 0;

		if ((a.p && !next_number(&a, &x)) || (b.p && !next_number(&b, &y)))
			return true;
		if (x != y)
			return x < y;
	}
	return false;
}

static enum hm_outcome expired(struct hm_run *run, const char *word, int64_t limit)
{
	char expected[64], seen[HM_RFC3339_LEN + 1] = "another time";

	hm_rfc3339_format(limit, seen);
	snprintf(expected, sizeof(expected), "%s %s", word, seen);
	if (run->request->as_of >= 0)
		hm_rfc3339_format(run->request->as_of, seen);
	return hm_failed(run, HM_CHECK_GOLDEN, HALLMARK_GOLDEN_EXPIRED, expected, "%s", seen);
}

/* 0: form and signature were checked when the verifier was opened; here: is it still, and already, to be used. */
enum hm_outcome hm_check_golden(struct hm_run *run)
{
	const struct hm_golden *golden = run->v->golden;
	const char *minimum = run->v->minimum_version;

	if (!golden)
		return hm_left_out(run, HM_CHECK_GOLDEN, "no golden file: nothing is said about the image");
	snprintf(run->ret->image_name, sizeof(run->ret->image_name), "%s", golden->image_name);
	snprintf(run->ret->image_version, sizeof(run->ret->image_version), "%s", golden->image_version);
	if (golden->has_not_before && run->request->as_of < golden->not_before)
		return expired(run, "not before", golden->not_before);
	if (golden->has_not_after && run->request->as_of > golden->not_after)
		return expired(run, "not after", golden->not_after);
	/* A version that cannot be compared is not known to be new enough. */
	if (minimum && (!hm_version_parse(golden->image_version) || version_below(golden->image_version, minimum)))
		return hm_failed(run, HM_CHECK_GOLDEN, HALLMARK_OLD_IMAGE, minimum, "%s", golden->image_version);
	if (run->v->logged[0])
		hm_note(run, HM_CHECK_GOLDEN, "%s", run->v->logged);
	return HM_PASSED;
}

/* --- check 11 --- */

static void seen_registers(const struct hm_run *run, struct hm_pcrs *ret)
{
	hm_pcrs_init(ret, HM_BANK_BIT(run->v->bank), 0);
	for (size_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		memcpy(ret->value[run->v->bank][pcr], run->proof->pcr[pcr], HM_DIGEST_MAX);
}

/* Judges one register, and writes into its row of the result what it must be. */
static enum hallmark_register_state judge(const struct hm_run *run, uint32_t pcr, const struct hm_expected *expected,
					  const struct hm_pcrs *seen)
{
	struct hallmark_register *row = &run->ret->registers[pcr];
	size_t size = hm_algs[run->v->bank].len;

	row->policy = hm_policy_name(expected->policy);
	if (expected->policy == HM_POLICY_ZERO)
		memset(row->expected, '0', 2 * size);
	else if (expected->has_value || expected->policy == HM_POLICY_PINNED)
		hm_hex_text(hm_bytes_of(expected->value.value[run->v->bank], size), row->expected,
			    sizeof(row->expected));
	/* A replayed one is judged by the checks of the records and of the TLS key. */
	if (expected->policy == HM_POLICY_REPLAYED || expected->policy == HM_POLICY_SHOWN)
		return HALLMARK_REGISTER_SHOWN;
	return hm_expected_differs(expected, seen, HM_BANK_BIT(run->v->bank), pcr) ? HALLMARK_REGISTER_DIFFERS
										   : HALLMARK_REGISTER_EQUAL;
}

static enum hm_outcome mismatch(struct hm_run *run, uint32_t pcr)
{
	const struct hallmark_register *row = &run->ret->registers[pcr];
	char expected[HALLMARK_TEXT_MAX], layer[sizeof(run->ret->layer)] = "";

	hm_verify_first_difference(run, pcr, layer, sizeof(layer));
	/* The verdict is the first failure's, and so are its register and layer. */
	if (run->ret->failed_check < 0) {
		run->ret->pcr = (int)pcr;
		memcpy(run->ret->layer, layer, sizeof(layer));
	}
	snprintf(expected, sizeof(expected), "PCR %u = %.128s", pcr, row->expected);
	if (layer[0])
		return hm_failed(run, HM_CHECK_REGISTERS, HALLMARK_PCR_MISMATCH, expected,
				 "%.128s, and the first difference is %.100s", row->seen, layer);
	return hm_failed(run, HM_CHECK_REGISTERS, HALLMARK_PCR_MISMATCH, expected, "%.128s", row->seen);
}

/* 11: each register as the golden file has it, and the registers of one profile all as that one has them. */
enum hm_outcome hm_check_registers(struct hm_run *run)
{
	const struct hm_golden *golden = run->v->golden;
	struct hm_pcrs seen;
	size_t profile = 0;
	bool found;
	int first = -1;

	if (!golden)
		return hm_left_out(run, HM_CHECK_REGISTERS, "no golden file");
	seen_registers(run, &seen);
	found = hm_golden_find_profile(golden, &seen, HM_BANK_BIT(run->v->bank), &profile);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		struct hm_expected expected;

		hm_golden_expect(golden, profile, pcr, &expected);
		run->ret->registers[pcr].state = judge(run, pcr, &expected, &seen);
		if (run->ret->registers[pcr].state == HALLMARK_REGISTER_DIFFERS && first < 0)
			first = (int)pcr;
		if (pcr == HM_PCR_FIRMWARE_CONFIG)
			run->ret->acpi_unmeasured = expected.policy == HM_POLICY_SHOWN;
	}
	if (first >= 0)
		return mismatch(run, (uint32_t)first);
	if (golden->profile_count && !found)
		return hm_failed(run, HM_CHECK_REGISTERS, HALLMARK_PCR_MISMATCH, "registers of one profile", "of none");
	if (found)
		snprintf(run->ret->profile, sizeof(run->ret->profile), "%s", golden->profile[profile]->name);
	else
		hm_note(run, HM_CHECK_REGISTERS, "firmware not pinned%s",
			run->ret->acpi_unmeasured ? ", acpi=unmeasured" : "");
	return HM_PASSED;
}

/* --- check 14 --- */

static bool digest_of(struct hm_bytes bytes, enum hm_bank bank, uint8_t ret[HM_DIGEST_MAX])
{
	return !hm_crypto_hasher.hash(hm_crypto_hasher.ctx, bank, &bytes, 1, 0, ret);
}

static const struct hm_golden_profile *matched_profile(const struct hm_run *run)
{
	for (size_t i = 0; i < run->v->golden->profile_count; i++) {
		if (!strcmp(run->v->golden->profile[i]->name, run->ret->profile))
			return run->v->golden->profile[i];
	}
	return NULL;
}

/* The first event of PCR 7 among these; NULL: there is none. */
static const struct hm_golden_event *first_of_pcr7(const struct hm_golden_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (events[i].pcr == HM_PCR_SECURE_BOOT)
			return &events[i];
	}
	return NULL;
}

/*
 * Uses only the golden file's digests, which check 11 has just matched with the quote. The machine's own log is not
 * consulted.
 */
static bool secure_boot_on(const struct hm_run *run)
{
	static const uint8_t on = 1;
	const struct hm_golden *golden = run->v->golden;
	const struct hm_golden_profile *profile = matched_profile(run);
	const struct hm_golden_event *event = first_of_pcr7(golden->event, golden->event_count);
	uint8_t data[HM_VARIABLE_HEADER_MAX + sizeof(on)], digest[HM_DIGEST_MAX];
	struct hm_writer w = hm_writer_of(data, sizeof(data));

	if (!event && profile)
		event = first_of_pcr7(profile->event, profile->event_count);
	hm_eventlog_put_variable(&w, hm_guid_global, "SecureBoot", hm_bytes_of(&on, sizeof(on)));
	return event && !w.failed && digest_of(hm_writer_bytes(&w), run->v->bank, digest) &&
	       !memcmp(event->digests.value[run->v->bank], digest, hm_algs[run->v->bank].len);
}

/* The text of the .cmdline section, as its digest in PCR 11 proves it; false where the golden file does not have it. */
static bool find_cmdline(const struct hm_run *run, struct hm_bytes *ret)
{
	const struct hm_golden *golden = run->v->golden;
	enum hm_bank bank = run->v->bank;
	uint8_t name[HM_DIGEST_MAX], text[HM_DIGEST_MAX];
	bool next = false;

	if (!digest_of(hm_bytes_of(cmdline_name, sizeof(cmdline_name)), bank, name))
		return false;
	for (size_t i = 0; i < golden->event_count; i++) {
		const struct hm_golden_event *event = &golden->event[i];

		if (event->pcr != HM_PCR_OS)
			continue;
		if (next) {
			*ret = hm_bytes_of_text(event->content ? event->content : "");
			return event->content && digest_of(*ret, bank, text) &&
			       !memcmp(text, event->digests.value[bank], hm_algs[bank].len);
		}
		next = !memcmp(name, event->digests.value[bank], hm_algs[bank].len);
	}
	return false;
}

static bool find_profile_word(struct hm_bytes line, char *ret, size_t cap)
{
	struct hm_bytes word;

	while (hm_next_field(&line, ' ', &word)) {
		struct hm_bytes key, value;

		if (hm_bytes_slice(word, 0, strlen(PROFILE_KEY), &key) && hm_bytes_equal_text(key, PROFILE_KEY) &&
		    hm_bytes_slice(word, key.len, word.len - key.len, &value) && value.len < cap) {
			memcpy(ret, value.p, value.len);
			ret[value.len] = '\0';
			return true;
		}
	}
	return false;
}

/* 14: Secure Boot was on, and the image is not one for trying things out. */
enum hm_outcome hm_check_debug(struct hm_run *run)
{
	const char *allowed = run->v->allow_profile;
	char *word = run->ret->image_profile;
	struct hm_bytes line, bad;
	const char *missing;

	if (!run->v->golden)
		return hm_left_out(run, HM_CHECK_DEBUG, "no golden file: Secure Boot and command line are not judged");
	if (!secure_boot_on(run)) {
		run->ret->pcr = run->ret->failed_check < 0 ? 7 : run->ret->pcr;
		return hm_failed(run, HM_CHECK_DEBUG, HALLMARK_DEBUG_MODE, "Secure Boot on",
				 "off, or not known to be on");
	}
	if (!find_cmdline(run, &line))
		return hm_failed(run, HM_CHECK_DEBUG, HALLMARK_DEBUG_MODE, "a command line in the golden file", "none");
	if (hm_cmdline_check(line, &bad, &missing))
		return hm_failed(run, HM_CHECK_DEBUG, HALLMARK_DEBUG_MODE, "a command line of the closed grammar",
				 "%.*s%s", (int)(bad.len < 100 ? bad.len : 100), bad.p ? (const char *)bad.p : "",
				 bad.len ? "" : missing);
	if (!find_profile_word(line, word, sizeof(run->ret->image_profile)))
		return hm_failed(run, HM_CHECK_DEBUG, HALLMARK_DEBUG_MODE, PROFILE_KEY "release", "no such word");
	if (strcmp(word, "release") != 0 && (!allowed || strcmp(word, allowed) != 0))
		return hm_failed(run, HM_CHECK_DEBUG, HALLMARK_DEBUG_MODE, PROFILE_KEY "release", PROFILE_KEY "%s",
				 word);
	if (strcmp(word, "release") != 0)
		hm_note(run, HM_CHECK_DEBUG, PROFILE_KEY "%s is allowed by the policy", word);
	return HM_PASSED;
}
