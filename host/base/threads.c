/* SPDX-License-Identifier: BSD-2-Clause */
/* threads.c - threads for long work: progress on a terminal, and an end when the user says so */
#include "host/base/threads.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base.h"

#define TICK_MS 200
#define PROGRESS_AFTER_S 1.0

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};
static volatile sig_atomic_t interrupt_signal;

static void on_interrupt(int signal_number)
{
	interrupt_signal = signal_number;
}

void hm_interrupt_catch(void)
{
	struct sigaction action = {.sa_handler = on_interrupt};

	for (size_t i = 0; i < HM_ARRAY_LEN(caught); i++) {
		struct sigaction old;

		/* nohup and background jobs of a shell ignore some: that stays. */
		if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
}

bool hm_interrupted(void)
{
	return interrupt_signal != 0;
}

void hm_interrupt_end(void)
{
	int signal_number = interrupt_signal;

	if (!signal_number)
		return;
	signal(signal_number, SIG_DFL);
	raise(signal_number);
}

unsigned int hm_workers_cpus(void)
{
	cpu_set_t set;
	int count;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	count = CPU_COUNT(&set);
	if (count < 1)
		return 1;
	return (unsigned int)count < HM_THREADS_MAX ? (unsigned int)count : HM_THREADS_MAX;
}

struct team {
	const struct hm_workers *workers;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	unsigned int next_index;
	unsigned int running;
};

static void *worker_main(void *arg)
{
	struct team *team = arg;
	unsigned int index;

	pthread_mutex_lock(&team->lock);
	index = team->next_index++;
	pthread_mutex_unlock(&team->lock);
	team->workers->run(team->workers->ctx, index);
	pthread_mutex_lock(&team->lock);
	team->running--;
	pthread_cond_signal(&team->ended);
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static void show_progress(const struct hm_workers *w, double seconds)
{
	uint64_t done = atomic_load_explicit(w->done, memory_order_relaxed);
	double rate = (double)done / seconds;
	uint64_t left = rate > 0 ? (uint64_t)((double)(w->total - done) / rate) : 0;

	fprintf(stderr, "\r%s: %3u %%  %.1f of %.1f GB, %.2f GB/s, %" PRIu64 ":%02u:%02u left \033[K", w->what,
		(unsigned int)((double)done * 100 / (double)w->total), (double)done / 1e9, (double)w->total / 1e9,
		rate / 1e9, left / 3600, (unsigned int)(left / 60 % 60), (unsigned int)(left % 60));
	fflush(stderr);
}

static void tick(pthread_cond_t *ended, pthread_mutex_t *lock)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += TICK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_cond_timedwait(ended, lock, &until);
}

/* Until the last worker has returned. The lock is held, but for the time of waiting. */
static void watch(struct team *team)
{
	const struct hm_workers *w = team->workers;
	bool progress = w->total > 0 && isatty(STDERR_FILENO);
	bool shown = false;
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (team->running > 0) {
		double seconds;

		tick(&team->ended, &team->lock);
		if (hm_interrupted()) {
			pthread_mutex_unlock(&team->lock);
			w->stop(w->ctx);
			pthread_mutex_lock(&team->lock);
		}
		seconds = seconds_since(&start);
		if (progress && seconds >= PROGRESS_AFTER_S) {
			show_progress(w, seconds);
			shown = true;
		}
	}
	if (shown)
		fputs("\r\033[K", stderr);
}

/* Signals go to the thread that waits, so that a worker's read is never cut short. */
static unsigned int start_all(struct team *team, pthread_t *threads, int *ret_error)
{
	unsigned int started = 0;
	sigset_t all, old;

	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGSEGV);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (started < team->workers->threads) {
		*ret_error = pthread_create(&threads[started], NULL, worker_main, team);
		if (*ret_error)
			break;
		started++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return started;
}

int hm_workers_run(const struct hm_workers *workers)
{
	struct team team = {.workers = workers};
	pthread_t threads[HM_THREADS_MAX];
	pthread_condattr_t monotonic;
	unsigned int started;
	int error = 0;

	pthread_mutex_init(&team.lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&team.ended, &monotonic);
	pthread_condattr_destroy(&monotonic);

	/* Held, so that no worker ends before all are counted. Fewer than wanted still do all of the work. */
	pthread_mutex_lock(&team.lock);
	started = start_all(&team, threads, &error);
	team.running = started;
	watch(&team);
	pthread_mutex_unlock(&team.lock);
	for (unsigned int i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&team.ended);
	pthread_mutex_destroy(&team.lock);
	return started > 0 ? 0 : -error;
}
