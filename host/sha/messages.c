/* SPDX-License-Identifier: BSD-2-Clause */
/* messages.c - SHA-256, SHA-384 and SHA-512 of several long messages at once */
#include "host/sha/messages.h"

#include <string.h>

#include "lib/crypto/hash.h"
#include "host/sha/sha256.h"
#include "host/sha/sha512_avx512.h"

#define BLOCK_MAX 128u
#define LANES_MAX HM_SHA256_LANES_MAX

union state {
	struct hm_sha256_state h32;
	struct hm_sha512_states h64;
};

/* FIPS 180-4, 5.3.3. */
static const uint32_t start_sha256[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
/* FIPS 180-4, 5.3.4 and 5.3.5. */
static const uint64_t start_sha384[8] = {
	0xcbbb9d5dc1059ed8ull, 0x629a292a367cd507ull, 0x9159015a3070dd17ull, 0x152fecd8f70e5939ull,
	0x67332667ffc00b31ull, 0x8eb44a8768581511ull, 0xdb0c2e0d64f98fa7ull, 0x47b5481dbefa4fa4ull,
};
static const uint64_t start_sha512[8] = {
	0x6a09e667f3bcc908ull, 0xbb67ae8584caa73bull, 0x3c6ef372fe94f82bull, 0xa54ff53a5f1d36f1ull,
	0x510e527fade682d1ull, 0x9b05688c2b3e6c1full, 0x1f83d9abfb41bd6bull, 0x5be0cd19137e2179ull,
};

/* One message on its way through a lane. */
struct lane {
	const struct hm_sha_message *message; /* NULL: idle */
	union state state;
	size_t part, off; /* the next byte */
	uint64_t zeros;	  /* that are left of the zero tail */
	uint64_t len;	  /* bytes taken so far */
	bool padded;	  /* the run is the last one */
	const uint8_t *run;
	size_t run_blocks;
	uint8_t buffer[2 * BLOCK_MAX];
};

/* Up to a block of bytes from wherever they are; fewer only at the message's end. */
static size_t gather(struct lane *lane, size_t block)
{
	const struct hm_sha_message *m = lane->message;
	size_t have = 0;

	while (have < block && lane->part < m->count) {
		size_t left = m->parts[lane->part].len - lane->off;
		size_t take = left < block - have ? left : block - have;

		if (take)
			memcpy(lane->buffer + have, m->parts[lane->part].p + lane->off, take);
		have += take;
		lane->off += take;
		if (lane->off == m->parts[lane->part].len) {
			lane->part++;
			lane->off = 0;
		}
	}
	if (lane->part == m->count && have < block) {
		size_t take = lane->zeros < block - have ? (size_t)lane->zeros : block - have;

		memset(lane->buffer + have, 0, take);
		have += take;
		lane->zeros -= take;
	}
	return have;
}

/* FIPS 180-4, 5.1.2: a one bit, zeros, the length in bits. */
static void pad(const struct hm_sha_kernel *kernel, struct lane *lane, size_t have)
{
	size_t blocks = have < kernel->block - kernel->length_len ? 1 : 2;
	size_t end = blocks * kernel->block;

	memset(lane->buffer + have, 0, end - have);
	lane->buffer[have] = 0x80;
	for (size_t i = 0; i < 8; i++)
		lane->buffer[end - 1 - i] = (uint8_t)(lane->len << 3 >> (8 * i));
	if (kernel->length_len > 8)
		lane->buffer[end - 9] = (uint8_t)(lane->len >> 61);
	lane->padded = true;
	lane->run_blocks = blocks;
}

/* What to compress next: whole blocks where they lie, a block that spans two runs, or the padding. */
static void next_run(const struct hm_sha_kernel *kernel, struct lane *lane)
{
	const struct hm_sha_message *m = lane->message;
	size_t left = lane->part < m->count ? m->parts[lane->part].len - lane->off : 0;

	if (left >= kernel->block) {
		lane->run = m->parts[lane->part].p + lane->off;
		lane->run_blocks = left / kernel->block;
		lane->off += lane->run_blocks * kernel->block;
		lane->len += lane->run_blocks * (uint64_t)kernel->block;
		return;
	}
	left = gather(lane, kernel->block);
	lane->len += left;
	lane->run = lane->buffer;
	lane->run_blocks = 1;
	if (left < kernel->block)
		pad(kernel, lane, left);
}

static void begin(const struct hm_sha_kernel *kernel, struct lane *lane, const struct hm_sha_message *message)
{
	memset(lane, 0, sizeof(*lane));
	lane->message = message;
	lane->zeros = message->zero_tail;
	if (kernel->sha256) {
		memcpy(lane->state.h32.h, start_sha256, sizeof(start_sha256));
	} else {
		memcpy(lane->state.h64.sha384, start_sha384, sizeof(start_sha384));
		memcpy(lane->state.h64.sha512, start_sha512, sizeof(start_sha512));
	}
	next_run(kernel, lane);
}

static void put_words_64(const uint64_t *words, enum hm_bank bank, struct hm_digests *ret)
{
	if (!(ret->banks & HM_BANK_BIT(bank)))
		return;
	for (size_t i = 0; i < hm_algs[bank].len; i++)
		ret->value[bank][i] = (uint8_t)(words[i / 8] >> (56 - 8 * (i % 8)));
}

static void finish(const struct hm_sha_kernel *kernel, const struct lane *lane)
{
	struct hm_digests *ret = lane->message->ret;

	if (!kernel->sha256) {
		put_words_64(lane->state.h64.sha384, HM_SHA384, ret);
		put_words_64(lane->state.h64.sha512, HM_SHA512, ret);
		return;
	}
	for (size_t i = 0; i < HM_SHA256_LEN && (ret->banks & HM_BANK_BIT(HM_SHA256)); i++)
		ret->value[HM_SHA256][i] = (uint8_t)(lane->state.h32.h[i / 4] >> (24 - 8 * (i % 4)));
}

static void compress_512(struct lane *const *busy, size_t count, const uint8_t *const *run, size_t blocks)
{
	struct hm_sha512_states states[HM_SHA512_LANES] = {{{0}, {0}}};
	const uint8_t *p[HM_SHA512_LANES];

	/* The kernel wants all of its lanes: an idle one reads what a busy one does. */
	for (size_t i = 0; i < HM_SHA512_LANES; i++)
		p[i] = run[i < count ? i : 0];
	for (size_t i = 0; i < count; i++)
		states[i] = busy[i]->state.h64;
	hm_sha512_compress(states, p, blocks);
	for (size_t i = 0; i < count; i++)
		busy[i]->state.h64 = states[i];
}

/* As many blocks as every busy lane has in its run. */
static size_t compress(const struct hm_sha_kernel *kernel, struct lane *lanes)
{
	struct hm_sha256_state *state[LANES_MAX];
	struct lane *busy[LANES_MAX];
	const uint8_t *p[LANES_MAX];
	size_t each[LANES_MAX];
	size_t blocks = SIZE_MAX;
	size_t count = 0;

	for (size_t i = 0; i < kernel->lanes; i++) {
		if (!lanes[i].message)
			continue;
		busy[count] = &lanes[i];
		state[count] = &lanes[i].state.h32;
		p[count++] = lanes[i].run;
		blocks = lanes[i].run_blocks < blocks ? lanes[i].run_blocks : blocks;
	}
	for (size_t i = 0; i < count; i++)
		each[i] = blocks;
	if (kernel->sha256)
		kernel->sha256->streams(state, p, each, count);
	else
		compress_512(busy, count, p, blocks);
	return blocks;
}

/* True where the lane has nothing more to do with its message. */
static bool advance(const struct hm_sha_kernel *kernel, struct lane *lane, size_t blocks)
{
	lane->run += blocks * kernel->block;
	lane->run_blocks -= blocks;
	if (lane->run_blocks)
		return false;
	if (lane->padded) {
		finish(kernel, lane);
		return true;
	}
	next_run(kernel, lane);
	return false;
}

void hm_sha_messages(const struct hm_sha_kernel *kernel, const struct hm_sha_message *messages, size_t count)
{
	struct lane lanes[LANES_MAX];
	size_t next = 0, busy = 0;

	memset(lanes, 0, sizeof(lanes));
	for (; busy < kernel->lanes && next < count; busy++)
		begin(kernel, &lanes[busy], &messages[next++]);
	while (busy) {
		size_t blocks = compress(kernel, lanes);

		for (size_t i = 0; i < kernel->lanes; i++) {
			if (!lanes[i].message || !advance(kernel, &lanes[i], blocks))
				continue;
			lanes[i].message = NULL;
			if (next < count)
				begin(kernel, &lanes[i], &messages[next++]);
			else
				busy--;
		}
	}
}

/* A wrong compiler or CPU shows here, not in a golden file: messages that use every path, against OpenSSL. */
static bool agrees_with_openssl(const struct hm_sha_kernel *kernel)
{
	static const uint8_t text[3 * BLOCK_MAX + 7] = "a message of no meaning";
	const struct hm_bytes parts[] = {hm_bytes_of(text, 5), hm_bytes_of(text + 5, sizeof(text) - 5)};
	const uint32_t banks =
		kernel->sha256 ? HM_BANK_BIT(HM_SHA256) : HM_BANK_BIT(HM_SHA384) | HM_BANK_BIT(HM_SHA512);
	struct hm_digests got[3], want[3];
	const struct hm_sha_message messages[3] = {
		{.parts = parts, .count = 2, .ret = &got[0]},
		{.parts = parts, .count = 2, .zero_tail = 115, .ret = &got[1]},
		{.parts = parts, .count = 1, .ret = &got[2]},
	};

	memset(got, 0, sizeof(got));
	for (size_t i = 0; i < HM_ARRAY_LEN(messages); i++) {
		got[i].banks = banks;
		if (hm_digests_of(&hm_crypto_hasher, banks, messages[i].parts, messages[i].count, messages[i].zero_tail,
				  &want[i]))
			return false;
	}
	hm_sha_messages(kernel, messages, HM_ARRAY_LEN(messages));
	for (size_t i = 0; i < HM_ARRAY_LEN(messages); i++) {
		if (!hm_digests_equal(&got[i], &want[i]))
			return false;
	}
	return true;
}

bool hm_sha_kernel(enum hm_sha_family family, struct hm_sha_kernel *ret)
{
	/* One lane of SHA-NI waits for its own result; three do not. */
	struct hm_sha_kernel kernel = {.block = 64, .length_len = 8, .lanes = 3};

	if (family == HM_SHA_FAMILY_512)
		kernel = (struct hm_sha_kernel){.block = 128, .length_len = 16, .lanes = HM_SHA512_LANES};
	else
		kernel.sha256 = hm_sha256_kernel_find("shani");
	if (family == HM_SHA_FAMILY_512 ? !hm_sha512_supported() : !kernel.sha256 || !kernel.sha256->streams)
		return false;
	if (!agrees_with_openssl(&kernel))
		return false;
	*ret = kernel;
	return true;
}
