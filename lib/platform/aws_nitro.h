/* SPDX-License-Identifier: BSD-2-Clause */
/* aws_nitro.h - AWS: the attestation document of a NitroTPM */
#ifndef HM_LIB_PLATFORM_AWS_NITRO_H
#define HM_LIB_PLATFORM_AWS_NITRO_H

#include "lib/base/error.h"
#include "lib/crypto/pinned_path.h"
#include "lib/platform/evidence.h"

/*
 * A COSE_Sign1 (RFC 9052, 4.2; not tagged, as AWS writes it) of ES384, whose payload is a map. The AK has no
 * certificate on AWS: the document is what says that the key of the quote is in this TPM. An enclave's document has the
 * same root and nearly the same fields, but its registers stand in `pcrs`: it is refused, and so is everything that is
 * not in the table below. Source: AWS, NitroTPM attestation document; a real one is in the fixtures.
 */
#define HM_NITRO_MAX (64u * 1024u)
#define HM_NITRO_PCRS 24u
#define HM_NITRO_PCR_LEN 48u

struct hm_nitro {
	struct hm_bytes protected_header, payload, signature; /* borrowed, like all below */
	struct hm_bytes module_id;
	uint64_t timestamp;			      /* milliseconds since 1970 */
	struct hm_bytes pcr[HM_NITRO_PCRS];	      /* SHA-384 */
	struct hm_path path;			      /* leaf, then cabundle backwards, so that the root is last */
	struct hm_bytes public_key, user_data, nonce; /* empty where the document has null */
};
/* *ret_enclave: it is refused for being a Nitro enclave's document. */
HM_MUST_CHECK bool hm_nitro_decode(struct hm_bytes document, struct hm_nitro *ret, bool *ret_enclave,
				   struct hm_error *error);

struct hm_nitro_policy {
	bool aws_root;		   /* trust AWS's Nitro root G1 */
	const struct hm_pin *root; /* trusted beside AWS's: for tests */
	size_t root_count;
};

/*
 * Codes: Malformed; NonCompliantPlatform (a document of something that is no NitroTPM); InvalidAttestationKey (path,
 * signature, public_key is not the AK); StaleQuote (nonce); PcrMismatch (its registers are not the quoted ones).
 */
HM_MUST_CHECK bool hm_nitro_check(struct hm_bytes document, const struct hm_nitro_policy *policy,
				  const struct hm_evidence_facts *facts, struct hm_evidence_result *result);

#endif
