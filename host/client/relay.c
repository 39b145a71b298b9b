/* SPDX-License-Identifier: BSD-2-Clause */
/* relay.c - plain HTTP on one side, an attested TLS connection on the other */
#include "host/client/relay.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "lib/base/error.h"
#include "host/client/http.h"
#include "host/client/rewrite.h"
#include "host/client/verdict.h"

#define BUFFER_LEN HM_HTTP_HEAD_MAX
#define REQUEST_MS 30000 /* for a request's head to arrive */
#define IDLE_MS 600000	 /* both sides silent: a model may think for long */
#define LINGER_MS 1000	 /* for a refused client to read why */

/* Bytes that were read and not parsed yet: an incomplete head, or what follows a body. */
struct source {
	struct hm_http_body body;
	uint8_t data[BUFFER_LEN];
	size_t len;
};

/* A buffer in front of a writer: [start, end) waits to be written. */
struct sink {
	uint8_t data[BUFFER_LEN];
	size_t start;
	size_t end;
};

struct connection {
	struct hm_relay *relay;
	int local_fd;
	struct hm_tls *tls;
	bool local_ended; /* the client sends no more */
	/* One request at a time: the next one goes up when the answer to this one is complete. */
	bool awaiting;
	bool head_only; /* the request was HEAD: its answer has no body, whatever the answer's head says */
	bool last;	/* the connection ends after this answer */
	bool old;	/* the request is of HTTP/1.0: its answer has no chunks, and ends with the connection */
	bool websocket; /* the request asks for a websocket */
	bool tunnel;	/* and the server agreed: bytes go both ways as they are */
	bool deaf;  /* the server takes no more: what the client sends is read and dropped, the answer still comes */
	bool first; /* no answer has come on this connection yet */
	char host[280];		  /* what the client called us in the request at hand */
	const char *refused_code; /* an answer that is not handed on: 502 with this instead */
	struct hm_error refused;
	bool cut;	/* the connection ended in the middle of an answer */
	uint64_t moved; /* bytes read from or written to either side; a turn that adds none sleeps */
	struct source from_client;
	struct source from_server;
	struct sink up;	  /* to the server */
	struct sink down; /* to the client */
};

/* --- answers of our own --- */

/* JSON text of printable ASCII, which is all that results and reasons hold. */
static void put_string(struct hm_writer *w, const char *text)
{
	hm_put_u8(w, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			hm_put_u8(w, '\\');
		hm_put_u8(w, (uint8_t)(*text < ' ' || *text > '~' ? '?' : *text));
	}
	hm_put_u8(w, '"');
}

/* Read on while the refused client still sends: closing now would reset the connection and lose our answer. */
static void linger(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	char waste[4096];
	int rounds = 64;

	if (shutdown(fd, SHUT_WR) < 0)
		return;
	while (rounds-- && poll(&poll_fd, 1, LINGER_MS) > 0 && read(fd, waste, sizeof(waste)) > 0)
		;
}

static void answer(int fd, const char *status, const char *error, const char *check, const char *message)
{
	char body[2048], text[2560];
	struct hm_writer b = hm_writer_of(body, sizeof(body));
	struct hm_writer w = hm_writer_of(text, sizeof(text));

	hm_put_text(&b, "{\"error\": ");
	put_string(&b, error);
	if (check) {
		hm_put_text(&b, ", \"check\": ");
		put_string(&b, check);
	}
	hm_put_text(&b, ", \"message\": ");
	put_string(&b, message);
	hm_put_text(&b, "}\n");
	hm_put_text(&w, "HTTP/1.1 ");
	hm_put_text(&w, status);
	hm_put_text(&w, "\r\nContent-Type: application/json\r\nHallmark-Error: ");
	hm_put_text(&w, error);
	hm_put_text(&w, "\r\nConnection: close\r\nContent-Length: ");
	hm_put_dec(&w, b.len);
	hm_put_text(&w, "\r\n\r\n");
	hm_put_bytes(&w, hm_writer_bytes(&b));
	/* A client that has gone needs no answer: ignore the error. */
	if (!b.failed && !w.failed && send(fd, text, w.len, MSG_NOSIGNAL) > 0)
		linger(fd);
}

