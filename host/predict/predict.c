/* SPDX-License-Identifier: BSD-2-Clause */
/* predict.c - from loaded inputs to a golden file and its two logs */
#include "host/predict/predict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/firmware/boot_options.h"
#include "host/sha/digests.h"
#include "lib/crypto/hash.h"

/* Registers that the firmware of a profile with another placement extends otherwise: GPT and image. */
#define PLACED_REGISTERS \
	(HM_PCR_BIT(HM_PCR_OPTION_ROM) | HM_PCR_BIT(HM_PCR_BOOT_APPLICATION) | HM_PCR_BIT(HM_PCR_PARTITIONS))
#define PLATFORM_REGISTERS (HM_PCR_BIT(HM_PCR_FIRMWARE_CODE) | HM_PCR_BIT(HM_PCR_FIRMWARE_CONFIG))
#define IMAGE_DATA_MAX 512u

/* What a profile adds to a walk, in the form that the walk wants. */
struct platform {
	struct hm_platform_walk walk;
	struct hm_platform_event event[HM_PROFILE_EVENTS_MAX + HM_OVMF_VARIABLES_MAX];
	struct hm_ovmf_variables variables;
	uint8_t image_data[IMAGE_DATA_MAX];
};

/* The firmware file is the profile's: by its hash, and by the DXE volume that the machine has measured. */
static bool check_firmware(const char *path, const struct hm_inputs *in, const struct hm_profile *profile,
			   struct hm_error *error)
{
	const struct hm_bytes dxe = in->firmware.dxe;
	struct hm_digests digests;

	if (!in->firmware_known)
		return true;
	if (!profile->firmware_known || memcmp(profile->firmware_sha256, in->firmware_sha256, 32) != 0)
		return hm_error_of(error, HM_ERROR_INPUT, path,
				   "is not a profile of the firmware that --firmware names");
	if (hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &dxe, 1, 0, &digests))
		return hm_error_memory(error, "predict");
	for (size_t i = 0; i < profile->event_count; i++) {
		if (!strcmp(profile->event[i].what, HM_PROFILE_WHAT_DXE) &&
		    !hm_digests_equal(&digests, &profile->event[i].digests))
			return hm_error_of(error, HM_ERROR_INPUT, path,
					   "its DXE volume is not that of the firmware file");
	}
	if (profile->first_slot && memcmp(profile->dxe_name, in->firmware.dxe_name, sizeof(profile->dxe_name)) != 0)
		return hm_error_of(error, HM_ERROR_INPUT, path,
				   "its DXE volume has not the name of the firmware file's");
	return true;
}

static bool add_boot_variables(const char *path, const struct hm_inputs *in, const struct hm_profile *profile,
			       struct platform *p, struct hm_error *error)
{
	struct hm_writer w = hm_writer_of(p->image_data, sizeof(p->image_data));

	if (!in->machine_disks)
		return hm_error_of(error, HM_ERROR_USAGE, path,
				   "the profile's boot variables need --disk, or --disk-count");
	if (!hm_ovmf_boot_variables(profile, in->machine_disks, &p->variables))
		return hm_error_of(error, HM_ERROR_INPUT, path, "the machine has not so many disks");
	for (size_t i = 0; i < p->variables.count; i++) {
		struct hm_bytes data = hm_bytes_of(p->variables.variable[i].data, p->variables.variable[i].len);
		/* UEFI_VARIABLE_DATA is logged, but only the variable's value is hashed, which stands last. */
		size_t value_len = p->variables.variable[i].value_len;
		struct hm_bytes value = hm_bytes_of(data.p + data.len - value_len, value_len);
		struct hm_platform_event *event = &p->event[p->walk.event_count];

		*event = (struct hm_platform_event){.place = HM_PLACE_VARIABLES,
						    .pcr = HM_PCR_FIRMWARE_CONFIG,
						    .type = HM_EV_EFI_VARIABLE_BOOT,
						    .data = data,
						    .what = p->variables.variable[i].what};
		if (hm_digests_of(&hm_crypto_hasher, HM_BANKS_ALL, &value, 1, 0, &event->digests))
			return hm_error_memory(error, "predict");
		p->walk.event_count++;
	}
	if (in->sources.disk_count && hm_ovmf_image_data(profile, in->sources.disk_count, &in->sources.disk[0]->gpt,
							 &in->uki.pe, in->uki_file.len, &w))
		p->walk.image_data = hm_writer_bytes(&w);
	return true;
}

static bool make_platform(const char *path, const struct hm_inputs *in, const struct hm_profile *profile,
			  struct platform *p, struct hm_error *error)
{
	if (!check_firmware(path, in, profile, error))
		return false;
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
	return !profile->first_slot || add_boot_variables(path, in, profile, p, error);
}

