/* SPDX-License-Identifier: BSD-2-Clause */
/* predict.c - hallmark predict: inputs to golden files; no TPM, no root, no mounting */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/measure.h"
#include "tools/host/cli.h"
#include "tools/host/crypto.h"
#include "tools/host/crypto_file.h"
#include "tools/host/crypto_pe.h"
#include "tools/host/initrd.h"
#include "tools/host/recorder.h"
#include "tools/host/vars.h"

#define UKI_MAX (1024u * 1024u * 1024u)
#define VERSION_MAX 64u

static const char help[] =
	"usage: hallmark predict --uki UKI --vars OVMF_VARS.fd --disk DISK.raw [--disk MORE.raw...] --output DIR\n"
	"                        [option...]\n"
	"\n"
	"Computes what a machine that boots these inputs must show, and writes it into DIR:\n"
	"golden.json, golden.tcglog (the firmware's log) and golden.cel (the runtime log).\n"
	"\n"
	"  --uki FILE             the unified kernel image, signed where Secure Boot is on\n"
	"  --vars FILE            the firmware's variable store before the first boot\n"
	"  --firmware-secure-boot=yes|no\n"
	"                         the firmware has Secure Boot code (default: yes where FILE has Secure Boot variables)\n"
	"  --disk FILE            a raw disk image; the first one is booted (its partition table is PCR 5);\n"
	"                         the layers may be on any of them\n"
	"  --name NAME            of the image (default: IMAGE_ID of the UKI's os-release)\n"
	"  --image-version TEXT   of the image (default: IMAGE_VERSION of the UKI's os-release)\n"
	"  --banks LIST           default sha1,sha256,sha384,sha512\n"
	"  --output DIR           made if it does not exist\n"
	"\n"
	"example: hallmark predict --uki uki.efi --vars /usr/share/OVMF/OVMF_VARS_4M.fd --disk disk.raw --output golden\n";

struct options {
	const char *uki, *vars, *firmware_secure_boot, *name, *image_version, *banks, *output;
	struct hm_list disks;
};

struct disk {
	struct hm_disk_file file;
	struct hm_gpt gpt;
};

/* Everything that is loaded; freed at one place. */
struct prediction {
	struct hm_file uki_file, vars_file, layers_file;
	struct hm_uki uki;
	struct hm_authenticode image;
	struct hm_vars vars;
	struct hm_secure_boot secure_boot;
	struct hm_layers layers;
	struct disk *disk[HM_LIST_MAX];
	size_t disk_count;
	struct hm_golden *golden;
	struct hm_recorder recorder;
};

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

static int add_file_input(struct hm_golden *golden, const char *name, const struct hm_file *file)
{
	struct hm_bytes content = hm_file_bytes(file);
	struct hm_digests digests;
	enum hm_err err = hm_digests_of(&hm_crypto_hasher, HM_BANK_BIT(HM_SHA256), &content, 1, 0, &digests);

	return err ? hm_fail_input(name, err) : add_input(golden, name, file->len, digests.value[HM_SHA256]);
}

static int load_uki(const char *path, struct prediction *p)
{
	struct hm_pe pe;
	enum hm_err err;
	int status = hm_input_read(path, UKI_MAX, &p->uki_file);

	if (status)
		return status;
	err = hm_pe_open_file(hm_file_bytes(&p->uki_file), &pe);
	if (!err)
		err = hm_uki_open(&pe, &p->uki);
	if (!err)
		err = hm_uki_check_bootable(&p->uki);
	if (!err)
		err = hm_authenticode_parts(&p->uki.pe, &p->image);
	return err ? hm_fail_input(path, err) : add_file_input(p->golden, "uki", &p->uki_file);
}

static int load_layers(const char *path, struct prediction *p)
{
	char why[HM_WHY_MAX];
	uint32_t line = 0;
	enum hm_err err;

	if (!hm_initrd_read(p->uki.section[HM_UKI_INITRD].data, "etc/hallmark/layers", HM_LAYERS_FILE_MAX,
			    &p->layers_file, why, sizeof(why)))
		return hm_fail_text(HM_EXIT_INPUT, path, why);
	err = hm_layers_parse(hm_file_bytes(&p->layers_file), &p->layers, &line);
	if (err)
		return hm_fail_format(HM_EXIT_INPUT, path, "etc/hallmark/layers, line %u: %s", line, hm_err_text(err));
	return HM_EXIT_OK;
}

