/* SPDX-License-Identifier: BSD-2-Clause */
/* sink.c - one sink for all that the firmware can extend */
#include "sink.h"

#include "core/measure_record.h"

static enum hm_err extend(void *ctx, const struct hm_measurement *m)
{
	struct hm_registers *registers = ctx;
	enum hm_err err = hm_tcg2_extend(&registers->tcg2, m);

	if (err)
		return err;
	return hm_cc_extend(&registers->cc, m);
}

struct hm_sink hm_registers_sink(struct hm_registers *registers)
{
	return (struct hm_sink){.ctx = registers, .extend = extend};
}

/* The deadline may strike inside a driver of the firmware, which cannot be entered twice. */
static enum hm_err extend_whatever_answers(void *ctx, const struct hm_measurement *m)
{
	struct hm_registers *registers = ctx;
	enum hm_err err = HM_OK, cc_err = HM_OK;

	if (registers->tcg2.protocol && !registers->tcg2.busy)
		err = hm_tcg2_extend(&registers->tcg2, m);
	if (!registers->cc.busy)
		cc_err = hm_cc_extend(&registers->cc, m);
	return err ? err : cc_err;
}

void hm_registers_cap(struct hm_registers *registers)
{
	const struct hm_sink sink = {.ctx = registers, .extend = extend_whatever_answers};
	enum hm_err err = hm_measure_cap(HM_STAGE_STUB, &sink);

	/* The boot is over either way: what can be capped is. */
	(void)err;
}
