/* SPDX-License-Identifier: BSD-2-Clause */
/* attest.c - decoders of what a TPM says about itself: TPMS_ATTEST, TPMT_PUBLIC, TPMT_SIGNATURE */
#include "attest.h"

/* Largest contents of the TPM2B types. TPM2B_NAME: an algorithm and a digest; TPM2B_DATA: a TPMT_HA. */
#define NAME_LEN_MAX (2u + HM_DIGEST_MAX)
#define DATA_LEN_MAX (2u + HM_DIGEST_MAX)
#define NV_LEN_MAX 2048u

struct name {
	uint16_t id;
	const char *text;
};

static const struct name alg_names[] = {
	{HM_TPM_ALG_RSA, "RSA"},       {HM_TPM_ALG_HMAC, "HMAC"},   {HM_TPM_ALG_NULL, "NULL"},
	{HM_TPM_ALG_RSASSA, "RSASSA"}, {HM_TPM_ALG_RSAES, "RSAES"}, {HM_TPM_ALG_RSAPSS, "RSAPSS"},
	{HM_TPM_ALG_OAEP, "OAEP"},     {HM_TPM_ALG_ECDSA, "ECDSA"}, {HM_TPM_ALG_ECDH, "ECDH"},
	{HM_TPM_ALG_ECDAA, "ECDAA"},   {HM_TPM_ALG_SM2, "SM2"},	    {HM_TPM_ALG_ECSCHNORR, "ECSCHNORR"},
	{HM_TPM_ALG_ECMQV, "ECMQV"},   {HM_TPM_ALG_ECC, "ECC"},	    {0x0004, "SHA-1"},
	{0x000b, "SHA-256"},	       {0x000c, "SHA-384"},	    {0x000d, "SHA-512"},
};

static const struct name type_names[] = {
	{HM_ATTEST_NV, "NV certification"},
	{HM_ATTEST_COMMAND_AUDIT, "command audit"},
	{HM_ATTEST_SESSION_AUDIT, "session audit"},
	{HM_ATTEST_CERTIFY, "certification"},
	{HM_ATTEST_QUOTE, "quote"},
	{HM_ATTEST_TIME, "time"},
	{HM_ATTEST_CREATION, "creation certification"},
	{HM_ATTEST_NV_DIGEST, "NV digest certification"},
};

static const char *name_of(const struct name *names, size_t count, uint16_t id)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].id == id)
			return names[i].text;
	}
	return NULL;
}

const char *hm_tpm_alg_name(uint16_t alg)
{
	return name_of(alg_names, HM_ARRAY_LEN(alg_names), alg);
}

const char *hm_attest_type_name(uint16_t type)
{
	return name_of(type_names, HM_ARRAY_LEN(type_names), type);
}

/* A TPM2B of at most `max` bytes; *err is set to `too_long` where its length field says more. */
static struct hm_bytes get_2b(struct hm_reader *r, uint16_t max, enum hm_err too_long, enum hm_err *err)
{
	uint16_t len = hm_get_u16be(r);

	if (!r->failed && len > max && !*err)
		*err = too_long;
	return hm_get_bytes(r, len);
}

/* The first defect counts: a length that is too large is found before the end that it makes. */
static enum hm_err finish(const struct hm_reader *r, enum hm_err err, enum hm_err truncated, enum hm_err trailing)
{
	if (err)
		return err;
	if (r->failed)
		return truncated;
	return hm_reader_done(r) ? HM_OK : trailing;
}

/* --- TPMS_ATTEST --- */

static struct hm_bytes attest_2b(struct hm_reader *r, uint16_t max, enum hm_err *err)
{
	return get_2b(r, max, HM_E_ATTEST_LENGTH, err);
}

/* TPMI_YES_NO, Part 2, 9.2: 0 or 1. */
static bool get_yes_no(struct hm_reader *r, enum hm_err *err)
{
	uint8_t v = hm_get_u8(r);

	if (v > 1 && !*err)
		*err = HM_E_ATTEST_BOOL;
	return v == 1;
}

static void skip_clock(struct hm_reader *r, enum hm_err *err)
{
	hm_skip(r, 8 + 4 + 4);
	(void)get_yes_no(r, err); /* `safe` of a second clock: its value is nobody's, its form is checked */
}

static void get_selections(struct hm_reader *r, struct hm_attest *ret, enum hm_err *err)
{
	uint32_t count = hm_get_u32be(r);

	if (count > HM_ATTEST_SELECT_MAX) {
		*err = *err ? *err : HM_E_ATTEST_SELECTION;
		return;
	}
	ret->selection_count = count;
	for (uint32_t i = 0; i < count && !r->failed; i++) {
		struct hm_pcr_selection *selection = &ret->selection[i];
		struct hm_bytes bits;

		selection->alg = hm_get_u16be(r);
		selection->size = hm_get_u8(r);
		if (selection->size > HM_ATTEST_SELECT_SIZE) {
			*err = *err ? *err : HM_E_ATTEST_SELECTION;
			return;
		}
		bits = hm_get_bytes(r, selection->size);
		if (bits.len)
			memcpy(selection->select, bits.p, bits.len);
	}
}

