/* SPDX-License-Identifier: BSD-2-Clause */
/* lanes.c - messages dealt out to the lanes of a kernel */
#include "host/sha/lanes.h"

#include <string.h>

#define BLOCK_LEN HM_SHA256_BLOCK_LEN
#define LANES_MAX HM_SHA256_LANES_MAX
#define LENGTH_LEN 8u /* of the bit count at the end of the padding */

_Alignas(64) const uint32_t hm_sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

const struct hm_sha256_state hm_sha256_initial = {
	{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19},
};

/*
 * Prefix and data of equal length have the same shape in every message: a first block where the one
 * passes into the other, blocks that lie in the data as they are, and a tail of one or two blocks
 * with the padding. First block and tail are assembled, and of these only the data changes from one
 * group of lanes to the next.
 */
struct work {
	hm_sha256_compress *compress;
	unsigned int lanes;
	struct hm_sha256_state start; /* after the whole blocks of the prefix */
	size_t head_off;	      /* where data begins in the first block */
	size_t head_len;	      /* and how much; 0: there is no such block */
	size_t body_blocks;
	size_t tail_off;
	size_t tail_len; /* of data, without the padding */
	size_t tail_blocks;
	uint8_t head[LANES_MAX][BLOCK_LEN];
	uint8_t tail[LANES_MAX][2 * BLOCK_LEN];
};

static void put_be32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

static void put_padding(uint8_t *tail, size_t len, size_t blocks, uint64_t message_len)
{
	uint8_t *bits = tail + blocks * BLOCK_LEN - LENGTH_LEN;

	memset(tail + len, 0, blocks * BLOCK_LEN - len);
	tail[len] = 0x80;
	put_be32(bits, (uint32_t)(message_len >> 29));
	put_be32(bits + 4, (uint32_t)(message_len << 3));
}

static void hash_prefix(struct work *w, const uint8_t *prefix, size_t blocks)
{
	struct hm_sha256_state state[LANES_MAX];
	struct hm_sha256_state *states[LANES_MAX];
	const uint8_t *p[LANES_MAX];

	w->start = hm_sha256_initial;
	if (blocks == 0)
		return;
	states[0] = &w->start;
	p[0] = prefix;
	for (size_t i = 1; i < w->lanes; i++) {
		state[i] = hm_sha256_initial;
		states[i] = &state[i];
		p[i] = prefix;
	}
	w->compress(states, p, blocks);
}

static void prepare(struct work *w, const uint8_t *prefix, size_t prefix_len, size_t len)
{
	size_t rest = prefix_len % BLOCK_LEN;
	size_t room = BLOCK_LEN - rest;
	uint64_t message_len = (uint64_t)prefix_len + len;

	hash_prefix(w, prefix, prefix_len / BLOCK_LEN);
	prefix += prefix_len - rest;
	w->head_off = rest;
	w->head_len = rest > 0 && len >= room ? room : 0;
	w->body_blocks = (len - w->head_len) / BLOCK_LEN;
	w->tail_off = w->head_len > 0 ? 0 : rest;
	w->tail_len = (len - w->head_len) % BLOCK_LEN;
	w->tail_blocks = w->tail_off + w->tail_len + 1 + LENGTH_LEN <= BLOCK_LEN ? 1 : 2;
	for (size_t i = 0; i < w->lanes; i++) {
		memcpy(w->head[i], prefix, rest);
		memcpy(w->tail[i], prefix, w->tail_off);
		put_padding(w->tail[i], w->tail_off + w->tail_len, w->tail_blocks, message_len);
	}
}

