/* SPDX-License-Identifier: BSD-2-Clause */
/* attested.c - a TLS connection over which a proof was fetched and verified before anything else was sent */
#include "host/client/attested.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "host/base/clock.h"
#include "lib/base/error.h"
#include "host/client/http.h"
#include "lib/proof/proof.h"

#define PROOF_PATH "/.well-known/hallmark/proof"

static bool host_is_plain(const char *host, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = host[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
		      c == '-'))
			return false;
	}
	return len > 0;
}

static bool host_is_ipv6(const char *host, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (!strchr("0123456789abcdefABCDEF:.", host[i]))
			return false;
	}
	return len >= 2;
}

bool hm_endpoint_parse(const char *url, struct hm_endpoint *ret)
{
	static const char scheme[] = "https://";
	const char *host, *end, *after;
	uint64_t port = 443;
	bool bracket;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return false;
	host = url + sizeof(scheme) - 1;
	bracket = *host == '[';
	host += bracket;
	end = bracket ? strchr(host, ']') : host + strcspn(host, ":/");
	if (!end || (size_t)(end - host) >= sizeof(ret->host))
		return false;
	if (!(bracket ? host_is_ipv6 : host_is_plain)(host, (size_t)(end - host)))
		return false;
	after = end + bracket;
	if (*after == ':') {
		size_t digits = strcspn(after + 1, "/");

		if (!hm_parse_dec(hm_bytes_of(after + 1, digits), &port) || port == 0 || port > 65535)
			return false;
		after += 1 + digits;
	}
	if (*after && strcmp(after, "/") != 0)
		return false;
	ret->via_host[0] = ret->via_port[0] = '\0';
	snprintf(ret->host, sizeof(ret->host), "%.*s", (int)(end - host), host);
	snprintf(ret->port, sizeof(ret->port), "%u", (unsigned int)port);
	snprintf(ret->authority, sizeof(ret->authority), "%s%s%s%s%s", bracket ? "[" : "", ret->host,
		 bracket ? "]" : "", port == 443 ? "" : ":", port == 443 ? "" : ret->port);
	return true;
}

static bool nonce_make(uint8_t ret[32])
{
	return getrandom(ret, 32, 0) == 32;
}

static bool proof_ask(struct hm_tls *tls, const struct hm_endpoint *endpoint, const uint8_t nonce[32],
		      struct hm_error *error)
{
	char text[1024];
	struct hm_writer w = hm_writer_of(text, sizeof(text));
	int err;

	/* Exactly this: an end point of hallmark/2 reads no other request (docs/FORMATS.md, "The TLS end point"). */
	hm_put_text(&w, "GET " PROOF_PATH "?nonce=");
	hm_put_hex(&w, hm_bytes_of(nonce, 32));
	hm_put_text(&w, " HTTP/1.1\r\nHost: ");
	hm_put_text(&w, endpoint->authority);
	hm_put_text(&w, "\r\n\r\n");
	if (w.failed)
		return hm_error_set(error, "the server's name is too long");
	err = hm_tls_write_all(tls, hm_writer_bytes(&w), HM_ATTESTED_PROOF_MS);
	return !err || hm_error_set(error, "asking for a proof: %s", strerror(-err));
}

/* An answer as it grows: its head, then its body. */
struct answer {
	uint8_t *buf; /* head and whatever came with it */
	size_t len;
	struct hm_http_head head;
	struct hm_writer content;
};

static bool more(struct hm_tls *tls, uint8_t *buf, size_t cap, size_t *ret_len, double deadline, struct hm_error *error)
{
	double left = deadline - hm_clock_ms();
	ssize_t n = left > 0 ? hm_tls_read_some(tls, buf, cap, (unsigned int)left + 1) : -ETIMEDOUT;

	if (n == 0)
		return hm_error_set(error, "the server ended the connection before its proof was here");
	if (n < 0)
		return hm_error_set(error, "waiting for a proof: %s", strerror((int)-n));
	*ret_len = (size_t)n;
	return true;
}

/* RFC 9110, 10.2.3, in seconds; a date is not looked at. */
static void note_retry_after(const struct hm_http_head *head, unsigned int *ret)
{
	struct hm_bytes value;
	uint64_t seconds;

	if ((head->status == 429 || head->status == 503) && hm_http_field(head, "Retry-After", &value) &&
	    hm_parse_dec(value, &seconds) && seconds <= HM_ATTESTED_PROOF_MS / 1000)
		*ret = seconds ? (unsigned int)seconds : 1;
}

static bool head_read(struct hm_tls *tls, struct answer *a, size_t *ret_head_len, unsigned int *ret_retry_after_s,
		      double deadline, struct hm_error *error)
{
	size_t n;

	while (!(*ret_head_len = hm_http_head_len(hm_bytes_of(a->buf, a->len)))) {
		if (a->len == HM_HTTP_HEAD_MAX)
			return hm_error_set(error, "the answer's head is too long");
		if (!more(tls, a->buf + a->len, HM_HTTP_HEAD_MAX - a->len, &n, deadline, error))
			return false;
		a->len += n;
	}
	if (!hm_http_response_parse(hm_bytes_of(a->buf, *ret_head_len), &a->head, error))
		return false;
	note_retry_after(&a->head, ret_retry_after_s);
	if (a->head.status != 200)
		return hm_error_set(error, "asked for a proof, the server answers with status %u", a->head.status);
	/* The connection is used on, so the answer's end must be in the answer, and it must not be the last one. */
	if (a->head.framing == HM_HTTP_TO_END || a->head.close)
		return hm_error_set(error, "the server does not keep the connection that it proves itself on");
	return true;
}

