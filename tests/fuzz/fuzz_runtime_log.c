/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_runtime_log.c - the runtime log and its records: what is read is what would be written */
#include "core/record.h"
#include "tests/fuzz/fuzz.h"

static void record_again(struct hm_bytes line)
{
	struct hm_record record;
	uint8_t text[HM_RECORD_MAX];
	struct hm_writer w = hm_writer_of(text, sizeof(text));

	if (hm_record_parse(line, &record))
		return;
	if (record.kind != HM_RECORD_FAIL)
		FUZZ_CHECK(!hm_record_format(&record, &w) && hm_bytes_equal(hm_writer_bytes(&w), line));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_bytes log = hm_bytes_of(p, len);
	struct hm_cel_record record;
	struct hm_pcrs pcrs = {.banks = HM_BANK_BIT(HM_SHA256)};
	struct hm_cel cel;
	bool end = false;

	record_again(log);
	if (hm_cel_replay(log, &fuzz_hasher, &pcrs) && hm_cel_open(log, &cel))
		return 0;
	if (hm_cel_open(log, &cel))
		return 0;
	while (!end && !hm_cel_next(&cel, NULL, &record, &end) && !end) {
		uint8_t text[HM_CEL_LINE_MAX];
		struct hm_writer w = hm_writer_of(text, sizeof(text));

		FUZZ_CHECK(fuzz_inside(record.content, p, len));
		FUZZ_CHECK(record.recnum < HM_CEL_RECORDS_MAX && record.pcr >= 11 && record.pcr <= 15);
		/* One canonical form: the line that was read can be written, and is the same. */
		FUZZ_CHECK(!hm_cel_format(&record, &w));
		FUZZ_CHECK(memmem(p, len, text, w.len) != NULL);
		record_again(record.content);
	}
	return 0;
}
