/* SPDX-License-Identifier: BSD-2-Clause */
/* measure_record.h - the measuring rule of our own records: layers, lock, TLS key, and the cap of a failed boot */
#ifndef HM_MEASURE_RECORD_H
#define HM_MEASURE_RECORD_H

#include "record.h"
#include "sink.h"

/*
 * Every record that a program of ours extends goes through one of these walks: docs/FORMATS.md, 1 and 2. They accept
 * PCR 11 to 15 only, and give the sink one measurement of the type HM_EV_HALLMARK, whose one part is the record's line
 * and also its data. All but hm_measure_cap stop at the first error, which they return.
 */

/* One record into `pcr`. */
HM_MUST_CHECK enum hm_err hm_measure_record(const struct hm_record *record, uint32_t pcr, const struct hm_sink *sink);
/* The lock: the same record into PCR 11, 12, 13, 14, 15, in this order. */
HM_MUST_CHECK enum hm_err hm_measure_lock(uint64_t layers, const struct hm_sink *sink);
/* The TLS key of this boot into PCR 15: the SHA-256 of its DER SubjectPublicKeyInfo. */
HM_MUST_CHECK enum hm_err hm_measure_tls(const uint8_t spki_sha256[HM_SHA256_LEN], const struct hm_sink *sink);
/*
 * The cap: the record of a failed boot into PCR 11, 12, 13, 14, 15, so that nothing that runs later can show the values
 * of a good boot. Goes on after an error, since a register that cannot be extended must not keep the others open;
 * returns the first error.
 */
HM_MUST_CHECK enum hm_err hm_measure_cap(enum hm_stage stage, const struct hm_sink *sink);

#endif
