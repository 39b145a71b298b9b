/* SPDX-License-Identifier: BSD-2-Clause */
/* seen.c - what a machine showed: a report, a proof, or one log alone */
#include "host/log/seen.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/error.h"
#include "core/eventlog.h"
#include "core/record.h"
#include "core/tdx.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"

/* An event of the crypto-agile log has at least 16 bytes and a digest. */
#define EVENTS_MAX (HM_EVENTLOG_MAX / 36u + HM_CEL_RECORDS_MAX)
#define CEL_START "{\"recnum\""
/* Both have one text only: the version is where their formats put it. */
#define PROOF_START "{\n  \"version\": \"hallmark-proof/"
#define GOLDEN_START "{\n  \"version\": \"hallmark-golden/"
/* TCG_PCR_EVENT of a crypto-agile log: PCR 0, EV_NO_ACTION (PFP 1.06, 10.4.5.1); register 1 in a TD's log of OVMF's. */
static const uint8_t firmware_log_start[] = {0, 0, 0, 0, HM_EV_NO_ACTION, 0, 0, 0};
static const uint8_t td_log_start[] = {1, 0, 0, 0, HM_EV_NO_ACTION, 0, 0, 0};

static bool add_event(struct hm_evidence *evidence, const struct hm_seen_event *event, struct hm_error *error)
{
	/* Grown by doubling: at every power of two. */
	if ((evidence->event_count & (evidence->event_count - 1)) == 0) {
		size_t cap = evidence->event_count ? evidence->event_count * 2 : 1;
		struct hm_seen_event *grown =
			cap <= 2 * EVENTS_MAX ? realloc(evidence->event, cap * sizeof(*grown)) : NULL;

		if (!grown)
			return hm_error_set(error, "out of memory");
		evidence->event = grown;
	}
	evidence->event[evidence->event_count++] = *event;
	return true;
}

/* RTMR 0 to 3 stand where the log's own numbers are. */
static enum hm_err replay_td_log(struct hm_bytes log, struct hm_evidence *evidence)
{
	uint8_t rtmr[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN];
	enum hm_err err = hm_tdx_log_replay(log, &hm_crypto_hasher, rtmr);

	if (err)
		return err;
	hm_pcrs_init(&evidence->replayed, HM_BANK_BIT(HM_SHA384), 0);
	for (size_t i = 0; i < HM_TDX_RTMRS; i++)
		memcpy(evidence->replayed.value[HM_SHA384][HM_TDX_REGISTER_RTMR0 + i], rtmr[i], sizeof(rtmr[i]));
	return HM_OK;
}

static bool read_firmware_log(struct hm_bytes log, struct hm_evidence *evidence, struct hm_error *error)
{
	struct hm_eventlog reader;
	enum hm_err err = hm_eventlog_open(log, &reader);
	bool end = false;

	while (!err && !end) {
		struct hm_event event;
		struct hm_seen_event seen;

		err = hm_eventlog_next(&reader, &event, &end);
		if (err || end)
			break;
		seen = (struct hm_seen_event){false, event.index, event.pcr, event.type, event.digests, event.data};
		if (!add_event(evidence, &seen, error))
			return false;
	}
	if (!err)
		err = evidence->kind == HM_EVIDENCE_TD_LOG
			      ? replay_td_log(log, evidence)
			      : hm_eventlog_replay(log, &hm_crypto_hasher, &evidence->replayed);
	if (err)
		return hm_error_set(error, "firmware log, event %zu: %s", evidence->event_count, hm_err_text(err));
	evidence->firmware_log = true;
	return true;
}

static bool read_runtime_log(struct hm_bytes log, struct hm_evidence *evidence, struct hm_error *error)
{
	size_t before = evidence->event_count;
	struct hm_cel reader;
	enum hm_err err = hm_cel_open(log, &reader);
	bool end = false;

	while (!err && !end) {
		struct hm_cel_record record;
		struct hm_seen_event seen;

		err = hm_cel_next(&reader, &hm_crypto_hasher, &record, &end);
		if (err || end)
			break;
		seen = (struct hm_seen_event){true,	      (size_t)record.recnum, record.pcr,
					      HM_EV_HALLMARK, record.digests,	     record.content};
		if (!add_event(evidence, &seen, error))
			return false;
	}
	if (!err) {
		/* Without a firmware log the records are replayed from power-on values. */
		if (!evidence->firmware_log)
			hm_pcrs_init(&evidence->replayed, reader.banks, 0);
		evidence->replayed.banks &= reader.banks;
		err = hm_cel_replay(log, &hm_crypto_hasher, &evidence->replayed);
	}
	if (err)
		return hm_error_set(error, "runtime log, record %zu: %s", evidence->event_count - before,
				    hm_err_text(err));
	evidence->runtime_log = true;
	return true;
}

