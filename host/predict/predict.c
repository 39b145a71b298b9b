/* SPDX-License-Identifier: BSD-2-Clause */
/* predict.c - from loaded inputs to a golden file and its two logs */
#include "host/predict/predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto/hash.h"
#include "host/sha/digests.h"
#include "host/firmware/boot_options.h"

/* Registers that the firmware of a profile with another placement extends otherwise: GPT and image. */
#define PLACED_REGISTERS (1u << 2 | 1u << 4 | 1u << 5)
#define PLATFORM_REGISTERS (1u << 0 | 1u << 1)
#define IMAGE_DATA_MAX 512u

/* What a profile adds to a walk, in the form that the walk wants. */
struct platform {
	struct hm_platform_walk walk;
	struct hm_platform_event event[HM_PROFILE_EVENTS_MAX + HM_OVMF_VARIABLES_MAX];
	struct hm_ovmf_variables variables;
	uint8_t image_data[IMAGE_DATA_MAX];
};

static int out_of_memory(void)
{
	return hm_fail_text(HM_EXIT_RUN, "predict", "out of memory");
}

/* The firmware file is the profile's: by its hash, and by the DXE volume that the machine has measured. */
static int check_firmware(const char *path, const struct hm_inputs *in, const struct hm_profile *profile)
{
	const struct hm_bytes dxe = in->firmware.dxe;
	struct hm_digests digests;

	if (!in->firmware_known)
		return HM_EXIT_OK;
	if (!profile->firmware_known || memcmp(profile->firmware_sha256, in->firmware_sha256, 32) != 0)
		return hm_fail_text(HM_EXIT_INPUT, path, "is not a profile of the firmware that --firmware names");
	if (hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &dxe, 1, 0, &digests))
		return out_of_memory();
	for (size_t i = 0; i < profile->event_count; i++) {
		if (!strcmp(profile->event[i].what, HM_PROFILE_WHAT_DXE) &&
		    !hm_digests_equal(&digests, &profile->event[i].digests))
			return hm_fail_text(HM_EXIT_INPUT, path, "its DXE volume is not that of the firmware file");
	}
	if (profile->first_slot && memcmp(profile->dxe_name, in->firmware.dxe_name, sizeof(profile->dxe_name)) != 0)
		return hm_fail_text(HM_EXIT_INPUT, path, "its DXE volume has not the name of the firmware file's");
	return HM_EXIT_OK;
}

static int add_boot_variables(const char *path, const struct hm_inputs *in, const struct hm_profile *profile,
			      struct platform *p)
{
	struct hm_writer w = hm_writer_of(p->image_data, sizeof(p->image_data));

	if (!in->machine_disks)
		return hm_fail_text(HM_EXIT_USAGE, path, "the profile's boot variables need --disk, or --disk-count");
	if (!hm_ovmf_boot_variables(profile, in->machine_disks, &p->variables))
		return hm_fail_text(HM_EXIT_INPUT, path, "the machine has not so many disks");
	for (size_t i = 0; i < p->variables.count; i++) {
		struct hm_bytes data = hm_bytes_of(p->variables.variable[i].data, p->variables.variable[i].len);
		/* UEFI_VARIABLE_DATA is logged, but only the variable's value is hashed, which stands last. */
		size_t value_len = p->variables.variable[i].value_len;
		struct hm_bytes value = hm_bytes_of(data.p + data.len - value_len, value_len);
		struct hm_platform_event *event = &p->event[p->walk.event_count];

		*event = (struct hm_platform_event){.place = HM_PLACE_VARIABLES,
						    .pcr = 1,
						    .type = HM_EV_EFI_VARIABLE_BOOT,
						    .data = data,
						    .what = p->variables.variable[i].what};
		if (hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &value, 1, 0, &event->digests))
			return out_of_memory();
		p->walk.event_count++;
	}
	if (in->disk_count &&
	    hm_ovmf_image_data(profile, in->disk_count, &in->disk[0]->gpt, &in->uki.pe, in->uki_file.len, &w))
		p->walk.image_data = hm_writer_bytes(&w);
	return HM_EXIT_OK;
}

static int make_platform(const char *path, const struct hm_inputs *in, const struct hm_profile *profile,
			 struct platform *p)
{
	int status = check_firmware(path, in, profile);

