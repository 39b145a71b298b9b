/* SPDX-License-Identifier: BSD-2-Clause */
/* pe_authority.c - which entry of db lets the firmware run a PE file */
#include "host/crypto/pe_authority.h"

#include <limits.h>
#include <string.h>

#include "lib/base/error.h"
#include "core/authenticode.h"
#include "core/digest.h"
#include "host/base/args.h"
#include "lib/crypto/hash.h"

#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#define GUID_LEN 16u
#define TIME_LEN 16u /* EFI_TIME */
/* UEFI 2.10, 32.2.4.1: WIN_CERTIFICATE, WIN_CERTIFICATE_EFI_PKCS and WIN_CERTIFICATE_UEFI_GUID. */
#define CERTIFICATE_HEADER_LEN 8u
#define CERTIFICATE_ALIGN 8u
#define CERTIFICATE_PKCS7 0x0002u
#define CERTIFICATE_GUID 0x0ef1u
/* Microsoft's SPC_INDIRECT_DATA_CONTENT, what an Authenticode signature signs. */
#define OID_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"
/* Where edk2 (HashPeImageByType) looks for the digest algorithm: in a ContentInfo whose lengths take two bytes. */
#define DIGEST_OID_OFF 32u
#define DIGEST_OID_LEN 9u
#define LENGTH_OF_TWO_BYTES 0x82u

/* UEFI 2.10, 32.4.1, as in memory: EFI_CERT_X509_GUID; EFI_CERT_TYPE_PKCS7_GUID is of 32.2.4. */
static const uint8_t guid_x509[GUID_LEN] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
					    0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
static const uint8_t guid_pkcs7[GUID_LEN] = {0x9d, 0xd2, 0xaf, 0x4a, 0xdf, 0x68, 0xee, 0x49,
					     0x8a, 0xa9, 0x34, 0x7d, 0x37, 0x56, 0x65, 0xa7};

/* What edk2 knows of a digest algorithm: its OID in a signature, the type of a list of digests, that of certificates'
 * hashes. */
struct digest_alg {
	enum hm_bank bank;
	uint8_t oid[DIGEST_OID_LEN];
	uint8_t guid_digest[GUID_LEN];	    /* EFI_CERT_SHA256_GUID and so on */
	uint8_t guid_certificate[GUID_LEN]; /* EFI_CERT_X509_SHA256_GUID and so on */
};
static const struct digest_alg digest_algs[] = {
	{HM_SHA256,
	 {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01},
	 {0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28},
	 {0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed}},
	{HM_SHA384,
	 {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02},
	 {0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70, 0x1e, 0x01},
	 {0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86, 0x5b}},
	{HM_SHA512,
	 {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03},
	 {0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89, 0xc1, 0x9a},
	 {0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0, 0xfe, 0x9d}},
};
/* Firmware may take a signature over SHA-1 or not, by how it was built. */
static const uint8_t oid_sha1[] = {0x2b, 0x0e, 0x03, 0x02, 0x1a};

enum outcome {
	NOT_FOUND,
	FOUND,
	FORBIDDEN,    /* by an entry of dbx */
	UNKNOWN_TIME, /* dbx forbids it from a time on: the firmware asks a signed time stamp */
	UNKNOWN_SHA1,
	FAILED /* hashing failed */
};

struct judgement {
	const struct hm_pe *pe;
	struct hm_bytes db;
	struct hm_bytes dbx;
	struct hm_bytes entry; /* of db, where found */
};

/* One entry of a signature database at a time: EFI_SIGNATURE_LISTs, each with entries of one size. */
struct database {
	struct hm_reader lists;
	struct hm_reader entries;
	const uint8_t *type;
	uint32_t entry_len;
};

static struct database database_of(struct hm_bytes variable)
{
	return (struct database){.lists = hm_reader_of(variable), .entries = hm_reader_of((struct hm_bytes){NULL, 0})};
}

static bool next_list(struct database *db)
{
	struct hm_bytes type, body;
	uint32_t list_len, header_len;

	if (hm_reader_left(&db->lists) == 0)
		return false;
	type = hm_get_bytes(&db->lists, GUID_LEN);
	list_len = hm_get_u32le(&db->lists);
	header_len = hm_get_u32le(&db->lists);
	db->entry_len = hm_get_u32le(&db->lists);
	if (list_len < GUID_LEN + 12)
		db->lists.failed = true;
	body = hm_get_bytes(&db->lists, list_len - (GUID_LEN + 12));
	if (db->lists.failed || db->entry_len <= GUID_LEN || header_len > body.len)
		return false;
	db->type = type.p;
	db->entries = hm_reader_of(hm_bytes_of(body.p + header_len, body.len - header_len));
	return true;
}

