/* SPDX-License-Identifier: BSD-2-Clause */
/* ram.c - a layer in memory: the partition is copied once, and the copy is hashed and used */
#include "boot.h"

#include "lib/crypto/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define CHUNK_LEN 65536u

/* Each byte of the disk is read exactly once. */
static enum hm_err copy(const struct hm_disk *disk, const struct hm_gpt_partition *partition, int fd, uint8_t *chunk,
			int *ret_errno)
{
	for (uint64_t done = 0; done < partition->len;) {
		uint64_t left = partition->len - done;
		size_t len = left < CHUNK_LEN ? (size_t)left : CHUNK_LEN;
		enum hm_err err = disk->read(disk->ctx, partition->off + done, chunk, len);

		if (err)
			return err;
		*ret_errno = hm_write_all(fd, hm_bytes_of(chunk, len));
		if (*ret_errno)
			return HM_OK;
		done += len;
	}
	return HM_OK;
}

/* What is hashed are the pages that the file system is going to read. */
static bool measure_copy(struct hm_boot *boot, const struct hm_layer *layer, int fd, size_t len, struct hm_record *ret)
{
	void *p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	enum hm_err err;

	if (p == MAP_FAILED)
		return hm_stop(boot, HM_STAGE_RECORD, hm_errno_text(-errno), "layer %.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	err = hm_layers_ram_record(layer, hm_bytes_of(p, len), &hm_crypto_hasher, ret);
	munmap(p, len);
	if (err)
		return hm_stop(boot, HM_STAGE_RECORD, hm_err_text(err), "layer %.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	return true;
}

static bool fill(struct hm_boot *boot, const struct hm_layer *layer, const struct hm_gpt_match *data, int fd,
		 struct hm_record *ret)
{
	uint8_t *chunk = malloc(CHUNK_LEN);
	int write_err = 0;
	enum hm_err err;

	if (!chunk)
		return hm_stop(boot, HM_STAGE_RECORD, hm_errno_text(-ENOMEM), "layer %.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	err = copy(&boot->disk[data->disk]->file.disk, data->partition, fd, chunk, &write_err);
	free(chunk);
	if (err)
		return hm_stop(boot, HM_STAGE_DISK, hm_err_text(err), "layer %.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	if (write_err)
		return hm_stop(boot, HM_STAGE_RECORD, hm_errno_text(write_err), "layer %.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	return measure_copy(boot, layer, fd, (size_t)data->partition->len, ret);
}

bool hm_ram_copy(struct hm_boot *boot, const struct hm_layer *layer, const struct hm_gpt_match *data,
		 struct hm_record *ret_record, int *ret_fd)
{
	enum hm_err err = hm_layers_ram_check(data->partition->len);
	int fd;

	if (err)
		return hm_stop(boot, HM_STAGE_DISK, hm_err_text(err), "layer %.*s", (int)layer->name.len,
			       (const char *)layer->name.p);
	if (!hm_boot_ram_mount(boot))
		return false;
	/* Without a name: once mounted, nothing but the mount can reach it. */
	fd = open(boot->config->ram, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return hm_stop(boot, HM_STAGE_RECORD, hm_errno_text(-errno), "%s", boot->config->ram);
	if (!fill(boot, layer, data, fd, ret_record)) {
		close(fd);
		return false;
	}
	*ret_fd = fd;
	return true;
}
