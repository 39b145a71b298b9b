/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_client.c - one TLS connection of a client that knows its server by the server's key */
#include "host/crypto/tls_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/base/clock.h"
#include "lib/base/error.h"
#include "host/base/args.h"
#include "host/crypto/tls_internal.h"

#define lib hm_tls_lib

/* RFC 8305: addresses are tried side by side, a new one every 250 ms or as soon as one has failed (5, 8). */
#define ADDRESSES_MAX 16u
#define NEXT_ADDRESS_MS 250
#define VIA_HEAD_MAX 8192u

struct attempt {
	struct pollfd poll[ADDRESSES_MAX];
	nfds_t count;
	int err; /* of the last that failed */
};

/* A descriptor whose connection is under way or made, or a negative errno. */
static int connect_begin(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

/* Requests are small, and answers are waited for. 0 or a negative errno. */
static int connect_finish(int fd)
{
	int one = 1, err = 0;
	socklen_t len = sizeof(err);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		return -errno;
	if (!err && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) < 0)
		return -errno;
	return -err;
}

/* The first that is connected, which is no longer among the attempts; -1: none is. Those that failed are gone. */
static int take_connected(struct attempt *a)
{
	for (nfds_t i = 0; i < a->count;) {
		int fd = a->poll[i].fd, err;

		if (!a->poll[i].revents) {
			i++;
			continue;
		}
		err = connect_finish(fd);
		a->poll[i] = a->poll[--a->count];
		if (!err)
			return fd;
		a->err = err;
		close(fd);
	}
	return -1;
}

static int connect_any(const struct addrinfo *list, int64_t deadline)
{
	struct attempt a = {.count = 0, .err = -EADDRNOTAVAIL};
	int64_t next = 0;
	int fd = -1;

	while (fd < 0 && (list || a.count)) {
		int64_t now = (int64_t)hm_clock_ms(), until = deadline;

		if (now >= deadline) {
			a.err = -ETIMEDOUT;
			break;
		}
		if (list && a.count < ADDRESSES_MAX && (!a.count || now >= next)) {
			int begun = connect_begin(list);

			list = list->ai_next;
			next = now + NEXT_ADDRESS_MS;
			if (begun < 0)
				a.err = begun;
			else
				a.poll[a.count++] = (struct pollfd){.fd = begun, .events = POLLOUT};
			continue;
		}
		if (list && a.count < ADDRESSES_MAX && next < until)
			until = next;
		if (poll(a.poll, a.count, (int)(until - now)) > 0) {
			fd = take_connected(&a);
			next = now;
		}
	}
	for (nfds_t i = 0; i < a.count; i++)
		close(a.poll[i].fd);
	return fd >= 0 ? fd : a.err;
}

static int host_connect(const char *host, const char *port, int64_t deadline, struct hm_error *error)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *list = NULL;
	int err = getaddrinfo(host, port, &hints, &list), fd;

	if (err) {
		(void)hm_error_set(error, "%s", gai_strerror(err));
		return -1;
	}
	fd = connect_any(list, deadline);
	freeaddrinfo(list);
	if (fd < 0)
		(void)hm_error_set(error, "cannot connect: %s", strerror(-fd));
	return fd;
}

static bool is_address(const char *host)
{
	unsigned char address[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1;
}

static SSL *ssl_new(const char *host)
{
	static const unsigned char alpn[] = "\x0ahallmark/2\x08http/1.1";
	SSL_CTX *ctx = lib.CTX_new(lib.client_method());
	SSL *ssl = NULL;

	if (!ctx)
		return NULL;
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	lib.CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* Tickets and key updates without end would keep a single read from ever coming back to its deadline. */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	/* The key is judged, by evidence, and not the names and signatures around it. */
	lib.CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	    lib.CTX_set_alpn_protos(ctx, alpn, sizeof(alpn) - 1) == 0)
		ssl = lib.new(ctx);
	lib.CTX_free(ctx);
	/* SSL_set_tlsext_host_name without its cast, which clang takes for a lost const; OpenSSL copies the name. */
	if (ssl && !is_address(host) &&
	    lib.ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)host) != 1) {
		lib.free(ssl);
		ssl = NULL;
	}
	return ssl;
}

