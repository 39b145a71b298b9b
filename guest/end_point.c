/* SPDX-License-Identifier: BSD-2-Clause */
/* end_point.c - the machine's TLS end point: bound proofs first, then bytes to the web server behind it */
#include "guest/end_point.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "guest/bound_request.h"
#include "guest/boot_key.h"
#include "guest/quote_queue.h"
#include "guest/tls_relay.h"
#include "host/base/clock.h"
#include "host/base/file.h"
#include "host/crypto/tls_server.h"

#define EVENTS_MAX 64
#define ACCEPTS_AT_ONCE 64
#define RECORD_HEAD_LEN 5u
#define RECORD_HANDSHAKE 22u
#define RECORD_MAX 16640u /* RFC 8446, 5.2 */
#define CERTIFICATE_CHECK_MS 1000.0

/* Where a connection stands. Each state but RELAY has a time limit, the same for all in it. */
enum state {
	HELLO,	   /* no whole record yet, and no structure of libssl */
	HANDSHAKE, /* of TLS */
	ASKING,	   /* the request for a proof comes */
	QUOTING,   /* the attestation service is asked */
	ANSWERING, /* the proof goes out */
	ENDING,	   /* an answer that is the last goes out */
	IDLE,	   /* no byte for the web server has come yet */
	RELAY,
	DEAD, /* released after the events that are being handled */
	STATES,
};

static const double limit_ms[STATES] = {
	[HELLO] = HM_END_POINT_HELLO_MS,      [HANDSHAKE] = HM_END_POINT_YOUNG_MS, [ASKING] = HM_END_POINT_YOUNG_MS,
	[ANSWERING] = HM_END_POINT_ANSWER_MS, [ENDING] = HM_END_POINT_LINGER_MS,   [IDLE] = HM_END_POINT_IDLE_MS,
};

struct connection {
	enum state state;
	struct connection *before, *after; /* in the list of its state, oldest first */
	double since;			   /* hm_clock_ms() */
	int fd;				   /* of TCP; libssl's once there is `tls` */
	struct hm_tls_relay relay;	   /* its tls is the connection */
	bool fd_watched, backend_watched;
	uint32_t fd_events, backend_events; /* what epoll waits for */
	uint64_t address;
	struct hm_quote_job *job; /* QUOTING */
	char *request;		  /* ASKING: HM_BOUND_REQUEST_MAX bytes */
	size_t request_len;
	bool lingers; /* RELAY: the web server has ended, the client has not */
	bool again;   /* in the list of those whose share was used up */
};

struct list {
	struct connection *first, *last;
	size_t count;
};

struct end_point {
	const struct hm_end_point_config *config;
	struct hm_tls_server *server;
	struct hm_quote_queue *queue;
	struct list list[STATES];
	size_t relays; /* connections to the web server */
	size_t again;  /* connections with `again` */
	int epoll_fd, signal_fd;
	bool accepting;
	char key_path[HM_ENCLAVE_PATH_MAX], certificate_path[HM_ENCLAVE_PATH_MAX], bound_path[HM_ENCLAVE_PATH_MAX];
	struct stat certificate; /* of the file that is in use */
	double certificate_at;	 /* when it was looked at */
};

/* --- lists --- */

static void list_remove(struct list *list, struct connection *c)
{
	*(c->before ? &c->before->after : &list->first) = c->after;
	*(c->after ? &c->after->before : &list->last) = c->before;
	c->before = c->after = NULL;
	list->count--;
}

static void list_append(struct list *list, struct connection *c)
{
	c->before = list->last;
	c->after = NULL;
	*(list->last ? &list->last->after : &list->first) = c;
	list->last = c;
	list->count++;
}

static void enter(struct end_point *e, struct connection *c, enum state state)
{
	list_remove(&e->list[c->state], c);
	c->state = state;
	c->since = hm_clock_ms();
	list_append(&e->list[state], c);
}

/* --- descriptors --- */

