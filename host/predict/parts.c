/* SPDX-License-Identifier: BSD-2-Clause */
/* parts.c - golden files out of parts, and with another layer */
#include "host/predict/parts.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto/hash.h"

bool hm_join_note(struct hm_golden *golden, const char *name, struct hm_bytes file, struct hm_error *error)
{
	struct hm_golden_part *part = &golden->parts[golden->part_count];

	if (golden->part_count >= HM_GOLDEN_PARTS_MAX)
		return hm_error_of(error, HM_ERROR_USAGE, "predict", "more than %u parts", HM_GOLDEN_PARTS_MAX);
	if (!hm_sha256(&file, 1, part->sha256))
		return hm_error_memory(error, "predict");
	part->name = strdup(name);
	if (!part->name)
		return hm_error_memory(error, "predict");
	golden->part_count++;
	return true;
}

static bool is_name(const struct hm_record *record, const char *name)
{
	return hm_bytes_equal(hm_bytes_of(record->name, record->name_len), hm_bytes_of(name, strlen(name)));
}

static bool extend(struct hm_recorder *recorder, const char *line, uint32_t pcr, struct hm_error *error)
{
	struct hm_sink sink = hm_recorder_sink(recorder);
	struct hm_record record;
	enum hm_err err = hm_record_parse(hm_bytes_of(line, strlen(line)), &record);

	if (!err)
		err = hm_measure_record(&record, pcr, &sink);
	return !err || hm_error_err(error, line, err);
}

/* The one record of all parts that has the slot's name. */
static bool find_layer(struct hm_golden *const *parts, const char *const *paths, size_t count, const char *name,
		       const char **ret, struct hm_error *error)
{
	*ret = NULL;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < parts[i]->layer_count; k++) {
			struct hm_record record;

			if (hm_record_parse(hm_bytes_of(parts[i]->layer[k], strlen(parts[i]->layer[k])), &record) ||
			    !is_name(&record, name))
				continue;
			if (*ret)
				return hm_error_of(error, HM_ERROR_INPUT, paths[i],
						   "the layer %s is in another part too", name);
			*ret = parts[i]->layer[k];
		}
	}
	return *ret || hm_error_of(error, HM_ERROR_INPUT, paths[0], "the layer %s is in no part", name);
}

/* Every layer has a slot. Names are unique among the slots, and find_layer has found each once. */
static bool check_layers(struct hm_golden *const *parts, const char *const *paths, size_t count,
			 const struct hm_golden *os, struct hm_error *error)
{
	size_t layers = 0;

	for (size_t i = 0; i < count; i++) {
		layers += parts[i]->layer_count;
		if (i > 0 && layers > os->slot_count)
			return hm_error_of(error, HM_ERROR_INPUT, paths[i],
					   "it has a layer for which the image has no slot");
	}
	return layers == os->slot_count ||
	       hm_error_of(error, HM_ERROR_INPUT, paths[0], "the parts have a layer for which the image has no slot");
}

static bool narrow_validity(struct hm_golden *golden, const struct hm_golden *part, const char *path,
			    struct hm_error *error)
{
	if (part->has_not_before && (!golden->has_not_before || part->not_before > golden->not_before)) {
		golden->has_not_before = true;
		golden->not_before = part->not_before;
	}
	if (part->has_not_after && (!golden->has_not_after || part->not_after < golden->not_after)) {
		golden->has_not_after = true;
		golden->not_after = part->not_after;
	}
	if (golden->has_not_before && golden->has_not_after && golden->not_before > golden->not_after)
		return hm_error_of(error, HM_ERROR_INPUT, path, "it is never valid together with the other parts");
	return true;
}

static bool add_inputs(struct hm_golden *golden, const struct hm_golden *part, const char *path, struct hm_error *error)
{
	for (size_t i = 0; i < part->input_count; i++) {
		if (golden->input_count >= HM_GOLDEN_INPUTS_MAX)
			return hm_error_of(error, HM_ERROR_INPUT, path, "too many inputs");
		golden->input[golden->input_count] = part->input[i];
		golden->input[golden->input_count].name = strdup(part->input[i].name);
		if (!golden->input[golden->input_count].name)
			return hm_error_memory(error, "predict");
		golden->input_count++;
	}
	return true;
}

bool hm_join(struct hm_golden *const *parts, const char *const *paths, size_t count, size_t os,
	     struct hm_recorder *recorder, struct hm_error *error)
{
	struct hm_golden *golden = parts[os];
	struct hm_sink sink = hm_recorder_sink(recorder);
	const char *line[HM_LAYERS_MAX];
	char *own[HM_LAYERS_MAX];
	size_t own_count = golden->layer_count;
	bool good = true;
	enum hm_err err;

	for (size_t i = 0; i < golden->slot_count; i++) {
		if (!find_layer(parts, paths, count, golden->slot[i].name, &line[i], error))
			return false;
	}
	if (!check_layers(parts, paths, count, golden, error))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (i != os && (!narrow_validity(golden, parts[i], paths[i], error) ||
				!add_inputs(golden, parts[i], paths[i], error)))
			return false;
	}
	/* The recorder lists the layers anew, in boot order. */
	memcpy(own, golden->layer, sizeof(own));
	golden->layer_count = 0;
	golden->part = false;
	for (size_t i = 0; i < golden->slot_count && good; i++)
		good = extend(recorder, line[i], golden->slot[i].pcr, error);
	for (size_t i = 0; i < own_count; i++)
		free(own[i]);
	if (!good)
		return false;
	err = hm_measure_lock(golden->slot_count, &sink);
	return !err || hm_error_err(error, "lock", err);
}

/* --- another layer ----------------------------------------------------------------------------------------- */

