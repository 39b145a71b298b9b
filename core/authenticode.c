/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticode.c - which bytes of a PE file the firmware hashes into PCR 4 */
#include "authenticode.h"

#define CHECKSUM_LEN 4u
#define DIRECTORY_LEN 8u

struct raw {
	uint32_t off;
	uint32_t len;
};

static enum hm_err add_part(struct hm_authenticode *a, const struct hm_pe *pe, uint64_t start, uint64_t end)
{
	struct hm_bytes part;

	if (start > end || !hm_bytes_slice(pe->image, start, end - start, &part))
		return HM_E_PE_TRUNCATED;
	if (part.len > 0)
		a->parts[a->count++] = part;
	return HM_OK;
}

static enum hm_err add_headers(struct hm_authenticode *a, const struct hm_pe *pe)
{
	uint64_t after_checksum = pe->checksum_off + CHECKSUM_LEN;
	enum hm_err err;

	err = add_part(a, pe, 0, pe->checksum_off);
	if (err)
		return err;
	if (pe->security_off == 0)
		return add_part(a, pe, after_checksum, pe->headers_len);
	err = add_part(a, pe, after_checksum, pe->security_off);
	if (err)
		return err;
	return add_part(a, pe, pe->security_off + DIRECTORY_LEN, pe->headers_len);
}

/* Those that have bytes in the file, by ascending offset; none overlap, so none are equal. */
static enum hm_err sort_sections(const struct hm_pe *pe, struct raw *raws, size_t *ret_count)
{
	size_t count = 0;

	for (uint32_t i = 0; i < pe->section_count; i++) {
		struct hm_pe_section s;
		enum hm_err err = hm_pe_section(pe, i, &s);
		size_t pos = count;

		if (err)
			return err;
		if (s.raw_len == 0)
			continue;
		for (; pos > 0 && raws[pos - 1].off > s.raw_off; pos--)
			raws[pos] = raws[pos - 1];
		raws[pos] = (struct raw){.off = s.raw_off, .len = s.raw_len};
		count++;
	}
	*ret_count = count;
	return HM_OK;
}

/*
 * The tail begins at the *sum* of the lengths hashed so far, which is not the end
 * of the last section where there are gaps: so does edk2 (SUM_OF_BYTES_HASHED).
 */
static enum hm_err add_tail(struct hm_authenticode *a, const struct hm_pe *pe, uint64_t sum)
{
	uint64_t left;

	if (sum >= pe->image.len)
		return HM_OK;
	left = pe->image.len - sum;
	if (left < pe->security_len)
		return HM_E_PE_CERTIFICATES;
	return add_part(a, pe, sum, sum + (left - pe->security_len));
}

enum hm_err hm_authenticode_parts(const struct hm_pe *pe, struct hm_authenticode *ret)
{
	struct hm_authenticode a = {.count = 0};
	struct raw raws[HM_PE_SECTIONS_MAX];
	uint64_t sum = pe->headers_len;
	size_t count;
	enum hm_err err;

	if (pe->loaded)
		return HM_E_PE_LAYOUT;
	err = add_headers(&a, pe);
	if (err)
		return err;
	err = sort_sections(pe, raws, &count);
	if (err)
		return err;
	for (size_t i = 0; i < count; i++) {
		err = add_part(&a, pe, raws[i].off, (uint64_t)raws[i].off + raws[i].len);
		if (err)
			return err;
		sum += raws[i].len;
	}
	err = add_tail(&a, pe, sum);
	if (err)
		return err;
	*ret = a;
	return HM_OK;
}