	if (status)
		return status;
	p->walk = (struct hm_platform_walk){
		.event = p->event, .gpt_pcr = profile->gpt_pcr, .image_pcr = profile->image_pcr};
	for (size_t i = 0; i < profile->event_count; i++) {
		const struct hm_profile_event *event = &profile->event[i];

		p->event[i] = (struct hm_platform_event){.place = event->place,
							 .pcr = event->pcr,
							 .type = event->type,
							 .digests = event->digests,
							 .data = hm_file_bytes(&event->data),
							 .what = event->what};
	}
	p->walk.event_count = profile->event_count;
	return profile->first_slot ? add_boot_variables(path, in, profile, p) : HM_EXIT_OK;
}

static size_t scratch_needed(const struct hm_secure_boot *sb)
{
	const size_t lens[] = {sb->pk.len, sb->kek.len, sb->db.len, sb->dbx.len, sb->authority.len};
	size_t max = HM_FIRMWARE_SCRATCH;

	for (size_t i = 0; i < HM_ARRAY_LEN(lens); i++) {
		if (lens[i] + HM_VARIABLE_HEADER_MAX > max)
			max = lens[i] + HM_VARIABLE_HEADER_MAX;
	}
	return max;
}

static int walk_firmware(const char *path, const struct hm_inputs *in, const struct hm_platform_walk *platform,
			 struct hm_recorder *recorder)
{
	struct hm_sink sink = hm_recorder_sink(recorder);
	struct hm_firmware_inputs inputs = {
		.platform = platform,
		.secure_boot = &in->secure_boot,
		.uki = &in->uki,
		.image = &in->image,
		.inner = in->stub.kind == HM_STUB_SYSTEMD ? &in->inner : NULL,
		.gpt = in->disk_count ? &in->disk[0]->gpt : NULL,
		.cmdline = in->stub.cmdline,
		.initrd = in->initrd.p ? hm_file_bytes(&in->initrd) : in->uki.section[HM_UKI_INITRD].data,
		.scratch_len = scratch_needed(&in->secure_boot),
	};
	enum hm_err err = HM_E_BUFFER;

	inputs.scratch = malloc(inputs.scratch_len);
	if (inputs.scratch)
		err = hm_measure_firmware(&inputs, &sink);
	free(inputs.scratch);
	return err ? hm_fail_input(path, err) : HM_EXIT_OK;
}

static int walk_profile(const struct hm_input_options *o, const struct hm_inputs *in, size_t index,
			struct hm_recorder *recorder)
{
	struct platform *p = calloc(1, sizeof(*p));
	int status;

	if (!p)
		return out_of_memory();
	status = make_platform(in->profile_path[index], in, in->profile[index], p);
	if (!status)
		status = walk_firmware(o->uki, in, &p->walk, recorder);
	free(p);
	return status;
}

/* The registers that profiles decide: those that each must say something about. */
static uint32_t decided_registers(const struct hm_inputs *in)
{
	uint32_t registers = in->profile_count ? PLATFORM_REGISTERS : 0;

	for (size_t i = 0; i < in->profile_count; i++) {
		const struct hm_profile *profile = in->profile[i];

		registers |= profile->registers;
		if (profile->gpt_pcr != hm_platform_plain.gpt_pcr || profile->image_pcr != hm_platform_plain.image_pcr)
			registers |= PLACED_REGISTERS;
	}
	return registers;
}

/* One register of the alternative: what the profile says, or what the walk with it gave. */
static int set_register(const char *path, const struct hm_profile *profile, const struct hm_golden *walked,
			uint32_t pcr, struct hm_golden_profile *ret)
{
	enum hm_pcr_policy policy = hm_pcr_table[pcr].policy;

	ret->registers |= 1u << pcr;
	if (profile->registers & 1u << pcr) {
		ret->policy[pcr] = profile->policy[pcr];
		ret->has_value[pcr] = profile->has_value[pcr];
		ret->value[pcr] = profile->value[pcr];
		if (ret->has_value[pcr] && (walked->banks & ~ret->value[pcr].banks))
			return hm_fail_format(HM_EXIT_INPUT, path,
					      "it has no value of register %u in every bank of --banks", pcr);
		return HM_EXIT_OK;
	}
	ret->policy[pcr] = policy == HM_POLICY_ONE_OF ? HM_POLICY_PINNED : policy;
	ret->has_value[pcr] = true;
	/* Without events nothing is known about the firmware's own registers. */
	if (policy == HM_POLICY_ONE_OF && !profile->event_count) {
		ret->policy[pcr] = HM_POLICY_SHOWN;
		ret->has_value[pcr] = false;
	}
	hm_pcr_digests(&walked->pcrs, pcr, &ret->value[pcr]);
	return HM_EXIT_OK;
}

