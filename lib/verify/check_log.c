/* SPDX-License-Identifier: BSD-2-Clause */
/* check_log.c - checks 9, 10, 12 and 13: the two logs, the records in them, and the TLS key among these */
#include <stdio.h>
#include <string.h>

#include "core/eventlog.h"
#include "core/measure_record.h"
#include "lib/base/error.h"
#include "lib/crypto/hash.h"
#include "lib/verify/checks.h"

/* Registers that the firmware separates: TCG PFP 1.06, 2.3.4. */
#define SEPARATED 8u

static enum hm_outcome log_mismatch(struct hm_run *run, enum hm_check check, uint32_t pcr, const uint8_t *replayed)
{
	size_t size = hm_algs[run->v->bank].len;
	char expected[HALLMARK_TEXT_MAX], value[2 * HM_DIGEST_MAX + 1], seen[2 * HM_DIGEST_MAX + 1];

	hm_hex_text(hm_bytes_of(replayed, size), value, sizeof(value));
	hm_hex_text(hm_bytes_of(run->proof->pcr[pcr], size), seen, sizeof(seen));
	snprintf(expected, sizeof(expected), "PCR %u = %s, by the log", pcr, value);
	if (run->ret->failed_check < 0)
		run->ret->pcr = (int)pcr;
	return hm_failed(run, check, HALLMARK_LOG_MISMATCH, expected, "%s", seen);
}

/* --- 9 --- */

/*
 * The separators of the registers 0 to 7. A register with events has exactly one, and no separator reports an error of
 * the firmware. Separators are told by their digest: no register holds an event's type.
 */
struct separators {
	uint8_t good[HM_DIGEST_MAX];
	uint8_t error[2][HM_DIGEST_MAX];
	unsigned int events[SEPARATED];
	unsigned int found[SEPARATED];
};

static bool separators_init(struct separators *s, enum hm_bank bank)
{
	static const uint8_t values[3][4] = {{0, 0, 0, 0}, {0xff, 0xff, 0xff, 0xff}, {1, 0, 0, 0}};
	uint8_t *const digests[3] = {s->good, s->error[0], s->error[1]};

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; i < 3; i++) {
		const struct hm_bytes value = hm_bytes_of(values[i], 4);

		if (hm_crypto_hasher.hash(hm_crypto_hasher.ctx, bank, &value, 1, 0, digests[i]))
			return false;
	}
	return true;
}

static const char *separators_add(struct separators *s, const struct hm_event *event, enum hm_bank bank)
{
	const uint8_t *digest = event->digests.value[bank];
	size_t size = hm_algs[bank].len;

	if (event->pcr >= SEPARATED || event->type == HM_EV_NO_ACTION)
		return NULL;
	s->events[event->pcr]++;
	if (!memcmp(digest, s->error[0], size) || !memcmp(digest, s->error[1], size))
		return "a separator that reports an error";
	if (!memcmp(digest, s->good, size) && ++s->found[event->pcr] > 1)
		return "two separators in one register";
	return NULL;
}

static enum hm_outcome check_separators(struct hm_run *run)
{
	const enum hm_bank bank = run->v->bank;
	const char *defect = NULL;
	struct separators s;
	struct hm_eventlog log;
	struct hm_event event;
	bool end = false;

	if (!separators_init(&s, bank) || hm_eventlog_open(hm_blob_bytes(&run->proof->firmware_log), &log))
		return hm_failed(run, HM_CHECK_FIRMWARE_LOG, HALLMARK_INTERNAL_ERROR, "a log", "none");
	while (!defect) {
		if (hm_eventlog_next(&log, &event, &end) || end)
			break;
		defect = separators_add(&s, &event, bank);
	}
	for (size_t pcr = 0; pcr < SEPARATED && !defect; pcr++) {
		if (s.events[pcr] && !s.found[pcr])
			defect = "a register with events and no separator";
	}
	if (defect)
		return hm_failed(run, HM_CHECK_FIRMWARE_LOG, HALLMARK_LOG_MISMATCH, "one separator in each register",
				 "%s", defect);
	return HM_PASSED;
}

/*
 * Compares the registers that the firmware log gives. 0 to 10 must be as quoted: nobody extends them after the kernel's
 * EFI stub. 12 to 15 must be as the golden file has them before the first record. PCR 11 may be another one where it is
 * pinned: check 10 then replays the records from this value, and check 11, which can name the event that differs,
 * refuses the register.
 */
