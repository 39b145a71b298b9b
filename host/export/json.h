/* SPDX-License-Identifier: BSD-2-Clause */
/* json.h - the exports that are JSON: systemd's .pcrlock and .pcrsig, Keylime's */
#ifndef HM_HOST_EXPORT_JSON_H
#define HM_HOST_EXPORT_JSON_H

#include "lib/base/error.h"
#include "host/export/export.h"

/* Each returns text with LF at the end, released with free(); NULL when out of memory. */

/* One .pcrlock component (systemd-pcrlock(8)). */
char *hm_json_pcrlock(const struct hm_golden *golden, const struct hm_pcrlock *component);

/* A .pcrsig file (systemd-measure(1)): one signed policy over register 11 of each bank. */
struct hm_pcrsig {
	uint32_t banks;
	uint8_t key_fingerprint[32]; /* SHA-256 of the key as PKCS #1 RSAPublicKey */
	uint8_t policy[HM_BANK_COUNT][HM_POLICY_LEN];
	struct hm_bytes signature[HM_BANK_COUNT];
};
char *hm_json_pcrsig(const struct hm_pcrsig *sig);

/*
 * A key policy of AWS KMS with one statement: `principal`, an ARN, may decrypt from a machine whose NitroTPM document
 * has these registers in SHA-384 (condition keys kms:RecipientAttestation:NitroTPMPCR<n>, AWS KMS Developer Guide, "AWS
 * KMS condition keys for NitroTPM"). NULL without that bank, too.
 */
char *hm_json_aws_kms(const struct hm_export *x, const char *principal);

/* Keylime's tpm_policy: for each register but 10 the SHA-256 values that are allowed; all profiles. NULL without that
 * bank, too. */
char *hm_json_keylime_policy(const struct hm_golden *golden);
/*
 * Keylime's measured boot reference state. `log` is golden.tcglog, which has the Secure Boot variables: it must be the
 * log of the golden file's events. Else NULL, and a line in `error`.
 */
char *hm_json_keylime_refstate(const struct hm_golden *golden, struct hm_bytes log, struct hm_error *error);

#endif
