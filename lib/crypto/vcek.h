/* SPDX-License-Identifier: BSD-2-Clause */
/* vcek.h - who signed a SEV-SNP report: the VCEK or VLEK, and AMD's roots */
#ifndef HM_LIB_CRYPTO_VCEK_H
#define HM_LIB_CRYPTO_VCEK_H

#include "lib/base/error.h"
#include "core/snp.h"
#include "lib/crypto/pinned_path.h"

/*
 * SHA-256 of AMD's root certificates (ARK), by enum hm_snp_product. docs/PLATFORMS.md says how each value was
 * established and how to check it.
 */
extern const struct hm_pin hm_amd_roots[HM_SNP_PRODUCT_COUNT];

/*
 * What AMD wrote into the certificate: the product, the firmware versions that the key is bound to, and either the chip
 * (VCEK, under the ASK) or the cloud to which AMD gave the key (VLEK, under the ASVK).
 */
#define HM_VLEK_CSP_MAX 64u
struct hm_vcek {
	bool vlek;
	enum hm_snp_product product;
	struct hm_snp_tcb tcb;
	uint8_t chip_id[HM_SNP_CHIP_ID_LEN]; /* Turin: 8 bytes, then zeros; of a VLEK zeros */
	char csp[HM_VLEK_CSP_MAX];	     /* of a VLEK: "CN=cc-us-east-2.amazonaws.com"; else "" */
};
/*
 * The extensions 1.3.6.1.4.1.3704.1.* of a certificate (AMD, VCEK Certificate and KDS Interface Specification,
 * 57230, 3.1), each at most once; the reserved patch levels must be 0. The product is Milan, Genoa, Siena (Genoa's
 * root) or Turin, alone or followed by '-' and a stepping of 1 to 8 letters or digits.
 */
HM_MUST_CHECK bool hm_crypto_vcek_decode(struct hm_bytes der, struct hm_vcek *ret, struct hm_error *error);
/* ECDSA P-384 with SHA-384 over report->signed_part, by the certificate's key. */
HM_MUST_CHECK bool hm_crypto_snp_signature(const struct hm_snp_report *report, struct hm_bytes der,
					   struct hm_error *error);

#endif