/* What is not an input any more: the disk, and the layer's old files. */
static bool is_stale(const char *input, const struct hm_record *record)
{
	size_t len = record->name_len;

	if (!strncmp(input, "disk", 4) && (input[4] == '\0' || (input[4] >= '0' && input[4] <= '9')))
		return true;
	return !strncmp(input, (const char *)record->name, len) &&
	       (input[len] == '\0' || !strcmp(input + len, "-tree"));
}

static void drop_inputs(struct hm_golden *golden, const struct hm_record *record)
{
	size_t kept = 0;

	for (size_t i = 0; i < golden->input_count; i++) {
		if (is_stale(golden->input[i].name, record))
			free(golden->input[i].name);
		else
			golden->input[kept++] = golden->input[i];
	}
	golden->input_count = kept;
}

/* The partition table's event: of the new disk, or not known, and with it the register. */
static bool replace_partitions(struct hm_golden *golden, const char *path, const struct hm_gpt *gpt,
			       struct hm_error *error)
{
	uint8_t *memory = malloc(HM_FIRMWARE_SCRATCH);
	struct hm_writer w = hm_writer_of(memory, HM_FIRMWARE_SCRATCH);
	struct hm_bytes data;
	size_t kept = 0;
	enum hm_err err = memory ? HM_OK : HM_E_BUFFER;

	if (!err && gpt)
		err = hm_gpt_event_data(gpt, &w);
	data = hm_writer_bytes(&w);
	for (size_t i = 0; i < golden->event_count && !err; i++) {
		struct hm_golden_event *event = &golden->event[i];

		if (event->pcr == HM_PCR_PARTITIONS && !gpt) {
			hm_golden_event_free(event);
			continue;
		}
		if (event->type == HM_EV_EFI_GPT_EVENT)
			err = hm_digests_of(&hm_crypto_hasher, golden->banks, &data, 1, 0, &event->digests);
		golden->event[kept++] = *event;
	}
	if (!err) {
		golden->event_count = kept;
		if (!gpt && golden->policy[HM_PCR_PARTITIONS] == HM_POLICY_SHOWN)
			golden->has_value[HM_PCR_PARTITIONS] = false;
	}
	free(memory);
	return !err || hm_error_err(error, path, err);
}

static bool replace_record(struct hm_golden *golden, const char *path, const struct hm_record *record,
			   struct hm_error *error)
{
	char line[HM_RECORD_MAX + 1];
	struct hm_writer w = hm_writer_of(line, HM_RECORD_MAX);
	struct hm_bytes bytes;
	size_t layer = 0;

	if (hm_record_format(record, &w) || w.failed)
		return hm_error_of(error, HM_ERROR_INPUT, path, "the new record is too long");
	line[w.len] = '\0';
	bytes = hm_writer_bytes(&w);
	for (size_t i = 0; i < golden->event_count; i++) {
		struct hm_golden_event *event = &golden->event[i];
		struct hm_record old;

		if (event->type != HM_EV_HALLMARK ||
		    hm_record_parse(hm_bytes_of(event->content, strlen(event->content)), &old) ||
		    (old.kind != HM_RECORD_LAYER && old.kind != HM_RECORD_RAM))
			continue;
		if (old.name_len != record->name_len || memcmp(old.name, record->name, old.name_len) != 0) {
			layer++;
			continue;
		}
		if (old.kind != record->kind)
			return hm_error_of(error, HM_ERROR_INPUT, path, "the layer is one in memory");
		free(event->content);
		free(golden->layer[layer]);
		event->content = strdup(line);
		golden->layer[layer] = strdup(line);
		if (!event->content || !golden->layer[layer] ||
		    hm_digests_of(&hm_crypto_hasher, golden->banks, &bytes, 1, 0, &event->digests))
			return hm_error_memory(error, "predict");
		return true;
	}
	return hm_error_of(error, HM_ERROR_USAGE, "--replace", "%.*s is not a layer of %s", (int)record->name_len,
			   record->name, path);
}

/* Registers by the events that there are now, and the runtime log by its records. */
static bool replay(struct hm_golden *golden, const char *path, struct hm_recorder *recorder, struct hm_error *error)
{
	struct hm_pcrs pcrs;
	enum hm_err err = HM_OK;

	hm_pcrs_init(&pcrs, golden->banks, 0);
	for (size_t i = 0; i < golden->event_count && !err; i++) {
		const struct hm_golden_event *event = &golden->event[i];

		err = hm_pcrs_extend(&pcrs, &hm_crypto_hasher, event->pcr, &event->digests);
		if (!err && event->type == HM_EV_HALLMARK) {
			const struct hm_cel_record record = {
				.recnum = recorder->next_recnum++,
				.pcr = event->pcr,
				.digests = event->digests,
				.content = hm_bytes_of(event->content, strlen(event->content))};

			err = hm_cel_format(&record, &recorder->cel);
		}
	}
	golden->pcrs = pcrs;
	return !err || hm_error_err(error, path, err);
}

bool hm_replace(struct hm_golden *golden, const char *path, const struct hm_record *record, const struct hm_gpt *gpt,
		struct hm_recorder *recorder, struct hm_error *error)
{
	if (!replace_record(golden, path, record, error))
		return false;
	for (size_t i = 0; i < golden->profile_count; i++) {
		if (golden->profile[i]->registers & HM_PCR_BIT(HM_PCR_PARTITIONS))
			return hm_error_of(error, HM_ERROR_INPUT, path,
					   "a profile has the partition table's event: predict it anew");
	}
	drop_inputs(golden, record);
	return replace_partitions(golden, path, gpt, error) && replay(golden, path, recorder, error);
}
