/* SPDX-License-Identifier: BSD-2-Clause */
/* inputs.c - the files that a prediction is made of */
#include "host/predict/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/error.h"
#include "lib/crypto/hash.h"
#include "host/crypto/sha256_file.h"
#include "host/crypto/pe_authority.h"
#include "host/base/file_threads.h"
#include "host/uki/initrd.h"
#include "host/predict/profiles.h"
#include "host/verity/layer.h"
#include "lib/base/rfc3339.h"
#include "host/uki/stub_initrd.h"
#include "host/uki/stub.h"

#define UKI_MAX (1024u * 1024u * 1024u)
#define VERSION_MAX 64u

static int out_of_memory(void)
{
	return hm_fail_text(HM_EXIT_RUN, "predict", "out of memory");
}

static int add_input(struct hm_golden *golden, const char *name, uint64_t size, const uint8_t sha256[32])
{
	struct hm_golden_input *input = &golden->input[golden->input_count];

	if (golden->input_count >= HM_GOLDEN_INPUTS_MAX)
		return hm_fail_text(HM_EXIT_USAGE, "predict", "too many inputs");
	input->name = strdup(name);
	if (!input->name)
		return out_of_memory();
	input->size = size;
	memcpy(input->sha256, sha256, 32);
	golden->input_count++;
	return HM_EXIT_OK;
}

int hm_inputs_note(struct hm_golden *golden, const char *name, const struct hm_file *file)
{
	struct hm_bytes content = hm_file_bytes(file);
	struct hm_digests digests;
	enum hm_err err = hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA256), &content, 1, 0, &digests);

	return err ? hm_fail_input(name, err) : add_input(golden, name, file->len, digests.value[HM_SHA256]);
}

static int load_inner(const char *path, struct hm_inputs *in)
{
	const struct hm_pe_section *linux_section = &in->uki.section[HM_UKI_LINUX];
	struct hm_pe pe;
	enum hm_err err;

	if (in->stub.kind != HM_STUB_SYSTEMD)
		return HM_EXIT_OK;
	/* The firmware is given the section as it is in memory; a kernel is not shorter in the file. */
	if (linux_section->zero_tail)
		return hm_fail_text(HM_EXIT_INPUT, path, "the .linux section is longer than what the file has of it");
	err = hm_pe_open_file(linux_section->data, &pe);
	if (!err)
		err = hm_authenticode_parts(&pe, &in->inner);
	return err ? hm_fail_format(HM_EXIT_INPUT, path, "the .linux section: %s", hm_err_text(err)) : HM_EXIT_OK;
}

static int load_uki(const char *path, struct hm_golden *golden, struct hm_inputs *in)
{
	struct hm_error error = {0};
	struct hm_pe pe;
	enum hm_err err;
	bool there = hm_file_read_threads(path, UKI_MAX, &in->uki_file);
	int status = there ? HM_EXIT_OK : hm_input_read(path, UKI_MAX, &in->uki_file);

	if (status)
		return status;
	err = hm_pe_open_file(hm_file_bytes(&in->uki_file), &pe);
	if (!err)
		err = hm_uki_open(&pe, &in->uki);
	if (!err)
		err = hm_uki_check_complete(&in->uki);
	if (!err)
		err = hm_authenticode_parts(&in->uki.pe, &in->image);
	if (err)
		return hm_fail_input(path, err);
	if (!hm_stub_kind_find(&in->uki, &in->stub, &error))
		return hm_fail_text(HM_EXIT_INPUT, path, error.text);
	err = in->stub.kind == HM_STUB_HALLMARK ? hm_uki_check_bootable(&in->uki)
						: hm_uki_check_cmdline(in->stub.cmdline);
	if (err)
		return hm_fail_input(path, err);
	status = load_inner(path, in);
	if (!status && !hm_stub_initrd(&in->uki, &in->stub, &in->initrd))
		status = out_of_memory();
	/* Its SHA-256 comes later, with all that is long: hm_assemble. */
	return status ? status : add_input(golden, HM_INPUT_UKI, in->uki_file.len, (const uint8_t[32]){0});
}

