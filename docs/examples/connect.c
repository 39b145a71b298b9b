/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * connect.c - a client of libhallmark-client: standard input goes to a machine that has proved itself, and to no other
 *
 *	cc connect.c -lhallmark-client -lhallmark
 *	printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' | ./a.out HOST PORT GOLDEN SIGNATURE KEY ROOTS
 */
#include <hallmark.h>
#include <hallmark_client.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FILE_MAX (4u << 20)

/* The whole file, or the end of this program. */
static struct hallmark_bytes read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(FILE_MAX);
	size_t len;

	if (!file || !bytes) {
		perror(path);
		exit(3);
	}
	len = fread(bytes, 1, FILE_MAX, file);
	if (ferror(file) || len == FILE_MAX) {
		fprintf(stderr, "%s: cannot be read, or is too long\n", path);
		exit(3);
	}
	fclose(file);
	return (struct hallmark_bytes){bytes, len};
}

struct relay {
	struct hallmark_connection *connection;
	int fd;
	int err;
};

static void *relay(void *arg)
{
	struct relay *r = arg;

	r->err = hallmark_connection_relay(r->connection, r->fd);
	close(r->fd);
	return NULL;
}

/* The relay closes its end when the server is gone: no signal for that. */
static ssize_t put(int fd, const char *buf, size_t len)
{
	return fd == STDOUT_FILENO ? write(fd, buf, len) : send(fd, buf, len, MSG_NOSIGNAL);
}

static void copy(int from, int to)
{
	char buf[4096];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		for (ssize_t done = 0, some; done < n; done += some) {
			some = put(to, buf + done, (size_t)(n - done));
			if (some < 0)
				return;
		}
	}
}

/* The relay in a thread of ours: this code has a plain descriptor and knows nothing of TLS. */
static int talk(struct hallmark_connection *connection)
{
	struct relay r = {.connection = connection};
	pthread_t thread;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return 3;
	r.fd = pair[1];
	if (pthread_create(&thread, NULL, relay, &r))
		return 3;
	copy(STDIN_FILENO, pair[0]);
	shutdown(pair[0], SHUT_WR);
	copy(pair[0], STDOUT_FILENO);
	close(pair[0]);
	pthread_join(thread, NULL);
	if (r.err)
		fprintf(stderr, "the connection broke: %s\n", strerror(-r.err));
	return r.err ? 2 : 0;
}

int main(int argc, char **argv)
{
	if (argc != 7) {
		fputs("usage: connect HOST PORT GOLDEN SIGNATURE KEY ROOTS\n", stderr);
		return 3;
	}

	struct hallmark_policy policy = {.golden = read_file(argv[3]),
					 .golden_signature = read_file(argv[4]),
					 .golden_key = read_file(argv[5]),
					 .roots = read_file(argv[6])};
	struct hallmark_connect_request request = {.host = argv[1], .port = argv[2], .as_of = time(NULL)};
	struct hallmark_connection *connection = NULL;
	char error[HALLMARK_CONNECT_ERROR_MAX];
	struct hallmark_result result;
	struct hallmark_verifier *verifier = hallmark_open(&policy, &result);
	enum hallmark_connect_state state = HALLMARK_CONNECT_REJECTED;
	int status = 1;

	if (verifier)
		state = hallmark_connect(verifier, &request, &connection, &result, error);
	if (state == HALLMARK_CONNECTED)
		status = talk(connection);
	else if (state == HALLMARK_CONNECT_REJECTED)
		fprintf(stderr, "%s: %s\n", hallmark_code_name(result.code), hallmark_code_meaning(result.code));
	else
		fprintf(stderr, "no proof: %s\n", error);
	hallmark_connection_close(connection);
	hallmark_close(verifier);
	return status;
}
