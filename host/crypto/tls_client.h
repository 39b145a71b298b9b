/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_client.h - one TLS connection of a client that knows its server by the server's key */
#ifndef HM_HOST_CRYPTO_TLS_CLIENT_H
#define HM_HOST_CRYPTO_TLS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"
#include "core/digest.h"

/*
 * TLS 1.3 only, HTTP/1.1, one handshake: no session is resumed or kept, nothing is sent early, nothing reconnects.
 * Names and web CAs are not looked at: what the connection is worth follows from the key, which the caller compares
 * with evidence before it sends anything of its own. The handshake proves that the server holds that key.
 */
struct hm_tls;

/* Connect and shake hands within `timeout_ms`. False: `error` says why, and nothing is left open. */
HM_MUST_CHECK bool hm_tls_connect(const char *host, const char *port, unsigned int timeout_ms, struct hm_tls **ret,
				  struct hm_error *error);
void hm_tls_close(struct hm_tls *tls);

/* SHA-256 over the DER SubjectPublicKeyInfo of the server's leaf certificate: the key of this very connection. */
void hm_tls_spki_sha256(const struct hm_tls *tls, uint8_t ret[32]);

/* To poll(2) for the events that hm_tls_read and hm_tls_write ask for. */
HM_MUST_CHECK int hm_tls_fd(const struct hm_tls *tls);
/*
 * Bytes read or written; 0: the server has ended the connection in order (reads only); -EAGAIN: poll for *ret_events,
 * then the same call again; another negative errno: broken, -EPROTO where TLS says so.
 */
HM_MUST_CHECK ssize_t hm_tls_read(struct hm_tls *tls, void *buf, size_t len, short *ret_events);
HM_MUST_CHECK ssize_t hm_tls_write(struct hm_tls *tls, struct hm_bytes content, short *ret_events);
/* No more is written; reads go on. 0 once the server was told, else as hm_tls_write. */
HM_MUST_CHECK int hm_tls_shutdown(struct hm_tls *tls, short *ret_events);
/* The same, waiting: all is written, or at least one byte read (0: the end), within `timeout_ms`; -ETIMEDOUT. */
HM_MUST_CHECK ssize_t hm_tls_read_some(struct hm_tls *tls, void *buf, size_t len, unsigned int timeout_ms);
HM_MUST_CHECK int hm_tls_write_all(struct hm_tls *tls, struct hm_bytes content, unsigned int timeout_ms);

#endif