static int load_layers(const char *path, struct hm_inputs *in)
{
	struct hm_error error = {0};
	uint32_t line = 0;
	enum hm_err err;

	if (!hm_initrd_read(in->uki.section[HM_UKI_INITRD].data, "etc/hallmark/layers", HM_LAYERS_FILE_MAX,
			    &in->layers_file, &error))
		return hm_fail_text(HM_EXIT_INPUT, path, error.text);
	err = hm_layers_parse(hm_file_bytes(&in->layers_file), &in->layers, &line);
	if (err)
		return hm_fail_format(HM_EXIT_INPUT, path, "etc/hallmark/layers, line %u: %s", line, hm_err_text(err));
	return HM_EXIT_OK;
}

static int decide_secure_boot(const struct hm_input_options *o, struct hm_inputs *in)
{
	const char *choice = o->firmware_secure_boot;
	struct hm_secure_boot *sb = &in->secure_boot;
	struct hm_error error = {0};

	if (choice && strcmp(choice, "yes") != 0 && strcmp(choice, "no") != 0)
		return hm_fail_text(HM_EXIT_USAGE, "--firmware-secure-boot", "is not yes or no");
	sb->supported = choice ? !strcmp(choice, "yes") : hm_vars_secure_boot_known(&in->vars);
	sb->enabled = sb->supported && hm_vars_secure_boot_enabled(&in->vars);
	sb->pk = in->vars.pk;
	sb->kek = in->vars.kek;
	sb->db = in->vars.db;
	sb->dbx = in->vars.dbx;
	if (sb->enabled && !hm_crypto_pe_authority(&in->uki.pe, sb->db, sb->dbx, &sb->authority, &error))
		return hm_fail_text(HM_EXIT_INPUT, o->uki, error.text);
	return HM_EXIT_OK;
}

static int load_vars(const struct hm_input_options *o, struct hm_golden *golden, struct hm_inputs *in)
{
	struct hm_error error = {0};
	int status = hm_input_read(o->vars, HM_VARS_FILE_MAX, &in->vars_file);

	if (status)
		return status;
	if (!hm_vars_parse(hm_file_bytes(&in->vars_file), &in->vars, &error))
		return hm_fail_text(HM_EXIT_INPUT, o->vars, error.text);
	status = decide_secure_boot(o, in);
	return status ? status : hm_inputs_note(golden, "vars", &in->vars_file);
}

static int load_firmware(const struct hm_input_options *o, struct hm_golden *golden, struct hm_inputs *in)
{
	struct hm_error error = {0};
	int status;

	if (!o->firmware)
		return HM_EXIT_OK;
	status = hm_input_read(o->firmware, HM_FIRMWARE_MAX, &in->firmware_file);
	if (status)
		return status;
	if (!hm_firmware_parse(hm_file_bytes(&in->firmware_file), &in->firmware, &error))
		return hm_fail_text(HM_EXIT_INPUT, o->firmware, error.text);
	in->firmware_known = true;
	status = hm_inputs_note(golden, "firmware", &in->firmware_file);
	if (!status)
		memcpy(in->firmware_sha256, golden->input[golden->input_count - 1].sha256, sizeof(in->firmware_sha256));
	return status;
}

static void show_progress(const char *path, uint64_t done, uint64_t total)
{
	/* Disks below this size take less than a second. */
	if (total < 256u * 1024u * 1024u || done % (32u * 1024u * 1024u))
		return;
	fprintf(stderr, "\rhallmark: hashing %s: %u%% ", path, (unsigned int)(done * 100 / total));
	if (done >= total)
		fputc('\n', stderr);
}

static int load_disk(const char *path, size_t index, struct hm_golden *golden, struct hm_inputs *in)
{
	static const struct hm_progress progress = {.step = show_progress};
	struct hm_input_disk *disk = calloc(1, sizeof(*disk));
	uint8_t sha256[32];
	char name[32] = "disk";
	uint64_t size;
	enum hm_err err;
	int r;

	if (!disk)
		return out_of_memory();
	disk->path = path;
	disk->file.fd = -1;
	in->disk[in->disk_count++] = disk;
	r = hm_disk_open(path, &disk->file);
	if (r < 0)
		return hm_fail_errno(path, r);
	err = hm_gpt_read(&disk->file.disk, &disk->gpt);
	if (err)
		return hm_fail_input(path, err);
	r = hm_crypto_file_sha256(path, isatty(STDERR_FILENO) ? &progress : NULL, &size, sha256);
	if (r < 0)
		return hm_fail_errno(path, r);
	if (index > 0)
		snprintf(name, sizeof(name), "disk%zu", index + 1);
	return add_input(golden, name, size, sha256);
}

