/* SPDX-License-Identifier: BSD-2-Clause */
/* sha256.c - the SHA-256 kernels: which there are, which is the fastest, how fast */
#include "host/sha/sha256.h"

#include <stdlib.h>
#include <string.h>

#include "host/base/clock.h"
#include "host/sha/cpu.h"
#include "host/sha/lanes.h"

/*
 * The self-test's messages are those of a tree: with shorter ones a kernel's first and last blocks
 * count for too much. 48 is a multiple of every number of lanes, and the rounds below take all
 * kernels together about a millisecond. Of several rounds the fastest counts: others use the
 * machine too.
 */
#define TEST_PREFIX_LEN 32u
#define TEST_LEN 4096u
#define TEST_COUNT 48u
#define TEST_ROUNDS 4u
/* Streams of 1, 2, 3 ... blocks, each with its padding in the last. */
#define TEST_STREAMS HM_SHA256_LANES_MAX
#define TEST_STREAM_PAD 24u
#define KERNELS_MAX 8u
/*
 * A later kernel must be this much faster. Else two that are nearly equal would take turns, and a
 * neighbour on the same physical core, who slows SHA-NI more than the others, would decide.
 */
#define GAIN 0.85

/* Multiplications that wait for one another; each takes three cycles on x86. */
#define CHAIN_COUNT 20000u
#define CHAIN_CYCLES 3.0

const struct hm_sha256_kernel *const hm_sha256_kernels[] = {
#if defined(__x86_64__)
	&hm_sha256_shani,
	&hm_sha256_avx512,
#endif
	&hm_sha256_openssl,
	NULL,
};

const struct hm_sha256_kernel *hm_sha256_kernel_find_in(const struct hm_sha256_kernel *const *kernels, const char *name)
{
	for (size_t i = 0; kernels[i]; i++)
		if (strcmp(kernels[i]->name, name) == 0)
			return kernels[i]->supported() ? kernels[i] : NULL;
	return NULL;
}

const struct hm_sha256_kernel *hm_sha256_kernel_find(const char *name)
{
	return hm_sha256_kernel_find_in(hm_sha256_kernels, name);
}

static double now(void)
{
	return hm_clock_ms() / 1e3;
}

/* Bytes without a pattern that a wrong kernel could happen to get right. */
static void fill(uint8_t *p, size_t len)
{
	uint64_t x = 0x9e3779b97f4a7c15;

	for (size_t i = 0; i < len; i++) {
		if (i % sizeof(x) == 0) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
		p[i] = (uint8_t)(x >> 8 * (i % sizeof(x)));
	}
}

struct self_test {
	uint8_t prefix[TEST_PREFIX_LEN];
	uint8_t data[TEST_COUNT * TEST_LEN];
	uint8_t want[TEST_COUNT * HM_SHA256_LEN];
	uint8_t stream[TEST_STREAMS][TEST_STREAMS * HM_SHA256_BLOCK_LEN];
	uint8_t want_stream[TEST_STREAMS][HM_SHA256_LEN];
};

static bool self_test_prepare(struct self_test *t)
{
	bool good;

	fill(t->prefix, sizeof(t->prefix));
	fill(t->data, sizeof(t->data));
	good = hm_sha256_openssl.many(t->prefix, TEST_PREFIX_LEN, t->data, TEST_LEN, TEST_LEN, TEST_COUNT, t->want);
	for (size_t i = 0; good && i < TEST_STREAMS; i++) {
		size_t whole = (i + 1) * HM_SHA256_BLOCK_LEN;
		size_t len = whole - TEST_STREAM_PAD;
		uint8_t *p = t->stream[i];

		fill(p, len);
		good = hm_sha256_openssl.many(NULL, 0, p, len, len, 1, t->want_stream[i]);
		memset(p + len, 0, TEST_STREAM_PAD);
		p[len] = 0x80;
		p[whole - 2] = (uint8_t)(len * 8 >> 8);
		p[whole - 1] = (uint8_t)(len * 8);
	}
	return good;
}

static bool streams_right(const struct hm_sha256_kernel *kernel, const struct self_test *t)
{
	struct hm_sha256_state state[TEST_STREAMS];
	struct hm_sha256_state *states[TEST_STREAMS];
	const uint8_t *p[TEST_STREAMS];
	size_t blocks[TEST_STREAMS];

	if (!kernel->streams)
		return true;
	for (size_t i = 0; i < TEST_STREAMS; i++) {
		state[i] = hm_sha256_initial;
		states[i] = &state[i];
		p[i] = t->stream[i];
		blocks[i] = i + 1;
	}
	kernel->streams(states, p, blocks, TEST_STREAMS);
	for (size_t i = 0; i < TEST_STREAMS; i++)
		for (size_t byte = 0; byte < HM_SHA256_LEN; byte++)
			if (t->want_stream[i][byte] != (uint8_t)(state[i].h[byte / 4] >> (24 - 8 * (byte % 4))))
				return false;
	return true;
}

