/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_internal.h - what the files of host/crypto/tls_* share: libssl's functions and the connection's structure */
#ifndef HM_HOST_CRYPTO_TLS_INTERNAL_H
#define HM_HOST_CRYPTO_TLS_INTERNAL_H

#include <openssl/ssl.h>

#include "host/base/lazy.h"
#include "host/crypto/tls.h"

/* libssl, loaded at the first use (host/base/lazy.h). */
#define HM_TLS_FUNCTIONS(X) \
	X(SSL_, CTX_ctrl) \
	X(SSL_, CTX_free) \
	X(SSL_, CTX_new) \
	X(SSL_, CTX_set_alpn_protos) \
	X(SSL_, CTX_set_alpn_select_cb) \
	X(SSL_, CTX_set_num_tickets) \
	X(SSL_, CTX_set_options) \
	X(SSL_, CTX_set_verify) \
	X(SSL_, CTX_use_PrivateKey) \
	X(SSL_, CTX_use_certificate) \
	X(SSL_, accept) \
	X(SSL_, connect) \
	X(SSL_, ctrl) \
	X(SSL_, export_keying_material) \
	X(SSL_, free) \
	X(SSL_, get0_alpn_selected) \
	X(SSL_, get0_peer_certificate) \
	X(SSL_, get_error) \
	X(SSL_, is_init_finished) \
	X(SSL_, new) \
	X(SSL_, read_ex) \
	X(SSL_, session_reused) \
	X(SSL_, set_fd) \
	X(SSL_, shutdown) \
	X(SSL_, version) \
	X(SSL_, write_ex) \
	X(TLS_, client_method) \
	X(TLS_, server_method)

extern struct hm_tls_lib {
	HM_TLS_FUNCTIONS(HM_LAZY_POINTER)
} hm_tls_lib;
/* What OpenSSL's macros (SSL_CTX_set_mode and others) call. */
#define SSL_CTX_ctrl hm_tls_lib.CTX_ctrl
#define SSL_ctrl hm_tls_lib.ctrl

struct hm_tls {
	SSL *ssl;
	int fd;
	uint8_t spki_sha256[HM_SHA256_LEN]; /* of a client's server */
};

/* The names of ALPN, by enum hm_tls_protocol. */
extern const char *const hm_tls_protocol_names[HM_TLS_PROTOCOLS];

HM_MUST_CHECK bool hm_tls_load(struct hm_error *error);
/* Waits for `events` on `fd` until hm_clock_ms() is `deadline`: 0, -ETIMEDOUT or a negative errno. */
HM_MUST_CHECK int hm_tls_wait(int fd, short events, int64_t deadline);
/* What SSL_get_error says after a call that did not succeed: -EAGAIN with what to poll for, or what is broken. */
HM_MUST_CHECK int hm_tls_status(const struct hm_tls *tls, int n, short *ret_events);

#endif
