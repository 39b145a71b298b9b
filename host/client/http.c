/* SPDX-License-Identifier: BSD-2-Clause */
/* http.c - HTTP/1.1 heads and bodies, as much as a client and a relay need; RFC 9112 */
#include "host/client/http.h"

#include <string.h>

#include "lib/base/error.h"
#include "host/base/args.h"

/* RFC 9110, 5.6.2. */
static bool is_token(struct hm_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

		if (!letter && (c == 0 || !strchr("!#$%&'*+-.^_`|~", c)))
			return false;
	}
	return text.len > 0;
}

/* RFC 3986: visible ASCII. A server may end a request's line at other white space than ours (RFC 9112, 3). */
static bool is_target(struct hm_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] <= ' ' || text.p[i] > '~')
			return false;
	}
	return text.len > 0;
}

/* RFC 9110, 5.5: visible characters, bytes above ASCII, spaces and tabs. */
static bool is_value(struct hm_bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		uint8_t c = text.p[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

static struct hm_bytes trim(struct hm_bytes text)
{
	while (text.len && (text.p[0] == ' ' || text.p[0] == '\t')) {
		text.p++;
		text.len--;
	}
	while (text.len && (text.p[text.len - 1] == ' ' || text.p[text.len - 1] == '\t'))
		text.len--;
	return text;
}

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

/* `text` has a.len bytes. */
static bool is_same(struct hm_bytes a, const char *text)
{
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.p[i]) != lower((uint8_t)text[i]))
			return false;
	}
	return true;
}

bool hm_http_is(struct hm_bytes a, const char *text)
{
	return a.len == strlen(text) && is_same(a, text);
}

bool hm_http_field(const struct hm_http_head *head, const char *name, struct hm_bytes *ret)
{
	for (size_t i = 0; i < head->field_count; i++) {
		if (hm_http_is(head->field[i].name, name)) {
			*ret = head->field[i].value;
			return true;
		}
	}
	return false;
}

size_t hm_http_head_len(struct hm_bytes in)
{
	const uint8_t *end = in.len ? memmem(in.p, in.len, "\r\n\r\n", 4) : NULL;

	return end ? (size_t)(end - in.p) + 4 : 0;
}

/* The next line, without its CRLF; a CR or LF alone is not a line's end and nothing else. */
static bool next_line(struct hm_bytes *rest, struct hm_bytes *ret)
{
	const uint8_t *end = rest->len ? memmem(rest->p, rest->len, "\r\n", 2) : NULL;

	if (!end)
		return false;
	*ret = hm_bytes_of(rest->p, (size_t)(end - rest->p));
	*rest = hm_bytes_of(end + 2, rest->len - ret->len - 2);
	return !memchr(ret->p, '\r', ret->len) && !memchr(ret->p, '\n', ret->len);
}

static bool repeated(const struct hm_http_head *head, const char *name)
{
	unsigned int count = 0;

	for (size_t i = 0; i < head->field_count; i++)
		count += hm_http_is(head->field[i].name, name);
	return count > 1;
}

static bool fields_parse(struct hm_bytes rest, struct hm_http_head *head, struct hm_error *error)
{
	struct hm_bytes line;

	while (next_line(&rest, &line)) {
		const uint8_t *colon;
		struct hm_http_field *field = &head->field[head->field_count];

		if (line.len == 0)
			return rest.len == 0 || hm_error_set(error, "bytes after the head");
		if (head->field_count == HM_HTTP_FIELDS_MAX)
			return hm_error_set(error, "more than %u fields", HM_HTTP_FIELDS_MAX);
		colon = memchr(line.p, ':', line.len);
		if (!colon)
			return hm_error_set(error, "a line that is no field");
		field->name = hm_bytes_of(line.p, (size_t)(colon - line.p));
		field->value = trim(hm_bytes_of(colon + 1, line.len - field->name.len - 1));
		/* White space before the colon or at a line's start is not in a token. */
		if (!is_token(field->name) || !is_value(field->value))
			return hm_error_set(error, "a malformed field");
		head->field_count++;
	}
	return hm_error_set(error, "a malformed line");
}

/* Whether any field `name` has the element `token` in its list, as RFC 9110, 5.6.1. */
static bool lists(const struct hm_http_head *head, const char *name, const char *token, size_t token_len)
{
	for (size_t i = 0; i < head->field_count; i++) {
		struct hm_bytes rest = head->field[i].value, element;

		if (!hm_http_is(head->field[i].name, name))
			continue;
		while (hm_next_field(&rest, ',', &element)) {
			element = trim(element);
			if (element.len == token_len && is_same(element, token))
				return true;
		}
	}
	return false;
}

bool hm_http_is_of_connection(const struct hm_http_head *head, const struct hm_http_field *field)
{
	static const char *const always[] = {"Connection", "Keep-Alive", "Proxy-Connection",
					     "TE",	   "Upgrade",	 "HTTP2-Settings"};

	for (size_t i = 0; i < HM_ARRAY_LEN(always); i++) {
		if (hm_http_is(field->name, always[i]))
			return true;
	}
	return lists(head, "Connection", (const char *)field->name.p, field->name.len);
}