/* One message in each lane; where there are fewer, the last lanes repeat the first message. */
static void hash_group(struct work *w, const uint8_t *p, size_t stride, size_t count, uint8_t *ret)
{
	struct hm_sha256_state state[LANES_MAX];
	struct hm_sha256_state *states[LANES_MAX];
	const uint8_t *head[LANES_MAX], *body[LANES_MAX], *tail[LANES_MAX];

	for (size_t i = 0; i < w->lanes; i++) {
		const uint8_t *data = i < count ? p + i * stride : p;

		state[i] = w->start;
		states[i] = &state[i];
		memcpy(w->head[i] + w->head_off, data, w->head_len);
		head[i] = w->head[i];
		body[i] = data + w->head_len;
		memcpy(w->tail[i] + w->tail_off, body[i] + w->body_blocks * BLOCK_LEN, w->tail_len);
		tail[i] = w->tail[i];
	}
	if (w->head_len > 0)
		w->compress(states, head, 1);
	if (w->body_blocks > 0)
		w->compress(states, body, w->body_blocks);
	w->compress(states, tail, w->tail_blocks);
	for (size_t i = 0; i < count; i++)
		for (size_t word = 0; word < 8; word++)
			put_be32(ret + i * HM_SHA256_LEN + 4 * word, state[i].h[word]);
}

void hm_sha256_lanes_many(hm_sha256_compress *compress, unsigned int lanes, const uint8_t *prefix, size_t prefix_len,
			  const uint8_t *p, size_t stride, size_t len, size_t count, uint8_t *ret)
{
	static const uint8_t nothing[1];
	struct work w;

	w.compress = compress;
	w.lanes = lanes;
	prepare(&w, prefix_len > 0 ? prefix : nothing, prefix_len, len);
	if (len == 0) {
		p = nothing;
		stride = 0;
	}
	for (size_t i = 0; i < count; i += lanes)
		hash_group(&w, p + i * stride, stride, count - i < lanes ? count - i : lanes, ret + i * HM_SHA256_LEN);
}

/* Streams as they move on. */
struct running {
	const uint8_t *p[LANES_MAX];
	size_t left[LANES_MAX];
	size_t count;
};

/* The longest stream that is not in a lane yet; `count` if there is none. */
static size_t longest(const struct running *r, uint32_t taken)
{
	size_t found = r->count;

	for (size_t i = 0; i < r->count; i++)
		if (!(taken & (uint32_t)1 << i) && r->left[i] > 0 && (found == r->count || r->left[i] > r->left[found]))
			found = i;
	return found;
}

/* The longest streams side by side until the shortest of them ends. Idle lanes work on a copy of
 * the first. */
static bool step(hm_sha256_compress *compress, unsigned int lanes, struct running *r,
		 struct hm_sha256_state *const *state)
{
	struct hm_sha256_state idle[LANES_MAX] = {0};
	struct hm_sha256_state *states[LANES_MAX];
	const uint8_t *p[LANES_MAX];
	size_t chosen[LANES_MAX];
	size_t blocks = 0, busy = 0;
	uint32_t taken = 0;

	for (; busy < lanes; busy++) {
		size_t next = longest(r, taken);

		if (next == r->count)
			break;
		chosen[busy] = next;
		taken |= (uint32_t)1 << next;
		states[busy] = state[next];
		p[busy] = r->p[next];
		blocks = r->left[next];
	}
	if (busy == 0)
		return false;
	for (size_t i = busy; i < lanes; i++) {
		states[i] = &idle[i];
		p[i] = p[0];
	}
	compress(states, p, blocks);
	for (size_t i = 0; i < busy; i++) {
		r->p[chosen[i]] += blocks * BLOCK_LEN;
		r->left[chosen[i]] -= blocks;
	}
	return true;
}

void hm_sha256_lanes_streams(hm_sha256_compress *compress, unsigned int lanes, struct hm_sha256_state *const *state,
			     const uint8_t *const *p, const size_t *blocks, size_t count)
{
	struct running r = {.count = count};

	for (size_t i = 0; i < count; i++) {
		r.p[i] = p[i];
		r.left[i] = blocks[i];
	}
	while (step(compress, lanes, &r, state))
		;
}
