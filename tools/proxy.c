/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy.c - hallmark proxy: plain HTTP for any client on this machine, an attested connection for each to the server */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/commands.h"
#include "host/base/args.h"
#include "host/client/relay.h"
#include "host/client/trust.h"
#include "host/client/verdict.h"
#include "host/client/via.h"

/* A thread and a few hundred KiB each. */
#define CONNECTIONS_MAX 256u
#define BACKLOG 128
/* One server has one; more of them where a load balancer stands before several. */
#define CHAINS_REMEMBERED 16u

struct proxy {
	struct hm_relay relay;
	bool verbose;
	atomic_uint connections;
};

struct job {
	struct proxy *proxy;
	int fd;
};

static void judged(void *ctx, const struct hm_attestation *a)
{
	const struct proxy *proxy = ctx;
	char line[HM_VERDICT_MAX];

	if (a->state == HM_ATTESTED_NO_PROOF) {
		fprintf(stderr, "hallmark: %s: no proof: %s\n", proxy->relay.endpoint.authority, a->error.text);
		return;
	}
	if (a->state == HM_ATTESTED && !proxy->verbose)
		return;
	hm_verdict_line(&a->result, line);
	fprintf(stderr, "hallmark: %s: %s (handshake %.1f ms, proof %.1f ms, verification %.1f ms)\n",
		proxy->relay.endpoint.authority, line, a->handshake_ms, a->proof_ms, a->verify_ms);
}

static void refused(void *ctx, const char *reason)
{
	const struct proxy *proxy = ctx;

	fprintf(stderr, "hallmark: %s: an answer was not handed on: %s\n", proxy->relay.endpoint.authority, reason);
}

static void *serve(void *arg)
{
	struct job job = *(struct job *)arg;

	free(arg);
	hm_relay_serve(&job.proxy->relay, job.fd);
	job.proxy->connections--;
	return NULL;
}

static void dispatch(struct proxy *proxy, int fd)
{
	struct job *job;
	pthread_t thread;

	if (proxy->connections++ < CONNECTIONS_MAX && (job = malloc(sizeof(*job)))) {
		*job = (struct job){.proxy = proxy, .fd = fd};
		if (!pthread_create(&thread, NULL, serve, job)) {
			pthread_detach(thread);
			return;
		}
		free(job);
	}
	proxy->connections--;
	hm_relay_refuse(fd);
}

/*
 * ADDRESS:PORT; unless `anywhere`, of this machine only: what goes over it is not encrypted, and whoever reaches it
 * speaks with our verdict.
 */
static bool address_parse(const char *text, bool anywhere, struct sockaddr_storage *ret, socklen_t *ret_len)
{
	char host[INET6_ADDRSTRLEN];
	const char *colon = strrchr(text, ':');
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)ret;
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool bracket = text[0] == '[';
	uint64_t port;

	if (!colon || !hm_parse_dec(hm_bytes_of_text(colon + 1), &port) || port > 65535)
		return false;
	if (bracket && (len < 3 || text[len - 1] != ']'))
		return false;
	len -= bracket ? 2 : 0;
	if (len == 0 || len >= sizeof(host))
		return false;
	snprintf(host, sizeof(host), "%.*s", (int)len, text + bracket);
	memset(ret, 0, sizeof(*ret));
	if (bracket) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
		*ret_len = sizeof(*v6);
		return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1 &&
		       (anywhere || IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr));
	}
	v4->sin_family = AF_INET;
	v4->sin_port = htons((uint16_t)port);
	*ret_len = sizeof(*v4);
	return inet_pton(AF_INET, host, &v4->sin_addr) == 1 && (anywhere || ntohl(v4->sin_addr.s_addr) >> 24 == 127);
}

/* A name of --allow-host, as a client's Host has it: the port unless it is 80. False: there is no room, or it is none.
 */