static bool many_right(const struct hm_sha256_kernel *kernel, const struct self_test *t, double *ret_seconds)
{
	uint8_t got[TEST_COUNT * HM_SHA256_LEN] = {0};
	double start = now();

	if (!kernel->many(t->prefix, TEST_PREFIX_LEN, t->data, TEST_LEN, TEST_LEN, TEST_COUNT, got))
		return false;
	*ret_seconds = now() - start;
	return memcmp(got, t->want, sizeof(got)) == 0;
}

static const struct hm_sha256_kernel *fastest(const struct hm_sha256_kernel *const *kernels, const struct self_test *t)
{
	const struct hm_sha256_kernel *best = NULL;
	double seconds[KERNELS_MAX], best_seconds = 0;
	bool right[KERNELS_MAX];
	size_t count = 0;

	for (; count < KERNELS_MAX && kernels[count]; count++) {
		right[count] = kernels[count]->supported() && streams_right(kernels[count], t);
		seconds[count] = 1e9;
	}
	/* The kernels by turns, so that a disturbance hits one round of each and not all rounds of
	 * one. */
	for (unsigned int round = 0; round < TEST_ROUNDS; round++)
		for (size_t i = 0; i < count; i++) {
			double s = 0;

			right[i] = right[i] && many_right(kernels[i], t, &s);
			if (right[i] && s < seconds[i])
				seconds[i] = s;
		}
	for (size_t i = 0; i < count; i++)
		if (right[i] && (!best || seconds[i] < best_seconds * GAIN)) {
			best = kernels[i];
			best_seconds = seconds[i];
		}
	return best;
}

const struct hm_sha256_kernel *hm_sha256_kernel_choose(const struct hm_sha256_kernel *const *kernels)
{
	struct self_test *t = malloc(sizeof(*t));
	const struct hm_sha256_kernel *best = NULL;

	if (t && self_test_prepare(t))
		best = fastest(kernels, t);
	free(t);
	/* Without a result to compare with there is only OpenSSL, which will report what is wrong
	 * with it. */
	return best ? best : &hm_sha256_openssl;
}

const struct hm_sha256_kernel *hm_sha256_kernel_best(void)
{
	return hm_sha256_kernel_choose(hm_sha256_kernels);
}

/* Seconds for one pass over the data; 0 where the kernel failed. */
static double pass_seconds(const struct hm_sha256_kernel *kernel, const uint8_t *data)
{
	uint8_t ret[TEST_COUNT * HM_SHA256_LEN];
	double start = now();

	if (!kernel->many(data, TEST_PREFIX_LEN, data, TEST_LEN, TEST_LEN, TEST_COUNT, ret))
		return 0;
	return now() - start;
}

static double cycle_seconds(void)
{
	uint64_t x = 0x9e3779b97f4a7c15, m = x;
	double start;

	/* A factor that the compiler knows it might replace by shifts and additions. */
	__asm__ volatile("" : "+r"(m));
	start = now();
	for (unsigned int i = 0; i < CHAIN_COUNT; i++) {
		x *= m;
		__asm__ volatile("" : "+r"(x));
	}
	return (now() - start) / (CHAIN_CYCLES * CHAIN_COUNT);
}

/* The best pass, and the cycle measured beside it: what else runs here makes both longer, never
 * shorter. */
static bool measure(const struct hm_sha256_kernel *kernel, unsigned int milliseconds, double *ret_pass,
		    double *ret_cycle)
{
	uint8_t *data = malloc(TEST_COUNT * TEST_LEN);
	double end = now() + milliseconds * 1e-3;
	double pass = 1e9, cycle = 1e9, s;

	if (!data)
		return false;
	fill(data, TEST_COUNT * TEST_LEN);
	do {
		double c = cycle_seconds();

		s = pass_seconds(kernel, data);
		cycle = c < cycle ? c : cycle;
		pass = s < pass ? s : pass;
	} while (s > 0 && now() < end);
	free(data);
	if (pass <= 0)
		return false;
	*ret_pass = pass;
	*ret_cycle = cycle;
	return true;
}

double hm_sha256_kernel_speed(const struct hm_sha256_kernel *kernel, unsigned int milliseconds)
{
	double pass, cycle;

	if (!measure(kernel, milliseconds, &pass, &cycle))
		return 0;
	return TEST_COUNT * TEST_LEN / pass;
}

double hm_sha256_kernel_cycles(const struct hm_sha256_kernel *kernel, unsigned int milliseconds)
{
	double pass, cycle;

	if (!measure(kernel, milliseconds, &pass, &cycle))
		return 0;
	return pass / cycle / (TEST_COUNT * TEST_LEN);
}

double hm_sha256_kernel_cycles_max(const struct hm_sha256_kernel *kernel)
{
	return hm_sha256_cpu_intel() ? kernel->cycles_max.intel : kernel->cycles_max.other;
}
