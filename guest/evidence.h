/* SPDX-License-Identifier: BSD-2-Clause */
/* evidence.h - in the booted machine: the platform's own evidence for a proof */
#ifndef HM_GUEST_EVIDENCE_H
#define HM_GUEST_EVIDENCE_H

#include "host/base/error.h"
#include "lib/platform/table.h"
#include "lib/proof/proof.h"
#include "guest/ak.h"

/*
 * Makes what lib/platform/check.h checks. There is one row for each type of hardware; nothing else in guest/ knows one
 * platform's evidence from another's. Some parts of the evidence stay for the whole boot; others hold the proof's nonce
 * and are made for each proof.
 */
struct hm_prover_sources {
	const char *tcti;
	const char *vcek; /* a PEM file: VCEK, ASK, ARK; or NULL: the verifier has them */
	const char *tsm;  /* NULL: HM_TSM_DIRECTORY */
	const char *ccel; /* NULL: where the kernel shows the ACPI table's log */
};

/* The parts that stay, into a proof without parts; sets proof->hardware_type where the platform has a report. */
HM_MUST_CHECK bool hm_prover_evidence_fixed(const struct hm_prover_sources *sources, const struct hm_platform *platform,
					    struct hm_tpm *tpm, struct hm_proof *proof, struct hm_error *error);
/*
 * The parts for proof->nonce and the attestation key, added after those that stay. No connection to the TPM may be
 * open. The caller takes them away again before the next proof.
 */
HM_MUST_CHECK bool hm_prover_evidence_fresh(const struct hm_prover_sources *sources, const struct hm_platform *platform,
					    const struct hm_tpm_public_area *key, struct hm_proof *proof,
					    struct hm_error *error);

#endif
