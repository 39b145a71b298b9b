/* SPDX-License-Identifier: BSD-2-Clause */
/* inputs.h - the files that a prediction is made of: loaded, checked, and listed in the golden file */
#ifndef HM_HOST_PREDICT_INPUTS_H
#define HM_HOST_PREDICT_INPUTS_H

#include "core/layers.h"
#include "core/measure.h"
#include "host/base/args.h"
#include "host/firmware/profile.h"
#include "host/firmware/variables.h"
#include "host/firmware/volumes.h"
#include "host/predict/layers.h"
#include "host/uki/stub.h"
#include "lib/golden/golden.h"

/*
 * A prediction is made in this order: load the inputs, load the profiles (profiles.h), walk (predict.h). The list of
 * inputs is written into the golden file by the walk, because the UKI's SHA-256 is made beside its other digests.
 */
struct hm_input_options {
	const char *uki, *vars, *firmware, *firmware_secure_boot, *name, *image_version, *not_before, *not_after,
		*platforms, *profile_key, *disk_count, *sector_size;
	struct hm_list disks, layers, profiles, extra;
	bool no_layers;
	const struct hm_progress *progress; /* while a disk is hashed; may be NULL */
};

/* --input NAME=FILE: a file that does not steer the prediction and is listed, such as the bill of materials. */
struct hm_input_extra {
	char name[HM_RECORD_NAME_MAX + 1];
	uint64_t len;
	uint8_t sha256[HM_SHA256_LEN];
};

/* Everything that is loaded. All zero before; released with hm_inputs_free. */
struct hm_inputs {
	struct hm_file uki_file, vars_file, layers_file, firmware_file;
	struct hm_file initrd; /* what the stub hands to the kernel; none: .initrd as it is */
	struct hm_uki uki;     /* without the sections that its stub does not measure */
	struct hm_stub stub;
	struct hm_authenticode image, inner; /* `inner` with HM_STUB_SYSTEMD */
	struct hm_vars vars;
	struct hm_secure_boot secure_boot;
	bool ima_runs; /* with no_layers: the kernel extends PCR 10 with what the image does not say */
	bool firmware_known;
	struct hm_firmware firmware;
	uint8_t firmware_sha256[HM_SHA256_LEN];
	struct hm_layers layers; /* none with no_layers */
	size_t machine_disks;	 /* that the machine has: --disk's, or --disk-count */
	struct hm_layer_sources sources;
	size_t extra_count;
	struct hm_input_extra extra[HM_LIST_MAX];
	size_t profile_count;
	char *profile_path[HM_GOLDEN_PROFILES_MAX];
	struct hm_profile *profile[HM_GOLDEN_PROFILES_MAX];
};

/*
 * Load what the options name, all but the profiles, and describe it in *golden: name, version, validity. Without
 * o->uki, for a layer's part: --layer's files, name and validity, and nothing else.
 */
HM_MUST_CHECK bool hm_inputs_load(const struct hm_input_options *o, struct hm_golden *golden, struct hm_inputs *inputs,
				  struct hm_error *error);
/* List them all in the golden file, profiles last. `uki_sha256` may be NULL where there is no UKI. */
HM_MUST_CHECK bool hm_inputs_list(const struct hm_inputs *inputs, const uint8_t *uki_sha256, struct hm_golden *golden,
				  struct hm_error *error);
/* A time of an option; no text: *ret_has is false. */
HM_MUST_CHECK bool hm_input_time(const char *option, const char *text, bool *ret_has, int64_t *ret,
				 struct hm_error *error);
/* 1 to 64 printable ASCII characters. */
HM_MUST_CHECK bool hm_inputs_version_ok(const char *version);
void hm_inputs_free(struct hm_inputs *inputs);

#endif
