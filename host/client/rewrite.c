/* SPDX-License-Identifier: BSD-2-Clause */
/* rewrite.c - fields of an answer that name a place, on their way through the proxy */
#include "host/client/rewrite.h"

#include <string.h>

enum place {
	PLACE_HERE,    /* relative: on the same host */
	PLACE_SERVER,  /* names the end point, or the proxy itself */
	PLACE_ALLOWED, /* by the caller */
	PLACE_OTHER,
	PLACE_UNCLEAR, /* clients do not agree about what it means */
};

static bool is_one_of(uint8_t c, const char *set)
{
	return c != 0 && strchr(set, c);
}

static struct hm_bytes from(struct hm_bytes text, size_t at)
{
	return hm_bytes_of(text.p + at, text.len - at);
}

/* Bytes before the first of `set`. */
static size_t span_to(struct hm_bytes text, const char *set)
{
	size_t n = 0;

	while (n < text.len && !is_one_of(text.p[n], set))
		n++;
	return n;
}

static struct hm_bytes trim(struct hm_bytes text)
{
	while (text.len && is_one_of(text.p[0], " \t"))
		text = from(text, 1);
	while (text.len && is_one_of(text.p[text.len - 1], " \t"))
		text.len--;
	return text;
}

static bool starts(struct hm_bytes text, const char *prefix)
{
	size_t len = strlen(prefix);

	return text.len >= len && hm_http_is(hm_bytes_of(text.p, len), prefix);
}

/* An authority of a host and a port that may be missing or empty. */
static bool authority_split(struct hm_bytes authority, bool tls, struct hm_bytes *ret_host, uint64_t *ret_port)
{
	const uint8_t *bracket = authority.len ? memchr(authority.p, ']', authority.len) : NULL;
	size_t host_len = bracket ? (size_t)(bracket - authority.p) + 1 : span_to(authority, ":");
	struct hm_bytes rest = from(authority, host_len);

	*ret_port = tls ? 443 : 80;
	*ret_host = hm_bytes_of(authority.p, host_len);
	if (bracket && (authority.p[0] != '[' || host_len < 3))
		return false;
	if (bracket)
		*ret_host = hm_bytes_of(authority.p + 1, host_len - 2);
	if (!host_len || (rest.len && rest.p[0] != ':'))
		return false;
	return rest.len < 2 || hm_parse_dec(from(rest, 1), ret_port);
}

/* The port must be the end point's. TLS ends in front of the application, which may take itself for a server of http.
 */
static bool is_server(const struct hm_rewrite *r, struct hm_bytes host, uint64_t port, bool tls)
{
	uint64_t own = 0;

	if (!hm_http_is(host, r->endpoint->host) || !hm_parse_dec(hm_bytes_of_text(r->endpoint->port), &own))
		return false;
	return port == own || (!tls && port == 80 && own == 443);
}

static bool is_proxy(const struct hm_rewrite *r, struct hm_bytes authority)
{
	for (size_t i = 0; i < r->local_count; i++) {
		if (r->local[i][0] && hm_http_is(authority, r->local[i]))
			return true;
	}
	return false;
}

static bool is_allowed(const struct hm_rewrite *r, struct hm_bytes authority, bool tls)
{
	for (size_t i = 0; r->allowed && i < r->allowed->count; i++) {
		const char *origin = r->allowed->word[i];
		const char *scheme = tls ? "https://" : "http://";
		size_t len = strlen(scheme);

		if (!strncmp(origin, scheme, len) && hm_http_is(authority, origin + len))
			return true;
	}
	return false;
}

static enum place place_of_authority(const struct hm_rewrite *r, struct hm_bytes text, bool tls, struct hm_bytes *ret)
{
	size_t len = span_to(text, "/?#");
	struct hm_bytes authority = hm_bytes_of(text.p, len), host;
	uint64_t port;

