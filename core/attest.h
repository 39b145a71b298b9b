/* SPDX-License-Identifier: BSD-2-Clause */
/* attest.h - decoders of what a TPM says about itself: TPMS_ATTEST, TPMT_PUBLIC, TPMT_SIGNATURE */
#ifndef HM_ATTEST_H
#define HM_ATTEST_H

#include "bytes.h"
#include "digest.h"
#include "err.h"

/*
 * Source: TPM 2.0 Library, Part 2: Structures, revision 1.59; the clause is named at
 * each struct. Exact: every byte is used, sizes are bounded, reserved bits are zero.
 * A decoder decides nothing: a structure of the wrong kind decodes and says of which
 * kind it is, so that a verifier can name what it refuses. Decoded structs borrow from
 * their input. Nothing is allocated. On an error *ret is untouched.
 */

/* TPM_ALG_ID, Part 2, 6.3: those that a key or a signature of ours can name. Hashes: hm_algs. */
#define HM_TPM_ALG_RSA 0x0001u
#define HM_TPM_ALG_HMAC 0x0005u
#define HM_TPM_ALG_NULL 0x0010u
#define HM_TPM_ALG_RSASSA 0x0014u
#define HM_TPM_ALG_RSAES 0x0015u
#define HM_TPM_ALG_RSAPSS 0x0016u
#define HM_TPM_ALG_OAEP 0x0017u
#define HM_TPM_ALG_ECDSA 0x0018u
#define HM_TPM_ALG_ECDH 0x0019u
#define HM_TPM_ALG_ECDAA 0x001au
#define HM_TPM_ALG_SM2 0x001bu
#define HM_TPM_ALG_ECSCHNORR 0x001cu
#define HM_TPM_ALG_ECMQV 0x001du
#define HM_TPM_ALG_ECC 0x0023u
/* "RSASSA", "SHA-256", ...: for a message; NULL where it has no name here. */
const char *hm_tpm_alg_name(uint16_t alg);

/* --- TPMS_ATTEST, Part 2, 10.12.12 --- */

#define HM_ATTEST_MAGIC 0xff544347u /* TPM_GENERATED_VALUE */
/* TPM_ST, Part 2, 6.9. */
#define HM_ATTEST_NV 0x8014u
#define HM_ATTEST_COMMAND_AUDIT 0x8015u
#define HM_ATTEST_SESSION_AUDIT 0x8016u
#define HM_ATTEST_CERTIFY 0x8017u
#define HM_ATTEST_QUOTE 0x8018u
#define HM_ATTEST_TIME 0x8019u
#define HM_ATTEST_CREATION 0x801au
#define HM_ATTEST_NV_DIGEST 0x801cu
/* "quote", "certify", ...; NULL for a type that is not known. */
const char *hm_attest_type_name(uint16_t type);

#define HM_ATTEST_MAX 2048u	 /* an NV certification of a whole index; a quote has about 150 bytes */
#define HM_ATTEST_SELECT_MAX 16u /* banks that a TPM can have: HASH_COUNT of any implementation */
#define HM_ATTEST_SELECT_SIZE 4u /* PCR_SELECT_MAX is 3; 4 decodes so that it can be named */

/* TPMS_PCR_SELECTION, Part 2, 10.6.2. */
struct hm_pcr_selection {
	uint16_t alg;
	uint8_t size; /* sizeofSelect: bytes used of `select` */
	uint8_t select[HM_ATTEST_SELECT_SIZE];
};

struct hm_attest {
	uint32_t magic;
	uint16_t type;
	struct hm_bytes qualified_signer; /* a TPM name */
	struct hm_bytes extra_data;	  /* qualifyingData of the command */
	uint64_t clock;			  /* ms */
	uint32_t reset_count;
	uint32_t restart_count;
	bool safe;
	uint64_t firmware_version;
	/* HM_ATTEST_QUOTE only; of the other types the content is bounds-checked and left out. */
	uint32_t selection_count;
	struct hm_pcr_selection selection[HM_ATTEST_SELECT_MAX];
	struct hm_bytes pcr_digest;
};
/* A wrong magic and an unknown type are errors, since what follows cannot be known. */
HM_MUST_CHECK enum hm_err hm_attest_decode(struct hm_bytes wire, struct hm_attest *ret);

/* --- TPMT_PUBLIC, Part 2, 12.2.4 --- */

/* TPMA_OBJECT, Part 2, 8.3. */
#define HM_OBJECT_FIXED_TPM (1u << 1)
#define HM_OBJECT_ST_CLEAR (1u << 2)
#define HM_OBJECT_FIXED_PARENT (1u << 4)
#define HM_OBJECT_SENSITIVE_DATA_ORIGIN (1u << 5)
#define HM_OBJECT_USER_WITH_AUTH (1u << 6)
#define HM_OBJECT_ADMIN_WITH_POLICY (1u << 7)
#define HM_OBJECT_NO_DA (1u << 10)
#define HM_OBJECT_ENCRYPTED_DUPLICATION (1u << 11)
#define HM_OBJECT_RESTRICTED (1u << 16)
#define HM_OBJECT_DECRYPT (1u << 17)
#define HM_OBJECT_SIGN (1u << 18)
#define HM_OBJECT_X509_SIGN (1u << 19)
#define HM_OBJECT_KNOWN 0x000f0cf6u

/* TPM_ECC_CURVE, Part 2, 6.4. */
#define HM_TPM_ECC_P256 0x0003u
#define HM_TPM_ECC_P384 0x0004u
#define HM_TPM_ECC_P521 0x0005u

#define HM_PUBLIC_MAX 1024u
#define HM_PUBLIC_RSA_MAX 512u	/* bytes of a modulus: RSA-4096 */
#define HM_PUBLIC_POINT_MAX 66u /* bytes of a coordinate: P-521 */

struct hm_tpm_public {
	uint16_t type; /* HM_TPM_ALG_RSA or HM_TPM_ALG_ECC; other kinds of object are an error */
	uint16_t name_alg;
	uint32_t attributes; /* HM_OBJECT_* */
	struct hm_bytes auth_policy;
	uint16_t symmetric;	 /* HM_TPM_ALG_NULL for a signing key */
	uint16_t scheme;	 /* HM_TPM_ALG_NULL: chosen by each command */
	uint16_t scheme_hash;	 /* 0 where the scheme has none */
	uint16_t key_bits;	 /* RSA */
	uint32_t exponent;	 /* RSA; 0 on the wire means 65537, and is 65537 here */
	struct hm_bytes modulus; /* RSA, big-endian, key_bits long */
	uint16_t curve;		 /* ECC */
	struct hm_bytes x, y;	 /* ECC, big-endian, as long as the TPM wrote them */
};
HM_MUST_CHECK enum hm_err hm_tpm_public_decode(struct hm_bytes wire, struct hm_tpm_public *ret);

/* --- TPMT_SIGNATURE, Part 2, 11.3.4 --- */

#define HM_SIGNATURE_MAX 1024u

struct hm_tpm_signature {
	uint16_t scheme; /* HM_TPM_ALG_RSASSA, RSAPSS or ECDSA; others are an error */
	uint16_t hash;
	struct hm_bytes rsa;  /* RSASSA, RSAPSS */
	struct hm_bytes r, s; /* ECDSA, big-endian, as long as the TPM wrote them */
};
HM_MUST_CHECK enum hm_err hm_tpm_signature_decode(struct hm_bytes wire, struct hm_tpm_signature *ret);

#endif
