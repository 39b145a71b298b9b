/* SPDX-License-Identifier: BSD-2-Clause */
/* layer.c - one layer after the other: superblock or copy, record, extend, dm-verity, mount */
#include "boot.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SOURCE_MAX 32u

struct layer_parts {
	struct hm_gpt_match data;
	struct hm_gpt_match hash;
};

/*
 * NUL-terminated copies of layers-file fields, which hm_layers_parse has bounded and restricted to
 * plain characters.
 */
static void text_of(struct hm_bytes field, char *ret, size_t cap)
{
	snprintf(ret, cap, "%.*s", (int)field.len, (const char *)field.p);
}

static bool parts_find(struct hm_boot *boot, const struct hm_layer *layer, struct layer_parts *ret)
{
	enum hm_err err = hm_boot_find(boot, layer->data_label, &ret->data);

	if (!err && !layer->ram)
		err = hm_boot_find(boot, layer->hash_label, &ret->hash);
	if (err)
		return hm_stop(boot, HM_STAGE_DISK, hm_err_text(err), "%.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	boot->disk[ret->data.disk]->used = true;
	if (!layer->ram)
		boot->disk[ret->hash.disk]->used = true;
	return true;
}

static bool layer_mount(struct hm_boot *boot, const struct hm_layer *layer, const char *source)
{
	unsigned long flags = MS_RDONLY;
	char fstype[16], path[PATH_MAX];
	int err;

	if (layer->options & HM_MOUNT_NODEV)
		flags |= MS_NODEV;
	if (layer->options & HM_MOUNT_NOSUID)
		flags |= MS_NOSUID;
	if (layer->options & HM_MOUNT_NOEXEC)
		flags |= MS_NOEXEC;
	text_of(layer->fstype, fstype, sizeof(fstype));
	text_of(layer->mount_point, path, sizeof(path));
	err = hm_mount_below(boot->config->new_root, path, source, fstype, flags, NULL);
	if (err)
		return hm_stop(boot, HM_STAGE_FILESYSTEM, hm_errno_text(err), "%s on %s", fstype, path);
	return true;
}

static bool record_extend(struct hm_boot *boot, const struct hm_layer *layer, const struct hm_record *record)
{
	struct hm_sink sink = hm_boot_sink(boot);
	enum hm_err err = hm_measure_record(record, layer->pcr, &sink);

	if (err)
		return hm_stop(boot, HM_STAGE_RECORD, hm_err_text(err), "layer %.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	return true;
}

static bool verity_layer(struct hm_boot *boot, const struct hm_layer *layer, const struct layer_parts *parts)
{
	struct hm_record record;
	char source[SOURCE_MAX];
	enum hm_err err;
	dev_t dev;

	err = hm_layers_verity_record(layer, parts->data.partition, parts->hash.partition,
				      &boot->disk[parts->hash.disk]->file.disk, &record);
	if (err)
		return hm_stop(boot, HM_STAGE_SUPERBLOCK, hm_err_text(err), "layer %.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	if (!record_extend(boot, layer, &record) ||
	    !hm_verity_activate(boot, &record, &parts->data, &parts->hash, &dev))
		return false;
	/* The node that devtmpfs makes, not the library's: dm-N is the kernel's own name. */
	snprintf(source, sizeof(source), "/dev/dm-%u", minor(dev));
	return layer_mount(boot, layer, source);
}

static bool ram_layer(struct hm_boot *boot, const struct hm_layer *layer, const struct layer_parts *parts)
{
	struct hm_record record;
	char source[SOURCE_MAX];
	bool ok;
	int fd;

	if (!hm_ram_copy(boot, layer, &parts->data, &record, &fd))
		return false;
	/* The mount holds the file; ours is the only other way to it. */
	snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
	ok = record_extend(boot, layer, &record) && layer_mount(boot, layer, source);
	close(fd);
	return ok;
}

static bool layer_activate(struct hm_boot *boot, const struct hm_layer *layer)
{
	struct layer_parts parts;
	char name[HM_RECORD_NAME_MAX + 1];

	if (!parts_find(boot, layer, &parts))
		return false;
	if (layer->ram ? !ram_layer(boot, layer, &parts) : !verity_layer(boot, layer, &parts))
		return false;
	text_of(layer->name, name, sizeof(name));
	hm_say(boot, "layer %s is measured into PCR %u and mounted", name, (unsigned int)layer->pcr);
	return true;
}

bool hm_boot_activate(struct hm_boot *boot)
{
	for (uint32_t i = 0; i < boot->layers.count; i++) {
		if (!layer_activate(boot, &boot->layers.layer[i]))
			return false;
	}
	return true;
}