	for (size_t i = 0; i < len; i++) {
		if (text.p[i] <= ' ' || text.p[i] > '~' || text.p[i] == '@')
			return PLACE_UNCLEAR;
	}
	if (!authority_split(authority, tls, &host, &port))
		return PLACE_UNCLEAR;
	*ret = from(text, len);
	if (is_proxy(r, authority) || is_server(r, host, port, tls))
		return PLACE_SERVER;
	return is_allowed(r, authority, tls) ? PLACE_ALLOWED : PLACE_OTHER;
}

/* Where a reference leads. *ret: what stands behind the authority of PLACE_SERVER. */
static enum place place_of(const struct hm_rewrite *r, struct hm_bytes uri, struct hm_bytes *ret)
{
	size_t path_len = span_to(uri, "?#"), scheme_len = span_to(uri, ":/?#");

	/* Clients cut white space of many kinds from the start, tabs from everywhere, and take \ for /. */
	if (uri.len && (uri.p[0] <= ' ' || uri.p[0] > '~'))
		return PLACE_UNCLEAR;
	for (size_t i = 0; i < uri.len; i++) {
		if (uri.p[i] < ' ' || uri.p[i] == 0x7f || (uri.p[i] == '\\' && i < path_len))
			return PLACE_UNCLEAR;
	}
	/* What the client asked over is http. */
	if (starts(uri, "//"))
		return place_of_authority(r, from(uri, 2), false, ret);
	if (scheme_len == uri.len || uri.p[scheme_len] != ':')
		return PLACE_HERE;
	if (starts(uri, "http://"))
		return place_of_authority(r, from(uri, 7), false, ret);
	if (starts(uri, "https://"))
		return place_of_authority(r, from(uri, 8), true, ret);
	return starts(uri, "http:") || starts(uri, "https:") ? PLACE_UNCLEAR : PLACE_OTHER;
}

static void put_local(const struct hm_rewrite *r, struct hm_bytes rest, struct hm_writer *w)
{
	hm_put_text(w, "http://");
	hm_put_text(w, r->client_host);
	hm_put_bytes(w, rest);
}

/* As the client's, or unchanged. */
static void put_reference(const struct hm_rewrite *r, struct hm_bytes uri, struct hm_writer *w)
{
	struct hm_bytes rest;

	if (place_of(r, uri, &rest) == PLACE_SERVER)
		put_local(r, rest, w);
	else
		hm_put_bytes(w, uri);
}

/* A reference that clients follow by themselves. */
static bool put_redirect(const struct hm_rewrite *r, const char *name, struct hm_bytes uri, struct hm_writer *w,
			 struct hm_error *error)
{
	struct hm_bytes rest;
	size_t len = uri.len < 100 ? uri.len : 100;

	switch (place_of(r, uri, &rest)) {
	case PLACE_SERVER:
		put_local(r, rest, w);
		return true;
	case PLACE_HERE:
	case PLACE_ALLOWED:
		hm_put_bytes(w, uri);
		return true;
	case PLACE_OTHER:
		return hm_error_set(error, "%s leads away from the attested server: %.*s", name, (int)len,
				    (const char *)uri.p);
	case PLACE_UNCLEAR:
	default:
		return hm_error_set(error, "%s is read in different ways by different clients: %.*s", name, (int)len,
				    (const char *)uri.p);
	}
}

/* "5; url=REFERENCE", and every other form that browsers take: https://html.spec.whatwg.org, "shared declarative
 * refresh steps". */
static bool put_refresh(const struct hm_rewrite *r, struct hm_bytes value, struct hm_writer *w, struct hm_error *error)
{
	size_t at = 0, len, name_end;

	while (at < value.len && is_one_of(value.p[at], "0123456789."))
		at++;
	while (at < value.len && is_one_of(value.p[at], " \t;,"))
		at++;
	if (starts(from(value, at), "url")) {
		name_end = at + 3;
		while (name_end < value.len && is_one_of(value.p[name_end], " \t"))
			name_end++;
		if (name_end < value.len && value.p[name_end] == '=')
			at = name_end + 1;
	}
	while (at < value.len && is_one_of(value.p[at], " \t"))
		at++;
	len = value.len - at;
	if (len && is_one_of(value.p[at], "'\"")) {
		const char quote[2] = {(char)value.p[at], '\0'};

		at++;
		len = span_to(from(value, at), quote);
	}
	hm_put_bytes(w, hm_bytes_of(value.p, at));
	if (!put_redirect(r, "Refresh", hm_bytes_of(value.p + at, len), w, error))
		return false;
	hm_put_bytes(w, from(value, at + len));
	return true;
}

