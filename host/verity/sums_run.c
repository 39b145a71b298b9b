/* SPDX-License-Identifier: BSD-2-Clause */
/* sums_run.c - hash many files side by side, one in each lane of each thread */
#include "host/verity/sums_run.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "host/crypto/sha256_stream.h"
#include "host/base/mapped.h"
#include "host/base/threads.h"

#define BLOCK_LEN 64u
#define LENGTH_LEN 8u /* the message's length in bits, at the end of its last block */
#define SPEED_MS 1u
#define CHECK_BLOCKS 9u

static const struct hm_sha256_state initial = {
	{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}};

struct run {
	struct hm_sums *sums;
	const struct hm_sha256_kernel *kernel;
	struct hm_sums_file **order; /* the longest first: the short ones fill the gaps at the end */
	_Atomic size_t next;
	_Atomic uint64_t done_len;
	_Atomic bool stopped;
	pthread_mutex_t lock; /* of both below */
	const struct hm_sums_file *failed_file;
	struct hm_error error;
};

static void note_error(struct run *run, const struct hm_sums_file *file, const struct hm_error *error)
{
	pthread_mutex_lock(&run->lock);
	if (!run->failed_file || file < run->failed_file) {
		run->failed_file = file;
		run->error = *error;
	}
	run->stopped = true;
	pthread_mutex_unlock(&run->lock);
}

static struct hm_sums_file *take_file(struct run *run)
{
	size_t at;

	if (run->stopped)
		return NULL;
	at = run->next++;
	return at < run->sums->count ? run->order[at] : NULL;
}

/* --- by lanes --------------------------------------------------------------------------------------------- */

struct lane {
	struct hm_sums_file *file; /* NULL: idle */
	struct hm_mapped in;
	uint64_t off; /* of the next byte to hash */
	struct hm_sha256_state state;
};

struct team {
	struct run *run;
	struct lane lane[HM_SHA256_LANES_MAX];
	struct hm_window window[HM_SHA256_LANES_MAX];
	/* One call of the kernel: */
	struct hm_sha256_state *state[HM_SHA256_LANES_MAX];
	const uint8_t *p[HM_SHA256_LANES_MAX];
	size_t blocks[HM_SHA256_LANES_MAX];
	size_t active;
};

static void put_digest(const struct hm_sha256_state *state, uint8_t ret[HM_SHA256_LEN])
{
	struct hm_writer w = hm_writer_of(ret, HM_SHA256_LEN);

	for (size_t i = 0; i < HM_ARRAY_LEN(state->h); i++) {
		for (unsigned int shift = 32; shift > 0; shift -= 8)
			hm_put_u8(&w, (uint8_t)(state->h[i] >> (shift - 8)));
	}
}

/* FIPS 180-4, 5.1.1: a one bit, zeros, the length. `tail` is what is left after the whole blocks. */
static void finish_state(const struct hm_sha256_kernel *kernel, struct hm_sha256_state *state, const uint8_t *tail,
			 uint64_t len)
{
	uint8_t last[2 * BLOCK_LEN] = {0};
	size_t tail_len = (size_t)(len % BLOCK_LEN);
	size_t blocks = tail_len + 1 + LENGTH_LEN <= BLOCK_LEN ? 1 : 2;
	const uint8_t *p = last;

	memcpy(last, tail, tail_len);
	last[tail_len] = 0x80;
	for (unsigned int i = 0; i < LENGTH_LEN; i++)
		last[blocks * BLOCK_LEN - 1 - i] = (uint8_t)((len * 8) >> (8 * i));
	kernel->streams(&state, &p, &blocks, 1);
}

static bool lane_begin(struct lane *lane, struct hm_error *error)
{
	if (!hm_mapped_open(lane->file->path, &lane->in, error))
		return false;
	lane->off = 0;
	lane->state = initial;
	return true;
}

static bool lane_end(struct run *run, struct lane *lane, struct hm_error *error)
{
	uint8_t tail[BLOCK_LEN];

	if (!hm_read_at(lane->in.fd, lane->in.path, lane->off, tail, (size_t)(lane->in.len - lane->off), error) ||
	    !hm_mapped_unchanged(&lane->in, error))
		return false;
	finish_state(run->kernel, &lane->state, tail, lane->in.len);
	put_digest(&lane->state, lane->file->digest);
	run->done_len += lane->in.len - lane->off;
	return true;
}

static void lane_close(struct lane *lane, struct hm_window *window)
{
	hm_window_unload(window);
	hm_mapped_close(&lane->in);
	lane->file = NULL;
}

/* Blocks that the lane can hash now; the window moves on where it is used up. */
static bool lane_ready(struct lane *lane, struct hm_window *window, size_t *ret_blocks, struct hm_error *error)
{
	uint64_t left = (lane->in.len - lane->off) / BLOCK_LEN * BLOCK_LEN;
	bool loaded = window->p && lane->off >= window->off && lane->off - window->off < window->len;

	if (left == 0) {
		*ret_blocks = 0;
		return true;
	}
	if (!loaded) {
		size_t max = hm_window_max(&lane->in);

		if (!hm_window_load(window, &lane->in, lane->off, left < max ? (size_t)left : max, error))
			return false;
	}
	*ret_blocks = (window->len - (size_t)(lane->off - window->off)) / BLOCK_LEN;
	return true;
}