static bool host_add(struct hm_relay *relay, const char *name, unsigned int port, size_t at)
{
	const size_t len = strlen(name);
	int n;

	if (at >= HM_ARRAY_LEN(relay->local_host) || len == 0 ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-[]:") != len)
		return false;
	if (name[len - 1] != ']' && strchr(name, ':'))
		n = snprintf(relay->local_host[at], sizeof(relay->local_host[at]), "%s", name);
	else
		n = snprintf(relay->local_host[at], sizeof(relay->local_host[at]), port == 80 ? "%s" : "%s:%u", name,
			     port);
	return n > 0 && (size_t)n < sizeof(relay->local_host[at]);
}

/* The names that a client on this machine may have called us by, and those that the caller allows. */
static bool names_set(struct hm_relay *relay, const struct sockaddr_storage *address, const struct hm_list *hosts)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
	char host[INET6_ADDRSTRLEN] = "127.0.0.1", bracketed[INET6_ADDRSTRLEN + 2] = "[::1]";
	unsigned int port = ntohs(address->ss_family == AF_INET6 ? v6->sin6_port : v4->sin_port);

	if (address->ss_family == AF_INET && !inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host)))
		snprintf(host, sizeof(host), "127.0.0.1");
	if (address->ss_family == AF_INET6 && inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host)))
		snprintf(bracketed, sizeof(bracketed), "[%s]", host);
	if (address->ss_family == AF_INET)
		snprintf(relay->local_host[0], sizeof(relay->local_host[0]), "%s:%u", host, port);
	else
		snprintf(relay->local_host[0], sizeof(relay->local_host[0]), "%s:%u", bracketed, port);
	snprintf(relay->local_host[1], sizeof(relay->local_host[1]), "localhost:%u", port);
	/* Clients leave out what is the default. */
	if (port == 80) {
		snprintf(relay->local_host[2], sizeof(relay->local_host[2]), "%s",
			 address->ss_family == AF_INET ? host : bracketed);
		snprintf(relay->local_host[3], sizeof(relay->local_host[3]), "localhost");
	}
	for (size_t i = 0; i < hosts->count; i++) {
		if (!host_add(relay, hosts->word[i], port, 4 + i))
			return false;
	}
	return true;
}

/* A listening socket or a negative errno; *address becomes the one it really has. */
static int listen_on(struct sockaddr_storage *address, socklen_t len)
{
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int one = 1, err;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)address, len) < 0 || listen(fd, BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)address, &len) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int run(struct proxy *proxy, const char *listen_text, const struct hm_list *hosts)
{
	struct sockaddr_storage address;
	socklen_t len = 0;
	int fd;

	if (!address_parse(listen_text, hosts->count > 0, &address, &len))
		return hm_fail_text(
			HM_EXIT_USAGE, "proxy",
			"--listen takes 127.0.0.1:PORT or [::1]:PORT, and an address of a network only with "
			"--allow-host");
	fd = listen_on(&address, len);
	if (fd < 0)
		return hm_fail_errno(listen_text, fd);
	if (!names_set(&proxy->relay, &address, hosts))
		return hm_fail_text(HM_EXIT_USAGE, "proxy",
				    "--allow-host takes a name or an address in lower case, at most 12");
	printf("http://%s\n", proxy->relay.local_host[0]);
	if (fflush(stdout) != 0)
		return hm_fail_errno("standard output", -errno);
	/* The other side may be gone at any write: that is an error of that connection. */
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (client >= 0)
			dispatch(proxy, client);
		else if (errno == EBADF || errno == EINVAL || errno == ENOTSOCK || errno == EFAULT)
			return hm_fail_errno(listen_text, -errno);
		/* accept(2): an error that the network had already for a connection is to be taken as EAGAIN. */
		else if (errno != EINTR && errno != ECONNABORTED)
			usleep(100000);
	}
}

struct options {
	struct hm_verify_args trust;
	const char *listen, *as_of, *via;
	struct hm_list redirects, hosts;
	bool verbose;
};

