/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_server.c - TLS connections of a server with one certificate */
#include "host/crypto/tls_server.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "host/crypto/tls_internal.h"

#define lib hm_tls_lib

struct hm_tls_server {
	SSL_CTX *ctx;
};

static bool offers(const unsigned char *in, unsigned int len, const char *name, const unsigned char **ret)
{
	struct hm_reader r = hm_reader_of(hm_bytes_of(in, len));

	while (!hm_reader_done(&r) && !r.failed) {
		struct hm_bytes entry = hm_get_bytes(&r, hm_get_u8(&r));

		if (!r.failed && hm_bytes_equal_text(entry, name)) {
			*ret = entry.p;
			return true;
		}
	}
	return false;
}

/* OpenSSL's callback: *ret points into `in`. */
static int choose_protocol(SSL *ssl, const unsigned char **ret, unsigned char *ret_len, const unsigned char *in,
			   unsigned int len, void *ctx)
{
	(void)ssl;
	(void)ctx;
	for (enum hm_tls_protocol i = HM_TLS_NO_PROTOCOL + 1; i < HM_TLS_PROTOCOLS; i++) {
		if (offers(in, len, hm_tls_protocol_names[i], ret)) {
			*ret_len = (unsigned char)strlen(hm_tls_protocol_names[i]);
			return SSL_TLSEXT_ERR_OK;
		}
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool add_chain(SSL_CTX *ctx, const struct hm_tls_chain *chain)
{
	for (size_t i = 0; i < chain->count; i++) {
		const unsigned char *p = chain->certificate[i].p;
		X509 *certificate = d2i_X509(NULL, &p, (long)chain->certificate[i].len);
		bool good = certificate && (i == 0 ? lib.CTX_use_certificate(ctx, certificate) == 1
						   : SSL_CTX_add1_chain_cert(ctx, certificate) == 1);

		X509_free(certificate);
		if (!good)
			return false;
	}
	return true;
}

static SSL_CTX *ctx_new(const struct hm_tls_chain *chain, const struct hm_tls_key *key)
{
	SSL_CTX *ctx = lib.CTX_new(lib.server_method());

	if (!ctx)
		return NULL;
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	lib.CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
	/* Idle connections hold no buffers. Without AUTO_RETRY a read that saw no data of the application comes back.
	 */
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
				      SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	lib.CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	lib.CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
	/* SSL_OP_NO_TICKET alone still sends tickets that name a session of the server's (SSL_CTX_set_options(3)). */
	if (lib.CTX_set_num_tickets(ctx, 0) == 1 && SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	    SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 && add_chain(ctx, chain) &&
	    lib.CTX_use_PrivateKey(ctx, hm_tls_key_pkey(key)) == 1)
		return ctx;
	lib.CTX_free(ctx);
	return NULL;
}

bool hm_tls_server_new(const struct hm_tls_chain *chain, const struct hm_tls_key *key, struct hm_tls_server **ret,
		       struct hm_error *error)
{
	struct hm_tls_server *server;

	if (!hm_tls_load(error))
		return false;
	server = calloc(1, sizeof(*server));
	if (!server)
		return hm_error_set(error, "out of memory");
	ERR_clear_error();
	server->ctx = ctx_new(chain, key);
	if (!server->ctx) {
		free(server);
		return hm_error_set(error, "the certificate is not for the key, or there is no memory");
	}
	*ret = server;
	return true;
}

void hm_tls_server_free(struct hm_tls_server *server)
{
	if (server)
		lib.CTX_free(server->ctx);
	free(server);
}

struct hm_tls *hm_tls_server_accept(const struct hm_tls_server *server, int fd)
{
	struct hm_tls *tls = calloc(1, sizeof(*tls));

	if (!tls)
		return NULL;
	tls->fd = fd;
	tls->ssl = lib.new(server->ctx);
	if (tls->ssl && lib.set_fd(tls->ssl, fd) == 1)
		return tls;
	lib.free(tls->ssl);
	free(tls);
	return NULL;
}

int hm_tls_handshake(struct hm_tls *tls, short *ret_events)
{
	int n, status;

	ERR_clear_error();
	errno = 0;
	n = lib.accept(tls->ssl);
	if (n == 1)
		return 0;
	status = hm_tls_status(tls, n, ret_events);
	return status ? status : -ECONNRESET;
}