static enum hm_outcome compare_firmware(struct hm_run *run, const struct hm_pcrs *replayed)
{
	const enum hm_bank bank = run->v->bank;
	size_t size = hm_algs[bank].len;

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		const uint8_t *value = replayed->value[bank][pcr];

		if (pcr < HM_PCR_OWNED_FIRST && memcmp(value, run->proof->pcr[pcr], size) != 0)
			return log_mismatch(run, HM_CHECK_FIRMWARE_LOG, pcr, value);
		if (pcr < HM_PCR_OWNED_FIRST || !run->v->golden)
			continue;
		if (pcr == HM_PCR_OS && run->v->golden->policy[pcr] == HM_POLICY_PINNED)
			memcpy(run->os_start, value, size);
		else if (memcmp(value, run->v->runtime_start.value[bank][pcr], size) != 0)
			return log_mismatch(run, HM_CHECK_FIRMWARE_LOG, pcr, value);
	}
	return HM_PASSED;
}

enum hm_outcome hm_check_firmware_log(struct hm_run *run)
{
	const struct hm_bytes log = hm_blob_bytes(&run->proof->firmware_log);
	struct hm_pcrs replayed;
	enum hm_outcome outcome;
	enum hm_err err;

	if (log.len == 0 && run->v->require_firmware_log)
		return hm_failed(run, HM_CHECK_FIRMWARE_LOG, HALLMARK_LOG_MISMATCH, "a firmware log", "none");
	if (log.len == 0)
		return hm_left_out(run, HM_CHECK_FIRMWARE_LOG, "no firmware log: PCR 1 and 6 are unexplained");
	err = hm_eventlog_replay(log, &hm_crypto_hasher, &replayed);
	if (err)
		return hm_failed(run, HM_CHECK_FIRMWARE_LOG, HALLMARK_MALFORMED, "a TCG2 event log", "%s",
				 hm_err_text(err));
	if (!(replayed.banks & HM_BANK_BIT(run->v->bank)))
		return hm_failed(run, HM_CHECK_FIRMWARE_LOG, HALLMARK_LOG_MISMATCH, hm_algs[run->v->bank].name,
				 "a log without that bank");
	outcome = compare_firmware(run, &replayed);
	if (outcome == HM_PASSED)
		outcome = check_separators(run);
	run->firmware_log = outcome == HM_PASSED;
	return outcome;
}

/* --- 10 --- */

enum hm_outcome hm_check_runtime_log(struct hm_run *run)
{
	const struct hm_bytes log = hm_blob_bytes(&run->proof->runtime_log);
	const enum hm_bank bank = run->v->bank;
	struct hm_pcrs pcrs = run->v->runtime_start;
	enum hm_err err;

	if (run->terms.pcr15_stated && memcmp(run->terms.pcr15, run->proof->pcr[HM_PCR_TLS], hm_algs[bank].len) != 0)
		return log_mismatch(run, HM_CHECK_RUNTIME_LOG, HM_PCR_TLS, run->terms.pcr15);
	if (run->terms.pcr15_stated)
		return hm_left_out(run, HM_CHECK_RUNTIME_LOG, "PCR 15 is as the file says; nothing else was replayed");
	if (!run->v->golden)
		return hm_left_out(run, HM_CHECK_RUNTIME_LOG,
				   "no golden file: the registers' start values are not known");
	if (log.len == 0)
		return hm_failed(run, HM_CHECK_RUNTIME_LOG, HALLMARK_LOG_MISMATCH, "a runtime log", "none");
	/* The firmware log has been replayed to the quoted registers, or there is none. */
	if (run->firmware_log && run->v->golden->policy[HM_PCR_OS] == HM_POLICY_PINNED)
		memcpy(pcrs.value[bank][HM_PCR_OS], run->os_start, hm_algs[bank].len);
	err = hm_cel_replay(log, &hm_crypto_hasher, &pcrs);
	if (err == HM_E_CEL_DIGEST || err == HM_E_CEL_BANKS || err == HM_E_BANK_DIGEST)
		return hm_failed(run, HM_CHECK_RUNTIME_LOG, HALLMARK_LOG_MISMATCH,
				 "digests of the records in the quoted bank", "%s", hm_err_text(err));
	if (err)
		return hm_failed(run, HM_CHECK_RUNTIME_LOG, HALLMARK_MALFORMED, "a runtime log", "%s",
				 hm_err_text(err));
	for (uint32_t pcr = HM_PCR_OWNED_FIRST; pcr <= HM_PCR_OWNED_LAST; pcr++) {
		if (memcmp(pcrs.value[bank][pcr], run->proof->pcr[pcr], hm_algs[bank].len) != 0)
			return log_mismatch(run, HM_CHECK_RUNTIME_LOG, pcr, pcrs.value[bank][pcr]);
	}
	return HM_PASSED;
}

