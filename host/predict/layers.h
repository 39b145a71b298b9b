/* SPDX-License-Identifier: BSD-2-Clause */
/* layers.h - where the records of an image's layers come from: disks, and files of layers */
#ifndef HM_HOST_PREDICT_LAYERS_H
#define HM_HOST_PREDICT_LAYERS_H

#include "core/layers.h"
#include "host/base/args.h"
#include "host/base/disk.h"
#include "host/crypto/sha256_file.h"
#include "host/verity/layer.h"

/*
 * A disk gives a layer's record by the partition table and the superblock of its hash partition, as the boot reads
 * them: the root hash is that of the partitions' GUIDs. Nothing is computed from the data, which the kernel checks when
 * it is read. A file of a layer (--layer) gives the record by computing the root hash.
 */
struct hm_layer_disk {
	const char *path; /* borrowed */
	struct hm_disk_file file;
	struct hm_gpt gpt;
	uint64_t len;
	uint8_t sha256[HM_SHA256_LEN];
};

struct hm_layer_sources {
	size_t disk_count;
	struct hm_layer_disk *disk[HM_LIST_MAX];
	size_t file_count;
	struct hm_layer_file file[HM_LIST_MAX];
};

/* `sector_len` as for hm_disk_open. `progress` may be NULL: a large disk takes a while. */
HM_MUST_CHECK bool hm_layer_sources_add_disk(struct hm_layer_sources *sources, const char *path, uint32_t sector_len,
					     const struct hm_progress *progress, struct hm_error *error);
/* NAME=DATA[:TREE]. With `layers`, NAME must be one of them, and none in memory. */
HM_MUST_CHECK bool hm_layer_sources_add_file(struct hm_layer_sources *sources, const char *spec, const char *version,
					     const struct hm_layers *layers, struct hm_error *error);
/* The record that the boot will measure for `layer`. */
HM_MUST_CHECK bool hm_layer_sources_record(const struct hm_layer_sources *sources, const struct hm_layer *layer,
					   struct hm_record *ret, struct hm_error *error);
void hm_layer_sources_free(struct hm_layer_sources *sources);

#endif
