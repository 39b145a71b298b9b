/* SPDX-License-Identifier: BSD-2-Clause */
/* tls.h - one TLS 1.3 connection, as client or as server: read, write, end, and what names it */
#ifndef HM_HOST_CRYPTO_TLS_H
#define HM_HOST_CRYPTO_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/error.h"
#include "core/digest.h"

/*
 * TLS 1.3 alone (RFC 8446), one handshake: no session is resumed or kept, nothing is sent early. tls_client.h and
 * tls_server.h make connections. A connection belongs to one thread at a time.
 */
struct hm_tls;

/* ALPN (RFC 7301). hallmark/2: first one request for a proof that is bound to the connection, then HTTP/1.1. */
enum hm_tls_protocol { HM_TLS_NO_PROTOCOL, HM_TLS_HALLMARK, HM_TLS_H2, HM_TLS_HTTP1, HM_TLS_PROTOCOLS };
/* What both sides agreed on; of meaning after the handshake. */
HM_MUST_CHECK enum hm_tls_protocol hm_tls_protocol(const struct hm_tls *tls);

#define HM_TLS_EXPORTER_LEN 32u
/*
 * RFC 9266, tls-exporter: the bytes that only the two ends of this very connection can compute. False where there are
 * none: the handshake is not over, or the exporter is all zero.
 */
HM_MUST_CHECK bool hm_tls_exporter(const struct hm_tls *tls, uint8_t ret[HM_TLS_EXPORTER_LEN]);

/* NULL is allowed. */
void hm_tls_close(struct hm_tls *tls);
/* The same without TLS's good-bye: the other side does not take what it has for the whole. */
void hm_tls_drop(struct hm_tls *tls);

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
