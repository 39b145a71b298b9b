/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_relay.c - bytes both ways between a TLS connection and a socket, as they are */
#include "guest/tls_relay.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Buffers that one step may move: then others have their turn. */
#define SHARE 16u

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

/* To the direction's receiver. */
static ssize_t put(struct hm_tls_relay *r, const struct hm_tls_half *half, const uint8_t *p, size_t len)
{
	short events = 0;
	ssize_t n;

	if (half == &r->down) {
		n = hm_tls_write(r->tls, hm_bytes_of(p, len), &events);
		r->tls_events |= n == -EAGAIN ? events : 0;
	} else {
		n = plain_write(r->fd, p, len);
		r->fd_events |= n == -EAGAIN ? POLLOUT : 0;
	}
	return n;
}

static ssize_t get(struct hm_tls_relay *r, const struct hm_tls_half *half, uint8_t *p, size_t len)
{
	short events = 0;
	ssize_t n;

	if (half == &r->up) {
		n = hm_tls_read(r->tls, p, len, &events);
		r->tls_events |= n == -EAGAIN ? events : 0;
	} else {
		n = plain_read(r->fd, p, len);
		r->fd_events |= n == -EAGAIN ? POLLIN : 0;
	}
	return n;
}

/* The receiver learns that no more comes. */
static ssize_t finish(struct hm_tls_relay *r, struct hm_tls_half *half)
{
	short events = 0;
	ssize_t n;

	if (half == &r->down) {
		n = hm_tls_shutdown(r->tls, &events);
		r->tls_events |= n == -EAGAIN ? events : 0;
	} else {
		n = r->fd >= 0 && !half->deaf && shutdown(r->fd, SHUT_WR) < 0 ? -errno : 0;
	}
	half->over = n == 0;
	return n;
}

static void drop(struct hm_tls_half *half)
{
	free(half->p);
	half->p = NULL;
	half->done = half->len = 0;
}

/* What a receiver did not take is kept. */
static bool keep(struct hm_tls_half *half, const uint8_t *p, size_t len)
{
	half->p = malloc(len);
	if (!half->p)
		return false;
	memcpy(half->p, p, len);
	half->done = 0;
	half->len = len;
	return true;
}

/* The receiver is gone. Where it is the socket, what it has said before is still read. */
static int lose(struct hm_tls_relay *r, struct hm_tls_half *half, int err)
{
	drop(half);
	if (half != &r->up || (err != -EPIPE && err != -ECONNRESET))
		return err;
	half->deaf = true;
	return 1;
}

/* 1: something happened, 0: nothing can now, negative: broken. */
static int move_kept(struct hm_tls_relay *r, struct hm_tls_half *half)
{
	ssize_t n = put(r, half, half->p + half->done, half->len - half->done);

	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return lose(r, half, (int)n);
	half->done += (size_t)n;
	if (half->done == half->len)
		drop(half);
	return 1;
}

static int move_new(struct hm_tls_relay *r, struct hm_tls_half *half)
{
	uint8_t buf[HM_TLS_RELAY_BUFFER];
	ssize_t n = get(r, half, buf, sizeof(buf)), taken = 0;

	if (n == -EAGAIN)
		return 0;
	if (n < 0)
		return (int)n;
	half->end = n == 0;
	if (half->deaf)
		return 1;
	if (n > 0 && (half == &r->down || r->fd >= 0)) {
		taken = put(r, half, buf, (size_t)n);
		if (taken < 0 && taken != -EAGAIN)
			return lose(r, half, (int)taken);
		taken = taken < 0 ? 0 : taken;
	}
	return taken < n && !keep(half, buf + taken, (size_t)(n - taken)) ? -ENOMEM : 1;
}

static int step(struct hm_tls_relay *r, struct hm_tls_half *half)
{
	ssize_t n;

	if (half->over)
		return 0;
	if (half->p)
		return half == &r->up && r->fd < 0 ? 0 : move_kept(r, half);
	if (!half->end)
		return half == &r->down && r->fd < 0 ? 0 : move_new(r, half);
	n = finish(r, half);
	return n == -EAGAIN ? 0 : n < 0 ? (int)n : 1;
}

enum hm_tls_relay_state hm_tls_relay_step(struct hm_tls_relay *r)
{
	for (unsigned int i = 0; i < SHARE; i++) {
		int up, down;

		r->tls_events = r->fd_events = 0;
		up = step(r, &r->up);
		down = up < 0 ? 0 : step(r, &r->down);
		if (up < 0 || down < 0)
			return HM_TLS_RELAY_BROKEN;
		if (r->up.p && r->fd < 0)
			return HM_TLS_RELAY_CONNECT;
		/* A client that ends before it has sent anything. */
		if (r->up.over && (r->down.over || r->fd < 0) && !r->down.p)
			return HM_TLS_RELAY_ENDED;
		if (!up && !down)
			return HM_TLS_RELAY_WAITS;
	}
	return HM_TLS_RELAY_MORE;
}

void hm_tls_relay_say(struct hm_tls_relay *r, uint8_t *text, size_t len)
{
	drop(&r->down);
	r->down.p = text;
	r->down.len = len;
}

void hm_tls_relay_free(struct hm_tls_relay *r)
{
	drop(&r->up);
	drop(&r->down);
}
