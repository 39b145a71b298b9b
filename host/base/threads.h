/* SPDX-License-Identifier: BSD-2-Clause */
/* threads.h - threads for long work: progress on a terminal, and an end when the user says so */
#ifndef HM_HOST_BASE_THREADS_H
#define HM_HOST_BASE_THREADS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/bytes.h"

#define HM_THREADS_MAX 256u

/*
 * The calling thread takes no part in the work: it draws the progress line (where standard error is a
 * terminal and the work takes more than a second) and watches for SIGINT, SIGTERM and SIGHUP, which no
 * worker ever sees. Nothing is killed: `stop` asks, and the workers return when they have seen it.
 */
struct hm_workers {
	const char *what;	/* the progress line's first word */
	unsigned int threads;	/* 1 to HM_THREADS_MAX */
	uint64_t total;		/* bytes; 0: not known, no progress line */
	_Atomic uint64_t *done; /* bytes, counted by the workers */
	void (*run)(void *ctx, unsigned int thread);
	void (*stop)(void *ctx); /* from the calling thread; may be called more than once */
	void *ctx;
};

/* Runs `threads` workers to their end. A negative errno where not even one could be started. */
HM_MUST_CHECK int hm_workers_run(const struct hm_workers *workers);

/* CPUs that this process may use, at most HM_THREADS_MAX. */
unsigned int hm_workers_cpus(void);

/* From now on the three signals only leave a mark, so that files can be cleaned up. */
void hm_interrupt_catch(void);
HM_MUST_CHECK bool hm_interrupted(void);
/* Ends the process by the signal that came, as it would have ended; returns where none came. */
void hm_interrupt_end(void);

#endif