/* The next EFI_SIGNATURE_DATA of `type`: owner, then certificate or digest. */
static bool next_entry(struct database *db, const uint8_t *type, struct hm_bytes *ret)
{
	for (;;) {
		while (hm_reader_left(&db->entries) < db->entry_len || !db->type) {
			if (!next_list(db))
				return false;
		}
		*ret = hm_get_bytes(&db->entries, db->entry_len);
		if (!memcmp(db->type, type, GUID_LEN))
			return true;
	}
}

static struct hm_bytes without_owner(struct hm_bytes entry)
{
	return hm_bytes_of(entry.p + GUID_LEN, entry.len - GUID_LEN);
}

static bool find_digest(struct hm_bytes variable, const struct digest_alg *alg, const uint8_t *digest,
			struct hm_bytes *ret)
{
	struct database db = database_of(variable);
	struct hm_bytes entry;

	while (next_entry(&db, alg->guid_digest, &entry)) {
		if (!hm_bytes_equal(without_owner(entry), hm_bytes_of(digest, hm_algs[alg->bank].len)))
			continue;
		*ret = entry;
		return true;
	}
	return false;
}

/* The TBSCertificate in a certificate: the first element in it. */
static bool tbs_of(struct hm_bytes der, struct hm_bytes *ret)
{
	const unsigned char *p = der.p, *start;
	long len;
	int tag, class;

	if (der.len > INT_MAX || ASN1_get_object(&p, &len, &tag, &class, (long)der.len) & 0x80)
		return false;
	start = p;
	if (ASN1_get_object(&p, &len, &tag, &class, len) & 0x80)
		return false;
	*ret = hm_bytes_of(start, (size_t)(p - start) + (size_t)len);
	return true;
}

/* edk2, IsCertHashFoundInDbx: a hash of the certificate in dbx, and the time from which on it is revoked; zeros:
 * always. */
static enum outcome judge_certificate(struct hm_bytes der, struct hm_bytes dbx)
{
	struct hm_bytes tbs, entry;

	if (!tbs_of(der, &tbs))
		return NOT_FOUND;
	for (size_t i = 0; i < HM_ARRAY_LEN(digest_algs); i++) {
		struct database db = database_of(dbx);
		size_t len = hm_algs[digest_algs[i].bank].len;
		uint8_t digest[HM_DIGEST_MAX];

		if (hm_crypto_hasher.hash(NULL, digest_algs[i].bank, &tbs, 1, 0, digest))
			return FAILED;
		while (next_entry(&db, digest_algs[i].guid_certificate, &entry)) {
			entry = without_owner(entry);
			if (entry.len != len + TIME_LEN || memcmp(entry.p, digest, len) != 0)
				continue;
			return hm_bytes_is_zero(hm_bytes_of(entry.p + len, TIME_LEN)) ? FORBIDDEN : UNKNOWN_TIME;
		}
	}
	return NOT_FOUND;
}

static X509_STORE *store_of(X509 *certificate)
{
	X509_STORE *store = X509_STORE_new();

	if (!store)
		return NULL;
	/* As the firmware: any certificate of db is an end of the chain, the clock is not asked, nor the usage. */
	if (X509_STORE_add_cert(store, certificate) != 1 ||
	    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME) != 1 ||
	    X509_STORE_set_purpose(store, X509_PURPOSE_ANY) != 1) {
		X509_STORE_free(store);
		return NULL;
	}
	return store;
}

/* What was signed: the indirect data without its outer tag and length. */
static bool signed_content(const PKCS7 *p7, struct hm_bytes *ret)
{
	const ASN1_STRING *sequence;
	const unsigned char *p;
	char oid[64];
	long len;
	int tag, class;

	if (!PKCS7_type_is_signed(p7) || !p7->d.sign || !p7->d.sign->contents || !p7->d.sign->contents->type)
		return false;
	if (OBJ_obj2txt(oid, sizeof(oid), p7->d.sign->contents->type, 1) <= 0 || strcmp(oid, OID_INDIRECT_DATA) != 0)
		return false;
	if (!p7->d.sign->contents->d.other || p7->d.sign->contents->d.other->type != V_ASN1_SEQUENCE)
		return false;
	sequence = p7->d.sign->contents->d.other->value.sequence;
	p = sequence->data;
	if (ASN1_get_object(&p, &len, &tag, &class, sequence->length) & 0x80)
		return false;
	*ret = hm_bytes_of(p, (size_t)len);
	return true;
}

