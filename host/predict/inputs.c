/* SPDX-License-Identifier: BSD-2-Clause */
/* inputs.c - the files that a prediction is made of */
#include "host/predict/inputs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/base/file_threads.h"
#include "host/crypto/pe_authority.h"
#include "host/predict/listing.h"
#include "host/uki/initrd.h"
#include "host/uki/kernel.h"
#include "host/uki/stub_initrd.h"
#include "lib/base/rfc3339.h"
#include "lib/crypto/hash.h"

#define UKI_MAX (1024u * 1024u * 1024u)
#define VERSION_MAX 64u

static bool load_inner(const char *path, struct hm_inputs *in, struct hm_error *error)
{
	const struct hm_pe_section *linux_section = &in->uki.section[HM_UKI_LINUX];
	struct hm_pe pe;
	enum hm_err err;

	if (in->stub.kind != HM_STUB_SYSTEMD)
		return true;
	/* The firmware is given the section as it is in memory; a kernel is not shorter in the file. */
	if (linux_section->zero_tail)
		return hm_error_of(error, HM_ERROR_INPUT, path,
				   "the .linux section is longer than what the file has of it");
	err = hm_pe_open_file(linux_section->data, &pe);
	if (!err)
		err = hm_authenticode_parts(&pe, &in->inner);
	return !err || hm_error_of(error, HM_ERROR_INPUT, path, "the .linux section: %s", hm_err_text(err));
}

static bool load_uki(const char *path, struct hm_inputs *in, struct hm_error *error)
{
	struct hm_pe pe;
	enum hm_err err;

	if (!hm_file_read_threads(path, UKI_MAX, &in->uki_file) && !hm_file_load(path, UKI_MAX, &in->uki_file, error))
		return false;
	err = hm_pe_open_file(hm_file_bytes(&in->uki_file), &pe);
	if (!err)
		err = hm_uki_open(&pe, &in->uki);
	if (!err)
		err = hm_uki_check_complete(&in->uki);
	if (!err)
		err = hm_authenticode_parts(&in->uki.pe, &in->image);
	if (err)
		return hm_error_err(error, path, err);
	if (!hm_stub_kind_find(&in->uki, &in->stub, error))
		return hm_error_about(error, path);
	err = in->stub.kind == HM_STUB_HALLMARK ? hm_uki_check_bootable(&in->uki)
						: hm_uki_check_cmdline(in->stub.cmdline);
	if (err)
		return hm_error_err(error, path, err);
	return load_inner(path, in, error) &&
	       (hm_stub_initrd(&in->uki, &in->stub, &in->initrd) || hm_error_memory(error, "predict"));
}

/* With layers the image is ours, whose PCR 10 is zero. Without, another system may let IMA run. */
static bool decide_ima(const struct hm_input_options *o, struct hm_inputs *in, struct hm_error *error)
{
	struct hm_bytes kernel = in->uki.section[HM_UKI_LINUX].data;
	struct hm_kernel_version version;

	if (!o->no_layers)
		return hm_kernel_check_ima(in->stub.cmdline, kernel, error) || hm_error_about(error, o->uki);
	in->ima_runs = !hm_kernel_version(kernel, &version) || !hm_kernel_ima_is_off(in->stub.cmdline, version);
	return true;
}

static bool load_layers(const char *path, struct hm_inputs *in, struct hm_error *error)
{
	uint32_t line = 0;
	enum hm_err err;

	if (!hm_initrd_read(in->uki.section[HM_UKI_INITRD].data, "etc/hallmark/layers", HM_LAYERS_FILE_MAX,
			    &in->layers_file, error))
		return hm_error_about(error, path);
	err = hm_layers_parse(hm_file_bytes(&in->layers_file), &in->layers, &line);
	return !err ||
	       hm_error_of(error, HM_ERROR_INPUT, path, "etc/hallmark/layers, line %u: %s", line, hm_err_text(err));
}

static bool decide_secure_boot(const struct hm_input_options *o, struct hm_inputs *in, struct hm_error *error)
{
	const char *choice = o->firmware_secure_boot;
	struct hm_secure_boot *sb = &in->secure_boot;

	if (choice && strcmp(choice, "yes") != 0 && strcmp(choice, "no") != 0)
		return hm_error_of(error, HM_ERROR_USAGE, "--firmware-secure-boot", "is not yes or no");
	if (in->firmware_known && choice && in->firmware.secure_boot != !strcmp(choice, "yes"))
		return hm_error_of(error, HM_ERROR_USAGE, "--firmware-secure-boot", "%s has %sSecure Boot code",
				   o->firmware, in->firmware.secure_boot ? "" : "no ");
	/* The event of SecureBoot is there with the code alone: an empty store does not tell. */
	if (!choice && !in->firmware_known && !hm_vars_secure_boot_known(&in->vars))
		return hm_error_of(
			error, HM_ERROR_USAGE, o->vars,
			"has no Secure Boot variables: say --firmware FILE, or --firmware-secure-boot=yes or no");
	sb->supported = choice		     ? !strcmp(choice, "yes")
			: in->firmware_known ? in->firmware.secure_boot
					     : hm_vars_secure_boot_known(&in->vars);
	sb->enabled = sb->supported && hm_vars_secure_boot_enabled(&in->vars);
	sb->pk = in->vars.pk;
	sb->kek = in->vars.kek;
	sb->db = in->vars.db;
	sb->dbx = in->vars.dbx;
	sb->dbt = in->vars.dbt;
	return !sb->enabled || hm_crypto_pe_authority(&in->uki.pe, sb->db, sb->dbx, &sb->authority, error) ||
	       hm_error_about(error, o->uki);
}