static bool copy_event(const struct hm_golden_event *from, struct hm_golden_event *ret)
{
	*ret = *from;
	ret->what = strdup(from->what);
	ret->content = from->content ? strdup(from->content) : NULL;
	return ret->what && (ret->content || !from->content);
}

/* The alternative of one profile, out of the golden file that was walked with it. */
static int make_alternative(const char *path, const struct hm_profile *profile, const struct hm_golden *walked,
			    uint32_t registers, struct hm_golden_profile **ret)
{
	struct hm_golden_profile *p = calloc(1, sizeof(*p));

	if (!p)
		return out_of_memory();
	*ret = p;
	p->name = strdup(profile->name);
	p->machine = strdup(profile->machine);
	if (!p->name || !p->machine)
		return out_of_memory();
	p->firmware_known = profile->firmware_known;
	memcpy(p->firmware_sha256, profile->firmware_sha256, sizeof(p->firmware_sha256));
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		int status = registers & 1u << pcr ? set_register(path, profile, walked, pcr, p) : HM_EXIT_OK;

		if (status)
			return status;
	}
	for (size_t i = 0; i < walked->event_count; i++) {
		const struct hm_golden_event *event = &walked->event[i];

		if (!(registers & 1u << event->pcr) || (profile->registers & 1u << event->pcr) ||
		    !p->has_value[event->pcr])
			continue;
		if (p->event_count >= HM_PROFILE_EVENTS_MAX)
			return hm_fail_text(HM_EXIT_INPUT, path, "too many events");
		if (!copy_event(event, &p->event[p->event_count++]))
			return out_of_memory();
	}
	return HM_EXIT_OK;
}

/* A walk of its own for every profile but the first, whose walk is the golden file's. */
static int add_alternative(const struct hm_input_options *o, const struct hm_inputs *in, size_t index,
			   uint32_t registers, struct hm_recorder *recorder)
{
	struct hm_golden *golden = recorder->golden;
	struct hm_golden *walked = golden;
	struct hm_recorder second = {.golden = NULL};
	int status = HM_EXIT_OK;

	for (size_t i = 0; i < index; i++) {
		if (!strcmp(in->profile[i]->name, in->profile[index]->name))
			return hm_fail_format(HM_EXIT_INPUT, in->profile_path[index],
					      "%s is the name of another profile too", in->profile[i]->name);
	}
	if (index > 0) {
		walked = calloc(1, sizeof(*walked));
		if (!walked)
			return out_of_memory();
		walked->banks = golden->banks;
		if (!hm_recorder_init(&second, walked)) {
			hm_golden_free(walked);
			return out_of_memory();
		}
		second.known = recorder->known;
		status = walk_profile(o, in, index, &second);
	}
	if (!status) {
		status = make_alternative(in->profile_path[index], in->profile[index], walked, registers,
					  &golden->profile[index]);
		golden->profile_count = index + (golden->profile[index] != NULL);
	}
	if (index > 0) {
		hm_recorder_free(&second);
		hm_golden_free(walked);
	}
	return status;
}

static void drop_events(struct hm_golden *golden, uint32_t registers)
{
	size_t kept = 0;

	for (size_t i = 0; i < golden->event_count; i++) {
		if (registers & 1u << golden->event[i].pcr)
			hm_golden_event_free(&golden->event[i]);
		else
			golden->event[kept++] = golden->event[i];
	}
	golden->event_count = kept;
}

/* What profiles decide stands there and nowhere else; without a disk nothing is known about its partition table. */
static void move_registers(const struct hm_inputs *in, uint32_t registers, struct hm_golden *golden)
{
	uint32_t partitions = in->disk_count || (registers & 1u << 5) ? 0 : 1u << 5;

	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (!((registers | partitions) & 1u << pcr))
			continue;
		golden->policy[pcr] = registers & 1u << pcr ? HM_POLICY_ONE_OF : HM_POLICY_SHOWN;
		golden->has_value[pcr] = false;
	}
	drop_events(golden, registers | partitions);
}