/* epoll's user data is the connection; its lowest bit tells the socket to the web server. */
static void watch(struct end_point *e, struct connection *c, bool backend, uint32_t events)
{
	bool *watched = backend ? &c->backend_watched : &c->fd_watched;
	uint32_t *now = backend ? &c->backend_events : &c->fd_events;
	struct epoll_event event = {.events = events, .data.u64 = (uint64_t)(uintptr_t)c | backend};
	int fd = backend ? c->relay.fd : c->fd;

	if (fd < 0 || (*watched && *now == events))
		return;
	/* epoll reports a hang-up whether it is asked for or not: what the web server has said waits for the client. */
	if (backend && !events) {
		if (*watched && epoll_ctl(e->epoll_fd, EPOLL_CTL_DEL, fd, NULL) == 0)
			*watched = false;
		return;
	}
	/* Only without memory: then the time limit ends the connection. */
	if (epoll_ctl(e->epoll_fd, *watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event) == 0) {
		*watched = true;
		*now = events;
	}
}

static uint32_t epoll_events(short events)
{
	return (events & POLLIN ? (uint32_t)EPOLLIN : 0u) | (events & POLLOUT ? (uint32_t)EPOLLOUT : 0u);
}

/* After this the connection is released at the end of the round. */
static void end(struct end_point *e, struct connection *c, bool in_order)
{
	if (c->state == DEAD)
		return;
	if (c->relay.tls && in_order)
		hm_tls_close(c->relay.tls);
	else if (c->relay.tls)
		hm_tls_drop(c->relay.tls);
	else
		close(c->fd);
	if (c->relay.fd >= 0) {
		close(c->relay.fd);
		e->relays--;
	}
	/* The queue has the job, which then has no owner. */
	if (c->job)
		c->job->owner = NULL;
	hm_tls_relay_free(&c->relay);
	free(c->request);
	c->request = NULL;
	e->again -= c->again;
	c->again = false;
	enter(e, c, DEAD);
}

static void release_dead(struct end_point *e)
{
	while (e->list[DEAD].first) {
		struct connection *c = e->list[DEAD].first;

		list_remove(&e->list[DEAD], c);
		free(c);
	}
}

/* --- the certificate --- */

static bool server_open(struct end_point *e, struct hm_tls_server **ret, struct hm_error *error)
{
	struct hm_file key_file = {0}, chain_file = {0};
	struct hm_tls_key *key = NULL;
	struct hm_tls_chain chain = {0};
	bool good = false;
	int r = hm_file_read(e->key_path, HM_TLS_CERTIFICATE_MAX, &key_file);

	if (r < 0)
		return hm_error_errno(error, e->key_path, r);
	r = hm_file_read(e->certificate_path, HM_TLS_CHAIN_MAX * 2 * HM_TLS_CERTIFICATE_MAX, &chain_file);
	key = hm_tls_key_read(hm_file_bytes(&key_file));
	if (r < 0)
		(void)hm_error_errno(error, e->certificate_path, r);
	else if (!key)
		(void)hm_error_of(error, HM_ERROR_INPUT, e->key_path, "it is not a P-256 key");
	else if (!hm_tls_chain_read(hm_file_bytes(&chain_file), &chain))
		(void)hm_error_of(error, HM_ERROR_INPUT, e->certificate_path, "it is not a chain of PEM certificates");
	else if (!hm_tls_server_new(&chain, key, ret, error))
		(void)hm_error_about(error, e->certificate_path);
	else
		good = true;
	hm_tls_chain_free(&chain);
	hm_tls_key_free(key);
	if (key_file.p)
		explicit_bzero(key_file.p, key_file.len);
	hm_file_free(&key_file);
	hm_file_free(&chain_file);
	return good;
}

/* A chain that an operator's CA made takes the place of the one before. */
static void look_at_certificate(struct end_point *e)
{
	struct hm_tls_server *server;
	struct hm_error error = {0};
	struct stat st;

	if (hm_clock_ms() - e->certificate_at < CERTIFICATE_CHECK_MS)
		return;
	e->certificate_at = hm_clock_ms();
	if (stat(e->certificate_path, &st) < 0 ||
	    (st.st_ino == e->certificate.st_ino && st.st_mtim.tv_sec == e->certificate.st_mtim.tv_sec &&
	     st.st_mtim.tv_nsec == e->certificate.st_mtim.tv_nsec))
		return;
	e->certificate = st;
	if (!server_open(e, &server, &error)) {
		e->config->report(&error);
		return;
	}
	hm_tls_server_free(e->server);
	e->server = server;
}

/* --- the web server --- */