static bool handshake(struct hm_tls *tls, int64_t deadline, struct hm_error *error)
{
	for (;;) {
		short events = 0;
		int n, status;

		ERR_clear_error();
		errno = 0;
		n = lib.connect(tls->ssl);
		if (n == 1)
			return true;
		status = hm_tls_status(tls, n, &events);
		if (status == -EAGAIN)
			status = hm_tls_wait(tls->fd, events, deadline);
		else if (!status)
			status = -ECONNRESET;
		if (status == -EPROTO)
			return hm_error_set(error, "TLS 1.3: %s",
					    ERR_reason_error_string(ERR_peek_error())
						    ? ERR_reason_error_string(ERR_peek_error())
						    : "the handshake failed");
		if (status)
			return hm_error_set(error, "TLS 1.3: %s", strerror(-status));
	}
}

static bool peer_key(struct hm_tls *tls, struct hm_error *error)
{
	X509 *leaf = lib.get0_peer_certificate(tls->ssl);
	unsigned char *der = NULL;
	int len = leaf ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der) : -1;
	bool good = len > 0 && EVP_Digest(der, (size_t)len, tls->spki_sha256, NULL, EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	if (!good)
		return hm_error_set(error, "the server shows no certificate");
	if (lib.session_reused(tls->ssl))
		return hm_error_set(error, "the TLS session is not a new one");
	return true;
}

/* One byte at a time: the byte after the head is the server's. */
static bool via_answer(int fd, int64_t deadline, struct hm_error *error)
{
	char head[VIA_HEAD_MAX + 1];
	size_t len = 0;

	while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
		ssize_t n = recv(fd, head + len, 1, 0);
		int err = n < 0 ? -errno : 0;

		if (err == -EAGAIN)
			err = hm_tls_wait(fd, POLLIN, deadline);
		else if (err != -EINTR && !err && (n == 0 || ++len == VIA_HEAD_MAX))
			return hm_error_set(error, "the proxy on the way does not answer in HTTP");
		if (err && err != -EINTR)
			return hm_error_set(error, "the proxy on the way: %s", strerror(-err));
	}
	head[len] = '\0';
	if (strncmp(head, "HTTP/1.", 7) != 0 || len < 13 || head[8] != ' ')
		return hm_error_set(error, "the proxy on the way does not answer in HTTP");
	return head[9] == '2' || hm_error_set(error, "the proxy on the way answers with status %.3s", head + 9);
}

/* The request is small: a socket that is new takes it whole. */
static bool via_ask(int fd, const char *host, const char *port, int64_t deadline, struct hm_error *error)
{
	const char *open = strchr(host, ':') ? "[" : "", *close_ = strchr(host, ':') ? "]" : "";
	char text[VIA_HEAD_MAX];
	int n = snprintf(text, sizeof(text), "CONNECT %s%s%s:%s HTTP/1.1\r\nHost: %s%s%s:%s\r\n\r\n", open, host,
			 close_, port, open, host, close_, port);

	if (n < 0 || (size_t)n >= sizeof(text) || send(fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		return hm_error_set(error, "the proxy on the way cannot be asked");
	return via_answer(fd, deadline, error);
}

static int connect_all(const char *host, const char *port, const char *via_host, const char *via_port, int64_t deadline,
		       struct hm_error *error)
{
	int fd;

	if (!via_host)
		return host_connect(host, port, deadline, error);
	fd = host_connect(via_host, via_port, deadline, error);
	if (fd >= 0 && !via_ask(fd, host, port, deadline, error)) {
		close(fd);
		return -1;
	}
	return fd;
}

bool hm_tls_connect(const char *host, const char *port, const char *via_host, const char *via_port,
		    unsigned int timeout_ms, struct hm_tls **ret, struct hm_error *error)
{
	int64_t deadline = (int64_t)hm_clock_ms() + timeout_ms;
	struct hm_tls *tls;

	if (!hm_tls_load(error))
		return false;
	tls = calloc(1, sizeof(*tls));
	if (!tls)
		return hm_error_set(error, "out of memory");
	tls->fd = connect_all(host, port, via_host, via_port, deadline, error);
	if (tls->fd < 0) {
		free(tls);
		return false;
	}
	tls->ssl = ssl_new(host);
	if (!tls->ssl || lib.set_fd(tls->ssl, tls->fd) != 1)
		(void)hm_error_set(error, "out of memory");
	else if (handshake(tls, deadline, error) && peer_key(tls, error)) {
		*ret = tls;
		return true;
	}
	hm_tls_close(tls);
	return false;
}

void hm_tls_spki_sha256(const struct hm_tls *tls, uint8_t ret[32])
{
	memcpy(ret, tls->spki_sha256, sizeof(tls->spki_sha256));
}