/* --- 12 --- */

/* The next record of the golden file for that register after event *at; NULL: there is none. */
static const struct hm_golden_event *next_golden(const struct hm_golden *golden, uint32_t pcr, size_t *at)
{
	while (*at < golden->event_count) {
		const struct hm_golden_event *event = &golden->event[(*at)++];

		if (event->type == HM_EV_HALLMARK && event->pcr == pcr)
			return event;
	}
	return NULL;
}

static enum hm_outcome wrong_record(struct hm_run *run, enum hallmark_code code, uint32_t pcr, const char *expected,
				    struct hm_bytes content)
{
	if (run->ret->failed_check < 0)
		run->ret->pcr = (int)pcr;
	return hm_failed(run, HM_CHECK_RECORDS, code, expected, "%.*s", (int)(content.len < 200 ? content.len : 200),
			 content.p ? (const char *)content.p : "");
}

/*
 * One record against what its register must have next. `at` is this register's place among the golden events. Their
 * order over all registers is not asked for, since no register holds it: each register's golden records are its order.
 * What follows them is the rule of core/record, for a machine whose lock the golden file has.
 */
static enum hm_outcome check_record(struct hm_run *run, const struct hm_cel_record *cel, size_t *at,
				    struct hm_record_order *order)
{
	const struct hm_golden_event *want = next_golden(run->v->golden, cel->pcr, at);
	struct hm_record record;
	bool tls;

	if (hm_record_parse(cel->content, &record))
		return wrong_record(run, HALLMARK_LOG_MISMATCH, cel->pcr, "a record", cel->content);
	tls = record.kind == HM_RECORD_TLS;
	if (record.kind == HM_RECORD_FAIL)
		return wrong_record(run, HALLMARK_NOT_LOCKED, cel->pcr, "a boot that was not given up", cel->content);
	if (want && hm_bytes_equal_text(cel->content, want->content))
		return HM_PASSED;
	if (want)
		return wrong_record(run, tls ? HALLMARK_NOT_LOCKED : HALLMARK_PCR_MISMATCH, cel->pcr, want->content,
				    cel->content);
	if (tls && cel->pcr == HM_PCR_TLS && order->tls)
		return wrong_record(run, HALLMARK_TLS_MISMATCH, cel->pcr, "one TLS key", cel->content);
	if (hm_record_order_next(order, cel->pcr, record.kind))
		return wrong_record(run, HALLMARK_PCR_MISMATCH, cel->pcr, "nothing after the lock", cel->content);
	memcpy(run->tls_record, record.sha256, sizeof(run->tls_record));
	return HM_PASSED;
}

/* What the golden file has and the log has not: the lock last of all, then the TLS key. */
static enum hm_outcome check_complete(struct hm_run *run, size_t at[HM_PCR_QUOTED], bool tls)
{
	for (uint32_t pcr = HM_PCR_OWNED_FIRST; pcr <= HM_PCR_OWNED_LAST; pcr++) {
		const struct hm_golden_event *want = next_golden(run->v->golden, pcr, &at[pcr]);

		if (want)
			return wrong_record(run, HALLMARK_NOT_LOCKED, pcr, want->content,
					    hm_bytes_of_text("the end of the log"));
	}
	if (!tls)
		return wrong_record(run, HALLMARK_TLS_MISMATCH, HM_PCR_TLS, "one TLS key", hm_bytes_of_text("none"));
	return HM_PASSED;
}

/* The last golden record of each register must be a lock: a golden file without one promises nothing. */
static bool golden_locks(const struct hm_golden *golden)
{
	uint32_t locked = 0;

	for (size_t i = 0; i < golden->event_count; i++) {
		const struct hm_golden_event *event = &golden->event[i];
		struct hm_record record;

		if (event->type != HM_EV_HALLMARK)
			continue;
		locked &= ~(HM_PCR_BIT(event->pcr));
		if (!hm_record_parse(hm_bytes_of_text(event->content), &record) && record.kind == HM_RECORD_LOCK)
			locked |= HM_PCR_BIT(event->pcr);
	}
	return locked == HM_PCRS_OWNED;
}

/*
 * 12: the records, register by register (their order between registers is in no register): the golden file's, the lock
 * last, and in PCR 15 after it exactly one TLS key.
 */