/* A descriptor or -1. */
static int backend_connect(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void relay_step(struct end_point *e, struct connection *c)
{
	enum hm_tls_relay_state state = hm_tls_relay_step(&c->relay);

	if (state == HM_TLS_RELAY_CONNECT) {
		if (e->relays < HM_END_POINT_RELAYS_MAX)
			c->relay.fd = backend_connect(hm_tls_protocol(c->relay.tls) == HM_TLS_H2 ? e->config->http2
												 : e->config->http1);
		if (c->relay.fd < 0) {
			end(e, c, false);
			return;
		}
		e->relays++;
		if (c->state == IDLE)
			enter(e, c, RELAY);
		state = hm_tls_relay_step(&c->relay);
	}
	switch (state) {
	case HM_TLS_RELAY_ENDED:
		end(e, c, true);
		return;
	case HM_TLS_RELAY_BROKEN:
	case HM_TLS_RELAY_CONNECT:
		end(e, c, false);
		return;
	case HM_TLS_RELAY_MORE:
		e->again += !c->again;
		c->again = true;
		break;
	case HM_TLS_RELAY_WAITS:
		e->again -= c->again;
		c->again = false;
		break;
	}
	watch(e, c, false, epoll_events(c->relay.tls_events));
	watch(e, c, true, epoll_events(c->relay.fd_events));
	if (c->state == ANSWERING && !c->relay.down.p)
		enter(e, c, c->relay.fd < 0 ? IDLE : RELAY);
	/* The limit begins when the server has ended. */
	if (c->state == RELAY && c->relay.down.over)
		enter(e, c, ENDING);
}

/* --- a proof --- */

/* One line of text, after which the connection ends. */
static void refuse(struct end_point *e, struct connection *c, unsigned int status, const char *text)
{
	char head[HM_BOUND_HEAD_MAX];
	size_t head_len = hm_bound_head(status, strlen(text), head);
	uint8_t *answer = malloc(head_len + strlen(text));

	if (!answer) {
		end(e, c, false);
		return;
	}
	memcpy(answer, head, head_len);
	memcpy(answer + head_len, text, strlen(text));
	hm_tls_relay_say(&c->relay, answer, head_len + strlen(text));
	/* Nothing comes from the web server, so what goes down ends with the answer. What comes up is dropped. */
	c->relay.down.end = c->relay.up.deaf = true;
	enter(e, c, ENDING);
	relay_step(e, c);
}

static void answer(struct end_point *e, struct connection *c, const struct hm_quote_job *job)
{
	char head[HM_BOUND_HEAD_MAX];
	size_t head_len = hm_bound_head(200, job->text_len, head);
	uint8_t *text;

	if (job->answer.status == HM_BOUND_BUSY) {
		refuse(e, c, 429, "too many requests for proofs\n");
		return;
	}
	text = job->answer.status == HM_BOUND_PROOF ? malloc(head_len + job->text_len) : NULL;
	if (!text) {
		refuse(e, c, 503, "no proof can be made now\n");
		return;
	}
	memcpy(text, head, head_len);
	memcpy(text + head_len, job->answer.text, job->text_len);
	hm_tls_relay_say(&c->relay, text, head_len + job->text_len);
	if (e->list[ANSWERING].count >= HM_END_POINT_ANSWERS_MAX)
		end(e, e->list[ANSWERING].first, false);
	enter(e, c, ANSWERING);
	relay_step(e, c);
}

static void take_answers(struct end_point *e)
{
	struct hm_quote_job *job;

	while ((job = hm_quote_queue_take(e->queue))) {
		struct connection *c = job->owner;

		if (c) {
			c->job = NULL;
			answer(e, c, job);
		}
		free(job->answer.text);
		free(job);
	}
}

/* The exporter is computed here, of the connection that the request came over, and comes from nowhere else. */
static void quote(struct end_point *e, struct connection *c, const uint8_t nonce[HM_BOUND_REQUEST_NONCE_LEN])
{
	struct hm_quote_job *job = calloc(1, sizeof(*job));

	free(c->request);
	c->request = NULL;
	if (!job || !hm_tls_exporter(c->relay.tls, job->exporter)) {
		free(job);
		end(e, c, false);
		return;
	}
	memcpy(job->nonce, nonce, sizeof(job->nonce));
	job->address = c->address;
	job->owner = c;
	if (!hm_quote_queue_put(e->queue, job)) {
		free(job);
		refuse(e, c, 429, "too many requests for proofs\n");
		return;
	}
	c->job = job;
	enter(e, c, QUOTING);
	/* A hang-up is still noticed. */
	watch(e, c, false, EPOLLRDHUP);
}

static void read_request(struct end_point *e, struct connection *c)
{
	uint8_t nonce[HM_BOUND_REQUEST_NONCE_LEN];
	short events = 0;
	ssize_t n;

	if (!c->request && !(c->request = malloc(HM_BOUND_REQUEST_MAX))) {
		end(e, c, false);
		return;
	}
	for (;;) {
		n = hm_tls_read(c->relay.tls, c->request + c->request_len, HM_BOUND_REQUEST_MAX - c->request_len,
				&events);
		if (n == -EAGAIN) {
			watch(e, c, false, epoll_events(events));
			return;
		}
		if (n <= 0) {
			end(e, c, n == 0);
			return;
		}
		c->request_len += (size_t)n;
		switch (hm_bound_request_parse(hm_bytes_of(c->request, c->request_len), nonce)) {
		case HM_BOUND_REQUEST_WHOLE:
			quote(e, c, nonce);
			return;
		case HM_BOUND_REQUEST_BAD:
			refuse(e, c, 400, "the first request is one for a proof, in the one form that it has\n");
			return;
		case HM_BOUND_REQUEST_MORE:
			break;
		}
		if (c->request_len == HM_BOUND_REQUEST_MAX) {
			refuse(e, c, 400, "the request is too long\n");
			return;
		}
	}
}

/* --- a new connection --- */

static void shake(struct end_point *e, struct connection *c)
{
	short events = 0;
	int err = hm_tls_handshake(c->relay.tls, &events);

	if (err == -EAGAIN) {
		watch(e, c, false, epoll_events(events));
		return;
	}
	if (err) {
		end(e, c, false);
		return;
	}
	if (hm_tls_protocol(c->relay.tls) == HM_TLS_HALLMARK) {
		enter(e, c, ASKING);
		read_request(e, c);
	} else {
		enter(e, c, IDLE);
		relay_step(e, c);
	}
}

/* Of those that are not through their handshake and request yet, the one that has had most time makes room. */
static void make_room(struct end_point *e)
{
	struct connection *handshake = e->list[HANDSHAKE].first, *asking = e->list[ASKING].first, *oldest = handshake;

	if (e->list[HANDSHAKE].count + e->list[ASKING].count < HM_END_POINT_YOUNG_MAX)
		return;
	if (!oldest || (asking && asking->since < oldest->since))
		oldest = asking;
	end(e, oldest, false);
}

/* RFC 8446, 5.1: a record's type, two bytes of version, two of length. Whatever is no handshake is libssl's to refuse.
 */
static bool record_is_whole(int fd, bool *ret_ended)
{
	uint8_t head[RECORD_HEAD_LEN];
	ssize_t n = recv(fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);
	struct hm_reader r;
	size_t len;
	int queued = 0;

	*ret_ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	if (n < (ssize_t)sizeof(head))
		return false;
	r = hm_reader_of(hm_bytes_of(head, sizeof(head)));
	if (hm_get_u8(&r) != RECORD_HANDSHAKE)
		return true;
	(void)hm_get_u16be(&r);
	len = sizeof(head) + hm_get_u16be(&r);
	if (len > sizeof(head) + RECORD_MAX)
		return true;
	/* Where the kernel cannot say how much there is libssl finds out. */
	return ioctl(fd, FIONREAD, &queued) < 0 || queued < 0 || (size_t)queued >= len;
}

static void greet(struct end_point *e, struct connection *c)
{
	bool ended;

	if (!record_is_whole(c->fd, &ended)) {
		if (ended)
			end(e, c, false);
		return;
	}
	make_room(e);
	c->relay.tls = hm_tls_server_accept(e->server, c->fd);
	if (!c->relay.tls) {
		end(e, c, false);
		return;
	}
	enter(e, c, HANDSHAKE);
	shake(e, c);
}

/* What shares a budget: an IPv4 address, or a network of IPv6 (RFC 6177: a site has a /64 at least). */
static uint64_t address_of(const struct sockaddr_storage *peer)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)peer;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)peer;
	struct hm_reader r;

	if (peer->ss_family == AF_INET)
		return ntohl(v4->sin_addr.s_addr);
	r = hm_reader_of(hm_bytes_of(v6->sin6_addr.s6_addr, 16));
	if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		(void)hm_get_bytes(&r, 12);
		return hm_get_u32be(&r);
	}
	return hm_get_u64be(&r);
}

