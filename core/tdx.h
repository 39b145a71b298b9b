/* SPDX-License-Identifier: BSD-2-Clause */
/* tdx.h - the Intel TDX quote, versions 4 and 5, and the replay of a TD's event log */
#ifndef HM_TDX_H
#define HM_TDX_H

#include "eventlog.h"

/*
 * Decodes; decides nothing. Source: Intel TDX DCAP Quoting Library API, appendix A.3 (Quote version 4) and A.4
 * (version 5, whose body is a TD report of TDX 1.0 or 1.5), and Intel SGX, "Enclave report body". Certification data:
 * type 6 (a QE report), in it type 5 (the PCK's chain in PEM).
 */
#define HM_TDX_QUOTE_MAX 65536u
#define HM_TDX_MEASUREMENT_LEN 48u
#define HM_TDX_RTMRS 4u
#define HM_TDX_REGISTER_RTMR0 1u /* the number of RTMR 0 in a TD's log */
#define HM_TDX_QE_REPORT_LEN 384u

/* TD attributes: the low byte is TUD, "TD under debug"; any bit in it means that the TD is not protected. */
#define HM_TDX_ATTRIBUTE_TUD UINT64_C(0xff)
#define HM_TDX_ATTRIBUTE_MIGRATABLE (UINT64_C(1) << 29)
/* SGX attributes of the quoting enclave. */
#define HM_TDX_QE_DEBUG UINT64_C(0x2)

struct hm_tdx_quote {
	uint16_t version; /* 4 or 5 */
	bool td_1_5;	  /* the body is a TD report of TDX 1.5 */
	size_t len;	  /* of the quote itself; zeros may follow */
	/* Borrowed from the input. */
	struct hm_bytes signed_part;								 /* header and body */
	struct hm_bytes tee_tcb_svn;								 /* 16 */
	struct hm_bytes mr_seam, mr_signer_seam, mr_td, mr_config_id, mr_owner, mr_owner_config; /* 48 each */
	struct hm_bytes rtmr[HM_TDX_RTMRS];							 /* 48 each */
	struct hm_bytes report_data;								 /* 64 */
	struct hm_bytes tee_tcb_svn_2, mr_service_td; /* TDX 1.5: 16 and 48; else empty */
	struct hm_bytes r, s;			      /* of the quote, 32 each */
	struct hm_bytes x, y;			      /* the attestation key, P-256, 32 each */
	struct hm_bytes qe_report;		      /* HM_TDX_QE_REPORT_LEN: signed by the PCK */
	struct hm_bytes qe_mr_signer, qe_report_data;
	struct hm_bytes qe_r, qe_s;
	struct hm_bytes qe_auth;   /* its digest with the key's is in qe_report_data */
	struct hm_bytes pck_chain; /* PEM, leaf first */
	uint64_t seam_attributes, td_attributes, xfam, qe_flags;
	uint16_t qe_product, qe_svn;
};
/*
 * The quoting service returns an answer of its maximum size, with zeros after the quote: they are left out. Any other
 * byte there is LENGTH. *ret is untouched on an error.
 */
HM_MUST_CHECK enum hm_err hm_tdx_quote_decode(struct hm_bytes wire, struct hm_tdx_quote *ret);

/*
 * The TD's event log (ACPI CCEL): a crypto-agile log of the SHA-384 bank whose register numbers are measurement
 * registers: 0 is MRTD, 1 to 4 are RTMR 0 to 3 (UEFI 2.10, 38.4.1). An event of another register is an error. The Spec
 * ID event is of register 0 (td-shim) or 1 (OVMF). Filling after the last event is left out (eventlog.h).
 */
HM_MUST_CHECK enum hm_err hm_tdx_log_replay(struct hm_bytes log, const struct hm_hasher *hasher,
					    uint8_t ret[HM_TDX_RTMRS][HM_TDX_MEASUREMENT_LEN]);
/* The log's own length in the area that the firmware set aside for it. */
HM_MUST_CHECK enum hm_err hm_tdx_log_length(struct hm_bytes area, size_t *ret);

#endif
