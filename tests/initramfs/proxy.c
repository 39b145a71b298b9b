/* SPDX-License-Identifier: BSD-2-Clause */
/* proxy.c - one boot as a child process, and its TPM, which answers as machine.tpm_fault says */
#include "proxy.h"

#include "doubles.h"
#include "swtpm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A boot takes a few milliseconds; a machine that is busy with other things may take seconds. */
#define BOUND_MS 30000
#define LATE_POLL_MS 1
#define HELD_MAX 16u
#define HEADER_LEN 10u

static struct {
	int listen_fd;
	int ctrl_fd;
	pid_t pid;
	int pid_fd;
	/* Connections of commands that are never answered, or late. */
	int held[HELD_MAX];
	size_t held_count;
	struct tpm_message late;
} proxy = {.listen_fd = -1};

static int listen_at(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", machine.dir, name);
	unlink(address.sun_path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static void listen_start(void)
{
	if (proxy.listen_fd >= 0)
		return;
	proxy.listen_fd = listen_at("tpm");
	proxy.ctrl_fd = listen_at("tpm.ctrl");
}

void proxy_stop(void)
{
	if (proxy.listen_fd < 0)
		return;
	close(proxy.listen_fd);
	close(proxy.ctrl_fd);
	proxy.listen_fd = -1;
	unlink(machine_path("tpm"));
	unlink(machine_path("tpm.ctrl"));
}

/* --- one command --- */

static bool receive(int fd, uint8_t *p, size_t len)
{
	while (len > 0) {
		ssize_t n = read(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static bool command_receive(int fd, struct tpm_message *ret)
{
	uint32_t len;

	if (!receive(fd, ret->p, HEADER_LEN))
		return false;
	len = tpm_get_u32(ret->p + 2);
	if (len < HEADER_LEN || len > sizeof(ret->p))
		return false;
	ret->len = len;
	return receive(fd, ret->p + HEADER_LEN, len - HEADER_LEN);
}

static size_t command_note(const struct tpm_message *message)
{
	size_t index = machine.command_count++;
	struct tpm_command *command = &machine.command[index];

	assert_true(index < MACHINE_COMMANDS_MAX);
	memset(command, 0, sizeof(*command));
	command->code = tpm_get_u32(message->p + 6);
	if (command->code == TPM_CC_PCR_EXTEND)
		command->pcr = tpm_get_u32(message->p + HEADER_LEN);
	machine.seen->commands = machine.command_count;
	if (machine.seen->powered_off && command->code == TPM_CC_PCR_EXTEND)
		machine.seen->late = true;
	return index;
}

static enum tpm_fault_kind fault_at(size_t index)
{
	const struct tpm_fault *fault = &machine.tpm_fault;

	if (index < fault->first || index - fault->first >= fault->count)
		return TPM_FINE;
	return fault->kind;
}

static void answer(int fd, const struct tpm_message *response)
{
	/* The child may be gone. */
	if (hm_write_all(fd, hm_bytes_of(response->p, response->len)))
		return;
}

static void rc_response(struct tpm_message *ret, uint32_t rc)
{
	tpm_set_u16(ret->p, 0x8001);
	tpm_set_u32(ret->p + 2, HEADER_LEN);
	tpm_set_u32(ret->p + 6, rc);
	ret->len = HEADER_LEN;
}

/* True where the connection is to be closed. */
static bool misbehave(int fd, enum tpm_fault_kind kind, struct tpm_message *response)
{
	switch (kind) {
	case TPM_RC:
		rc_response(response, machine.tpm_fault.rc);
		answer(fd, response);
		return true;
	case TPM_MUTATES:
		machine.tpm_fault.mutate(response, machine.tpm_fault.arg);
		answer(fd, response);
		return true;
	case TPM_LATE:
		proxy.late = *response;
		/* fall through */
	case TPM_SILENT:
		assert_true(proxy.held_count < HELD_MAX);
		proxy.held[proxy.held_count++] = fd;
		machine.seen->deadline_now = true;
		return false;
	case TPM_GONE:
		proxy_stop();
		return true;
	case TPM_POWER_CUT:
		if (machine.tpm_fault.answers)
			answer(fd, response);
		kill(proxy.pid, SIGKILL);
		return true;
	case TPM_HANGS_UP:
	case TPM_FINE:
		break;
	}
	return true;
}

static void serve(int fd)
{
	struct tpm_message message, response = {.len = 0};
	enum tpm_fault_kind kind;
	size_t index;

	if (!command_receive(fd, &message)) {
		close(fd);
		return;
	}
	index = command_note(&message);
	kind = fault_at(index);
	machine.command[index].executed = kind == TPM_FINE || kind == TPM_MUTATES || kind == TPM_LATE ||
					  machine.tpm_fault.executes || machine.tpm_fault.answers;
	if (machine.command[index].executed && !swtpm_execute(&message, &response))
		fail_msg("swtpm does not answer");
	if (kind == TPM_FINE)
		answer(fd, &response);
	if (kind == TPM_FINE || misbehave(fd, kind, &response))
		close(fd);
}

/* tpm2-tss sets a locality when it opens swtpm; swtpm's own locality 0 stays. */
static void serve_ctrl(int fd)
{
	static const uint8_t success[4];
	uint8_t command[64];

	if (read(fd, command, sizeof(command)) > 0 && hm_write_all(fd, hm_bytes_of(success, sizeof(success))))
		print_message("# the control channel's answer is lost\n");
	close(fd);
}

/* --- one boot --- */

static void child(void)
{
	static struct hm_boot boot;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* As for the first process, which has no signal that it does not ask for. */
	signal(SIGPIPE, SIG_IGN);
	doubles_begin();
	hm_boot_init(&boot, &machine.config);
	boot.mode = machine.mode;
	if (boot.mode == HM_MODE_HOOK_FAIL)
		hm_boot_give_up(&boot);
	/* True is for the modes of a hook, and its process then ends with 0. */
	if (hm_boot_run(&boot))
		_exit(0);
	hm_boot_end(&boot);
}

static void start(void)
{
	memset(machine.seen, 0, sizeof(*machine.seen));
	machine.command_count = 0;
	assert_int_equal(ftruncate(machine.console_fd, 0), 0);
	assert_int_equal(ftruncate(machine.kmsg_fd, 0), 0);
	lseek(machine.console_fd, 0, SEEK_SET);
	lseek(machine.kmsg_fd, 0, SEEK_SET);
	listen_start();
	fflush(NULL);
	proxy.pid = fork();
	if (proxy.pid == 0)
		child();
	assert_true(proxy.pid > 0);
	proxy.pid_fd = pidfd_open(proxy.pid, 0);
	assert_true(proxy.pid_fd >= 0);
}

static void serve_next(int listen_fd, void (*function)(int fd))
{
	int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		function(fd);
}

static void answer_late(void)
{
	if (!proxy.late.len || !machine.seen->powered_off)
		return;
	answer(proxy.held[0], &proxy.late);
	proxy.late.len = 0;
}

/* Until the child has ended; false if it does not. */
static bool serve_all(void)
{
	unsigned int idle = 0;

	for (;;) {
		struct pollfd fds[3] = {
			{.fd = proxy.pid_fd, .events = POLLIN},
			{.fd = proxy.listen_fd, .events = POLLIN},
			/* Not polled while there is no TPM. */
			{.fd = proxy.listen_fd < 0 ? -1 : proxy.ctrl_fd, .events = POLLIN},
		};
		int n = poll(fds, 3, proxy.late.len ? LATE_POLL_MS : BOUND_MS);

		answer_late();
		if (n == 0 && ++idle < BOUND_MS / LATE_POLL_MS && machine.tpm_fault.kind == TPM_LATE)
			continue;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		if (fds[1].revents & POLLIN)
			serve_next(proxy.listen_fd, serve);
		else if (fds[2].revents & POLLIN)
			serve_next(proxy.ctrl_fd, serve_ctrl);
		else if (fds[0].revents)
			return true;
	}
}

static void text_take(int fd, char text[MACHINE_TEXT_MAX])
{
	ssize_t n = pread(fd, text, MACHINE_TEXT_MAX - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
}

static void finish(void)
{
	waitpid(proxy.pid, &machine.status, 0);
	close(proxy.pid_fd);
	for (size_t i = 0; i < proxy.held_count; i++)
		close(proxy.held[i]);
	proxy.held_count = 0;
	proxy.late.len = 0;
	text_take(machine.console_fd, machine.console);
	text_take(machine.kmsg_fd, machine.kmsg);
	machine_read_registers(&machine.registers);
}

void machine_boot(void)
{
	bool ended;

	machine_points++;
	start();
	ended = serve_all();
	if (!ended)
		kill(proxy.pid, SIGKILL);
	finish();
	expect(ended, "the boot has not ended after %d ms", BOUND_MS);
}
