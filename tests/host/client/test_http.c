/* SPDX-License-Identifier: BSD-2-Clause */
/* test_http.c - heads and bodies of HTTP/1.1: what is read, and what is refused since others might read it differently
 */
#include "lib/base/error.h"
#include "tests/support/support.h"

#include <string.h>

#include "host/client/http.h"

static bool request(const char *text, struct hm_http_head *head)
{
	struct hm_error error = {0};

	return hm_http_request_parse(hm_bytes_of_text(text), head, &error);
}

static bool response(const char *text, struct hm_http_head *head)
{
	struct hm_error error = {0};

	return hm_http_response_parse(hm_bytes_of_text(text), head, &error);
}

static void head_len(void **state)
{
	(void)state;
	assert_int_equal(hm_http_head_len(hm_bytes_of_text("GET / HTTP/1.1\r\nHost: a\r\n\r\nbody")), 27);
	assert_int_equal(hm_http_head_len(hm_bytes_of_text("GET / HTTP/1.1\r\nHost: a\r\n\r")), 0);
	assert_int_equal(hm_http_head_len(hm_bytes_of(NULL, 0)), 0);
	assert_int_equal(hm_http_head_len(hm_bytes_of_text("GET / HTTP/1.1\nHost: a\n\n")), 0);
}

