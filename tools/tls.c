/* SPDX-License-Identifier: BSD-2-Clause */
/* tls.c - hallmark-guest tls: the TLS end point of the machine that is attested */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/commands.h"
#include "guest/boot_key.h"
#include "guest/end_point.h"
#include "guest/notify.h"
#include "host/base/args.h"

#define BACKLOG 4096
#define LISTEN_DEFAULT "[::]:8443"
#define LISTEN_WITHOUT_IPV6 "0.0.0.0:8443"

struct options {
	const char *directory, *listen, *http1, *http2, *connections;
};

/* The service goes on: its exit status is not this error's. */
static void report_and_go_on(const struct hm_error *error)
{
	int ignored = hm_report(error);

	(void)ignored;
}

static void notify_ready(void)
{
	struct hm_error error = {0};

	if (!hm_notify_ready(&error))
		report_and_go_on(&error);
}

/* ADDRESS:PORT or [ADDRESS]:PORT. */
static bool address_parse(const char *text, struct addrinfo **ret)
{
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
				       .ai_socktype = SOCK_STREAM,
				       .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
	const char *colon = strrchr(text, ':');
	bool bracket = text[0] == '[';
	size_t len = colon ? (size_t)(colon - text) : 0;
	char host[INET6_ADDRSTRLEN];

	if (!colon || (bracket && (len < 3 || text[len - 1] != ']')))
		return false;
	len -= bracket ? 2 : 0;
	if (len == 0 || len >= sizeof(host) || (!bracket && memchr(text, ':', len)))
		return false;
	memcpy(host, text + bracket, len);
	host[len] = '\0';
	return getaddrinfo(host, colon + 1, &hints, ret) == 0;
}

/* A descriptor or a negative errno. [::] is for IPv4 too. */
static int listen_on(const struct addrinfo *address)
{
	int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, zero = 0, err;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    (address->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)) < 0) ||
	    bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

/* A descriptor, a negative errno, or -EINVAL: the text is no address. */
static int listen_at(const char *text)
{
	struct addrinfo *address = NULL;
	int fd;

	if (!address_parse(text, &address))
		return -EINVAL;
	fd = listen_on(address);
	freeaddrinfo(address);
	return fd;
}

static int say(int fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	char host[INET6_ADDRSTRLEN], port[8];

	if (getsockname(fd, (struct sockaddr *)&address, &len) < 0 ||
	    getnameinfo((struct sockaddr *)&address, len, host, sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return hm_fail_errno("tls", -errno);
	printf(address.ss_family == AF_INET6 ? "https://[%s]:%s\n" : "https://%s:%s\n", host, port);
	return fflush(stdout) != 0 ? hm_fail_errno("standard output", -errno) : HM_EXIT_OK;
}

static int command(void *options, const struct hm_words *words)
{
	const struct options *o = options;
	const char *listen_text = o->listen ? o->listen : LISTEN_DEFAULT;
	struct hm_end_point_config config = {.directory = o->directory ? o->directory : HM_ENCLAVE_DIR,
					     .http1 = o->http1,
					     .http2 = o->http2,
					     .ready = notify_ready,
					     .report = report_and_go_on};
	struct hm_error error = {0};
	uint64_t connections = HM_END_POINT_CONNECTIONS_MAX;
	int status;

	(void)words;
	if (o->connections && (!hm_parse_dec(hm_bytes_of_text(o->connections), &connections) || connections == 0 ||
			       connections > HM_END_POINT_CONNECTIONS_MAX))
		return hm_fail_format(HM_EXIT_USAGE, "tls", "--connections is not from 1 to %u",
				      HM_END_POINT_CONNECTIONS_MAX);
	config.connections_max = (size_t)connections;
	config.listen_fd = listen_at(listen_text);
	/* A kernel without IPv6. */
	if (config.listen_fd == -EAFNOSUPPORT && !o->listen)
		config.listen_fd = listen_at(LISTEN_WITHOUT_IPV6);
	if (config.listen_fd == -EINVAL)
		return hm_fail_text(HM_EXIT_USAGE, "tls",
				    "--listen takes ADDRESS:PORT, an address of IPv6 in brackets");
	if (config.listen_fd < 0)
		return hm_fail_errno(listen_text, config.listen_fd);
	status = say(config.listen_fd);
	if (!status && !hm_end_point_run(&config, &error))
		status = hm_report(&error);
	close(config.listen_fd);
	return status;
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(struct options, http1, "--http1", "SOCKET",
			   "Unix socket of a web server that speaks HTTP/1.1 there, without TLS."),
	HM_OPTION_REQUIRED(struct options, http2, "--http2", "SOCKET",
			   "The same for HTTP/2, which begins without HTTP/1.1 (RFC 9113, 3.3)."),
	HM_OPTION(struct options, listen, "--listen", "ADDRESS:PORT",
		  "Default: " LISTEN_DEFAULT ", every address of the machine. The address is printed."),
	HM_OPTION(
		struct options, connections, "--connections", "N",
		"At most so many at once; then the oldest that has sent nothing for the web server makes room (default: "
		"12288)."),
	HM_OPTION(
		struct options, directory, "--directory", "DIR",
		"Of hallmark-guest attest: it has tls/key.pem, tls/cert.pem and tls/bound.sock (default: /run/hallmark)."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_tls = {
	.name = "tls",
	.summary = "the TLS end point: proofs that are bound to the connection, then bytes to a web server",
	.description =
		"Takes TLS 1.3 connections with the key that hallmark-guest attest has recorded in PCR 15. A client "
		"that speaks hallmark/2 (ALPN) asks for a proof first, and its quote covers this very connection "
		"(RFC 9266); after it, and for every other client at once, bytes go to the web server as they are.\n"
		"\n"
		"No session is resumed, and nothing of HTTP is read but the one request for a proof. Runs until it is "
		"ended.",
	.example = "hallmark-guest tls --http1 /run/hallmark-http/http1.sock --http2 /run/hallmark-http/http2.sock",
	.see_also = "hallmark-guest-attest(1), docs/FORMATS.md (15)",
	.args = {.tables = {{options, 0}}},
	.size = sizeof(struct options),
	.run = command,
};
