/* SPDX-License-Identifier: BSD-2-Clause */
/* via.h - the HTTP proxy on the way to a server, which carries TLS without ending it (CONNECT) */
#ifndef HM_HOST_CLIENT_VIA_H
#define HM_HOST_CLIENT_VIA_H

#include "host/client/attested.h"

/*
 * Sets endpoint->via: to `option`, "http://HOST[:PORT]", where that is not NULL; else to what the environment has in
 * https_proxy or HTTPS_PROXY, unless no_proxy or NO_PROXY names the host or a domain that it is in, or the host is this
 * machine. Whoever is on the way sees the server's name and TLS, as any router does, and is not trusted for anything.
 * False: HM_ERROR_USAGE.
 */
HM_MUST_CHECK bool hm_via_set(const char *option, struct hm_endpoint *endpoint, struct hm_error *error);

#endif
