/* SPDX-License-Identifier: BSD-2-Clause */
/* http.h - HTTP/1.1 heads and bodies, as much as a client and a relay need; RFC 9112 */
#ifndef HM_HOST_CLIENT_HTTP_H
#define HM_HOST_CLIENT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "core/bytes.h"

/*
 * Strict, so that nobody behind us can read a message in another way than we do (request smuggling): CRLF only, no
 * folded lines, one Host, a body's length said in one way only. Heads are borrowed; no I/O.
 */
#define HM_HTTP_HEAD_MAX 65536u /* what common servers accept as well */
#define HM_HTTP_FIELDS_MAX 128u

struct hm_http_field {
	struct hm_bytes name;  /* a token, in any case */
	struct hm_bytes value; /* without white space around it */
};

enum hm_http_framing {
	HM_HTTP_EMPTY, /* no body */
	HM_HTTP_LENGTH,
	HM_HTTP_CHUNKED,
	HM_HTTP_TO_END, /* responses only: up to the end of the connection */
};

struct hm_http_head {
	struct hm_bytes method; /* of a request */
	struct hm_bytes target;
	unsigned int status; /* of a response: 100 to 599 */
	size_t field_count;
	struct hm_http_field field[HM_HTTP_FIELDS_MAX];
	enum hm_http_framing framing;
	uint64_t length; /* HM_HTTP_LENGTH */
	bool close;	 /* the connection ends after this message: "Connection: close", or HTTP/1.0 */
	bool old;	 /* a request of HTTP/1.0 */
	bool websocket;	 /* a request for the protocol "websocket", or the answer that changes to it: RFC 6455, 4 */
};

/* Bytes of the head at the start of `in`, its empty line included; 0 as long as it is not complete. */
size_t hm_http_head_len(struct hm_bytes in);
/*
 * `head` is exactly one head. False: `error` says why. A request must be HTTP/1.1 with exactly one Host, or HTTP/1.0
 * with at most one, and its target a path or "*". A wish for another protocol than "websocket" has no effect (RFC 9110,
 * 7.8).
 */
HM_MUST_CHECK bool hm_http_request_parse(struct hm_bytes head, struct hm_http_head *ret, struct hm_error *error);
HM_MUST_CHECK bool hm_http_response_parse(struct hm_bytes head, struct hm_http_head *ret, struct hm_error *error);
/* The value of the one field of that name (any case); false where there is none. Fields that may not repeat do not. */
HM_MUST_CHECK bool hm_http_field(const struct hm_http_head *head, const char *name, struct hm_bytes *ret);
/* Whether the field is about this connection only, and so never forwarded: RFC 9110, 7.6.1. */
HM_MUST_CHECK bool hm_http_is_of_connection(const struct hm_http_head *head, const struct hm_http_field *field);
/* Whether `a` is `text` but for the case of ASCII letters. */
HM_MUST_CHECK bool hm_http_is(struct hm_bytes a, const char *text);

/* A body as it arrives in pieces. */
struct hm_http_body {
	enum hm_http_framing framing;
	uint64_t left;	      /* of the length, or of the chunk */
	unsigned int state;   /* of the chunked coding */
	unsigned int line;    /* bytes of the chunk's or trailer's line so far */
	unsigned int trailer; /* bytes of the trailer so far */
	uint8_t name[20];     /* of the trailer's field so far; a longer one is none that matters */
	bool done;
};
struct hm_http_body hm_http_body_of(const struct hm_http_head *head);
/*
 * Bytes of `in` that belong to the body, in *ret_used; after the last, body->done. Content without the chunked coding
 * goes to `content` (NULL: nowhere). False where the coding is malformed or `content` is full.
 */
HM_MUST_CHECK bool hm_http_body_feed(struct hm_http_body *body, struct hm_bytes in, size_t *ret_used,
				     struct hm_writer *content);

#endif
