/* SPDX-License-Identifier: BSD-2-Clause */
/* table.c - what differs between clouds: where the attestation key is, who certifies it, what else proves it */
#include "lib/platform/table.h"

#include <string.h>

#include "lib/platform/check.h"

#define BOTH (HM_BANK_BIT(HM_SHA256) | HM_BANK_BIT(HM_SHA384))

static const struct hm_platform platforms[] = {
	{
		.name = "qemu",
		.summary = "QEMU with swtpm, certified by the virtual cloud of a checkout; layout as on Azure",
		.ak_handle = 0x81000003,
		.ak_certificate_nv = 0x01c101d0,
		.ak_intermediates_nv = 0x01c101d1,
		.banks = BOTH,
		.ak_certified = true,
		.eku_required = true,
		.subject_refused = "Azure",
		.chain_max = 4,
		.note =
			{
				{0, HM_PLATFORM_PROFILE,
				 "OVMF: changes with the build, with some also with the machine's shape"},
				{1, HM_PLATFORM_PROFILE, "boot variables, on newer OVMF the ACPI tables"},
			},
		.proves = "the operator of the virtual cloud: its key signs the AK's certificate",
		.not_proven = "anything against the host: swtpm is a process of the host",
	},
	{
		.name = "azure-tl",
		.summary = "Azure Trusted Launch: a vTPM of the host's virtualization stack",
		.ak_handle = 0x81000003,
		.ak_certificate_nv = 0x01c101d0,
		.banks = BOTH,
		.ak_certified = true,
		.eku_required = true,
		.subject_word = ".TrustedVM.Azure.",
		.chain_max = 4,
		.note =
			{
				{0, HM_PLATFORM_PROFILE, "Microsoft's firmware"},
				{6, HM_PLATFORM_SHOWN, "the VM's UUID"},
			},
		.proves = "Microsoft: its CA signs the AK's certificate",
		.not_proven =
			"anything against Microsoft's host; the vTPM is a part of it; before the mending of CVE-2025-49707 also anything against who administers the VM",
	},
	{
		.name = "azure-cvm",
		.summary =
			"Azure confidential VM on AMD SEV-SNP: a vTPM inside the guest's own encrypted memory, at VMPL 0",
		.ak_handle = 0x81000003,
		.ak_certificate_nv = 0x01c101d0,
		.report_nv = 0x01400001,
		.banks = BOTH,
		.ak_certified = true,
		.eku_required = true,
		.subject_word = ".ConfidentialVM.Azure.",
		.chain_max = 4,
		.note =
			{
				{0, HM_PLATFORM_PROFILE, "Microsoft's firmware and paravisor"},
				{6, HM_PLATFORM_SHOWN, "the VM's UUID"},
			},
		.hardware_type = "azure-snp",
		.part = {"hcl_report", "?vcek", "?ask", "?ark", "?maa_token"},
		.hardware_check = hm_platform_check_azure_snp,
		.proves =
			"AMD: the chip's key signs a report that holds the digest of the AK; Microsoft: its CA signs the AK's certificate",
		.not_proven = "the paravisor's code, unless the policy lists its launch measurement",
	},
	{
		.name = "gcp",
		.summary = "Google Compute Engine with a vTPM",
		.ak_template_nv = 0x01c10001,
		.ak_certificate_nv = 0x01c10000,
		.ak_ecc_template_nv = 0x01c10003,
		.ak_ecc_certificate_nv = 0x01c10002,
		.banks = BOTH,
		.ak_certified = true,
		.eku_refused = true,
		.critical_san_allowed = true,
		.chain_max = 4,
		.note =
			{
				{0, HM_PLATFORM_CONSTANT,
				 "a function of the firmware's version and the confidential technology"},
				{2, HM_PLATFORM_PREDICTED,
				 "on machines with TDX: GPT and UKI are here, and PCR 4 accepts any UKI"},
			},
		.proves = "Google: its CA signs the AK's certificate, which names project, zone and instance",
		.not_proven = "anything against Google's host: the vTPM is a part of it",
	},
	{
		.name = "aws",
		.summary = "AWS EC2 with NitroTPM",
		.tpm_vendor = "NitroTPM",
		.banks = HM_BANK_BIT(HM_SHA384),
		.ak_certified = false,
		.chain_max = 0,
		.note =
			{
				{0, HM_PLATFORM_CONSTANT, "one value for every instance"},
			},
		.hardware_type = "aws",
		.part = {"nitro_document"},
		.hardware_check = hm_platform_check_aws,
		.proves = "AWS: a certificate of three hours under the Nitro root signs the AK and the registers",
		.not_proven = "memory encryption: the Nitro hypervisor is trusted",
	},
	{
		.name = "tdx",
		.summary = "Intel TDX with a vTPM: a TD quote that holds the digest of the AK",
		.banks = BOTH,
		.ak_certified = false,
		.chain_max = 0,
		.rtmr2_required = true,
		.note =
			{
				{4, HM_PLATFORM_PREDICTED, "also in RTMR 1"},
				{11, HM_PLATFORM_PREDICTED, "the UKI's sections also in RTMR 2"},
			},
		.hardware_type = "tdx",
		.part = {"quote", "ccel"},
		.hardware_check = hm_platform_check_tdx,
		.proves = "Intel: the platform's key signs a quote that holds MRTD, RTMRs and the digest of the AK",
		.not_proven = "that the vTPM is not the host's, unless MRTD names firmware with a vTPM of its own",
	},
};