/* NAME=FILE: a file that does not steer the prediction and is listed, such as the bill of materials. */
static int load_extra(const char *word, struct hm_golden *golden)
{
	const char *equal = strchr(word, '=');
	uint8_t sha256[32];
	char name[HM_RECORD_NAME_MAX + 1];
	uint64_t size;
	int r;

	if (!equal || !hm_is_name(hm_bytes_of(word, (size_t)(equal - word))))
		return hm_fail_text(HM_EXIT_USAGE, "--input", "is not NAME=FILE with a name of [a-z0-9-]{1,32}");
	snprintf(name, sizeof(name), "%.*s", (int)(equal - word), word);
	for (size_t i = 0; i < golden->input_count; i++) {
		if (!strcmp(golden->input[i].name, name))
			return hm_fail_format(HM_EXIT_USAGE, "--input", "%s is the name of another input", name);
	}
	r = hm_crypto_file_sha256(equal + 1, NULL, &size, sha256);
	return r < 0 ? hm_fail_errno(equal + 1, r) : add_input(golden, name, size, sha256);
}

/* A value of the UKI's os-release, without quotes, if it is a plain one; else false. */
static bool os_release_value(const struct hm_inputs *in, const char *key, char *ret, size_t cap)
{
	struct hm_bytes rest = in->uki.section[HM_UKI_OSREL].data; /* without a UKI: empty */
	struct hm_bytes line, value;
	size_t key_len = strlen(key);

	while (hm_next_field(&rest, '\n', &line)) {
		if (line.len <= key_len || memcmp(line.p, key, key_len) != 0)
			continue;
		value = hm_bytes_of(line.p + key_len, line.len - key_len);
		if (value.len >= 2 && value.p[0] == '"' && value.p[value.len - 1] == '"')
			value = hm_bytes_of(value.p + 1, value.len - 2);
		if (value.len == 0 || value.len >= cap)
			return false;
		for (size_t i = 0; i < value.len; i++) {
			if (value.p[i] <= ' ' || value.p[i] > '~' || strchr("\"'\\$`", value.p[i]))
				return false;
		}
		memcpy(ret, value.p, value.len);
		ret[value.len] = '\0';
		return true;
	}
	return false;
}

bool hm_inputs_version_ok(const char *version)
{
	for (const char *c = version; *c; c++) {
		if (*c < 0x20 || *c > 0x7e)
			return false;
	}
	return *version && strlen(version) <= VERSION_MAX;
}

static int name_image(const struct hm_input_options *o, struct hm_golden *golden, const struct hm_inputs *in)
{
	char id[HM_RECORD_NAME_MAX + 1] = "image";
	char text[VERSION_MAX + 1] = "0";
	const char *name = o->name ? o->name : id;
	const char *version = o->image_version ? o->image_version : text;

	if (!o->name &&
	    (!os_release_value(in, "IMAGE_ID=", id, sizeof(id)) || !hm_is_name(hm_bytes_of(id, strlen(id)))))
		strcpy(id, "image");
	if (!o->image_version && !os_release_value(in, "IMAGE_VERSION=", text, sizeof(text)))
		strcpy(text, "0");
	if (!hm_is_name(hm_bytes_of(name, strlen(name))))
		return hm_fail_text(HM_EXIT_USAGE, "--name", "is not of [a-z0-9-]{1,32}");
	if (!hm_inputs_version_ok(version))
		return hm_fail_text(HM_EXIT_USAGE, "--image-version", "is not of 1 to 64 printable ASCII characters");
	golden->image_name = strdup(name);
	golden->image_version = strdup(version);
	return golden->image_name && golden->image_version ? HM_EXIT_OK : out_of_memory();
}

