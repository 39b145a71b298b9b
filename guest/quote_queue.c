/* SPDX-License-Identifier: BSD-2-Clause */
/* quote_queue.c - questions for bound quotes wait here for the TPM, one at a time, fairly by address */
#include "guest/quote_queue.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/base/clock.h"

/* How often each address was served of late. Two that share a slot share a budget. */
#define ADDRESSES 1024u
/* After so many answers every count is halved: what was long ago does not count for ever. */
#define HALVE_EVERY 256u
#define AGAIN_MS 50u

struct hm_quote_queue {
	const char *path;
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t wake;
	struct hm_quote_job *waiting, *answered; /* oldest first */
	size_t waiting_count;
	uint32_t served[ADDRESSES];
	uint32_t since_halved;
	bool stop;
	int fd;
};

static void append(struct hm_quote_job **list, struct hm_quote_job *job)
{
	while (*list)
		list = &(*list)->next;
	job->next = NULL;
	*list = job;
}

/* With the lock. */
static struct hm_quote_job *choose(struct hm_quote_queue *q)
{
	struct hm_quote_job **best = &q->waiting, *job;

	for (struct hm_quote_job **at = &q->waiting; *at; at = &(*at)->next) {
		if (q->served[(*at)->address % ADDRESSES] < q->served[(*best)->address % ADDRESSES])
			best = at;
	}
	job = *best;
	*best = job->next;
	q->waiting_count--;
	q->served[job->address % ADDRESSES]++;
	if (++q->since_halved == HALVE_EVERY) {
		q->since_halved = 0;
		for (size_t i = 0; i < ADDRESSES; i++)
			q->served[i] /= 2;
	}
	return job;
}

static void ask(struct hm_quote_queue *q, struct hm_quote_job *job)
{
	double until = hm_clock_ms() + HM_QUOTE_PATIENCE_MS;

	for (;;) {
		bool stop;

		if (hm_bound_ask(q->path, job->nonce, job->exporter, HM_QUOTE_TIMEOUT_MS, &job->answer,
				 &job->text_len)) {
			job->answer = (struct hm_bound_answer){.status = HM_BOUND_NONE};
			return;
		}
		pthread_mutex_lock(&q->lock);
		stop = q->stop;
		pthread_mutex_unlock(&q->lock);
		if (job->answer.status != HM_BOUND_BUSY || stop || hm_clock_ms() > until)
			return;
		free(job->answer.text);
		job->answer.text = NULL;
		usleep(AGAIN_MS * 1000);
	}
}

static void *serve(void *arg)
{
	struct hm_quote_queue *q = arg;
	const uint64_t one = 1;

	pthread_mutex_lock(&q->lock);
	for (;;) {
		struct hm_quote_job *job;

		while (!q->waiting && !q->stop)
			pthread_cond_wait(&q->wake, &q->lock);
		if (q->stop)
			break;
		job = choose(q);
		pthread_mutex_unlock(&q->lock);
		ask(q, job);
		pthread_mutex_lock(&q->lock);
		append(&q->answered, job);
		/* The counter cannot be full. */
		if (write(q->fd, &one, sizeof(one)) < 0)
			abort();
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

int hm_quote_queue_start(const char *path, struct hm_quote_queue **ret)
{
	struct hm_quote_queue *q = calloc(1, sizeof(*q));
	int err;

	if (!q)
		return -ENOMEM;
	q->path = path;
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->wake, NULL);
	q->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = q->fd < 0 ? -errno : -pthread_create(&q->thread, NULL, serve, q);
	if (!err) {
		*ret = q;
		return 0;
	}
	if (q->fd >= 0)
		close(q->fd);
	free(q);
	return err;
}

static void jobs_free(struct hm_quote_job *job)
{
	while (job) {
		struct hm_quote_job *next = job->next;

		free(job->answer.text);
		free(job);
		job = next;
	}
}

void hm_quote_queue_stop(struct hm_quote_queue *q)
{
	if (!q)
		return;
	pthread_mutex_lock(&q->lock);
	q->stop = true;
	pthread_cond_signal(&q->wake);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->thread, NULL);
	jobs_free(q->waiting);
	jobs_free(q->answered);
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->wake);
	close(q->fd);
	free(q);
}

int hm_quote_queue_fd(const struct hm_quote_queue *q)
{
	return q->fd;
}

bool hm_quote_queue_put(struct hm_quote_queue *q, struct hm_quote_job *job)
{
	bool room;

	pthread_mutex_lock(&q->lock);
	room = q->waiting_count < HM_QUOTE_WAITING_MAX;
	if (room) {
		append(&q->waiting, job);
		q->waiting_count++;
		pthread_cond_signal(&q->wake);
	}
	pthread_mutex_unlock(&q->lock);
	return room;
}

struct hm_quote_job *hm_quote_queue_take(struct hm_quote_queue *q)
{
	struct hm_quote_job *job;
	uint64_t count;

	pthread_mutex_lock(&q->lock);
	job = q->answered;
	if (job)
		q->answered = job->next;
	/* Non-blocking; the last one that is taken makes the descriptor quiet. */
	else if (read(q->fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		abort();
	pthread_mutex_unlock(&q->lock);
	return job;
}
