/* SPDX-License-Identifier: BSD-2-Clause */
/* variables.h - reads the Secure Boot variables out of an OVMF variable store */
#ifndef HM_HOST_FIRMWARE_VARIABLES_H
#define HM_HOST_FIRMWARE_VARIABLES_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/bytes.h"

/*
 * The file is a firmware volume with an authenticated variable store, as OVMF_VARS*.fd is. A variable counts if
 * its state is VAR_ADDED, or VAR_ADDED and VAR_IN_DELETED_TRANSITION where no other one has its name.
 * The list ends where no variable begins, as in edk2: free space is 0xff or zeros, by who made the file.
 * Source: PI 1.7 vol. 3, 3.2.1 (volume header); edk2 MdeModulePkg/Include/Guid/VariableFormat.h.
 */
#define HM_VARS_FILE_MAX (16u * 1024u * 1024u)

struct hm_vars {
	struct hm_bytes pk, kek, db, dbx, dbt; /* data, borrowed from the file; empty where unset */
	bool enable_set;		       /* SecureBootEnable exists */
	bool enable;			       /* and is 1 */
};

/* On a malformed file: false, and one line in `error`. */
HM_MUST_CHECK bool hm_vars_parse(struct hm_bytes file, struct hm_vars *ret, struct hm_error *error);
/* What the firmware will make of it: on with a PK, unless SecureBootEnable says otherwise (edk2 AuthVariableLib). */
HM_MUST_CHECK bool hm_vars_secure_boot_enabled(const struct hm_vars *vars);
/* Any Secure Boot variable exists: firmware with Secure Boot code has written or will use them. */
HM_MUST_CHECK bool hm_vars_secure_boot_known(const struct hm_vars *vars);

#endif
