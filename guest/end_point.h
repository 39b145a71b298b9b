/* SPDX-License-Identifier: BSD-2-Clause */
/* end_point.h - the machine's TLS end point: bound proofs first, then bytes to the web server behind it */
#ifndef HM_GUEST_END_POINT_H
#define HM_GUEST_END_POINT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"

/*
 * The only process that has the TLS key and the secrets of connections, so the only one that knows a connection's
 * exporter (RFC 9266). docs/FORMATS.md, "The TLS end point".
 *
 * hallmark/2   the first bytes are one request for a proof (guest/bound_request.h). Its nonce goes with the exporter
 *              of this very connection to the attestation service (guest/quote_queue.h). The proof is answered, and
 *              from then on bytes go both ways, as HTTP/1.1, to the web server.
 * h2           bytes go to the web server, which speaks HTTP/2 without TLS there.
 * http/1.1     bytes go to the web server. So does a client that offers no protocol.
 *
 * One thread, nothing is waited for, no HTTP is read but that one request. A connection costs a structure of libssl
 * only once its first record is there whole, and a connection to the web server only once a byte has come for it.
 *
 * Bounds: connections; handshakes and requests at once; the time of each step; answers under way. Where there is no
 * room, the oldest connection that has asked nothing of the web server makes some: what is slow is ended, not what is
 * new. A client that vanishes is noticed by TCP.
 */
#define HM_END_POINT_CONNECTIONS_MAX 12288u
#define HM_END_POINT_YOUNG_MAX 1024u  /* handshakes and requests under way */
#define HM_END_POINT_ANSWERS_MAX 128u /* proofs on their way to clients */
#define HM_END_POINT_RELAYS_MAX 2048u /* connections to the web server: each holds a few buffers for a slow client */
#define HM_END_POINT_HELLO_MS 10000u  /* from the connection to a whole first record */
#define HM_END_POINT_YOUNG_MS 10000u  /* from there to the end of the request for a proof */
#define HM_END_POINT_ANSWER_MS 20000u /* a client takes its proof */
#define HM_END_POINT_IDLE_MS 120000u  /* a client sends its first byte for the web server */
#define HM_END_POINT_LINGER_MS 5000u  /* a client ends a connection that we have ended */
#define HM_END_POINT_SILENCE_S 60     /* TCP without an acknowledgement */

struct hm_end_point_config {
	const char *directory;	   /* of guest/boot_key.h: tls/key.pem, tls/cert.pem, tls/bound.sock */
	int listen_fd;		   /* non-blocking */
	size_t connections_max;	   /* 1 to HM_END_POINT_CONNECTIONS_MAX */
	const char *http1, *http2; /* unix sockets of the web server */
	void (*ready)(void);	   /* called once connections are taken */
	/* Something that the operator should know, where the end point goes on. */
	void (*report)(const struct hm_error *error);
};

/*
 * Runs until SIGTERM or SIGINT (true) or until it cannot go on (false). A certificate that replaces cert.pem, for the
 * same key, is used for new connections.
 */
HM_MUST_CHECK bool hm_end_point_run(const struct hm_end_point_config *config, struct hm_error *error);

#endif
