/* SPDX-License-Identifier: BSD-2-Clause */
/* vcek.h - who signed a SEV-SNP report: the VCEK, and AMD's roots */
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

/* What AMD's key server wrote into a VCEK: the chip, and the firmware versions that the key is bound to. */
struct hm_vcek {
	enum hm_snp_product product;
	struct hm_snp_tcb tcb;
	uint8_t chip_id[HM_SNP_CHIP_ID_LEN]; /* Turin: 8 bytes, then zeros */
};
/*
 * The extensions 1.3.6.1.4.1.3704.1.* of a certificate (AMD, VCEK Certificate and KDS Interface Specification,
 * 57230, 3.1), each exactly once; the reserved patch levels must be 0.
 */
HM_MUST_CHECK bool hm_crypto_vcek_decode(struct hm_bytes der, struct hm_vcek *ret, struct hm_error *error);
/* ECDSA P-384 with SHA-384 over report->signed_part, by the certificate's key. */
HM_MUST_CHECK bool hm_crypto_snp_signature(const struct hm_snp_report *report, struct hm_bytes der,
					   struct hm_error *error);

#endif
