/* SPDX-License-Identifier: BSD-2-Clause */
/* measure.c - the measuring rule: what is extended, in which order, as which event */
#include "measure.h"

#include "cmdline.h"

/* ".linux" and so on: 8 characters and the NUL. */
#define SECTION_NAME_MAX 9u
/* drivers/firmware/efi/libstub/efi-stub-helper.c: EFISTUB_EVT_*. */
#define TAG_LOAD_OPTIONS 0x8f3b22edu
#define TAG_INITRD 0x8f3b22ecu
#define TAG_DATA_MAX 52u

HM_STATIC_ASSERT(2u * (HM_CMDLINE_MAX + 1u) <= HM_CMDLINE_SCRATCH, "any command line fits as UTF-16 with its NUL");
HM_STATIC_ASSERT(HM_CMDLINE_SCRATCH <= HM_FIRMWARE_SCRATCH, "the scratch holds the command line");
HM_STATIC_ASSERT(HM_GPT_HEADER_LEN + 8u + HM_GPT_TABLE_LEN <= HM_FIRMWARE_SCRATCH,
		 "the scratch holds the largest GPT event");
HM_STATIC_ASSERT(HM_GUID_LEN + 16u + 2u * sizeof("SecureBoot") <= HM_VARIABLE_HEADER_MAX,
		 "the longest variable name fits");

const struct hm_platform_walk hm_platform_plain = {
	.gpt_pcr = HM_PCR_PARTITIONS,
	.image_pcr = HM_PCR_BOOT_APPLICATION,
};

/* The name is an event of its own, before the content's; in the order of hm_uki_sections. */
static const char *const name_events[HM_UKI_SECTION_COUNT] = {
	".linux name",	 ".osrel name",	  ".cmdline name", ".initrd name", ".ucode name",
	".splash name",	 ".dtb name",	  ".uname name",   ".sbat name",   ".pcrsig name",
	".pcrpkey name", ".profile name", ".dtbauto name", ".hwids name",  ".efifw name",
};

/* An event whose digest is over its own data. */
static enum hm_err extend_data(const struct hm_sink *sink, uint32_t pcr, uint32_t type, struct hm_bytes data,
			       const char *what)
{
	const struct hm_measurement m = {
		.pcr = pcr,
		.type = type,
		.parts = &data,
		.part_count = 1,
		.data = data,
		.what = what,
	};

	return sink->extend(sink->ctx, &m);
}

static enum hm_err measure_section(const struct hm_uki *uki, enum hm_uki_section i, const struct hm_sink *sink)
{
	struct hm_bytes name = hm_bytes_of_text(hm_uki_sections[i].name);
	struct hm_bytes name_with_nul = hm_bytes_of(name.p, name.len + 1);
	uint8_t utf16[2 * SECTION_NAME_MAX];
	struct hm_writer w = hm_writer_of(utf16, sizeof(utf16));
	struct hm_measurement m = {
		.pcr = HM_PCR_OS,
		.type = HM_EV_IPL,
		.parts = &name_with_nul,
		.part_count = 1,
		.what = name_events[i],
	};
	enum hm_err err;

	hm_put_utf16(&w, name_with_nul);
	if (w.failed)
		return HM_E_BUFFER;
	m.data = hm_writer_bytes(&w);
	err = sink->extend(sink->ctx, &m);
	if (err)
		return err;
	m.parts = &uki->section[i].data;
	m.zero_tail = uki->section[i].zero_tail;
	m.what = hm_uki_sections[i].name;
	return sink->extend(sink->ctx, &m);
}

enum hm_err hm_measure_uki(const struct hm_uki *uki, const struct hm_sink *sink)
{
	for (enum hm_uki_section i = 0; i < HM_UKI_SECTION_COUNT; i++) {
		enum hm_err err;

		if (!uki->present[i] || !hm_uki_sections[i].measured)
			continue;
		err = measure_section(uki, i, sink);
		if (err)
			return err;
	}
	return HM_OK;
}

static enum hm_err measure_variable(const struct hm_firmware_inputs *in, uint32_t type, const uint8_t guid[HM_GUID_LEN],
				    const char *name, struct hm_bytes data, const char *what,
				    const struct hm_sink *sink)
{
	struct hm_writer w = hm_writer_of(in->scratch, in->scratch_len);

	hm_eventlog_put_variable(&w, guid, name, data);
	if (w.failed)
		return HM_E_BUFFER;
	return extend_data(sink, HM_PCR_SECURE_BOOT, type, hm_writer_bytes(&w), what);
}

