/* SPDX-License-Identifier: BSD-2-Clause */
/* layers.c - where the records of an image's layers come from: disks, and files of layers */
#include "host/predict/layers.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto/hash.h"

#define MBR_LEN 512u
#define MBR_ENTRIES_OFF 446u
#define MBR_ENTRIES 4u
#define MBR_ENTRY_LEN 16u
#define MBR_TYPE_GPT 0xeeu

/*
 * Without such an entry the firmware does not read the partition table, and neither does Linux. Source: edk2
 * PartitionInstallGptChildHandles, "Verify that the Protective MBR is valid"; UEFI 2.10, 5.2.3.
 */
static bool check_protective_mbr(const struct hm_disk *disk, const char *path, struct hm_error *error)
{
	uint8_t sector[MBR_LEN];
	enum hm_err err = disk->read(disk->ctx, 0, sector, sizeof(sector));

	if (err)
		return hm_error_err(error, path, err);
	for (size_t i = 0; i < MBR_ENTRIES; i++) {
		struct hm_reader r =
			hm_reader_of(hm_bytes_of(sector + MBR_ENTRIES_OFF + i * MBR_ENTRY_LEN, MBR_ENTRY_LEN));
		uint8_t boot = hm_get_u8(&r), type;

		hm_skip(&r, 3); /* start in cylinders */
		type = hm_get_u8(&r);
		hm_skip(&r, 3); /* end in cylinders */
		if (boot == 0 && type == MBR_TYPE_GPT && hm_get_u32le(&r) == 1)
			return true;
	}
	return hm_error_of(error, HM_ERROR_INPUT, path,
			   "the protective MBR has no entry of type 0xEE at sector 1: the firmware reads no GPT there");
}

/*
 * SHA-256 of one file is one chain of blocks: neither lanes nor threads make it faster. The golden file lists a disk by
 * this digest so that anybody can check it with sha256sum.
 */
bool hm_layer_sources_add_disk(struct hm_layer_sources *sources, const char *path, uint32_t sector_len,
			       const struct hm_progress *progress, struct hm_error *error)
{
	struct hm_layer_disk *disk = calloc(1, sizeof(*disk));
	enum hm_err err;
	int r;

	if (!disk)
		return hm_error_memory(error, "predict");
	disk->path = path;
	disk->file.fd = -1;
	sources->disk[sources->disk_count++] = disk;
	r = hm_disk_open(path, sector_len, &disk->file);
	if (r < 0)
		return hm_error_errno(error, path, r);
	err = hm_gpt_read(&disk->file.disk, &disk->gpt);
	if (err)
		return hm_error_err(error, path, err);
	if (!check_protective_mbr(&disk->file.disk, path, error))
		return false;
	r = hm_crypto_file_sha256(path, progress, &disk->len, disk->sha256);
	return r >= 0 || hm_error_errno(error, path, r);
}

/* --layer for an image: a layer that the boot copies into memory has no hash tree. */
static bool check_layer(const char *name, const struct hm_layers *layers, struct hm_error *error)
{
	for (uint32_t i = 0; i < layers->count; i++) {
		if (!hm_bytes_equal(hm_bytes_of_text(name), layers->layer[i].name))
			continue;
		return !layers->layer[i].ram ||
		       hm_error_of(error, HM_ERROR_USAGE, "--layer", "%s is a layer in memory: give --disk", name);
	}
	return hm_error_of(error, HM_ERROR_USAGE, "--layer", "%s is not among the image's layers", name);
}

bool hm_layer_sources_add_file(struct hm_layer_sources *sources, const char *spec, const char *version,
			       const struct hm_layers *layers, struct hm_error *error)
{
	struct hm_layer_file *file = &sources->file[sources->file_count++];

	if (!hm_layer_file_load("--layer", spec, version, file, error))
		return false;
	for (size_t i = 0; &sources->file[i] != file; i++) {
		if (!strcmp(file->name, sources->file[i].name))
			return hm_error_of(error, HM_ERROR_USAGE, "--layer", "%s is given twice", file->name);
	}
	return !layers || check_layer(file->name, layers, error);
}

/* As hallmark-boot copies it: all that the partition holds. */
static enum hm_err ram_record(const struct hm_disk *disk, const struct hm_gpt_partition *data,
			      const struct hm_layer *layer, struct hm_record *ret)
{
	enum hm_err err = hm_layers_ram_check(data->len);
	uint8_t *content;

	if (err)
		return err;
	content = malloc((size_t)data->len);
	if (!content)
		return HM_E_BUFFER;
	err = disk->read(disk->ctx, data->off, content, (size_t)data->len);
	if (!err)
		err = hm_layers_ram_record(layer, hm_bytes_of(content, (size_t)data->len), &hm_crypto_hasher, ret);
	free(content);
	return err;
}

static enum hm_err disk_record(const struct hm_layer_sources *sources, const struct hm_layer *layer,
			       struct hm_record *ret, const char **ret_thing)
{
	const struct hm_gpt *gpts[HM_LIST_MAX];
	struct hm_gpt_match data, hash;
	enum hm_err err;

	for (size_t i = 0; i < sources->disk_count; i++)
		gpts[i] = &sources->disk[i]->gpt;
	*ret_thing = "data partition";
	err = hm_gpt_find(gpts, sources->disk_count, layer->data_label, &data);
	if (err)
		return err;
	if (layer->ram)
		return ram_record(&sources->disk[data.disk]->file.disk, data.partition, layer, ret);
	*ret_thing = "hash partition";
	err = hm_gpt_find(gpts, sources->disk_count, layer->hash_label, &hash);
	if (err)
		return err;
	*ret_thing = sources->disk[hash.disk]->path;
	return hm_layers_verity_record(layer, data.partition, hash.partition, &sources->disk[hash.disk]->file.disk,
				       ret);
}

bool hm_layer_sources_record(const struct hm_layer_sources *sources, const struct hm_layer *layer,
			     struct hm_record *ret, struct hm_error *error)
{
	const char *thing = "";
	enum hm_err err;

	for (size_t i = 0; i < sources->file_count; i++) {
		if (hm_bytes_equal(layer->name, hm_bytes_of_text(sources->file[i].name))) {
			*ret = sources->file[i].record;
			return true;
		}
	}
	if (!sources->disk_count)
		return hm_error_of(error, HM_ERROR_USAGE, "predict",
				   "layer %.*s: give --disk, or --layer with its files", (int)layer->name.len,
				   (const char *)layer->name.p);
	err = disk_record(sources, layer, ret, &thing);
	return !err || hm_error_of(error, HM_ERROR_INPUT, sources->disk[0]->path, "layer %.*s: %s: %s",
				   (int)layer->name.len, (const char *)layer->name.p, thing, hm_err_text(err));
}

void hm_layer_sources_free(struct hm_layer_sources *sources)
{
	for (size_t i = 0; i < sources->disk_count; i++) {
		hm_disk_close(&sources->disk[i]->file);
		free(sources->disk[i]);
	}
	for (size_t i = 0; i < sources->file_count; i++)
		hm_layer_file_free(&sources->file[i]);
}