static int command(void *options, const struct hm_words *words)
{
	/* Threads use them as long as the process lives. */
	static struct proxy proxy;
	static struct hallmark_epoch epoch;
	static int64_t as_of;
	struct options *o = options;
	struct hallmark_verifier *verifier = NULL;
	struct hm_error error = {0};

	proxy.verbose = o->verbose;
	o->trust.remember = CHAINS_REMEMBERED;
	if (!hm_endpoint_parse(words->word[0], &proxy.relay.endpoint))
		return hm_fail_text(HM_EXIT_USAGE, words->word[0], "not https://HOST[:PORT]");
	if (o->as_of && !hm_verify_time(o->as_of, &as_of))
		return hm_fail_text(HM_EXIT_USAGE, "proxy", "--as-of is neither 2026-11-26T12:00:00Z nor @SECONDS");
	proxy.relay.as_of = o->as_of ? &as_of : NULL;
	if (!hm_via_set(o->via, &proxy.relay.endpoint, &error) ||
	    !hm_verify_epoch(&o->trust, "proxy", &epoch, &proxy.relay.epoch, &error) ||
	    !hm_verify_open(&o->trust, "proxy", &verifier, &error))
		return hm_report(&error);
	proxy.relay.verifier = verifier;
	proxy.relay.judged = judged;
	proxy.relay.refused = refused;
	proxy.relay.redirects = &o->redirects;
	proxy.relay.ctx = &proxy;
	return run(&proxy, o->listen, &o->hosts);
}

static const struct hm_option options[] = {
	HM_OPTION_REQUIRED(
		struct options, listen, "--listen", "ADDRESS:PORT",
		"127.0.0.1 or [::1], or with --allow-host any; port 0: any free one. The address is printed."),
	HM_OPTION(
		struct options, redirects, "--allow-redirects-to", "https://HOST[:PORT]",
		"Where the server may redirect to beside itself; such an answer is handed on as it is, and the client goes "
		"there on its own, to a server that nobody has verified. May be repeated."),
	HM_OPTION(
		struct options, hosts, "--allow-host", "HOST[:PORT]",
		"With it --listen takes any address, and requests may name this host: for a proxy in a container, say. "
		"Whoever reaches the address speaks to the server through it, and what goes over it is not encrypted: the "
		"network must be yours. May be repeated."),
	HM_OPTION(
		struct options, via, "--via", "http://HOST[:PORT]",
		"Reach the server through this HTTP proxy, which carries TLS and does not end it (default: HTTPS_PROXY, "
		"but for what NO_PROXY names and this machine)."),
	HM_OPTION(struct options, as_of, "--as-of", "TIME",
		  "Check validity at that time, 2026-11-26T12:00:00Z or @SECONDS since 1970, for a machine without a "
		  "clock (default: now, for each connection)."),
	HM_OPTION(struct options, verbose, "--verbose", NULL, "One line for each connection, to standard error."),
	HM_OPTION_END,
};

const struct hm_command hm_cmd_proxy = {
	.name = "proxy",
	.summary = "plain HTTP here, to a server that is verified before a byte goes out",
	.words = "https://HOST[:PORT]",
	.synopsis = "proxy --listen 127.0.0.1:PORT https://HOST[:PORT] --golden FILE --golden-key FILE --roots "
		    "FILE [option...]",
	.description = "A plain HTTP end point on this machine for any client. For each connection of a client it "
		       "makes one to the server, fetches a proof over it with a nonce of its own, verifies it "
		       "together with the connection's key, and only then sends the client's request over that same "
		       "connection. If a check fails the client gets status 502 with the reason, and nothing was "
		       "sent. Nothing reconnects and no session is resumed.\n"
		       "\n"
		       "Runs until it is ended.",
	.exit_status =
		"1 the golden file is not logged (--log-policy), 2 a file of the caller's is malformed, 3 usage, 4 could not run.",
	.example = "hallmark proxy --listen 127.0.0.1:8080 https://ocr.example.org --golden golden.json \\\n"
		   "    --golden-key pub.pem --roots roots.pem &\n"
		   "curl --data-binary @page.png http://127.0.0.1:8080/cgi-bin/ocr",
	.see_also = "hallmark-verify(1), docs/ARCHITECTURE.md",
	.args = {.tables = {{options, 0}, {hm_trust_options, offsetof(struct options, trust)}},
		 .words_min = 1,
		 .words_max = 1},
	.size = sizeof(struct options),
	.run = command,
};