/* Whoever vanishes without a word is noticed by TCP. */
static bool set_options(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{IPPROTO_TCP, TCP_NODELAY, 1},	 {SOL_SOCKET, SO_KEEPALIVE, 1},
		{IPPROTO_TCP, TCP_KEEPIDLE, 30}, {IPPROTO_TCP, TCP_KEEPINTVL, 10},
		{IPPROTO_TCP, TCP_KEEPCNT, 3},	 {IPPROTO_TCP, TCP_USER_TIMEOUT, HM_END_POINT_SILENCE_S * 1000},
	};

	for (size_t i = 0; i < HM_ARRAY_LEN(options); i++) {
		if (setsockopt(fd, options[i].level, options[i].name, &options[i].value, sizeof(int)) < 0)
			return false;
	}
	return true;
}

/* Of the connections that have nothing to do with the web server yet the oldest; false: all have. */
static bool make_place(struct end_point *e)
{
	static const enum state order[] = {HELLO, HANDSHAKE, ASKING, IDLE};

	for (size_t i = 0; i < HM_ARRAY_LEN(order); i++) {
		if (e->list[order[i]].first) {
			end(e, e->list[order[i]].first, false);
			return true;
		}
	}
	return false;
}

static size_t alive(const struct end_point *e)
{
	size_t count = 0;

	for (enum state i = 0; i < DEAD; i++)
		count += e->list[i].count;
	return count;
}

