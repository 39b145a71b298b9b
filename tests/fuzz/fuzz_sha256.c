/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz_sha256.c - every SHA-256 kernel against OpenSSL, with lengths, strides and alignments that
 * the fuzzer picks */
#include "host/sha/lanes.h"
#include "host/sha/sha256.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_MAX 52u
#define BLOCKS_MAX 64u
#define HEADER_LEN 8u

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

struct input {
	size_t prefix_len, len, stride, count, shift;
	uint8_t *memory; /* of exactly the length that may be read */
	uint8_t *prefix, *data;
	size_t data_len;
};

static void die(const struct hm_sha256_kernel *kernel, const struct input *in, const char *what, size_t i)
{
	fprintf(stderr, "%s: %s %zu: prefix %zu, len %zu, stride %zu, count %zu, shift %zu\n", kernel->name, what, i,
		in->prefix_len, in->len, in->stride, in->count, in->shift);
	abort();
}

static void reference(const struct hm_sha256_kernel *kernel, const struct input *in, const uint8_t *prefix,
		      size_t prefix_len, const uint8_t *p, size_t len, uint8_t *ret)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) != 1 || EVP_DigestUpdate(ctx, prefix, prefix_len) != 1 ||
	    EVP_DigestUpdate(ctx, p, len) != 1 || EVP_DigestFinal_ex(ctx, ret, NULL) != 1)
		die(kernel, in, "OpenSSL", 0);
	EVP_MD_CTX_free(ctx);
}

static void check_many(const struct hm_sha256_kernel *kernel, const struct input *in)
{
	uint8_t *got = malloc(in->count * HM_SHA256_LEN + 1), want[HM_SHA256_LEN];

	if (!got || !kernel->many(in->prefix, in->prefix_len, in->data, in->stride, in->len, in->count, got))
		die(kernel, in, "failed", 0);
	for (size_t i = 0; i < in->count; i++) {
		reference(kernel, in, in->prefix, in->prefix_len, in->data + i * in->stride, in->len, want);
		if (memcmp(got + i * HM_SHA256_LEN, want, sizeof(want)) != 0)
			die(kernel, in, "message", i);
	}
	free(got);
}

/* The padded message of a stream is data that ends in its own padding: the state is then the
 * digest. */
static uint8_t *padded(const struct input *in, size_t blocks, size_t cut)
{
	size_t whole = blocks * HM_SHA256_BLOCK_LEN, len = whole - cut;
	uint8_t *p = malloc(whole);

	if (!p)
		abort();
	for (size_t i = 0; i < len; i++)
		p[i] = in->data_len > 0 ? (uint8_t)(in->data[i % in->data_len] + i / 251) : (uint8_t)i;
	memset(p + len, 0, cut);
	p[len] = 0x80;
	for (size_t i = 0; i < 8; i++)
		p[whole - 8 + i] = (uint8_t)((uint64_t)len * 8 >> (56 - 8 * i));
	return p;
}

static void check_streams(const struct hm_sha256_kernel *kernel, const struct input *in)
{
	size_t lanes = in->count % (HM_SHA256_LANES_MAX + 1);
	struct hm_sha256_state state[HM_SHA256_LANES_MAX];
	struct hm_sha256_state *states[HM_SHA256_LANES_MAX];
	uint8_t *memory[HM_SHA256_LANES_MAX], want[HM_SHA256_LEN];
	const uint8_t *p[HM_SHA256_LANES_MAX];
	size_t blocks[HM_SHA256_LANES_MAX], cut = 9 + in->shift % 56;

	for (size_t i = 0; i < lanes; i++) {
		blocks[i] = in->data_len > i ? in->data[i] % BLOCKS_MAX : 0;
		memory[i] = blocks[i] > 0 ? padded(in, blocks[i], cut) : NULL;
		state[i] = hm_sha256_initial;
		states[i] = &state[i];
		p[i] = memory[i];
	}
	kernel->streams(states, p, blocks, lanes);
	for (size_t i = 0; i < lanes; i++) {
		if (blocks[i] > 0)
			reference(kernel, in, NULL, 0, p[i], blocks[i] * HM_SHA256_BLOCK_LEN - cut, want);
		else if (memcmp(&state[i], &hm_sha256_initial, sizeof(state[i])) != 0)
			die(kernel, in, "empty stream", i);
		for (size_t byte = 0; blocks[i] > 0 && byte < HM_SHA256_LEN; byte++)
			if (want[byte] != (uint8_t)(state[i].h[byte / 4] >> (24 - 8 * (byte % 4))))
				die(kernel, in, "stream", i);
		free(memory[i]);
	}
}

/* prefix_len, len (2), stride (2), count, shift, one spare; then the bytes, which repeat as often
 * as needed. */
static struct input read_input(const uint8_t *p, size_t len)
{
	struct input in = {0};
	size_t used;

	in.prefix_len = (size_t)p[0] + (p[7] & 1);
	in.len = (size_t)(p[1] | p[2] << 8) % 8300;
	in.stride = (size_t)(p[3] | p[4] << 8) % 9000;
	in.count = p[5] % COUNT_MAX;
	in.shift = p[6] % 64;
	in.data_len = in.count > 0 ? (in.count - 1) * in.stride + in.len : 0;
	used = in.shift + in.prefix_len + in.data_len;
	in.memory = malloc(used > 0 ? used : 1);
	if (!in.memory)
		abort();
	for (size_t i = 0; i < used; i++)
		in.memory[i] = len > HEADER_LEN ? (uint8_t)(p[HEADER_LEN + i % (len - HEADER_LEN)] + i / 253)
						: (uint8_t)(i * 7);
	in.prefix = in.memory + in.shift;
	in.data = in.prefix + in.prefix_len;
	return in;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct input in;

	if (len < HEADER_LEN)
		return 0;
	in = read_input(p, len);
	for (size_t i = 0; hm_sha256_kernels[i]; i++) {
		if (!hm_sha256_kernels[i]->supported())
			continue;
		check_many(hm_sha256_kernels[i], &in);
		if (hm_sha256_kernels[i]->streams)
			check_streams(hm_sha256_kernels[i], &in);
	}
	free(in.memory);
	return 0;
}
