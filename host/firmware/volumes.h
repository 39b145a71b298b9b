/* SPDX-License-Identifier: BSD-2-Clause */
/* volumes.h - reads the volumes out of an OVMF firmware file: what register 0's blobs are made of */
#ifndef HM_HOST_FIRMWARE_VOLUMES_H
#define HM_HOST_FIRMWARE_VOLUMES_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "host/base/file.h"

/*
 * OVMF's code (OVMF_CODE*.fd, or a file with variables in front) is a row of firmware volumes. One of them holds a file
 * with an LZMA section, and in it stand the PEI volume and the DXE volume. The firmware decompresses both to RAM,
 * hashes them, and logs a blob event for each. The DXE volume is hashed as it is in the file; the PEI volume has run by
 * then. Source: PI 1.7 vol. 3, 2.1 and 3.2; edk2 OvmfPkg/Sec, SecurityPkg/Tcg/Tcg2Pei.
 */
#define HM_FIRMWARE_MAX (32u * 1024u * 1024u)
#define HM_FIRMWARE_UNPACKED_MAX (64u * 1024u * 1024u)
#define HM_GUID_LEN 16u

struct hm_firmware {
	struct hm_file unpacked; /* owns what the two point to */
	struct hm_bytes pei;
	struct hm_bytes dxe;
	bool secure_boot; /* the DXE volume has the driver of the Secure Boot setup page: built with SECURE_BOOT_ENABLE
			   */
	uint8_t dxe_name[HM_GUID_LEN]; /* in memory order; boot entries for the setup menu and the shell name it */
};

/* On a file without exactly one volume of each kind: false, and one line in `error`. */
HM_MUST_CHECK bool hm_firmware_parse(struct hm_bytes file, struct hm_firmware *ret, struct hm_error *error);
void hm_firmware_free(struct hm_firmware *firmware);

#endif
