/* SPDX-License-Identifier: BSD-2-Clause */
/* hallmark_client.h - libhallmark-client: a connection that is there only once its machine has proved itself */
#ifndef HALLMARK_CLIENT_H
#define HALLMARK_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * libhallmark judges a proof and touches no network. This library makes the connection, fetches the proof over it and
 * has libhallmark judge it: the code of `hallmark verify https://` and `hallmark proxy`. A program includes hallmark.h
 * too, opens a verifier with hallmark_open() and links both libraries.
 *
 *  1. hallmark_connect(). HALLMARK_CONNECTED: send the request over the handle. Anything else: there is no handle, not
 *     a byte of the caller's has left this machine, and result or error says why.
 *  2. hallmark_connection_read() and _write() as with a non-blocking socket, hallmark_connection_fd() to poll; or
 *     hallmark_connection_relay() in a thread of the caller's, for code that wants a plain descriptor.
 *  3. hallmark_connection_close(). A new connection is a new verdict: nothing is resumed, kept or made again.
 *
 * No thread, no signal, no output, no environment variable. SIGPIPE does not reach the caller. libssl.so.3 is loaded at
 * the first connection. Different threads may use different handles at once, and one verifier for all; one handle is
 * for one thread at a time.
 *
 * docs/FORMATS.md, "The TLS end point", has what is asked of the server. docs/THREATS.md says what a verdict does not
 * say.
 */

#if defined(__GNUC__)
#define HALLMARK_CLIENT_API __attribute__((visibility("default")))
#define HALLMARK_CLIENT_MUST_CHECK __attribute__((warn_unused_result))
#else
#define HALLMARK_CLIENT_API
#define HALLMARK_CLIENT_MUST_CHECK
#endif

struct hallmark_verifier; /* hallmark.h */
struct hallmark_result;
struct hallmark_epoch;
struct hallmark_connection;

enum hallmark_connect_state {
	HALLMARK_CONNECTED,	      /* *result is an accepting verdict, and the handle is open */
	HALLMARK_CONNECT_REJECTED,    /* *result says by which check */
	HALLMARK_CONNECT_NO_PROOF,    /* not reached, or what it answers is no proof: `error`; *result is all zero */
	HALLMARK_CONNECT_BAD_REQUEST, /* host or port is none, nothing was tried: `error`; *result is all zero */
};

/* Whom to reach. Everything is borrowed for the call. Zero-initialise, then set. */
struct hallmark_connect_request {
	const char *host; /* a name, an IPv4 address, or an IPv6 address without brackets */
	const char *port; /* decimal; NULL: 443 */
	int64_t as_of;	  /* as in struct hallmark_request: the time now, for a client that has a clock */
	const struct hallmark_epoch *epoch; /* as in struct hallmark_request */
	bool run_all;			    /* as in struct hallmark_request */
};

/*
 * Connect by TLS 1.3, ask for a proof for a new nonce over that very connection, verify it with the key and the
 * exporter of that very connection (UnboundChannel where the quote does not cover it). Waits at most 10 s for the
 * handshake and 20 s for the proof, beside what looking up the name takes. *ret: the handle, or NULL. `error`: one line
 * of printable ASCII; "" where *result has the reason.
 */
#define HALLMARK_CONNECT_ERROR_MAX 512
HALLMARK_CLIENT_API enum hallmark_connect_state
hallmark_connect(const struct hallmark_verifier *verifier, const struct hallmark_connect_request *request,
		 struct hallmark_connection **ret, struct hallmark_result *result,
		 char error[HALLMARK_CONNECT_ERROR_MAX]) HALLMARK_CLIENT_MUST_CHECK;

/* To poll(2). Do not read or write it: what passes it is TLS. The handle's own, and non-blocking. */
HALLMARK_CLIENT_API int hallmark_connection_fd(const struct hallmark_connection *connection) HALLMARK_CLIENT_MUST_CHECK;
/*
 * Bytes read or written, which may be fewer than `len`; 0: the server has ended the connection in order (reads only,
 * for a `len` above 0). -EAGAIN: poll for *ret_events (POLLIN or POLLOUT, for either call), then the same call again
 * with the same bytes. Another negative errno: the connection is broken. A read may find bytes when poll sees none:
 * read until -EAGAIN before polling.
 */
HALLMARK_CLIENT_API ssize_t hallmark_connection_read(struct hallmark_connection *connection, void *buf, size_t len,
						     short *ret_events) HALLMARK_CLIENT_MUST_CHECK;
HALLMARK_CLIENT_API ssize_t hallmark_connection_write(struct hallmark_connection *connection, const void *buf,
						      size_t len, short *ret_events) HALLMARK_CLIENT_MUST_CHECK;
/* No more is written; reads go on. As with writes, -EAGAIN and what to poll for, or 0 once it is said. */
HALLMARK_CLIENT_API int hallmark_connection_shutdown(struct hallmark_connection *connection,
						     short *ret_events) HALLMARK_CLIENT_MUST_CHECK;
/* NULL is allowed. */
HALLMARK_CLIENT_API void hallmark_connection_close(struct hallmark_connection *connection);

/*
 * For code that wants a descriptor with plain bytes: make a socketpair(2), give one end to that code, and call this
 * with the other in a thread. Returns when both directions have ended: 0, or a negative errno where one of them broke.
 * Closes neither. `fd` is made non-blocking. After a failure close `fd` at once, so that a cut is not taken for an end.
 */
HALLMARK_CLIENT_API int hallmark_connection_relay(struct hallmark_connection *connection,
						  int fd) HALLMARK_CLIENT_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