/* A file with something to hash in this lane; files without a whole block are done on the way. */
static bool lane_fill(struct team *team, size_t index, size_t *ret_blocks)
{
	struct run *run = team->run;
	struct lane *lane = &team->lane[index];
	struct hm_window *window = &team->window[index];

	for (;;) {
		struct hm_error error = {0};
		bool good = true;

		if (!lane->file) {
			lane->file = take_file(run);
			if (!lane->file)
				return false;
			good = lane_begin(lane, &error);
		}
		if (good && lane_ready(lane, window, ret_blocks, &error)) {
			if (*ret_blocks > 0)
				return true;
			good = lane_end(run, lane, &error);
		} else {
			good = false;
		}
		if (!good)
			note_error(run, lane->file, &error);
		lane_close(lane, window);
	}
}

static void compress_all(void *arg)
{
	struct team *team = arg;

	team->run->kernel->streams(team->state, team->p, team->blocks, team->active);
}

/* As many blocks as the lane with the fewest has, in all lanes that have a file. False: no file is left. */
static bool team_step(struct team *team)
{
	size_t used[HM_SHA256_LANES_MAX];
	size_t fewest = SIZE_MAX;
	struct hm_error error = {0};

	team->active = 0;
	for (size_t i = 0; i < team->run->kernel->lanes; i++) {
		size_t blocks = 0;

		if (!lane_fill(team, i, &blocks))
			continue;
		fewest = blocks < fewest ? blocks : fewest;
		used[team->active++] = i;
	}
	if (team->active == 0 || team->run->stopped)
		return false;
	for (size_t i = 0; i < team->active; i++) {
		struct lane *lane = &team->lane[used[i]];
		const struct hm_window *window = &team->window[used[i]];

		team->state[i] = &lane->state;
		team->p[i] = window->p + (lane->off - window->off);
		team->blocks[i] = fewest;
	}
	if (!hm_guard(compress_all, team, team->window, HM_SHA256_LANES_MAX, &error)) {
		note_error(team->run, team->lane[used[0]].file, &error);
		return false;
	}
	for (size_t i = 0; i < team->active; i++)
		team->lane[used[i]].off += fewest * BLOCK_LEN;
	team->run->done_len += team->active * fewest * BLOCK_LEN;
	return true;
}

static void work_lanes(struct run *run)
{
	struct team *team = calloc(1, sizeof(*team));
	struct hm_error error = {0};

	if (!team) {
		hm_error_errno(&error, run->sums->directory, -ENOMEM);
		note_error(run, run->sums->files, &error);
		return;
	}
	team->run = run;
	while (team_step(team))
		;
	for (size_t i = 0; i < HM_SHA256_LANES_MAX; i++) {
		if (team->lane[i].file)
			lane_close(&team->lane[i], &team->window[i]);
		hm_window_free(&team->window[i]);
	}
	free(team);
}

/* --- by OpenSSL, one file at a time ----------------------------------------------------------------------- */

struct add_call {
	struct hm_sha256_stream *stream;
	const struct hm_window *window;
	bool good;
};

static void add_window(void *arg)
{
	struct add_call *call = arg;

	call->good = hm_sha256_stream_add(call->stream, call->window->p, call->window->len);
}

static bool hash_file(struct run *run, struct hm_sums_file *file, struct hm_mapped *in, struct hm_window *window,
		      struct hm_sha256_stream *stream, struct hm_error *error)
{
	struct add_call call = {.stream = stream, .window = window};
	size_t step = hm_window_max(in);

	for (uint64_t off = 0; off < in->len && !run->stopped; off += step) {
		size_t len = in->len - off < step ? (size_t)(in->len - off) : step;

		if (!hm_window_load(window, in, off, len, error) || !hm_guard(add_window, &call, window, 1, error))
			return false;
		if (!call.good)
			return hm_error_err(error, file->path, HM_E_HASH);
		run->done_len += len;
	}
	if (!hm_mapped_unchanged(in, error))
		return false;
	if (!hm_sha256_stream_end(stream, file->digest))
		return hm_error_err(error, file->path, HM_E_HASH);
	return true;
}

static void work_openssl(struct run *run)
{
	struct hm_sha256_stream *stream = hm_sha256_stream_new();
	struct hm_window window = {.p = NULL};
	struct hm_sums_file *file;
	struct hm_error error = {0};

	if (!stream) {
		hm_error_err(&error, run->sums->directory, HM_E_HASH);
		note_error(run, run->sums->files, &error);
		return;
	}
	while ((file = take_file(run)) != NULL) {
		struct hm_mapped in = {.fd = -1};

		if (!hm_mapped_open(file->path, &in, &error) || !hash_file(run, file, &in, &window, stream, &error))
			note_error(run, file, &error);
		hm_window_unload(&window);
		hm_mapped_close(&in);
	}
	hm_window_free(&window);
	hm_sha256_stream_free(stream);
}

