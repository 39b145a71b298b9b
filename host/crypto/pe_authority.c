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
#define SHA256_LEN 32u
/* UEFI 2.10, 32.2.4.1: WIN_CERTIFICATE. */
#define CERTIFICATE_HEADER_LEN 8u
#define CERTIFICATE_ALIGN 8u
#define CERTIFICATE_REVISION 0x0200u
#define CERTIFICATE_PKCS7 0x0002u
/* Microsoft's SPC_INDIRECT_DATA_CONTENT, what an Authenticode signature signs. */
#define OID_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

/* UEFI 2.10, 32.4.1: EFI_CERT_X509_GUID and EFI_CERT_SHA256_GUID, as in memory. */
static const uint8_t guid_x509[GUID_LEN] = {0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a,
					    0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72};
static const uint8_t guid_sha256[GUID_LEN] = {0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40,
					      0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28};

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

static bool find_digest(struct hm_bytes variable, const uint8_t digest[SHA256_LEN], struct hm_bytes *ret)
{
	struct database db = database_of(variable);
	struct hm_bytes entry;

	while (next_entry(&db, guid_sha256, &entry)) {
		if (!hm_bytes_equal(without_owner(entry), hm_bytes_of(digest, SHA256_LEN)))
			continue;
		*ret = entry;
		return true;
	}
	return false;
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

enum outcome { NOT_FOUND, FOUND, FORBIDDEN };

/* One signature; the content ends with the image's digest. */
static enum outcome judge_signature(struct hm_bytes der, const uint8_t digest[SHA256_LEN], struct hm_bytes db,
				    struct hm_bytes dbx, struct hm_bytes *ret)
{
	const unsigned char *p = der.p;
	PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)der.len);
	struct hm_bytes content, entry;
	enum outcome outcome = NOT_FOUND;

	ERR_clear_error();
	if (p7 && signed_content(p7, &content) && content.len >= SHA256_LEN && content.len <= INT_MAX &&
	    !memcmp(content.p + content.len - SHA256_LEN, digest, SHA256_LEN)) {
		if (find_certificate(p7, content, dbx, &entry))
			outcome = FORBIDDEN;
		else if (find_certificate(p7, content, db, ret))
			outcome = FOUND;
	}
	PKCS7_free(p7);
	return outcome;
}

/* The signatures one after the other, each padded to 8 bytes. */
static enum outcome judge_file(const struct hm_pe *pe, const uint8_t digest[SHA256_LEN], struct hm_bytes db,
			       struct hm_bytes dbx, struct hm_bytes *ret)
{
	struct hm_bytes table;
	struct hm_reader r;

	if (!hm_bytes_slice(pe->image, pe->security_start, pe->security_len, &table))
		return NOT_FOUND;
	r = hm_reader_of(table);
	while (hm_reader_left(&r) >= CERTIFICATE_HEADER_LEN) {
		uint32_t len = hm_get_u32le(&r);
		uint16_t revision = hm_get_u16le(&r);
		uint16_t type = hm_get_u16le(&r);
		struct hm_bytes der;
		enum outcome outcome;

		if (len < CERTIFICATE_HEADER_LEN)
			return NOT_FOUND;
		der = hm_get_bytes(&r, len - CERTIFICATE_HEADER_LEN);
		if (r.failed)
			return NOT_FOUND;
		if (r.off % CERTIFICATE_ALIGN && hm_reader_left(&r) > 0)
			hm_skip(&r, CERTIFICATE_ALIGN - r.off % CERTIFICATE_ALIGN);
		if (revision != CERTIFICATE_REVISION || type != CERTIFICATE_PKCS7)
			continue;
		outcome = judge_signature(der, digest, db, dbx, ret);
		if (outcome != NOT_FOUND)
			return outcome;
	}
	return NOT_FOUND;
}

static bool authenticode_sha256(const struct hm_pe *pe, uint8_t ret[SHA256_LEN])
{
	struct hm_authenticode image;

	return !hm_authenticode_parts(pe, &image) && hm_sha256(image.parts, image.count, ret);
}

bool hm_crypto_pe_authority(const struct hm_pe *pe, struct hm_bytes db, struct hm_bytes dbx, struct hm_bytes *ret,
			    struct hm_error *error)
{
	uint8_t digest[SHA256_LEN];
	struct hm_bytes entry = {NULL, 0};
	enum outcome outcome;

	if (!authenticode_sha256(pe, digest))
		return hm_error_set(error, "the image cannot be hashed");
	outcome = judge_file(pe, digest, db, dbx, &entry);
	if (outcome == FORBIDDEN || find_digest(dbx, digest, &entry))
		return hm_error_set(error,
				    "Secure Boot is enabled in the variables file and its dbx forbids the image");
	if (outcome == NOT_FOUND && !find_digest(db, digest, &entry))
		return hm_error_set(error,
				    "Secure Boot is enabled in the variables file but the image is not signed by "
				    "a certificate in db");
	*ret = entry;
	return true;
}