static bool load_vars(const struct hm_input_options *o, struct hm_inputs *in, struct hm_error *error)
{
	if (!hm_file_load(o->vars, HM_VARS_FILE_MAX, &in->vars_file, error))
		return false;
	if (!hm_vars_parse(hm_file_bytes(&in->vars_file), &in->vars, error))
		return hm_error_about(error, o->vars);
	return decide_secure_boot(o, in, error);
}

static bool load_firmware(const char *path, struct hm_inputs *in, struct hm_error *error)
{
	struct hm_bytes content;

	if (!path)
		return true;
	if (!hm_file_load(path, HM_FIRMWARE_MAX, &in->firmware_file, error))
		return false;
	content = hm_file_bytes(&in->firmware_file);
	if (!hm_firmware_parse(content, &in->firmware, error))
		return hm_error_about(error, path);
	in->firmware_known = true;
	return hm_sha256(&content, 1, in->firmware_sha256) || hm_error_err(error, "firmware", HM_E_HASH);
}

static bool load_extra(const char *word, struct hm_inputs *in, struct hm_error *error)
{
	struct hm_input_extra *extra = &in->extra[in->extra_count++];
	const char *equal = strchr(word, '=');
	int r;

	if (!equal || !hm_is_name(hm_bytes_of(word, (size_t)(equal - word))))
		return hm_error_of(error, HM_ERROR_USAGE, "--input", "is not NAME=FILE with a name of [a-z0-9-]{1,32}");
	snprintf(extra->name, sizeof(extra->name), "%.*s", (int)(equal - word), word);
	r = hm_crypto_file_sha256(equal + 1, NULL, &extra->len, extra->sha256);
	return r >= 0 || hm_error_errno(error, equal + 1, r);
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

static bool name_image(const struct hm_input_options *o, struct hm_golden *golden, const struct hm_inputs *in,
		       struct hm_error *error)
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
		return hm_error_of(error, HM_ERROR_USAGE, "--name", "is not of [a-z0-9-]{1,32}");
	if (!hm_inputs_version_ok(version))
		return hm_error_of(error, HM_ERROR_USAGE, "--image-version",
				   "is not of 1 to 64 printable ASCII characters");
	golden->image_name = strdup(name);
	golden->image_version = strdup(version);
	return (golden->image_name && golden->image_version) || hm_error_memory(error, "predict");
}

bool hm_input_time(const char *option, const char *text, bool *ret_has, int64_t *ret, struct hm_error *error)
{
	*ret_has = text != NULL;
	return !text || hm_rfc3339_parse(hm_bytes_of(text, strlen(text)), ret) ||
	       hm_error_of(error, HM_ERROR_USAGE, option, "is not a time like 2026-11-26T12:00:00Z");
}

static bool read_validity(const struct hm_input_options *o, struct hm_golden *golden, struct hm_error *error)
{
	if (!hm_input_time("--not-before", o->not_before, &golden->has_not_before, &golden->not_before, error) ||
	    !hm_input_time("--not-after", o->not_after, &golden->has_not_after, &golden->not_after, error))
		return false;
	if (golden->has_not_before && golden->has_not_after && golden->not_before > golden->not_after)
		return hm_error_of(error, HM_ERROR_USAGE, "--not-after", "is before --not-before");
	return true;
}

static bool count_disks(const struct hm_input_options *o, struct hm_inputs *in, struct hm_error *error)
{
	uint64_t count = in->sources.disk_count;

	if (o->disk_count && o->disks.count)
		return hm_error_of(error, HM_ERROR_USAGE, "--disk-count", "goes without --disk");
	if (o->disk_count && (!hm_parse_dec(hm_bytes_of(o->disk_count, strlen(o->disk_count)), &count) || count == 0 ||
			      count > HM_PROFILE_DISKS_MAX))
		return hm_error_of(error, HM_ERROR_USAGE, "--disk-count", "is not from 1 to %u", HM_PROFILE_DISKS_MAX);
	in->machine_disks = (size_t)count;
	return true;
}