/* Runs in the thread that accepts connections, so it must not block. */
void hm_relay_refuse(int local_fd)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nHallmark-Error: Busy\r\nConnection: close\r\n"
				   "Content-Length: 0\r\n\r\n";

	if (send(local_fd, text, sizeof(text) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		shutdown(local_fd, SHUT_WR);
	close(local_fd);
}

/* --- requests --- */

static bool is_local_host(const struct hm_relay *relay, struct hm_bytes host)
{
	for (size_t i = 0; i < HM_ARRAY_LEN(relay->local_host); i++) {
		if (relay->local_host[i][0] && hm_http_is(host, relay->local_host[i]))
			return true;
	}
	return false;
}

/* Origin and Sec-Fetch-Site say which site's page made the request. Host does not: any page may use our address. */
static bool from_other_site(const struct hm_relay *relay, const struct hm_http_head *head)
{
	static const char scheme[] = "http://";
	const size_t len = sizeof(scheme) - 1;

	for (size_t i = 0; i < head->field_count; i++) {
		struct hm_bytes value = head->field[i].value;

		if (hm_http_is(head->field[i].name, "Sec-Fetch-Site") && !hm_http_is(value, "same-origin") &&
		    !hm_http_is(value, "none"))
			return true;
		if (hm_http_is(head->field[i].name, "Origin") &&
		    (value.len < len || memcmp(value.p, scheme, len) != 0 ||
		     !is_local_host(relay, hm_bytes_of(value.p + len, value.len - len))))
			return true;
	}
	return false;
}

/* NULL: the request may pass. Else the status of the answer that refuses the request. */
static const char *request_judge(const struct hm_relay *relay, struct hm_bytes head, struct hm_http_head *ret,
				 struct hm_error *error)
{
	struct hm_bytes host = {0};

	if (!hm_http_request_parse(head, ret, error))
		return "400 Bad Request";
	if (from_other_site(relay, ret)) {
		(void)hm_error_set(error, "the request is of another site's page");
		return "403 Forbidden";
	}
	/* HTTP/1.0 has none, and no page of another site speaks it. */
	if (hm_http_field(ret, "Host", &host) ? is_local_host(relay, host) : ret->old)
		return NULL;
	(void)hm_error_set(error, "the request's Host is not this proxy");
	return "421 Misdirected Request";
}

/* Write the request for the server: Host is the server's own name, and no field is about the proxy. False: no room. */
static bool head_forward(struct connection *c, const struct hm_http_head *head)
{
	struct sink *up = &c->up;
	struct hm_writer w = hm_writer_of(up->data, sizeof(up->data));

	hm_put_bytes(&w, head->method);
	hm_put_u8(&w, ' ');
	hm_put_bytes(&w, head->target);
	hm_put_text(&w, " HTTP/1.1\r\nHost: ");
	hm_put_text(&w, c->relay->endpoint.authority);
	hm_put_text(&w, "\r\n");
	for (size_t i = 0; i < head->field_count; i++) {
		const struct hm_http_field *field = &head->field[i];

		if (hm_http_is(field->name, "Host") || hm_http_is_of_connection(head, field))
			continue;
		hm_put_bytes(&w, field->name);
		hm_put_text(&w, ": ");
		hm_put_bytes(&w, field->value);
		hm_put_text(&w, "\r\n");
	}
	/* Wishes of the connection are ours: of protocols to change to, websockets alone (RFC 9110, 7.6.1 and 7.8). */
	if (head->websocket)
		hm_put_text(&w, "Connection: Upgrade\r\nUpgrade: websocket\r\n");
	else if (head->close)
		hm_put_text(&w, "Connection: close\r\n");
	hm_put_text(&w, "\r\n");
	up->end = w.len;
	return !w.failed;
}

static void drop(struct source *source, size_t n)
{
	memmove(source->data, source->data + n, source->len - n);
	source->len -= n;
}

static void put(struct sink *sink, struct hm_bytes bytes)
{
	memcpy(sink->data + sink->end, bytes.p, bytes.len);
	sink->end += bytes.len;
}

/* For a client of HTTP/1.0, which knows no chunks: what is in them. */
static bool content_advance(struct source *source, struct sink *sink)
{
	size_t room = sizeof(sink->data) - sink->end, used;
	struct hm_bytes in = hm_bytes_of(source->data, source->len < room ? source->len : room);
	struct hm_writer w = hm_writer_of(sink->data + sink->end, room);

	if (!hm_http_body_feed(&source->body, in, &used, &w))
		return false;
	sink->end += w.len;
	drop(source, used);
	return true;
}

/* Forward body bytes unchanged, as many as there is room for. */
static bool body_advance(struct source *source, struct sink *sink)
{
	size_t room = sizeof(sink->data) - sink->end, used;
	struct hm_bytes in = hm_bytes_of(source->data, source->len < room ? source->len : room);

	if (!hm_http_body_feed(&source->body, in, &used, NULL))
		return false;
	put(sink, hm_bytes_of(in.p, used));
	drop(source, used);
	return true;
}

/* Forward to the server what was read from the client. False: the connection is over. */
static bool request_advance(struct connection *c)
{
	struct source *source = &c->from_client;
	struct hm_bytes host = {0};
	struct hm_http_head head;
	struct hm_error error = {0};
	size_t len;

	if (!source->body.done)
		return body_advance(source, &c->up);
	if (c->awaiting || c->up.end)
		return true;
	len = hm_http_head_len(hm_bytes_of(source->data, source->len));
	if (!len)
		return source->len < sizeof(source->data);
	if (request_judge(c->relay, hm_bytes_of(source->data, len), &head, &error) || !head_forward(c, &head))
		return false;
	c->old = head.old;
	c->websocket = head.websocket;
	snprintf(c->host, sizeof(c->host), "%s", c->relay->local_host[0]);
	if (hm_http_field(&head, "Host", &host))
		snprintf(c->host, sizeof(c->host), "%.*s", (int)host.len, (const char *)host.p);
	source->body = hm_http_body_of(&head);
	c->awaiting = true;
	c->head_only = hm_bytes_equal_text(head.method, "HEAD");
	c->last = c->last || head.close;
	drop(source, len);
	return body_advance(source, &c->up);
}

/* The answer is not handed on: the client gets 502, and the connections end. Always false. */
static bool refuse_answer(struct connection *c, const char *code)
{
	c->refused_code = code;
	return false;
}

/* The head for the client: what names the server's address names ours. *ret_full: no room, and what waits may make
 * some. */
static bool head_hand_down(struct connection *c, struct hm_bytes bytes, const struct hm_http_head *head, bool *ret_full)
{
	const struct hm_rewrite rewrite = {.endpoint = &c->relay->endpoint,
					   .local = c->relay->local_host,
					   .local_count = HM_ARRAY_LEN(c->relay->local_host),
					   .client_host = c->host,
					   .allowed = c->relay->redirects};
	struct hm_writer w = hm_writer_of(c->down.data + c->down.end, sizeof(c->down.data) - c->down.end);
	const uint8_t *end = memchr(bytes.p, '\n', bytes.len);

	/* The parser has seen the line's end. */
	if (!end)
		return refuse_answer(c, "InvalidAnswer");
	hm_put_bytes(&w, hm_bytes_of(bytes.p, (size_t)(end - bytes.p) + 1));
	for (size_t i = 0; i < head->field_count; i++) {
		if (c->old && (hm_http_is(head->field[i].name, "Transfer-Encoding") ||
			       hm_http_is(head->field[i].name, "Connection")))
			continue;
		if (!hm_rewrite_field(&rewrite, head->status, &head->field[i], &w, &c->refused))
			return refuse_answer(c, "RedirectElsewhere");
	}
	if (c->old)
		hm_put_text(&w, "Connection: close\r\n");
	hm_put_text(&w, "\r\n");
	*ret_full = w.failed;
	if (w.failed && c->down.end == 0)
		return hm_error_set(&c->refused, "the answer's head is too long") || refuse_answer(c, "InvalidAnswer");
	if (!w.failed)
		c->down.end += w.len;
	return true;
}

static bool answer_head(struct connection *c, struct hm_bytes bytes, bool *ret_full)
{
	struct hm_http_head head;

	*ret_full = false;
	if (!hm_http_response_parse(bytes, &head, &c->refused))
		return refuse_answer(c, "InvalidAnswer");
	if (head.status == 101 && !(c->websocket && head.websocket))
		return hm_error_set(&c->refused, "status 101, which nobody asked for") ||
		       refuse_answer(c, "InvalidAnswer");
	/* RFC 9110, 15.2: a client of HTTP/1.0 knows no interim answers. */
	if (c->old && head.status < 200 && head.status != 101)
		return true;
	if (!head_hand_down(c, bytes, &head, ret_full))
		return false;
	if (!*ret_full && head.status == 101) {
		/* RFC 6455, 4.1: from here on it is another protocol, which is nobody's to read but the two ends'. */
		c->tunnel = c->last = true;
		c->from_client.body = (struct hm_http_body){.framing = HM_HTTP_TO_END};
		c->from_server.body = (struct hm_http_body){.framing = HM_HTTP_TO_END};
		return true;
	}
	if (*ret_full || head.status < 200)
		return true;
	c->first = false;
	if (c->head_only || head.status == 204 || head.status == 304)
		head.framing = HM_HTTP_EMPTY;
	c->from_server.body = hm_http_body_of(&head);
	c->last = c->last || head.close || head.framing == HM_HTTP_TO_END;
	c->awaiting = !c->from_server.body.done;
	return true;
}

/* Forward to the client what was read from the server. False: the connection is over, or no request was waiting. */
static bool response_advance(struct connection *c)
{
	struct source *source = &c->from_server;

	for (;;) {
		bool full;
		size_t len;

		if (!source->body.done) {
			if (!(c->old ? content_advance(source, &c->down) : body_advance(source, &c->down)))
				return false;
			if (!source->body.done)
				return true;
			c->awaiting = false;
		}
		if (!c->awaiting)
			return source->len == 0;
		len = hm_http_head_len(hm_bytes_of(source->data, source->len));
		if (!len)
			return source->len < sizeof(source->data);
		if (!answer_head(c, hm_bytes_of(source->data, len), &full))
			return false;
		if (full)
			return true;
		drop(source, len);
	}
}

/* --- both directions --- */

/* Each returns false when the connection is over. */
static bool local_read(struct connection *c)
{
	struct source *source = &c->from_client;
	ssize_t n = recv(c->local_fd, source->data + source->len, sizeof(source->data) - source->len, MSG_DONTWAIT);

	if (n > 0) {
		source->len += (size_t)n;
		c->moved += (uint64_t)n;
	} else if (n == 0) {
		c->local_ended = true;
	} else {
		return errno == EAGAIN || errno == EINTR;
	}
	return true;
}

static void written(struct connection *c, struct sink *sink, size_t n)
{
	c->moved += n;
	sink->start += n;
	if (sink->start == sink->end)
		sink->start = sink->end = 0;
}

static bool local_write(struct connection *c)
{
	ssize_t n = send(c->local_fd, c->down.data + c->down.start, c->down.end - c->down.start,
			 MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	written(c, &c->down, (size_t)n);
	return true;
}

/*
 * A server that has answered before the request's end may close then: its answer is still to be read, and comes to
 * nobody where a failed write ends the connection.
 */
static void upstream_write(struct connection *c, short *events)
{
	ssize_t n = hm_tls_write(c->tls, hm_bytes_of(c->up.data + c->up.start, c->up.end - c->up.start), events);

	if (n == -EAGAIN)
		return;
	if (n < 0) {
		c->deaf = true;
		c->up.start = c->up.end = 0;
		return;
	}
	c->relay->sent += (uint64_t)n;
	written(c, &c->up, (size_t)n);
}

/* The client takes no answer any more: it ended before its request was whole, or before the answer has begun. */
static bool client_is_gone(const struct connection *c)
{
	if (!c->local_ended || c->tunnel || c->from_client.len)
		return false;
	return !c->from_client.body.done || (c->awaiting && c->from_server.body.done);
}

/* The server ended without the answer that was due. The first time on a connection the client is told. */
static bool no_answer(struct connection *c)
{
	if (!c->first || !c->awaiting || c->down.end)
		return false;
	(void)hm_error_set(&c->refused, "the server ended the connection without an answer");
	return refuse_answer(c, "InvalidAnswer");
}

/* *ret_end: the server closed the connection in order; the bytes before that still go to the client. */
static bool upstream_read(struct connection *c, short *events, bool *ret_end)
{
	struct source *source = &c->from_server;
	ssize_t n;

	if (source->len == sizeof(source->data))
		return true;
	n = hm_tls_read(c->tls, source->data + source->len, sizeof(source->data) - source->len, events);
	if (n < 0)
		return n == -EAGAIN;
	*ret_end = n == 0;
	source->len += (size_t)n;
	c->moved += (uint64_t)n;
	return true;
}

static void flush_local(struct connection *c)
{
	struct pollfd poll_fd = {.fd = c->local_fd, .events = POLLOUT};

	while (c->down.end && poll(&poll_fd, 1, REQUEST_MS) > 0 && local_write(c))
		;
}

/* Forward all that the server has sent before the connection ends. */
static void drain(struct connection *c)
{
	do {
		flush_local(c);
	} while (!c->down.end && c->from_server.len && response_advance(c) && c->down.end);
}

/* Reset the connection, so that the client cannot take the end of a cut answer for its real end. */
static void reset_at_close(int fd)
{
	const struct linger now = {.l_onoff = 1, .l_linger = 0};

	/* SO_LINGER cannot fail for a socket. If it did, shutdown() ends the connection. */
	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)) < 0)
		shutdown(fd, SHUT_RDWR);
}

