/* SPDX-License-Identifier: BSD-2-Clause */
/* vcek.c - who signed a SEV-SNP report: the VCEK or VLEK, and AMD's roots */
#include "lib/crypto/vcek.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "lib/base/error.h"
#include "lib/crypto/ecdsa.h"

const struct hm_pin hm_amd_roots[] = {
	[HM_SNP_MILAN] = {{0x69, 0xd0, 0x63, 0xb4, 0x53, 0x44, 0xd2, 0x6a, 0x2e, 0x94, 0xe1,
			   0xf4, 0x21, 0x0d, 0xe4, 0x9e, 0xf5, 0x55, 0x30, 0x82, 0x87, 0xd4,
			   0xc1, 0x74, 0x44, 0x5c, 0x95, 0x63, 0x9a, 0x54, 0x0b, 0xcd}},
	[HM_SNP_GENOA] = {{0x4c, 0x65, 0x98, 0xd1, 0x9c, 0x18, 0x71, 0x9c, 0x5d, 0xfd, 0x4a,
			   0x7d, 0x33, 0x5f, 0x67, 0x4e, 0x5b, 0xfe, 0x1d, 0x8f, 0x80, 0x0c,
			   0xea, 0x2c, 0xf2, 0x70, 0xc1, 0x0d, 0x10, 0x3d, 0xb2, 0xf1}},
	[HM_SNP_TURIN] = {{0x1f, 0x08, 0x41, 0x61, 0xa4, 0x4b, 0xb6, 0xd9, 0x37, 0x78, 0xa9,
			   0x04, 0x87, 0x7d, 0x48, 0x19, 0xca, 0xfa, 0x5d, 0x05, 0xef, 0x41,
			   0x93, 0xb2, 0xde, 0xd9, 0xdd, 0x9c, 0x73, 0xdd, 0x3f, 0x6a}},
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(hm_amd_roots) == HM_SNP_PRODUCT_COUNT, "every product has a root");

/* The numbers after 1.3.6.1.4.1.3704.1. of AMD's extensions. */
enum extension {
	STRUCT_VERSION,
	PRODUCT,
	BOOTLOADER,
	TEE,
	SNP,
	SPL4,
	SPL5,
	SPL6,
	SPL7,
	MICROCODE,
	FMC,
	CHIP,
	CSP,
	EXTENSION_COUNT
};
static const char *const oids[] = {
	[STRUCT_VERSION] = "1.3.6.1.4.1.3704.1.1",
	[PRODUCT] = "1.3.6.1.4.1.3704.1.2",
	[BOOTLOADER] = "1.3.6.1.4.1.3704.1.3.1",
	[TEE] = "1.3.6.1.4.1.3704.1.3.2",
	[SNP] = "1.3.6.1.4.1.3704.1.3.3",
	[SPL4] = "1.3.6.1.4.1.3704.1.3.4",
	[SPL5] = "1.3.6.1.4.1.3704.1.3.5",
	[SPL6] = "1.3.6.1.4.1.3704.1.3.6",
	[SPL7] = "1.3.6.1.4.1.3704.1.3.7",
	[MICROCODE] = "1.3.6.1.4.1.3704.1.3.8",
	[FMC] = "1.3.6.1.4.1.3704.1.3.9",
	[CHIP] = "1.3.6.1.4.1.3704.1.4",
	[CSP] = "1.3.6.1.4.1.3704.1.5",
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(oids) == EXTENSION_COUNT, "every extension has an OID");
#define OID_TEXT_MAX 80
#define TURIN_CHIP_ID_LEN 8u
#define STEPPING_LEN_MAX 8u

static bool find(const X509 *cert, struct hm_bytes found[EXTENSION_COUNT], struct hm_error *error)
{
	for (int i = 0; i < X509_get_ext_count(cert); i++) {
		X509_EXTENSION *ext = X509_get_ext(cert, i);
		const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);
		char oid[OID_TEXT_MAX];

		if (OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext), 1) >= OID_TEXT_MAX)
			continue;
		for (size_t k = 0; k < EXTENSION_COUNT; k++) {
			if (strcmp(oid, oids[k]) != 0)
				continue;
			if (found[k].p)
				return hm_error_set(error, "the VCEK has the extension %s twice", oid);
			found[k] = hm_bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
		}
	}
	return true;
}

/* A DER INTEGER from 0 to 255 that fills the extension; one that is absent is -1. */
static int level(struct hm_bytes ext)
{
	/* 02 01 xx, or 02 02 00 xx where xx has its top bit set. */
	if (ext.len == 3 && ext.p[0] == 2 && ext.p[1] == 1 && ext.p[2] < 0x80)
		return ext.p[2];
	if (ext.len == 4 && ext.p[0] == 2 && ext.p[1] == 2 && ext.p[2] == 0 && ext.p[3] >= 0x80)
		return ext.p[3];
	return -1;
}

/* The content of a DER IA5String of at most 127 bytes that fills the extension. */
static bool text_of(struct hm_bytes ext, struct hm_bytes *ret)
{
	if (ext.len < 3 || ext.p[0] != V_ASN1_IA5STRING || ext.p[1] > 0x7f || ext.p[1] != ext.len - 2)
		return false;
	*ret = hm_bytes_of(ext.p + 2, ext.len - 2);
	return true;
}

