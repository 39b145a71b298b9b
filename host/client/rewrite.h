/* SPDX-License-Identifier: BSD-2-Clause */
/* rewrite.h - fields of an answer that name a place, on their way through the proxy */
#ifndef HM_HOST_CLIENT_REWRITE_H
#define HM_HOST_CLIENT_REWRITE_H

#include "host/base/args.h"
#include "host/client/attested.h"
#include "host/client/http.h"

/*
 * The server calls itself by its own name, and its client calls it by the proxy's. A client that follows an address
 * of the server's goes around the proxy: in plain text where the scheme is http, and without a verdict in any case.
 * So an address that names the end point becomes the proxy's, and a redirect to anybody else is refused.
 *
 *	Location in a 3xx, Refresh	the proxy's address, or refused unless allowed
 *	Location else, Content-Location, the targets of Link	the proxy's address, or as it is
 *	Set-Cookie	without a Domain that the end point's name ends with
 *	Alt-Svc, Strict-Transport-Security	dropped: they are about the server's own address
 *
 * Whatever clients read in different ways (a backslash, a tab, a user's name before the host, "http:x", "///x") is
 * refused as a redirect to anybody else is. RFC 3986, 4.2; RFC 9110, 10.2.2; https://url.spec.whatwg.org, 4.4.
 */
struct hm_rewrite {
	const struct hm_endpoint *endpoint;
	const char (*local)[280]; /* what the proxy is called, "host:port"; an empty one is not a name */
	size_t local_count;
	const char *client_host;       /* the name that the request at hand was sent to */
	const struct hm_list *allowed; /* "https://host[:port]"; NULL: none */
};

/*
 * Write the field for the client, with its line's end; nothing where it is dropped. False: the answer must be refused,
 * `error` says why. What does not fit makes the writer fail.
 */
HM_MUST_CHECK bool hm_rewrite_field(const struct hm_rewrite *rewrite, unsigned int status,
				    const struct hm_http_field *field, struct hm_writer *w, struct hm_error *error);

#endif