/* Sleep until one side can be read or written. */
static bool wait_turn(struct connection *c, short read_events, short write_events)
{
	struct pollfd fds[2] = {{.fd = c->local_fd}, {.fd = -1}};

	if (!c->local_ended && c->from_client.len < sizeof(c->from_client.data))
		fds[0].events |= POLLIN;
	if (c->down.end)
		fds[0].events |= POLLOUT;
	if (c->from_server.len < sizeof(c->from_server.data))
		fds[1].events |= read_events;
	if (c->up.end)
		fds[1].events |= write_events;
	/*
	 * poll() reports a hung-up peer on every call. Watch the server's socket only while we want to read or write,
	 * or we would spin.
	 */
	if (fds[1].events)
		fds[1].fd = hm_tls_fd(c->tls);
	if (poll(fds, 2, IDLE_MS) <= 0 || (fds[0].revents & (POLLERR | POLLNVAL)))
		return false;
	return !(fds[0].revents & POLLIN) || local_read(c);
}

/* One turn: move what can be moved, or sleep. False: the connection is over. */
static bool turn(struct connection *c)
{
	short read_events = POLLIN, write_events = POLLOUT;
	uint64_t before = c->moved;
	bool end = false;

	/* Assume that the answer was cut short; the orderly endings below clear this. */
	c->cut = c->awaiting || c->down.end;
	if (!request_advance(c))
		return false;
	if (c->deaf)
		c->up.start = c->up.end = 0;
	if (c->up.end)
		upstream_write(c, &write_events);
	if (!upstream_read(c, &read_events, &end))
		return no_answer(c);
	if (!response_advance(c) || (c->down.end && !local_write(c)))
		return false;
	if (client_is_gone(c)) {
		c->cut = false;
		return false;
	}
	if (end && c->awaiting && c->from_server.body.done && !c->from_server.len)
		return no_answer(c);
	if (end || (c->last && !c->awaiting && c->from_client.body.done && !c->up.end)) {
		drain(c);
		/* An answer without a length ends with the connection: that is orderly. */
		c->cut = c->down.end || c->from_server.len ||
			 (c->awaiting && !(!c->from_server.body.done && c->from_server.body.framing == HM_HTTP_TO_END));
		return false;
	}
	/*
	 * The server answered before the request's end. It does not want the rest of the body, and would take what
	 * follows for a new request.
	 */
	if (!c->awaiting && !c->from_client.body.done) {
		flush_local(c);
		c->cut = c->down.end != 0;
		if (!c->cut)
			linger(c->local_fd);
		return false;
	}
	if (c->local_ended && (c->tunnel ? !c->up.end && !c->from_client.len : !c->awaiting && !c->down.end)) {
		c->cut = false;
		return false;
	}
	return c->moved != before || wait_turn(c, read_events, write_events);
}

