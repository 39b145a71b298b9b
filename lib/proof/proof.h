/* SPDX-License-Identifier: BSD-2-Clause */
/* proof.h - reader and writer of proof.json */
#ifndef HM_LIB_PROOF_PROOF_H
#define HM_LIB_PROOF_PROOF_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "core/pcr.h"

/*
 * docs/FORMATS.md, "The proof". A container and nothing more: reading checks the form (fields, order, sizes, one
 * encoding of every value, so that two different texts are never the same proof) and decides nothing about what is
 * inside.
 */
#define HM_PROOF_VERSION "hallmark-proof/2"
#define HM_PROOF_MAX (4u * 1024u * 1024u)
#define HM_PROOF_NONCE_LEN 32u
#define HM_PROOF_CERTIFICATES_MAX 8u
#define HM_PROOF_CERTIFICATE_MAX 16384u /* DER bytes; those of real clouds have 800 to 2,000 */
#define HM_PROOF_PARTS_MAX 16u
#define HM_PROOF_PART_MAX (1024u * 1024u)

/* Bytes that the struct they are in owns. */
struct hm_blob {
	uint8_t *p;
	size_t len;
};

/* A piece of a hardware report; which names belong to which type is in the platform table. */
struct hm_proof_part {
	char *name;
	struct hm_blob data;
};

struct hm_proof {
	char *platform; /* a name; whether such a platform exists and is allowed is the verifier's to say */
	uint8_t nonce[HM_PROOF_NONCE_LEN];
	struct hm_blob ak_public;    /* TPMT_PUBLIC */
	size_t ak_certificate_count; /* leaf first; none where the platform has none */
	struct hm_blob ak_certificate[HM_PROOF_CERTIFICATES_MAX];
	struct hm_blob quote;	  /* TPMS_ATTEST */
	struct hm_blob signature; /* TPMT_SIGNATURE */
	enum hm_bank bank;	  /* HM_SHA256 or HM_SHA384 */
	uint8_t pcr[HM_PCR_QUOTED][HM_DIGEST_MAX];
	struct hm_blob firmware_log;  /* may be empty */
	struct hm_blob runtime_log;   /* may be empty here: that nothing is in it is the verifier's to say */
	size_t tls_certificate_count; /* leaf first, at least one */
	struct hm_blob tls_certificate[HM_PROOF_CERTIFICATES_MAX];
	char *hardware_type; /* NULL: no hardware report */
	size_t part_count;
	struct hm_proof_part part[HM_PROOF_PARTS_MAX];
};

/* On a malformed proof: false, and `error` says why. */
HM_MUST_CHECK bool hm_proof_parse(struct hm_bytes json, struct hm_proof **ret, struct hm_error *error);
/* The one text of a proof, LF at the end; release with free(). NULL when out of memory. */
HM_MUST_CHECK char *hm_proof_format(const struct hm_proof *proof);
/* Frees the proof and all that it owns: everything in it must be from malloc. */
void hm_proof_free(struct hm_proof *proof);

struct hm_bytes hm_blob_bytes(const struct hm_blob *blob);
/* A copy; false when out of memory. A blob of no bytes is {NULL, 0}. */
HM_MUST_CHECK bool hm_blob_set(struct hm_blob *blob, struct hm_bytes bytes);
/* The part's bytes; false where there is no such part. */
HM_MUST_CHECK bool hm_proof_part_find(const struct hm_proof *proof, const char *name, struct hm_bytes *ret);

#endif
