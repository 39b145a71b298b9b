/* SPDX-License-Identifier: BSD-2-Clause */
/* data.h - where a tree's digests come from: the data file */
#ifndef HM_HOST_VERITY_DATA_H
#define HM_HOST_VERITY_DATA_H

#include "host/verity/build.h"
#include "host/base/mapped.h"

struct hm_tree_data {
	struct hm_mapped *in;
	const struct hm_tree_params *params;
	const struct hm_sha256_kernel *kernel;
	struct hm_window *windows; /* one for each thread */
	unsigned int threads;
};

HM_MUST_CHECK bool hm_tree_data_init(struct hm_tree_data *data, struct hm_mapped *in,
				     const struct hm_tree_params *params, const struct hm_sha256_kernel *kernel,
				     unsigned int threads, struct hm_error *error);
void hm_tree_data_free(struct hm_tree_data *data);
struct hm_tree_source hm_tree_data_source(struct hm_tree_data *data);

/*
 * A fingerprint that tells other data from the same data with little reading: SHA-256 over the salted digests of
 * 256 blocks evenly spaced, the first and the last among them. Not a proof of anything: the root hash is.
 */
#define HM_TREE_SAMPLES 256u
HM_MUST_CHECK bool hm_tree_data_fingerprint(const struct hm_tree_data *data, uint8_t ret[HM_TREE_DIGEST_LEN],
					    struct hm_error *error);

#endif