/* --- which kernel ----------------------------------------------------------------------------------------- */

/* Lanes of different lengths, against OpenSSL: what computes something else is not used. */
static bool streams_good(const struct hm_sha256_kernel *kernel)
{
	const struct hm_sha256_kernel *reference = hm_sha256_kernel_find("openssl");
	uint8_t data[HM_SHA256_LANES_MAX + CHECK_BLOCKS * BLOCK_LEN];
	struct hm_sha256_state states[HM_SHA256_LANES_MAX];
	struct hm_sha256_state *state[HM_SHA256_LANES_MAX];
	const uint8_t *p[HM_SHA256_LANES_MAX];
	size_t blocks[HM_SHA256_LANES_MAX];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 167 + (i >> 3));
	for (size_t i = 0; i < kernel->lanes; i++) {
		states[i] = initial;
		state[i] = &states[i];
		p[i] = data + i;
		blocks[i] = i % (CHECK_BLOCKS + 1);
	}
	kernel->streams(state, p, blocks, kernel->lanes);
	for (size_t i = 0; i < kernel->lanes; i++) {
		uint8_t got[HM_SHA256_LEN], want[HM_SHA256_LEN];

		finish_state(kernel, &states[i], data, blocks[i] * BLOCK_LEN);
		put_digest(&states[i], got);
		if (!reference || !reference->many(NULL, 0, p[i], 0, blocks[i] * BLOCK_LEN, 1, want) ||
		    memcmp(got, want, sizeof(got)) != 0)
			return false;
	}
	return true;
}

/* Seconds: all lanes full, but never less than the longest file takes in one of them. */
static double expected_time(const struct hm_sha256_kernel *kernel, double total, double longest, unsigned int threads)
{
	double speed = hm_sha256_kernel_speed(kernel, SPEED_MS);
	double lanes = kernel->streams ? kernel->lanes : 1;
	double all = total / (speed * threads);
	double one = longest * lanes / speed;

	return all > one ? all : one;
}

static const struct hm_sha256_kernel *choose(const struct hm_sums *sums, unsigned int threads)
{
	const struct hm_sha256_kernel *best = NULL;
	double total = 1, longest = 1, best_time = 0;

	for (size_t i = 0; i < sums->count; i++) {
		double len = (double)sums->files[i].len;

		total += len;
		longest = len > longest ? len : longest;
	}
	for (size_t i = 0; hm_sha256_kernels[i]; i++) {
		const struct hm_sha256_kernel *kernel = hm_sha256_kernels[i];
		double time;

		if (!kernel->supported() || (kernel->streams && !streams_good(kernel)))
			continue;
		time = expected_time(kernel, total, longest, threads);
		if (!best || time < best_time) {
			best = kernel;
			best_time = time;
		}
	}
	return best;
}

/* --- all of it -------------------------------------------------------------------------------------------- */

static void work(void *ctx, unsigned int thread)
{
	struct run *run = ctx;

	(void)thread;
	if (run->kernel->streams)
		work_lanes(run);
	else
		work_openssl(run);
}

static void stop(void *ctx)
{
	struct run *run = ctx;

	run->stopped = true;
}

static int longest_first(const void *a, const void *b)
{
	const struct hm_sums_file *x = *(const struct hm_sums_file *const *)a;
	const struct hm_sums_file *y = *(const struct hm_sums_file *const *)b;

	if (x->len != y->len)
		return x->len > y->len ? -1 : 1;
	return x < y ? -1 : x > y;
}

static bool run_all(struct run *run, unsigned int threads, struct hm_error *error)
{
	uint64_t total = 0;
	struct hm_workers workers = {
		.what = "digests", .threads = threads, .done = &run->done_len, .run = work, .stop = stop, .ctx = run};
	int err;

	for (size_t i = 0; i < run->sums->count; i++) {
		run->order[i] = &run->sums->files[i];
		total += run->sums->files[i].len;
	}
	qsort(run->order, run->sums->count, sizeof(struct hm_sums_file *), longest_first);
	workers.total = total;
	err = hm_workers_run(&workers);
	if (err)
		return hm_error_errno(error, "threads", err);
	if (run->failed_file)
		*error = run->error;
	return !run->failed_file && !run->stopped;
}

bool hm_sums_run(struct hm_sums *sums, const struct hm_sha256_kernel *kernel, unsigned int threads,
		 struct hm_error *error)
{
	struct run run = {.sums = sums, .kernel = kernel ? kernel : choose(sums, threads)};
	bool good;

	if (!run.kernel || (kernel && kernel->streams && !streams_good(kernel)))
		return hm_error_of(error, HM_ERROR_RUN, "kernel", "it computes no SHA-256 here");
	run.order = calloc(sums->count, sizeof(struct hm_sums_file *));
	if (!run.order)
		return hm_error_errno(error, sums->directory, -ENOMEM);
	pthread_mutex_init(&run.lock, NULL);
	good = run_all(&run, threads, error);
	pthread_mutex_destroy(&run.lock);
	free(run.order);
	return good;
}
