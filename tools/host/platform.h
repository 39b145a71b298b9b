/* SPDX-License-Identifier: BSD-2-Clause */
/* platform.h - what differs between clouds: where the attestation key is, who certifies it, what else proves it */
#ifndef HM_HOST_PLATFORM_H
#define HM_HOST_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/host/proof.h"

/*
 * One const table. A proof names its row; which rows are allowed is the verifier's policy, never the proof's. NV indices
 * and handles are those at which the cloud's TPM keeps them; 0 where it has none.
 */
struct hm_hardware_result;
struct hm_hardware_policy;

struct hm_platform {
	const char *name;            /* "qemu": a proof's "platform" */
	const char *summary;
	uint32_t ak_handle;          /* persistent key; 0: made by CreatePrimary from the template */
	uint32_t ak_template_nv;
	uint32_t ak_certificate_nv;
	uint32_t ak_intermediates_nv; /* DER, one after the other, zeros after them; 0: the guest is given a file */
	uint32_t banks;              /* the banks that may be quoted: bits of HM_BANK_BIT */
	bool ak_certified;           /* false: no certificate chain, the hardware report vouches for the AK */
	bool eku_required;           /* leaf needs EKU 2.23.133.8.3 (tcg-kp-AIKCertificate) */
	bool critical_san_allowed;   /* leaf may have a critical subjectAltName (TCG: an empty subject has one) */
	size_t chain_max;            /* certificates from leaf to root, both counted */
	/* Checks the hardware report, and that it vouches for the AK. NULL: the platform has none. */
	void (*hardware_check)(const struct hm_proof *proof, const struct hm_hardware_policy *policy, int64_t as_of,
			       struct hm_hardware_result *ret);
};

/* The row of that name; NULL where there is none. */
const struct hm_platform *hm_platform_find(const char *name);
/* Row by number, for lists; NULL after the last. */
const struct hm_platform *hm_platform_at(size_t i);

/* --- hardware reports --- */

enum hm_hardware_verdict {
	HM_HARDWARE_NONE,         /* the initial value: nothing was found good */
	HM_HARDWARE_GOOD,
	HM_HARDWARE_MALFORMED,
	HM_HARDWARE_NONCOMPLIANT, /* signature, chain, versions, binding of the AK */
	HM_HARDWARE_DEBUG,        /* the guest may be debugged */
};
#define HM_HARDWARE_TEXT_MAX 256u

struct hm_hardware_result {
	enum hm_hardware_verdict verdict;
	char expected[HM_HARDWARE_TEXT_MAX];
	char seen[HM_HARDWARE_TEXT_MAX];
};

/*
 * What the verifier demands of a hardware report. NULL and 0 everywhere: the platform's own defaults.
 */
struct hm_hardware_policy {
	bool required;               /* a proof without a report is refused */
};

/*
 * Always leaves a verdict in *ret. GOOD only where the proof's platform has a check, the report is there, and everything
 * in it holds at `as_of` (seconds since 1970, UTC) and vouches for proof->ak_public.
 */
void hm_platform_hardware_check(const struct hm_proof *proof, const struct hm_hardware_policy *policy, int64_t as_of,
				struct hm_hardware_result *ret);

#endif
