/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_server.h - TLS connections of a server with one certificate */
#ifndef HM_HOST_CRYPTO_TLS_SERVER_H
#define HM_HOST_CRYPTO_TLS_SERVER_H

#include "host/crypto/tls.h"
#include "host/crypto/tls_key.h"

/*
 * TLS 1.3, no tickets, no sessions, no early data; the one certificate for any server name and for none. Of what a
 * client offers by ALPN the first of hallmark/2, h2, http/1.1 is taken; a client that offers other things alone is
 * refused, one that offers nothing is served.
 */
struct hm_tls_server;

/* A chain that hm_tls_chain_read has read, with the key of its leaf. Both may be released afterwards. */
HM_MUST_CHECK bool hm_tls_server_new(const struct hm_tls_chain *chain, const struct hm_tls_key *key,
				     struct hm_tls_server **ret, struct hm_error *error);
/* Connections that are open stay so. NULL is allowed. */
void hm_tls_server_free(struct hm_tls_server *server);

/* A connection on a non-blocking socket, which belongs to it from now on; NULL: out of memory, and it does not. */
HM_MUST_CHECK struct hm_tls *hm_tls_server_accept(const struct hm_tls_server *server, int fd);
/* 0: the handshake is over; -EAGAIN: poll for *ret_events, then the same call again; another negative errno: broken. */
HM_MUST_CHECK int hm_tls_handshake(struct hm_tls *tls, short *ret_events);

#endif
