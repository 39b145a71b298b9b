/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_pe.c - PE files and unified kernel images, as a file and as a loaded image */
#include "core/authenticode.h"
#include "core/measure.h"
#include "core/uki.h"
#include "tests/fuzz/fuzz.h"

static enum hm_err extend(void *ctx, const struct hm_measurement *m)
{
	uint8_t digest[HM_DIGEST_MAX];
	unsigned int *count = ctx;

	++*count;
	/* Every part is read, so that one outside of the image is seen. */
	return fuzz_hash(NULL, HM_SHA256, m->parts, m->part_count, m->zero_tail, digest);
}

static void sections(const struct hm_pe *pe, const uint8_t *p, size_t len)
{
	struct hm_pe_section section;
	struct hm_uki uki;
	unsigned int count = 0;
	struct hm_sink sink = {.ctx = &count, .extend = extend};

	for (uint32_t i = 0; i < pe->section_count; i++) {
		FUZZ_CHECK(!hm_pe_section(pe, i, &section));
		FUZZ_CHECK(fuzz_inside(section.data, p, len) && fuzz_inside(section.name, p, len));
		FUZZ_CHECK(section.data.len <= section.virtual_len);
	}
	if (hm_uki_open(pe, &uki))
		return;
	if (!hm_uki_check_bootable(&uki))
		FUZZ_CHECK(uki.present[HM_UKI_LINUX] && uki.present[HM_UKI_CMDLINE] && uki.present[HM_UKI_INITRD]);
	if (!hm_measure_uki(&uki, &sink))
		FUZZ_CHECK(count <= 2 * HM_UKI_SECTION_COUNT);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct hm_authenticode authenticode;
	struct hm_pe pe;

	if (!hm_pe_open_file(hm_bytes_of(p, len), &pe)) {
		sections(&pe, p, len);
		if (!hm_authenticode_parts(&pe, &authenticode)) {
			for (size_t i = 0; i < authenticode.count; i++)
				FUZZ_CHECK(fuzz_inside(authenticode.parts[i], p, len));
		}
	}
	if (!hm_pe_open_loaded(hm_bytes_of(p, len), &pe))
		sections(&pe, p, len);
	return 0;
}