/* TPMU_ATTEST, Part 2, 10.12.11. */
static void get_attested(struct hm_reader *r, struct hm_attest *ret, enum hm_err *err)
{
	switch (ret->type) {
	case HM_ATTEST_QUOTE:
		get_selections(r, ret, err);
		ret->pcr_digest = attest_2b(r, HM_DIGEST_MAX, err);
		return;
	case HM_ATTEST_CERTIFY:
		attest_2b(r, NAME_LEN_MAX, err);
		attest_2b(r, NAME_LEN_MAX, err);
		return;
	case HM_ATTEST_CREATION:
		attest_2b(r, NAME_LEN_MAX, err);
		attest_2b(r, HM_DIGEST_MAX, err);
		return;
	case HM_ATTEST_TIME:
		hm_skip(r, 8);
		skip_clock(r, err);
		hm_skip(r, 8);
		return;
	case HM_ATTEST_SESSION_AUDIT:
		(void)get_yes_no(r, err); /* as above */
		attest_2b(r, HM_DIGEST_MAX, err);
		return;
	case HM_ATTEST_COMMAND_AUDIT:
		hm_skip(r, 8 + 2);
		attest_2b(r, HM_DIGEST_MAX, err);
		attest_2b(r, HM_DIGEST_MAX, err);
		return;
	case HM_ATTEST_NV:
		attest_2b(r, NAME_LEN_MAX, err);
		hm_skip(r, 2);
		attest_2b(r, NV_LEN_MAX, err);
		return;
	case HM_ATTEST_NV_DIGEST:
		attest_2b(r, NAME_LEN_MAX, err);
		attest_2b(r, HM_DIGEST_MAX, err);
		return;
	}
	*err = *err ? *err : HM_E_ATTEST_TYPE;
}

enum hm_err hm_attest_decode(struct hm_bytes wire, struct hm_attest *ret)
{
	struct hm_reader r = hm_reader_of(wire);
	struct hm_attest attest;
	enum hm_err err = HM_OK;

	memset(&attest, 0, sizeof(attest));
	if (wire.len > HM_ATTEST_MAX)
		return HM_E_ATTEST_LENGTH;
	attest.magic = hm_get_u32be(&r);
	if (!r.failed && attest.magic != HM_ATTEST_MAGIC)
		return HM_E_ATTEST_MAGIC;
	attest.type = hm_get_u16be(&r);
	if (!r.failed && !hm_attest_type_name(attest.type))
		return HM_E_ATTEST_TYPE;
	attest.qualified_signer = attest_2b(&r, NAME_LEN_MAX, &err);
	attest.extra_data = attest_2b(&r, DATA_LEN_MAX, &err);
	attest.clock = hm_get_u64be(&r);
	attest.reset_count = hm_get_u32be(&r);
	attest.restart_count = hm_get_u32be(&r);
	attest.safe = get_yes_no(&r, &err);
	attest.firmware_version = hm_get_u64be(&r);
	if (!r.failed)
		get_attested(&r, &attest, &err);
	err = finish(&r, err, HM_E_ATTEST_TRUNCATED, HM_E_ATTEST_TRAILING);
	if (!err)
		*ret = attest;
	return err;
}

/* --- TPMT_PUBLIC --- */

static struct hm_bytes public_2b(struct hm_reader *r, uint16_t max, enum hm_err *err)
{
	return get_2b(r, max, HM_E_PUBLIC_LENGTH, err);
}

/* TPMT_SYM_DEF_OBJECT, Part 2, 11.1.7: key bits and mode where it is not NULL. */
static uint16_t get_symmetric(struct hm_reader *r)
{
	uint16_t alg = hm_get_u16be(r);

	if (alg != HM_TPM_ALG_NULL)
		hm_skip(r, 2 + 2);
	return alg;
}

/* TPMT_RSA_SCHEME and TPMT_ECC_SCHEME, Part 2, 11.2.4.2 and 11.2.5.6: a hash for all but NULL and RSAES. */
static void get_scheme(struct hm_reader *r, struct hm_tpm_public *ret, enum hm_err *err)
{
	ret->scheme = hm_get_u16be(r);
	switch (ret->scheme) {
	case HM_TPM_ALG_NULL:
	case HM_TPM_ALG_RSAES:
		return;
	case HM_TPM_ALG_RSASSA:
	case HM_TPM_ALG_RSAPSS:
	case HM_TPM_ALG_OAEP:
	case HM_TPM_ALG_ECDSA:
	case HM_TPM_ALG_ECDH:
	case HM_TPM_ALG_SM2:
	case HM_TPM_ALG_ECSCHNORR:
	case HM_TPM_ALG_ECMQV:
		ret->scheme_hash = hm_get_u16be(r);
		return;
	case HM_TPM_ALG_ECDAA:
		ret->scheme_hash = hm_get_u16be(r);
		hm_skip(r, 2);
		return;
	}
	if (!r->failed)
		*err = *err ? *err : HM_E_PUBLIC_SCHEME;
}

