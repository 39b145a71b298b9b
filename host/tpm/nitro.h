/* SPDX-License-Identifier: BSD-2-Clause */
/* nitro.h - AWS: a request to the Nitro security module, through the TPM */
#ifndef HM_HOST_TPM_NITRO_H
#define HM_HOST_TPM_NITRO_H

#include <stddef.h>

#include "core/bytes.h"
#include "host/tpm/tpm.h"

/*
 * NitroTPM's vendor command 0x20000001: two handles, both of one NV index (as authorization and as index), a password
 * session with the index's empty password, no parameters. The request stands at the start of the index, the response
 * replaces it; both are CBOR (nsm.h), and what follows the response in the index has no meaning. Source: AWS's
 * NitroTPM-Tools (nitro-tpm-attest), which takes 8192 bytes for an index too. Nobody needs to trust the channel: the
 * document that comes back is signed and has the caller's nonce in it.
 */
#define HM_TPM_NSM_COMMAND UINT32_C(0x20000001)
#define HM_TPM_NSM_LEN 8192u
/* In the owner's range (TCG registry of reserved handles, 2.2). What is left there by a process that was killed is
 * taken away first. */
#define HM_TPM_NSM_INDEX UINT32_C(0x0180484d)

/* `request` of at most 2048 bytes; HM_TPM_NSM_LEN bytes into `ret`. One at a time. 0 or a TSS2_RC, *ret is undefined on
 * failure. */
HM_MUST_CHECK uint32_t hm_tpm_nsm(struct hm_tpm *tpm, struct hm_bytes request, uint8_t ret[HM_TPM_NSM_LEN]);

/* TPM_PT_VENDOR_STRING_1 and on: up to 16 characters, without the zeros after them: "NitroTPM". */
#define HM_TPM_VENDOR_MAX 16u
HM_MUST_CHECK uint32_t hm_tpm_vendor(struct hm_tpm *tpm, char ret[HM_TPM_VENDOR_MAX + 1]);

#endif
