/* SPDX-License-Identifier: BSD-2-Clause */
/* getrandom.c - runs a command on a kernel whose random number generator is not ready yet, or never will be */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * usage: getrandom wait FILE COMMAND...   getrandom(2) as before the generator is ready (random(7)): with GRND_NONBLOCK
 * it is EAGAIN, without it waits, here until FILE exists; FILE.waiting exists from the first that waits getrandom fail
 * ERRNO COMMAND...  every getrandom(2) fails so Ends as the command does.
 */
#define CALL(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(value) BPF_STMT(BPF_RET | BPF_K, value)

static int fail(const char *what)
{
	perror(what);
	return 120;
}

static int filter(const struct sock_filter *code, unsigned short count, unsigned int flags)
{
	const struct sock_fprog program = {.len = count, .filter = (struct sock_filter *)(size_t)code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static int filter_fail(unsigned int error)
{
	const struct sock_filter code[] = {
		CALL(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
		ANSWER(SECCOMP_RET_ERRNO | error),
		ANSWER(SECCOMP_RET_ALLOW),
	};

	return filter(code, sizeof(code) / sizeof(code[0]), 0);
}

static int filter_wait(void)
{
	static const struct sock_filter code[] = {
		CALL(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 4),
		CALL(args[2]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, GRND_NONBLOCK, 0, 1),
		ANSWER(SECCOMP_RET_ERRNO | EAGAIN),
		ANSWER(SECCOMP_RET_USER_NOTIF),
		ANSWER(SECCOMP_RET_ALLOW),
	};

	return filter(code, sizeof(code) / sizeof(code[0]), SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

/* One descriptor over a socket: unix(7), SCM_RIGHTS. */
static int pass(int sock, int *fd, int receive)
{
	union {
		char space[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {.space = {0}};
	char byte = 0;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.space,
				 .msg_controllen = sizeof(control.space)};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	if (receive) {
		if (recvmsg(sock, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
			return -1;
		memcpy(fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(*fd));
		return 0;
	}
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), fd, sizeof(*fd));
	return sendmsg(sock, &message, 0) == 1 ? 0 : -1;
}

/* Answers one call; the caller's thread waits meanwhile. */
static void answer(int listener, const char *ready)
{
	struct seccomp_notif call;
	struct seccomp_notif_resp resp = {.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
	char waiting[4096];
	FILE *file;

	memset(&call, 0, sizeof(call));
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return;
	if (access(ready, F_OK) < 0) {
		snprintf(waiting, sizeof(waiting), "%s.waiting", ready);
		file = fopen(waiting, "w");
		if (file)
			fclose(file);
	}
	while (access(ready, F_OK) < 0 && ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &call.id) == 0)
		usleep(10000);
	resp.id = call.id;
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &resp);
}

static int status_of(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int run_waiting(const char *ready, char **command)
{
	int sock[2], listener = -1, status = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sock) < 0)
		return fail("socketpair");
	pid = fork();
	if (pid < 0)
		return fail("fork");
	if (pid == 0) {
		listener = filter_wait();
		if (listener < 0 || pass(sock[1], &listener, 0) < 0)
			_exit(fail("seccomp"));
		close(listener);
		execvp(command[0], command);
		_exit(fail(command[0]));
	}
	close(sock[1]);
	if (pass(sock[0], &listener, 1) < 0)
		return fail("no listener");
	while (waitpid(pid, &status, WNOHANG) == 0) {
		struct pollfd event = {.fd = listener, .events = POLLIN};

		if (poll(&event, 1, 50) == 1 && (event.revents & POLLIN))
			answer(listener, ready);
	}
	return status_of(status);
}

int main(int argc, char **argv)
{
	if (argc >= 4 && !strcmp(argv[1], "wait"))
		return run_waiting(argv[2], argv + 3);
	if (argc >= 4 && !strcmp(argv[1], "fail")) {
		if (filter_fail((unsigned int)atoi(argv[2])) < 0)
			return fail("seccomp");
		execvp(argv[3], argv + 3);
		return fail(argv[3]);
	}
	fputs("usage: getrandom wait FILE COMMAND... | getrandom fail ERRNO COMMAND...\n", stderr);
	return 3;
}
