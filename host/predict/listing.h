/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.h - the list of inputs in a golden file: name, length and SHA-256 of each file that it was made of */
#ifndef HM_HOST_PREDICT_LISTING_H
#define HM_HOST_PREDICT_LISTING_H

#include "host/verity/layer.h"
#include "lib/golden/golden.h"

/*
 * An auditor finds here which files a prediction is about (docs/FORMATS.md, `inputs`). Entries keep the order in which
 * they are added. Errors name "predict", or the file that cannot be read.
 */
HM_MUST_CHECK bool hm_listing_add(struct hm_golden *golden, const char *name, uint64_t len,
				  const uint8_t sha256[HM_SHA256_LEN], struct hm_error *error);
/* A file in memory. */
HM_MUST_CHECK bool hm_listing_add_bytes(struct hm_golden *golden, const char *name, struct hm_bytes content,
					struct hm_error *error);
/* The files of a layer: the entries NAME and, where there is a tree, NAME-tree. */
HM_MUST_CHECK bool hm_listing_add_layer(struct hm_golden *golden, const struct hm_layer_file *layer,
					struct hm_error *error);
HM_MUST_CHECK bool hm_listing_has(const struct hm_golden *golden, const char *name);

#endif