static bool verify_with(PKCS7 *p7, struct hm_bytes content, struct hm_bytes der)
{
	const unsigned char *p = der.p;
	X509 *certificate = der.len <= INT_MAX ? d2i_X509(NULL, &p, (long)der.len) : NULL;
	X509_STORE *store = certificate ? store_of(certificate) : NULL;
	BIO *bio = store ? BIO_new_mem_buf(content.p, (int)content.len) : NULL;
	bool good = bio && PKCS7_verify(p7, NULL, store, bio, NULL, PKCS7_BINARY) == 1;

	BIO_free(bio);
	X509_STORE_free(store);
	X509_free(certificate);
	ERR_clear_error();
	return good;
}

static bool find_certificate(PKCS7 *p7, struct hm_bytes content, struct hm_bytes variable, struct hm_bytes *ret)
{
	struct database db = database_of(variable);
	struct hm_bytes entry;

	while (next_entry(&db, guid_x509, &entry)) {
		if (!verify_with(p7, content, without_owner(entry)))
			continue;
		*ret = entry;
		return true;
	}
	return false;
}

/* edk2, IsForbiddenByDbx: by a certificate in dbx that the chain leads to, or by the hash of a signer's. */
static enum outcome judge_by_dbx(PKCS7 *p7, struct hm_bytes content, struct hm_bytes dbx)
{
	struct hm_bytes entry;
	STACK_OF(X509) * signers;
	enum outcome outcome = NOT_FOUND;

	if (dbx.len == 0)
		return NOT_FOUND;
	if (find_certificate(p7, content, dbx, &entry))
		return FORBIDDEN;
	signers = PKCS7_get0_signers(p7, NULL, 0);
	/* The firmware refuses a signature whose signer it cannot name. */
	if (!signers)
		outcome = FORBIDDEN;
	for (int i = 0; outcome == NOT_FOUND && signers && i < sk_X509_num(signers); i++) {
		unsigned char *der = NULL;
		int len = i2d_X509(sk_X509_value(signers, i), &der);

		outcome = len > 0 ? judge_certificate(hm_bytes_of(der, (size_t)len), dbx) : FAILED;
		OPENSSL_free(der);
	}
	sk_X509_free(signers);
	ERR_clear_error();
	return outcome;
}

static const struct digest_alg *digest_alg_of(struct hm_bytes der)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(digest_algs); i++) {
		if (!memcmp(der.p + DIGEST_OID_OFF, digest_algs[i].oid, DIGEST_OID_LEN))
			return &digest_algs[i];
	}
	return NULL;
}

static bool authenticode(const struct hm_pe *pe, enum hm_bank bank, uint8_t ret[HM_DIGEST_MAX])
{
	struct hm_authenticode image;

	return !hm_authenticode_parts(pe, &image) &&
	       !hm_crypto_hasher.hash(NULL, bank, image.parts, image.count, 0, ret);
}

/* One signature, in edk2's order: dbx's certificates, db's, dbx's digests, db's. `j->entry` is set once, by the first
 * that allows. */
static enum outcome judge_signature(struct hm_bytes der, bool allowed, struct judgement *j)
{
	const unsigned char *p = der.p;
	const struct digest_alg *alg;
	uint8_t digest[HM_DIGEST_MAX];
	struct hm_bytes content, entry;
	enum outcome outcome = NOT_FOUND;
	bool signs;
	PKCS7 *p7;

	if (der.len < DIGEST_OID_OFF + DIGEST_OID_LEN || (der.p[1] & LENGTH_OF_TWO_BYTES) != LENGTH_OF_TWO_BYTES)
		return NOT_FOUND;
	if (!memcmp(der.p + DIGEST_OID_OFF, oid_sha1, sizeof(oid_sha1)))
		return UNKNOWN_SHA1;
	alg = digest_alg_of(der);
	if (!alg)
		return NOT_FOUND;
	if (!authenticode(j->pe, alg->bank, digest))
		return FAILED;
	p7 = d2i_PKCS7(NULL, &p, (long)der.len);
	ERR_clear_error();
	/* The content ends with the image's digest. */
	signs = p7 && signed_content(p7, &content) && content.len >= hm_algs[alg->bank].len && content.len <= INT_MAX &&
		!memcmp(content.p + content.len - hm_algs[alg->bank].len, digest, hm_algs[alg->bank].len);
	if (signs)
		outcome = judge_by_dbx(p7, content, j->dbx);
	if (outcome == NOT_FOUND && signs && !allowed && find_certificate(p7, content, j->db, &entry)) {
		outcome = judge_certificate(without_owner(entry), j->dbx);
		if (outcome == FORBIDDEN)
			outcome =
				NOT_FOUND; /* the hash of db's certificate is revoked: this signature allows nothing */
		else if (outcome == NOT_FOUND)
			outcome = FOUND;
	}
	PKCS7_free(p7);
	if (outcome > FOUND)
		return outcome;
	if (find_digest(j->dbx, alg, digest, &(struct hm_bytes){0}))
		return FORBIDDEN;
	if (outcome == NOT_FOUND && !allowed && find_digest(j->db, alg, digest, &entry))
		outcome = FOUND;
	if (outcome == FOUND)
		j->entry = entry;
	return outcome;
}

