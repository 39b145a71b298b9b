/* SPDX-License-Identifier: BSD-2-Clause */
/* gce_instance.c - Google: which instance an attestation key's certificate is of */
#include "lib/crypto/gce_instance.h"

#include <stdio.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/base/error.h"

#define OID "1.3.6.1.4.1.11129.2.1.21"
#define OID_TEXT_MAX 80
/* 64 bits: 20 digits and a sign. */
#define NUMBER_MAX 24u

/* The five fields that are always there, in their order. */
enum field { ZONE, PROJECT_NUMBER, PROJECT, INSTANCE_ID, INSTANCE, FIELD_COUNT };

static struct hm_bytes find(const X509 *cert, size_t *ret_count)
{
	struct hm_bytes found = {NULL, 0};

	*ret_count = 0;
	for (int i = 0; i < X509_get_ext_count(cert); i++) {
		X509_EXTENSION *ext = X509_get_ext(cert, i);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
		char oid[OID_TEXT_MAX];

		if (OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext), 1) >= OID_TEXT_MAX ||
		    strcmp(oid, OID) != 0)
			continue;
		found = hm_bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
		(*ret_count)++;
	}
	return found;
}

static bool text(const ASN1_TYPE *type, char ret[4 * HM_GCE_TEXT_MAX + 1])
{
	const ASN1_STRING *string = type->type == V_ASN1_UTF8STRING ? type->value.utf8string : NULL;
	size_t len = string ? (size_t)ASN1_STRING_length(string) : 0;

	if (!len || len > HM_GCE_TEXT_MAX)
		return false;
	hm_escape(hm_bytes_of(ASN1_STRING_get0_data(string), len), ret, 4 * HM_GCE_TEXT_MAX + 1);
	return true;
}

static bool number(const ASN1_TYPE *type, char ret[NUMBER_MAX])
{
	uint64_t value;
	int64_t negative;

	if (type->type != V_ASN1_INTEGER)
		return false;
	/* Google's are 64 bits, and a large instance id has come as a negative number (a signed type on the way). */
	if (ASN1_INTEGER_get_uint64(&value, type->value.integer) == 1)
		snprintf(ret, NUMBER_MAX, "%llu", (unsigned long long)value);
	else if (ASN1_INTEGER_get_int64(&negative, type->value.integer) == 1)
		snprintf(ret, NUMBER_MAX, "%llu", (unsigned long long)negative);
	else
		return false;
	return true;
}

/* [1] EXPLICIT BOOLEAN TRUE inside of [0] EXPLICIT SEQUENCE; absent properties are false. */
static bool is_production(const ASN1_TYPE *type)
{
	static const uint8_t yes[] = {0xa1, 0x03, 0x01, 0x01, 0xff};
	const ASN1_STRING *string = type->type == V_ASN1_OTHER ? type->value.asn1_string : NULL;

	return string && memmem(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string), yes, sizeof(yes));
}

static bool show(STACK_OF(ASN1_TYPE) * fields, char ret[HM_GCE_SHOWN_MAX])
{
	char zone[4 * HM_GCE_TEXT_MAX + 1], project[4 * HM_GCE_TEXT_MAX + 1], instance[4 * HM_GCE_TEXT_MAX + 1];
	char project_number[NUMBER_MAX], id[NUMBER_MAX];
	int count = sk_ASN1_TYPE_num(fields);

	if (count != FIELD_COUNT && count != FIELD_COUNT + 1)
		return false;
	if (!text(sk_ASN1_TYPE_value(fields, ZONE), zone) ||
	    !number(sk_ASN1_TYPE_value(fields, PROJECT_NUMBER), project_number) ||
	    !text(sk_ASN1_TYPE_value(fields, PROJECT), project) ||
	    !number(sk_ASN1_TYPE_value(fields, INSTANCE_ID), id) ||
	    !text(sk_ASN1_TYPE_value(fields, INSTANCE), instance))
		return false;
	snprintf(ret, HM_GCE_SHOWN_MAX, "project %.128s (%s), zone %.128s, instance %.128s (%s)%s", project,
		 project_number, zone, instance, id,
		 count == FIELD_COUNT || is_production(sk_ASN1_TYPE_value(fields, FIELD_COUNT))
			 ? ""
			 : ", not a production key");
	return true;
}

static enum hm_gce read_instance(const X509 *cert, char ret[HM_GCE_SHOWN_MAX])
{
	size_t count;
	struct hm_bytes ext = find(cert, &count);
	const unsigned char *p = ext.p;
	STACK_OF(ASN1_TYPE) * fields;
	enum hm_gce result = HM_GCE_MALFORMED;

	if (count == 0)
		return HM_GCE_NONE;
	if (count > 1 || ext.len > INT32_MAX)
		return HM_GCE_MALFORMED;
	fields = d2i_ASN1_SEQUENCE_ANY(NULL, &p, (long)ext.len);
	if (fields && p == ext.p + ext.len && show(fields, ret))
		result = HM_GCE_INSTANCE;
	sk_ASN1_TYPE_pop_free(fields, ASN1_TYPE_free);
	return result;
}

enum hm_gce hm_crypto_gce_instance(struct hm_bytes leaf, char ret[HM_GCE_SHOWN_MAX])
{
	/* The content of OID as a certificate has it (X.690, 8.19): most certificates need no decoding to see that it
	 * is not there. */
	static const uint8_t oid[] = {0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x01, 0x15};
	const unsigned char *p = leaf.p;
	enum hm_gce result = HM_GCE_NONE;
	X509 *cert;

	ret[0] = '\0';
	if (!leaf.len || leaf.len > INT32_MAX || !memmem(leaf.p, leaf.len, oid, sizeof(oid)))
		return HM_GCE_NONE;
	cert = d2i_X509(NULL, &p, (long)leaf.len);
	if (cert)
		result = read_instance(cert, ret);
	X509_free(cert);
	ERR_clear_error();
	return result;
}
