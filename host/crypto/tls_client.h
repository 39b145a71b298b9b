/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_client.h - one TLS connection of a client that knows its server by the server's key */
#ifndef HM_HOST_CRYPTO_TLS_CLIENT_H
#define HM_HOST_CRYPTO_TLS_CLIENT_H

#include "host/crypto/tls.h"

/*
 * Nothing reconnects. Names and web CAs are not looked at: what the connection is worth follows from the key, which the
 * caller compares with evidence before it sends anything of its own. The handshake proves that the server holds that
 * key. Offered are hallmark/2 and http/1.1.
 */

/*
 * Connect and shake hands within `timeout_ms`. `via_host`: an HTTP proxy that is asked to lead there (CONNECT, RFC
 * 9110, 9.3.6), and `via_port` its port; NULL: none. False: `error` says why, and nothing is left open.
 */
HM_MUST_CHECK bool hm_tls_connect(const char *host, const char *port, const char *via_host, const char *via_port,
				  unsigned int timeout_ms, struct hm_tls **ret, struct hm_error *error);

/* SHA-256 over the DER SubjectPublicKeyInfo of the server's leaf certificate: the key of this very connection. */
void hm_tls_spki_sha256(const struct hm_tls *tls, uint8_t ret[32]);

#endif
