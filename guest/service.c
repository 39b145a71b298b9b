/* SPDX-License-Identifier: BSD-2-Clause */
/* service.c - serves proofs */
#include "guest/service.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "lib/crypto/hash.h"
#include "guest/http_server.h"

#define NS_PER_S 1000000000u

struct service {
	const struct hm_proof_service_config *config;
	pthread_mutex_t lock;	  /* of all below, and of the prover and its TPM */
	char *stored;		  /* the unsolicited proof */
	uint8_t stored_chain[32]; /* which chain is in it */
	bool ended;
	struct hm_error error; /* why it ended */
	int ended_fd;
	uint64_t bucket_ns; /* what may be spent; one proof costs NS_PER_S / rate */
	uint64_t last_ns;
};

bool hm_proof_write(struct hm_prover *prover, const char *path, char **ret_text, struct hm_error *error)
{
	char *text;
	int r;

	if (!hm_prove(prover, NULL, NULL, &text, error))
		return false;
	r = hm_file_write_atomic(path, hm_bytes_of(text, strlen(text)));
	if (r == 0 && ret_text)
		*ret_text = text;
	else
		free(text);
	return r < 0 ? hm_error_errno(error, path, r) : true;
}

/* --- the rate --- */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static bool spend(struct service *s)
{
	const uint64_t full = (uint64_t)HM_PROOF_BURST_S * NS_PER_S;
	const uint64_t cost = NS_PER_S / s->config->rate;
	uint64_t now = now_ns(), passed = now - s->last_ns;

	s->last_ns = now;
	s->bucket_ns = passed > full - s->bucket_ns ? full : s->bucket_ns + passed;
	if (s->bucket_ns < cost)
		return false;
	s->bucket_ns -= cost;
	return true;
}

/* --- answers --- */

static void answer_text(struct hm_http_answer *ret, unsigned int status, const char *text)
{
	ret->status = status;
	ret->content_type = "text/plain";
	ret->body = strdup(text);
}

static void answer_proof(struct hm_http_answer *ret, char *body, bool fresh)
{
	ret->status = 200;
	ret->content_type = "application/json";
	ret->body = body;
	ret->fresh = fresh;
}

/* The reason why there is no proof goes to the operator; one that lasts ends the service. */
static void note_error(struct service *s, const struct hm_error *error)
{
	if (error->kind == HM_ERROR_REJECTED && !s->ended) {
		const uint64_t one = 1;

		s->ended = true;
		s->error = *error;
		/* The main thread waits for it. The counter cannot be full. */
		if (write(s->ended_fd, &one, sizeof(one)) < 0)
			abort();
	} else if (!s->ended) {
		s->config->report(error);
	}
}

/* The client learns that there is no proof. */
static void answer_error(struct service *s, const struct hm_error *error, struct hm_http_answer *ret)
{
	note_error(s, error);
	answer_text(ret, 503, "no proof can be made now\n");
}

/* For the TLS end point: a proof over a connection of its. */
static void answer_bound(void *ctx, const uint8_t nonce[HM_BOUND_NONCE_LEN],
			 const uint8_t exporter[HM_BOUND_EXPORTER_LEN], struct hm_bound_answer *ret)
{
	struct service *s = ctx;
	struct hm_error error = {0};

	ret->status = HM_BOUND_NONE;
	pthread_mutex_lock(&s->lock);
	if (!s->ended) {
		if (!spend(s))
			ret->status = HM_BOUND_BUSY;
		else if (hm_prove(s->config->prover, nonce, exporter, &ret->text, &error))
			ret->status = HM_BOUND_PROOF;
		else
			note_error(s, &error);
	}
	pthread_mutex_unlock(&s->lock);
}

static void answer_fresh(struct service *s, const uint8_t nonce[HM_PROOF_NONCE_LEN], struct hm_http_answer *ret)
{
	struct hm_error error = {0};
	char *text;

	if (!spend(s))
		answer_text(ret, 429, "too many requests for proofs\n");
	else if (hm_prove(s->config->prover, nonce, NULL, &text, &error))
		answer_proof(ret, text, true);
	else
		answer_error(s, &error, ret);
}

/* The chain of certificates in use, as one hash. */
static bool chain_digest(struct service *s, uint8_t ret[32], struct hm_error *error)
{
	struct hm_bytes parts[HM_TLS_CHAIN_MAX];
	struct hm_tls_chain chain;
	bool good;

	if (!hm_enclave_chain(s->config->prover->enclave, &chain, error))
		return false;
	for (size_t i = 0; i < chain.count; i++)
		parts[i] = hm_bytes_of(chain.certificate[i].p, chain.certificate[i].len);
	good = hm_sha256(parts, chain.count, ret);
	hm_tls_chain_free(&chain);
	return good || hm_error_of(error, HM_ERROR_RUN, "proof", "out of memory");
}

