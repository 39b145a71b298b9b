/* SPDX-License-Identifier: BSD-2-Clause */
/* quote_queue.h - questions for bound quotes wait here for the TPM, one at a time, fairly by address */
#ifndef HM_GUEST_QUOTE_QUEUE_H
#define HM_GUEST_QUOTE_QUEUE_H

#include "guest/bound_socket.h"

/*
 * One thread asks the attestation service (guest/bound_socket.h) one question after the other. Of those that wait, the
 * next is one whose address has been served least, and among these the one that has waited longest: who asks often
 * waits behind who asks seldom. HM_QUOTE_WAITING_MAX may wait; where the attestation service says that too many were
 * asked for, the thread waits and asks again, at most HM_QUOTE_PATIENCE_MS for one question.
 */
#define HM_QUOTE_WAITING_MAX 1024u
#define HM_QUOTE_PATIENCE_MS 15000u
#define HM_QUOTE_TIMEOUT_MS 30000u /* of one question to the attestation service */

struct hm_quote_job {
	uint8_t nonce[HM_BOUND_NONCE_LEN];
	uint8_t exporter[HM_BOUND_EXPORTER_LEN];
	uint64_t address; /* who asks: equal for those who share a budget */
	void *owner;	  /* the caller's; the queue does not look at it */
	/* The answer; the text is the caller's to free. */
	struct hm_bound_answer answer;
	size_t text_len;
	struct hm_quote_job *next; /* the queue's */
};

struct hm_quote_queue;
/* `path` is borrowed. 0 or a negative errno. */
HM_MUST_CHECK int hm_quote_queue_start(const char *path, struct hm_quote_queue **ret);
/* Waits for the question that is being asked. Jobs that wait or are answered are released. NULL is allowed. */
void hm_quote_queue_stop(struct hm_quote_queue *queue);
/* To poll for POLLIN: an answer is there. */
HM_MUST_CHECK int hm_quote_queue_fd(const struct hm_quote_queue *queue);
/* The job, from malloc, is the queue's until hm_quote_queue_take returns it. False: too many wait; it stays yours. */
HM_MUST_CHECK bool hm_quote_queue_put(struct hm_quote_queue *queue, struct hm_quote_job *job);
/* An answered job, or NULL: there is none now. */
HM_MUST_CHECK struct hm_quote_job *hm_quote_queue_take(struct hm_quote_queue *queue);

#endif
