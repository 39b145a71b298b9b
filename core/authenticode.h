/* SPDX-License-Identifier: BSD-2-Clause */
/* authenticode.h - which bytes of a PE file the firmware hashes into PCR 4 */
#ifndef HM_AUTHENTICODE_H
#define HM_AUTHENTICODE_H

#include "pe.h"

/*
 * Headers without CheckSum and without the certificate table's directory entry,
 * then the sections by ascending file offset (SizeOfRawData bytes of those that have
 * any), then what follows minus the certificate table. "What follows" begins at the
 * sum of the lengths so far, which in a file with gaps is before the end of the last
 * section. Not padded. This is edk2's rule (SecurityPkg/Tcg/Tcg2Dxe,
 * MeasurePeImageAndExtend), other tools pad to 8 bytes.
 */
#define HM_AUTHENTICODE_PARTS_MAX (HM_PE_SECTIONS_MAX + 4u)

struct hm_authenticode {
	struct hm_bytes parts[HM_AUTHENTICODE_PARTS_MAX]; /* to be hashed one after the other; borrowed */
	size_t count;
};

/* `pe` must be in file layout: PE_LAYOUT. */
HM_MUST_CHECK enum hm_err hm_authenticode_parts(const struct hm_pe *pe, struct hm_authenticode *ret);

#endif