static bool read_logs(struct hm_bytes firmware, struct hm_bytes runtime, struct hm_evidence *evidence,
		      struct hm_error *error)
{
	/* A platform may deliver no firmware log at all. */
	hm_pcrs_init(&evidence->replayed, HM_BANKS_ALL, 0);
	if (firmware.len && !read_firmware_log(firmware, evidence, error))
		return false;
	if (runtime.len && !read_runtime_log(runtime, evidence, error))
		return false;
	return true;
}

static bool read_report(struct hm_bytes file, struct hm_evidence *evidence, struct hm_error *error)
{
	struct hm_bytes firmware, runtime;

	if (!hm_report_parse(file, &evidence->report, error))
		return false;
	firmware = hm_bytes_of(evidence->report->firmware_log, evidence->report->firmware_log_len);
	runtime = hm_bytes_of(evidence->report->runtime_log, evidence->report->runtime_log_len);
	evidence->pcrs = evidence->report->pcrs;
	return read_logs(firmware, runtime, evidence, error);
}

static bool read_proof(struct hm_bytes file, struct hm_evidence *evidence, struct hm_error *error)
{
	const struct hm_proof *proof;

	if (!hm_proof_parse(file, &evidence->proof, error))
		return false;
	proof = evidence->proof;
	evidence->pcrs.banks = HM_BANK_BIT(proof->bank);
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++)
		memcpy(evidence->pcrs.value[proof->bank][pcr], proof->pcr[pcr], HM_DIGEST_MAX);
	return read_logs(hm_blob_bytes(&proof->firmware_log), hm_blob_bytes(&proof->runtime_log), evidence, error);
}

static bool starts_with(struct hm_bytes file, const char *text)
{
	size_t len = strlen(text);

	return file.len >= len && !memcmp(file.p, text, len);
}

/* By as much of the start as is there: a log that is cut is a log. */
static bool is_log(struct hm_bytes file, const uint8_t start[sizeof(firmware_log_start)])
{
	size_t len = file.len < sizeof(firmware_log_start) ? file.len : sizeof(firmware_log_start);

	return !memcmp(file.p, start, len);
}

static bool read_file(struct hm_bytes file, struct hm_evidence *evidence, struct hm_error *error)
{
	struct hm_eventlog log;
	bool good;

	if (starts_with(file, GOLDEN_START))
		return hm_error_set(
			error, "is a golden file, not a log: the logs it predicts are golden.tcglog and golden.cel");
	if (starts_with(file, CEL_START)) {
		evidence->kind = HM_EVIDENCE_RUNTIME_LOG;
		good = read_runtime_log(file, evidence, error);
	} else if (starts_with(file, PROOF_START)) {
		evidence->kind = HM_EVIDENCE_PROOF;
		return read_proof(file, evidence, error);
	} else if (starts_with(file, "{")) {
		evidence->kind = HM_EVIDENCE_REPORT;
		return read_report(file, evidence, error);
	} else if (is_log(file, firmware_log_start)) {
		evidence->kind = HM_EVIDENCE_FIRMWARE_LOG;
		good = read_firmware_log(file, evidence, error);
	} else if (is_log(file, td_log_start)) {
		evidence->kind = HM_EVIDENCE_TD_LOG;
		good = read_firmware_log(file, evidence, error);
	} else if (hm_eventlog_open(file, &log) == HM_E_LOG_SHA1) {
		return hm_error_err(error, NULL, HM_E_LOG_SHA1);
	} else {
		return hm_error_set(error, "is no firmware log (crypto-agile), runtime log, report or proof");
	}
	evidence->pcrs = evidence->replayed;
	return good;
}

bool hm_evidence_parse(struct hm_bytes file, struct hm_evidence **ret, struct hm_error *error)
{
	struct hm_evidence *evidence = calloc(1, sizeof(*evidence));

	if (!evidence)
		return hm_error_set(error, "out of memory");
	if (!read_file(file, evidence, error)) {
		hm_evidence_free(evidence);
		return false;
	}
	*ret = evidence;
	return true;
}

void hm_evidence_free(struct hm_evidence *evidence)
{
	if (!evidence)
		return;
	hm_report_free(evidence->report);
	hm_proof_free(evidence->proof);
	free(evidence->event);
	free(evidence);
}

bool hm_evidence_has_registers(const struct hm_evidence *evidence)
{
	return evidence->kind == HM_EVIDENCE_REPORT || evidence->kind == HM_EVIDENCE_PROOF;
}

uint32_t hm_evidence_unexplained(const struct hm_evidence *evidence, uint32_t pcr)
{
	uint32_t banks = 0;

	for (size_t bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(evidence->pcrs.banks & HM_BANK_BIT(bank)))
			continue;
		if (!(evidence->replayed.banks & HM_BANK_BIT(bank)) ||
		    memcmp(evidence->pcrs.value[bank][pcr], evidence->replayed.value[bank][pcr], hm_algs[bank].len) !=
			    0)
			banks |= HM_BANK_BIT(bank);
	}
	return banks;
}
