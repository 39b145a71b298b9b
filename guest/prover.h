/* SPDX-License-Identifier: BSD-2-Clause */
/* prover.h - in the booted machine: makes proofs (docs/FORMATS.md, "The proof") */
#ifndef HM_GUEST_PROVER_H
#define HM_GUEST_PROVER_H

#include "guest/boot_key.h"
#include "lib/platform/table.h"
#include "lib/proof/proof.h"
#include "guest/evidence.h"
#include "guest/ak.h"

struct hm_prover_config {
	struct hm_prover_sources sources;   /* its tcti is for everything */
	const struct hm_platform *platform; /* NULL: the one whose objects the TPM has */
	enum hm_bank bank;		    /* HM_SHA256 or HM_SHA384 */
	bool any_bank;		   /* nobody chose: SHA-384 where the platform has quotes over that one alone */
	const char *firmware_log;  /* NULL: the kernel's, which may be absent */
	const char *intermediates; /* a PEM file, or NULL; added to what the TPM has */
};

/* Makes one proof at a time: the caller serialises. What does not change in a boot is read when it is opened. */
struct hm_prover {
	const struct hm_prover_config *config;
	const struct hm_enclave *enclave;
	const struct hm_platform *platform;
	enum hm_bank bank;
	struct hm_prover_key key;
	struct hm_proof *proof; /* logs, AK and its certificates; the rest is filled in for each proof */
	size_t fixed_parts;	/* of its hardware report: the others are made for each proof */
	bool counted;		/* the two below are known */
	uint32_t reset_count;	/* as quotes show it */
	uint32_t restart_count;
};

HM_MUST_CHECK bool hm_prover_open(const struct hm_prover_config *config, const struct hm_enclave *enclave,
				  struct hm_prover *ret, struct hm_error *error);
void hm_prover_close(struct hm_prover *prover);

/*
 * A proof for a verifier's nonce; with `exporter` bound to the TLS connection that has it (lib/proof/quoted.h); with
 * both NULL an unsolicited one with random bytes of the guest. The registers are read, quoted, and read again where the
 * quote is not over what was read. JSON text, release with free().
 * HM_ERROR_REJECTED: the TPM is not what it was (reset, or something was extended); nothing can be proved any more.
 * HM_ERROR_RUN: it does not answer now.
 */
HM_MUST_CHECK bool hm_prove(struct hm_prover *prover, const uint8_t *nonce, const uint8_t *exporter, char **ret,
			    struct hm_error *error);
/* Whether the TPM is still what it was; a TPM that does not answer is HM_ERROR_RUN. */
HM_MUST_CHECK bool hm_prover_check(struct hm_prover *prover, struct hm_error *error);

#endif
