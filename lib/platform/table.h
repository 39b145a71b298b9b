/* SPDX-License-Identifier: BSD-2-Clause */
/* table.h - what differs between clouds: where the attestation key is, who certifies it, what else proves it */
#ifndef HM_LIB_PLATFORM_TABLE_H
#define HM_LIB_PLATFORM_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"

/*
 * One const table, and nothing but data: guest, verifier and commands read it, and check.h runs what a row names. A
 * proof names its row. The verifier's policy, never the proof, says which rows are allowed. NV indices and handles are
 * those at which the cloud's TPM keeps them; 0 where the TPM has none. Only this table and the decoder of a row's
 * report tell one platform from another. docs/PLATFORMS.md says for each row what it proves.
 */

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
/* Which decoder judges a row's hardware report. */
enum hm_report_kind {
	HM_REPORT_NONE, /* the platform has no report */
	HM_REPORT_AZURE_SNP,
	HM_REPORT_AWS,
	HM_REPORT_TDX,
	HM_REPORT_AZURE_TDX,
	HM_REPORT_KIND_COUNT
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
	enum hm_report_kind report;
	const char *hardware_type;		 /* a proof's hardware.type; NULL: the platform has no report */
	const char *part[HM_PLATFORM_PARTS_MAX]; /* names of its parts, in order; a leading '?' marks an optional one */
	const char *proves;			 /* who signs what, in one sentence */
	const char *not_proven;
	const char
		*verified_on; /* of how many genuine machines this project has verified evidence; docs/PLATFORMS.md */
};

/* The row of that name; NULL where there is none. */
const struct hm_platform *hm_platform_find(const char *name);
/* Row by number, for lists; NULL after the last. */
const struct hm_platform *hm_platform_at(size_t i);

#endif