static void good_requests(void **state)
{
	struct hm_http_head head;
	struct hm_bytes value;

	(void)state;
	assert_true(request("POST /a?b=c HTTP/1.1\r\nHost: x:1\r\ncontent-length: 12\r\nX-Empty:\r\nX:  a b \t\r\n\r\n",
			    &head));
	assert_true(hm_bytes_equal_text(head.method, "POST"));
	assert_true(hm_bytes_equal_text(head.target, "/a?b=c"));
	assert_int_equal(head.framing, HM_HTTP_LENGTH);
	assert_int_equal(head.length, 12);
	assert_int_equal(head.field_count, 4);
	assert_true(hm_http_field(&head, "x", &value) && hm_bytes_equal_text(value, "a b"));
	assert_true(hm_http_field(&head, "x-empty", &value) && value.len == 0);
	assert_false(hm_http_field(&head, "none", &value));
	assert_true(request("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", &head));
	assert_true(head.close);
	assert_int_equal(head.framing, HM_HTTP_EMPTY);
	assert_true(request("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n", &head));
	assert_int_equal(head.framing, HM_HTTP_CHUNKED);
	assert_true(request("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", &head));
	assert_false(head.old || head.websocket || head.close);
	assert_true(request("GET / HTTP/1.0\r\n\r\n", &head));
	assert_true(head.old && head.close);
	assert_true(request("GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, close\r\n\r\n", &head));
	assert_true(head.close);
	/* RFC 9110, 7.8: a wish for another protocol may be ignored; RFC 6455, 4.1: this one is not. */
	assert_true(request("GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
			    &head));
	assert_false(head.websocket);
	assert_true(request(
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\n\r\n", &head));
	assert_true(head.websocket);
	assert_true(request("POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", &head));
	assert_false(head.websocket);
	assert_true(request("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", &head));
	assert_false(head.websocket);
}

static void bad_requests(void **state)
{
	/* Each has a twin above that differs in the defect alone. */
	static const char *const bad[] = {
		"GET / HTTP/1.1\r\n\r\n",			/* no Host */
		"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", /* two */
		"GET / HTTP/1.0\r\nHost: x\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.2\r\nHost: x\r\n\r\n",
		"GET / HTTP/0.9\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nConnection: close, Host\r\n\r\n", /* who it is for, for this connection
										   only */
		"POST / HTTP/1.1\r\nHost: x\r\nConnection: content-length\r\nContent-Length: 1\r\n\r\n",
		"GET / HTTP/1.1 \r\nHost: x\r\n\r\n",
		"GET  / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", /* a forward proxy's form */
		"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
		"CONNECT /x HTTP/1.1\r\nHost: x\r\n\r\n",
		"G(T / HTTP/1.1\r\nHost: x\r\n\r\n",
		" / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /a\tHTTP/1.0 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.1\r\nHost : x\r\n\r\n", /* white space before the colon */
		"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\nA: y\r\n\r\n", /* a bare LF */
		"GET / HTTP/1.1\r\nHost: x\rA: y\r\n\r\n", /* a bare CR */
		"GET / HTTP/1.1\r\nHost: x\r\nA: \x7f\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", /* smuggling */
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 01\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: \r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n\r\nmore",
		"GET / HTTP/1.1\r\nHost: x\r\n",
		"",
	};
	struct hm_http_head head;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++) {
		if (request(bad[i], &head))
			fail_msg("accepted: %s", bad[i]);
	}
}

static void too_many_fields(void **state)
{
	char text[HM_HTTP_FIELDS_MAX * 8 + 64];
	struct hm_http_head head;
	struct hm_writer w;

	(void)state;
	for (unsigned int extra = 0; extra < 2; extra++) {
		w = hm_writer_of(text, sizeof(text) - 1);
		hm_put_text(&w, "GET / HTTP/1.1\r\nHost: x\r\n");
		for (unsigned int i = 1; i < HM_HTTP_FIELDS_MAX + extra; i++)
			hm_put_text(&w, "A: b\r\n");
		hm_put_text(&w, "\r\n");
		text[w.len] = '\0';
		assert_int_equal(request(text, &head), extra == 0);
	}
}

static void responses(void **state)
{
	struct hm_http_head head;

	(void)state;
	assert_true(response("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &head));
	assert_int_equal(head.status, 200);
	assert_int_equal(head.framing, HM_HTTP_EMPTY);
	assert_true(response("HTTP/1.1 200 \r\n\r\n", &head));
	assert_int_equal(head.framing, HM_HTTP_TO_END);
	assert_true(response("HTTP/1.1 599 a reason of words\r\nTransfer-Encoding: chunked\r\n\r\n", &head));
	assert_int_equal(head.framing, HM_HTTP_CHUNKED);
	assert_false(response("HTTP/1.0 200 OK\r\n\r\n", &head));
	assert_false(response("HTTP/2 200\r\n\r\n", &head));
	assert_false(response("HTTP/1.1 99 OK\r\n\r\n", &head));
	assert_false(response("HTTP/1.1 600 OK\r\n\r\n", &head));
	assert_false(response("HTTP/1.1 0200 OK\r\n\r\n", &head));
	assert_false(response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", &head));
	assert_false(response("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n", &head));
}

/* The whole of `text` in pieces of `step` bytes; its content in *ret, its length as far as it belongs to the body. */
static bool feed(const char *text, enum hm_http_framing framing, uint64_t length, size_t step, char *ret,
		 size_t *ret_used)
{
	struct hm_http_head head = {.framing = framing, .length = length};
	struct hm_http_body body = hm_http_body_of(&head);
	struct hm_writer w = hm_writer_of(ret, 63);
	size_t len = strlen(text), used;

	*ret_used = 0;
	for (size_t at = 0; at < len && !body.done; at += used) {
		if (!hm_http_body_feed(&body, hm_bytes_of(text + at, len - at < step ? len - at : step), &used, &w))
			return false;
		*ret_used += used;
	}
	ret[w.len] = '\0';
	return body.done;
}

static void bodies(void **state)
{
	/* RFC 9112, 7.1: sizes in hex, extensions and trailers are passed over. */
	static const char chunked[] =
		"4\r\nWiki\r\n6;name=\"v\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nX-Sum: x\r\n\r\nGET";
	char content[64];
	size_t used;

	(void)state;
	for (size_t step = 1; step < sizeof(chunked); step++) {
		assert_true(feed(chunked, HM_HTTP_CHUNKED, 0, step, content, &used));
		assert_string_equal(content, "Wikipedia in \r\n\r\nchunks.");
		assert_int_equal(used, sizeof(chunked) - 4);
		assert_true(feed("hello, GET", HM_HTTP_LENGTH, 5, step, content, &used));
		assert_string_equal(content, "hello");
		assert_int_equal(used, 5);
	}
	assert_true(feed("0\r\n\r\n", HM_HTTP_CHUNKED, 0, 5, content, &used));
	assert_int_equal(used, 5);
	assert_false(feed("hell", HM_HTTP_LENGTH, 5, 9, content, &used));
	assert_false(feed("hello", HM_HTTP_TO_END, 0, 9, content, &used));
	assert_string_equal(content, "hello");
}

static void bad_bodies(void **state)
{
	static const char *const bad[] = {
		"\r\n\r\n",
		";x\r\n",
		"g\r\n",
		"-1\r\n",
		"0x4\r\nWiki\r\n",
		" 4\r\nWiki\r\n",
		"4 \r\nWiki\r\n",
		"4\nWiki\n0\n\n",
		"4\r\nWikipedia\r\n0\r\n\r\n",
		"4\r\nWik\r\n0\r\n\r\n",
		"4\r\nWiki\r0\r\n\r\n",
		"4\r\nWiki\n0\r\n\r\n",
		"0\r\n\r\r",
		"0\r\na\nb\r\n\r\n",
		"1000000000000000\r\n",
		"4;a\x01\r\nWiki\r\n",
		/* Trailers are fields, and none that says where the message ends or whom it is for (RFC 9110, 6.5.1).
		 */
		"0\r\nno colon\r\n\r\n",
		"0\r\n: x\r\n\r\n",
		"0\r\nA : x\r\n\r\n",
		"0\r\n A: x\r\n\r\n",
		"0\r\nA: \x01\r\n\r\n",
		"0\r\nContent-Length: 1\r\n\r\n",
		"0\r\ntransfer-encoding: chunked\r\n\r\n",
		"0\r\nB: c\r\nHOST: x\r\n\r\n",
		"0\r\nSet-Cookie: a=b\r\n\r\n",
	};
	char content[64];
	size_t used;

	(void)state;
	for (size_t i = 0; ROW_NAMED(i, bad, bad[i]); i++) {
		if (feed(bad[i], HM_HTTP_CHUNKED, 0, 64, content, &used))
			fail_msg("accepted: %s", bad[i]);
	}
}

static void full(void **state)
{
	struct hm_http_head head = {.framing = HM_HTTP_LENGTH, .length = 5};
	struct hm_http_body body = hm_http_body_of(&head);
	uint8_t room[4];
	struct hm_writer w = hm_writer_of(room, sizeof(room));
	size_t used;

	(void)state;
	assert_false(hm_http_body_feed(&body, hm_bytes_of_text("hello"), &used, &w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(head_len),	   cmocka_unit_test(good_requests), cmocka_unit_test(bad_requests),
		cmocka_unit_test(too_many_fields), cmocka_unit_test(responses),	    cmocka_unit_test(bodies),
		cmocka_unit_test(bad_bodies),	   cmocka_unit_test(full),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