/* The content of one WIN_CERTIFICATE: empty where it is of a type that the firmware passes over. */
static struct hm_bytes signature_of(uint16_t type, struct hm_bytes content)
{
	if (type == CERTIFICATE_PKCS7)
		return content;
	if (type == CERTIFICATE_GUID && content.len > GUID_LEN && !memcmp(content.p, guid_pkcs7, GUID_LEN))
		return without_owner(content);
	return hm_bytes_of(NULL, 0);
}

/* The signatures one after the other, each padded to 8 bytes. The firmware looks at all of them: a later one can
 * forbid. */
static enum outcome judge_signatures(struct hm_bytes table, struct judgement *j)
{
	struct hm_reader r = hm_reader_of(table);
	bool allowed = false;

	while (hm_reader_left(&r) > 0) {
		uint32_t len = hm_get_u32le(&r);
		uint16_t type;
		struct hm_bytes der;
		enum outcome outcome;

		hm_skip(&r, 2); /* wRevision, which the firmware does not look at */
		type = hm_get_u16le(&r);
		if (len <= CERTIFICATE_HEADER_LEN)
			return NOT_FOUND;
		der = signature_of(type, hm_get_bytes(&r, len - CERTIFICATE_HEADER_LEN));
		if (len % CERTIFICATE_ALIGN != 0)
			hm_skip(&r, CERTIFICATE_ALIGN - len % CERTIFICATE_ALIGN);
		/* A table that does not end with its last signature allows nothing. */
		if (r.failed)
			return NOT_FOUND;
		outcome = judge_signature(der, allowed, j);
		if (outcome > FOUND)
			return outcome;
		allowed = allowed || outcome == FOUND;
	}
	return allowed ? FOUND : NOT_FOUND;
}

static enum outcome judge_unsigned(struct judgement *j)
{
	uint8_t digest[HM_DIGEST_MAX];

	if (!authenticode(j->pe, HM_SHA256, digest))
		return FAILED;
	if (find_digest(j->dbx, &digest_algs[0], digest, &j->entry))
		return FORBIDDEN;
	return find_digest(j->db, &digest_algs[0], digest, &j->entry) ? FOUND : NOT_FOUND;
}

bool hm_crypto_pe_authority(const struct hm_pe *pe, struct hm_bytes db, struct hm_bytes dbx, struct hm_bytes *ret,
			    struct hm_error *error)
{
	struct judgement j = {.pe = pe, .db = db, .dbx = dbx};
	struct hm_bytes table = {NULL, 0};
	enum outcome outcome;

	if (pe->security_len > 0 && !hm_bytes_slice(pe->image, pe->security_start, pe->security_len, &table))
		return hm_error_set(error, "the image's signatures cannot be read");
	outcome = table.len > 0 ? judge_signatures(table, &j) : judge_unsigned(&j);
	switch (outcome) {
	case FOUND:
		*ret = j.entry;
		return true;
	case NOT_FOUND:
		return hm_error_set(error,
				    "Secure Boot is enabled in the variables file but the image is not signed by "
				    "a certificate in db");
	case FORBIDDEN:
		return hm_error_set(error,
				    "Secure Boot is enabled in the variables file and its dbx forbids the image");
	case UNKNOWN_TIME:
		return hm_error_set(error,
				    "dbx revokes a certificate of the image's signature from a time on: whether the "
				    "firmware starts the image depends on a time stamp, which is not predicted");
	case UNKNOWN_SHA1:
		return hm_error_set(
			error, "the image is signed over a SHA-1 digest, which some firmware takes: not predicted");
	case FAILED:
		break;
	}
	return hm_error_set(error, "the image cannot be hashed");
}
