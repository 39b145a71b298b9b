/* SPDX-License-Identifier: BSD-2-Clause */
/* disks.c - open the machine's disks and read their tables until every partition is found */
#include "boot.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define POLL_MS 20u

/* Block devices that are made by software, or are not disks. */
static const char *const skipped[] = {"loop", "ram", "dm-", "zram", "md", "sr", "fd", "nbd"};

static bool is_skipped(const char *name)
{
	if (name[0] == '.' || strlen(name) >= HM_BOOT_DISK_NAME_MAX)
		return true;
	for (size_t i = 0; i < HM_ARRAY_LEN(skipped); i++) {
		if (strncmp(name, skipped[i], strlen(skipped[i])) == 0)
			return true;
	}
	return false;
}

static bool is_known(const struct hm_boot *boot, const char *name)
{
	for (size_t i = 0; i < boot->disk_count; i++) {
		if (strcmp(boot->disk[i]->name, name) == 0)
			return true;
	}
	return false;
}

/* 0, or a negative errno. The fd stays open, so the name cannot come to mean another disk. */
static int disk_open(struct hm_boot *boot, const char *name, struct hm_boot_disk *disk)
{
	char path[PATH_MAX];
	struct stat st;
	int err;

	snprintf(path, sizeof(path), "%s/%s", boot->config->dev, name);
	err = hm_disk_open(path, 512, &disk->file);
	if (err)
		return err;
	if (fstat(disk->file.fd, &st) < 0) {
		err = -errno;
		hm_disk_close(&disk->file);
		return err;
	}
	disk->dev = st.st_rdev;
	snprintf(disk->name, sizeof(disk->name), "%s", name);
	return 0;
}

/*
 * A disk without a GPT has no layer. A malformed GPT ends the boot: if it were skipped, the host could choose between
 * two disks by damaging one.
 */
static bool disk_read_table(struct hm_boot *boot, struct hm_boot_disk *disk)
{
	uint64_t smallest = 2 * (uint64_t)disk->file.disk.sector_len;
	enum hm_err err;

	if (disk->file.disk.len < smallest)
		return true;
	err = hm_gpt_read(&disk->file.disk, &disk->gpt);
	if (err == HM_E_GPT_SIGNATURE)
		return true;
	if (err)
		return hm_stop(boot, HM_STAGE_DISK, hm_err_text(err), "%s", disk->name);
	disk->has_gpt = true;
	return true;
}

static bool disk_add(struct hm_boot *boot, const char *name)
{
	struct hm_boot_disk *disk;
	int err;

	if (boot->disk_count == HM_BOOT_DISKS_MAX)
		return hm_stop(boot, HM_STAGE_DISK, "too many disks", "%s", name);
	disk = calloc(1, sizeof(*disk));
	if (!disk)
		return hm_stop(boot, HM_STAGE_DISK, hm_errno_text(-ENOMEM), "%s", name);
	err = disk_open(boot, name, disk);
	if (err) {
		free(disk);
		/* No node yet, or no medium in it: the next look may find more. */
		if (err == -ENOENT || err == -ENXIO || err == -ENOMEDIUM)
			return true;
		return hm_stop(boot, HM_STAGE_DISK, hm_errno_text(err), "%s", name);
	}
	boot->disk[boot->disk_count++] = disk;
	return disk_read_table(boot, disk);
}

static bool scan(struct hm_boot *boot)
{
	DIR *dir = opendir(boot->config->sys_block);
	const struct dirent *entry;
	bool ok = true;

	if (!dir)
		return hm_stop(boot, HM_STAGE_DISK, hm_errno_text(-errno), "%s", boot->config->sys_block);
	while (ok && (entry = readdir(dir))) {
		if (!is_skipped(entry->d_name) && !is_known(boot, entry->d_name))
			ok = disk_add(boot, entry->d_name);
	}
	closedir(dir);
	return ok;
}

enum hm_err hm_boot_find(struct hm_boot *boot, struct hm_bytes label, struct hm_gpt_match *ret)
{
	const struct hm_gpt *gpts[HM_BOOT_DISKS_MAX];
	size_t index[HM_BOOT_DISKS_MAX];
	struct hm_gpt_match match;
	size_t count = 0;
	enum hm_err err;

	for (size_t i = 0; i < boot->disk_count; i++) {
		if (!boot->disk[i]->has_gpt)
			continue;
		index[count] = i;
		gpts[count++] = &boot->disk[i]->gpt;
	}
	err = hm_gpt_find(gpts, count, label, &match);
	if (err)
		return err;
	match.disk = index[match.disk];
	*ret = match;
	return HM_OK;
}

/* Two partitions with one label end the boot at once; a missing one sets *ret_missing. */
static bool find_label(struct hm_boot *boot, struct hm_bytes label, struct hm_bytes *ret_missing)
{
	struct hm_gpt_match match;
	enum hm_err err = hm_boot_find(boot, label, &match);

	if (err == HM_E_PART_MISSING && !ret_missing->len)
		*ret_missing = label;
	if (!err || err == HM_E_PART_MISSING)
		return true;
	return hm_stop(boot, HM_STAGE_DISK, hm_err_text(err), "%.*s", (int)label.len, (const char *)label.p);
}

static bool find_all(struct hm_boot *boot, struct hm_bytes *ret_missing)
{
	for (uint32_t i = 0; i < boot->layers.count; i++) {
		const struct hm_layer *layer = &boot->layers.layer[i];

		if (!find_label(boot, layer->data_label, ret_missing) ||
		    (!layer->ram && !find_label(boot, layer->hash_label, ret_missing)))
			return false;
	}
	return true;
}

/* The firmware starts the UKI from AHCI and USB disks too; the initrd has no drivers for them (initramfs/modules). */
static const char no_partition[] =
	"no partition has the label; the initrd finds disks on NVMe, virtio-blk, virtio-scsi "
	"and Hyper-V, not on AHCI or USB";

bool hm_boot_disks(struct hm_boot *boot)
{
	size_t count_before = SIZE_MAX;

	for (unsigned int waited = 0;; waited += POLL_MS) {
		struct hm_bytes missing = {0};

		if (!scan(boot) || !find_all(boot, &missing))
			return false;
		/* Two looks must agree, so that a second disk with the same labels is seen if it comes a moment later.
		 */
		if (!missing.len && boot->disk_count == count_before)
			return true;
		if (waited >= boot->config->wait_ms)
			return hm_stop(boot, HM_STAGE_DISK, no_partition, "%.*s", (int)missing.len,
				       missing.len ? (const char *)missing.p : "");
		count_before = boot->disk_count;
		hm_sleep_ms(POLL_MS);
	}
}