static int decide_secure_boot(const struct options *o, struct prediction *p)
{
	const char *choice = o->firmware_secure_boot;
	struct hm_secure_boot *sb = &p->secure_boot;
	char why[HM_WHY_MAX];

	if (choice && strcmp(choice, "yes") != 0 && strcmp(choice, "no") != 0)
		return hm_fail_text(HM_EXIT_USAGE, "--firmware-secure-boot", "is not yes or no");
	sb->supported = choice ? !strcmp(choice, "yes") : hm_vars_secure_boot_known(&p->vars);
	sb->enabled = sb->supported && hm_vars_secure_boot_enabled(&p->vars);
	sb->pk = p->vars.pk;
	sb->kek = p->vars.kek;
	sb->db = p->vars.db;
	sb->dbx = p->vars.dbx;
	if (sb->enabled && !hm_crypto_pe_authority(&p->uki.pe, sb->db, sb->dbx, &sb->authority, why, sizeof(why)))
		return hm_fail_text(HM_EXIT_INPUT, o->uki, why);
	return HM_EXIT_OK;
}

static int load_vars(const struct options *o, struct prediction *p)
{
	char why[HM_WHY_MAX];
	int status = hm_input_read(o->vars, HM_VARS_FILE_MAX, &p->vars_file);

	if (status)
		return status;
	if (!hm_vars_parse(hm_file_bytes(&p->vars_file), &p->vars, why, sizeof(why)))
		return hm_fail_text(HM_EXIT_INPUT, o->vars, why);
	status = decide_secure_boot(o, p);
	return status ? status : add_file_input(p->golden, "vars", &p->vars_file);
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

static int load_disk(const char *path, size_t index, struct prediction *p)
{
	static const struct hm_progress progress = { .step = show_progress };
	struct disk *disk = calloc(1, sizeof(*disk));
	uint8_t sha256[32];
	char name[32] = "disk";
	uint64_t size;
	enum hm_err err;
	int r;

	if (!disk)
		return out_of_memory();
	disk->file.fd = -1;
	p->disk[p->disk_count++] = disk;
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
	return add_input(p->golden, name, size, sha256);
}

/* A value of the UKI's os-release, without quotes, if it is a plain one; else false. */
static bool os_release_value(const struct prediction *p, const char *key, char *ret, size_t cap)
{
	struct hm_bytes rest = p->uki.section[HM_UKI_OSREL].data;
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

static int name_image(const struct options *o, struct prediction *p)
{
	char id[HM_RECORD_NAME_MAX + 1] = "image";
	char text[VERSION_MAX + 1] = "0";
	const char *name = o->name ? o->name : id;
	const char *version = o->image_version ? o->image_version : text;

	if (!o->name && (!os_release_value(p, "IMAGE_ID=", id, sizeof(id)) ||
			 !hm_is_name(hm_bytes_of(id, strlen(id)))))
		strcpy(id, "image");
	if (!o->image_version && !os_release_value(p, "IMAGE_VERSION=", text, sizeof(text)))
		strcpy(text, "0");
	if (!hm_is_name(hm_bytes_of(name, strlen(name))))
		return hm_fail_text(HM_EXIT_USAGE, "--name", "is not of [a-z0-9-]{1,32}");
	if (!*version || strlen(version) > VERSION_MAX)
		return hm_fail_text(HM_EXIT_USAGE, "--image-version", "is not of 1 to 64 characters");
	for (const char *c = version; *c; c++) {
		if (*c < 0x20 || *c > 0x7e)
			return hm_fail_text(HM_EXIT_USAGE, "--image-version", "is not printable ASCII");
	}
	p->golden->image_name = strdup(name);
	p->golden->image_version = strdup(version);
	return p->golden->image_name && p->golden->image_version ? HM_EXIT_OK : out_of_memory();
}

/* What the stub hands to the kernel: .ucode, then .initrd. */
static bool join_initrd(const struct hm_uki *uki, struct hm_file *ret)
{
	static const enum hm_uki_section order[] = { HM_UKI_UCODE, HM_UKI_INITRD };
	struct hm_file file = { 0 };

	for (size_t i = 0; i < HM_ARRAY_LEN(order); i++) {
		if (uki->present[order[i]])
			file.len += uki->section[order[i]].virtual_len;
	}
	file.p = calloc(1, file.len + 1);
	if (!file.p)
		return false;
	file.len = 0;
	for (size_t i = 0; i < HM_ARRAY_LEN(order); i++) {
		const struct hm_pe_section *s = &uki->section[order[i]];

		if (!uki->present[order[i]])
			continue;
		if (s->data.len)
			memcpy(file.p + file.len, s->data.p, s->data.len);
		file.len += s->virtual_len;
	}
	*ret = file;
	return true;
}

static size_t scratch_needed(const struct hm_secure_boot *sb)
{
	const size_t lens[] = { sb->pk.len, sb->kek.len, sb->db.len, sb->dbx.len, sb->authority.len };
	size_t max = HM_FIRMWARE_SCRATCH;

	for (size_t i = 0; i < HM_ARRAY_LEN(lens); i++) {
		if (lens[i] + HM_VARIABLE_HEADER_MAX > max)
			max = lens[i] + HM_VARIABLE_HEADER_MAX;
	}
	return max;
}

static int walk_firmware(const char *path, struct prediction *p)
{
	struct hm_sink sink = hm_recorder_sink(&p->recorder);
	struct hm_file initrd = { 0 };
	struct hm_firmware_inputs in = {
		.secure_boot = &p->secure_boot,
		.uki = &p->uki,
		.image = &p->image,
		.gpt = &p->disk[0]->gpt,
		.scratch_len = scratch_needed(&p->secure_boot),
	};
	enum hm_err err = HM_E_BUFFER;

	in.scratch = malloc(in.scratch_len);
	if (in.scratch && join_initrd(&p->uki, &initrd)) {
		in.initrd = hm_file_bytes(&initrd);
		err = hm_measure_firmware(&in, &sink);
	}
	hm_file_free(&initrd);
	free(in.scratch);
	return err ? hm_fail_input(path, err) : HM_EXIT_OK;
}

static enum hm_err find_partition(const struct prediction *p, struct hm_bytes label, struct hm_gpt_match *ret)
{
	const struct hm_gpt *gpts[HM_LIST_MAX];

	for (size_t i = 0; i < p->disk_count; i++)
		gpts[i] = &p->disk[i]->gpt;
	return hm_gpt_find(gpts, p->disk_count, label, ret);
}

/* As hallmark-boot copies it: all that the partition holds. */
static enum hm_err make_ram_record(const struct hm_disk *disk, const struct hm_gpt_partition *data,
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

/* The record of a layer, from the partitions that its labels name; *ret_thing is what an error is about. */
static enum hm_err make_layer_record(const struct prediction *p, const struct options *o, const struct hm_layer *layer,
				     struct hm_record *ret, const char **ret_thing)
{
	uint8_t superblock[HM_VERITY_SUPERBLOCK_LEN];
	uint8_t root[HM_VERITY_ROOT_LEN];
	struct hm_record record = { .kind = HM_RECORD_LAYER };
	struct hm_gpt_match data, hash;
	const struct hm_disk *disk;
	enum hm_err err;

	*ret_thing = "data partition";
	err = find_partition(p, layer->data_label, &data);
	if (err)
		return err;
	if (layer->ram)
		return make_ram_record(&p->disk[data.disk]->file.disk, data.partition, layer, ret);
	*ret_thing = "hash partition";
	err = find_partition(p, layer->hash_label, &hash);
	if (err)
		return err;
	*ret_thing = o->disks.word[hash.disk];
	disk = &p->disk[hash.disk]->file.disk;
	err = disk->read(disk->ctx, hash.partition->off, superblock, sizeof(superblock));
	if (err)
		return err;
	hm_verity_root_of_guids(data.partition->guid, hash.partition->guid, root);
	err = hm_verity_decode(hm_bytes_of(superblock, sizeof(superblock)), data.partition->len, hash.partition->len,
			       root, &record.verity);
	if (err)
		return err;
	record.name_len = (uint8_t)layer->name.len;
	memcpy(record.name, layer->name.p, layer->name.len);
	*ret = record;
	return HM_OK;
}

static int walk_layers(const struct options *o, struct prediction *p)
{
	struct hm_sink sink = hm_recorder_sink(&p->recorder);
	enum hm_err err;

	for (uint32_t i = 0; i < p->layers.count; i++) {
		const struct hm_layer *layer = &p->layers.layer[i];
		const char *thing = "";
		struct hm_record record;

		err = make_layer_record(p, o, layer, &record, &thing);
		if (!err)
			err = hm_measure_record(&record, layer->pcr, &sink);
		if (err)
			return hm_fail_format(HM_EXIT_INPUT, o->disks.word[0], "layer %.*s: %s: %s", (int)layer->name.len,
					      (const char *)layer->name.p, thing, hm_err_text(err));
	}
	err = hm_measure_lock(p->layers.count, &sink);
	return err ? hm_fail_input("lock", err) : HM_EXIT_OK;
}

static int write_output(const char *dir, const char *name, struct hm_bytes content)
{
	char path[4096];
	int r;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return hm_fail_errno(dir, -ENAMETOOLONG);
	r = hm_file_write_atomic(path, content);
	return r < 0 ? hm_fail_errno(path, r) : HM_EXIT_OK;
}

/* golden.json last: where it exists, the logs beside it do too. */
static int write_outputs(const char *dir, const struct prediction *p)
{
	char *json = hm_golden_format(p->golden);
	int status;

	if (!json)
		return out_of_memory();
	if (mkdir(dir, 0777) < 0 && errno != EEXIST)
		status = hm_fail_errno(dir, -errno);
	else
		status = write_output(dir, "golden.tcglog", hm_writer_bytes(&p->recorder.tcglog));
	if (!status)
		status = write_output(dir, "golden.cel", hm_writer_bytes(&p->recorder.cel));
	if (!status)
		status = write_output(dir, "golden.json", hm_bytes_of(json, strlen(json)));
	free(json);
	return status;
}

static int predict(const struct options *o, struct prediction *p)
{
	int status = load_uki(o->uki, p);

	if (!status)
		status = load_layers(o->uki, p);
	if (!status)
		status = name_image(o, p);
	if (!status)
		status = load_vars(o, p);
	for (size_t i = 0; i < o->disks.count && !status; i++)
		status = load_disk(o->disks.word[i], i, p);
	if (status)
		return status;
	if (!hm_recorder_init(&p->recorder, p->golden))
		return out_of_memory();
	status = walk_firmware(o->uki, p);
	if (!status)
		status = walk_layers(o, p);
	if (!status)
		status = write_outputs(o->output, p);
	return status;
}

static void prediction_free(struct prediction *p)
{
	hm_recorder_free(&p->recorder);
	hm_golden_free(p->golden);
	for (size_t i = 0; i < p->disk_count; i++) {
		hm_disk_close(&p->disk[i]->file);
		free(p->disk[i]);
	}
	hm_file_free(&p->layers_file);
	hm_file_free(&p->vars_file);
	hm_file_free(&p->uki_file);
	free(p);
}

static int run(const struct options *o)
{
	struct prediction *p = calloc(1, sizeof(*p));
	int status;

	if (!p)
		return out_of_memory();
	p->golden = calloc(1, sizeof(*p->golden));
	if (!p->golden)
		status = out_of_memory();
	else if (!hm_banks_parse(o->banks ? o->banks : "sha1,sha256,sha384,sha512", &p->golden->banks))
		status = hm_fail_text(HM_EXIT_USAGE, "--banks", "is not a list of sha1, sha256, sha384, sha512");
	else if (hm_banks_check(p->golden->banks))
		status = hm_fail_text(HM_EXIT_USAGE, "--banks", "has neither sha256 nor sha384");
	else
		status = predict(o, p);
	prediction_free(p);
	return status;
}

int hm_cmd_predict(int argc, char **argv)
{
	struct options o = { 0 };
	const struct hm_option options[] = {
		{ .name = "--uki", .value = &o.uki, .required = true },
		{ .name = "--vars", .value = &o.vars, .required = true },
		{ .name = "--firmware-secure-boot", .value = &o.firmware_secure_boot },
		{ .name = "--disk", .list = &o.disks, .required = true },
		{ .name = "--name", .value = &o.name },
		{ .name = "--image-version", .value = &o.image_version },
		{ .name = "--banks", .value = &o.banks },
		{ .name = "--output", .value = &o.output, .required = true },
	};
	const struct hm_args args = { .command = "predict",
				      .help = help,
				      .options = options,
				      .option_count = HM_ARRAY_LEN(options) };
	struct hm_list words;
	int status = hm_args_parse(&args, argc, argv, &words);

	return status == HM_ARGS_GO ? run(&o) : status;
}
