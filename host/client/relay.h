/* SPDX-License-Identifier: BSD-2-Clause */
/* relay.h - plain HTTP on one side, an attested TLS connection on the other */
#ifndef HM_HOST_CLIENT_RELAY_H
#define HM_HOST_CLIENT_RELAY_H

#include "host/client/attested.h"

/*
 * One local connection and the one upstream connection that is made for it. The local request's head is read first;
 * then the upstream connection is made and attested; only then is a byte of the request sent. When either side ends,
 * both end: nothing is ever sent on another connection than the attested one. A client that ends before its request is
 * whole, or before the answer has begun, has gone: the server learns it at once.
 */
struct hm_relay {
	const struct hallmark_verifier *verifier;
	const struct hallmark_epoch *epoch; /* of struct hallmark_request; NULL: any boot of any machine */
	const int64_t *as_of;		    /* seconds since 1970 at which all must be valid; NULL: now, each time */
	struct hm_endpoint endpoint;
	/* What a request's Host may be (the proxy's own addresses): a web page of another site must not talk through
	 * us. */
	char local_host[16][280];
	/* "https://host[:port]" that a redirect may lead to, beside the end point; NULL: nowhere (rewrite.h). */
	const struct hm_list *redirects;
	/* Called with the reason when an answer was not handed on, in the connection's thread; may be NULL. */
	void (*refused)(void *ctx, const char *reason);
	/* Called once an upstream connection has been judged, in the connection's thread; may be NULL. */
	void (*judged)(void *ctx, const struct hm_attestation *attestation);
	void *ctx;
	/* Bytes of requests that were sent upstream, all connections; for tests and statistics. */
	_Atomic uint64_t sent;
};

/* Serves one local connection and closes it. */
void hm_relay_serve(struct hm_relay *relay, int local_fd);
/* 503 to a connection there is no room for, and closes it. */
void hm_relay_refuse(int local_fd);

#endif