/* <REFERENCE>; anchor="REFERENCE"; title="<as it is>", <REFERENCE>; ...: RFC 8288, 3. */
static void put_links(const struct hm_rewrite *r, struct hm_bytes value, struct hm_writer *w)
{
	bool anchor = false;

	while (value.len) {
		bool open = value.p[0] == '<', quote = value.p[0] == '"';
		size_t len = 0;

		anchor = anchor || starts(value, "anchor=");
		hm_put_u8(w, value.p[0]);
		if (value.p[0] == ';' || value.p[0] == ',')
			anchor = false;
		value = from(value, 1);
		if (!open && !quote)
			continue;
		while (len < value.len && value.p[len] != (open ? '>' : '"'))
			len += quote && value.p[len] == '\\' && len + 1 < value.len ? 2 : 1;
		if (open || anchor)
			put_reference(r, trim(hm_bytes_of(value.p, len)), w);
		else
			hm_put_bytes(w, hm_bytes_of(value.p, len));
		value = from(value, len);
		if (value.len) {
			hm_put_u8(w, value.p[0]);
			value = from(value, 1);
		}
	}
}

/* Whether `host` is `domain` or a name below it. */
static bool is_below(const char *host, struct hm_bytes domain)
{
	size_t len = strlen(host);

	if (domain.len && domain.p[0] == '.')
		domain = from(domain, 1);
	if (!domain.len || domain.len > len || !hm_http_is(domain, host + len - domain.len))
		return false;
	return domain.len == len || host[len - domain.len - 1] == '.';
}

/* A cookie of the end point's domain is one of the proxy's host alone: RFC 6265, 5.3. */
static void put_cookie(const struct hm_rewrite *r, struct hm_bytes value, struct hm_writer *w)
{
	size_t len = span_to(value, ";");

	hm_put_bytes(w, hm_bytes_of(value.p, len));
	for (value = from(value, len); value.len; value = from(value, len)) {
		struct hm_bytes attribute, name;
		size_t equals;

		len = 1 + span_to(from(value, 1), ";");
		attribute = trim(hm_bytes_of(value.p + 1, len - 1));
		equals = span_to(attribute, "=");
		name = trim(hm_bytes_of(attribute.p, equals));
		if (equals < attribute.len && hm_http_is(name, "Domain") &&
		    is_below(r->endpoint->host, trim(from(attribute, equals + 1))))
			continue;
		hm_put_bytes(w, hm_bytes_of(value.p, len));
	}
}

bool hm_rewrite_field(const struct hm_rewrite *rewrite, unsigned int status, const struct hm_http_field *field,
		      struct hm_writer *w, struct hm_error *error)
{
	bool location = hm_http_is(field->name, "Location");

	if (hm_http_is(field->name, "Alt-Svc") || hm_http_is(field->name, "Strict-Transport-Security"))
		return true;
	hm_put_bytes(w, field->name);
	hm_put_text(w, ": ");
	if (location && status >= 300 && status < 400) {
		if (!put_redirect(rewrite, "Location", field->value, w, error))
			return false;
	} else if (hm_http_is(field->name, "Refresh")) {
		if (!put_refresh(rewrite, field->value, w, error))
			return false;
	} else if (location || hm_http_is(field->name, "Content-Location")) {
		put_reference(rewrite, field->value, w);
	} else if (hm_http_is(field->name, "Link")) {
		put_links(rewrite, field->value, w);
	} else if (hm_http_is(field->name, "Set-Cookie")) {
		put_cookie(rewrite, field->value, w);
	} else {
		hm_put_bytes(w, field->value);
	}
	hm_put_text(w, "\r\n");
	return true;
}