/* What says where a message ends and whom it is for cannot be about a connection only. */
static bool connection_parse(struct hm_http_head *head, struct hm_error *error)
{
	static const char *const whole[] = {"Content-Length", "Transfer-Encoding", "Host", "Location", "Trailer"};

	for (size_t i = 0; i < HM_ARRAY_LEN(whole); i++) {
		if (lists(head, "Connection", whole[i], strlen(whole[i])))
			return hm_error_set(error, "Connection names the field %s", whole[i]);
	}
	head->close = head->old || lists(head, "Connection", "close", 5);
	head->websocket =
		!head->old && lists(head, "Connection", "Upgrade", 7) && lists(head, "Upgrade", "websocket", 9);
	return true;
}

/* Length and coding: said once and in one way, or the message means different things to different readers. */
static bool framing_parse(struct hm_http_head *head, enum hm_http_framing otherwise, struct hm_error *error)
{
	struct hm_bytes length = {0}, coding = {0};
	bool has_length = hm_http_field(head, "Content-Length", &length);
	bool has_coding = hm_http_field(head, "Transfer-Encoding", &coding);

	if (repeated(head, "Content-Length") || repeated(head, "Transfer-Encoding") || (has_length && has_coding))
		return hm_error_set(error, "its length is said more than once");
	if (has_coding && !hm_http_is(coding, "chunked"))
		return hm_error_set(error, "a transfer coding that is not \"chunked\"");
	if (has_length && !hm_parse_dec(length, &head->length))
		return hm_error_set(error, "a malformed length");
	head->framing = has_coding ? HM_HTTP_CHUNKED : has_length ? HM_HTTP_LENGTH : otherwise;
	if (head->framing == HM_HTTP_LENGTH && head->length == 0)
		head->framing = HM_HTTP_EMPTY;
	return connection_parse(head, error);
}

bool hm_http_request_parse(struct hm_bytes head, struct hm_http_head *ret, struct hm_error *error)
{
	struct hm_bytes rest = head, line, version, value;

	memset(ret, 0, sizeof(*ret));
	if (head.len > HM_HTTP_HEAD_MAX || !next_line(&rest, &line))
		return hm_error_set(error, "a malformed or too long head");
	if (!hm_next_field(&line, ' ', &ret->method) || !hm_next_field(&line, ' ', &ret->target) ||
	    !hm_next_field(&line, ' ', &version) || line.p || !is_token(ret->method) || !is_target(ret->target) ||
	    !(hm_bytes_equal_text(version, "HTTP/1.1") || hm_bytes_equal_text(version, "HTTP/1.0")))
		return hm_error_set(error, "not a request of HTTP/1.1 or 1.0");
	ret->old = hm_bytes_equal_text(version, "HTTP/1.0");
	if ((ret->target.p[0] != '/' && !hm_bytes_equal_text(ret->target, "*")))
		return hm_error_set(error, "the target is not a path");
	if (!fields_parse(rest, ret, error) || !framing_parse(ret, HM_HTTP_EMPTY, error))
		return false;
	if ((!hm_http_field(ret, "Host", &value) && !ret->old) || repeated(ret, "Host"))
		return hm_error_set(error, "not exactly one Host");
	/* RFC 9112, 6.1: a body whose length nobody of that time understands. */
	if (ret->old && ret->framing == HM_HTTP_CHUNKED)
		return hm_error_set(error, "HTTP/1.0 has no transfer coding");
	if (hm_http_is(ret->method, "CONNECT"))
		return hm_error_set(error, "CONNECT, which is for another kind of proxy");
	ret->websocket = ret->websocket && hm_bytes_equal_text(ret->method, "GET") && ret->framing == HM_HTTP_EMPTY;
	return true;
}

bool hm_http_response_parse(struct hm_bytes head, struct hm_http_head *ret, struct hm_error *error)
{
	struct hm_bytes rest = head, line, version, status;
	uint64_t number;

	memset(ret, 0, sizeof(*ret));
	if (head.len > HM_HTTP_HEAD_MAX || !next_line(&rest, &line))
		return hm_error_set(error, "a malformed or too long head");
	if (!hm_next_field(&line, ' ', &version) || !hm_next_field(&line, ' ', &status) ||
	    !hm_bytes_equal_text(version, "HTTP/1.1") || !hm_parse_dec(status, &number) || number < 100 || number > 599)
		return hm_error_set(error, "not an HTTP/1.1 response");
	ret->status = (unsigned int)number;
	return fields_parse(rest, ret, error) && framing_parse(ret, HM_HTTP_TO_END, error);
}

/* --- bodies --- */

/* The chunked coding (RFC 9112, 7.1) byte by byte: size line, content, its CRLF, ..., trailer lines, an empty line. */
enum { SIZE, SIZE_EXTENSION, SIZE_LF, CONTENT, CONTENT_CR, CONTENT_LF, TRAILER, TRAILER_VALUE, TRAILER_LF };
#define LINE_MAX_LEN 4096u /* a size with its extensions, or a trailer line; none is of use to us */
#define TRAILER_MAX_LEN 16384u
#define SIZE_DIGITS_MAX 15u /* below 2^60 */