static int read_time(const char *option, const char *text, bool *ret_has, int64_t *ret)
{
	if (!text)
		return HM_EXIT_OK;
	*ret_has = true;
	if (!hm_rfc3339_parse(hm_bytes_of(text, strlen(text)), ret))
		return hm_fail_text(HM_EXIT_USAGE, option, "is not a time like 2026-11-26T12:00:00Z");
	return HM_EXIT_OK;
}

static int read_validity(const struct hm_input_options *o, struct hm_golden *golden)
{
	int status = read_time("--not-before", o->not_before, &golden->has_not_before, &golden->not_before);

	if (!status)
		status = read_time("--not-after", o->not_after, &golden->has_not_after, &golden->not_after);
	if (!status && golden->has_not_before && golden->has_not_after && golden->not_before > golden->not_after)
		status = hm_fail_text(HM_EXIT_USAGE, "--not-after", "is before --not-before");
	return status;
}

int hm_inputs_note_layer(const char *spec, struct hm_golden *golden)
{
	const char *equal = strchr(spec, '=');
	const char *colon = strchr(equal, ':');
	char name[HM_RECORD_NAME_MAX + 8];
	uint8_t sha256[32];
	char *data = strndup(equal + 1, colon ? (size_t)(colon - equal - 1) : strlen(equal + 1));
	uint64_t size;
	int status, r;

	if (!data)
		return out_of_memory();
	snprintf(name, sizeof(name), "%.*s", (int)(equal - spec), spec);
	r = hm_crypto_file_sha256(data, NULL, &size, sha256);
	status = r < 0 ? hm_fail_errno(data, r) : add_input(golden, name, size, sha256);
	free(data);
	if (status || !colon)
		return status;
	snprintf(name, sizeof(name), "%.*s-tree", (int)(equal - spec), spec);
	r = hm_crypto_file_sha256(colon + 1, NULL, &size, sha256);
	return r < 0 ? hm_fail_errno(colon + 1, r) : add_input(golden, name, size, sha256);
}

/* --layer NAME=DATA[:TREE]: every one must be a layer of the image. */
static int load_layer_file(const struct hm_input_options *o, const char *spec, struct hm_golden *golden,
			   struct hm_inputs *in)
{
	struct hm_record *record = &in->layer_file[in->layer_file_count];
	int status = hm_layer_file_record("--layer", spec, golden->image_version, record);
	struct hm_bytes name;

	if (!status)
		status = hm_inputs_note_layer(spec, golden);
	if (status)
		return status;
	name = hm_bytes_of(record->name, record->name_len);
	for (size_t i = 0; i < in->layer_file_count; i++) {
		if (hm_bytes_equal(name, hm_bytes_of(in->layer_file[i].name, in->layer_file[i].name_len)))
			return hm_fail_format(HM_EXIT_USAGE, "--layer", "%.*s is given twice", (int)name.len,
					      record->name);
	}
	in->layer_file_count++;
	if (!o->uki)
		return HM_EXIT_OK;
	for (uint32_t i = 0; i < in->layers.count; i++) {
		if (!hm_bytes_equal(name, in->layers.layer[i].name))
			continue;
		return in->layers.layer[i].ram
			       ? hm_fail_format(HM_EXIT_USAGE, "--layer", "%.*s is a layer in memory: give --disk",
						(int)name.len, record->name)
			       : HM_EXIT_OK;
	}
	return hm_fail_format(HM_EXIT_USAGE, "--layer", "%.*s is not among the image's layers", (int)name.len,
			      record->name);
}

