/* SPDX-License-Identifier: BSD-2-Clause */
/* learn.h - a platform profile out of what one machine showed */
#ifndef HM_HOST_FIRMWARE_LEARN_H
#define HM_HOST_FIRMWARE_LEARN_H

#include "host/log/seen.h"
#include "lib/base/error.h"
#include "host/firmware/volumes.h"
#include "host/firmware/profile.h"

/*
 * The events of registers 0, 1 and 6 of the evidence's firmware log. Its log must replay to its registers where it has
 * some, in all four banks. With `firmware` the DXE volume's event must be of that file's volume; boot variables that
 * are those of OVMF for QEMU's disks become a rule, others stay as they are. name, status, machine and the firmware's
 * hash are the caller's to set. On failure false, and one line in `error`.
 */
HM_MUST_CHECK bool hm_profile_learn(const struct hm_evidence *evidence, const struct hm_firmware *firmware,
				    struct hm_profile **ret, struct hm_error *error);

#endif
