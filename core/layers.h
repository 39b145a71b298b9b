/* SPDX-License-Identifier: BSD-2-Clause */
/* layers.h - the layers file in the initrd, and the record of a layer from its partitions */
#ifndef HM_LAYERS_H
#define HM_LAYERS_H

#include "gpt.h"
#include "record.h"

/*
 * One line a layer: `name pcr data-label hash-label mount-point fstype options`; docs/FORMATS.md 3 and 20.
 * With "-" for the hash label the layer is of type=ram: the whole partition is copied to memory,
 * hashed there, and used from there only.
 */
#define HM_LAYERS_FILE_MAX 16384u

/* The host chooses the partition's length: without a limit it could fill the memory. */
#define HM_LAYERS_RAM_MAX (256u * 1024u * 1024u)

#define HM_MOUNT_NODEV 1u
#define HM_MOUNT_NOSUID 2u
#define HM_MOUNT_NOEXEC 4u

struct hm_layer {
	struct hm_bytes name; /* all borrowed from the file */
	uint32_t pcr;	      /* 11 to 14 */
	struct hm_bytes data_label;
	struct hm_bytes hash_label;  /* empty with `ram` */
	struct hm_bytes mount_point; /* "/" for the first layer */
	struct hm_bytes fstype;	     /* erofs, squashfs or ext4; with `ram` erofs */
	uint32_t options;	     /* HM_MOUNT_* */
	bool ram;
};

struct hm_layers {
	uint32_t count;
	struct hm_layer layer[HM_LAYERS_MAX];
};

/* On error *ret_line is the line's number, from 1. `file` is borrowed by *ret. */
HM_MUST_CHECK enum hm_err hm_layers_parse(struct hm_bytes file, struct hm_layers *ret, uint32_t *ret_line);

/*
 * Refuse a partition of `len` bytes as a layer in RAM: LAYERS_RAM_SIZE. Callers ask before they read anything.
 */
HM_MUST_CHECK enum hm_err hm_layers_ram_check(uint64_t len);
/*
 * The record of a layer with dm-verity. `data` and `hash` are its two partitions, whose GUIDs are the root hash; `disk`
 * is the disk that `hash` lies on. Reads the superblock once and nothing else: what the record says is what dm-verity
 * must be activated with. The boot and the prediction both make the record here and nowhere else.
 */
HM_MUST_CHECK enum hm_err hm_layers_verity_record(const struct hm_layer *layer, const struct hm_gpt_partition *data,
						  const struct hm_gpt_partition *hash, const struct hm_disk *disk,
						  struct hm_record *ret);
/* The record of a layer in RAM, from all that its partition holds. */
HM_MUST_CHECK enum hm_err hm_layers_ram_record(const struct hm_layer *layer, struct hm_bytes content,
					       const struct hm_hasher *hasher, struct hm_record *ret);

#endif