static enum hm_err measure_secure_boot(const struct hm_firmware_inputs *in, const struct hm_sink *sink)
{
	const struct hm_secure_boot *sb = in->secure_boot;
	const uint8_t enabled = sb->enabled;
	/* This order is an interface: TCG PC Client PFP, "PCR[7]", and every log of edk2. */
	const struct {
		const char *name;
		const uint8_t *guid;
		struct hm_bytes data;
	} variables[] = {
		{"SecureBoot", hm_guid_global, hm_bytes_of(&enabled, sb->supported ? 1 : 0)},
		{"PK", hm_guid_global, sb->pk},
		{"KEK", hm_guid_global, sb->kek},
		{"db", hm_guid_security, sb->db},
		{"dbx", hm_guid_security, sb->dbx},
		/* edk2 Tcg2Dxe, MeasureAllSecureVariables: "Measure DBT if present and not empty". */
		{"dbt", hm_guid_security, sb->dbt},
	};

	for (size_t i = 0; i < HM_ARRAY_LEN(variables) - (sb->dbt.len == 0); i++) {
		enum hm_err err = measure_variable(in, HM_EV_EFI_VARIABLE_DRIVER_CONFIG, variables[i].guid,
						   variables[i].name, variables[i].data, variables[i].name, sink);

		if (err)
			return err;
	}
	return HM_OK;
}

static enum hm_err measure_text(uint32_t pcr, const char *text, const struct hm_sink *sink)
{
	return extend_data(sink, pcr, HM_EV_EFI_ACTION, hm_bytes_of_text(text), text);
}

static enum hm_err measure_separator(uint32_t pcr, const struct hm_sink *sink)
{
	static const uint8_t zeros[4];

	return extend_data(sink, pcr, HM_EV_SEPARATOR, hm_bytes_of(zeros, sizeof(zeros)), "separator");
}

static enum hm_err measure_platform(const struct hm_firmware_inputs *in, enum hm_platform_place place,
				    const struct hm_sink *sink)
{
	for (size_t i = 0; i < in->platform->event_count; i++) {
		const struct hm_platform_event *event = &in->platform->event[i];
		const struct hm_measurement m = {
			.pcr = event->pcr,
			.type = event->type,
			.digests = &event->digests,
			.data = event->data,
			.what = event->what,
		};
		enum hm_err err;

		if (event->place != place)
			continue;
		err = sink->extend(sink->ctx, &m);
		if (err)
			return err;
	}
	return HM_OK;
}

/* PCR 7's separator comes right behind the variables, the others when an option is started. */
static enum hm_err measure_before_boot(const struct hm_firmware_inputs *in, const struct hm_sink *sink)
{
	uint32_t first = in->platform->event_count ? HM_PCR_FIRMWARE_CODE : HM_PCR_OPTION_ROM;
	enum hm_err err;

	err = measure_platform(in, HM_PLACE_FIRST, sink);
	if (err)
		return err;
	err = measure_secure_boot(in, sink);
	if (err)
		return err;
	err = measure_separator(HM_PCR_SECURE_BOOT, sink);
	if (err)
		return err;
	err = measure_platform(in, HM_PLACE_VARIABLES, sink);
	if (err)
		return err;
	err = measure_text(HM_PCR_BOOT_APPLICATION, "Calling EFI Application from Boot Option", sink);
	if (err)
		return err;
	for (uint32_t pcr = first; pcr < HM_PCR_SECURE_BOOT; pcr++) {
		err = measure_separator(pcr, sink);
		if (err)
			return err;
	}
	return HM_OK;
}

static enum hm_err measure_gpt(const struct hm_firmware_inputs *in, const struct hm_sink *sink)
{
	struct hm_writer w = hm_writer_of(in->scratch, in->scratch_len);
	enum hm_err err;

	err = hm_gpt_event_data(in->gpt, &w);
	if (err)
		return err;
	if (w.failed)
		return HM_E_BUFFER;
	return extend_data(sink, in->platform->gpt_pcr, HM_EV_EFI_GPT_EVENT, hm_writer_bytes(&w), "GPT");
}