/* --- one connection --- */

/* Read the first head whole, before any connection upstream. False: the client has gone, or got the refusal. */
static bool first_request(struct connection *c)
{
	const struct source *source = &c->from_client;
	int64_t deadline = (int64_t)hm_clock_ms() + REQUEST_MS;
	struct hm_http_head head;
	struct hm_error error = {0};
	const char *status;
	size_t len;

	while (!(len = hm_http_head_len(hm_bytes_of(source->data, source->len)))) {
		struct pollfd poll_fd = {.fd = c->local_fd, .events = POLLIN};
		int64_t left = deadline - (int64_t)hm_clock_ms();

		if (source->len == sizeof(source->data)) {
			answer(c->local_fd, "431 Request Header Fields Too Large", "BadRequest", NULL,
			       "the request's head is too long");
			return false;
		}
		if (left <= 0 || poll(&poll_fd, 1, (int)left) <= 0 || !local_read(c) || c->local_ended)
			return false;
	}
	status = request_judge(c->relay, hm_bytes_of(source->data, len), &head, &error);
	if (!status)
		return true;
	answer(c->local_fd, status, "BadRequest", NULL, error.text);
	return false;
}

static bool attested(struct connection *c)
{
	struct hm_relay *relay = c->relay;
	struct hm_attestation *attestation = malloc(sizeof(*attestation));
	char line[HM_VERDICT_MAX];
	bool good;

	if (!attestation) {
		answer(c->local_fd, "502 Bad Gateway", "InternalError", NULL, "out of memory");
		return false;
	}
	hm_attested_connect(&relay->endpoint, relay->verifier, relay->as_of ? *relay->as_of : (int64_t)time(NULL),
			    relay->epoch, false, &c->tls, attestation);
	hm_file_free(&attestation->proof);
	if (relay->judged)
		relay->judged(relay->ctx, attestation);
	good = attestation->state == HM_ATTESTED && c->tls;
	if (attestation->state == HM_ATTESTED_NO_PROOF) {
		answer(c->local_fd, "502 Bad Gateway", "NoProof", NULL, attestation->error.text);
	} else if (!good) {
		int check = attestation->result.failed_check;

		hm_verdict_line(&attestation->result, line);
		answer(c->local_fd, "502 Bad Gateway", hallmark_code_name(attestation->result.code),
		       check >= 0 && check < HALLMARK_CHECK_COUNT ? attestation->result.check[check].name : NULL, line);
	}
	free(attestation);
	return good;
}

/* In place of the answer, behind those that came before. */
static void send_refusal(struct connection *c)
{
	if (c->relay->refused)
		c->relay->refused(c->relay->ctx, c->refused.text);
	flush_local(c);
	if (c->down.end)
		reset_at_close(c->local_fd);
	else
		answer(c->local_fd, "502 Bad Gateway", c->refused_code, NULL, c->refused.text);
}

void hm_relay_serve(struct hm_relay *relay, int local_fd)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c) {
		hm_relay_refuse(local_fd);
		return;
	}
	c->relay = relay;
	c->local_fd = local_fd;
	/* A head comes first. */
	c->from_client.body.done = true;
	c->from_server.body.done = true;
	c->first = true;
	if (first_request(c) && attested(c)) {
		while (turn(c))
			;
		if (c->refused_code)
			send_refusal(c);
		else if (c->cut)
			reset_at_close(local_fd);
	}
	hm_tls_close(c->tls);
	close(local_fd);
	free(c);
}