static int walk_layers(const struct hm_inputs *in, struct hm_recorder *recorder)
{
	struct hm_sink sink = hm_recorder_sink(recorder);
	enum hm_err err;

	for (uint32_t i = 0; i < in->layers.count; i++) {
		const struct hm_layer *layer = &in->layers.layer[i];
		struct hm_record record;
		int status = hm_inputs_layer(in, layer, &record);

		if (status)
			return status;
		err = hm_measure_record(&record, layer->pcr, &sink);
		if (err)
			return hm_fail_format(HM_EXIT_INPUT, "layers", "%.*s: %s", (int)layer->name.len,
					      (const char *)layer->name.p, hm_err_text(err));
	}
	err = in->layers.count ? hm_measure_lock(in->layers.count, &sink) : HM_OK;
	return err ? hm_fail_input("lock", err) : HM_EXIT_OK;
}

/* The contents that are long: hashed once, before the walks, by several threads. Others are hashed when they come. */
static int digest_contents(const struct hm_inputs *in, struct hm_recorder *recorder)
{
	struct hm_known_list *list = recorder->known;
	uint32_t banks = recorder->golden->banks;
	size_t first = list->count;
	bool good = hm_known_add(list, hm_bytes_of(NULL, 0), 0, banks);

	if (good)
		list->entry[first].parts = in->image;
	for (size_t i = 0; i < HM_UKI_SECTION_COUNT && good; i++) {
		if (in->uki.present[i] && hm_uki_sections[i].measured)
			good = hm_known_add(list, in->uki.section[i].data, in->uki.section[i].zero_tail, banks);
	}
	if (good && in->stub.kind == HM_STUB_SYSTEMD) {
		good = hm_known_add(list, hm_bytes_of(NULL, 0), 0, banks);
		list->entry[list->count - 1].parts = in->inner;
	}
	if (good && in->initrd.p)
		good = hm_known_add(list, hm_file_bytes(&in->initrd), 0, banks);
	good = good && hm_known_add(list, hm_file_bytes(&in->uki_file), 0, HM_BANK_BIT(HM_SHA256)) &&
	       hm_digest_pool(list);
	for (size_t i = 0; i < recorder->golden->input_count && good; i++) {
		struct hm_golden_input *input = &recorder->golden->input[i];

		if (!strcmp(input->name, HM_INPUT_UKI))
			memcpy(input->sha256, list->entry[list->count - 1].digests.value[HM_SHA256],
			       sizeof(input->sha256));
	}
	return good ? HM_EXIT_OK : hm_fail_text(HM_EXIT_RUN, "predict", "hashing failed");
}

static int walk_platforms(const struct hm_input_options *o, const struct hm_inputs *in, struct hm_recorder *recorder)
{
	uint32_t registers = decided_registers(in);
	int status = digest_contents(in, recorder);

	if (status)
		return status;
	if (in->profile_count)
		status = walk_profile(o, in, 0, recorder);
	else
		status = walk_firmware(o->uki, in, &hm_platform_plain, recorder);
	for (size_t i = 0; i < in->profile_count && !status; i++)
		status = add_alternative(o, in, i, registers, recorder);
	if (!status)
		move_registers(in, registers, recorder->golden);
	return status;
}

int hm_assemble(const struct hm_input_options *o, const struct hm_inputs *in, struct hm_recorder *recorder)
{
	int status = walk_platforms(o, in, recorder);

	return status ? status : walk_layers(in, recorder);
}

static char *copy_name(struct hm_bytes name)
{
	return strndup((const char *)name.p, name.len);
}

int hm_assemble_part(const struct hm_input_options *o, const struct hm_inputs *in, struct hm_recorder *recorder)
{
	struct hm_golden *golden = recorder->golden;
	int status = o->uki ? walk_platforms(o, in, recorder) : HM_EXIT_OK;

	golden->part = true;
	for (uint32_t i = 0; i < in->layers.count && !status; i++) {
		golden->slot[i] = (struct hm_golden_slot){copy_name(in->layers.layer[i].name), in->layers.layer[i].pcr};
		golden->slot_count = i + 1;
		if (!golden->slot[i].name)
			status = out_of_memory();
	}
	for (size_t i = 0; i < in->layer_file_count && !status; i++) {
		char line[HM_RECORD_MAX];
		struct hm_writer w = hm_writer_of(line, sizeof(line));

		if (hm_record_format(&in->layer_file[i], &w) || w.failed)
			return hm_fail_text(HM_EXIT_INPUT, "--layer", "the record is too long");
		golden->layer[i] = copy_name(hm_writer_bytes(&w));
		golden->layer_count = i + 1;
		if (!golden->layer[i])
			status = out_of_memory();
	}
	return status;
}