static bool body_read(struct hm_tls *tls, struct answer *a, size_t head_len, double deadline, struct hm_error *error)
{
	struct hm_http_body body = hm_http_body_of(&a->head);
	struct hm_bytes in = hm_bytes_of(a->buf + head_len, a->len - head_len);
	size_t used, n;

	for (;;) {
		if (!hm_http_body_feed(&body, in, &used, &a->content))
			return hm_error_set(error,
					    "the proof is larger than %u bytes or its transfer coding is malformed",
					    HM_PROOF_MAX);
		if (body.done)
			return used == in.len || hm_error_set(error, "the server sends more than was asked for");
		if (!more(tls, a->buf, HM_HTTP_HEAD_MAX, &n, deadline, error))
			return false;
		in = hm_bytes_of(a->buf, n);
	}
}

static bool proof_fetch(struct hm_tls *tls, const struct hm_endpoint *endpoint, struct hm_attestation *attestation)
{
	double deadline = hm_clock_ms() + HM_ATTESTED_PROOF_MS;
	struct hm_error *error = &attestation->error;
	struct answer a = {.buf = malloc(HM_HTTP_HEAD_MAX)};
	uint8_t *content = malloc(HM_PROOF_MAX);
	size_t head_len;
	bool good;

	a.content = hm_writer_of(content, HM_PROOF_MAX);
	if (!a.buf || !content)
		good = hm_error_set(error, "out of memory");
	else
		good = proof_ask(tls, endpoint, attestation->nonce, error) &&
		       head_read(tls, &a, &head_len, &attestation->retry_after_s, deadline, error) &&
		       body_read(tls, &a, head_len, deadline, error);
	free(a.buf);
	if (!good) {
		free(content);
		return false;
	}
	attestation->proof = (struct hm_file){.p = content, .len = a.content.len};
	return true;
}

static bool connect_and_fetch(const struct hm_endpoint *endpoint, struct hm_tls **ret,
			      struct hm_attestation *attestation)
{
	double start = hm_clock_ms();

	if (!nonce_make(attestation->nonce))
		return hm_error_set(&attestation->error, "no random numbers");
	if (!hm_tls_connect(endpoint->host, endpoint->port, endpoint->via_host[0] ? endpoint->via_host : NULL,
			    endpoint->via_port, HM_ATTESTED_CONNECT_MS, ret, &attestation->error))
		return false;
	attestation->handshake_ms = hm_clock_ms() - start;
	hm_tls_spki_sha256(*ret, attestation->spki_sha256);
	if (!hm_tls_exporter(*ret, attestation->exporter))
		return hm_error_set(&attestation->error, "TLS 1.3: the connection has no exporter");
	start = hm_clock_ms();
	if (!proof_fetch(*ret, endpoint, attestation))
		return false;
	attestation->proof_ms = hm_clock_ms() - start;
	return true;
}

/* Asks again as the server tells it to. Each time the nonce and the connection are new. */
static bool fetch_patiently(const struct hm_endpoint *endpoint, struct hm_tls **ret, struct hm_attestation *attestation)
{
	double deadline = hm_clock_ms() + HM_ATTESTED_PROOF_MS;

	for (;;) {
		struct timespec pause;

		memset(attestation, 0, sizeof(*attestation));
		attestation->state = HM_ATTESTED_NO_PROOF;
		if (connect_and_fetch(endpoint, ret, attestation))
			return true;
		if (!attestation->retry_after_s || hm_clock_ms() + attestation->retry_after_s * 1000.0 > deadline)
			return false;
		hm_tls_close(*ret);
		*ret = NULL;
		pause = (struct timespec){.tv_sec = (time_t)attestation->retry_after_s};
		while (nanosleep(&pause, &pause) < 0 && errno == EINTR)
			;
	}
}

void hm_attested_connect(const struct hm_endpoint *endpoint, const struct hallmark_verifier *verifier, int64_t as_of,
			 const struct hallmark_epoch *epoch, bool run_all, struct hm_tls **ret,
			 struct hm_attestation *attestation)
{
	struct hallmark_request request = {
		.format = HALLMARK_FORMAT_HALLMARK, .as_of = as_of, .epoch = epoch, .run_all = run_all};
	struct hm_tls *tls = NULL;
	double start;

	*ret = NULL;
	if (fetch_patiently(endpoint, &tls, attestation)) {
		start = hm_clock_ms();
		request.proof = (struct hallmark_bytes){attestation->proof.p, attestation->proof.len};
		request.nonce = attestation->nonce;
		request.tls_spki_sha256 = attestation->spki_sha256;
		request.exporter = attestation->exporter;
		attestation->state = HM_ATTESTED_REJECTED;
		if (hallmark_verify(verifier, &request, &attestation->result)) {
			attestation->state = HM_ATTESTED;
			*ret = tls;
			tls = NULL;
		}
		attestation->verify_ms = hm_clock_ms() - start;
	}
	hm_tls_close(tls);
}
