/* SPDX-License-Identifier: BSD-2-Clause */
/* extend.c - one record, into the runtime log and then into its register */
#include "extend.h"

enum hm_err hm_extend_log(const struct hm_extend *to, const struct hm_measurement *m, uint32_t banks, uint64_t *recnum,
			  struct hm_digests *ret_digests)
{
	struct hm_cel_record record = {.recnum = *recnum, .pcr = m->pcr, .content = m->data};
	uint8_t line[HM_CEL_LINE_MAX];
	struct hm_writer w = hm_writer_of(line, sizeof(line));
	enum hm_err err;

	ret_digests->banks = 0;
	/* The log has the record as one line; another measurement cannot be replayed from it. */
	if (m->part_count != 1 || m->zero_tail != 0 || !hm_bytes_equal(m->parts[0], m->data))
		return HM_E_RECORD_LENGTH;
	err = hm_digests_of(to->hasher, banks, m->parts, m->part_count, 0, &record.digests);
	if (err)
		return err;
	*ret_digests = record.digests;
	err = hm_cel_format(&record, &w);
	if (!err)
		err = to->log(to->ctx, hm_writer_bytes(&w));
	if (!err)
		(*recnum)++;
	return err;
}

enum hm_err hm_extend_register(const struct hm_extend *to, uint32_t pcr, const struct hm_digests *digests,
			       struct hm_pcrs *pcrs, uint32_t *ret_differing)
{
	struct hm_pcrs want = *pcrs, seen;
	enum hm_err err = hm_pcrs_extend(&want, to->hasher, pcr, digests);

	if (!err)
		err = to->extend(to->ctx, pcr, digests);
	if (!err)
		err = to->read(to->ctx, pcr, &seen);
	if (err)
		return err;
	*ret_differing = hm_pcr_differing(&want, &seen, digests->banks, pcr);
	if (*ret_differing)
		return HM_E_PCR_UNEXPECTED;
	*pcrs = want;
	return HM_OK;
}
