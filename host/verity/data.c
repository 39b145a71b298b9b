/* SPDX-License-Identifier: BSD-2-Clause */
/* data.c - where a tree's digests come from: the data file */
#include "host/verity/data.h"

#include <errno.h>
#include <stdlib.h>

struct hash_call {
	const struct hm_tree_data *data;
	const uint8_t *p;
	size_t count;
	uint8_t *ret;
	bool good;
};

static void hash_in_window(void *arg)
{
	struct hash_call *call = arg;
	const struct hm_tree_data *data = call->data;

	call->good =
		hm_tree_hash(data->params, data->kernel, call->p, data->params->data_block_len, call->count, call->ret);
}

static bool hash_data(const struct hm_tree_data *data, struct hm_window *window, uint64_t first, size_t count,
		      uint8_t *ret, struct hm_error *error)
{
	size_t block_len = data->params->data_block_len;
	struct hash_call call = {.data = data, .count = count, .ret = ret, .good = false};

	if (!hm_window_load(window, data->in, first * block_len, count * block_len, error))
		return false;
	call.p = window->p;
	if (!hm_guard(hash_in_window, &call, window, 1, error))
		return false;
	if (!call.good)
		return hm_error_err(error, data->kernel->name, HM_E_HASH);
	return true;
}

static bool digests(void *ctx, unsigned int thread, uint64_t first, size_t count, uint8_t *ret, struct hm_error *error)
{
	const struct hm_tree_data *data = ctx;
	struct hm_window *window = &data->windows[thread];
	size_t step = hm_window_max(data->in) / data->params->data_block_len;
	bool good = true;

	for (size_t at = 0; at < count && good; at += step)
		good = hash_data(data, window, first + at, count - at < step ? count - at : step,
				 ret + at * HM_TREE_DIGEST_LEN, error);
	hm_window_unload(window);
	return good;
}

static bool is_zero(void *ctx, uint64_t first, size_t count)
{
	const struct hm_tree_data *data = ctx;
	uint64_t block_len = data->params->data_block_len;

	return hm_mapped_is_hole(data->in, first * block_len, count * block_len);
}

bool hm_tree_data_init(struct hm_tree_data *data, struct hm_mapped *in, const struct hm_tree_params *params,
		       const struct hm_sha256_kernel *kernel, unsigned int threads, struct hm_error *error)
{
	struct hm_window *windows = calloc(threads, sizeof(*windows));

	if (!windows)
		return hm_error_errno(error, in->path, -ENOMEM);
	*data = (struct hm_tree_data){
		.in = in, .params = params, .kernel = kernel, .windows = windows, .threads = threads};
	return true;
}

void hm_tree_data_free(struct hm_tree_data *data)
{
	for (unsigned int i = 0; data->windows && i < data->threads; i++)
		hm_window_free(&data->windows[i]);
	free(data->windows);
	data->windows = NULL;
}

struct hm_tree_source hm_tree_data_source(struct hm_tree_data *data)
{
	return (struct hm_tree_source){.ctx = data, .digests = digests, .is_zero = is_zero};
}

/* Block number sample * last / (HM_TREE_SAMPLES - 1), without a product that could wrap. */
static uint64_t sample_block(uint64_t last, uint64_t sample)
{
	uint64_t steps = HM_TREE_SAMPLES - 1;

	return last / steps * sample + last % steps * sample / steps;
}

bool hm_tree_data_fingerprint(const struct hm_tree_data *data, uint8_t ret[HM_TREE_DIGEST_LEN], struct hm_error *error)
{
	uint8_t sampled[HM_TREE_SAMPLES * HM_TREE_DIGEST_LEN];
	bool good = true;

	for (uint64_t i = 0; i < HM_TREE_SAMPLES && good; i++)
		good = hash_data(data, &data->windows[0], sample_block(data->params->data_blocks - 1, i), 1,
				 sampled + i * HM_TREE_DIGEST_LEN, error);
	hm_window_unload(&data->windows[0]);
	if (!good)
		return false;
	if (!data->kernel->many(NULL, 0, sampled, 0, sizeof(sampled), 1, ret))
		return hm_error_err(error, data->kernel->name, HM_E_HASH);
	return true;
}
