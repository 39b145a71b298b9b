/* SPDX-License-Identifier: BSD-2-Clause */
/* seen.h - what a machine showed: a report, a proof, or one log alone */
#ifndef HM_HOST_LOG_SEEN_H
#define HM_HOST_LOG_SEEN_H

#include "lib/base/error.h"
#include "lib/golden/golden.h"
#include "host/log/report.h"
#include "lib/proof/proof.h"

/*
 * Reads any of the five file kinds, told apart by their first bytes. Both logs become one list of events, the
 * firmware's first. A malformed log inside a report or a proof makes all of it malformed.
 * Of a proof only the registers of the one quoted bank and the logs are looked at: whether it proves anything is the
 * verifier's to say.
 */
enum hm_evidence_kind {
	HM_EVIDENCE_REPORT,
	HM_EVIDENCE_PROOF,
	HM_EVIDENCE_FIRMWARE_LOG,
	HM_EVIDENCE_RUNTIME_LOG,
	HM_EVIDENCE_TD_LOG, /* a TD's log (ACPI CCEL) alone: register 1 to 4 of SHA-384 are RTMR 0 to 3 */
};
#define HM_EVIDENCE_MAX HM_GOLDEN_MAX

struct hm_seen_event {
	bool runtime; /* of the runtime log */
	size_t index; /* in its log, from 0 */
	uint32_t pcr;
	uint32_t type; /* HM_EV_HALLMARK for a record */
	struct hm_digests digests;
	struct hm_bytes data; /* event data, or the record's line; borrowed from the file, the report or the proof */
};

struct hm_evidence {
	enum hm_evidence_kind kind;
	struct hm_report *report; /* NULL where the file is something else */
	struct hm_proof *proof;	  /* NULL where the file is something else */
	struct hm_pcrs pcrs;	  /* the report's or proof's registers, or what the log replays to */
	struct hm_pcrs replayed;  /* by all logs, in the banks that every log has */
	bool firmware_log;	  /* there is one, and it is not empty */
	bool runtime_log;
	struct hm_seen_event *event;
	size_t event_count;
};

/* `file` must outlive *ret. On malformed input: false, and one line in `error`. */
HM_MUST_CHECK bool hm_evidence_parse(struct hm_bytes file, struct hm_evidence **ret, struct hm_error *error);
void hm_evidence_free(struct hm_evidence *evidence);
/* False where the registers are only what a log replays to. */
HM_MUST_CHECK bool hm_evidence_has_registers(const struct hm_evidence *evidence);
/* Banks in which a report's or proof's register is not what its logs replay to; banks that the logs lack are among
 * them. */
uint32_t hm_evidence_unexplained(const struct hm_evidence *evidence, uint32_t pcr);

#endif