static void get_rsa(struct hm_reader *r, struct hm_tpm_public *ret, enum hm_err *err)
{
	ret->key_bits = hm_get_u16be(r);
	ret->exponent = hm_get_u32be(r);
	if (ret->exponent == 0)
		ret->exponent = 65537; /* Part 2, 12.2.3.5 */
	ret->modulus = public_2b(r, HM_PUBLIC_RSA_MAX, err);
	if (r->failed || *err)
		return;
	/* The top bit of a modulus of N bits is set; TPMs make no other. */
	if (ret->modulus.len == 0 || ret->modulus.len * 8 != ret->key_bits || ret->modulus.p[0] < 0x80)
		*err = HM_E_PUBLIC_RSA;
}

static void get_ecc(struct hm_reader *r, struct hm_tpm_public *ret, enum hm_err *err)
{
	uint16_t kdf;

	ret->curve = hm_get_u16be(r);
	/* TPMT_KDF_SCHEME, Part 2, 11.2.3.3. */
	kdf = hm_get_u16be(r);
	if (kdf != HM_TPM_ALG_NULL)
		hm_skip(r, 2);
	ret->x = public_2b(r, HM_PUBLIC_POINT_MAX, err);
	ret->y = public_2b(r, HM_PUBLIC_POINT_MAX, err);
	if (!r->failed && !*err && (ret->x.len == 0 || ret->y.len == 0))
		*err = HM_E_PUBLIC_ECC;
}

enum hm_err hm_tpm_public_decode(struct hm_bytes wire, struct hm_tpm_public *ret)
{
	struct hm_reader r = hm_reader_of(wire);
	struct hm_tpm_public public;
	enum hm_err err = HM_OK;

	memset(&public, 0, sizeof(public));
	if (wire.len > HM_PUBLIC_MAX)
		return HM_E_PUBLIC_LENGTH;
	public.type = hm_get_u16be(&r);
	if (!r.failed && public.type != HM_TPM_ALG_RSA && public.type != HM_TPM_ALG_ECC)
		return HM_E_PUBLIC_TYPE;
	public.name_alg = hm_get_u16be(&r);
	public.attributes = hm_get_u32be(&r);
	if (public.attributes & ~HM_OBJECT_KNOWN)
		err = HM_E_PUBLIC_ATTRIBUTES;
	public.auth_policy = public_2b(&r, HM_DIGEST_MAX, &err);
	public.symmetric = get_symmetric(&r);
	get_scheme(&r, &public, &err);
	if (public.type == HM_TPM_ALG_RSA)
		get_rsa(&r, &public, &err);
	else
		get_ecc(&r, &public, &err);
	err = finish(&r, err, HM_E_PUBLIC_TRUNCATED, HM_E_PUBLIC_TRAILING);
	if (!err)
		*ret = public;
	return err;
}

/* --- TPMT_SIGNATURE --- */

enum hm_err hm_tpm_signature_decode(struct hm_bytes wire, struct hm_tpm_signature *ret)
{
	struct hm_reader r = hm_reader_of(wire);
	struct hm_tpm_signature signature;
	enum hm_err err = HM_OK;

	memset(&signature, 0, sizeof(signature));
	if (wire.len > HM_SIGNATURE_MAX)
		return HM_E_SIGNATURE_LENGTH;
	signature.scheme = hm_get_u16be(&r);
	if (r.failed)
		return HM_E_SIGNATURE_TRUNCATED;
	/* The tag decides the form of all that follows. */
	if (signature.scheme != HM_TPM_ALG_RSASSA && signature.scheme != HM_TPM_ALG_RSAPSS &&
	    signature.scheme != HM_TPM_ALG_ECDSA)
		return HM_E_SIGNATURE_SCHEME;
	signature.hash = hm_get_u16be(&r);
	if (signature.scheme == HM_TPM_ALG_ECDSA) {
		signature.r = get_2b(&r, HM_PUBLIC_POINT_MAX, HM_E_SIGNATURE_LENGTH, &err);
		signature.s = get_2b(&r, HM_PUBLIC_POINT_MAX, HM_E_SIGNATURE_LENGTH, &err);
	} else {
		signature.rsa = get_2b(&r, HM_PUBLIC_RSA_MAX, HM_E_SIGNATURE_LENGTH, &err);
	}
	err = finish(&r, err, HM_E_SIGNATURE_TRUNCATED, HM_E_SIGNATURE_TRAILING);
	if (!err)
		*ret = signature;
	return err;
}
