/* SPDX-License-Identifier: BSD-2-Clause */
/* listing.c - the list of inputs in a golden file */
#include "host/predict/listing.h"

#include <stdio.h>
#include <string.h>

#include "lib/crypto/hash.h"

bool hm_listing_add(struct hm_golden *golden, const char *name, uint64_t len, const uint8_t sha256[HM_SHA256_LEN],
		    struct hm_error *error)
{
	struct hm_golden_source *input = &golden->input[golden->input_count];

	if (golden->input_count >= HM_GOLDEN_INPUTS_MAX)
		return hm_error_of(error, HM_ERROR_USAGE, "predict", "too many inputs");
	input->name = strdup(name);
	if (!input->name)
		return hm_error_memory(error, "predict");
	input->size = len;
	memcpy(input->sha256, sha256, 32);
	golden->input_count++;
	return true;
}

bool hm_listing_add_bytes(struct hm_golden *golden, const char *name, struct hm_bytes content, struct hm_error *error)
{
	uint8_t sha256[HM_SHA256_LEN];

	if (!hm_sha256(&content, 1, sha256))
		return hm_error_err(error, name, HM_E_HASH);
	return hm_listing_add(golden, name, content.len, sha256, error);
}

bool hm_listing_add_layer(struct hm_golden *golden, const struct hm_layer_file *layer, struct hm_error *error)
{
	char name[HM_RECORD_NAME_MAX + 8];

	snprintf(name, sizeof(name), "%s-tree", layer->name);
	return hm_listing_add(golden, layer->name, layer->data.len, layer->data.sha256, error) &&
	       (!layer->tree_path || hm_listing_add(golden, name, layer->tree.len, layer->tree.sha256, error));
}

bool hm_listing_has(const struct hm_golden *golden, const char *name)
{
	for (size_t i = 0; i < golden->input_count; i++) {
		if (!strcmp(golden->input[i].name, name))
			return true;
	}
	return false;
}
