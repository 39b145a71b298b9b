/* SPDX-License-Identifier: BSD-2-Clause */
/* swtpm.c - one swtpm process, spoken to in raw TPM 2.0 commands */
#include "swtpm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_TRIES 1000u
#define HEADER_LEN 10u
/* swtpm's control channel, "swtpm(8)", CMD_INIT: power on again. */
#define CMD_INIT 2u
#define ST_NO_SESSIONS 0x8001u
#define ST_SESSIONS 0x8002u
#define CC_STARTUP 0x144u
#define CC_PCR_ALLOCATE 0x12bu
#define RH_PLATFORM 0x4000000cu
#define RS_PW 0x40000009u
#define RC_INITIALIZE 0x100u

static struct {
	pid_t pid;
	int data_fd;
	int ctrl_fd;
} swtpm = {.pid = -1, .data_fd = -1, .ctrl_fd = -1};

uint32_t tpm_get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

void tpm_set_u32(uint8_t *p, uint32_t v)
{
	for (unsigned int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

void tpm_set_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

/* --- process and sockets --- */

static void run(const char *dir)
{
	char state[160], server[160], ctrl[160];

	snprintf(state, sizeof(state), "dir=%s", dir);
	snprintf(server, sizeof(server), "type=unixio,path=%s/swtpm", dir);
	snprintf(ctrl, sizeof(ctrl), "type=unixio,path=%s/swtpm.ctrl", dir);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It tells of every connection that ends. */
	if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
		_exit(127);
	execlp("swtpm", "swtpm", "socket", "--tpm2", "--tpmstate", state, "--server", server, "--ctrl", ctrl, "--flags",
	       "not-need-init,startup-clear", (char *)NULL);
	_exit(127);
}

static int connect_to(const char *dir, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct timespec tick = {.tv_nsec = 10000000};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", dir, name);
	for (unsigned int i = 0; fd >= 0 && i < START_TRIES; i++) {
		if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
			return fd;
		nanosleep(&tick, NULL);
	}
	return -1;
}

bool swtpm_start(const char *dir)
{
	swtpm.pid = fork();
	if (swtpm.pid == 0)
		run(dir);
	if (swtpm.pid < 0)
		return false;
	swtpm.data_fd = connect_to(dir, "swtpm");
	swtpm.ctrl_fd = connect_to(dir, "swtpm.ctrl");
	return swtpm.data_fd >= 0 && swtpm.ctrl_fd >= 0;
}

void swtpm_stop(void)
{
	if (swtpm.pid <= 0)
		return;
	kill(swtpm.pid, SIGKILL);
	waitpid(swtpm.pid, NULL, 0);
}

static bool send_all(int fd, const uint8_t *p, size_t len)
{
	return !hm_write_all(fd, hm_bytes_of(p, len));
}

static bool receive_all(int fd, uint8_t *p, size_t len)
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

bool swtpm_execute(const struct tpm_message *command, struct tpm_message *response)
{
	uint32_t len;

	if (!send_all(swtpm.data_fd, command->p, command->len) || !receive_all(swtpm.data_fd, response->p, HEADER_LEN))
		return false;
	len = tpm_get_u32(response->p + 2);
	if (len < HEADER_LEN || len > sizeof(response->p))
		return false;
	response->len = len;
	return receive_all(swtpm.data_fd, response->p + HEADER_LEN, len - HEADER_LEN);
}

/* --- commands --- */

static void put_u8(struct tpm_message *m, uint8_t v)
{
	m->p[m->len++] = v;
}

static void put_u16(struct tpm_message *m, uint16_t v)
{
	tpm_set_u16(m->p + m->len, v);
	m->len += 2;
}

static void put_u32(struct tpm_message *m, uint32_t v)
{
	tpm_set_u32(m->p + m->len, v);
	m->len += 4;
}

static void begin(struct tpm_message *m, uint16_t tag, uint32_t code)
{
	m->len = 0;
	put_u16(m, tag);
	put_u32(m, 0);
	put_u32(m, code);
}

/* The empty password: handle, no nonce, no attributes, no HMAC. */
static void put_password(struct tpm_message *m)
{
	put_u32(m, 9);
	put_u32(m, RS_PW);
	put_u16(m, 0);
	put_u8(m, 0);
	put_u16(m, 0);
}

static void put_selection(struct tpm_message *m, enum hm_bank bank, uint32_t mask)
{
	put_u16(m, hm_algs[bank].tpm_id);
	put_u8(m, 3);
	for (unsigned int i = 0; i < 3; i++)
		put_u8(m, (uint8_t)(mask >> (8 * i)));
}

static uint32_t execute(struct tpm_message *command, struct tpm_message *response)
{
	tpm_set_u32(command->p + 2, (uint32_t)command->len);
	if (!swtpm_execute(command, response))
		return UINT32_MAX;
	return tpm_get_u32(response->p + 6);
}

bool swtpm_reset(void)
{
	struct tpm_message command, response;
	uint8_t answer[4];
	uint32_t rc;

	begin(&command, 0, 0);
	tpm_set_u32(command.p, CMD_INIT);
	tpm_set_u32(command.p + 4, 0);
	if (!send_all(swtpm.ctrl_fd, command.p, 8) || !receive_all(swtpm.ctrl_fd, answer, sizeof(answer)) ||
	    tpm_get_u32(answer) != 0)
		return false;
	begin(&command, ST_NO_SESSIONS, CC_STARTUP);
	put_u16(&command, 0);
	rc = execute(&command, &response);
	return rc == 0 || rc == RC_INITIALIZE;
}

uint32_t swtpm_extend(uint32_t pcr, uint32_t banks, uint8_t (*digests)[HM_DIGEST_MAX])
{
	struct tpm_message command, response;

	begin(&command, ST_SESSIONS, TPM_CC_PCR_EXTEND);
	put_u32(&command, pcr);
	put_password(&command);
	put_u32(&command, (uint32_t)__builtin_popcount(banks));
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		put_u16(&command, hm_algs[bank].tpm_id);
		memcpy(command.p + command.len, digests[bank], hm_algs[bank].len);
		command.len += hm_algs[bank].len;
	}
	return execute(&command, &response);
}

/* Eight registers, which is what one answer can hold. */
static uint32_t read_eight(enum hm_bank bank, uint32_t first, struct registers *ret)
{
	struct tpm_message command, response;
	size_t off = HEADER_LEN + 4 + 4 + 6 + 4;
	uint32_t rc;

	begin(&command, ST_NO_SESSIONS, TPM_CC_PCR_READ);
	put_u32(&command, 1);
	put_selection(&command, bank, 0xffu << first);
	rc = execute(&command, &response);
	if (rc)
		return rc;
	if (response.len != off + 8u * (2u + hm_algs[bank].len))
		return UINT32_MAX;
	for (uint32_t pcr = first; pcr < first + 8; pcr++) {
		memcpy(ret->value[bank][pcr], response.p + off + 2, hm_algs[bank].len);
		off += 2u + hm_algs[bank].len;
	}
	return 0;
}

uint32_t swtpm_read(uint32_t banks, struct registers *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++) {
		if (!(banks & HM_BANK_BIT(bank)))
			continue;
		for (uint32_t first = 0; first < HM_PCR_QUOTED; first += 8) {
			uint32_t rc = read_eight((enum hm_bank)bank, first, ret);

			if (rc)
				return rc;
		}
	}
	return 0;
}

uint32_t swtpm_allocate(uint32_t banks)
{
	struct tpm_message command, response;

	begin(&command, ST_SESSIONS, CC_PCR_ALLOCATE);
	put_u32(&command, RH_PLATFORM);
	put_password(&command);
	put_u32(&command, HM_BANK_COUNT);
	for (unsigned int bank = 0; bank < HM_BANK_COUNT; bank++)
		put_selection(&command, (enum hm_bank)bank, banks & HM_BANK_BIT(bank) ? 0xffffffu : 0);
	return execute(&command, &response);
}
