/* SPDX-License-Identifier: BSD-2-Clause */
/* layer.h - a layer's record from its files, where there is no disk yet */
#ifndef HM_HOST_VERITY_LAYER_H
#define HM_HOST_VERITY_LAYER_H

#include "core/record.h"

/*
 * `spec` is NAME=DATA or NAME=DATA:TREE. The root hash is computed from DATA: with salt and sizes from TREE's
 * superblock, or as `hallmark verity format --name NAME --version VERSION` would make the tree. An exit status; on
 * failure the line is printed. `option` names the option in messages.
 */
HM_MUST_CHECK int hm_layer_file_record(const char *option, const char *spec, const char *version,
				       struct hm_record *ret);

#endif