static bool read_sector_size(const struct hm_input_options *o, uint32_t *ret, struct hm_error *error)
{
	const char *text = o->sector_size;

	if (!text)
		return true;
	if (strcmp(text, "512") != 0 && strcmp(text, "4096") != 0)
		return hm_error_of(error, HM_ERROR_USAGE, "--sector-size", "is neither 512 nor 4096");
	*ret = text[0] == '5' ? 512 : 4096;
	return o->disks.count > 0 || hm_error_of(error, HM_ERROR_USAGE, "--sector-size", "goes with --disk");
}

/* The boot's files, which a layer's part has none of. */
static bool load_boot(const struct hm_input_options *o, struct hm_golden *golden, struct hm_inputs *in,
		      struct hm_error *error)
{
	bool good = load_uki(o->uki, in, error) && decide_ima(o, in, error) &&
		    (o->no_layers || load_layers(o->uki, in, error)) && name_image(o, golden, in, error) &&
		    read_validity(o, golden, error) && load_firmware(o->firmware, in, error) && load_vars(o, in, error);
	uint32_t sector_len = 0;

	good = good && read_sector_size(o, &sector_len, error);
	for (size_t i = 0; i < o->disks.count && good; i++)
		good = hm_layer_sources_add_disk(&in->sources, o->disks.word[i], sector_len, o->progress, error);
	return good && count_disks(o, in, error);
}

bool hm_inputs_load(const struct hm_input_options *o, struct hm_golden *golden, struct hm_inputs *in,
		    struct hm_error *error)
{
	bool good = o->uki ? load_boot(o, golden, in, error)
			   : name_image(o, golden, in, error) && read_validity(o, golden, error);

	for (size_t i = 0; i < o->layers.count && good; i++)
		good = hm_layer_sources_add_file(&in->sources, o->layers.word[i], golden->image_version,
						 o->uki ? &in->layers : NULL, error);
	for (size_t i = 0; i < o->extra.count && good; i++)
		good = load_extra(o->extra.word[i], in, error);
	return good;
}

/* "disk", "disk2", "disk3" ... */
static const char *numbered(const char *name, size_t index, char ret[HM_RECORD_NAME_MAX + 1])
{
	if (index == 0)
		snprintf(ret, HM_RECORD_NAME_MAX + 1, "%s", name);
	else
		snprintf(ret, HM_RECORD_NAME_MAX + 1, "%s%zu", name, index + 1);
	return ret;
}

static bool unused(const struct hm_golden *golden, const char *name, struct hm_error *error)
{
	return !hm_listing_has(golden, name) ||
	       hm_error_of(error, HM_ERROR_USAGE, "--input", "%s is the name of another input", name);
}

static bool list_boot(const struct hm_inputs *in, const uint8_t *uki_sha256, struct hm_golden *golden,
		      struct hm_error *error)
{
	char name[HM_RECORD_NAME_MAX + 1];
	bool good = hm_listing_add(golden, "uki", in->uki_file.len, uki_sha256, error) &&
		    hm_listing_add_bytes(golden, "vars", hm_file_bytes(&in->vars_file), error) &&
		    (!in->firmware_known ||
		     hm_listing_add(golden, "firmware", in->firmware_file.len, in->firmware_sha256, error));

	for (size_t i = 0; i < in->sources.disk_count && good; i++)
		good = hm_listing_add(golden, numbered("disk", i, name), in->sources.disk[i]->len,
				      in->sources.disk[i]->sha256, error);
	return good;
}

bool hm_inputs_list(const struct hm_inputs *in, const uint8_t *uki_sha256, struct hm_golden *golden,
		    struct hm_error *error)
{
	char name[HM_RECORD_NAME_MAX + 1];
	bool good = !uki_sha256 || list_boot(in, uki_sha256, golden, error);

	for (size_t i = 0; i < in->sources.file_count && good; i++)
		good = hm_listing_add_layer(golden, &in->sources.file[i], error);
	for (size_t i = 0; i < in->extra_count && good; i++)
		good = unused(golden, in->extra[i].name, error) &&
		       hm_listing_add(golden, in->extra[i].name, in->extra[i].len, in->extra[i].sha256, error);
	for (size_t i = 0; i < in->profile_count && good; i++)
		good = unused(golden, numbered("profile", i, name), error) &&
		       hm_listing_add_bytes(golden, name, hm_file_bytes(&in->profile[i]->text), error);
	return good;
}

void hm_inputs_free(struct hm_inputs *in)
{
	for (size_t i = 0; i < in->profile_count; i++) {
		hm_profile_free(in->profile[i]);
		free(in->profile_path[i]);
	}
	hm_layer_sources_free(&in->sources);
	hm_firmware_free(&in->firmware);
	hm_file_free(&in->firmware_file);
	hm_file_free(&in->layers_file);
	hm_file_free(&in->vars_file);
	hm_file_free(&in->initrd);
	hm_file_free(&in->uki_file);
}
