/* SPDX-License-Identifier: BSD-2-Clause */
/* inputs.h - the files that a prediction is made of: loaded, checked, and listed in the golden file */
#ifndef HM_HOST_PREDICT_INPUTS_H
#define HM_HOST_PREDICT_INPUTS_H

#include "core/layers.h"
#include "core/measure.h"
#include "host/base/args.h"
#include "host/base/disk.h"
#include "host/firmware/volumes.h"
#include "lib/golden/golden.h"
#include "host/firmware/profile.h"
#include "host/uki/stub.h"
#include "host/firmware/variables.h"

struct hm_input_options {
	const char *uki, *vars, *firmware, *firmware_secure_boot, *name, *image_version, *not_before, *not_after,
		*platforms, *profile_key, *disk_count;
	struct hm_list disks, layers, profiles, extra;
	bool no_layers;
};

struct hm_input_disk {
	const char *path;
	struct hm_disk_file file;
	struct hm_gpt gpt;
};

/* Everything that is loaded; released with hm_inputs_free. */
struct hm_inputs {
	struct hm_file uki_file, vars_file, layers_file, firmware_file;
	struct hm_file initrd; /* what the stub hands to the kernel; none: .initrd as it is */
	struct hm_uki uki;     /* without the sections that its stub does not measure */
	struct hm_stub stub;
	struct hm_authenticode image, inner; /* `inner` with HM_STUB_SYSTEMD */
	struct hm_vars vars;
	struct hm_secure_boot secure_boot;
	bool firmware_known;
	struct hm_firmware firmware;
	uint8_t firmware_sha256[32];
	struct hm_layers layers; /* none with no_layers */
	size_t machine_disks;	 /* that the machine has: --disk's, or --disk-count */
	size_t disk_count;
	struct hm_input_disk *disk[HM_LIST_MAX];
	size_t layer_file_count;
	struct hm_record layer_file[HM_LIST_MAX]; /* of --layer */
	size_t profile_count;
	char *profile_path[HM_GOLDEN_PROFILES_MAX];
	struct hm_profile *profile[HM_GOLDEN_PROFILES_MAX];
};

#define HM_INPUT_UKI "uki"
/*
 * Load what the options name, and describe it in *golden (banks are set): name, version, validity, inputs (of the
 * UKI the SHA-256 is left to hm_assemble). An exit
 * status; on failure the line is printed. *inputs is zero before, and is to be freed in any case.
 */
HM_MUST_CHECK int hm_inputs_load(const struct hm_input_options *o, struct hm_golden *golden, struct hm_inputs *inputs);
/* For a layer's part: --layer's files, name and validity, and nothing else. */
HM_MUST_CHECK int hm_inputs_load_layers(const struct hm_input_options *o, struct hm_golden *golden,
					struct hm_inputs *inputs);
HM_MUST_CHECK bool hm_inputs_version_ok(const char *version);
void hm_inputs_free(struct hm_inputs *inputs);
/* One more entry of golden->inputs: a name, and the SHA-256 of a file in memory. */
HM_MUST_CHECK int hm_inputs_note(struct hm_golden *golden, const char *name, const struct hm_file *file);
/* The files of NAME=DATA[:TREE]: the inputs NAME and NAME-tree. An exit status; the line is printed. */
HM_MUST_CHECK int hm_inputs_note_layer(const char *spec, struct hm_golden *golden);
/* The record of a layer of inputs->layers, from its files or its partitions. An exit status; the line is printed. */
HM_MUST_CHECK int hm_inputs_layer(const struct hm_inputs *inputs, const struct hm_layer *layer, struct hm_record *ret);

#endif
