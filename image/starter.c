// SPDX-License-Identifier: BSD-2-Clause
/*
 * starter.c - /start of an application that was a container image: runs what the image says, without a shell
 *
 * Static, since an image may have no C library. Reads /start.conf, which image/container writes: strings ended by NUL,
 * first "hallmark-start/1", then each with a letter before it: one d (working directory), e (NAME=VALUE), a (argument).
 * PORT and WEIGHTS are the machine's and are added. An error is one line and exit status 126 (no such start) or 127 (no
 * such program), as a shell's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What the kernel takes for one argument is 128 KiB; for a whole file of them a megabyte is plenty. */
enum { CONF_MAX = 1 << 20, STRINGS_MAX = 4096 };

static char conf[CONF_MAX + 1];
static char *environment[STRINGS_MAX + 3];
static char *arguments[STRINGS_MAX + 1];
extern char **environ;

static int stop(int status, const char *what, const char *why)
{
	(void)fprintf(stderr, "start: %s: %s\n", what, why); /* nothing can be done where even this fails */
	return status;
}

static size_t read_conf(void)
{
	size_t len = 0;
	ssize_t n;
	int fd = open("/start.conf", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	while (len < sizeof(conf) && (n = read(fd, conf + len, sizeof(conf) - len)) > 0)
		len += (size_t)n;
	if (close(fd) || len > CONF_MAX)
		return 0;
	return len;
}

/* One of the machine's own variables, as NAME=VALUE. */
static char *machine(const char *name)
{
	const char *value = getenv(name);
	char *line;

	return value && asprintf(&line, "%s=%s", name, value) > 0 ? line : NULL;
}

int main(void)
{
	size_t len = read_conf(), env_count = 0, arg_count = 0;
	const char *dir = NULL;
	char *line;

	if (!len || conf[len - 1] || strcmp(conf, "hallmark-start/1"))
		return stop(126, "/start.conf", "cannot be read");
	for (char *at = conf + strlen(conf) + 1; at < conf + len; at += strlen(at) + 1) {
		if (*at == 'd' && !dir)
			dir = at + 1;
		else if (*at == 'e' && env_count < STRINGS_MAX)
			environment[env_count++] = at + 1;
		else if (*at == 'a' && arg_count < STRINGS_MAX)
			arguments[arg_count++] = at + 1;
		else
			return stop(126, "/start.conf", "a line is malformed");
	}
	if (!dir || !arg_count)
		return stop(126, "/start.conf", "a line is missing");
	if ((line = machine("PORT")))
		environment[env_count++] = line;
	if ((line = machine("WEIGHTS")))
		environment[env_count++] = line;
	if (chdir(dir))
		return stop(126, dir, strerror(errno));
	/* execvp looks for the program in the image's PATH. */
	environ = environment;
	execvp(arguments[0], arguments);
	return stop(errno == ENOENT ? 127 : 126, arguments[0], strerror(errno));
}
