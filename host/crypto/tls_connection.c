/* SPDX-License-Identifier: BSD-2-Clause */
/* tls_connection.c - one TLS connection, as client or as server: read, write, end, and what names it */
#include "host/crypto/tls_internal.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/base/clock.h"

/* OpenSSL 3's; libcrypto, which every command has, is of the same version. */
#define SONAME "libssl.so.3"
#if OPENSSL_VERSION_MAJOR != 3
#error "another ABI than SONAME's"
#endif

struct hm_tls_lib hm_tls_lib;
#define lib hm_tls_lib
static const struct hm_lazy_symbol symbols[] = {HM_TLS_FUNCTIONS(HM_LAZY_SYMBOL)};
static struct hm_lazy library = HM_LAZY(SONAME, symbols);

const char *const hm_tls_protocol_names[HM_TLS_PROTOCOLS] = {
	[HM_TLS_NO_PROTOCOL] = "", [HM_TLS_HALLMARK] = "hallmark/2", [HM_TLS_H2] = "h2", [HM_TLS_HTTP1] = "http/1.1"};

bool hm_tls_load(struct hm_error *error)
{
	return hm_lazy_load(&library, error);
}

/* 0, -ETIMEDOUT or a negative errno. */
int hm_tls_wait(int fd, short events, int64_t deadline)
{
	struct pollfd poll_fd = {.fd = fd, .events = events};

	for (;;) {
		int64_t left = deadline - (int64_t)hm_clock_ms();
		int n;

		if (left <= 0)
			return -ETIMEDOUT;
		n = poll(&poll_fd, 1, (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
	}
}

int hm_tls_status(const struct hm_tls *tls, int n, short *ret_events)
{
	int saved = errno;

	switch (lib.get_error(tls->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		*ret_events = POLLIN;
		return -EAGAIN;
	case SSL_ERROR_WANT_WRITE:
		*ret_events = POLLOUT;
		return -EAGAIN;
	case SSL_ERROR_ZERO_RETURN:
		return 0;
	case SSL_ERROR_SYSCALL:
		return saved ? -saved : -ECONNRESET;
	default:
		/* The other side is gone without TLS's own good-bye. */
		return ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING ? -ECONNRESET : -EPROTO;
	}
}

void hm_tls_close(struct hm_tls *tls)
{
	if (!tls)
		return;
	/* One try: the server's answer is not waited for. */
	if (tls->ssl && lib.is_init_finished(tls->ssl) && lib.shutdown(tls->ssl) < 0)
		ERR_clear_error();
	lib.free(tls->ssl);
	close(tls->fd);
	free(tls);
}

void hm_tls_drop(struct hm_tls *tls)
{
	lib.free(tls->ssl);
	close(tls->fd);
	free(tls);
}

bool hm_tls_exporter(const struct hm_tls *tls, uint8_t ret[HM_TLS_EXPORTER_LEN])
{
	static const char label[] = "EXPORTER-Channel-Binding";
	uint8_t exporter[HM_TLS_EXPORTER_LEN] = {0};

	if (!lib.is_init_finished(tls->ssl) || lib.version(tls->ssl) != TLS1_3_VERSION ||
	    lib.export_keying_material(tls->ssl, exporter, sizeof(exporter), label, sizeof(label) - 1, NULL, 0, 0) !=
		    1 ||
	    hm_bytes_is_zero(hm_bytes_of(exporter, sizeof(exporter))))
		return false;
	memcpy(ret, exporter, sizeof(exporter));
	return true;
}

enum hm_tls_protocol hm_tls_protocol(const struct hm_tls *tls)
{
	const unsigned char *name = NULL;
	unsigned int len = 0;

	lib.get0_alpn_selected(tls->ssl, &name, &len);
	for (enum hm_tls_protocol i = HM_TLS_NO_PROTOCOL + 1; i < HM_TLS_PROTOCOLS; i++) {
		if (hm_bytes_equal_text(hm_bytes_of(name, len), hm_tls_protocol_names[i]))
			return i;
	}
	return HM_TLS_NO_PROTOCOL;
}

int hm_tls_fd(const struct hm_tls *tls)
{
	return tls->fd;
}

ssize_t hm_tls_read(struct hm_tls *tls, void *buf, size_t len, short *ret_events)
{
	size_t got = 0;
	int n;

	ERR_clear_error();
	errno = 0;
	n = lib.read_ex(tls->ssl, buf, len, &got);
	return n == 1 ? (ssize_t)got : hm_tls_status(tls, n, ret_events);
}

ssize_t hm_tls_write(struct hm_tls *tls, struct hm_bytes content, short *ret_events)
{
	size_t done = 0;
	int n, status;

	ERR_clear_error();
	errno = 0;
	n = lib.write_ex(tls->ssl, content.p, content.len, &done);
	if (n == 1)
		return (ssize_t)done;
	status = hm_tls_status(tls, n, ret_events);
	return status ? status : -EPIPE;
}

int hm_tls_shutdown(struct hm_tls *tls, short *ret_events)
{
	int n, status;

	ERR_clear_error();
	errno = 0;
	n = lib.shutdown(tls->ssl);
	/* 0: ours is sent, theirs has not come; 1: both. */
	if (n >= 0)
		return 0;
	status = hm_tls_status(tls, n, ret_events);
	return status ? status : -EPIPE;
}

ssize_t hm_tls_read_some(struct hm_tls *tls, void *buf, size_t len, unsigned int timeout_ms)
{
	int64_t deadline = (int64_t)hm_clock_ms() + timeout_ms;

	for (;;) {
		short events = 0;
		ssize_t n = hm_tls_read(tls, buf, len, &events);
		int err;

		if (n != -EAGAIN)
			return n;
		err = hm_tls_wait(tls->fd, events, deadline);
		if (err)
			return err;
	}
}

int hm_tls_write_all(struct hm_tls *tls, struct hm_bytes content, unsigned int timeout_ms)
{
	int64_t deadline = (int64_t)hm_clock_ms() + timeout_ms;

	while (content.len) {
		short events = 0;
		ssize_t n = hm_tls_write(tls, content, &events);
		int err;

		if (n > 0) {
			content.p += n;
			content.len -= (size_t)n;
			continue;
		}
		if (n != -EAGAIN)
			return (int)n;
		err = hm_tls_wait(tls->fd, events, deadline);
		if (err)
			return err;
	}
	return 0;
}
