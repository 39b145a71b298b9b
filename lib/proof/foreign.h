/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * foreign.h - turns a proof file of any format into one proof, and states what such a file can show
 *
 * The checks of lib/verify know one kind of input: struct hm_proof, as proof.h has it, and struct hm_proof_terms. No
 * check asks which system wrote the file. Another system's file is converted: its numbers become TPM structures, its
 * registers and quote take the places that ours have. What its format cannot show, the terms say, and the check
 * concerned then applies the rule for that term and reports what it leaves out. All terms zero are the strictest ones,
 * those of Hallmark's own format, and its selection of no register matches no quote.
 */
#ifndef HM_LIB_PROOF_FOREIGN_H
#define HM_LIB_PROOF_FOREIGN_H

#include "lib/base/error.h"
#include "core/digest.h"
#include "core/pcr.h"
#include "lib/hallmark.h"
#include "lib/proof/proof.h"

#define HM_FOREIGN_NONCE_MAX 64u /* what Azure's vTPM and a report have room for */

/* Who vouches for the attestation key. */
enum hm_key_voucher {
	HM_VOUCHED_BY_CERTIFICATE, /* as the platform wants it */
	HM_VOUCHED_BY_HARDWARE,	   /* the hardware report alone; a policy must list whose code may do so */
};

/* How the file gives the attestation key. */
enum hm_key_form {
	HM_KEY_PUBLIC_AREA,    /* ak_public is the TPM's TPMT_PUBLIC, with its attributes */
	HM_KEY_NUMBERS,	       /* ak_public has the key's numbers, and attributes that are not the TPM's */
	HM_KEY_OF_CERTIFICATE, /* not at all: the certificate's key is the one */
};

/* What the quote's extraData is. */
enum hm_quote_binding {
	HM_BINDS_NONCE_AND_TLS, /* quoted.h: a hash of the nonce and the TLS key */
	HM_BINDS_FILE_NONCE,	/* the nonce that the file names, as it is */
	HM_BINDS_NONCE,		/* a nonce of any length, which the file does not name beside it */
	HM_BINDS_NOTHING,	/* empty */
};

struct hm_proof_terms {
	enum hm_key_voucher voucher;
	enum hm_key_form key;
	enum hm_quote_binding binding;
	uint8_t selection[3];			  /* that the quote must be over */
	uint8_t pcr[HM_PCR_COUNT][HM_DIGEST_MAX]; /* all that are quoted; proof->pcr has the first 16 */
	bool pcr15_stated;			  /* what the file says was measured gives register 15 */
	uint8_t pcr15[HM_DIGEST_MAX];
};

/* Reads a file of `format`. On failure neither result is touched. The proof is released with hm_proof_free. */
HM_MUST_CHECK bool hm_proof_convert(enum hallmark_format format, struct hm_bytes file, struct hm_proof **ret,
				    struct hm_proof_terms *ret_terms, struct hm_error *error);

#endif
