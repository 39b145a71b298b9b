/* SPDX-License-Identifier: BSD-2-Clause */
/* table.h - what differs between clouds: where the attestation key is, who certifies it, what else proves it */
#ifndef HM_LIB_PLATFORM_TABLE_H
#define HM_LIB_PLATFORM_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/platform/evidence.h"
#include "lib/proof/proof.h"

/*
 * One const table. A proof names its row; which rows are allowed is the verifier's policy, never the proof's. NV
 * indices and handles are those at which the cloud's TPM keeps them; 0 where it has none. Nothing outside of this table
 * and the row's decoder knows one platform from another.
 */
struct hm_platform_policy;

enum hm_platform_pcr {
	HM_PLATFORM_PREDICTED, /* as everywhere: golden values from the build's inputs */
	HM_PLATFORM_CONSTANT,  /* one known value for every machine of the cloud */
	HM_PLATFORM_PROFILE,   /* one of a profile's values: learned, not predicted */
	HM_PLATFORM_SHOWN,     /* differs from machine to machine */
};
struct hm_platform_note {
	uint8_t pcr;
	enum hm_platform_pcr kind;
	const char *text;
};
#define HM_PLATFORM_NOTES_MAX 6u
#define HM_PLATFORM_PARTS_MAX 5u

struct hm_platform {
	const char *name; /* "qemu": a proof's "platform" */
	const char *summary;
	const char *tpm_vendor; /* the TPM's vendor string, where that tells the platform; NULL */
	uint32_t ak_handle; /* persistent key; 0: made by CreatePrimary from a template, the guest's own where there is
			       none below */
	uint32_t ak_template_nv;    /* TPMT_PUBLIC of the RSA key, for CreatePrimary in the endorsement hierarchy */
	uint32_t ak_certificate_nv; /* DER, perhaps padded */
	uint32_t ak_ecc_template_nv,
		ak_ecc_certificate_nv; /* the same of an ECC key, which is preferred where it exists */
	uint32_t ak_intermediates_nv;  /* DER, one after the other, zeros after them; 0: the guest is given a file */
	uint32_t report_nv;	       /* Azure's hardware report */
	uint32_t banks;		       /* the banks that may be quoted: bits of HM_BANK_BIT */
	bool ak_certified;	       /* false: no certificate chain, the hardware report vouches for the AK */
	bool eku_required;	       /* leaf needs EKU 2.23.133.8.3 (tcg-kp-AIKCertificate) */
	bool eku_refused;	       /* leaf has no EKU at all: one with EKUs is of another cloud */
	const char *subject_refused;   /* what the leaf's common name has not in it; NULL: nothing is refused */
	const char
		*subject_word; /* what the leaf's common name has in it, from the second character on; NULL: anything */
	bool critical_san_allowed; /* leaf may have a critical subjectAltName (TCG: an empty subject has one) */
	size_t chain_max;	   /* certificates from leaf to root, both counted */
	bool rtmr2_required;	   /* the UKI's sections are in RTMR 2: golden file or policy must say its value */
	struct hm_platform_note note[HM_PLATFORM_NOTES_MAX]; /* registers that are not plain; ends at text NULL */
	const char *hardware_type;		 /* a proof's hardware.type; NULL: the platform has no report */
	const char *part[HM_PLATFORM_PARTS_MAX]; /* names of its parts, in order; a leading '?' marks an optional one */
	/* Checks the hardware report, and that it vouches for the AK. NULL: the platform has none. */
	void (*hardware_check)(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
			       struct hm_hardware_result *ret);
	const char *proves; /* who signs what, in one sentence */
	const char *not_proven;
};

/* The row of that name; NULL where there is none. */
const struct hm_platform *hm_platform_find(const char *name);
/* Row by number, for lists; NULL after the last. */
const struct hm_platform *hm_platform_at(size_t i);

/*
 * Always leaves a verdict in *ret. HM_HW_OK only where the proof's platform has a check, the report is there with
 * exactly the row's parts, and everything in it holds at `as_of` (seconds since 1970, UTC) and vouches for
 * proof->ak_public. `policy` NULL: the defaults, which trust the vendors' roots and nothing else.
 */
void hm_platform_hardware_check(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
				struct hm_hardware_result *ret);
/* Whether a proof of this platform must carry its report: the row says so, whatever the policy. */
bool hm_platform_hardware_required(const char *name);

#endif
