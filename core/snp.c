/* SPDX-License-Identifier: BSD-2-Clause */
/* snp.c - the AMD SEV-SNP attestation report, its TCB versions, and Azure's envelope around it */
#include "snp.h"

#define VERSION_MIN 2u
#define VERSION_CPUID 3u
#define VERSION_MITIGATIONS 5u
#define VERSION_MAX 5u
#define ALG_ECDSA_P384_SHA384 1u
#define SCALAR_FIELD_LEN 72u
#define SIGNATURE_PAD_LEN (512u - 2u * SCALAR_FIELD_LEN)
#define FLAGS_KNOWN 0x1fu
#define FLAG_AUTHOR_KEY 0x01u
#define FLAG_CHIP_ID_MASKED 0x02u
#define SIGNER_SHIFT 2u

#define HCL_SIGNATURE 0x414c4348u /* "HCLA" */
#define HCL_HEADER_REST_LEN 28u
#define HCL_RUNTIME_HEADER_LEN 20u
#define HCL_VERSION 1u
#define HCL_HASH_SHA256 1u

static const char *const product_names[] = {
	[HM_SNP_MILAN] = "Milan",
	[HM_SNP_GENOA] = "Genoa",
	[HM_SNP_TURIN] = "Turin",
};
HM_STATIC_ASSERT(HM_ARRAY_LEN(product_names) == HM_SNP_PRODUCT_COUNT, "every product has a name");

const char *hm_snp_product_name(enum hm_snp_product product)
{
	return (size_t)product < HM_SNP_PRODUCT_COUNT ? product_names[product] : "unknown";
}

/* What decoding needs beside the report itself. */
struct raw {
	uint32_t algorithm;
	uint32_t flags;
	bool reserved_zero;
	struct hm_bytes r, s;
};

static void get_zero(struct hm_reader *r, uint64_t len, bool *all_zero)
{
	if (!hm_bytes_is_zero(hm_get_bytes(r, len)))
		*all_zero = false;
}

/* 0x180 to 0x2a0: from the reported TCB to the signature. Layout by version. */
static void read_second_half(struct hm_reader *r, struct hm_snp_report *report, struct raw *raw)
{
	report->reported_tcb = hm_get_u64le(r);
	report->has_cpuid = report->version >= VERSION_CPUID;
	report->family = hm_get_u8(r);
	report->model = hm_get_u8(r);
	report->stepping = hm_get_u8(r);
	if (!report->has_cpuid && (report->family || report->model || report->stepping))
		raw->reserved_zero = false;
	get_zero(r, 21, &raw->reserved_zero);
	report->chip_id = hm_get_bytes(r, HM_SNP_CHIP_ID_LEN);
	report->committed_tcb = hm_get_u64le(r);
	/* Firmware builds: current and committed, three bytes and a reserved one each. */
	hm_skip(r, 3);
	get_zero(r, 1, &raw->reserved_zero);
	hm_skip(r, 3);
	get_zero(r, 1, &raw->reserved_zero);
	report->launch_tcb = hm_get_u64le(r);
	/* Version 5: launch and current mitigation vectors. */
	if (report->version >= VERSION_MITIGATIONS)
		hm_skip(r, 16);
	else
		get_zero(r, 16, &raw->reserved_zero);
	get_zero(r, HM_SNP_SIGNED_LEN - 0x208u, &raw->reserved_zero);
}