/* LoadImage: the image is verified, then its disk is measured, then the image. */
static enum hm_err measure_image(const struct hm_firmware_inputs *in, const struct hm_sink *sink)
{
	const struct hm_measurement image = {
		.pcr = in->platform->image_pcr,
		.type = HM_EV_EFI_BOOT_SERVICES_APPLICATION,
		.parts = in->image->parts,
		.part_count = in->image->count,
		/* the load address and device path move with the VM */
		.data = in->platform->image_data,
		.what = "UKI",
	};
	enum hm_err err;

	if (in->secure_boot->enabled) {
		err = measure_variable(in, HM_EV_EFI_VARIABLE_AUTHORITY, hm_guid_security, "db",
				       in->secure_boot->authority, "authority", sink);
		if (err)
			return err;
	}
	if (in->gpt) {
		err = measure_gpt(in, sink);
		if (err)
			return err;
	}
	return sink->extend(sink->ctx, &image);
}

/* A stub that lets the firmware load the kernel: one more image, whose address moves with the VM. */
static enum hm_err measure_inner(const struct hm_firmware_inputs *in, const struct hm_sink *sink)
{
	struct hm_measurement image = {
		.pcr = in->platform->image_pcr,
		.type = HM_EV_EFI_BOOT_SERVICES_APPLICATION,
		.what = "kernel",
	};

	if (!in->inner)
		return HM_OK;
	image.parts = in->inner->parts;
	image.part_count = in->inner->count;
	return sink->extend(sink->ctx, &image);
}

/* What is hashed is the object, what is logged only says which. */
static enum hm_err measure_tagged(uint32_t tag, const char *text, struct hm_bytes content, const char *what,
				  const struct hm_sink *sink)
{
	struct hm_bytes ascii = hm_bytes_of_text(text);
	uint8_t data[TAG_DATA_MAX];
	struct hm_writer w = hm_writer_of(data, sizeof(data));
	struct hm_measurement m = {
		.pcr = HM_PCR_KERNEL_STUB,
		.type = HM_EV_EVENT_TAG,
		.parts = &content,
		.part_count = 1,
		.what = what,
	};

	hm_put_u32le(&w, tag);
	hm_put_u32le(&w, (uint32_t)ascii.len + 1);
	hm_put_bytes(&w, ascii);
	hm_put_u8(&w, 0);
	if (w.failed)
		return HM_E_BUFFER;
	m.data = hm_writer_bytes(&w);
	return sink->extend(sink->ctx, &m);
}

static enum hm_err measure_kernel_stub(const struct hm_firmware_inputs *in, const struct hm_sink *sink)
{
	struct hm_writer w = hm_writer_of(in->scratch, in->scratch_len);
	enum hm_err err;

	hm_put_utf16(&w, in->cmdline);
	hm_put_u16le(&w, 0);
	if (w.failed)
		return HM_E_BUFFER;
	err = measure_tagged(TAG_LOAD_OPTIONS, "LOADED_IMAGE::LoadOptions", hm_writer_bytes(&w), "load options", sink);
	if (err)
		return err;
	err = measure_tagged(TAG_INITRD, "Linux initrd", in->initrd, "initrd", sink);
	if (err)
		return err;
	err = measure_text(HM_PCR_PARTITIONS, "Exit Boot Services Invocation", sink);
	if (err)
		return err;
	return measure_text(HM_PCR_PARTITIONS, "Exit Boot Services Returned with Success", sink);
}

enum hm_err hm_measure_firmware(const struct hm_firmware_inputs *in, const struct hm_sink *sink)
{
	enum hm_err err;

	if (in->scratch_len < HM_FIRMWARE_SCRATCH)
		return HM_E_BUFFER;
	err = hm_uki_check_complete(in->uki);
	if (err)
		return err;
	err = hm_uki_check_cmdline(in->cmdline);
	if (err)
		return err;
	err = measure_before_boot(in, sink);
	if (err)
		return err;
	err = measure_image(in, sink);
	if (err)
		return err;
	err = hm_measure_uki(in->uki, sink);
	if (err)
		return err;
	err = measure_inner(in, sink);
	if (err)
		return err;
	return measure_kernel_stub(in, sink);
}
