/* SPDX-License-Identifier: BSD-2-Clause */
/* http_server.c - answers GET on a unix socket */
#include "guest/http_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/base.h"

#include <microhttpd.h>

struct hm_http_server {
	struct hm_http_config config;
	struct MHD_Daemon *daemon;
	int listen_fd;
};

/* The query's arguments, as they come. */
struct query {
	const char *name;
	struct hm_http_request *request;
};

/* A NUL that the query has in escaped form (%00) is not the end of the name or the value. */
static enum MHD_Result take_argument(void *cls, enum MHD_ValueKind kind, const char *key, size_t key_len,
				     const char *value, size_t value_len)
{
	struct query *query = cls;

	(void)kind;
	if (!value || strlen(key) != key_len || strlen(value) != value_len || strcmp(key, query->name) != 0 ||
	    query->request->argument)
		query->request->malformed = true;
	else
		query->request->argument = value;
	return MHD_YES;
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, const struct hm_http_answer *answer)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(answer->body), answer->body, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!response) {
		free(answer->body);
		return MHD_NO;
	}
	result = MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
	if (result == MHD_YES)
		result = MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (result == MHD_YES && answer->status == MHD_HTTP_OK)
		result = MHD_add_response_header(response, "Hallmark-Proof", answer->fresh ? "fresh" : "stored");
	if (result == MHD_YES && answer->status == MHD_HTTP_TOO_MANY_REQUESTS)
		result = MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, "1");
	if (result == MHD_YES && answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		result = MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_GET);
	if (result == MHD_YES)
		result = MHD_queue_response(connection, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

static void answer_method(struct hm_http_answer *ret)
{
	ret->status = MHD_HTTP_METHOD_NOT_ALLOWED;
	ret->content_type = "text/plain";
	ret->body = strdup("only GET\n");
}

static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_len, void **con_cls)
{
	struct hm_http_server *server = cls;
	struct hm_http_request request = {.path = url};
	struct query query = {.name = server->config.argument, .request = &request};
	struct hm_http_answer answer = {0};

	(void)version;
	(void)upload;
	(void)con_cls;
	/* A body is passed over. */
	if (*upload_len > 0) {
		*upload_len = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
		answer_method(&answer);
	} else {
		MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, take_argument, &query);
		server->config.get(server->config.ctx, &request, &answer);
	}
	return answer.body ? send_answer(connection, &answer) : MHD_NO;
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	/* Of an earlier run; whatever else has this name stays, and bind says so. */
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && unlink(path) < 0)
		return -errno;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	/* What is served is public; who may reach the path is the directory's matter. */
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0666) < 0 ||
	    listen(fd, (int)HM_HTTP_CONNECTIONS_MAX) < 0) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

int hm_http_server_start(const struct hm_http_config *config, struct hm_http_server **ret)
{
	struct hm_http_server *server = calloc(1, sizeof(*server));

	if (!server)
		return -ENOMEM;
	server->config = *config;
	server->listen_fd = listen_on(config->socket);
	if (server->listen_fd < 0) {
		int err = server->listen_fd;

		free(server);
		return err;
	}
	server->daemon = MHD_start_daemon(
		MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL, handle, server, MHD_OPTION_LISTEN_SOCKET,
		server->listen_fd, MHD_OPTION_CONNECTION_LIMIT, HM_HTTP_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
		HM_HTTP_IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HM_HTTP_REQUEST_MAX, MHD_OPTION_END);
	if (!server->daemon) {
		close(server->listen_fd);
		unlink(config->socket);
		free(server);
		return -EAGAIN;
	}
	*ret = server;
	return 0;
}

void hm_http_server_stop(struct hm_http_server *server)
{
	/* Closes the listening socket. */
	MHD_stop_daemon(server->daemon);
	unlink(server->config.socket);
	free(server);
}