static size_t scratch_needed(const struct hm_secure_boot *sb)
{
	const size_t lens[] = {sb->pk.len, sb->kek.len, sb->db.len, sb->dbx.len, sb->dbt.len, sb->authority.len};
	size_t max = HM_FIRMWARE_SCRATCH;

	for (size_t i = 0; i < HM_ARRAY_LEN(lens); i++) {
		if (lens[i] + HM_VARIABLE_HEADER_MAX > max)
			max = lens[i] + HM_VARIABLE_HEADER_MAX;
	}
	return max;
}

/* A sink that fails with a text of its own has filled *error. */
static bool walk_firmware(const char *path, const struct hm_inputs *in, const struct hm_platform_walk *platform,
			  const struct hm_sink *sink, struct hm_error *error)
{
	struct hm_firmware_inputs inputs = {
		.platform = platform,
		.secure_boot = &in->secure_boot,
		.uki = &in->uki,
		.image = &in->image,
		.inner = in->stub.kind == HM_STUB_SYSTEMD ? &in->inner : NULL,
		.gpt = in->sources.disk_count ? &in->sources.disk[0]->gpt : NULL,
		.cmdline = in->stub.cmdline,
		.initrd = in->initrd.p ? hm_file_bytes(&in->initrd) : in->uki.section[HM_UKI_INITRD].data,
		.scratch_len = scratch_needed(&in->secure_boot),
	};
	enum hm_err err = HM_E_BUFFER;

	inputs.scratch = malloc(inputs.scratch_len);
	if (inputs.scratch)
		err = hm_measure_firmware(&inputs, sink);
	free(inputs.scratch);
	if (!err)
		return true;
	return error->kind != HM_ERROR_NONE ? false : hm_error_err(error, path, err);
}

/* --- the collecting sink ---------------------------------------------------------------------------------- */

struct collection {
	struct hm_known_list *list;
	uint32_t banks;
	struct hm_bytes stays[2]; /* memory that is the same in every walk, unlike a walk's scratch */
};

static bool is_within(struct hm_bytes outer, struct hm_bytes run)
{
	uintptr_t from = (uintptr_t)outer.p, at = (uintptr_t)run.p;

	return outer.p && at >= from && at - from <= outer.len && run.len <= outer.len - (at - from);
}

/* What is not noted here, for whatever reason, is hashed when the recorder meets it: the result is the same. */
static enum hm_err collect(void *ctx, const struct hm_measurement *m)
{
	struct collection *c = ctx;
	struct hm_authenticode parts = {.count = m->part_count};

	if (m->digests || m->part_count == 0 || m->part_count > HM_ARRAY_LEN(parts.parts))
		return HM_OK;
	for (size_t i = 0; i < m->part_count; i++) {
		if (!is_within(c->stays[0], m->parts[i]) && !is_within(c->stays[1], m->parts[i]))
			return HM_OK;
		parts.parts[i] = m->parts[i];
	}
	if (hm_known_add(c->list, hm_bytes_of(NULL, 0), m->zero_tail, c->banks))
		c->list->entry[c->list->count - 1].parts = parts;
	return HM_OK;
}

/* The list's first entry is the UKI as a file, in SHA-256 alone. */
static bool digest_contents(const struct hm_input_options *o, const struct hm_inputs *in, uint32_t banks,
			    struct hm_known_list *list, struct hm_error *error)
{
	struct collection c = {
		.list = list, .banks = banks, .stays = {hm_file_bytes(&in->uki_file), hm_file_bytes(&in->initrd)}};
	const struct hm_sink sink = {.ctx = &c, .extend = collect};

	return hm_known_add(list, hm_file_bytes(&in->uki_file), 0, HM_BANK_BIT(HM_SHA256)) &&
	       walk_firmware(o->uki, in, &hm_platform_plain, &sink, error) &&
	       (hm_digest_pool(list) || hm_error_of(error, HM_ERROR_RUN, "predict", "hashing failed"));
}

/* --- the alternatives of profiles ------------------------------------------------------------------------- */

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

/* A sink for the registers that profiles decide: their values and events, as one profile's machine has them. */
struct alternative {
	const char *path; /* of the profile */
	const struct hm_profile *profile;
	const struct hm_recorder *recorder;
	struct hm_golden_profile *made;
	struct hm_pcrs pcrs;
	struct hm_error *error;
};

static enum hm_err add_alternative_event(void *ctx, const struct hm_measurement *m)
{
	struct alternative *a = ctx;
	struct hm_golden_profile *p = a->made;
	struct hm_digests digests;
	enum hm_err err;

