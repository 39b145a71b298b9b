/* SPDX-License-Identifier: BSD-2-Clause */
/* pe_authority.h - which entry of db lets the firmware run a PE file */
#ifndef HM_HOST_CRYPTO_PE_AUTHORITY_H
#define HM_HOST_CRYPTO_PE_AUTHORITY_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/pe.h"

/*
 * What edk2 decides with Secure Boot on (SecurityPkg, DxeImageVerificationLib): for the file's signatures in file
 * order, the first certificate in db that the chain leads to, or the SHA-256 Authenticode digest in db. A
 * certificate or digest in dbx that matches forbids the file. *ret is the entry's EFI_SIGNATURE_DATA (owner GUID ||
 * certificate or digest), borrowed from `db`: the data of PCR 7's authority event. Validity periods are not looked
 * at, as in the firmware; entries of dbx that are hashes of certificates are not known here. On failure false, and one
 * line in `error`.
 */
HM_MUST_CHECK bool hm_crypto_pe_authority(const struct hm_pe *pe, struct hm_bytes db, struct hm_bytes dbx,
					  struct hm_bytes *ret, struct hm_error *error);

#endif
