/* SPDX-License-Identifier: BSD-2-Clause */
/* parts.c - golden files out of parts, and with another layer */
#include "host/predict/parts.h"

#include <stdlib.h>
#include <string.h>

#include "host/base/args.h"
#include "lib/crypto/hash.h"

#define PCR_PARTITIONS 5u

static int out_of_memory(void)
{
	return hm_fail_text(HM_EXIT_RUN, "predict", "out of memory");
}

int hm_join_note(struct hm_golden *golden, const char *name, struct hm_bytes file)
{
	struct hm_golden_part *part = &golden->parts[golden->part_count];
	struct hm_digests sha256;

	if (golden->part_count >= HM_GOLDEN_PARTS_MAX)
		return hm_fail_format(HM_EXIT_USAGE, "predict", "more than %u parts", HM_GOLDEN_PARTS_MAX);
	if (hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA256), &file, 1, 0, &sha256))
		return out_of_memory();
	part->name = strdup(name);
	if (!part->name)
		return out_of_memory();
	memcpy(part->sha256, sha256.value[HM_SHA256], sizeof(part->sha256));
	golden->part_count++;
	return HM_EXIT_OK;
}

static bool is_name(const struct hm_record *record, const char *name)
{
	return hm_bytes_equal(hm_bytes_of(record->name, record->name_len), hm_bytes_of(name, strlen(name)));
}

static int extend(struct hm_recorder *recorder, const char *line, uint32_t pcr)
{
	struct hm_sink sink = hm_recorder_sink(recorder);
	struct hm_record record;
	enum hm_err err = hm_record_parse(hm_bytes_of(line, strlen(line)), &record);

	if (!err)
		err = hm_measure_record(&record, pcr, &sink);
	return err ? hm_fail_input(line, err) : HM_EXIT_OK;
}

/* The one record of all parts that has the slot's name. */
static int find_layer(struct hm_golden *const *parts, const char *const *paths, size_t count, const char *name,
		      const char **ret)
{
	*ret = NULL;
	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < parts[i]->layer_count; k++) {
			struct hm_record record;

			if (hm_record_parse(hm_bytes_of(parts[i]->layer[k], strlen(parts[i]->layer[k])), &record) ||
			    !is_name(&record, name))
				continue;
			if (*ret)
				return hm_fail_format(HM_EXIT_INPUT, paths[i], "the layer %s is in another part too",
						      name);
			*ret = parts[i]->layer[k];
		}
	}
	return *ret ? HM_EXIT_OK : hm_fail_format(HM_EXIT_INPUT, paths[0], "the layer %s is in no part", name);
}

/* Every layer has a slot. Names are unique among the slots, and find_layer has found each once. */
static int check_layers(struct hm_golden *const *parts, const char *const *paths, size_t count,
			const struct hm_golden *os)
{
	size_t layers = 0;

	for (size_t i = 0; i < count; i++) {
		layers += parts[i]->layer_count;
		if (i > 0 && layers > os->slot_count)
			return hm_fail_text(HM_EXIT_INPUT, paths[i], "it has a layer for which the image has no slot");
	}
	return layers == os->slot_count ? HM_EXIT_OK
					: hm_fail_text(HM_EXIT_INPUT, paths[0],
						       "the parts have a layer for which the image has no slot");
}

static int narrow_validity(struct hm_golden *golden, const struct hm_golden *part, const char *path)
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
		return hm_fail_text(HM_EXIT_INPUT, path, "it is never valid together with the other parts");
	return HM_EXIT_OK;
}

static int add_inputs(struct hm_golden *golden, const struct hm_golden *part, const char *path)
{
	for (size_t i = 0; i < part->input_count; i++) {
		if (golden->input_count >= HM_GOLDEN_INPUTS_MAX)
			return hm_fail_text(HM_EXIT_INPUT, path, "too many inputs");
		golden->input[golden->input_count] = part->input[i];
		golden->input[golden->input_count].name = strdup(part->input[i].name);
		if (!golden->input[golden->input_count].name)
			return out_of_memory();
		golden->input_count++;
	}
	return HM_EXIT_OK;
}

