/* SPDX-License-Identifier: BSD-2-Clause */
/* pe_authority.h - which entry of db lets the firmware run a PE file */
#ifndef HM_HOST_CRYPTO_PE_AUTHORITY_H
#define HM_HOST_CRYPTO_PE_AUTHORITY_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "core/pe.h"

/*
 * What edk2 decides with Secure Boot on (SecurityPkg, DxeImageVerificationLib of edk2-stable202211 and later). A file
 * without signatures needs its SHA-256 Authenticode digest in db and not in dbx. Of a signed file every signature is
 * looked at, in file order, with the digest algorithm that the signature names (SHA-256, SHA-384, SHA-512):
 *  - a certificate in dbx that the chain leads to, or the hash of the signer's certificate in dbx, forbids the file;
 *  - the first certificate in db that the chain leads to allows the file, unless dbx has that certificate's hash;
 *  - the image's digest in dbx forbids the file, in db allows it.
 * A later signature can forbid what an earlier one allowed. *ret is the first entry that allows, an EFI_SIGNATURE_DATA
 * (owner GUID || certificate or digest), borrowed from `db`: the data of PCR 7's authority event. Validity periods are
 * not looked at, as in the firmware. Not predicted, hence refused: a revocation from a time on, and SHA-1. On failure
 * false, and one line in `error`.
 */
HM_MUST_CHECK bool hm_crypto_pe_authority(const struct hm_pe *pe, struct hm_bytes db, struct hm_bytes dbx,
					  struct hm_bytes *ret, struct hm_error *error);

#endif