static void welcome(struct end_point *e, int fd, const struct sockaddr_storage *peer)
{
	struct connection *c = NULL;

	if ((alive(e) < e->config->connections_max || make_place(e)) && set_options(fd))
		c = calloc(1, sizeof(*c));
	if (!c) {
		close(fd);
		return;
	}
	c->fd = fd;
	c->relay.fd = -1;
	c->address = address_of(peer);
	c->since = hm_clock_ms();
	list_append(&e->list[HELLO], c);
	/* By edges: a part of a record that stays in the kernel is reported once. */
	watch(e, c, false, EPOLLIN | EPOLLET);
}

static void accept_some(struct end_point *e)
{
	look_at_certificate(e);
	for (unsigned int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		struct sockaddr_storage peer = {0};
		socklen_t len = sizeof(peer);
		int fd = accept4(e->config->listen_fd, (struct sockaddr *)&peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			welcome(e, fd, &peer);
		else if (errno == EAGAIN || ((errno == EMFILE || errno == ENFILE) && !make_place(e)))
			return;
	}
}

/* --- the loop --- */

static void handle(struct end_point *e, struct connection *c, bool backend, uint32_t events)
{
	if (c->state == DEAD)
		return;
	/* The client's descriptor says so only when the connection is gone for good. */
	if (!backend && (events & (EPOLLHUP | EPOLLERR)) && c->state != HELLO) {
		end(e, c, false);
		return;
	}
	switch (c->state) {
	case HELLO:
		greet(e, c);
		break;
	case HANDSHAKE:
		shake(e, c);
		break;
	case ASKING:
		read_request(e, c);
		break;
	case QUOTING:
		if (events & EPOLLRDHUP)
			end(e, c, false);
		break;
	case ANSWERING:
	case ENDING:
	case IDLE:
	case RELAY:
		relay_step(e, c);
		break;
	case DEAD:
	case STATES:
		break;
	}
}

/* Those whose share was used up have their next one. */
static void go_on(struct end_point *e)
{
	static const enum state order[] = {ANSWERING, ENDING, IDLE, RELAY};

	for (size_t i = 0; e->again > 0 && i < HM_ARRAY_LEN(order); i++) {
		struct connection *next;

		for (struct connection *c = e->list[order[i]].first; c; c = next) {
			next = c->after;
			if (c->again)
				relay_step(e, c);
		}
	}
}

/* Ends what is over its time; milliseconds until the next one is, -1: none. */
static int expire(struct end_point *e)
{
	double now = hm_clock_ms(), next = -1;

	for (enum state i = 0; i < DEAD; i++) {
		while (limit_ms[i] > 0 && e->list[i].first && now - e->list[i].first->since >= limit_ms[i])
			end(e, e->list[i].first, false);
		if (limit_ms[i] > 0 && e->list[i].first) {
			double left = limit_ms[i] - (now - e->list[i].first->since);

			next = next < 0 || left < next ? left : next;
		}
	}
	return next < 0 ? -1 : (int)next + 1;
}

/* False: poll failed. *ret_stop: a signal says that this is the end. */
static bool turn(struct end_point *e, bool *ret_stop)
{
	struct epoll_event events[EVENTS_MAX];
	int wait = expire(e), n;

	go_on(e);
	release_dead(e);
	n = epoll_wait(e->epoll_fd, events, EVENTS_MAX, e->again ? 0 : wait);
	if (n < 0)
		return errno == EINTR;
	for (int i = 0; i < n; i++) {
		uint64_t data = events[i].data.u64;

		if (data == (uint64_t)(uintptr_t)&e->config->listen_fd)
			accept_some(e);
		else if (data == (uint64_t)(uintptr_t)&e->queue)
			take_answers(e);
		else if (data == (uint64_t)(uintptr_t)&e->signal_fd)
			*ret_stop = true;
		else
			handle(e, (struct connection *)(uintptr_t)(data & ~(uint64_t)1), data & 1, events[i].events);
	}
	release_dead(e);
	return true;
}

static bool watch_own(struct end_point *e, int fd, const void *name)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t)(uintptr_t)name};

	return epoll_ctl(e->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool run(struct end_point *e, struct hm_error *error)
{
	bool stop = false;

	if (!watch_own(e, e->config->listen_fd, &e->config->listen_fd) ||
	    !watch_own(e, hm_quote_queue_fd(e->queue), &e->queue) || !watch_own(e, e->signal_fd, &e->signal_fd))
		return hm_error_errno(error, "epoll", -errno);
	e->config->ready();
	while (!stop) {
		if (!turn(e, &stop))
			return hm_error_errno(error, "epoll", -errno);
	}
	return true;
}

static bool paths_of(struct end_point *e, struct hm_error *error)
{
	const char *directory = e->config->directory;
	int key = snprintf(e->key_path, sizeof(e->key_path), "%s/tls/key.pem", directory);
	int certificate = snprintf(e->certificate_path, sizeof(e->certificate_path), "%s/tls/cert.pem", directory);
	int bound = snprintf(e->bound_path, sizeof(e->bound_path), "%s/tls/" HM_BOUND_NAME, directory);

	return (key > 0 && bound > 0 && certificate > 0 && (size_t)certificate < sizeof(e->certificate_path)) ||
	       hm_error_errno(error, directory, -ENAMETOOLONG);
}

static bool start(struct end_point *e, struct hm_error *error)
{
	sigset_t signals;
	int r;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	/* Before any thread: they inherit the mask. */
	r = pthread_sigmask(SIG_BLOCK, &signals, NULL);
	if (r)
		return hm_error_errno(error, "signals", -r);
	signal(SIGPIPE, SIG_IGN);
	e->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	e->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (e->signal_fd < 0 || e->epoll_fd < 0)
		return hm_error_errno(error, "signals", -errno);
	if (!paths_of(e, error) || !server_open(e, &e->server, error))
		return false;
	e->certificate_at = hm_clock_ms();
	if (stat(e->certificate_path, &e->certificate) < 0)
		return hm_error_errno(error, e->certificate_path, -errno);
	r = hm_quote_queue_start(e->bound_path, &e->queue);
	return r ? hm_error_errno(error, e->bound_path, r) : true;
}

bool hm_end_point_run(const struct hm_end_point_config *config, struct hm_error *error)
{
	struct end_point e = {.config = config, .epoll_fd = -1, .signal_fd = -1};
	bool good = start(&e, error) && run(&e, error);

	for (enum state i = 0; i < DEAD; i++) {
		while (e.list[i].first)
			end(&e, e.list[i].first, false);
	}
	release_dead(&e);
	hm_quote_queue_stop(e.queue);
	hm_tls_server_free(e.server);
	if (e.epoll_fd >= 0)
		close(e.epoll_fd);
	if (e.signal_fd >= 0)
		close(e.signal_fd);
	return good;
}
