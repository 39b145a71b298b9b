/* SPDX-License-Identifier: BSD-2-Clause */
/* snp.h - the AMD SEV-SNP attestation report, its TCB versions, and Azure's envelope around it */
#ifndef HM_SNP_H
#define HM_SNP_H

#include "bytes.h"
#include "err.h"

/*
 * Decodes; decides nothing. What a report may say is the policy's matter (lib/platform/table.h), and who
 * signed it the host's (lib/crypto/vcek.h). Reserved bytes and bits must be zero, so that a report with
 * a meaning that is not known here is refused instead of being half understood.
 * Source: AMD, SEV Secure Nested Paging Firmware ABI Specification (56860), MSG_REPORT_RSP; report versions 2 to 5.
 * Azure's envelope: the layout of NV index 0x01400001 in RULES.md 4 and Microsoft's azure-cvm-tooling.
 */
#define HM_SNP_REPORT_LEN 1184u
#define HM_SNP_SIGNED_LEN 0x2a0u /* what the signature is over */
#define HM_SNP_REPORT_DATA_LEN 64u
#define HM_SNP_MEASUREMENT_LEN 48u
#define HM_SNP_HOST_DATA_LEN 32u
#define HM_SNP_CHIP_ID_LEN 64u
#define HM_SNP_SCALAR_LEN 48u /* r and s: P-384, big-endian here (the report has them little-endian in 72 bytes) */

/* Guest policy, ABI specification, "Guest Policy". */
#define HM_SNP_POLICY_SMT (UINT64_C(1) << 16)
#define HM_SNP_POLICY_ONE (UINT64_C(1) << 17) /* reserved, must be one */
#define HM_SNP_POLICY_MIGRATE_MA (UINT64_C(1) << 18)
#define HM_SNP_POLICY_DEBUG (UINT64_C(1) << 19)
#define HM_SNP_POLICY_SINGLE_SOCKET (UINT64_C(1) << 20)
#define HM_SNP_POLICY_KNOWN UINT64_C(0x3ffffff) /* bits 0 to 25 */

/* Who signed: bits 4:2 of the field at 0x48. */
#define HM_SNP_SIGNER_VCEK 0u
#define HM_SNP_SIGNER_VLEK 1u
#define HM_SNP_SIGNER_NONE 7u

/* The order is an interface: it is the order of the pinned roots. */
enum hm_snp_product { HM_SNP_MILAN, HM_SNP_GENOA, HM_SNP_TURIN, HM_SNP_PRODUCT_COUNT };
/* "Milan"; never NULL for a value of the enum. */
const char *hm_snp_product_name(enum hm_snp_product product);

/* Security patch levels, one for each component. `fmc` exists on Turin only and is 0 elsewhere. */
struct hm_snp_tcb {
	uint8_t fmc;
	uint8_t bootloader;
	uint8_t tee;
	uint8_t snp;
	uint8_t microcode;
};

struct hm_snp_report {
	uint32_t version; /* 2 to 5 */
	uint32_t guest_svn;
	uint64_t policy; /* HM_SNP_POLICY_* */
	uint32_t vmpl;
	uint64_t platform_info;
	bool author_key;
	bool chip_id_masked;
	uint8_t signer;						       /* HM_SNP_SIGNER_* */
	uint64_t current_tcb, reported_tcb, committed_tcb, launch_tcb; /* hm_snp_tcb_decode */
	bool has_cpuid;						       /* version 3 and later */
	uint8_t family, model, stepping;			       /* as CPUID 1 shows them, extended parts added */
	/* Borrowed from the input. */
	struct hm_bytes signed_part; /* HM_SNP_SIGNED_LEN */
	struct hm_bytes report_data, measurement, host_data, id_key_digest, author_key_digest, report_id, chip_id;
	uint8_t r[HM_SNP_SCALAR_LEN], s[HM_SNP_SCALAR_LEN];
};
/* Exactly HM_SNP_REPORT_LEN bytes. *ret is untouched on an error. */
HM_MUST_CHECK enum hm_err hm_snp_report_decode(struct hm_bytes wire, struct hm_snp_report *ret);

/* A TCB_VERSION as the product lays it out. SNP_TCB where a reserved byte is not zero. */
HM_MUST_CHECK enum hm_err hm_snp_tcb_decode(enum hm_snp_product product, uint64_t tcb, struct hm_snp_tcb *ret);
/* The name of the first component of `tcb` that is below `minimum`, or NULL. */
const char *hm_snp_tcb_below(const struct hm_snp_tcb *tcb, const struct hm_snp_tcb *minimum);
bool hm_snp_tcb_equal(const struct hm_snp_tcb *a, const struct hm_snp_tcb *b);
/* Whether CPUID family and model belong to the product (AMD, VCEK Certificate and KDS Interface Specification, 57230).
 */
bool hm_snp_product_has_cpu(enum hm_snp_product product, uint8_t family, uint8_t model);

/* Azure's envelope: a header, a hardware report, and the JSON text whose digest is in the report. */
#define HM_HCL_MAX 65536u /* the NV index holds less */
#define HM_HCL_TYPE_SNP 2u
#define HM_HCL_TYPE_TDX 4u

struct hm_hcl {
	uint32_t report_type;	 /* HM_HCL_TYPE_* */
	struct hm_bytes report;	 /* HM_SNP_REPORT_LEN bytes, whatever the type */
	struct hm_bytes runtime; /* JSON; its SHA-256 is in the report's report_data */
};
/* Zero bytes after the runtime data are the NV index's padding; anything else is HCL_TRAILING. */
HM_MUST_CHECK enum hm_err hm_hcl_decode(struct hm_bytes wire, struct hm_hcl *ret);

#endif
