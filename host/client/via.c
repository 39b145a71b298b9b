/* SPDX-License-Identifier: BSD-2-Clause */
/* via.c - the HTTP proxy on the way to a server */
#include "host/client/via.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *variable(const char *lower, const char *upper)
{
	const char *value = getenv(lower);

	if (!value || !*value)
		value = getenv(upper);
	return value && *value ? value : NULL;
}

static bool is_this_machine(const char *host)
{
	return !strcmp(host, "localhost") || !strncmp(host, "127.", 4) || !strcmp(host, "::1");
}

/* "example.org,.example.net,*": each is a host, or a domain with all that is in it. */
static bool is_excepted(const char *host, const char *list)
{
	struct hm_bytes rest = hm_bytes_of_text(list), entry;
	size_t host_len = strlen(host);

	while (hm_next_field(&rest, ',', &entry)) {
		while (entry.len && (*entry.p == ' ' || *entry.p == '.'))
			entry = hm_bytes_of(entry.p + 1, entry.len - 1);
		while (entry.len && entry.p[entry.len - 1] == ' ')
			entry.len--;
		if (hm_bytes_equal_text(entry, "*"))
			return true;
		if (entry.len && entry.len <= host_len &&
		    !strncasecmp(host + host_len - entry.len, (const char *)entry.p, entry.len) &&
		    (entry.len == host_len || host[host_len - entry.len - 1] == '.'))
			return true;
	}
	return false;
}

/* http://HOST[:PORT], in the form of an end point; 80 where there is no port. */
static bool via_parse(const char *url, struct hm_endpoint *ret)
{
	static const char scheme[] = "http://";
	struct hm_endpoint via;
	char text[sizeof(via.host) + sizeof(via.port) + 16];
	const char *rest = url + sizeof(scheme) - 1;
	int n;

	if (strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return false;
	n = snprintf(text, sizeof(text), "https://%s", rest);
	if (n < 0 || (size_t)n >= sizeof(text) || !hm_endpoint_parse(text, &via))
		return false;
	/* 443 is the port of an https URL that has none. */
	if (!strcmp(via.port, "443") && !strstr(rest, ":443"))
		snprintf(via.port, sizeof(via.port), "80");
	snprintf(ret->via_host, sizeof(ret->via_host), "%s", via.host);
	snprintf(ret->via_port, sizeof(ret->via_port), "%s", via.port);
	return true;
}

bool hm_via_set(const char *option, struct hm_endpoint *endpoint, struct hm_error *error)
{
	const char *url = option ? option : variable("https_proxy", "HTTPS_PROXY");
	const char *except = option ? NULL : variable("no_proxy", "NO_PROXY");

	if (!url || (!option && is_this_machine(endpoint->host)) || (except && is_excepted(endpoint->host, except)))
		return true;
	return via_parse(url, endpoint) ||
	       hm_error_of(error, HM_ERROR_USAGE, option ? "--via" : "HTTPS_PROXY", "not http://HOST[:PORT]");
}