	if (!(p->registers & 1u << m->pcr))
		return HM_OK;
	err = hm_recorder_digests(a->recorder->known, a->pcrs.banks, m, &digests);
	if (!err)
		err = hm_pcrs_extend(&a->pcrs, &hm_crypto_hasher, m->pcr, &digests);
	if (err || a->profile->registers & 1u << m->pcr || !p->has_value[m->pcr])
		return err;
	if (p->event_count >= HM_PROFILE_EVENTS_MAX) {
		hm_error_of(a->error, HM_ERROR_INPUT, a->path, "too many events");
		return HM_E_BUFFER;
	}
	return hm_recorder_event(m, &digests, &p->event[p->event_count++]);
}

/* What is known before the walk: all but the values of registers that the walk extends. */
static bool begin_register(const struct alternative *a, uint32_t pcr)
{
	const struct hm_profile *profile = a->profile;
	struct hm_golden_profile *p = a->made;
	enum hm_pcr_policy policy = hm_pcr_table[pcr].policy;

	p->registers |= HM_PCR_BIT(pcr);
	if (profile->registers & HM_PCR_BIT(pcr)) {
		p->policy[pcr] = profile->policy[pcr];
		p->has_value[pcr] = profile->has_value[pcr];
		p->value[pcr] = profile->value[pcr];
		return !p->has_value[pcr] || !(a->pcrs.banks & ~p->value[pcr].banks) ||
		       hm_error_of(a->error, HM_ERROR_INPUT, a->path,
				   "it has no value of register %u in every bank of --banks", pcr);
	}
	p->policy[pcr] = policy == HM_POLICY_ONE_OF ? HM_POLICY_PINNED : policy;
	p->has_value[pcr] = true;
	/* Without events nothing is known about the firmware's own registers. */
	if (policy == HM_POLICY_ONE_OF && !profile->event_count) {
		p->policy[pcr] = HM_POLICY_SHOWN;
		p->has_value[pcr] = false;
	}
	return true;
}

static bool begin_alternative(const struct alternative *a, uint32_t registers)
{
	const struct hm_profile *profile = a->profile;
	struct hm_golden_profile *p = a->made;

	p->name = strdup(profile->name);
	p->machine = strdup(profile->machine);
	if (!p->name || !p->machine)
		return hm_error_memory(a->error, "predict");
	p->firmware_known = profile->firmware_known;
	memcpy(p->firmware_sha256, profile->firmware_sha256, sizeof(p->firmware_sha256));
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (registers & HM_PCR_BIT(pcr) && !begin_register(a, pcr))
			return false;
	}
	return true;
}

/* The golden file owns what is made, also where it is not complete. */
static bool add_alternative(const char *uki, const struct hm_inputs *in, size_t index,
			    const struct hm_platform_walk *platform, struct hm_recorder *recorder,
			    struct hm_error *error)
{
	struct hm_golden *golden = recorder->golden;
	struct hm_golden_profile *p = calloc(1, sizeof(*p));
	struct alternative a = {.path = in->profile_path[index],
				.profile = in->profile[index],
				.recorder = recorder,
				.made = p,
				.error = error};
	const struct hm_sink sink = {.ctx = &a, .extend = add_alternative_event};

	if (!p)
		return hm_error_memory(error, "predict");
	golden->profile[golden->profile_count++] = p;
	hm_pcrs_init(&a.pcrs, golden->banks, 0);
	if (!begin_alternative(&a, decided_registers(in)) || !walk_firmware(uki, in, platform, &sink, error))
		return false;
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (p->registers & ~a.profile->registers & HM_PCR_BIT(pcr))
			hm_pcr_digests(&a.pcrs, pcr, &p->value[pcr]);
	}
	return true;
}

/* --- the walks -------------------------------------------------------------------------------------------- */

/* One profile: its alternative, and of the first one all else. */
static bool walk_profile(const char *uki, const struct hm_inputs *in, size_t index, struct hm_recorder *recorder,
			 struct hm_error *error)
{
	struct platform *p = calloc(1, sizeof(*p));
	const struct hm_sink sink = hm_recorder_sink(recorder);
	bool good;

	if (!p)
		return hm_error_memory(error, "predict");
	good = make_platform(in->profile_path[index], in, in->profile[index], p, error) &&
	       (index > 0 || walk_firmware(uki, in, &p->walk, &sink, error)) &&
	       add_alternative(uki, in, index, &p->walk, recorder, error);
	free(p);
	return good;
}

/*
 * What profiles decide stands there and nowhere else. Without a disk nothing is known about its partition table, and
 * nothing about what IMA measures where it runs.
 */