/* The unsolicited proof is made once for each chain of certificates. */
static bool store(struct service *s, struct hm_error *error)
{
	uint8_t digest[32];
	char *text;

	if (!chain_digest(s, digest, error))
		return false;
	if (s->stored && !memcmp(digest, s->stored_chain, sizeof(digest)))
		return true;
	if (!hm_proof_write(s->config->prover, s->config->proof_path, &text, error))
		return false;
	free(s->stored);
	s->stored = text;
	memcpy(s->stored_chain, digest, sizeof(digest));
	return true;
}

static void answer_stored(struct service *s, struct hm_http_answer *ret)
{
	struct hm_error error = {0};

	if (store(s, &error))
		answer_proof(ret, strdup(s->stored), false);
	else
		answer_error(s, &error, ret);
}

static void get(void *ctx, const struct hm_http_request *request, struct hm_http_answer *ret)
{
	struct service *s = ctx;
	uint8_t nonce[HM_PROOF_NONCE_LEN];

	if (strcmp(request->path, HM_PROOF_PATH) != 0) {
		answer_text(ret, 404, "there is only " HM_PROOF_PATH "\n");
		return;
	}
	if (request->malformed ||
	    (request->argument && !hm_parse_hex(hm_bytes_of_text(request->argument), nonce, sizeof(nonce)))) {
		answer_text(ret, 400, "nonce= is 64 lower-case hex digits, and there is no other argument\n");
		return;
	}
	pthread_mutex_lock(&s->lock);
	if (s->ended)
		answer_text(ret, 503, "no proof can be made any more\n");
	else if (request->argument)
		answer_fresh(s, nonce, ret);
	else
		answer_stored(s, ret);
	pthread_mutex_unlock(&s->lock);
}

/* --- waiting --- */

/* Called when no request came for a while. A TPM that does not answer does not end the service: the next request may
 * find it well. */
static void look(struct service *s)
{
	struct hm_error error = {0};

	pthread_mutex_lock(&s->lock);
	if (!s->ended && !hm_prover_check(s->config->prover, &error))
		note_error(s, &error);
	pthread_mutex_unlock(&s->lock);
}

static bool wait_for_end(struct service *s, int signal_fd)
{
	struct pollfd fds[] = {{.fd = signal_fd, .events = POLLIN}, {.fd = s->ended_fd, .events = POLLIN}};

	for (;;) {
		int n = poll(fds, HM_ARRAY_LEN(fds), (int)s->config->check_s * 1000);

		if (n < 0 && errno != EINTR)
			return false;
		if (n == 0)
			look(s);
		if (n > 0)
			return true;
	}
}

static bool serve_until_end(struct service *s, int signal_fd, void (*ready)(void), struct hm_error *error)
{
	const struct hm_bound_config bound = {.path = s->config->bound_socket, .answer = answer_bound, .ctx = s};
	struct hm_bound_server *server;
	bool good;
	int r = hm_bound_server_start(&bound, &server);

	if (r < 0)
		return hm_error_errno(error, bound.path, r);
	ready();
	good = wait_for_end(s, signal_fd) || hm_error_errno(error, "poll", -errno);
	hm_bound_server_stop(server);
	return good;
}

static bool serve(struct service *s, int signal_fd, void (*ready)(void), struct hm_error *error)
{
	const struct hm_http_config http = {.socket = s->config->socket, .argument = "nonce", .get = get, .ctx = s};
	struct hm_http_server *server;
	bool good;
	int r;

	if (!store(s, error))
		return false;
	r = hm_http_server_start(&http, &server);
	if (r < 0)
		return hm_error_errno(error, s->config->socket, r);
	good = serve_until_end(s, signal_fd, ready, error);
	hm_http_server_stop(server);
	if (s->ended) {
		*error = s->error;
		return false;
	}
	return good;
}

bool hm_proof_service_run(const struct hm_proof_service_config *config, void (*ready)(void), struct hm_error *error)
{
	struct service s = {.config = config, .lock = PTHREAD_MUTEX_INITIALIZER};
	int signal_fd, err;
	sigset_t signals;
	bool good;

	s.bucket_ns = (uint64_t)HM_PROOF_BURST_S * NS_PER_S;
	s.last_ns = now_ns();
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	/* Before any thread: they inherit the mask. */
	err = pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (err)
		return hm_error_errno(error, "signals", -err);
	signal(SIGPIPE, SIG_IGN);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	s.ended_fd = eventfd(0, EFD_CLOEXEC);
	if (signal_fd < 0 || s.ended_fd < 0)
		good = hm_error_errno(error, "signals", -errno);
	else
		good = serve(&s, signal_fd, ready, error);
	if (signal_fd >= 0)
		close(signal_fd);
	if (s.ended_fd >= 0)
		close(s.ended_fd);
	free(s.stored);
	pthread_mutex_destroy(&s.lock);
	return good;
}
