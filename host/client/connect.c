/* SPDX-License-Identifier: BSD-2-Clause */
/* connect.c - hallmark_client.h over host/client/attested */
#include "host/client/hallmark_client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "host/base/file.h"
#include "host/client/attested.h"

struct hallmark_connection {
	struct hm_tls *tls;
};

/* --- SIGPIPE: OpenSSL writes with write(2) --- */

struct pipe_guard {
	sigset_t before;
	bool pending; /* one of somebody else's, which stays */
};

static sigset_t pipe_set(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGPIPE);
	return set;
}

static struct pipe_guard pipe_hold(void)
{
	const sigset_t set = pipe_set();
	struct pipe_guard guard;
	sigset_t pending;

	sigemptyset(&pending);
	guard.pending = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
	/* Fails for a wrong first argument only. */
	(void)pthread_sigmask(SIG_BLOCK, &set, &guard.before);
	return guard;
}

static void pipe_release(const struct pipe_guard *guard)
{
	static const struct timespec no_time = {0, 0};
	const sigset_t set = pipe_set();
	int saved = errno;

	if (!guard->pending) {
		while (sigtimedwait(&set, NULL, &no_time) < 0 && errno == EINTR)
			;
	}
	(void)pthread_sigmask(SIG_SETMASK, &guard->before, NULL);
	errno = saved;
}

/* --- the connection --- */

static bool endpoint_of(const struct hallmark_connect_request *request, struct hm_endpoint *ret)
{
	char url[300];
	bool ipv6 = request->host && strchr(request->host, ':');
	int n;

	if (!request->host)
		return false;
	n = snprintf(url, sizeof(url), "https://%s%s%s:%s", ipv6 ? "[" : "", request->host, ipv6 ? "]" : "",
		     request->port ? request->port : "443");
	/* What was given is the host and the port, and no other part of a URL. */
	return n > 0 && (size_t)n < sizeof(url) && hm_endpoint_parse(url, ret) &&
	       strcmp(ret->host, request->host) == 0 && (!request->port || strcmp(ret->port, request->port) == 0);
}

static enum hallmark_connect_state finish(struct hm_tls *tls, struct hm_attestation *attestation,
					  struct hallmark_connection **ret, struct hallmark_result *result, char *error)
{
	struct hallmark_connection *connection;

	if (attestation->state == HM_ATTESTED_NO_PROOF) {
		hm_escape(hm_bytes_of_text(attestation->error.text), error, HALLMARK_CONNECT_ERROR_MAX);
		return HALLMARK_CONNECT_NO_PROOF;
	}
	if (attestation->state != HM_ATTESTED || !tls) {
		*result = attestation->result;
		return HALLMARK_CONNECT_REJECTED;
	}
	connection = calloc(1, sizeof(*connection));
	if (!connection) {
		snprintf(error, HALLMARK_CONNECT_ERROR_MAX, "out of memory");
		return HALLMARK_CONNECT_NO_PROOF;
	}
	connection->tls = tls;
	*result = attestation->result;
	*ret = connection;
	return HALLMARK_CONNECTED;
}

enum hallmark_connect_state hallmark_connect(const struct hallmark_verifier *verifier,
					     const struct hallmark_connect_request *request,
					     struct hallmark_connection **ret, struct hallmark_result *result,
					     char error[HALLMARK_CONNECT_ERROR_MAX])
{
	struct hm_attestation *attestation;
	enum hallmark_connect_state state;
	struct hm_endpoint endpoint;
	struct hm_tls *tls = NULL;
	struct pipe_guard guard;

	*ret = NULL;
	memset(result, 0, sizeof(*result));
	*error = '\0';
	if (!verifier || !endpoint_of(request, &endpoint)) {
		snprintf(error, HALLMARK_CONNECT_ERROR_MAX, "%s",
			 verifier ? "host is no name and no address, or port is not a number from 1 to 65535"
				  : "there is no verifier");
		return HALLMARK_CONNECT_BAD_REQUEST;
	}
	attestation = malloc(sizeof(*attestation));
	if (!attestation) {
		snprintf(error, HALLMARK_CONNECT_ERROR_MAX, "out of memory");
		return HALLMARK_CONNECT_NO_PROOF;
	}
	guard = pipe_hold();
	hm_attested_connect(&endpoint, verifier, request->as_of, request->epoch, request->run_all, &tls, attestation);
	state = finish(tls, attestation, ret, result, error);
	if (state != HALLMARK_CONNECTED)
		hm_tls_close(tls);
	pipe_release(&guard);
	hm_file_free(&attestation->proof);
	free(attestation);
	return state;
}

int hallmark_connection_fd(const struct hallmark_connection *connection)
{
	return hm_tls_fd(connection->tls);
}

ssize_t hallmark_connection_read(struct hallmark_connection *connection, void *buf, size_t len, short *ret_events)
{
	struct pipe_guard guard;
	ssize_t n;

	/* OpenSSL takes a read of nothing for an error. */
	if (len == 0)
		return 0;
	guard = pipe_hold();
	n = hm_tls_read(connection->tls, buf, len, ret_events);
	pipe_release(&guard);
	return n;
}

