/* SPDX-License-Identifier: BSD-2-Clause */
/* layer.h - a layer's record from its files, where there is no disk yet */
#ifndef HM_HOST_VERITY_LAYER_H
#define HM_HOST_VERITY_LAYER_H

#include "core/record.h"
#include "lib/base/error.h"

/*
 * A vendor predicts a layer before anybody has put it on a disk: from the file that becomes its data partition, and
 * from the file of its hash tree, where there is one. The record is what the boot will measure (docs/FORMATS.md, "Layer
 * records"); the SHA-256 of both files goes into the golden file's list of inputs.
 */
struct hm_layer_file_sum {
	uint64_t len;
	uint8_t sha256[HM_SHA256_LEN];
};

struct hm_layer_file {
	char name[HM_RECORD_NAME_MAX + 1];
	char *data_path; /* owned */
	char *tree_path; /* into data_path's memory; NULL: none */
	struct hm_layer_file_sum data, tree;
	struct hm_record record;
};

/*
 * `spec` is NAME=DATA or NAME=DATA:TREE. The root hash is computed from DATA: with salt and sizes from TREE's
 * superblock, or as `hallmark verity format --name NAME --version VERSION` would make the tree. `option` names the
 * option in messages. To be freed in any case.
 */
HM_MUST_CHECK bool hm_layer_file_load(const char *option, const char *spec, const char *version,
				      struct hm_layer_file *ret, struct hm_error *error);
void hm_layer_file_free(struct hm_layer_file *file);

#endif
