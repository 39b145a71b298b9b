/* SPDX-License-Identifier: BSD-2-Clause */
/* http_server.h - the only user of libmicrohttpd: answers GET on a unix socket */
#ifndef HM_GUEST_HTTP_SERVER_H
#define HM_GUEST_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/bytes.h"

/*
 * One thread answers one request after the other. Bounded: connections, time a connection may idle, memory of its
 * request; bodies of requests are not read. An answer lives in memory until it is sent, so the bound of all of it is
 * connections times the largest answer.
 */
#define HM_HTTP_CONNECTIONS_MAX 128u
#define HM_HTTP_IDLE_S 15u
#define HM_HTTP_REQUEST_MAX 16384u /* bytes of a request's line and headers, and libmicrohttpd's own needs */

struct hm_http_request {
	const char *path;     /* decoded, without the query */
	const char *argument; /* the one argument that the path may have; NULL: none */
	bool malformed;	      /* another argument, one twice, or one without value */
};

struct hm_http_answer {
	unsigned int status; /* 200 ... */
	const char *content_type;
	char *body; /* from malloc, taken over */
	bool fresh; /* header Hallmark-Proof: fresh, else stored; only with 200 */
};

struct hm_http_config {
	const char *socket;   /* path; what is there and a socket is replaced */
	const char *argument; /* its name: "nonce" */
	/* Called in the server's thread. */
	void (*get)(void *ctx, const struct hm_http_request *request, struct hm_http_answer *ret);
	void *ctx;
};

struct hm_http_server;
/* 0 or a negative errno. The socket is there, and answers, when this returns. */
HM_MUST_CHECK int hm_http_server_start(const struct hm_http_config *config, struct hm_http_server **ret);
/* Ends connections and waits for the thread; the socket is removed. */
void hm_http_server_stop(struct hm_http_server *server);

#endif