struct hm_http_body hm_http_body_of(const struct hm_http_head *head)
{
	struct hm_http_body body = {.framing = head->framing, .state = SIZE};

	if (head->framing == HM_HTTP_LENGTH)
		body.left = head->length;
	body.done = head->framing == HM_HTTP_EMPTY;
	return body;
}

static bool hex_value(uint8_t c, uint64_t *ret)
{
	c = lower(c);
	if (c >= '0' && c <= '9')
		*ret = (uint64_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*ret = (uint64_t)(c - 'a' + 10);
	else
		return false;
	return true;
}

/* RFC 9110, 6.5.1: a field that says where a message ends, whom it is for or how it is read comes in the head. */
static bool trailer_name_is_good(struct hm_bytes name)
{
	static const char *const head_only[] = {
		"Authorization",
		"Connection",
		"Content-Encoding",
		"Content-Length",
		"Content-Location",
		"Content-Range",
		"Content-Type",
		"Cookie",
		"Expect",
		"Forwarded",
		"Host",
		"Keep-Alive",
		"Link",
		"Location",
		"Max-Forwards",
		"Proxy-Connection",
		"Range",
		"Refresh",
		"Set-Cookie",
		"TE",
		"Trailer",
		"Transfer-Encoding",
		"Upgrade",
	};

	for (size_t i = 0; i < HM_ARRAY_LEN(head_only); i++) {
		if (hm_http_is(name, head_only[i]))
			return false;
	}
	return is_token(name);
}

/* One byte of the trailer: fields, read as those of a head are, and an empty line. */
static bool trailer_byte(struct hm_http_body *body, uint8_t c)
{
	size_t at = body->line - 1;

	if (++body->trailer > TRAILER_MAX_LEN)
		return false;
	if (body->state == TRAILER_LF) {
		body->done = body->line == 2;
		body->state = TRAILER;
		body->line = 0;
		return c == '\n';
	}
	if (c == '\r' && (body->state == TRAILER_VALUE || at == 0)) {
		body->state = TRAILER_LF;
		return true;
	}
	if (body->state == TRAILER_VALUE)
		return c == '\t' || (c >= ' ' && c != 0x7f);
	if (c == ':') {
		body->state = TRAILER_VALUE;
		return at > sizeof(body->name) || trailer_name_is_good(hm_bytes_of(body->name, at));
	}
	if (at < sizeof(body->name))
		body->name[at] = c;
	return is_token(hm_bytes_of(&c, 1));
}

/* One byte of the coding that is no content. */
static bool chunk_byte(struct hm_http_body *body, uint8_t c)
{
	uint64_t digit;

	if (++body->line > LINE_MAX_LEN)
		return false;
	switch (body->state) {
	case SIZE:
		if (hex_value(c, &digit) && body->line <= SIZE_DIGITS_MAX) {
			body->left = body->left << 4 | digit;
			return true;
		}
		if (body->line < 2)
			return false;
		body->state = c == '\r' ? SIZE_LF : SIZE_EXTENSION;
		return c == '\r' || c == ';';
	case SIZE_EXTENSION:
		if (c == '\r')
			body->state = SIZE_LF;
		return c == '\r' || c == '\t' || (c >= ' ' && c != 0x7f);
	case SIZE_LF:
		body->state = body->left ? CONTENT : TRAILER;
		body->line = 0;
		return c == '\n';
	case CONTENT_CR:
		body->state = CONTENT_LF;
		return c == '\r';
	case CONTENT_LF:
		body->state = SIZE;
		body->line = 0;
		return c == '\n';
	case TRAILER:
	case TRAILER_VALUE:
	case TRAILER_LF:
		return trailer_byte(body, c);
	default:
		return false;
	}
}

static void take(struct hm_http_body *body, struct hm_bytes in, size_t *used, struct hm_writer *content)
{
	size_t n = in.len - *used;

	if (body->framing != HM_HTTP_TO_END && n > body->left)
		n = (size_t)body->left;
	if (content)
		hm_put_bytes(content, hm_bytes_of(in.p + *used, n));
	if (body->framing != HM_HTTP_TO_END)
		body->left -= n;
	*used += n;
}

bool hm_http_body_feed(struct hm_http_body *body, struct hm_bytes in, size_t *ret_used, struct hm_writer *content)
{
	size_t used = 0;

	while (!body->done && used < in.len) {
		if (body->framing != HM_HTTP_CHUNKED) {
			take(body, in, &used, content);
			body->done = body->framing == HM_HTTP_LENGTH && body->left == 0;
		} else if (body->state == CONTENT) {
			take(body, in, &used, content);
			if (body->left == 0)
				body->state = CONTENT_CR;
		} else if (!chunk_byte(body, in.p[used++])) {
			return false;
		}
	}
	*ret_used = used;
	return !content || !content->failed;
}
