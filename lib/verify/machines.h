/* SPDX-License-Identifier: BSD-2-Clause */
/* machines.h - the signed list of the machines that a verifier accepts (docs/FORMATS.md, 14) */
#ifndef HM_LIB_VERIFY_MACHINES_H
#define HM_LIB_VERIFY_MACHINES_H

#include "core/digest.h"
#include "lib/base/error.h"

#define HM_MACHINES_MAX 4096u
#define HM_MACHINES_FILE_MAX (2u * 1024 * 1024)

struct hm_machines;

/* Not a byte of `file` is read before the signature is verified. False: `error` says why. */
HM_MUST_CHECK bool hm_machines_open(struct hm_bytes file, struct hm_bytes signature, struct hm_bytes key,
				    struct hm_machines **ret, struct hm_error *error);
void hm_machines_free(struct hm_machines *machines);

/*
 * Whether one machine of the list is this one: all that its entry names is equal. `certificate_sha256` is of the
 * attestation key's certificate, NULL where the proof has none: an entry that names one is then not met.
 */
HM_MUST_CHECK bool hm_machines_have(const struct hm_machines *machines, const uint8_t ak_sha256[HM_SHA256_LEN],
				    const uint8_t *certificate_sha256);

#endif
