/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_eventlog.c - the firmware's event log */
#include "core/eventlog.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_bytes log = hm_bytes_of(p, len);
	struct hm_eventlog reader;
	struct hm_event event = {.index = 0};
	struct hm_pcrs pcrs;
	size_t count = 0;
	bool end = false;

	if (hm_eventlog_open(log, &reader))
		return 0;
	/* Every event takes at least its fixed fields from the input: the loop ends. */
	while (!hm_eventlog_next(&reader, &event, &end)) {
		if (end)
			break;
		FUZZ_CHECK(event.index == count++ && count <= len / 8 + 1);
		FUZZ_CHECK(event.pcr < HM_PCR_COUNT);
		FUZZ_CHECK(fuzz_inside(event.data, p, len));
		FUZZ_CHECK((event.digests.banks & ~reader.banks) == 0);
	}
	/* The replay reads the same events; what cannot be read cannot be replayed. */
	FUZZ_CHECK(hm_eventlog_replay(log, &fuzz_hasher, &pcrs) != HM_OK || end);
	return 0;
}
