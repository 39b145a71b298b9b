/* SPDX-License-Identifier: BSD-2-Clause */
/* stub_kind.h - whose stub a UKI has, and what that stub does */
#ifndef HM_HOST_STUB_KIND_H
#define HM_HOST_STUB_KIND_H

#include "tools/host/inputs.h"

/*
 * Ours is known by its SBAT line ("hallmark,"), systemd's by the text "#### LoaderInfo: systemd-stub VERSION ####" in it.
 * A stub that is neither cannot be predicted, and is refused. Sections that a systemd-stub of that version does not know,
 * and so does not measure, are taken out of *uki. ret->cmdline is .cmdline as it is, or what systemd's stub leaves of it.
 */
bool hm_stub_kind_find(struct hm_uki *uki, struct hm_stub *ret, char *why, size_t why_len)
	__attribute__((warn_unused_result));

#endif
