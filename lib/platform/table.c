/* SPDX-License-Identifier: BSD-2-Clause */
/* table.c - what differs between clouds: where the attestation key is, who certifies it, what else proves it */
#include "lib/platform/table.h"

#include <string.h>

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
		.verified_on = "no genuine machine: a virtual cloud made for tests",
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
		.verified_on = "1 genuine machine: quote and certificate chain",
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
		.report = HM_REPORT_AZURE_SNP,
		.proves =
			"AMD: the chip's key signs a report that holds the digest of the AK; Microsoft: its CA signs the AK's certificate",
		.not_proven = "the paravisor's code, unless the policy lists its launch measurement",
		.verified_on = "1 genuine machine: all of its evidence, from the log to AMD's root",
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
		.verified_on = "1 genuine machine: quote and certificate chain",
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
		.report = HM_REPORT_AWS,
		.proves = "AWS: a certificate of three hours under the Nitro root signs the AK and the registers",
		.not_proven = "memory encryption: the Nitro hypervisor is trusted",
		.verified_on = "1 genuine machine: document, quote and registers",
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
		.report = HM_REPORT_TDX,
		.proves = "Intel: the platform's key signs a quote that holds MRTD, RTMRs and the digest of the AK",
		.not_proven = "that the vTPM is not the host's, unless MRTD names firmware with a vTPM of its own",
		.verified_on = "4 genuine machines: TD quotes, and the logs of 2; none with a vTPM of its own",
	},
	{
		.name = "azure-tdx",
		.summary = "Azure confidential VM on Intel TDX: a vTPM of the paravisor, inside the TD",
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
		.report = HM_REPORT_AZURE_TDX,
		.hardware_type = "azure-tdx",
		.part = {"hcl_report", "quote"},
		.proves =
			"Intel: the platform's key signs a quote that holds the digest of the AK; Microsoft: its CA signs the AK's certificate",
		.not_proven = "the paravisor's code, unless the policy lists its measurement (tdx.mrtd)",
		.verified_on = "1 genuine machine: all of its evidence but the AK's certificate",
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
