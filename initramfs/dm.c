/* SPDX-License-Identifier: BSD-2-Clause */
/* dm.c - device-mapper devices for a layer, from the measured parameters alone */
#include "boot.h"

#include <errno.h>
#include <libdevmapper.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

/*
 * The two partitions are cut out of the whole disk by dm-linear, at the offsets that core/gpt has
 * read. The kernel has partition nodes of its own, but they come from another parser (which falls
 * back to the backup table, and knows a dozen more formats): comparing the two would add code and a
 * wait, using this one needs neither. It also leaves the whole disk claimed, so nothing else on it
 * can be mounted.
 */
#define SECTOR_LEN 512u
#define NAME_MAX_LEN 64u
#define DEVICE_MAX_LEN 32u

struct dm_request {
	const char *name;
	const char *target;
	uint64_t len; /* bytes */
	const char *params;
};

/* libdevmapper writes to stderr by itself; the failure is reported once, by hm_boot_end. */
static void quiet(int level, const char *file, int line, int err, const char *format, ...)
{
	(void)level;
	(void)file;
	(void)line;
	(void)err;
	(void)format;
}

/* 0 or a negative errno. */
static int dm_run(struct dm_task *task, const struct dm_request *request, struct dm_info *info)
{
	if (!dm_task_set_name(task, request->name) || !dm_task_set_ro(task) ||
	    !dm_task_add_target(task, 0, request->len / SECTOR_LEN, request->target, request->params))
		return -ENOMEM;
	if (!dm_task_run(task) || !dm_task_get_info(task, info))
		return dm_task_get_errno(task) ? -dm_task_get_errno(task) : -EIO;
	if (!info->exists || !info->live_table || !info->read_only || info->suspended)
		return -EROFS;
	return 0;
}

static bool dm_create(struct hm_boot *boot, const struct dm_request *request, dev_t *ret)
{
	struct dm_task *task = dm_task_create(DM_DEVICE_CREATE);
	struct dm_info info = {0};
	int err;

	if (!task)
		return hm_stop(boot, HM_STAGE_VERITY, "device-mapper is not there", "%s", request->name);
	err = dm_run(task, request, &info);
	dm_task_destroy(task);
	if (err)
		return hm_stop(boot, HM_STAGE_VERITY, hm_errno_text(err), "%s (%s)", request->name, request->target);
	*ret = makedev(info.major, info.minor);
	return true;
}

static void device_text(dev_t dev, char ret[DEVICE_MAX_LEN])
{
	snprintf(ret, DEVICE_MAX_LEN, "%u:%u", major(dev), minor(dev));
}

static bool linear_create(struct hm_boot *boot, const char *name, const struct hm_gpt_match *match, dev_t *ret)
{
	char device[DEVICE_MAX_LEN], params[2 * DEVICE_MAX_LEN];
	const struct dm_request request = {
		.name = name,
		.target = "linear",
		.len = match->partition->len,
		.params = params,
	};

	/* By number, of the disk whose fd is open since its table was read. */
	device_text(boot->disk[match->disk]->dev, device);
	snprintf(params, sizeof(params), "%s %llu", device, (unsigned long long)(match->partition->off / SECTOR_LEN));
	return dm_create(boot, &request, ret);
}

static bool verity_create(struct hm_boot *boot, const char *name, const struct hm_verity *verity, dev_t data_dev,
			  dev_t hash_dev, dev_t *ret)
{
	char data[DEVICE_MAX_LEN], hash[DEVICE_MAX_LEN], params[HM_VERITY_TABLE_MAX];
	const struct dm_request request = {
		.name = name,
		.target = "verity",
		.params = params,
		.len = verity->data_blocks * HM_VERITY_BLOCK_LEN,
	};
	enum hm_err err;

	device_text(data_dev, data);
	device_text(hash_dev, hash);
	/*
	 * panic_on_error always: a kernel that does not know it (before 6.12) refuses the table,
	 * and we stop.
	 */
	err = hm_verity_table(verity, hm_bytes_of_text(data), hm_bytes_of_text(hash), true, params, sizeof(params));
	if (err)
		return hm_stop(boot, HM_STAGE_VERITY, hm_err_text(err), "%s", name);
	return dm_create(boot, &request, ret);
}

bool hm_verity_activate(struct hm_boot *boot, const struct hm_record *record, const struct hm_gpt_match *data,
			const struct hm_gpt_match *hash, dev_t *ret)
{
	char name[NAME_MAX_LEN], data_name[NAME_MAX_LEN], hash_name[NAME_MAX_LEN];
	dev_t data_dev, hash_dev;
	int len = (int)record->name_len;
	bool ok;

	snprintf(name, sizeof(name), "hallmark-%.*s", len, record->name);
	snprintf(data_name, sizeof(data_name), "hallmark-%.*s-data", len, record->name);
	snprintf(hash_name, sizeof(hash_name), "hallmark-%.*s-hash", len, record->name);
	dm_log_with_errno_init(quiet);
	dm_udev_set_sync_support(0);
	ok = linear_create(boot, data_name, data, &data_dev) && linear_create(boot, hash_name, hash, &hash_dev) &&
	     verity_create(boot, name, &record->verity, data_dev, hash_dev, ret);
	/* Close the library's control node; it is open without O_CLOEXEC. */
	dm_lib_release();
	return ok;
}