int hm_join(struct hm_golden *const *parts, const char *const *paths, size_t count, size_t os,
	    struct hm_recorder *recorder)
{
	struct hm_golden *golden = parts[os];
	struct hm_sink sink = hm_recorder_sink(recorder);
	const char *line[HM_LAYERS_MAX];
	char *own[HM_LAYERS_MAX];
	size_t own_count = golden->layer_count;
	enum hm_err err;
	int status = HM_EXIT_OK;

	for (size_t i = 0; i < golden->slot_count && !status; i++)
		status = find_layer(parts, paths, count, golden->slot[i].name, &line[i]);
	if (!status)
		status = check_layers(parts, paths, count, golden);
	for (size_t i = 0; i < count && !status; i++) {
		if (i == os)
			continue;
		status = narrow_validity(golden, parts[i], paths[i]);
		if (!status)
			status = add_inputs(golden, parts[i], paths[i]);
	}
	if (status)
		return status;
	/* The recorder lists the layers anew, in boot order. */
	memcpy(own, golden->layer, sizeof(own));
	golden->layer_count = 0;
	golden->part = false;
	for (size_t i = 0; i < golden->slot_count && !status; i++)
		status = extend(recorder, line[i], golden->slot[i].pcr);
	for (size_t i = 0; i < own_count; i++)
		free(own[i]);
	if (status)
		return status;
	err = hm_measure_lock(golden->slot_count, &sink);
	return err ? hm_fail_input("lock", err) : HM_EXIT_OK;
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
static int replace_partitions(struct hm_golden *golden, const char *path, const struct hm_gpt *gpt)
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

		if (event->pcr == PCR_PARTITIONS && !gpt) {
			hm_golden_event_free(event);
			continue;
		}
		if (event->type == HM_EV_EFI_GPT_EVENT)
			err = hm_digests_of(&hm_crypto_hasher, golden->banks, &data, 1, 0, &event->digests);
		golden->event[kept++] = *event;
	}
	if (!err) {
		golden->event_count = kept;
		if (!gpt && golden->policy[PCR_PARTITIONS] == HM_POLICY_SHOWN)
			golden->has_value[PCR_PARTITIONS] = false;
	}
	free(memory);
	return err ? hm_fail_input(path, err) : HM_EXIT_OK;
}

static int replace_record(struct hm_golden *golden, const char *path, const struct hm_record *record)
{
	char line[HM_RECORD_MAX + 1];
	struct hm_writer w = hm_writer_of(line, HM_RECORD_MAX);
	struct hm_bytes bytes;
	size_t layer = 0;

	if (hm_record_format(record, &w) || w.failed)
		return hm_fail_text(HM_EXIT_INPUT, path, "the new record is too long");
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
			return hm_fail_text(HM_EXIT_INPUT, path, "the layer is one in memory");
		free(event->content);
		free(golden->layer[layer]);
		event->content = strdup(line);
		golden->layer[layer] = strdup(line);
		if (!event->content || !golden->layer[layer] ||
		    hm_digests_of(&hm_crypto_hasher, golden->banks, &bytes, 1, 0, &event->digests))
			return out_of_memory();
		return HM_EXIT_OK;
	}
	return hm_fail_format(HM_EXIT_USAGE, "--replace", "%.*s is not a layer of %s", (int)record->name_len,
			      record->name, path);
}

/* Registers by the events that there are now, and the runtime log by its records. */
static int replay(struct hm_golden *golden, const char *path, struct hm_recorder *recorder)
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
	return err ? hm_fail_input(path, err) : HM_EXIT_OK;
}

int hm_replace(struct hm_golden *golden, const char *path, const struct hm_record *record, const struct hm_gpt *gpt,
	       struct hm_recorder *recorder)
{
	int status = replace_record(golden, path, record);

	for (size_t i = 0; i < golden->profile_count && !status; i++) {
		if (golden->profile[i]->registers & 1u << PCR_PARTITIONS)
			status = hm_fail_text(HM_EXIT_INPUT, path,
					      "a profile has the partition table's event: predict it anew");
	}
	if (status)
		return status;
	drop_inputs(golden, record);
	status = replace_partitions(golden, path, gpt);
	return status ? status : replay(golden, path, recorder);
}
