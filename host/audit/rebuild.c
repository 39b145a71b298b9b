/* SPDX-License-Identifier: BSD-2-Clause */
/* rebuild.c - a fresh copy of the listed sources, and make in it */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/audit/audit.h"

/* No source file of a build is larger. */
#define SOURCE_FILE_MAX (64u * 1024u * 1024u)
#define WORDS_MAX 64u

/* A make above this one, and what the Makefiles take from the environment: what they are to have is said in words. */
static const char *const unset[] = {
	"MAKEFLAGS",   "MFLAGS",     "GNUMAKEFLAGS", "MAKELEVEL", "MAKEFILES", "B",
	"IMAGE",       "IMAGE_NAME", "APP",	     "WEIGHTS",	  "LOCKED",    "CACHE",
	"LAYERS_FILE", "WRITABLE",   "CMDLINE",	     "OVMF_CODE", "OVMF_VARS", "OVMF_SECURE_BOOT",
	"PLATFORMS",   "CFLAGS",     "LDFLAGS",	     "APP_ARGS",  "APP_ENV",   "APP_PORT",
};

/* Every directory above `path`. 0 or a negative errno. */
static int make_parents(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		int err;

		*slash = 0;
		err = mkdir(path, 0755) != 0 && errno != EEXIST ? -errno : 0;
		*slash = '/';
		if (err)
			return err;
	}
	return 0;
}

static int copy_file(const char *from, char *to)
{
	char target[PATH_MAX];
	struct hm_file file = {0};
	struct stat st;
	int err = lstat(from, &st) != 0 ? -errno : make_parents(to);
	ssize_t len;

	if (!err && S_ISLNK(st.st_mode)) {
		len = readlink(from, target, sizeof(target) - 1);
		if (len < 0)
			return -errno;
		target[len] = 0;
		return symlink(target, to) != 0 ? -errno : 0;
	}
	if (!err)
		err = hm_file_read(from, SOURCE_FILE_MAX, &file);
	if (!err)
		err = hm_file_write_atomic(to, hm_file_bytes(&file));
	if (!err && (st.st_mode & S_IXUSR) && chmod(to, 0755) != 0)
		err = -errno;
	hm_file_free(&file);
	return err;
}

bool hm_rebuild_copy(const struct hm_artefacts *list, const char *source, const char *copy, struct hm_error *error)
{
	char from[PATH_MAX], to[PATH_MAX];

	for (size_t i = 0; i < list->source_count; i++) {
		const char *path = list->source[i].path;
		int err = -ENAMETOOLONG;

		if ((size_t)snprintf(from, sizeof(from), "%s/%s", source, path) < sizeof(from) &&
		    (size_t)snprintf(to, sizeof(to), "%s/%s", copy, path) < sizeof(to))
			err = copy_file(from, to);
		/* One that is missing is a finding; the rebuild shows what it does without. */
		if (err && err != -ENOENT)
			return hm_error_errno(error, path, err);
	}
	return true;
}

/* In the child: never returns. */
static void run_make(const char *copy, const char *log, const char *const *words, size_t count)
{
	const char *argv[WORDS_MAX + 4] = {"make", "--keep-going", "--no-print-directory"};
	int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644),
	    in = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (out < 0 || in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir(copy) != 0)
		_exit(126);
	for (size_t i = 0; i < HM_ARRAY_LEN(unset); i++)
		unsetenv(unset[i]);
	for (size_t i = 0; i < count; i++)
		argv[i + 3] = words[i];
	argv[count + 3] = NULL;
	execvp("make", (char *const *)(uintptr_t)argv);
	_exit(127);
}

bool hm_rebuild_make(const char *copy, const char *log, const char *const *words, size_t count, bool *ret_failed,
		     struct hm_error *error)
{
	int status;
	pid_t pid;

	if (count > WORDS_MAX)
		return hm_error_of(error, HM_ERROR_USAGE, "make", "too many words");
	pid = fork();
	if (pid < 0)
		return hm_error_errno(error, "make", -errno);
	if (pid == 0)
		run_make(copy, log, words, count);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return hm_error_errno(error, "make", -errno);
	if (WIFEXITED(status) && WEXITSTATUS(status) >= 126)
		return hm_error_of(error, HM_ERROR_RUN, "make", "could not be run in %s", copy);
	*ret_failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
	return true;
}
