/* SPDX-License-Identifier: BSD-2-Clause */
/* bound_request.c - the one request that the TLS end point reads, and how it answers it */
#include "guest/bound_request.h"

#include <stdio.h>
#include <string.h>

#define HOST_MAX 272u

static const char before_nonce[] = "GET /.well-known/hallmark/proof?nonce=";
static const char before_host[] = " HTTP/1.1\r\nHost: ";
static const char end[] = "\r\n\r\n";

/* Takes `expected` off the front of *text. MORE: what is there is the beginning of it. */
static enum hm_bound_request take_text(struct hm_bytes *text, const char *expected)
{
	size_t len = strlen(expected), have = text->len < len ? text->len : len;

	if (have > 0 && memcmp(text->p, expected, have) != 0)
		return HM_BOUND_REQUEST_BAD;
	if (have < len)
		return HM_BOUND_REQUEST_MORE;
	*text = hm_bytes_of(text->p + len, text->len - len);
	return HM_BOUND_REQUEST_WHOLE;
}

static enum hm_bound_request take_nonce(struct hm_bytes *text, uint8_t ret[HM_BOUND_REQUEST_NONCE_LEN])
{
	const size_t len = 2 * HM_BOUND_REQUEST_NONCE_LEN;

	if (text->len < len)
		return HM_BOUND_REQUEST_MORE;
	if (!hm_parse_hex(hm_bytes_of(text->p, len), ret, HM_BOUND_REQUEST_NONCE_LEN))
		return HM_BOUND_REQUEST_BAD;
	*text = hm_bytes_of(text->p + len, text->len - len);
	return HM_BOUND_REQUEST_WHOLE;
}

static bool is_host(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == ':' ||
	       c == '[' || c == ']' || c == '-';
}

static enum hm_bound_request take_host(struct hm_bytes *text)
{
	size_t len = 0;

	while (len < text->len && is_host(text->p[len]))
		len++;
	if (len > HOST_MAX || (len == 0 && text->len > 0))
		return HM_BOUND_REQUEST_BAD;
	if (len == text->len)
		return HM_BOUND_REQUEST_MORE;
	*text = hm_bytes_of(text->p + len, text->len - len);
	return HM_BOUND_REQUEST_WHOLE;
}

enum hm_bound_request hm_bound_request_parse(struct hm_bytes text, uint8_t ret[HM_BOUND_REQUEST_NONCE_LEN])
{
	uint8_t nonce[HM_BOUND_REQUEST_NONCE_LEN];
	enum hm_bound_request r = take_text(&text, before_nonce);

	if (r == HM_BOUND_REQUEST_WHOLE)
		r = take_nonce(&text, nonce);
	if (r == HM_BOUND_REQUEST_WHOLE)
		r = take_text(&text, before_host);
	if (r == HM_BOUND_REQUEST_WHOLE)
		r = take_host(&text);
	if (r == HM_BOUND_REQUEST_WHOLE)
		r = take_text(&text, end);
	if (r == HM_BOUND_REQUEST_WHOLE && text.len > 0)
		r = HM_BOUND_REQUEST_BAD;
	if (r == HM_BOUND_REQUEST_WHOLE)
		memcpy(ret, nonce, sizeof(nonce));
	return r;
}

static const char *reason(unsigned int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 429:
		return "Too Many Requests";
	default:
		return "Service Unavailable";
	}
}

size_t hm_bound_head(unsigned int status, size_t content_len, char ret[HM_BOUND_HEAD_MAX])
{
	const char *fields = status == 200   ? "Content-Type: application/json\r\nHallmark-Proof: bound\r\n"
			     : status == 429 ? "Content-Type: text/plain\r\nRetry-After: 1\r\nConnection: close\r\n"
					     : "Content-Type: text/plain\r\nConnection: close\r\n";
	int n = snprintf(ret, HM_BOUND_HEAD_MAX,
			 "HTTP/1.1 %u %s\r\n%sCache-Control: no-store\r\nContent-Length: %zu\r\n\r\n", status,
			 reason(status), fields, content_len);

	return n > 0 && (size_t)n < HM_BOUND_HEAD_MAX ? (size_t)n : 0;
}