static void read_report(struct hm_reader *r, struct hm_snp_report *report, struct raw *raw)
{
	report->version = hm_get_u32le(r);
	report->guest_svn = hm_get_u32le(r);
	report->policy = hm_get_u64le(r);
	/* Family and image id: the guest owner's words, of no meaning here. */
	hm_skip(r, 32);
	report->vmpl = hm_get_u32le(r);
	raw->algorithm = hm_get_u32le(r);
	report->current_tcb = hm_get_u64le(r);
	report->platform_info = hm_get_u64le(r);
	raw->flags = hm_get_u32le(r);
	get_zero(r, 4, &raw->reserved_zero);
	report->report_data = hm_get_bytes(r, HM_SNP_REPORT_DATA_LEN);
	report->measurement = hm_get_bytes(r, HM_SNP_MEASUREMENT_LEN);
	report->host_data = hm_get_bytes(r, HM_SNP_HOST_DATA_LEN);
	report->id_key_digest = hm_get_bytes(r, 48);
	report->author_key_digest = hm_get_bytes(r, 48);
	report->report_id = hm_get_bytes(r, 32);
	/* The migration agent's report id. */
	hm_skip(r, 32);
	read_second_half(r, report, raw);
	raw->r = hm_get_bytes(r, SCALAR_FIELD_LEN);
	raw->s = hm_get_bytes(r, SCALAR_FIELD_LEN);
	get_zero(r, SIGNATURE_PAD_LEN, &raw->reserved_zero);
}

/* 72 bytes little-endian; P-384 fills 48 of them. */
static bool scalar(struct hm_bytes field, uint8_t ret[HM_SNP_SCALAR_LEN])
{
	if (!hm_bytes_is_zero(hm_bytes_of(field.p + HM_SNP_SCALAR_LEN, field.len - HM_SNP_SCALAR_LEN)))
		return false;
	for (size_t i = 0; i < HM_SNP_SCALAR_LEN; i++)
		ret[i] = field.p[HM_SNP_SCALAR_LEN - 1 - i];
	return true;
}

static enum hm_err check_report(struct hm_snp_report *report, const struct raw *raw)
{
	if (report->version < VERSION_MIN || report->version > VERSION_MAX)
		return HM_E_SNP_VERSION;
	if (raw->algorithm != ALG_ECDSA_P384_SHA384)
		return HM_E_SNP_ALGORITHM;
	if (!(report->policy & HM_SNP_POLICY_ONE) || (report->policy & ~HM_SNP_POLICY_KNOWN))
		return HM_E_SNP_POLICY;
	if (raw->flags & ~FLAGS_KNOWN)
		return HM_E_SNP_FLAGS;
	if (report->signer != HM_SNP_SIGNER_VCEK && report->signer != HM_SNP_SIGNER_VLEK &&
	    report->signer != HM_SNP_SIGNER_NONE)
		return HM_E_SNP_FLAGS;
	if (!raw->reserved_zero)
		return HM_E_SNP_RESERVED;
	if (!scalar(raw->r, report->r) || !scalar(raw->s, report->s))
		return HM_E_SNP_SIGNATURE;
	return HM_OK;
}

enum hm_err hm_snp_report_decode(struct hm_bytes wire, struct hm_snp_report *ret)
{
	struct hm_reader r = hm_reader_of(wire);
	struct hm_snp_report report = {0};
	struct raw raw = {.reserved_zero = true};
	enum hm_err err;

	read_report(&r, &report, &raw);
	if (!hm_reader_done(&r))
		return HM_E_SNP_LENGTH;
	report.author_key = raw.flags & FLAG_AUTHOR_KEY;
	report.chip_id_masked = raw.flags & FLAG_CHIP_ID_MASKED;
	report.signer = (uint8_t)((raw.flags & FLAGS_KNOWN) >> SIGNER_SHIFT);
	report.signed_part = hm_bytes_of(wire.p, HM_SNP_SIGNED_LEN);
	err = check_report(&report, &raw);
	if (err)
		return err;
	*ret = report;
	return HM_OK;
}

static uint8_t tcb_byte(uint64_t tcb, unsigned int index)
{
	return (uint8_t)(tcb >> (8 * index));
}