/* As hallmark-boot copies it: all that the partition holds. */
static enum hm_err ram_layer(const struct hm_disk *disk, const struct hm_gpt_partition *data,
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

static enum hm_err layer_of_disks(const struct hm_inputs *in, const struct hm_layer *layer, struct hm_record *ret,
				  const char **ret_thing)
{
	const struct hm_gpt *gpts[HM_LIST_MAX];
	struct hm_gpt_match data, hash;
	enum hm_err err;

	for (size_t i = 0; i < in->disk_count; i++)
		gpts[i] = &in->disk[i]->gpt;
	*ret_thing = "data partition";
	err = hm_gpt_find(gpts, in->disk_count, layer->data_label, &data);
	if (err)
		return err;
	if (layer->ram)
		return ram_layer(&in->disk[data.disk]->file.disk, data.partition, layer, ret);
	*ret_thing = "hash partition";
	err = hm_gpt_find(gpts, in->disk_count, layer->hash_label, &hash);
	if (err)
		return err;
	*ret_thing = in->disk[hash.disk]->path;
	return hm_layers_verity_record(layer, data.partition, hash.partition, &in->disk[hash.disk]->file.disk, ret);
}

int hm_inputs_layer(const struct hm_inputs *in, const struct hm_layer *layer, struct hm_record *ret)
{
	const char *thing = "";
	enum hm_err err;

	for (size_t i = 0; i < in->layer_file_count; i++) {
		if (hm_bytes_equal(layer->name, hm_bytes_of(in->layer_file[i].name, in->layer_file[i].name_len))) {
			*ret = in->layer_file[i];
			return HM_EXIT_OK;
		}
	}
	if (!in->disk_count)
		return hm_fail_format(HM_EXIT_USAGE, "predict", "layer %.*s: give --disk, or --layer with its files",
				      (int)layer->name.len, (const char *)layer->name.p);
	err = layer_of_disks(in, layer, ret, &thing);
	return err ? hm_fail_format(HM_EXIT_INPUT, in->disk[0]->path, "layer %.*s: %s: %s", (int)layer->name.len,
				    (const char *)layer->name.p, thing, hm_err_text(err))
		   : HM_EXIT_OK;
}

static int count_disks(const struct hm_input_options *o, struct hm_inputs *in)
{
	uint64_t count = in->disk_count;

	if (o->disk_count && o->disks.count)
		return hm_fail_text(HM_EXIT_USAGE, "--disk-count", "goes without --disk");
	if (o->disk_count && (!hm_parse_dec(hm_bytes_of(o->disk_count, strlen(o->disk_count)), &count) || count == 0 ||
			      count > HM_PROFILE_DISKS_MAX))
		return hm_fail_format(HM_EXIT_USAGE, "--disk-count", "is not from 1 to %u", HM_PROFILE_DISKS_MAX);
	in->machine_disks = (size_t)count;
	return HM_EXIT_OK;
}

int hm_inputs_load_layers(const struct hm_input_options *o, struct hm_golden *golden, struct hm_inputs *in)
{
	int status = name_image(o, golden, in);

	if (!status)
		status = read_validity(o, golden);
	for (size_t i = 0; i < o->layers.count && !status; i++)
		status = load_layer_file(o, o->layers.word[i], golden, in);
	for (size_t i = 0; i < o->extra.count && !status; i++)
		status = load_extra(o->extra.word[i], golden);
	return status;
}

int hm_inputs_load(const struct hm_input_options *o, struct hm_golden *golden, struct hm_inputs *in)
{
	int status = load_uki(o->uki, golden, in);

	if (!status && !o->no_layers)
		status = load_layers(o->uki, in);
	if (!status)
		status = name_image(o, golden, in);
	if (!status)
		status = read_validity(o, golden);
	if (!status)
		status = load_vars(o, golden, in);
	if (!status)
		status = load_firmware(o, golden, in);
	for (size_t i = 0; i < o->disks.count && !status; i++)
		status = load_disk(o->disks.word[i], i, golden, in);
	if (!status)
		status = count_disks(o, in);
	for (size_t i = 0; i < o->layers.count && !status; i++)
		status = load_layer_file(o, o->layers.word[i], golden, in);
	if (!status)
		status = hm_inputs_load_profiles(o, in);
	for (size_t i = 0; i < o->extra.count && !status; i++)
		status = load_extra(o->extra.word[i], golden);
	return status;
}

void hm_inputs_free(struct hm_inputs *in)
{
	for (size_t i = 0; i < in->profile_count; i++) {
		hm_profile_free(in->profile[i]);
		free(in->profile_path[i]);
	}
	for (size_t i = 0; i < in->disk_count; i++) {
		hm_disk_close(&in->disk[i]->file);
		free(in->disk[i]);
	}
	hm_firmware_free(&in->firmware);
	hm_file_free(&in->firmware_file);
	hm_file_free(&in->layers_file);
	hm_file_free(&in->vars_file);
	hm_file_free(&in->initrd);
	hm_file_free(&in->uki_file);
}