const struct hm_platform *hm_platform_at(size_t i)
{
	return i < HM_ARRAY_LEN(platforms) ? &platforms[i] : NULL;
}

const struct hm_platform *hm_platform_find(const char *name)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(platforms); i++) {
		if (!strcmp(platforms[i].name, name))
			return &platforms[i];
	}
	return NULL;
}

bool hm_platform_hardware_required(const char *name)
{
	const struct hm_platform *platform = hm_platform_find(name);

	return platform && platform->hardware_check;
}

static const char *part_name(const char *part)
{
	return *part == '?' ? part + 1 : part;
}

/* The proof's parts must be the row's, in its order; optional ones may be left out. */
static bool check_parts(const struct hm_platform *platform, const struct hm_proof *proof,
			struct hm_hardware_result *ret)
{
	size_t at = 0;

	if (!proof->hardware_type)
		return hm_hardware_refuse(ret, HM_HW_PLATFORM, "hardware report",
					  "the proof has none, and %s needs one", platform->name);
	if (strcmp(proof->hardware_type, platform->hardware_type) != 0)
		return hm_hardware_refuse(ret, HM_HW_PLATFORM, "hardware report", "it is of type %.32s, not %s",
					  proof->hardware_type, platform->hardware_type);
	for (size_t i = 0; i < HM_PLATFORM_PARTS_MAX && platform->part[i]; i++) {
		const char *part = platform->part[i];

		if (at < proof->part_count && !strcmp(proof->part[at].name, part_name(part)))
			at++;
		else if (*part != '?')
			return hm_hardware_refuse(ret, HM_HW_MALFORMED, "hardware report",
						  "the part %s is missing or displaced", part);
	}
	if (at != proof->part_count)
		return hm_hardware_refuse(ret, HM_HW_MALFORMED, "hardware report",
					  "the part %.32s is unknown, repeated or displaced", proof->part[at].name);
	return true;
}

void hm_platform_hardware_check(const struct hm_proof *proof, const struct hm_platform_policy *policy, int64_t as_of,
				struct hm_hardware_result *ret)
{
	const struct hm_platform *platform = hm_platform_find(proof->platform);

	memset(ret, 0, sizeof(*ret));
	if (!platform || !platform->hardware_check) {
		(void)hm_hardware_refuse(ret, HM_HW_PLATFORM, "hardware report", "the platform %.32s has none",
					 proof->platform);
		return;
	}
	if (check_parts(platform, proof, ret))
		platform->hardware_check(proof, policy, as_of, ret);
}
