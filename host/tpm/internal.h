/* SPDX-License-Identifier: BSD-2-Clause */
/* internal.h - what the files that talk to the TPM share: how a command begins and ends */
#ifndef HM_HOST_TPM_INTERNAL_H
#define HM_HOST_TPM_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/bytes.h"

#include <tss2/tss2_esys.h>

/* Only for host/tpm/. */
struct hm_tpm {
	char *conf;
	TSS2_TCTI_CONTEXT *tcti;
	ESYS_CONTEXT *esys;
	bool failed; /* the last command */
};

/*
 * After a command that ended without an answer of the TPM (a timeout of the driver, an answer that
 * makes no sense) ESYS and the TCTI refuse all further ones. The TPM may be well, and the next
 * command may be the one that caps its registers: it gets new contexts. No command is repeated.
 */
HM_MUST_CHECK uint32_t hm_tpm_command_begin(struct hm_tpm *tpm);
/* Remembers whether the command failed; returns `rc`. */
uint32_t hm_tpm_command_end(struct hm_tpm *tpm, uint32_t rc);
/*
 * `len` is what the response's parameters take, as they were read. The library reads a response
 * that is too short on into what its buffer held before, and passes over the rest of one that is
 * too long.
 */
HM_MUST_CHECK uint32_t hm_tpm_check_response_len(const struct hm_tpm *tpm, size_t len);

#endif
