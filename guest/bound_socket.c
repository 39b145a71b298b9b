/* SPDX-License-Identifier: BSD-2-Clause */
/* bound_socket.c - how the TLS end point has a quote made over one of its connections */
#include "guest/bound_socket.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define QUESTION_LEN (HM_BOUND_NONCE_LEN + HM_BOUND_EXPORTER_LEN)
#define HEAD_LEN 5u
/* The end point sends its question at once. */
#define QUESTION_MS 2000u
#define ANSWER_MS 10000u
#define BACKLOG 16

struct hm_bound_server {
	struct hm_bound_config config;
	pthread_t thread;
	int listen_fd, stop_fd;
};

static bool address_of(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(ret->sun_path))
		return false;
	memcpy(ret->sun_path, path, strlen(path));
	return true;
}

/* How long one read or write may take. */
static int limit(int fd, unsigned int ms)
{
	const struct timeval time = {.tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000};

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) < 0 ||
			       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)) < 0
		       ? -errno
		       : 0;
}

/* All of `len` bytes, or a negative errno; -EPROTO: the other side ended before. */
static int receive_all(int fd, void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len > 0) {
		ssize_t n = recv(fd, p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EPROTO;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int send_all(int fd, struct hm_bytes content)
{
	while (content.len > 0) {
		ssize_t n = send(fd, content.p, content.len, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		content.p += n;
		content.len -= (size_t)n;
	}
	return 0;
}

/* --- the attestation service's side --- */

static void serve_one(const struct hm_bound_server *server, int fd)
{
	uint8_t question[QUESTION_LEN], head[HEAD_LEN];
	struct hm_bound_answer answer = {.status = HM_BOUND_NONE};
	struct hm_writer w = hm_writer_of(head, sizeof(head));
	size_t len;

	if (limit(fd, QUESTION_MS) || receive_all(fd, question, sizeof(question)) || limit(fd, ANSWER_MS))
		return;
	server->config.answer(server->config.ctx, question, question + HM_BOUND_NONCE_LEN, &answer);
	len = answer.text ? strlen(answer.text) : 0;
	hm_put_u8(&w, (uint8_t)answer.status);
	hm_put_u32le(&w, (uint32_t)len);
	/* An end point that went away asks again, on another connection. */
	if (len <= HM_BOUND_PROOF_MAX && !send_all(fd, hm_writer_bytes(&w)) &&
	    send_all(fd, hm_bytes_of(answer.text, len)))
		shutdown(fd, SHUT_RDWR);
	free(answer.text);
}

static void *serve(void *arg)
{
	const struct hm_bound_server *server = arg;
	struct pollfd fds[] = {{.fd = server->listen_fd, .events = POLLIN}, {.fd = server->stop_fd, .events = POLLIN}};

	for (;;) {
		int fd;

		if (poll(fds, HM_ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		if (!fds[0].revents)
			continue;
		fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);
		if (fd < 0)
			continue;
		serve_one(server, fd);
		close(fd);
	}
}

static int listen_on(const char *path)
{
	struct sockaddr_un address;
	struct stat st;
	int fd, err;

	if (!address_of(path, &address))
		return -ENAMETOOLONG;
	/* Of an earlier run; whatever else has this name stays, and bind says so. */
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && unlink(path) < 0)
		return -errno;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0660) < 0 ||
	    listen(fd, BACKLOG) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

int hm_bound_server_start(const struct hm_bound_config *config, struct hm_bound_server **ret)
{
	struct hm_bound_server *server = calloc(1, sizeof(*server));
	int err;

	if (!server)
		return -ENOMEM;
	server->config = *config;
	server->stop_fd = eventfd(0, EFD_CLOEXEC);
	server->listen_fd = server->stop_fd < 0 ? -errno : listen_on(config->path);
	err = server->listen_fd < 0 ? server->listen_fd : -pthread_create(&server->thread, NULL, serve, server);
	if (!err) {
		*ret = server;
		return 0;
	}
	if (server->listen_fd >= 0) {
		close(server->listen_fd);
		unlink(config->path);
	}
	if (server->stop_fd >= 0)
		close(server->stop_fd);
	free(server);
	return err;
}

void hm_bound_server_stop(struct hm_bound_server *server)
{
	const uint64_t one = 1;

	if (!server)
		return;
	/* The counter cannot be full. */
	if (write(server->stop_fd, &one, sizeof(one)) < 0)
		abort();
	pthread_join(server->thread, NULL);
	close(server->listen_fd);
	close(server->stop_fd);
	unlink(server->config.path);
	free(server);
}

/* --- the end point's side --- */

static int read_answer(int fd, struct hm_bound_answer *ret, size_t *ret_len)
{
	uint8_t head[HEAD_LEN];
	struct hm_reader r = hm_reader_of(hm_bytes_of(head, sizeof(head)));
	uint8_t status;
	uint32_t len;
	char *text;
	int err = receive_all(fd, head, sizeof(head));

	if (err)
		return err;
	status = hm_get_u8(&r);
	len = hm_get_u32le(&r);
	if (status >= HM_BOUND_STATUSES || len > HM_BOUND_PROOF_MAX || (status == HM_BOUND_PROOF) != (len > 0))
		return -EPROTO;
	text = malloc((size_t)len + 1);
	if (!text)
		return -ENOMEM;
	err = receive_all(fd, text, len);
	if (err) {
		free(text);
		return err;
	}
	text[len] = '\0';
	*ret = (struct hm_bound_answer){.status = (enum hm_bound_status)status, .text = text};
	*ret_len = len;
	return 0;
}

int hm_bound_ask(const char *path, const uint8_t nonce[HM_BOUND_NONCE_LEN],
		 const uint8_t exporter[HM_BOUND_EXPORTER_LEN], unsigned int timeout_ms, struct hm_bound_answer *ret,
		 size_t *ret_len)
{
	struct sockaddr_un address;
	int fd, err;

	if (!address_of(path, &address))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = limit(fd, timeout_ms);
	if (!err && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		err = -errno;
	if (!err)
		err = send_all(fd, hm_bytes_of(nonce, HM_BOUND_NONCE_LEN));
	if (!err)
		err = send_all(fd, hm_bytes_of(exporter, HM_BOUND_EXPORTER_LEN));
	if (!err)
		err = read_answer(fd, ret, ret_len);
	close(fd);
	return err;
}
