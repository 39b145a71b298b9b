/* SPDX-License-Identifier: BSD-2-Clause */
/* fetch.c - one file from a server, by curl(1) */
#include "tools/host/fetch.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "tools/host/cli.h"

#define WORDS_MAX 24u
#define BODY_MAX 512u
extern char **environ;

int hm_fetch(const char *url, const char *body, const char *path, size_t max)
{
	char size[32], data[BODY_MAX];
	const char *argv[WORDS_MAX] = { "curl", "--fail", "--silent", "--max-time", "60", "--max-filesize", size, "--globoff", "--proto", "=https,http",
					"--output", path };
	char *words[WORDS_MAX];
	size_t count = 12;
	int status = 0, r;
	pid_t pid;

	snprintf(size, sizeof(size), "%zu", max);
	if (body && (size_t)snprintf(data, sizeof(data), "@%s", body) >= sizeof(data))
		return hm_fail_errno(body, -ENAMETOOLONG);
	if (body) {
		argv[count++] = "--header";
		argv[count++] = "Content-Type: application/json";
		argv[count++] = "--data-binary";
		argv[count++] = data;
	}
	argv[count++] = "--";
	argv[count++] = url;
	memcpy(words, argv, sizeof(argv));
	r = posix_spawnp(&pid, "curl", NULL, NULL, words, environ);
	if (r)
		return hm_fail_errno("curl", -r);
	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return hm_fail_errno("curl", -errno);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return HM_EXIT_OK;
	return hm_fail_format(HM_EXIT_RUN, url, "could not be fetched (curl's status %d)", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
