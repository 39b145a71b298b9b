/* SPDX-License-Identifier: BSD-2-Clause */
/* layers.h - the layers file in the initrd: which partitions are measured into which register and mounted where */
#ifndef HM_LAYERS_H
#define HM_LAYERS_H

#include "pcr.h"

/* One line a layer: `name pcr data-label hash-label mount-point fstype options`; docs/FORMATS.md. */
#define HM_LAYERS_MAX 32u
#define HM_LAYERS_FILE_MAX 16384u

#define HM_MOUNT_NODEV 1u
#define HM_MOUNT_NOSUID 2u
#define HM_MOUNT_NOEXEC 4u

struct hm_layer {
	struct hm_bytes name;        /* all borrowed from the file */
	uint32_t pcr;                /* 11 to 14 */
	struct hm_bytes data_label;
	struct hm_bytes hash_label;
	struct hm_bytes mount_point; /* "/" for the first layer */
	struct hm_bytes fstype;      /* erofs, squashfs or ext4 */
	uint32_t options;            /* HM_MOUNT_* */
};

struct hm_layers {
	uint32_t count;
	struct hm_layer layer[HM_LAYERS_MAX];
};

/* On error *ret_line is the line's number, from 1. `file` is borrowed by *ret. */
HM_MUST_CHECK enum hm_err hm_layers_parse(struct hm_bytes file, struct hm_layers *ret, uint32_t *ret_line);

#endif