enum hm_err hm_snp_tcb_decode(enum hm_snp_product product, uint64_t tcb, struct hm_snp_tcb *ret)
{
	/* Turin has one component more, in front; the reserved bytes stand before the microcode in both. */
	if (product == HM_SNP_TURIN) {
		if (tcb_byte(tcb, 4) || tcb_byte(tcb, 5) || tcb_byte(tcb, 6))
			return HM_E_SNP_TCB;
		*ret = (struct hm_snp_tcb){.fmc = tcb_byte(tcb, 0),
					   .bootloader = tcb_byte(tcb, 1),
					   .tee = tcb_byte(tcb, 2),
					   .snp = tcb_byte(tcb, 3),
					   .microcode = tcb_byte(tcb, 7)};
		return HM_OK;
	}
	if (tcb_byte(tcb, 2) || tcb_byte(tcb, 3) || tcb_byte(tcb, 4) || tcb_byte(tcb, 5))
		return HM_E_SNP_TCB;
	*ret = (struct hm_snp_tcb){.bootloader = tcb_byte(tcb, 0),
				   .tee = tcb_byte(tcb, 1),
				   .snp = tcb_byte(tcb, 6),
				   .microcode = tcb_byte(tcb, 7)};
	return HM_OK;
}

const char *hm_snp_tcb_below(const struct hm_snp_tcb *tcb, const struct hm_snp_tcb *minimum)
{
	if (tcb->fmc < minimum->fmc)
		return "fmc";
	if (tcb->bootloader < minimum->bootloader)
		return "bootloader";
	if (tcb->tee < minimum->tee)
		return "tee";
	if (tcb->snp < minimum->snp)
		return "snp";
	if (tcb->microcode < minimum->microcode)
		return "microcode";
	return NULL;
}

bool hm_snp_tcb_equal(const struct hm_snp_tcb *a, const struct hm_snp_tcb *b)
{
	return a->fmc == b->fmc && a->bootloader == b->bootloader && a->tee == b->tee && a->snp == b->snp &&
	       a->microcode == b->microcode;
}

bool hm_snp_product_has_cpu(enum hm_snp_product product, uint8_t family, uint8_t model)
{
	switch (product) {
	case HM_SNP_MILAN:
		return family == 0x19 && model <= 0x0f;
	case HM_SNP_GENOA:
		/* Genoa, and Bergamo and Siena, which have Genoa's roots. */
		return family == 0x19 && ((model >= 0x10 && model <= 0x1f) || (model >= 0xa0 && model <= 0xaf));
	case HM_SNP_TURIN:
		return family == 0x1a && model <= 0x1f;
	case HM_SNP_PRODUCT_COUNT:
		break;
	}
	return false;
}

enum hm_err hm_hcl_decode(struct hm_bytes wire, struct hm_hcl *ret)
{
	struct hm_reader r = hm_reader_of(wire);
	uint32_t signature, size, version, type, hash, len;
	struct hm_hcl hcl;

	if (wire.len > HM_HCL_MAX)
		return HM_E_HCL_LENGTH;
	signature = hm_get_u32le(&r);
	/* Version, report size, request type, status: of the request that the report answers. */
	hm_skip(&r, HCL_HEADER_REST_LEN);
	hcl.report = hm_get_bytes(&r, HM_SNP_REPORT_LEN);
	size = hm_get_u32le(&r);
	version = hm_get_u32le(&r);
	type = hm_get_u32le(&r);
	hash = hm_get_u32le(&r);
	len = hm_get_u32le(&r);
	hcl.runtime = hm_get_bytes(&r, len);
	if (r.failed || len == 0)
		return HM_E_HCL_LENGTH;
	if (signature != HCL_SIGNATURE)
		return HM_E_HCL_SIGNATURE;
	if (version != HCL_VERSION)
		return HM_E_HCL_VERSION;
	/* The size counts the five fields and the JSON text. */
	if (size < HCL_RUNTIME_HEADER_LEN || size - HCL_RUNTIME_HEADER_LEN != len)
		return HM_E_HCL_LENGTH;
	if (type != HM_HCL_TYPE_SNP && type != HM_HCL_TYPE_TDX)
		return HM_E_HCL_TYPE;
	if (hash != HCL_HASH_SHA256)
		return HM_E_HCL_HASH;
	if (!hm_bytes_is_zero(hm_get_bytes(&r, hm_reader_left(&r))))
		return HM_E_HCL_TRAILING;
	hcl.report_type = type;
	*ret = hcl;
	return HM_OK;
}