/* "" or "-B0". */
static bool is_stepping(struct hm_bytes text)
{
	if (text.len == 0)
		return true;
	if (text.p[0] != '-' || text.len < 2 || text.len > 1 + STEPPING_LEN_MAX)
		return false;
	for (size_t i = 1; i < text.len; i++) {
		uint8_t c = text.p[i];

		if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')))
			return false;
	}
	return true;
}

/* AMD's key server wrote "Milan-B0" at first, and "Genoa" or "Turin" later. Siena hangs under Genoa's root. */
static bool product_of(struct hm_bytes ext, enum hm_snp_product *ret)
{
	static const struct {
		const char *name;
		enum hm_snp_product product;
	} names[] = {
		{"Milan", HM_SNP_MILAN}, {"Genoa", HM_SNP_GENOA}, {"Siena", HM_SNP_GENOA}, {"Turin", HM_SNP_TURIN}};
	struct hm_bytes text;

	if (!text_of(ext, &text))
		return false;
	for (size_t i = 0; i < HM_ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i].name);

		if (text.len >= len && !memcmp(text.p, names[i].name, len) &&
		    is_stepping(hm_bytes_of(text.p + len, text.len - len))) {
			*ret = names[i].product;
			return true;
		}
	}
	return false;
}

/* Exactly one of chip and cloud. */
static bool holder(const struct hm_bytes found[EXTENSION_COUNT], struct hm_vcek *ret, struct hm_error *error)
{
	size_t chip_len = ret->product == HM_SNP_TURIN ? TURIN_CHIP_ID_LEN : HM_SNP_CHIP_ID_LEN;
	struct hm_bytes csp;

	ret->vlek = found[CSP].p != NULL;
	if (!ret->vlek) {
		if (found[CHIP].len != chip_len)
			return hm_error_set(error, "the VCEK names no chip, or not with %zu bytes", chip_len);
		memcpy(ret->chip_id, found[CHIP].p, chip_len);
		return true;
	}
	if (found[CHIP].p)
		return hm_error_set(error, "the certificate names a chip and a cloud");
	if (!text_of(found[CSP], &csp) || csp.len >= sizeof(ret->csp))
		return hm_error_set(error, "the VLEK names no cloud, or not with 1 to %zu characters",
				    sizeof(ret->csp) - 1);
	if (!hm_bytes_is_printable(csp))
		return hm_error_set(error, "the VLEK's cloud is not printable ASCII");
	memcpy(ret->csp, csp.p, csp.len);
	return true;
}

static bool levels(const struct hm_bytes found[EXTENSION_COUNT], struct hm_vcek *ret)
{
	bool turin = ret->product == HM_SNP_TURIN;

	for (size_t k = BOOTLOADER; k <= MICROCODE; k++) {
		/* Absent reserved levels are 0; the named four must be there. */
		if (!found[k].p && k >= SPL4 && k <= SPL7)
			continue;
		if (level(found[k]) < 0 || (k >= SPL4 && k <= SPL7 && level(found[k]) != 0))
			return false;
	}
	if (turin ? level(found[FMC]) < 0 : found[FMC].p != NULL)
		return false;
	ret->tcb = (struct hm_snp_tcb){
		.fmc = (uint8_t)(turin ? level(found[FMC]) : 0),
		.bootloader = (uint8_t)level(found[BOOTLOADER]),
		.tee = (uint8_t)level(found[TEE]),
		.snp = (uint8_t)level(found[SNP]),
		.microcode = (uint8_t)level(found[MICROCODE]),
	};
	return true;
}

static bool decode(const X509 *cert, struct hm_vcek *ret, struct hm_error *error)
{
	struct hm_bytes found[EXTENSION_COUNT] = {{NULL, 0}};
	struct hm_vcek vcek = {.product = HM_SNP_MILAN};

	if (!find(cert, found, error))
		return false;
	if (level(found[STRUCT_VERSION]) != 0 && level(found[STRUCT_VERSION]) != 1)
		return hm_error_set(error, "the VCEK has no known structure version");
	if (!product_of(found[PRODUCT], &vcek.product))
		return hm_error_set(error, "the VCEK is not of a known product (Milan, Genoa, Turin)");
	if (!levels(found, &vcek))
		return hm_error_set(error, "the VCEK's TCB extensions are missing or malformed");
	if (!holder(found, &vcek, error))
		return false;
	*ret = vcek;
	return true;
}

static X509 *certificate(struct hm_bytes der)
{
	const unsigned char *p = der.p;
	X509 *cert = der.len > 0 && der.len <= HM_CERT_MAX ? d2i_X509(NULL, &p, (long)der.len) : NULL;

	if (cert && p != der.p + der.len) {
		X509_free(cert);
		return NULL;
	}
	return cert;
}

bool hm_crypto_vcek_decode(struct hm_bytes der, struct hm_vcek *ret, struct hm_error *error)
{
	X509 *cert = certificate(der);
	bool ok = cert ? decode(cert, ret, error) : hm_error_set(error, "the VCEK is not a DER certificate");

	X509_free(cert);
	return ok;
}

bool hm_crypto_snp_signature(const struct hm_snp_report *report, struct hm_bytes der, struct hm_error *error)
{
	struct hm_ecdsa signature = {
		.curve = HM_P384,
		.hash = HM_SHA384,
		.r = hm_bytes_of(report->r, sizeof(report->r)),
		.s = hm_bytes_of(report->s, sizeof(report->s)),
	};

	if (!hm_crypto_ecdsa_certificate(der, &signature, report->signed_part))
		return hm_error_set(error, "the report's signature is not the VCEK's");
	return true;
}