static void leave_out(const struct hm_inputs *in, struct hm_recorder *recorder)
{
	uint32_t decided = decided_registers(in);
	uint32_t unknown = in->sources.disk_count ? 0 : HM_PCR_BIT(HM_PCR_PARTITIONS) & ~decided;

	if (in->ima_runs)
		unknown |= HM_PCR_BIT(HM_PCR_IMA);
	recorder->left_out = decided | unknown;
	for (uint32_t pcr = 0; pcr < HM_PCR_QUOTED; pcr++) {
		if (!(recorder->left_out & HM_PCR_BIT(pcr)))
			continue;
		recorder->golden->policy[pcr] = decided & HM_PCR_BIT(pcr) ? HM_POLICY_ONE_OF : HM_POLICY_SHOWN;
		recorder->golden->has_value[pcr] = false;
	}
}

static bool check_profile_names(const struct hm_inputs *in, struct hm_error *error)
{
	for (size_t i = 0; i < in->profile_count; i++) {
		for (size_t k = 0; k < i; k++) {
			if (!strcmp(in->profile[k]->name, in->profile[i]->name))
				return hm_error_of(error, HM_ERROR_INPUT, in->profile_path[i],
						   "%s is the name of another profile too", in->profile[k]->name);
		}
	}
	return true;
}

static bool walk_with_known(const struct hm_input_options *o, const struct hm_inputs *in, struct hm_recorder *recorder,
			    struct hm_error *error)
{
	const struct hm_sink sink = hm_recorder_sink(recorder);
	bool good = true;

	leave_out(in, recorder);
	if (!in->profile_count)
		return walk_firmware(o->uki, in, &hm_platform_plain, &sink, error);
	for (size_t i = 0; i < in->profile_count && good; i++)
		good = walk_profile(o->uki, in, i, recorder, error);
	return good;
}

static bool walk_platforms(const struct hm_input_options *o, const struct hm_inputs *in, struct hm_recorder *recorder,
			   struct hm_error *error)
{
	struct hm_known_list *known = calloc(1, sizeof(*known));
	bool good;

	if (!known)
		return hm_error_memory(error, "predict");
	recorder->known = known;
	good = check_profile_names(in, error) && digest_contents(o, in, recorder->golden->banks, known, error) &&
	       hm_inputs_list(in, known->entry[0].digests.value[HM_SHA256], recorder->golden, error) &&
	       walk_with_known(o, in, recorder, error);
	recorder->known = NULL;
	free(known);
	return good;
}

static bool walk_layers(const struct hm_inputs *in, struct hm_recorder *recorder, struct hm_error *error)
{
	const struct hm_sink sink = hm_recorder_sink(recorder);
	enum hm_err err;

	for (uint32_t i = 0; i < in->layers.count; i++) {
		const struct hm_layer *layer = &in->layers.layer[i];
		struct hm_record record;

		if (!hm_layer_sources_record(&in->sources, layer, &record, error))
			return false;
		err = hm_measure_record(&record, layer->pcr, &sink);
		if (err)
			return hm_error_of(error, HM_ERROR_INPUT, "layers", "%.*s: %s", (int)layer->name.len,
					   (const char *)layer->name.p, hm_err_text(err));
	}
	err = in->layers.count ? hm_measure_lock(in->layers.count, &sink) : HM_OK;
	return !err || hm_error_err(error, "lock", err);
}

bool hm_predict(const struct hm_input_options *o, const struct hm_inputs *in, struct hm_recorder *recorder,
		struct hm_error *error)
{
	return walk_platforms(o, in, recorder, error) && walk_layers(in, recorder, error);
}

static bool copy_name(struct hm_bytes name, char **ret, struct hm_error *error)
{
	*ret = strndup((const char *)name.p, name.len);
	return *ret || hm_error_memory(error, "predict");
}

bool hm_predict_part(const struct hm_input_options *o, const struct hm_inputs *in, struct hm_recorder *recorder,
		     struct hm_error *error)
{
	struct hm_golden *golden = recorder->golden;

	if (!(o->uki ? walk_platforms(o, in, recorder, error) : hm_inputs_list(in, NULL, golden, error)))
		return false;
	golden->part = true;
	for (uint32_t i = 0; i < in->layers.count; i++) {
		struct hm_golden_slot *slot = &golden->slot[golden->slot_count++];

		slot->pcr = in->layers.layer[i].pcr;
		if (!copy_name(in->layers.layer[i].name, &slot->name, error))
			return false;
	}
	for (size_t i = 0; i < in->sources.file_count; i++) {
		char line[HM_RECORD_MAX];
		struct hm_writer w = hm_writer_of(line, sizeof(line));

		if (hm_record_format(&in->sources.file[i].record, &w) || w.failed)
			return hm_error_of(error, HM_ERROR_INPUT, "--layer", "the record is too long");
		if (!copy_name(hm_writer_bytes(&w), &golden->layer[golden->layer_count++], error))
			return false;
	}
	return true;
}
