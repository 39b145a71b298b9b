/* SPDX-License-Identifier: BSD-2-Clause */
/* stub.h - whose stub a UKI has, and what that stub does */
#ifndef HM_HOST_UKI_STUB_H
#define HM_HOST_UKI_STUB_H

#include "lib/base/error.h"
#include "core/uki.h"

/* How the stub of a UKI starts the kernel, and which sections it measures. */
enum hm_stub_kind {
	HM_STUB_HALLMARK,
	HM_STUB_SYSTEMD, /* LoadImage: one more image event */
};

struct hm_stub {
	enum hm_stub_kind kind;
	uint32_t version;	 /* of systemd's; 0: ours */
	struct hm_bytes cmdline; /* what the kernel gets; borrows from the UKI */
};

/*
 * Ours is known by its SBAT line ("hallmark,"), systemd's by the text "#### LoaderInfo: systemd-stub VERSION ####" in
 * it. A stub that is neither cannot be predicted, and is refused. Sections that a systemd-stub of that version does not
 * know, and so does not measure, are taken out of *uki. A UKI with .dtbauto is refused where that stub knows the
 * section: whether the stub measures it depends on the machine. ret->cmdline is .cmdline as it is, or what systemd's
 * stub leaves of it.
 */
HM_MUST_CHECK bool hm_stub_kind_find(struct hm_uki *uki, struct hm_stub *ret, struct hm_error *error);

#endif
