/* SPDX-License-Identifier: BSD-2-Clause */
/* measure_record.c - the measuring rule of our own records */
#include "measure_record.h"

/* "layer app", "lock", ...; `text` is NUL-terminated. */
static void name_record(const struct hm_record *record, struct hm_writer *text)
{
	bool named = false;

	switch (record->kind) {
	case HM_RECORD_LAYER:
	case HM_RECORD_RAM:
		hm_put_text(text, "layer ");
		named = true;
		break;
	case HM_RECORD_LOCK:
		hm_put_text(text, "lock");
		break;
	case HM_RECORD_TLS:
		hm_put_text(text, "tls");
		break;
	case HM_RECORD_FAIL:
		hm_put_text(text, "fail ");
		named = true;
		break;
	}
	if (named && record->name_len <= HM_RECORD_NAME_MAX)
		hm_put_bytes(text, hm_bytes_of(record->name, record->name_len));
	hm_put_u8(text, 0);
}

enum hm_err hm_measure_record(const struct hm_record *record, uint32_t pcr, const struct hm_sink *sink)
{
	uint8_t line[HM_RECORD_MAX];
	char what[sizeof("layer ") + HM_RECORD_NAME_MAX];
	struct hm_writer w = hm_writer_of(line, sizeof(line));
	struct hm_writer text = hm_writer_of(what, sizeof(what));
	struct hm_measurement m = {.pcr = pcr, .type = HM_EV_HALLMARK, .parts = &m.data, .part_count = 1, .what = what};
	enum hm_err err;

	if (pcr < HM_PCR_OWNED_FIRST || pcr > HM_PCR_OWNED_LAST)
		return HM_E_CEL_PCR;
	err = hm_record_format(record, &w);
	if (err)
		return err;
	name_record(record, &text);
	/* What is hashed is what is logged. */
	m.data = hm_writer_bytes(&w);
	return sink->extend(sink->ctx, &m);
}

enum hm_err hm_measure_lock(uint64_t layers, const struct hm_sink *sink)
{
	const struct hm_record lock = {.kind = HM_RECORD_LOCK, .layers = layers};

	for (uint32_t pcr = HM_PCR_OWNED_FIRST; pcr <= HM_PCR_OWNED_LAST; pcr++) {
		enum hm_err err = hm_measure_record(&lock, pcr, sink);

		if (err)
			return err;
	}
	return HM_OK;
}

enum hm_err hm_measure_tls(const uint8_t spki_sha256[HM_SHA256_LEN], const struct hm_sink *sink)
{
	struct hm_record record = {.kind = HM_RECORD_TLS};

	memcpy(record.sha256, spki_sha256, sizeof(record.sha256));
	return hm_measure_record(&record, HM_PCR_TLS, sink);
}

enum hm_err hm_measure_cap(enum hm_stage stage, const struct hm_sink *sink)
{
	const struct hm_record record = hm_record_of_stage(stage);
	enum hm_err first = HM_OK;

	for (uint32_t pcr = HM_PCR_OWNED_FIRST; pcr <= HM_PCR_OWNED_LAST; pcr++) {
		enum hm_err err = hm_measure_record(&record, pcr, sink);

		first = first ? first : err;
	}
	return first;
}