ssize_t hallmark_connection_write(struct hallmark_connection *connection, const void *buf, size_t len,
				  short *ret_events)
{
	struct pipe_guard guard;
	ssize_t n;

	if (len == 0)
		return 0;
	guard = pipe_hold();
	n = hm_tls_write(connection->tls, hm_bytes_of(buf, len), ret_events);
	pipe_release(&guard);
	return n;
}

int hallmark_connection_shutdown(struct hallmark_connection *connection, short *ret_events)
{
	struct pipe_guard guard = pipe_hold();
	int err = hm_tls_shutdown(connection->tls, ret_events);

	pipe_release(&guard);
	return err;
}

void hallmark_connection_close(struct hallmark_connection *connection)
{
	struct pipe_guard guard;

	if (!connection)
		return;
	guard = pipe_hold();
	hm_tls_close(connection->tls);
	pipe_release(&guard);
	free(connection);
}

/* --- the relay --- */

#define RELAY_BUFFER 16384u /* what one record of TLS holds */

/* One direction: at most one buffer, and where its two ends stand. */
struct half {
	uint8_t buf[RELAY_BUFFER];
	size_t done, len;
	bool end;  /* no more comes */
	bool over; /* and that was handed on */
};

struct relay {
	struct hallmark_connection *connection;
	int fd;
	struct half up, down; /* from the descriptor to the server, and back */
	short tls_events, fd_events;
};

static ssize_t plain_read(int fd, void *buf, size_t len)
{
	ssize_t n = recv(fd, buf, len, 0);

	return n < 0 ? (errno == EINTR ? -EAGAIN : -errno) : n;
}

static ssize_t plain_write(int fd, const void *buf, size_t len)
{
	ssize_t n = send(fd, buf, len, MSG_NOSIGNAL);

	return n < 0 ? (errno == EINTR ? -EAGAIN : -errno) : n;
}

/* After a call on `half`: 1 something happened, 0 it waits, or a negative errno. */
static int note(ssize_t n, short events, short *ret_events)
{
	if (n == -EAGAIN) {
		*ret_events |= events;
		return 0;
	}
	return n < 0 ? (int)n : 1;
}

static int fill(struct half *half, ssize_t n, short events, short *ret_events)
{
	if (n >= 0) {
		half->done = 0;
		half->len = (size_t)n;
		half->end = n == 0;
	}
	return note(n, events, ret_events);
}

static int drain(struct half *half, ssize_t n, short events, short *ret_events)
{
	if (n > 0)
		half->done += (size_t)n;
	return note(n, events, ret_events);
}

static int up_step(struct relay *r)
{
	struct half *half = &r->up;
	short events = 0;
	ssize_t n;

	if (half->over)
		return 0;
	if (half->done < half->len) {
		n = hallmark_connection_write(r->connection, half->buf + half->done, half->len - half->done, &events);
		return drain(half, n, events, &r->tls_events);
	}
	if (!half->end) {
		n = plain_read(r->fd, half->buf, sizeof(half->buf));
		return fill(half, n, POLLIN, &r->fd_events);
	}
	n = hallmark_connection_shutdown(r->connection, &events);
	half->over = n == 0;
	return note(n, events, &r->tls_events);
}

static int down_step(struct relay *r)
{
	struct half *half = &r->down;
	short events = 0;
	ssize_t n;

	if (half->over)
		return 0;
	if (half->done < half->len) {
		n = plain_write(r->fd, half->buf + half->done, half->len - half->done);
		return drain(half, n, POLLOUT, &r->fd_events);
	}
	if (!half->end) {
		n = hallmark_connection_read(r->connection, half->buf, sizeof(half->buf), &events);
		return fill(half, n, events, &r->tls_events);
	}
	half->over = true;
	return shutdown(r->fd, SHUT_WR) < 0 ? -errno : 1;
}

static int relay_wait(const struct relay *r)
{
	struct pollfd fds[] = {{.fd = hallmark_connection_fd(r->connection), .events = r->tls_events},
			       {.fd = r->fd, .events = r->fd_events}};

	/* A descriptor that nothing is wanted of would report its hang-up again and again. */
	for (size_t i = 0; i < HM_ARRAY_LEN(fds); i++) {
		if (!fds[i].events)
			fds[i].fd = -1;
	}
	return poll(fds, HM_ARRAY_LEN(fds), -1) < 0 && errno != EINTR ? -errno : 0;
}

static int relay_run(struct relay *r)
{
	while (!r->up.over || !r->down.over) {
		int up, down, err;

		r->tls_events = r->fd_events = 0;
		up = up_step(r);
		down = up < 0 ? 0 : down_step(r);
		if (up < 0 || down < 0)
			return up < 0 ? up : down;
		err = up || down ? 0 : relay_wait(r);
		if (err)
			return err;
	}
	return 0;
}

int hallmark_connection_relay(struct hallmark_connection *connection, int fd)
{
	int flags = fcntl(fd, F_GETFL), err;
	struct relay *r;

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->connection = connection;
	r->fd = fd;
	err = relay_run(r);
	free(r);
	return err;
}