enum hm_outcome hm_check_records(struct hm_run *run)
{
	size_t at[HM_PCR_QUOTED] = {0};
	struct hm_record_order order = hm_record_order_locked;
	struct hm_cel cel;
	struct hm_cel_record record;
	enum hm_outcome outcome;
	bool end = false;

	if (!run->v->golden)
		return hm_left_out(run, HM_CHECK_RECORDS, "no golden file");
	if (!golden_locks(run->v->golden))
		return hm_failed(run, HM_CHECK_RECORDS, HALLMARK_NOT_LOCKED, "a golden file with locks in PCR 11 to 15",
				 "one without");
	if (hm_cel_open(hm_blob_bytes(&run->proof->runtime_log), &cel))
		return hm_failed(run, HM_CHECK_RECORDS, HALLMARK_MALFORMED, "a runtime log", "something else");
	while (!end) {
		/* The digests were compared by check 10. */
		if (hm_cel_next(&cel, NULL, &record, &end))
			return hm_failed(run, HM_CHECK_RECORDS, HALLMARK_MALFORMED, "a runtime log", "something else");
		if (end)
			break;
		outcome = check_record(run, &record, &at[record.pcr], &order);
		if (outcome != HM_PASSED)
			return outcome;
	}
	return check_complete(run, at, order.tls);
}

/* --- 13 --- */

static enum hm_err extend_pcrs(void *ctx, const struct hm_measurement *m)
{
	struct hm_pcrs *pcrs = ctx;
	struct hm_digests digests;
	enum hm_err err =
		hm_digests_of(&hm_crypto_hasher, pcrs->banks, m->parts, m->part_count, m->zero_tail, &digests);

	return err ? err : hm_pcrs_extend(pcrs, &hm_crypto_hasher, m->pcr, &digests);
}

/* Computes PCR 15 from the golden file and the key, without the log, and compares it with the quoted value. */
static bool register_has_key(const struct hm_run *run, const uint8_t spki_sha256[32])
{
	const enum hm_bank bank = run->v->bank;
	struct hm_pcrs pcrs = run->v->golden->pcrs;
	const struct hm_sink sink = {.ctx = &pcrs, .extend = extend_pcrs};

	pcrs.banks = HM_BANK_BIT(bank);
	if (hm_measure_tls(spki_sha256, &sink))
		return false;
	return hm_crypto_equal(pcrs.value[bank][HM_PCR_TLS], run->proof->pcr[HM_PCR_TLS], hm_algs[bank].len);
}

static enum hm_outcome tls_mismatch(struct hm_run *run, const char *what, const uint8_t expected[32],
				    const uint8_t seen[32])
{
	char text[2 * 32 + 1], other[2 * 32 + 1];

	hm_hex_text(hm_bytes_of(expected, 32), text, sizeof(text));
	hm_hex_text(hm_bytes_of(seen, 32), other, sizeof(other));
	return hm_failed(run, HM_CHECK_TLS, HALLMARK_TLS_MISMATCH, text, "%s %s", what, other);
}

/* Shows PCR 15 as equal in the table of registers: check 12 replayed it, and register_has_key computed it. */
static void settle_register(struct hm_run *run)
{
	struct hallmark_register *row = &run->ret->registers[HM_PCR_TLS];

	memcpy(row->expected, row->seen, sizeof(row->expected));
	row->state = HALLMARK_REGISTER_EQUAL;
}

/* 13: one key: the one that the machine measured, the one in the quote, and the one at the other end of the connection.
 */
enum hm_outcome hm_check_tls(struct hm_run *run)
{
	const uint8_t *connection = run->request->tls_spki_sha256;

	if (run->v->golden && !hm_crypto_equal(run->tls_record, run->spki_sha256, 32))
		return tls_mismatch(run, "the proof's certificate has", run->tls_record, run->spki_sha256);
	if (run->v->golden && !register_has_key(run, run->spki_sha256))
		return hm_failed(run, HM_CHECK_TLS, HALLMARK_TLS_MISMATCH, "the key in PCR 15",
				 "another one, or more than one");
	if (run->v->golden)
		settle_register(run);
	if (!connection)
		return hm_left_out(run, HM_CHECK_TLS, "no connection: whoever sends this proof need not have the key");
	if (run->proof->tls_certificate_count == 0)
		return hm_failed(run, HM_CHECK_TLS, HALLMARK_TLS_MISMATCH, "a TLS key in the proof", "none");
	if (!hm_crypto_equal(connection, run->spki_sha256, 32))
		return tls_mismatch(run, "the connection has", run->spki_sha256, connection);
	return HM_PASSED;
}
