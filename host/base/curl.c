/* SPDX-License-Identifier: BSD-2-Clause */
/* curl.c - one file from a server, by curl(1) */
#include "host/base/curl.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/error.h"

#define WORDS_MAX 24u
#define CURL_FILESIZE_EXCEEDED 63

/* --max-filesize is about the length that a server announces; one that announces none meets the limit of the file
 * (curl 7.88). */
static pid_t start(char *const *words, size_t max)
{
	const struct rlimit size = {.rlim_cur = max, .rlim_max = max}, none = {.rlim_cur = 0, .rlim_max = 0};
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	if (signal(SIGXFSZ, SIG_DFL) != SIG_ERR && setrlimit(RLIMIT_FSIZE, &size) == 0 &&
	    setrlimit(RLIMIT_CORE, &none) == 0)
		execvp("curl", words);
	_exit(127);
}

bool hm_fetch(const char *url, const char *body, const char *path, size_t max, struct hm_error *error)
{
	char size[32], data[1 + HM_FETCH_PATH_MAX];
	/* -q must be the first: nobody's ~/.curlrc says that certificates are not checked, or that redirects are
	 * followed. */
	const char *argv[WORDS_MAX] = {
		"curl", "-q",	     "--fail",	"--silent",    "--max-time", "60", "--max-filesize",
		size,	"--globoff", "--proto", "=https,http", "--output",   path};
	char *words[WORDS_MAX];
	struct stat file;
	size_t count = 13;
	int status = 0;
	pid_t pid;

	snprintf(size, sizeof(size), "%zu", max);
	if (body && (size_t)snprintf(data, sizeof(data), "@%s", body) >= sizeof(data))
		return hm_error_errno(error, body, -ENAMETOOLONG);
	if (body) {
		argv[count++] = "--header";
		argv[count++] = "Content-Type: application/json";
		argv[count++] = "--data-binary";
		argv[count++] = data;
	}
	argv[count++] = "--";
	argv[count++] = url;
	memcpy(words, argv, sizeof(argv));
	pid = start(words, max);
	if (pid < 0)
		return hm_error_errno(error, "curl", -errno);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return hm_error_errno(error, "curl", -errno);
	}
	/* To curl a redirect is no failure, and an empty answer neither. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return (stat(path, &file) == 0 && file.st_size > 0) ||
		       hm_error_of(error, HM_ERROR_RUN, url, "answers with nothing");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return hm_error_of(error, HM_ERROR_RUN, "curl", "cannot be run");
	if (WIFEXITED(status) ? WEXITSTATUS(status) == CURL_FILESIZE_EXCEEDED : WTERMSIG(status) == SIGXFSZ)
		return hm_error_of(error, HM_ERROR_RUN, url, "answers with more than %zu bytes", max);
	return hm_error_of(error, HM_ERROR_RUN, url, "could not be fetched (curl's status %d)",
			   WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
